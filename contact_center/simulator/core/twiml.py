"""Reading a document of instructions: from the bytes of an answer to elements.

Sources: twilio.com/docs/voice/twiml (content types), errors 11750, 12100, 12102, 12300.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from contact_center.simulator.core.errors import TwimlError

LONGEST_DOCUMENT = 64 * 1024
"""Bytes of TwiML that are accepted (error 11750)."""

LONGEST_INLINE = 4000
"""Characters of TwiML that a REST request may carry (error 32018)."""

XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
"""Content types read as TwiML; text/html is among them by Twilio's own table."""


@dataclass(frozen=True)
class Element:
    """One element of a document. ``text`` is all text inside it, in order, spaces collapsed."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: tuple[Element, ...] = ()
    text: str = ""


def document(body: bytes, content_type: str, url: str) -> tuple[Element, ...]:
    """The verbs of an answer. Raises TwimlError.

    A sound file is played and plain text is spoken, as Twilio does: an error page served as text
    is audible to the caller.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("audio/"):
        return (Element("Play", text=url),)
    if len(body) > LONGEST_DOCUMENT:
        raise TwimlError(
            11750, f"The answer has {len(body)} bytes; TwiML may have {LONGEST_DOCUMENT}."
        )
    if kind == "text/plain":
        return (Element("Say", text=body.decode("utf-8", "replace")),)
    if kind not in XML_TYPES:
        raise TwimlError(
            12300,
            f"The answer is of type {content_type or 'nothing'!r}; TwiML is text/xml.",
        )
    return parse(body)


def parse(body: bytes) -> tuple[Element, ...]:
    """The verbs inside ``<Response>``. Raises TwimlError 12100 or 12102."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as problem:
        raise TwimlError(12100, f"The document is not well-formed XML: {problem}.")
    root = reader.root
    if root is None or root.name != "Response":
        name = root.name if root else "nothing"
        raise TwimlError(12102, f"The root of the document is {name}; it must be Response.")
    return root.children


class _Open:
    """An element whose end has not been read yet."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.text: list[str] = []

    def closed(self) -> Element:
        text = " ".join("".join(self.text).split())
        return Element(self.name, self.attributes, tuple(self.children), text)


class _Reader:
    """Collects what the parser reports."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[_Open] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._open.append(_Open(name, attributes))

    def end(self, _name: str) -> None:
        element = self._open.pop().closed()
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element

    def characters(self, text: str) -> None:
        for element in self._open:
            element.text.append(text)

    def refuse_doctype(self, *_: object) -> None:
        # Entities could make a small document endless, and no TwiML needs them.
        raise TwimlError(12100, "The document has a DOCTYPE; TwiML has none.")
