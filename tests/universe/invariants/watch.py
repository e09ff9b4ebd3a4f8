"""The watch over a universe: judges what each step touched, everything now and then, and the end.

Reading is the larger part of the work, so it is done once for all invariants: the rows of the
calls that a step touched, by one statement. What may be wrong for a while is noted with the moment
it began and looked at again when its time is up.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import cached_property

from contact_center.models import Call, Segment
from contact_center.simulator.core.legs import Leg
from tests.universe.invariants import (
    coaching,
    doors,
    ending,
    offering,
    offices,
    ownership,
    places,
    privacy,
    sound,
    transfers,
)
from tests.universe.invariants.answers import Answers, Refusal, one_set_of_effects, refused
from tests.universe.invariants.callbacks import Callbacks
from tests.universe.invariants.delays import injected_delay
from tests.universe.invariants.facts import Facts, Wrong, inside_of, is_outside
from tests.universe.invariants.house import House
from tests.universe.invariants.pace import Pace
from tests.universe.invariants.patience import Patience
from tests.universe.invariants.rows import CallRow, read_calls
from tests.universe.invariants.stays import stays_add_up
from tests.universe.invariants.transfers import Transfers
from tests.universe.invariants.world import World

#: What is asked of every call that a step has touched.
OF_A_CALL: tuple[Callable[[Facts], Iterator[Wrong]], ...] = (
    ownership.one_owner,
    ownership.one_agent_leg,
    ownership.nothing_goes_back,
    places.ends_once,
    places.in_one_place,
    places.has_an_owner,
    offering.declined_is_left_alone,
    offering.the_right_one_is_rung,
    offering.hanging_up_frees,
    doors.nobody_too_many,
    sound.never_silence,
    sound.held_hears_nobody,
    coaching.heard_only_in_barge,
    coaching.held_hears_no_supervisor,
    transfers.the_colleague_alone_is_rung,
    transfers.sent_on_hears_no_agent,
)
#: Whether somebody waits for nothing is asked this often, in seconds of the universe.
LINE_SECONDS = 1.0


class Watch:
    """Watches one universe. Every method raises Violation when something does not hold."""

    def __init__(self, world: World) -> None:
        """Begin to watch; the cast is in the database, and nobody has rung yet."""
        self._world = world
        self._journal = world.journal
        self._inside = inside_of(world)
        #: Customers' calls that are not settled yet, with their rows as last seen.
        self._calls: dict[str, CallRow | None] = {}
        self._settled: set[str] = set()
        self._agents_legs: set[str] = set()
        self._call_of_conference: dict[str, str] = {}
        self._patience = Patience(self._delayed)
        self._answers = Answers()
        self._privacy = privacy.Privacy(self._journal)
        self._pace = Pace(self._journal, self._inside.account.calls_per_second)
        self._callbacks = Callbacks(self._inside, self._patience)
        self._transfers = Transfers(self._inside, self._patience)
        self._in_line: set[str] = set()
        self._look_at_line = 0.0

    def after_step(self, touched: Iterable[str] = ()) -> None:
        """Judge the calls that the last step touched, and those whose time is up."""
        due = self._patience.due(self._now)
        sids = {*touched, *self._journal.take_touched(), *due}
        customers = {sid for leg_sid in sids for sid in self._customers_of(leg_sid)}
        self._judge(customers - self._settled)
        for webhook, copy in self._journal.take_copies():
            self._answers.judge(webhook, copy)
        self._privacy.judge()
        self._pace.judge()
        if self._now >= self._look_at_line:
            self._look_at_line = self._now + LINE_SECONDS
            self._judge_line()
            self._callbacks.judge()
            self._transfers.judge()
        elif any(sid in self._callbacks for sid in sids):
            self._callbacks.judge()

    def everything(self) -> None:
        """Judge every call that is not settled, and what belongs to no single call."""
        self.after_step()
        self._judge(set(self._calls))
        for subject, wrongs in offices.of_the_floor(self._inside, self._live_agents_legs()):
            self._patience.judge(subject, wrongs, self._now, call_sid="")
        privacy.nothing_is_shared()

    def at_the_end(self) -> None:
        """The network is quiet and everybody has gone: the database must equal its truth."""
        self.everything()
        ending.equals_the_truth(self._world)

    def same_again(self, call_sid: str, path: str) -> AbstractContextManager[None]:
        """Judge a block in which a request comes that was answered before (I8)."""
        return one_set_of_effects(call_sid, path)

    def refused(self) -> AbstractContextManager[Refusal]:
        """Judge a block in which a request with a bad signature comes (I13)."""
        return refused()

    def close(self) -> None:
        """Stop watching."""
        self._privacy.close()

    @property
    def _now(self) -> float:
        return self._inside.now

    @cached_property
    def _house(self) -> House:
        return House()

    # ---- calls

    def _customers_of(self, leg_sid: str) -> Iterator[str]:
        leg = self._inside.legs.get(leg_sid)
        if leg is None:
            return
        if is_customer(leg):
            if leg_sid not in self._calls and leg_sid not in self._settled:
                self._calls[leg_sid] = None
            yield leg_sid
            return
        if is_outside(leg):
            if leg.parent_sid is not None:
                yield from self._customers_of(leg.parent_sid)
            return
        if not leg.over:
            self._agents_legs.add(leg_sid)
        for webhook in reversed(self._journal.by_leg.get(leg_sid, [])):
            name = webhook.form.get("FriendlyName", "")
            if name in self._call_of_conference:
                yield self._call_of_conference[name]
                return

    def _judge(self, sids: set[str]) -> None:
        rows = read_calls(sids) if sids else {}
        for sid in sorted(sids):
            row, before = rows.get(sid), self._calls.get(sid)
            facts = Facts(
                sid=sid,
                leg=self._inside.legs[sid],
                row=row,
                before=before,
                now=self._now,
                journal=self._journal,
                inside=self._inside,
                house=self._house,
            )
            wrongs = [wrong for check in OF_A_CALL for wrong in check(facts)]
            wrongs += sound.no_application_error(facts, excused=self._world.excused)
            self._patience.judge(sid, wrongs, self._now)
            self._remember(facts)

    def _judge_line(self) -> None:
        """I20. Asked only while somebody waits, as far as we have seen."""
        if not self._in_line and not any(
            row and row.can_be_offered for row in self._calls.values()
        ):
            return
        waiting = dict(offering.nobody_waits_for_nothing(self._house))
        for sid in sorted(self._in_line - waiting.keys()):
            self._patience.judge(f"line {sid}", [], self._now, call_sid=sid)
        for sid, wrong in sorted(waiting.items(), key=lambda pair: pair[0]):
            self._patience.judge(f"line {sid}", [wrong], self._now, call_sid=sid)
        self._in_line = set(waiting)

    def _remember(self, facts: Facts) -> None:
        row = facts.row
        self._calls[facts.sid] = row
        if row is None:
            if facts.is_forgotten:
                self._settled.add(facts.sid)
                del self._calls[facts.sid]
            return
        for offer in row.offers:
            self._call_of_conference[offer.conference_name] = facts.sid
        if row.is_ended and not (facts.before and facts.before.is_ended):
            self._stays_of(facts.sid)
        if row.is_ended and facts.leg.over and not row.offers:
            self._settled.add(facts.sid)
            del self._calls[facts.sid]

    def _stays_of(self, sid: str) -> None:
        call = Call.objects.only("sid", "arrived_at", "ended_at").get(sid=sid)
        stays = Segment.objects.filter(call=call).order_by("pk")
        stays_add_up(call, stays.values_list("kind", "started_at", "ended_at"))

    def _live_agents_legs(self) -> list[Leg]:
        legs = [self._inside.legs[sid] for sid in sorted(self._agents_legs)]
        live = [leg for leg in legs if not leg.over]
        self._agents_legs = {leg.sid for leg in live}
        return live

    def _delayed(self, subject: str, since: float) -> float:
        skew = self._world.now - self._now
        return injected_delay(self._journal, subject, since, self._now, skew=skew)


def is_customer(leg: Leg) -> bool:
    """Whether somebody rang one of our numbers (and it is no agent's browser), or we ring them."""
    if leg.direction == "inbound":
        return not leg.from_.startswith("client:")
    return leg.direction == "outbound-api"
