"""The clocks of a universe: one or two, each of whose parts is a step of its own."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone

from contact_center.clock import (
    PRESENCE_EVERY_SECONDS,
    RECONCILE_LOOK_SECONDS,
    RENEW_EVERY_SECONDS,
    TICK_SECONDS,
)
from contact_center.services import (
    commanding,
    heavy_work,
    offering,
    presence,
    reconciling,
    reporting,
    timing,
)
from tests.universe.draws import stream
from tests.universe.invariants.delays import RECONCILER
from tests.universe.kills import Killed

if TYPE_CHECKING:
    from tests.universe.engine import Universe

#: A killed clock is killed after at most so many statements of a part.
MOST_STATEMENTS = 40
#: How often it looks for heavy work to give out.
HEAVY_LOOK_SECONDS = 5.0
#: A clock is started again within these seconds.
RESTART_SECONDS = (0.2, 4.0)

#: Whether a part has anything to do can be asked for a hundredth of what it costs to do it; so
#: often it is done without asking.
BLIND = 0.05
_DUE = {
    "timers": "EXISTS (SELECT 1 FROM contact_center_timer WHERE due_at <= %(now)s)",
    "reports": "EXISTS (SELECT 1 FROM contact_center_rawwebhook WHERE applied_at IS NULL"
    " AND set_aside = '' AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s))",
    "dispatch": "EXISTS (SELECT 1 FROM contact_center_segment WHERE ended_at IS NULL"
    " AND kind IN ('queue', 'callback') AND wait_started_at IS NOT NULL)"
    " AND EXISTS (SELECT 1 FROM contact_center_agentslot"
    " JOIN contact_center_agent ON contact_center_agent.id = agent_id"
    " WHERE activity = 'idle' AND presence = 'available')",
    "commands": "EXISTS (SELECT 1 FROM contact_center_command WHERE outcome = 'waiting'"
    " AND send_at <= %(now)s)",
    "presence": "EXISTS (SELECT 1 FROM contact_center_phonelease"
    " JOIN contact_center_agent ON contact_center_agent.id = agent_id"
    " WHERE presence <> 'offline' AND heard_at < %(silent)s)",
    # A date further off than any that is set comes of a clock that was put back.
    RECONCILER: "NOT EXISTS (SELECT 1 FROM contact_center_reconciliation"
    " WHERE due_at > %(now)s AND due_at <= %(far)s)",
}


def _due(*parts: str) -> set[str]:
    """Return which of these parts have anything to do, by one statement for all."""
    now = timezone.now()
    moments = {
        "now": now,
        "silent": now - timedelta(seconds=presence.SILENT_AFTER_SECONDS),
        "far": now + timedelta(seconds=reconciling.EVERY_SECONDS),
    }
    as_written = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(_DUE[part] for part in parts)}",
            {name: as_written(moment) for name, moment in moments.items()},
        )
        answers = cursor.fetchone()
    return {part for part, has_work in zip(parts, answers, strict=True) if has_work}


class Clock:
    """One clock process, in parts."""

    def __init__(self, name: str, universe: "Universe") -> None:
        self.name = name
        self._universe = universe
        self._draw = stream(universe.scenario.seed, "clock", name)
        self._life = 0
        self._waiting: set[str] = set()
        self._sending: set[int] = set()
        self._parts: dict[str, Callable[[], object]] = {
            "timers": lambda: timing.run_due_timers(timezone.now()),
            "reports": lambda: reporting.apply_waiting_reports(timezone.now()),
            "dispatch": self._dispatch,
            "commands": self._look_for_commands,
        }

    def start(self) -> None:
        """The process begins: the desks are given time to come back, then it ticks."""
        self._do("grace", presence.grant_grace)
        self._every(TICK_SECONDS, self.wake)
        self._every(
            PRESENCE_EVERY_SECONDS,
            lambda: self._perhaps(
                "presence", lambda: presence.notice_silent_phones(timezone.now())
            ),
        )
        self._every(
            RENEW_EVERY_SECONDS,
            lambda: self._do("claims", lambda: commanding.renew_claims(self._sending)),
        )
        self._every(
            RECONCILE_LOOK_SECONDS,
            lambda: self._perhaps(RECONCILER, lambda: reconciling.reconcile(timezone.now())),
        )
        self._every(HEAVY_LOOK_SECONDS, lambda: self._do("heavy work", self._give_out_heavy_work))

    def wake(self) -> None:
        """The bell rang, or it is time: what there is to do is due, in any order."""
        due = _due(*self._parts)
        for part, deed in self._parts.items():
            if part not in self._waiting and (part in due or self._draw.random() < BLIND):
                self._waiting.add(part)
                self._soon(part, lambda part=part, deed=deed: self._run_part(part, deed))

    def _run_part(self, part: str, deed: Callable[[], object]) -> None:
        self._waiting.discard(part)
        self._do(part, deed)

    def _perhaps(self, part: str, deed: Callable[[], object]) -> None:
        if _due(part) or self._draw.random() < BLIND:
            self._do(part, deed)

    def _soon(self, name: str, act: Callable[[], None], legs: tuple[str, ...] = ()) -> None:
        """Do it in a moment, unless the process is another one by then."""
        life = self._life

        def do() -> None:
            if life == self._life:
                act()

        wait = self._draw.uniform(0.0, 0.01)
        self._universe.later(wait, f"{self.name}: {name}", do, legs=legs)

    def _every(self, seconds: float, act: Callable[[], None]) -> None:
        life = self._life

        def again() -> None:
            if life == self._life:
                self._universe.later(seconds, f"{self.name}: tick", again)
                act()

        self._universe.later(self._draw.uniform(0.0, seconds), f"{self.name}: tick", again)

    def _do(self, part: str, deed: Callable[[], object]) -> bool:
        """Do one part; returns False when the process was killed over it."""
        universe = self._universe
        try:
            with universe.line.asked_by(part), universe.mortal("clock", part, MOST_STATEMENTS):
                deed()
        except Killed:
            self._die()
            return False
        return True

    def _die(self) -> None:
        self._life += 1
        self._waiting.clear()
        self._sending.clear()
        self._universe.later(
            self._draw.uniform(*RESTART_SECONDS), f"{self.name} is started again", self.start
        )

    def _dispatch(self) -> None:
        for tenant_id in offering.tenants_with_work():
            offering.dispatch(tenant_id)

    def _give_out_heavy_work(self) -> None:
        for pk in heavy_work.due_jobs(timezone.now()):
            heavy_work.take_up(pk)

    def _look_for_commands(self) -> None:
        for pk in commanding.due_commands(timezone.now()):
            if pk not in self._sending:
                self._sending.add(pk)
                self._soon(f"command {pk}", lambda pk=pk: self._send(pk))

    def _send(self, pk: int) -> None:
        life = self._life
        self._do(f"command {pk}", lambda: commanding.send_command(pk))
        if life == self._life:
            self._sending.discard(pk)
            # What follows from the answer is not left to the tick.
            self.wake()


class Clocks:
    """All clocks; in half of the universes there are two."""

    def __init__(self, universe: "Universe") -> None:
        count = stream(universe.scenario.seed, "clocks").choice((1, 1, 2))
        self._clocks = [Clock(f"clock {number + 1}", universe) for number in range(count)]

    def start(self) -> None:
        """Start them all."""
        for clock in self._clocks:
            clock.start()

    def wake(self) -> None:
        """The bell rang: every clock hears it."""
        for clock in self._clocks:
            clock.wake()
