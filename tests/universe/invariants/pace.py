"""I17: what we create by REST stays within the account's calls per second."""

from bisect import insort

from tests.universe.invariants.journal import Journal
from tests.universe.violation import Violation

#: What makes a new leg; everything else changes or ends one.
CREATES = ("/Calls.json", "/Participants.json")
#: Two that are asked for in one window of this length are one too many at 1 call a second.
WINDOW_SECONDS = 1.0
#: So many before and after one are looked at.
NEAR = 10


class Pace:
    """Counts the creates of the last second."""

    def __init__(self, journal: Journal, calls_per_second: float) -> None:
        self._journal = journal
        self._most = max(1.0, calls_per_second)
        self._looked = 0
        self._begun: list[float] = []

    def judge(self) -> None:
        """Look at the requests since the last time. Raises Violation."""
        rests = self._journal.rests[self._looked :]
        self._looked += len(rests)
        for rest in rests:
            if rest.method != "POST" or not rest.path.endswith(CREATES):
                continue
            # They are told when they are over, which may be long after others that began later.
            insort(self._begun, rest.at)
            place = self._begun.index(rest.at)
            near = self._begun[max(place - NEAR, 0) : place + NEAR + 1]
            together = max(
                sum(0.0 <= other - first < WINDOW_SECONDS for other in near) for first in near
            )
            if together > self._most:
                raise Violation(
                    "I17",
                    f"{together} legs were created by REST within a second; the account "
                    f"allows {self._most:g}.",
                )
