"""Webhooks in two copies, and two clocks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contact_center.models import (
    Call,
    Command,
    EventLog,
    PhoneLease,
    RawWebhook,
    Segment,
    StoredAnswer,
    Timer,
)
from contact_center.services import blocking, commanding, offering, reporting, timing
from tests.under_fire.races.threads import accept, all_at_once, crowd, ringing, signed
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres


# --- webhooks in two copies -----------------------------------------------------------------------


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


def test_copies_of_a_blocked_callers_arrival_are_refused_as_one_call(
    floor: Floor, cast: Any
) -> None:
    blocking.block(number=CALLER["From"], reason="Threats", days=None, actor=cast.carol)
    body = same_answer(all_at_once(*[signed("/webhooks/voice/", To="+14155550100", **CALLER)] * 8))
    assert "<Reject" in body
    assert Call.objects.get().end_reason == "blocked"
    names = EventLog.objects.filter(call_id__isnull=False).order_by("pk")
    assert list(names.values_list("name", flat=True)) == ["call.arrived", "call.refused"]


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
