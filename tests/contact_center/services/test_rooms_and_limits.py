"""Conference rooms, and the longest a conversation may last."""

from typing import Any

from django.test import override_settings

from contact_center.models import Call, PhoneNumber
from tests.universe.floor import Floor, open_floor


def make_room(cast: Any) -> None:
    PhoneNumber.objects.create(tenant=cast.tenant, e164="+14155550109", is_room=True)


def test_callers_of_a_room_meet_and_nobody_else_hears_them(cast: Any) -> None:
    make_room(cast)
    with open_floor() as floor:
        first = floor.ring(to="+14155550109", from_="+14155550141")
        second = floor.ring(to="+14155550109", from_="+14155550142")
        elsewhere = floor.ring(to="+14155550102", from_="+14155550143")
        assert floor.hears(first, second)
        assert floor.hears(second, first)
        assert not floor.hears(elsewhere, first)
        floor.hang_up(first)
        call = Call.objects.get(sid=first)
        assert (call.state, call.ended_by, call.end_reason) == (
            "ended", "customer", "left_the_room",
        )  # fmt: skip
        assert Call.objects.get(sid=second).state == "in_room"


def answer_to_arrival(floor: Floor, sid: str) -> str:
    mine = [r.request_id for r in floor.requests if r.leg_sid == sid and "/voice/#" in r.url]
    return floor.answers[mine[0]]


@override_settings(
    DJANGO_TWILIO_CALL_CONFERENCE={
        "MAX_PARTICIPANTS": 2,
        "WAIT_METHOD": "POST",
        "START_ON_ENTER": False,
        "END_ON_EXIT": True,
        "BEEP_ON_ENTER": True,
        "MUTED_ON_ENTRY": True,
    }
)
def test_a_room_is_as_the_settings_say_and_a_full_one_says_so(cast: Any) -> None:
    make_room(cast)
    with open_floor() as floor:
        first = floor.ring(to="+14155550109", from_="+14155550141")
        answer = answer_to_arrival(floor, first)
        for attribute in (
            'maxParticipants="2"', 'startConferenceOnEnter="false"', 'endConferenceOnExit="true"',
            'beep="onEnter"', 'muted="true"', 'waitMethod="POST"',
            'waitUrl="http://localhost:8000/static/hold_music.mp3"',
        ):  # fmt: skip
            assert attribute in answer
        second = floor.ring(to="+14155550109", from_="+14155550142")
        third = floor.ring(to="+14155550109", from_="+14155550143")
        floor.until(lambda: third in floor.ended, within=10)
        assert Call.objects.get(sid=third).end_reason == "room_full"
        assert second not in floor.ended


@override_settings(DJANGO_TWILIO_CALL_CALL={"MAX_DURATION": 60})
def test_a_conversation_that_lasts_too_long_ends_with_a_goodbye_not_in_the_line(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    call, _offer, _leg = floor.conversation(cast.alice)
    floor.pass_seconds(59)
    assert Call.objects.get(pk=call.pk).state == "connected"
    floor.until(lambda: call.sid in floor.ended, within=10)
    call.refresh_from_db()
    assert (call.ended_by, call.end_reason) == ("system", "longest_duration")
    assert not any("lost the line" in answer for answer in floor.answers.values())
    assert cast.alice.slots.get().activity == "wrapping_up"


@override_settings(DJANGO_TWILIO_CALL_CONFERENCE={"WAIT_URL": ""})
def test_without_music_in_the_settings_waiting_is_silent(floor: Floor, cast: Any) -> None:
    floor.ring()
    waits = [floor.answers[r.request_id] for r in floor.requests if "/wait/" in r.url]
    assert "<Play>" not in waits[-1]
    assert '<Pause length="15"/>' in waits[-1].replace(" />", "/>")
