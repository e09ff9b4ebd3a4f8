"""What a call needs of an agent, how that relaxes while the caller waits, and who has it.

A need is a skill and the level (1 to 5) that is enough. Queue, number, menu branch and caller each
add theirs; where two speak of one skill the higher level holds. The longer somebody waits, the less
is asked: the steps of the queue lower levels or drop skills, and never raise one again, so whoever
is able at one moment is able ever after.

A skill may stand for its category: "any language". Nobody is given it; an agent has it as well as
the best skill of that category, so it is needed, relaxed and explained like any other.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

#: Skills by id, with the level that is had or needed.
Levels: TypeAlias = Mapping[int, int]

LOWEST_LEVEL, HIGHEST_LEVEL = 1, 5
#: A step that lowers a need to this drops it.
ANY_LEVEL = 0


@dataclass(frozen=True, kw_only=True)
class RelaxingStep:
    """After so long a wait, this level of this skill is enough."""

    after: timedelta
    level: int = ANY_LEVEL
    #: None: of every skill that is needed.
    skill: int | None = None


class Asker(StrEnum):
    """What asks for skills beside the queue; a call keeps what each of them asked for."""

    NUMBER = "number"
    BRANCH = "branch"
    CALLER = "caller"


#: The queue asks, too; its needs are among its rules and not kept with a call.
QUEUE = "queue"

#: As it is kept with a call: by who asks, the levels by the skill's id, which JSON has as text.
Kept: TypeAlias = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, kw_only=True)
class Lack:
    """The skill that is missing, the level needed and the level there is (0: none at all)."""

    skill: int
    needed: int
    has: int


def best_of_categories(levels: Levels, standing_for: Mapping[int, int]) -> Levels:
    """Return how well an agent of these levels has the skills that stand for a category.

    ``standing_for`` says of an ordinary skill which one stands for its category; not all have one.
    """
    best: dict[int, int] = {}
    if not standing_for:
        return best
    for skill, level in levels.items():
        whole = standing_for.get(skill)
        if whole is not None and level > best.get(whole, 0):
            best[whole] = level
    return best


def all_needs(*needs: Levels) -> dict[int, int]:
    """Return what is needed where all of these are: of each skill the highest level."""
    together: dict[int, int] = {}
    for some in needs:
        for skill, level in some.items():
            together[skill] = max(level, together.get(skill, level))
    return together


def asked_too(kept: Kept, asker: Asker, levels: Levels) -> dict[str, dict[str, int]]:
    """Return what a call keeps when ``asker`` asks for ``levels``, whatever it asked for before."""
    others = {name: dict(asked) for name, asked in kept.items() if name != asker}
    if not levels:
        return others
    return others | {asker.value: {str(skill): level for skill, level in sorted(levels.items())}}


def asked_by(kept: Kept, known: Collection[int]) -> dict[Asker, Levels]:
    """Return who asks for what; skills that are not ``known`` any more nobody asks for.

    Else a caller would wait for somebody who is able to do what nobody can be said to be able to.
    """
    found = {
        Asker(name): {int(skill): level for skill, level in asked.items() if int(skill) in known}
        for name, asked in kept.items()
    }
    return {asker: levels for asker, levels in found.items() if levels}


def relaxed(needs: Levels, steps: Iterable[RelaxingStep], waited: timedelta) -> Levels:
    """Return what is still needed after a wait; what was dropped is not in it."""
    left = dict(needs)
    for step in steps:
        if waited < step.after:
            continue
        for skill in list(left) if step.skill is None else [step.skill]:
            if skill in left:
                left[skill] = min(left[skill], step.level)
    return {skill: left[skill] for skill in sorted(left) if left[skill] > ANY_LEVEL}


def next_relaxing(
    needs: Levels, steps: Iterable[RelaxingStep], waited: timedelta
) -> timedelta | None:
    """Return after how long a wait less is needed than now; None when nothing relaxes any more.

    Steps that change nothing, because another has lowered as much before, are passed.
    """
    steps = tuple(steps)
    now = relaxed(needs, steps, waited)
    to_come = sorted({step.after for step in steps if step.after > waited})
    return next((after for after in to_come if relaxed(needs, steps, after) != now), None)


def lacking(needs: Levels, levels: Levels) -> Lack | None:
    """Return the first need that these levels do not meet, or None."""
    for skill, needed in needs.items():
        has = levels.get(skill, 0)
        if has < needed:
            return Lack(skill=skill, needed=needed, has=has)
    return None
