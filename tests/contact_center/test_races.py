"""Real threads on PostgreSQL: what two processes do at the same moment, one of them has done.

The floor runs in one thread and cannot find these. Everything here is repeated a few times with
all threads let loose at once; whatever any of them raises fails the test, a deadlock included.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone
from twilio.request_validator import RequestValidator

from contact_center.conf import current
from contact_center.domain.states import Presence
from contact_center.errors import NotAllowed
from contact_center.models import (
    Agent,
    BreakRule,
    Call,
    Command,
    EventLog,
    Leg,
    Offer,
    PhoneLease,
    RawWebhook,
    Segment,
    StoredAnswer,
    Timer,
)
from contact_center.services import (
    answering,
    arranging,
    commanding,
    offering,
    presence,
    reporting,
    timing,
    wrapping_up,
)
from contact_center.services.receiving import receive_call
from contact_center.services.transitions import lock_call
from tests import builders
from tests.cast import make_agent, make_cast
from tests.harness.waiting import wait_until
from tests.universe.floor import Floor, open_floor

pytestmark = pytest.mark.postgres

T = TypeVar("T")


@pytest.fixture
def cast(transactional_db: None) -> Any:
    """Everybody, in a database that other threads see."""
    return make_cast()


@pytest.fixture
def floor(cast: Any) -> Iterator[Floor]:
    """The floor at noon; nobody is on duty. Time stands still while threads run."""
    with open_floor() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_went_wrong_in_silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A deadlock that a clock or a webhook survives is still a deadlock."""
    yield
    errors = [record for record in caplog.get_records("call") if record.levelname == "ERROR"]
    assert not errors, [record.getMessage() for record in errors]


def all_at_once(*deeds: Callable[[], T]) -> list[T | Exception]:
    """Run each deed in a thread of its own, all let loose together; return what came of each.

    A refusal in words is an answer like any other; everything else that is raised fails the test.
    """
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[], T]) -> T | Exception:
        try:
            start.wait(10)
            return deed()
        except NotAllowed as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return [future.result(30) for future in [threads.submit(run, deed) for deed in deeds]]


@contextmanager
def held(rows: Any) -> Iterator[Callable[[], None]]:
    """Hold a lock on ``rows`` in another transaction until the block, or ``let_go``, ends it."""
    holding, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                list(rows.select_for_update())
                holding.set()
                let_go.wait(20)
        finally:
            connections.close_all()

    keeper = threading.Thread(target=hold)
    keeper.start()
    assert holding.wait(10)
    try:
        yield let_go.set
    finally:
        let_go.set()
        keeper.join(10)


