"""What an agent says in calls of a queue, step by step, as an admin writes it. Pure.

Its gaps are filled by call_variables.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What a part of a script is."""

    HEADING = "heading"
    #: What one does, in order.
    STEPS = "steps"
    #: What one may say, in no order.
    POINTS = "points"
    WORDS = "words"


@dataclass(frozen=True)
class Block:
    """A part of a script, with its lines."""

    part: Part
    lines: tuple[str, ...]


_STEP = re.compile(r"\d{1,3}[.)]\s+(.+)")
_MARKS = (("# ", Part.HEADING), ("- ", Part.POINTS), ("* ", Part.POINTS))


def blocks_of(script: str) -> list[Block]:
    """Return the parts of a script.

    A line with "# " before it is a heading, with "1. " a step, with "- " a point. Others are words;
    an empty line parts them.
    """
    blocks: list[Block] = []
    gathered: list[str] = []
    of: Part | None = None
    for part, line in [*_lines(script), (None, "")]:
        if part is of and part is not None and part is not Part.HEADING:
            gathered.append(line)
            continue
        if of is not None:
            blocks.append(Block(of, tuple(gathered)))
        of, gathered = part, [line]
    return blocks


def _lines(script: str) -> Iterator[tuple[Part | None, str]]:
    for raw in script.splitlines():
        line = raw.strip()
        step = _STEP.fullmatch(line)
        if not line:
            yield None, ""
        elif step is not None:
            yield Part.STEPS, step[1]
        else:
            found = next((mark for mark in _MARKS if line.startswith(mark[0])), None)
            yield (found[1], line[2:].strip()) if found is not None else (Part.WORDS, line)
