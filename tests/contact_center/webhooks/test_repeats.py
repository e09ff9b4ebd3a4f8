"""What comes twice, late or out of turn: the same bytes, one effect, and nobody left in silence."""

import random
from typing import Any

import pytest

from contact_center.models import Call, EventLog, Offer, RawWebhook, StoredAnswer
from contact_center.services import talking, wrapping_up
from tests.contact_center.webhooks.wire import STRANGER, Wire, everything_written, verbs
from tests.universe.floor import Floor

#: Answered from the present, not from what was stored.
FRESH = ("/wait/", "/hold/")


def recorded_call(floor: Floor, cast: Any) -> str:
    """A call with a menu, a hold and a goodbye, as somebody on the wire has recorded it."""
    floor.on_duty(cast.alice)
    sid = floor.ring(to="+14155550100")
    floor.press(sid, "2")
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    floor.accept(cast.alice, offer)
    floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=3)
    talking.hold(offer=offer, agent=cast.alice)
    floor.pass_seconds(5)
    talking.hang_up(offer=offer, agent=cast.alice)
    floor.until(lambda: sid in floor.ended, within=6)
    floor.pass_seconds(1)
    return sid


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("wrapped_up", [False, True])
def test_a_recorded_call_played_back_changes_nothing_and_sounds_the_same(
    floor: Floor, cast: Any, seed: int, wrapped_up: bool
) -> None:
    sid = recorded_call(floor, cast)
    if wrapped_up:
        wrapping_up.finish(offer=Offer.objects.get(), agent=cast.alice)
    before = everything_written()
    recording = [request for request in floor.requests if "/static/" not in request.url]
    assert len(recording) > 12
    random.Random(seed).shuffle(recording)
    for request in recording * 2:
        answer = floor.post(request)
        if any(part in request.url for part in FRESH):
            assert answer.status == 200
        else:
            assert answer.body.decode() == floor.answers[request.request_id], request.url
    assert everything_written() == before
    assert Call.objects.get(sid=sid).state == "ended"