def waiting_for_locks() -> int:
    """How many transactions of this database wait for a lock at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def refusals(results: Sequence[object]) -> list[NotAllowed]:
    return [result for result in results if isinstance(result, NotAllowed)]


def crowd(cast: Any, size: int, *, slots: int = 1) -> list[Agent]:
    """So many agents on duty who serve Support, with room for so many calls each."""
    agents = [make_agent(cast.tenant, f"agent{n}", cast.support, slots=slots) for n in range(size)]
    for agent in agents:
        lease = presence.claim_phone(agent=agent)
        presence.report_phone(agent=agent, lease_key=lease.key, ring_heard=True, microphone_ok=True)
        presence.go_on_duty(agent=agent, lease_key=lease.key)
    return agents


# --- who is offered whom --------------------------------------------------------------------------


def test_eight_dispatchers_offer_the_same_callers_once_and_in_order(
    floor: Floor, cast: Any
) -> None:
    callers = []
    for n in range(20):
        callers.append(floor.ring(from_=f"+1415555{n:04}"))
        floor.traveller.shift(timedelta(seconds=1))
    crowd(cast, 12)

    made = all_at_once(*[lambda: offering.dispatch(cast.tenant.pk)] * 8)

    assert sum(made) == 12  # type: ignore[arg-type]
    offers = Offer.objects.filter(state="pending").order_by("pk")
    assert [offer.call.sid for offer in offers.select_related("call")] == callers[:12]
    assert len({offer.slot_id for offer in offers}) == 12
    assert set(offers.values_list("fence", flat=True)) == {1}
    assert EventLog.objects.filter(name="call.offered").count() == 12
    assert Call.objects.filter(state="queued").count() == 8


def test_callers_arriving_while_eight_dispatchers_run_are_offered_to_one_agent_each(
    floor: Floor, cast: Any
) -> None:
    agents = crowd(cast, 10)
    for n in range(10):
        floor.network.dial_in(f"+1415555{n:04}", "+14155550102")
    floor.reconciles = False
    for request in [effect for effect in floor.network.take_effects() if hasattr(effect, "url")]:
        floor.post(request)
    now = timezone.now()
    Segment.objects.filter(kind="queue").update(wait_started_at=now)

    def dispatch_often() -> int:
        return sum(offering.dispatch(cast.tenant.pk) for _ in range(5))

    all_at_once(*[dispatch_often] * 8)
    offers = list(Offer.objects.filter(ended_at=None))
    assert len(offers) == 10
    assert {offer.agent_id for offer in offers} == {agent.pk for agent in agents}
    assert len({offer.call_id for offer in offers}) == 10


def test_an_agent_with_room_for_three_never_has_more_nor_two_that_ring_at_once(
    floor: Floor, cast: Any
) -> None:
    agents = crowd(cast, 4, slots=3)
    for n in range(16):
        floor.network.dial_in(f"+1415555{n:04}", "+14155550102")
    for request in [effect for effect in floor.network.take_effects() if hasattr(effect, "url")]:
        floor.post(request)
    Segment.objects.filter(kind="queue").update(wait_started_at=timezone.now())
    keys = {agent.pk: PhoneLease.objects.get(agent=agent).key for agent in agents}

    def dispatch_often() -> int:
        return sum(offering.dispatch(cast.tenant.pk) for _ in range(4))

    def answers(agent: Agent) -> Callable[[], int]:
        """Accepts whatever rings, over and over."""

        def take() -> int:
            taken = 0
            for _ in range(4):
                for offer in Offer.objects.filter(agent=agent, state="pending"):
                    accept(offer, agent, keys[agent.pk])()
                    taken += 1
            return taken

        return take

    for calls_each in (1, 2, 3, 3):
        all_at_once(*[dispatch_often] * 4, *[answers(agent) for agent in agents])
        live = Offer.objects.filter(ended_at=None)
        assert all(live.filter(agent=agent).count() == calls_each for agent in agents)
        for offer in live.filter(state__in=["pending", "accepted"]):
            builders.talking(builders.accepted(offer))
    assert Call.objects.filter(state="queued").count() == 4


@pytest.mark.parametrize("_again", range(4))
def test_of_two_calls_that_end_at_once_the_last_lets_the_break_begin(
    floor: Floor, cast: Any, _again: int
) -> None:
    [agent] = crowd(cast, 1, slots=2)
    both = [
        builders.wrapping_up(builders.offer(builders.waiting_call(cast.support), agent, slot=slot))
        for slot in (0, 1)
    ]
    presence.choose_next_presence(agent=agent, presence=Presence.BREAK, reason="lunch")
    all_at_once(
        *[
            lambda offer=offer: wrapping_up.finish(offer=offer, agent=agent)  # type: ignore[misc]
            for offer in both
        ]
    )
    agent.refresh_from_db()
    assert (agent.presence, agent.next_presence) == ("break", "")
    assert EventLog.objects.filter(name="presence.changed", details__presence="break").count() == 1


# --- the moment of the answer ---------------------------------------------------------------------


def ringing(floor: Floor, cast: Any) -> tuple[str, Offer, str]:
    lease = floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    return sid, offer, lease.key


def accept(offer: Offer, agent: Agent, key: str) -> Callable[[], str]:
    return lambda: offering.accept_offer(offer=offer, agent=agent, fence=offer.fence, lease_key=key)


def time_runs_out() -> object:
    """The clock finds every timer due."""
    return timing.run_due_timers(much_later())


def much_later() -> datetime:
    return timezone.now() + timedelta(minutes=10)


@pytest.mark.parametrize("_again", range(6))
def test_accept_and_time_out_at_the_same_moment_leave_one_truth(
    floor: Floor, cast: Any, _again: int
) -> None:
    _sid, offer, key = ringing(floor, cast)
    Timer.objects.exclude(kind="ring").delete()
    token, _ran = all_at_once(accept(offer, cast.alice, key), time_runs_out)
    offer.refresh_from_db()
    slot = cast.alice.slots.get()
    if isinstance(token, NotAllowed):
        assert (offer.state, offer.outcome) == ("ended", "timed_out")
        assert slot.activity == "not_responding"
        assert offer.call.state == "queued"
    else:
        # What was accepted first has a connect timer, which may have run in the same breath.
        assert offer.state in ("accepted", "ended")
        assert offer.outcome in ("", "failed")
    assert EventLog.objects.filter(name__in=["offer.accepted", "offer.timed_out"]).count() == 1
    assert not Timer.objects.filter(kind="ring").exists()


def test_a_time_out_that_waits_for_the_call_does_not_lock_out_the_answer(
    floor: Floor, cast: Any
) -> None:
    """The timer's row and the call's row are taken in one order by everybody: call first."""
    _sid, offer, key = ringing(floor, cast)
    Timer.objects.exclude(kind="ring").delete()
    with held(Call.objects.filter(pk=offer.call_id)) as let_go, ThreadPoolExecutor(2) as threads:
        first = threads.submit(all_at_once, accept(offer, cast.alice, key))
        wait_until(lambda: waiting_for_locks() >= 1, what="the agent to wait for the call")
        second = threads.submit(all_at_once, lambda: timing.run_due_timers(much_later()))
        wait_until(lambda: waiting_for_locks() >= 2, what="the timer to wait for the call")
        let_go()
        [token] = first.result(20)
        assert second.result(20) == [0]
    assert isinstance(token, str)
    offer.refresh_from_db()
    assert offer.state == "accepted"


@pytest.mark.parametrize("_again", range(6))
def test_accept_time_out_decline_and_hang_up_at_once_leave_one_truth(
    floor: Floor, cast: Any, _again: int
) -> None:
    sid, offer, key = ringing(floor, cast)
    Timer.objects.exclude(kind="ring").delete()
    end = signed("/webhooks/status/", CallSid=sid, CallStatus="completed", SequenceNumber="3")
    results = all_at_once(
        accept(offer, cast.alice, key),
        time_runs_out,
        lambda: offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence),
        end,
    )
    assert results[3] == (204, b"")
    offer.refresh_from_db()
    call = Call.objects.get(sid=sid)
    assert call.state == "ended"
    assert call.ended_by == "customer"
    assert offer.state == "ended"
    assert cast.alice.slots.get().activity in ("idle", "not_responding")
    assert not Segment.objects.filter(call=call, ended_at=None).exists()
    answered = ["offer.accepted", "offer.timed_out", "offer.declined"]
    assert EventLog.objects.filter(name__in=answered).count() <= 1
    assert EventLog.objects.filter(name="call.ended").count() == 1


@pytest.mark.parametrize("_again", range(4))
def test_eight_tabs_that_accept_the_same_offer_get_one_call(
    floor: Floor, cast: Any, _again: int
) -> None:
    """The same tab may ask again (its answer may have been lost): one acceptance, one leg."""
    _sid, offer, key = ringing(floor, cast)
    tokens = all_at_once(*[accept(offer, cast.alice, key)] * 8)
    assert not refusals(tokens)
    assert EventLog.objects.filter(name="offer.accepted").count() == 1
    lease = PhoneLease.objects.get(agent=cast.alice)
    posts = [
        signed(
            "/webhooks/voice/browser/",
            CallSid=f"CA{n:032x}",
            From=f"client:{lease.identity(0)}",
            join=str(token),
        )
        for n, token in enumerate(tokens)
    ]
    answers = [body for _status, body in all_at_once(*posts)]  # type: ignore[misc]
    assert sum(b"<Conference" in body for body in answers) == 1
    assert sum(b"<Hangup" in body for body in answers) == 7
    assert Leg.objects.count() == 1


# --- webhooks in two copies -----------------------------------------------------------------------


def signed(path: str, **fields: str) -> Callable[[], tuple[int, bytes]]:
    """A webhook as the network sends it; returns status and body when called."""
    twilio = current().twilio
    said = {"AccountSid": twilio.account_sid, **fields}
    signature = RequestValidator(twilio.auth_token.get_secret_value()).compute_signature(
        twilio.webhook_base_url + path, said
    )

    def post() -> tuple[int, bytes]:
        answer = Client().post(
            path,
            urlencode(said),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": signature},
        )
        return answer.status_code, answer.content

    return post


CALLER = {"CallSid": "CA" + "5" * 32, "From": "+14155550142"}


def same_answer(results: list[Any]) -> str:
    [(status, body)] = set(results)
    assert status == 200
    assert b"something went wrong" not in body
    return str(body.decode())


@pytest.mark.parametrize("_again", range(4))
def test_copies_of_an_arrival_in_eight_threads_get_the_same_bytes_and_one_call(
    floor: Floor, cast: Any, _again: int
) -> None:
    body = same_answer(all_at_once(*[signed("/webhooks/voice/", To="+14155550100", **CALLER)] * 8))
    assert "/menu/1/" in body
    call = Call.objects.get()
    assert (call.state, call.turn) == ("in_menu", 1)
    assert StoredAnswer.objects.count() == 1
    names = EventLog.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["call.arrived", "menu.entered"]


@pytest.mark.parametrize("_again", range(4))
def test_copies_of_a_key_in_eight_threads_get_the_same_bytes_and_one_place_in_line(
    floor: Floor, cast: Any, _again: int
) -> None:
    signed("/webhooks/voice/", To="+14155550100", **CALLER)()
    body = same_answer(all_at_once(*[signed("/webhooks/voice/menu/1/", Digits="2", **CALLER)] * 8))
    assert "<Enqueue" in body
    assert Segment.objects.filter(kind="queue").count() == 1
    assert EventLog.objects.filter(name="call.queued").count() == 1


def test_the_first_caller_for_the_default_queue_makes_it_once(floor: Floor, cast: Any) -> None:
    posts = [
        signed("/webhooks/voice/", CallSid=f"CA{n:032x}", From="+14155550142", To="+14155559999")
        for n in range(8)
    ]
    answers = {body for _status, body in all_at_once(*posts)}  # type: ignore[misc]
    assert len(answers) == 8
    assert all(b"<Enqueue" in body for body in answers)
    assert Call.objects.values("queue").distinct().count() == 1


@pytest.mark.parametrize("_again", range(4))
def test_copies_of_a_status_in_eight_threads_have_one_effect(
    floor: Floor, cast: Any, _again: int
) -> None:
    sid = floor.ring()
    end = signed("/webhooks/status/", CallSid=sid, CallStatus="completed", SequenceNumber="9")
    assert set(all_at_once(*[end] * 8)) == {(204, b"")}
    assert EventLog.objects.filter(name="call.ended").count() == 1
    report = RawWebhook.objects.get(payload__SequenceNumber="9")
    assert report.applied_at is not None
    assert report.attempts == 0


@pytest.mark.parametrize("_again", range(4))
def test_both_legs_joining_at_once_begin_one_conversation(
    floor: Floor, cast: Any, _again: int
) -> None:
    sid, offer, key = ringing(floor, cast)
    token = accept(offer, cast.alice, key)()
    lease = PhoneLease.objects.get(agent=cast.alice)
    leg = "CA" + "7" * 32
    identity = f"client:{lease.identity(0)}"
    signed("/webhooks/voice/browser/", CallSid=leg, From=identity, join=token)()

    def joins(call_sid: str, number: int) -> Callable[[], tuple[int, bytes]]:
        return signed(
            "/webhooks/conference/",
            CallSid=call_sid,
            ConferenceSid="CF" + "6" * 32,
            FriendlyName=offer.conference_name,
            StatusCallbackEvent="participant-join",
            SequenceNumber=str(number),
        )

    all_at_once(joins(leg, 1), joins(sid, 2), joins(leg, 1), joins(sid, 2))
    names = list(EventLog.objects.values_list("name", flat=True))
    assert names.count("agent.joined") <= 1
    assert names.count("call.connected") == 1
    assert Call.objects.get(sid=sid).state == "connected"
    assert cast.alice.slots.get().activity == "on_call"
    assert not RawWebhook.objects.filter(applied_at=None).exists()


# --- the last places in line ----------------------------------------------------------------------


def say_of(queue: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(queue, name, value)
    queue.save()


def in_line(queue: Any) -> int:
    return Segment.objects.filter(queue=queue, kind="queue", ended_at=None).count()


def already_waiting(cast: Any, queue: Any, number: int) -> None:
    """So many callers are in the line of ``queue``."""
    now = timezone.now()
    calls = Call.objects.bulk_create(
        Call(
            tenant=cast.tenant, sid=f"CB{n:032x}", account_sid="AC", state="queued", queue=queue,
            arrived_at=now, heard_at=now,
        )
        for n in range(number)
    )  # fmt: skip
    Segment.objects.bulk_create(
        Segment(call=call, kind="queue", queue=queue, started_at=now, placed_at=now)
        for call in calls
    )


def arrivals(*numbers: str) -> list[Callable[[], tuple[int, bytes]]]:
    """A call to each of these numbers, each by somebody else."""
    return [
        signed("/webhooks/voice/", CallSid=f"CA{n:032x}", From="+14155550142", To=number)
        for n, number in enumerate(numbers)
    ]


SALES, SUPPORT = "+14155550101", "+14155550102"


@pytest.mark.parametrize("_again", range(4))
def test_of_two_who_come_together_as_the_eightieth_the_eighty_first_goes_elsewhere(
    floor: Floor, cast: Any, _again: int
) -> None:
    say_of(cast.support, capacity=100, overflow_to="queue", overflow_queue=cast.sales)
    already_waiting(cast, cast.support, 79)
    all_at_once(*arrivals(SUPPORT, SUPPORT))
    assert (in_line(cast.support), in_line(cast.sales)) == (80, 1)
    assert EventLog.objects.filter(name="call.overflowed").count() == 1


@pytest.mark.parametrize("_again", range(4))
def test_of_twelve_who_come_together_for_three_places_three_get_one(
    floor: Floor, cast: Any, _again: int
) -> None:
    say_of(cast.support, capacity=3)
    all_at_once(*arrivals(*[SUPPORT] * 12))
    assert in_line(cast.support) == 3
    assert Call.objects.filter(state="leaving", end_reason="full").count() == 9


@pytest.mark.parametrize("_again", range(2))
def test_of_six_who_ring_again_at_the_same_moment_one_has_the_place(
    floor: Floor, cast: Any, _again: int
) -> None:
    say_of(cast.support, redial_minutes=10)
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(5)
    floor.hang_up(sid)
    floor.settle()
    first = Segment.objects.get(call__sid=sid, kind="queue")
    all_at_once(*arrivals(*[SUPPORT] * 6))
    assert in_line(cast.support) == 6
    assert Segment.objects.filter(ended_at=None, placed_at=first.placed_at).count() == 1
    assert EventLog.objects.filter(name="place.kept").count() == 1


@pytest.mark.parametrize("_again", range(4))
def test_queues_that_overflow_into_each_other_fill_up_without_a_deadlock(
    floor: Floor, cast: Any, _again: int
) -> None:
    say_of(cast.support, capacity=2, overflow_to="queue", overflow_queue=cast.sales)
    say_of(cast.sales, capacity=3, overflow_to="queue", overflow_queue=cast.support)
    all_at_once(*arrivals(*[SUPPORT, SALES] * 6))
    assert (in_line(cast.support), in_line(cast.sales)) == (2, 3)
    assert Call.objects.filter(state="leaving", end_reason="full").count() == 7


@pytest.mark.parametrize("_again", range(4))
def test_who_has_waited_too_long_is_offered_or_leaves_and_never_both(
    floor: Floor, cast: Any, _again: int
) -> None:
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(5)
    crowd(cast, 1)
    say_of(cast.support, max_wait_seconds=3)
    stay = Segment.objects.get(kind="queue")
    wait = signed(f"/webhooks/voice/wait/{stay.pk}/", CallSid=sid, QueueSid="QU" + "1" * 32)
    all_at_once(wait, lambda: offering.dispatch(cast.tenant.pk))
    call = Call.objects.get(sid=sid)
    stay.refresh_from_db()
    offers = Offer.objects.filter(ended_at=None).count()
    assert (call.state, stay.ended_at is None, offers) in {
        ("offered", True, 1),
        ("leaving", False, 0),
    }


# --- two clocks -----------------------------------------------------------------------------------


def test_two_clocks_fire_each_timer_once(floor: Floor, cast: Any) -> None:
    for agent in crowd(cast, 8):
        floor.ring(from_=f"+1415555{agent.pk:04}")
    offering.dispatch(cast.tenant.pk)
    assert Timer.objects.filter(kind="ring").count() == 8
    later = timezone.now() + timedelta(minutes=1)
    ran = all_at_once(*[lambda: timing.run_due_timers(later)] * 4)
    assert sum(ran) == 8  # type: ignore[arg-type]
    assert EventLog.objects.filter(name="offer.timed_out").count() == 8
    assert not Timer.objects.exclude(kind="shift").exists()


def test_two_clocks_send_each_command_once(floor: Floor, cast: Any) -> None:
    sids = [floor.ring(from_=f"+1415555{n:04}") for n in range(8)]
    for sid in sids:
        call = Call.objects.get(sid=sid)
        commanding.command("check_call", call=call, call_sid=sid)
    now = timezone.now()
    due = commanding.due_commands(now)
    assert len(due) == 8

    def send_all() -> int:
        return sum(commanding.send_command(pk) for pk in due)

    sent = all_at_once(*[send_all] * 4)
    assert sum(sent) == 8  # type: ignore[arg-type]
    assert set(Command.objects.values_list("attempts", "outcome")) == {(1, "applied")}


def test_two_clocks_apply_each_waiting_report_once(floor: Floor, cast: Any) -> None:
    unknown = ["CA" + f"{n:x}" * 32 for n in range(8)]
    for sid in unknown:
        signed("/webhooks/status/", CallSid=sid, CallStatus="completed")()
    for sid in unknown:
        signed("/webhooks/voice/", CallSid=sid, From="+14155550142", To="+14155550102")()
    later = timezone.now() + timedelta(seconds=5)
    applied = all_at_once(*[lambda: reporting.apply_waiting_reports(later)] * 4)
    assert sum(applied) >= 8  # type: ignore[arg-type]
    assert Call.objects.filter(state="ended").count() == 8
    assert EventLog.objects.filter(name="call.ended").count() == 8


# --- wrap-up --------------------------------------------------------------------------------------


@pytest.mark.parametrize("_again", range(6))
def test_more_time_and_the_end_of_wrap_up_at_the_same_moment_leave_one_truth(
    floor: Floor, cast: Any, _again: int
) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = floor.conversation(cast.alice)
    floor.hang_up(call.sid)
    floor.until(lambda: cast.alice.slots.get().activity == "wrapping_up", within=3)
    Timer.objects.exclude(kind="wrap_up").delete()
    results = all_at_once(
        lambda: wrapping_up.extend(offer=offer, agent=cast.alice),
        time_runs_out,
        lambda: wrapping_up.finish(offer=offer, agent=cast.alice),
    )
    assert len(refusals(results)) <= 1
    offer.refresh_from_db()
    assert (offer.state, offer.outcome) == ("ended", "handled")
    assert cast.alice.slots.get().activity == "idle"
    ends = EventLog.objects.filter(name__in=["wrap_up.finished", "wrap_up.timed_out"])
    assert ends.count() == 1
    assert not Timer.objects.filter(kind="wrap_up").exists()


def test_more_time_asked_for_while_the_timer_waits_is_no_deadlock(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = floor.conversation(cast.alice)
    floor.hang_up(call.sid)
    floor.until(lambda: cast.alice.slots.get().activity == "wrapping_up", within=3)
    Timer.objects.exclude(kind="wrap_up").delete()
    with held(Offer.objects.filter(pk=offer.pk)) as let_go, ThreadPoolExecutor(2) as threads:
        first = threads.submit(
            all_at_once, lambda: wrapping_up.extend(offer=offer, agent=cast.alice)
        )
        wait_until(lambda: waiting_for_locks() >= 1, what="the agent to wait for the offer")
        second = threads.submit(all_at_once, time_runs_out)
        wait_until(lambda: waiting_for_locks() >= 2, what="the timer to wait for the offer")
        let_go()
        assert first.result(20) == [None]
        assert second.result(20) == [0]
    assert cast.alice.slots.get().activity == "wrapping_up"
    assert Timer.objects.filter(kind="wrap_up").count() == 1


# --- breaks ---------------------------------------------------------------------------------------


def test_an_agent_back_from_a_break_while_she_is_offered_a_call_stops_nobody(
    floor: Floor, cast: Any
) -> None:
    """The dispatcher's last act is to look at her row; by then she waits for her slot's."""
    floor.ring()
    [anna] = crowd(cast, 1)
    key = PhoneLease.objects.get(agent=anna).key
    offered, commit = threading.Event(), threading.Event()

    def dispatches() -> int:
        with transaction.atomic():
            made = offering.dispatch(cast.tenant.pk)
            offered.set()
            commit.wait(10)
        return made

    def returns() -> None:
        presence.set_presence(agent=anna, presence=Presence.AVAILABLE, lease_key=key)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(all_at_once, dispatches)
        assert offered.wait(10)
        presence.set_presence(agent=anna, presence=Presence.BREAK, reason="lunch")
        second = threads.submit(all_at_once, returns)
        wait_until(lambda: waiting_for_locks() >= 1, what="her return to wait for her slot")
        commit.set()
        assert first.result(20) == [1]
        assert second.result(20) == [None]
    assert anna.slots.get().activity == "ringing"


# --- the end of a shift ---------------------------------------------------------------------------


def shift_is_over(agent: Agent) -> Callable[[], object]:
    """Twelve hours have passed since the agent went on duty; the clock notices it now."""
    Agent.objects.filter(pk=agent.pk).update(on_duty_since=timezone.now() - timedelta(hours=13))
    Timer.objects.filter(agent=agent, kind="shift").update(due_at=timezone.now())
    return lambda: timing.run_due_timers(timezone.now())


@pytest.mark.parametrize("_again", range(6))
def test_who_is_offered_a_call_when_her_shift_is_over_has_the_call_or_is_off_duty(
    floor: Floor, cast: Any, _again: int
) -> None:
    floor.ring()
    [anna] = crowd(cast, 1)
    all_at_once(
        lambda: offering.dispatch(cast.tenant.pk),
        shift_is_over(anna),
        lambda: offering.dispatch(cast.tenant.pk),
    )
    anna.refresh_from_db()
    doing = (anna.presence, anna.slots.get().activity)
    assert doing in {("available", "ringing"), ("offline", "idle")}
    assert Offer.objects.filter(state="pending").count() == (doing[1] == "ringing")


@pytest.mark.parametrize("_again", range(6))
def test_who_goes_off_duty_while_she_is_offered_a_call_has_the_call_or_is_off_duty(
    floor: Floor, cast: Any, _again: int
) -> None:
    floor.ring()
    [anna] = crowd(cast, 1)
    offered, went, _offered = all_at_once(
        lambda: offering.dispatch(cast.tenant.pk),
        lambda: presence.go_off_duty(agent=anna),
        lambda: offering.dispatch(cast.tenant.pk),
    )
    anna.refresh_from_db()
    doing = (anna.presence, anna.slots.get().activity)
    if isinstance(went, NotAllowed):
        assert doing == ("available", "ringing")
    else:
        assert doing == ("offline", "idle")
        assert not Offer.objects.exists()
    assert not isinstance(offered, NotAllowed)


@pytest.mark.parametrize("_again", range(6))
def test_who_accepts_when_her_shift_is_over_keeps_the_call_to_its_end(
    floor: Floor, cast: Any, _again: int
) -> None:
    _sid, offer, key = ringing(floor, cast)
    token, _ran = all_at_once(accept(offer, cast.alice, key), shift_is_over(cast.alice))
    assert isinstance(token, str)
    cast.alice.refresh_from_db()
    assert cast.alice.presence == "available"
    assert Offer.objects.get(pk=offer.pk).state == "accepted"
    assert Timer.objects.filter(kind="shift", agent=cast.alice).count() == 1, "it is looked again"


def test_back_from_a_break_at_the_very_moment_it_is_over_is_no_deadlock(
    floor: Floor, cast: Any
) -> None:
    BreakRule.objects.create(tenant=cast.tenant, code="short", most_minutes=1, after="offline")
    [anna] = crowd(cast, 1)
    key = PhoneLease.objects.get(agent=anna).key
    presence.set_presence(agent=anna, presence=Presence.BREAK, reason="short")
    floor.traveller.shift(timedelta(minutes=1))
    with held(Agent.objects.filter(pk=anna.pk)) as let_go, ThreadPoolExecutor(2) as threads:
        first = threads.submit(
            all_at_once,
            lambda: presence.set_presence(agent=anna, presence=Presence.AVAILABLE, lease_key=key),
        )
        wait_until(lambda: waiting_for_locks() >= 1, what="her return to wait for her row")
        second = threads.submit(all_at_once, lambda: timing.run_due_timers(timezone.now()))
        wait_until(lambda: waiting_for_locks() >= 2, what="the timer to wait for her row")
        let_go()
        assert first.result(20) == [None]
        assert second.result(20) == [0]
    anna.refresh_from_db()
    assert anna.presence == "available"


# --- everything at once ---------------------------------------------------------------------------


def test_breaks_dispatches_and_hang_ups_in_a_crowd_never_stop_each_other(
    floor: Floor, cast: Any
) -> None:
    agents = crowd(cast, 6)
    keys = {agent.pk: PhoneLease.objects.get(agent=agent).key for agent in agents}
    sids = [floor.ring(from_=f"+1415555{n:04}") for n in range(6)]

    def breaks(agent: Agent) -> Callable[[], None]:
        def come_and_go() -> None:
            for _ in range(4):
                presence.set_presence(agent=agent, presence=Presence.BREAK, reason="lunch")
                presence.set_presence(
                    agent=agent, presence=Presence.AVAILABLE, lease_key=keys[agent.pk]
                )
                presence.beat(agent=agent, lease_key=keys[agent.pk])

        return come_and_go

    def dispatch_often() -> None:
        for _ in range(6):
            offering.dispatch(cast.tenant.pk)
            presence.notice_silent_phones(timezone.now())

    def leaves(sid: str) -> Callable[[], tuple[int, bytes]]:
        return signed("/webhooks/status/", CallSid=sid, CallStatus="completed")

    all_at_once(
        *[breaks(agent) for agent in agents],
        *[dispatch_often] * 2,
        *[leaves(sid) for sid in sids[:4]],
        time_runs_out,
    )
    assert Call.objects.filter(sid__in=sids[:4], state="ended").count() == 4
    assert not RawWebhook.objects.filter(applied_at=None).exists()
    for agent in agents:
        live = Offer.objects.filter(agent=agent, ended_at=None).count()
        assert live <= 1
        assert (agent.slots.get().activity == "ringing") == (live == 1)


def test_a_stale_copy_of_a_call_moves_nothing(floor: Floor, cast: Any) -> None:
    """Whoever read the call before it moved waits for its row and then sees where it is."""
    sid = floor.ring()
    call = Call.objects.get(sid=sid)
    with transaction.atomic():
        assert lock_call(call.pk).state == "queued"
    floor.hang_up(sid)
    with transaction.atomic():
        assert lock_call(call.pk).state == "ended"


# --- a supervisor arranges a waiting caller -------------------------------------------------------


def waiting(floor: Floor, to: str = "+14155550101") -> Segment:
    """The stay of somebody who waits in Sales."""
    sid = floor.ring(to=to)
    floor.pass_seconds(1)
    return Segment.objects.select_related("call").get(call__sid=sid, kind="queue", ended_at=None)


@pytest.mark.parametrize("_again", range(2))
def test_of_two_supervisors_who_move_a_caller_at_once_one_does(
    floor: Floor, cast: Any, _again: int
) -> None:
    stay = waiting(floor)
    results = all_at_once(
        lambda: arranging.move(stay=stay, to=cast.support, actor=cast.carol),
        lambda: arranging.move(stay=stay, to=cast.support, actor=cast.dana),
    )
    [refusal] = refusals(results)
    assert "has gone to another queue meanwhile" in str(refusal)
    assert EventLog.objects.filter(name="call.moved").count() == 1
    assert Segment.objects.filter(kind="queue").count() == 2
    assert Segment.objects.get(ended_at=None).queue == cast.support


@pytest.mark.parametrize("_again", range(2))
def test_who_is_given_a_caller_while_dispatchers_run_is_the_only_one_who_rings(
    floor: Floor, cast: Any, _again: int
) -> None:
    """Whoever was rung a moment before stops being rung."""
    stay = waiting(floor)
    alice, bob = crowd_of_two(floor, cast)
    results = all_at_once(
        lambda: arranging.give(stay=stay, agent=bob, actor=cast.carol),
        *[lambda: offering.dispatch(cast.tenant.pk)] * 3,
    )
    offering.dispatch(cast.tenant.pk)
    [offer] = Offer.objects.filter(ended_at=None)
    assert offer.agent == bob
    assert not refusals(results) or Offer.objects.count() == 1
    assert alice.slots.get().activity == "idle"


def crowd_of_two(floor: Floor, cast: Any) -> tuple[Agent, Agent]:
    """Alice and Bob, on duty and ready to be rung."""
    floor.reconciles = False
    for agent in (cast.alice, cast.bob):
        lease = presence.claim_phone(agent=agent)
        presence.report_phone(agent=agent, lease_key=lease.key, ring_heard=True, microphone_ok=True)
        presence.go_on_duty(agent=agent, lease_key=lease.key)
    return cast.alice, cast.bob


@pytest.mark.parametrize("_again", range(2))
def test_who_goes_away_while_given_a_caller_is_not_waited_for(
    floor: Floor, cast: Any, _again: int
) -> None:
    stay = waiting(floor)
    crowd_of_two(floor, cast)
    all_at_once(
        lambda: arranging.give(stay=stay, agent=cast.bob, actor=cast.carol),
        lambda: presence.set_presence(agent=cast.bob, presence=Presence.BREAK, reason="lunch"),
    )
    timing.run_due_timers(timezone.now())
    stay.refresh_from_db()
    assert stay.reserved_for is None
    given = EventLog.objects.filter(name="call.reserved").count()
    assert EventLog.objects.filter(name="reservation.ended").count() == given


@pytest.mark.parametrize("_again", range(2))
def test_a_caller_is_accepted_or_moved_and_not_both(floor: Floor, cast: Any, _again: int) -> None:
    _sid, offer, key = ringing(floor, cast)
    accepted, moved = all_at_once(
        accept(offer, cast.alice, key),
        lambda: arranging.move(stay=offer.segment, to=cast.sales, actor=cast.carol),
    )
    assert isinstance(accepted, NotAllowed) is not isinstance(moved, NotAllowed)
    offer.refresh_from_db()
    call = Call.objects.get(pk=offer.call_id)
    if isinstance(moved, NotAllowed):
        assert (offer.state, call.state) == ("accepted", "connecting")
    else:
        assert (offer.outcome, call.state, call.queue) == ("withdrawn", "queued", cast.sales)
        assert cast.alice.slots.get().activity == "idle"


# --- callbacks -----------------------------------------------------------------------------------


def may_be_called_back(cast: Any) -> None:
    cast.support.callback_key = "1"
    cast.support.callback_from_hour, cast.support.callback_until_hour = 0, 24
    cast.support.save()


def test_of_two_who_ask_for_one_number_at_once_one_call_is_made(floor: Floor, cast: Any) -> None:
    may_be_called_back(cast)
    for round_ in range(4):
        number = f"+1415555016{round_}"
        sids = [floor.ring(from_=number) for _ in range(2)]
        floor.pass_seconds(3)
        for sid in sids:
            floor.press(sid, "1")
        stays = {stay.call.sid: stay for stay in Segment.objects.filter(call__sid__in=sids)}

        def confirm(sid: str, stays: dict[str, Segment] = stays) -> None:
            with transaction.atomic():
                turn = Call.objects.get(sid=sid).turn + 1
                answering.wait_key(sid, stays[sid].pk, turn, "1")

        all_at_once(*(lambda sid=sid: confirm(sid) for sid in sids))  # type: ignore[misc]
        made = Call.objects.filter(kind="callback", from_number=number)
        assert made.count() == 1
        assert set(Call.objects.filter(sid__in=sids).values_list("end_reason", flat=True)) == {
            "called_back"
        }


def test_who_rings_while_his_callback_is_given_out_is_served_once(floor: Floor, cast: Any) -> None:
    may_be_called_back(cast)
    for round_ in range(4):
        number = f"+1415555017{round_}"
        sid = floor.ring(from_=number)
        floor.pass_seconds(3)
        for _key in range(2):
            floor.press(sid, "1")
        floor.pass_seconds(8)
        callback = Call.objects.get(kind="callback", from_number=number)
        presence.claim_phone(agent=cast.alice)
        Agent.objects.filter(pk=cast.alice.pk).update(presence=Presence.AVAILABLE)
        again = f"CA{round_:032d}"

        def ring(number: str = number, again: str = again) -> None:
            with transaction.atomic():
                receive_call(
                    sid=again,
                    account_sid=current().twilio.account_sid,
                    from_number=number,
                    to_number="+14155550102",
                )

        all_at_once(ring, lambda: offering.dispatch(cast.tenant.pk))
        callback.refresh_from_db()
        assert (callback.state, callback.end_reason) == ("ended", "callback_called_again")
        assert not Offer.objects.filter(call=callback, ended_at=None).exists()
        assert cast.alice.slots.get().activity == "idle"
        Agent.objects.filter(pk=cast.alice.pk).update(presence=Presence.OFFLINE)
        Call.objects.filter(sid=again).update(state="ended", ended_at=timezone.now())
        Segment.objects.filter(call__sid=again).update(ended_at=timezone.now())
