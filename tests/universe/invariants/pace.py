"""I17: what we create by REST stays within the account's calls per second."""

from collections import deque

from tests.universe.invariants.journal import Journal, Rest
from tests.universe.violation import Violation

#: What makes a new leg; everything else changes or ends one.
CREATES = ("/Calls.json", "/Participants.json")
#: Two that are asked for in one window of this length are one too many at 1 call a second.
WINDOW_SECONDS = 1.0


class Pace:
    """Counts the creates of the last second."""

    def __init__(self, journal: Journal, calls_per_second: float) -> None:
        self._journal = journal
        self._most = max(1.0, calls_per_second)
        self._looked = 0
        self._recent: deque[Rest] = deque()

    def judge(self) -> None:
        """Look at the requests since the last time. Raises Violation."""
        rests = self._journal.rests[self._looked :]
        self._looked += len(rests)
        for rest in rests:
            if rest.method != "POST" or not rest.path.endswith(CREATES):
                continue
            self._recent.append(rest)
            while rest.at - self._recent[0].at >= WINDOW_SECONDS:
                self._recent.popleft()
            if len(self._recent) > self._most:
                raise Violation(
                    "I17",
                    f"{len(self._recent)} legs were created by REST within a second; the account "
                    f"allows {self._most:g}.",
                )
