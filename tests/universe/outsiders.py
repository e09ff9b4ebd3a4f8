"""Telephones outside: who answers where an agent sends a caller, or does not."""

from collections import Counter
from typing import TYPE_CHECKING

from contact_center.simulator.core.outside import Does, Outside
from tests.universe.draws import stream

if TYPE_CHECKING:
    from tests.universe.engine import Universe

#: So all their numbers begin; each is rung for one caller only.
OUTSIDE = "+1415558"
#: What they do, and how often of twenty.
_WHEN_RUNG: dict[Does, int] = {
    "answers": 11, "busy": 2, "never-answers": 2, "fails": 2, "rejects": 1, "machine": 1, "fax": 1,
}  # fmt: skip
RINGS_SECONDS = (0.5, 8.0)
RINGS_LONG_SECONDS = (25.0, 40.0)
#: For so long they talk, unless somebody else hangs up before.
STAYS_SECONDS = (1.0, 25.0)


class Outsiders:
    """Everybody outside of a universe who is rung by us and is no customer."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self._numbers = 0
        self._rung: Counter[str] = Counter()

    def number(self) -> str:
        """Return the number of somebody who has not been rung yet."""
        self._numbers += 1
        return f"{OUTSIDE}{self._numbers:04d}"

    def are_rung(self, leg_sid: str, to: str) -> None:
        """A telephone outside is about to ring."""
        universe = self._universe
        self._rung[to] += 1
        draw = stream(universe.scenario.seed, "outside", to, self._rung[to])
        rings = RINGS_LONG_SECONDS if draw.random() < 0.08 else RINGS_SECONDS
        universe.network.outside[to] = Outside(
            does=draw.choices(list(_WHEN_RUNG), list(_WHEN_RUNG.values()))[0],
            after_s=draw.uniform(*rings),
            stays_s=draw.uniform(*STAYS_SECONDS),
        )
        universe.journal.act(universe.moment, "outside", "is rung", leg_sid)
        if universe.faults.strike("legs"):
            gap = universe.faults.between("legs", 0.0, 15.0)
            universe.later(gap, "a line outside breaks", lambda: self._breaks(leg_sid))

    def _breaks(self, leg_sid: str) -> None:
        universe = self._universe
        if leg_sid not in universe.ended:
            universe.touch(leg_sid)
            universe.journal.act(universe.moment, "outside", "leg dies", leg_sid)
            universe.network.media_lost(leg_sid)
