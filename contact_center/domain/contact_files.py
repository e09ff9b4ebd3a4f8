"""Contacts in a file: what its letters and columns are, and what may be written into one. Pure.

A file comes from some spreadsheet: its encoding and separator are found out, and said; its columns
are known by their headings, whatever their order.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_BYTES = 1_000_000
#: One request writes them all, or none.
MOST_LINES = 1000

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
#: A spreadsheet takes a cell that begins so for a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class FileFault(StrEnum):
    """Why a file cannot be read."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    NO_TEXT = "no_text"
    NO_NAMES = "no_names"
    TWICE = "twice"
    TOO_MANY_LINES = "too_many_lines"
    QUOTES = "quotes"


class BadFile(ValueError):
    """A file that says nothing about contacts; ``word`` names what is wrong."""

    def __init__(self, fault: FileFault, word: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.word = word


@dataclass(frozen=True)
class Line:
    """A line of a file: its number, and the cells by what they are."""

    number: int
    cells: Mapping[str, str]
    #: Numbers as they are written, each with what it is.
    numbers: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ContactFile:
    """A file, read."""

    encoding: str
    separator: str
    lines: Sequence[Line]
    #: Headings that say nothing to us.
    ignored: Sequence[str]


_NAMES = {
    "name": ("name", "full name", "contact", "contact name"),
    "company": ("company", "organisation", "organization"),
    "email": ("email", "e-mail", "mail", "e-mail address", "email address"),
    "tags": ("tags", "tag", "labels"),
    "notes": ("notes", "note", "remarks"),
}
_NUMBER = re.compile(r"(?:number|phone|telephone|mobile|phone number)(?: (\d{1,2}))?")
_WHAT_IT_IS = re.compile(r"(?:what it is|number label|type)(?: (\d{1,2}))?")


def decoded(content: bytes) -> tuple[str, str]:
    """Return the text of a file, and the encoding it is in. Raises BadFile.

    A mark at its beginning says which; without one it is UTF-8 if it can be, else Windows-1252.
    """
    if len(content) > MOST_BYTES:
        raise BadFile(FileFault.TOO_BIG)
    if not content.strip():
        raise BadFile(FileFault.EMPTY)
    tries = [("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = [("utf-16", "UTF-16")]
    for codec, shown in tries:
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, shown
    raise BadFile(FileFault.NO_TEXT)


def read_file(content: bytes) -> ContactFile:
    """Return the contacts that a file has, line by line. Raises BadFile."""
    text, encoding = decoded(content)
    separator = _separator(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise BadFile(FileFault.QUOTES)
    heading_at = next((n for n, row in enumerate(rows) if any(map(str.strip, row))), None)
    if heading_at is None:
        raise BadFile(FileFault.EMPTY)
    headings = [unescaped(cell).strip() for cell in rows[heading_at]]
    kinds = [_kind(heading) for heading in headings]
    known = [kind for kind in kinds if kind is not None]
    if "name" not in known:
        raise BadFile(FileFault.NO_NAMES)
    for kind in known:
        if known.count(kind) > 1:
            raise BadFile(FileFault.TWICE, kind)
    lines = [
        _line(number, row, kinds)
        for number, row in enumerate(rows[heading_at + 1 :], heading_at + 2)
        if any(map(str.strip, row))
    ]
    if len(lines) > MOST_LINES:
        raise BadFile(FileFault.TOO_MANY_LINES)
    ignored = [
        heading for heading, kind in zip(headings, kinds, strict=True) if kind is None and heading
    ]
    return ContactFile(encoding, SEPARATORS[separator], lines, ignored)


def written_file(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a file that a spreadsheet opens without running anything in it."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(headings)
    writer.writerows([escaped(cell) for cell in row] for row in rows)
    # With the mark, or a spreadsheet takes UTF-8 for something older.
    return "\ufeff" + written.getvalue()


def escaped(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before it."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def unescaped(cell: str) -> str:
    """Return what stood in a cell before `escaped`."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_SIGNS) else cell


def _separator(text: str) -> str:
    """Return the sign that parts the headings: that of which there are the most."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=heading.count)


def _kind(heading: str) -> str | None:
    plain = " ".join(heading.casefold().split())
    for kind, words in _NAMES.items():
        if plain in words:
            return kind
    for pattern, kind in ((_NUMBER, "number"), (_WHAT_IT_IS, "label")):
        found = pattern.fullmatch(plain)
        if found:
            return f"{kind} {int(found[1] or 1)}"
    return None


def _line(number: int, row: Sequence[str], kinds: Sequence[str | None]) -> Line:
    said = {
        kind: unescaped(cell).strip()
        for kind, cell in zip(kinds, row, strict=False)
        if kind is not None
    }
    numbers = [
        (cell, said.get(kind.replace("number", "label"), ""))
        for kind, cell in said.items()
        if kind.startswith("number ") and cell
    ]
    return Line(number, {kind: said.get(kind, "") for kind in _NAMES}, numbers)
