"""What of a panel is new since a page was sent it: so much goes over the wire, and no more.

A page keeps the text of each panel as it was sent it. The text is cut before each row of a table
into *blocks*: what stands before the rows, each row by its id, what stands behind the last. A
change names the blocks that differ, whole or only the *pieces* of one that do (a piece begins
where a tag does), and the order of the rows when that is another. The page puts its text together
again (static/js/changes.js) and swaps it in as if it had been sent the whole; so how a panel is
painted, and what a page does with it, knows nothing of this.

How long ago a moment is tells nobody anything new: each page counts on from the moment itself.
"""

import json
import re
from collections.abc import Iterator
from functools import cached_property

#: The blocks before and behind the rows. No row has such an id.
HEAD, TAIL = "", "/"

_ROWS = re.compile(r'(?=<tr id=")')
_ROW_ID = re.compile(r'<tr id="([^"]+)"')
_PIECES = re.compile(r"(?=<[a-z])")
#: What `ticking` and `remaining` say beside the moment (templatetags/screen.py).
_COUNTED_ON = re.compile(r'datetime="PT\d+S">[\d:]+<')


def quoted(html: str) -> str:
    """Return html as it stands in JSON text, without the quotation marks."""
    return json.dumps(html)[1:-1]


def blocks_of(html: str) -> dict[str, str]:
    """Cut a panel; in the order in which they stand. One block where there are no rows."""
    first = html.find('<tr id="')
    if first < 0:
        return {HEAD: html}
    # Not behind the last row: the space there belongs to it, as to each before.
    end = max(html.rfind("</tbody>"), html.rindex("</tr>") + len("</tr>"))
    rows = [row for row in _ROWS.split(html[first:end]) if row]
    blocks = {HEAD: html[:first]}
    for row in rows:
        begin = _ROW_ID.match(row)
        assert begin is not None
        blocks[begin[1]] = row
    blocks[TAIL] = html[end:]
    # Rows that share an id cannot be told apart.
    return blocks if len(blocks) == len(rows) + 2 else {HEAD: html}


def pieces_of(block: str) -> list[str]:
    """Cut a block before each tag."""
    return [piece for piece in _PIECES.split(block) if piece]


class Block:
    """A part of a panel that is sent by itself."""

    def __init__(self, html: str, serial: int) -> None:
        self.html = html
        #: What two of them are compared by.
        self.said = _COUNTED_ON.sub("", html)
        #: Of the first painting in which it said that.
        self.serial = serial

    @cached_property
    def pieces(self) -> list[str]:
        """The html, cut before each tag."""
        return pieces_of(self.html)

    @cached_property
    def whole(self) -> str:
        """The whole of it as it stands in a change."""
        return json.dumps(self.html)

    def against(self, before: "Block | None") -> str:
        """Return in JSON what to make of ``before`` to have this: pieces by their place, or all."""
        if before is None or len(self.pieces) != len(before.pieces):
            return self.whole
        pieces = {
            place: new
            for place, (old, new) in enumerate(zip(before.pieces, self.pieces, strict=True))
            if old != new and _COUNTED_ON.sub("", old) != _COUNTED_ON.sub("", new)
        }
        return min(self.whole, json.dumps(pieces), key=len)


class Drawing:
    """A panel as it was painted once, and what it has that earlier paintings had not.

    ``serial`` numbers the paintings of a panel upwards; ``before`` is the painting before.
    """

    def __init__(self, html: str, serial: int, before: "Drawing | None" = None) -> None:
        self.html = html
        self.serial = serial
        known = before.blocks if before is not None else {}
        self.blocks: dict[str, Block] = {}
        #: Of the blocks that the painting before had otherwise: how it had them.
        self._befores: dict[str, Block] = {}
        for name, text in blocks_of(html).items():
            block, old = Block(text, serial), known.get(name)
            if old is not None and old.said == block.said:
                # Its html is older by what each page counts on by itself.
                block = old
            elif old is not None:
                self._befores[name] = old
            self.blocks[name] = block
        self._before = before.serial if before is not None else None
        in_order = before is not None and list(known) == list(self.blocks)
        #: Since which painting the blocks have stood as they stand.
        self._ordered: int = before._ordered if before is not None and in_order else serial
        self._changes: dict[int, str] = {}

    @cached_property
    def quoted(self) -> str:
        """The whole panel as it stands in a frame, quoted once for however many frames."""
        return quoted(self.html)

    def since(self, serial: int) -> str:
        """Return in JSON what a page has to change that was sent the painting ``serial``."""
        if serial not in self._changes:
            self._changes[serial] = f"{{{', '.join(self._parts_since(serial))}}}"
        return self._changes[serial]

    def _parts_since(self, serial: int) -> Iterator[str]:
        if self._ordered > serial:
            yield f'"order": {json.dumps(list(self.blocks))}'
        befores = self._befores if serial == self._before else {}
        changed = [
            f"{json.dumps(name)}: {block.against(befores.get(name))}"
            for name, block in self.blocks.items()
            if block.serial > serial
        ]
        yield f'"blocks": {{{", ".join(changed)}}}'