def test_a_recorded_call_played_back_in_mid_call_changes_nothing(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    floor.conversation(cast.alice, to="+14155550101")
    before = everything_written()
    for request in list(reversed(floor.requests)):
        answer = floor.post(request)
        if not any(part in request.url for part in FRESH):
            assert answer.body.decode() == floor.answers[request.request_id], request.url
    assert everything_written() == before


def test_the_same_request_with_another_key_gets_the_first_ones_answer(
    floor: Floor, wire: Wire
) -> None:
    """An address is used once: whoever plays with the second copy gains nothing."""
    fields = {"CallSid": STRANGER, "From": "+14155550142", "To": "+14155550100"}
    wire.say("/webhooks/voice/", fields)
    first = wire.say("/webhooks/voice/menu/1/", fields, Digits="1")
    second = wire.say("/webhooks/voice/menu/1/", fields, Digits="2")
    assert second.content == first.content
    call = Call.objects.select_related("queue").get()
    assert call.queue is not None
    assert call.queue.name == "Sales"
    assert EventLog.objects.filter(name="call.queued").count() == 1


@pytest.mark.parametrize("turn", [0, 99])
def test_a_stale_turn_of_the_menu_gets_what_fits_now(floor: Floor, wire: Wire, turn: int) -> None:
    fields = {"CallSid": STRANGER, "From": "+14155550142", "To": "+14155550100"}
    wire.say("/webhooks/voice/", fields)
    answer = wire.say(f"/webhooks/voice/menu/{turn}/", fields, Digits="1")
    assert verbs(answer) == ["Gather"]
    assert Call.objects.get().state == "in_menu"
    assert not EventLog.objects.filter(name="menu.key_pressed").exists()

    current = Call.objects.get().turn
    assert verbs(wire.say(f"/webhooks/voice/menu/{current}/", fields, Digits="1")) == ["Enqueue"]
    late = wire.say(f"/webhooks/voice/menu/{current + 1}/", fields, Digits="2")
    assert verbs(late) == ["Enqueue"]
    assert EventLog.objects.filter(name="call.queued").count() == 1


def test_who_asks_for_the_menu_again_and_again_is_still_counted(floor: Floor, wire: Wire) -> None:
    """What the network asks out of turn must not give a silent caller rounds without end."""
    fields = {"CallSid": STRANGER, "From": "+14155550142", "To": "+14155550100"}
    wire.say("/webhooks/voice/", fields)
    wire.say("/webhooks/voice/menu/1/", fields)
    assert Call.objects.get().misses == 1
    wire.say("/webhooks/voice/fallback/", fields)
    assert Call.objects.get().misses == 1


def test_a_stale_offer_leads_back_to_the_line(floor: Floor, wire: Wire, cast: Any) -> None:
    """The redirect of an offer that has ended meanwhile finds the caller where he belongs."""
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    Offer.objects.filter(pk=offer.pk).update(ended_at=offer.offered_at)
    for kind in ("connect", "after", "lost"):
        answer = wire.say(f"/webhooks/voice/{kind}/{offer.pk}/", CallSid=sid)
        assert verbs(answer)[-1] == "Enqueue", kind
        assert f"/wait/{offer.segment_id}/".encode() in answer.content
    assert Call.objects.get(sid=sid).state == "offered"


def test_an_offer_of_another_call_connects_nobody(floor: Floor, wire: Wire, cast: Any) -> None:
    floor.on_duty(cast.alice)
    _call, offer, _leg = floor.conversation(cast.alice)
    other = floor.ring(from_="+14155550143")
    before = everything_written()
    turn = Call.objects.get(sid=other).turn
    for kind in ("connect", "after", "lost"):
        answer = wire.say(f"/webhooks/voice/{kind}/{offer.pk}/", CallSid=other)
        assert verbs(answer) == ["Enqueue"], kind
        assert b"<Conference" not in answer.content
    # Each way back into the line had an address of its own.
    assert Call.objects.get(sid=other).turn == turn + 3
    Call.objects.filter(sid=other).update(turn=turn)
    after = everything_written()
    before.pop("StoredAnswer")
    after.pop("StoredAnswer")
    assert after == before


def test_a_wait_of_another_callers_stay_is_the_way_out(floor: Floor, wire: Wire, cast: Any) -> None:
    sid = floor.ring()
    before = everything_written()
    segment = Call.objects.get(sid=sid).segments.get()
    answer = wire.say(f"/webhooks/voice/wait/{segment.pk}/", CallSid=STRANGER)
    assert verbs(answer) == ["Leave"]
    assert everything_written() == before


@pytest.mark.parametrize("kind", ["connect", "after", "lost", "queue-left", "menu"])
def test_a_call_that_has_ended_is_told_to_hang_up_whatever_it_asks(
    floor: Floor, wire: Wire, cast: Any, kind: str
) -> None:
    sid = recorded_call(floor, cast)
    StoredAnswer.objects.all().delete()
    offer = Offer.objects.get()
    pk = offer.segment_id if kind == "queue-left" else offer.pk
    answer = wire.say(f"/webhooks/voice/{kind}/{pk}/", CallSid=sid)
    assert verbs(answer)[-1] == "Hangup"
    assert b"something went wrong" not in answer.content
    assert Call.objects.get(sid=sid).state == "ended"


# --- reports --------------------------------------------------------------------------------------


def test_a_status_of_an_unknown_call_is_kept_and_applied_when_the_call_appears(
    floor: Floor, wire: Wire
) -> None:
    answer = wire.say("/webhooks/status/", CallSid=STRANGER, CallStatus="completed")
    assert (answer.status_code, answer.content) == (204, b"")
    report = RawWebhook.objects.get()
    assert report.applied_at is None
    floor.pass_seconds(5)
    assert not Call.objects.exists()

    fields = {"CallSid": STRANGER, "From": "+14155550142", "To": "+14155550102"}
    wire.say("/webhooks/voice/", fields)
    assert Call.objects.get().state == "queued"
    floor.pass_seconds(1)
    assert Call.objects.get().state == "ended"
    report.refresh_from_db()
    assert report.applied_at is not None
    assert report.attempts == 0


def test_a_status_nobody_ever_explains_is_kept_and_left_alone(floor: Floor, wire: Wire) -> None:
    wire.say("/webhooks/status/", CallSid=STRANGER, CallStatus="completed")
    floor.traveller.shift(2 * 3600)
    floor.pass_seconds(2)
    assert RawWebhook.objects.get().applied_at is None
    assert not EventLog.objects.exists()


def test_a_status_that_comes_after_the_last_one_wakes_nobody(floor: Floor, wire: Wire) -> None:
    sid = floor.ring()
    floor.hang_up(sid)
    ended = Call.objects.values().get(sid=sid)
    for status in ("ringing", "in-progress", "queued", "completed", "busy"):
        wire.say("/webhooks/status/", CallSid=sid, CallStatus=status, SequenceNumber="99")
    after = Call.objects.values().get(sid=sid)
    # The last word of several last words may differ; what we made of the first one may not.
    for changing in ("network_status", "heard_at"):
        ended.pop(changing)
        after.pop(changing)
    assert after == ended
    assert EventLog.objects.filter(name="call.ended").count() == 1
