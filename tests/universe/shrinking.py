"""Look for a smaller universe in which the same thing goes wrong.

Nothing is promised: a history from which something was taken is another history. What is tried, in
this order: no call after the one it happened to; whole kinds of faults; callers, by halves, then
fewer; single faults, by halves, then fewer. What still breaks the same invariant is kept.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.universe.running import Outcome
from tests.universe.scenario import Scenario

Try = Callable[[Scenario], Outcome]


def shrink(found: Outcome, attempt: Try, *, seconds: float, say: Callable[[str], None]) -> Outcome:
    """Return the smallest universe found within ``seconds`` that breaks the same invariant."""
    return _Shrinking(found, attempt, time.monotonic() + seconds, say).run()


class _Shrinking:
    def __init__(
        self, found: Outcome, attempt: Try, until: float, say: Callable[[str], None]
    ) -> None:
        self._best = found
        self._attempt = attempt
        self._until = until
        self._say = say

    def run(self) -> Outcome:
        self._keep(replace(self._best.scenario, calls=max(self._best.calls, 1), steps=None))
        self._drop_kinds()
        self._drop_in_parts(
            "callers",
            lambda: sorted(set(range(self._best.scenario.calls)) - self._best.scenario.absent),
            lambda part: replace(
                self._best.scenario, absent=self._best.scenario.absent | set(part)
            ),
        )
        self._drop_in_parts(
            "faults",
            lambda: sorted(
                set(range(1, self._best.faults_drawn + 1)) - self._best.scenario.without
            ),
            lambda part: replace(
                self._best.scenario, without=self._best.scenario.without | set(part)
            ),
        )
        return self._best

    def _keep(self, scenario: Scenario) -> bool:
        """Try a smaller scenario; keep it when it breaks the same invariant."""
        if time.monotonic() > self._until:
            return False
        outcome = self._attempt(scenario)
        violation, wanted = outcome.violation, self._best.violation
        if violation is None or wanted is None or violation.invariant != wanted.invariant:
            return False
        if violation.invariant == "crash" and violation.sentence[:60] != wanted.sentence[:60]:
            return False
        self._best = outcome
        self._say(
            f"  {outcome.calls} calls, {outcome.steps} steps, {outcome.faults.total()} faults"
        )
        return True

    def _drop_kinds(self) -> None:
        for kind in list(self._best.faults):
            left = frozenset(self._best.faults) - {kind}
            self._keep(replace(self._best.scenario, faults=left))

    def _drop_in_parts(
        self,
        what: str,
        all_of_them: Callable[[], Sequence[int]],
        less: Callable[[Sequence[int]], Scenario],
    ) -> None:
        self._say(f" fewer {what}")
        size = max(len(all_of_them()) // 2, 1)
        while size >= 1 and time.monotonic() < self._until:
            numbers = all_of_them()
            dropped = False
            for start in range(0, len(numbers), size):
                part = numbers[start : start + size]
                dropped |= self._keep(less(part))
            if size == 1 and not dropped:
                return
            size = max(size // 2, 1) if not dropped or size > 1 else 1
