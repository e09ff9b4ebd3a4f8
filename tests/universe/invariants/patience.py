"""What is wrong since when, and for how long it may be."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.universe.invariants.facts import Wrong
from tests.universe.violation import Violation

#: Returns by how many seconds faults have delayed a call since a moment.
Excuse = Callable[[str, float], float]
Key = tuple[str, str]


@dataclass
class _Noted:
    since: float
    seconds: float


class Patience:
    """Notes what is wrong, forgets what came right, and raises when it was wrong for too long.

    Times are seconds of the network, which never go back. ``excuse`` says by how much faults have
    delayed whom: those seconds do not count.
    """

    def __init__(self, excuse: Excuse) -> None:
        self._excuse = excuse
        self._noted: dict[str, dict[Key, _Noted]] = {}
        self._due: list[tuple[float, str]] = []

    def judge(
        self, subject: str, wrongs: Iterable[Wrong], now: float, *, call_sid: str | None = None
    ) -> None:
        """Take in everything that is wrong about ``subject`` now.

        ``subject`` is a call's SID, or any other word; then ``call_sid`` names the call, if any.
        Raises Violation for what may not be, or has been for longer than it may.
        """
        sid = subject if call_sid is None else call_sid
        noted = self._noted.get(subject, {})
        still: dict[Key, _Noted] = {}
        for wrong in wrongs:
            key = (wrong.invariant, wrong.subject)
            began = noted[key].since if key in noted else now
            since = began if wrong.since is None else wrong.since
            lasted = now - since
            if lasted >= wrong.seconds and lasted >= wrong.seconds + self._excused(
                sid, wrong, since
            ):
                how_long = f" for {lasted:.1f} s" if wrong.seconds else ""
                raise Violation(wrong.invariant, f"{wrong.sentence}{how_long}", sid)
            still[key] = _Noted(since, wrong.seconds)
            # Look again when its time is up; one that is excused for now a moment later.
            heapq.heappush(self._due, (max(since + wrong.seconds, now + 1.0), subject))
        if still:
            self._noted[subject] = still
        elif noted:
            del self._noted[subject]

    def due(self, now: float) -> set[str]:
        """Return whose time is up by ``now``, to be looked at again."""
        found: set[str] = set()
        while self._due and self._due[0][0] <= now:
            subject = heapq.heappop(self._due)[1]
            if subject in self._noted:
                found.add(subject)
        return found

    def is_patient_with(self, subject: str) -> bool:
        """Whether something is wrong about ``subject`` and still within its time."""
        return subject in self._noted

    def _excused(self, sid: str, wrong: Wrong, since: float) -> float:
        return self._excuse(sid, since) if wrong.seconds and wrong.excusable and sid else 0.0
