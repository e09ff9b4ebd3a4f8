"""What a call needs and who asked for it, with names for ids: while it waits, and with an offer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contact_center.domain.skills import Levels


@dataclass(frozen=True)
class Need:
    """A skill that a call needs."""

    #: "" for one that was removed.
    skill: str
    #: How much of it at first, and how much is enough by now (0: it is not needed any more).
    at_first: int
    now: int
    #: Who asked for so much of it: domain.skills.QUEUE, or an Asker; nobody: it is not known.
    by: Sequence[str] = ()


def named_needs(
    at_first: Levels, now: Levels, asked: Mapping[str, Levels], names: Mapping[int, str]
) -> list[Need]:
    """Return what is needed of each skill, at first and by now, and who asked for so much."""
    return [
        Need(
            names.get(skill, ""),
            level,
            now.get(skill, 0),
            [asker for asker, levels in asked.items() if levels.get(skill) == level],
        )
        for skill, level in sorted(at_first.items())
    ]
