"""When something behind a view breaks, the caller hears a sentence and stays on the line."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contact_center.domain.events import Event
from contact_center.models import Call, RawWebhook, Segment
from tests.contact_center.webhooks.wire import REPORT_PATHS, STRANGER, VOICE_PATHS, Wire, verbs
from tests.harness.broken_database import database_away, without
from tests.universe.floor import Floor


def subscriber_that_fails(events: Sequence[Event]) -> None:
    """What a plug-in may do."""
    raise RuntimeError("this subscriber never works")


@pytest.mark.parametrize("path", VOICE_PATHS)
def test_every_way_in_keeps_the_caller_when_the_tables_are_gone(
    floor: Floor, wire: Wire, path: str
) -> None:
    with without("call"), without("offer"), without("phonenumber"):
        answer = wire.say(path, CallSid=STRANGER, From="+14155550142", To="+14155550100", join="x")
    # Who has no token is turned away without a look at the database.
    if path.endswith("/browser/"):
        assert verbs(answer) == ["Hangup"]
        return
    assert verbs(answer) == ["Say", "Pause", "Redirect"]
    assert b"stay on the line" in answer.content
    assert f"<Redirect>http://localhost:8000{path}</Redirect>".encode() in answer.content
    assert answer.headers["Cache-Control"] == (
        "max-age=0, no-cache, no-store, must-revalidate, private"
    )
    assert b"relation" not in answer.content
    assert b"table" not in answer.content


def test_a_caller_who_arrives_while_the_database_is_broken_is_served_when_it_is_well(
    floor: Floor, cast: Any
) -> None:
    with without("storedanswer"):
        sid = floor.network.dial_in("+14155550142", "+14155550100")
        for _ in range(4):
            floor.network.tick(floor.now)
            floor._deliver()  # the clock has no database either
            floor.traveller.shift(4)
            floor._end_audio()
        assert not Call.objects.exists()
        assert sid not in floor.ended
    floor.until(lambda: Call.objects.filter(sid=sid, state="in_menu").exists(), within=10)
    floor.press(sid, "1")
    assert Call.objects.get(sid=sid).queue == cast.sales


def test_a_waiting_caller_outlives_a_broken_database(floor: Floor, cast: Any) -> None:
    sid = floor.ring()
    with without("segment"):
        for _ in range(10):
            floor.network.tick(floor.now)
            floor._deliver()
            floor.traveller.shift(4)
            floor._end_audio()
        assert sid not in floor.ended
    floor.until(
        lambda: (
            (Segment.objects.get().wait_heard_at or 0) != 0
            and Segment.objects.get().wait_heard_at.timestamp() > floor.now - 2
        ),
        within=25,
    )
    assert Call.objects.get(sid=sid).state == "queued"
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)


def test_a_key_pressed_in_the_trouble_is_not_asked_for_again(
    floor: Floor, wire: Wire, cast: Any
) -> None:
    fields = {"CallSid": STRANGER, "From": "+14155550142", "To": "+14155550100"}
    wire.say("/webhooks/voice/", fields)
    with without("segment"):
        answer = wire.say("/webhooks/voice/menu/1/", fields, Digits="1")
        assert b"/webhooks/voice/menu/1/?key=1<" in answer.content
        again = wire.say("/webhooks/voice/menu/1/?key=1", fields)
        assert b"/webhooks/voice/menu/1/?key=1<" in again.content
    assert verbs(wire.say("/webhooks/voice/menu/1/?key=1", fields)) == ["Enqueue"]
    assert Call.objects.get().queue == cast.sales


def test_a_key_that_is_a_hash_survives_its_way_through_an_address(
    floor: Floor, wire: Wire, cast: Any
) -> None:
    fields = {"CallSid": STRANGER, "From": "+14155550142", "To": "+14155550100"}
    wire.say("/webhooks/voice/", fields)
    with without("segment"), without("eventlog"):
        answer = wire.say("/webhooks/voice/menu/1/", fields, Digits="#")
    assert b"?key=%23<" in answer.content
    assert verbs(wire.say("/webhooks/voice/menu/1/?key=%23", fields)) == ["Gather"]
    assert Call.objects.get().misses == 1


def test_a_report_that_cannot_be_applied_is_kept_and_applied_when_it_can(
    floor: Floor, wire: Wire
) -> None:
    sid = floor.ring()
    with without("eventlog"):
        answer = wire.say("/webhooks/status/", CallSid=sid, CallStatus="completed")
        assert answer.status_code == 204
    report = RawWebhook.objects.get(payload__CallStatus="completed")
    assert (report.applied_at, report.attempts) == (None, 1)
    assert "eventlog" in report.problem
    assert Call.objects.get(sid=sid).state == "queued"

    floor.pass_seconds(2)
    assert Call.objects.get(sid=sid).state == "ended"
    report.refresh_from_db()
    assert report.applied_at is not None


def test_a_report_that_cannot_even_be_kept_is_asked_for_again(floor: Floor, wire: Wire) -> None:
    """5xx is what our addresses tell the network to try again after (addresses.py)."""
    sid = floor.ring()
    with without("rawwebhook"):
        answer = wire.say("/webhooks/status/", CallSid=sid, CallStatus="completed")
    assert (answer.status_code, answer.content) == (503, b"Try again.")
    assert wire.say("/webhooks/status/", CallSid=sid, CallStatus="completed").status_code == 204
    assert Call.objects.get(sid=sid).state == "ended"


def test_while_the_database_is_away_the_network_is_asked_to_report_again(
    floor: Floor, wire: Wire
) -> None:
    sid = floor.ring()
    fields = {"CallSid": sid, "CallStatus": "completed"}
    with database_away():
        for path in REPORT_PATHS:
            answer = wire.say(path, fields)
            assert (answer.status_code, answer.content) == (503, b"Try again."), path
        # Who is not the network is turned away without a look at the database.
        assert wire.post("/webhooks/status/", wire.body(fields), signature="x").status_code == 403
    assert not RawWebhook.objects.filter(payload__CallStatus="completed").exists()
    assert Call.objects.get().state == "queued"
    assert wire.say("/webhooks/status/", fields).status_code == 204
    assert Call.objects.get().state == "ended"


def test_while_the_database_is_away_every_caller_is_asked_to_stay(floor: Floor, wire: Wire) -> None:
    fields = {"CallSid": STRANGER, "From": "+14155550142", "To": "+14155550100"}
    with database_away():
        for path in VOICE_PATHS:
            if not path.endswith("/browser/"):
                assert verbs(wire.say(path, fields)) == ["Say", "Pause", "Redirect"], path
    assert not Call.objects.exists()
    assert verbs(wire.say("/webhooks/voice/", fields)) == ["Gather"]


def test_a_subscriber_that_fails_harms_no_call(
    floor: Floor, wire: Wire, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.subscriber_that_fails"]
    fields = {"CallSid": STRANGER, "From": "+14155550142", "To": "+14155550102"}
    assert verbs(wire.say("/webhooks/voice/", fields)) == ["Enqueue"]
    assert Call.objects.get().state == "queued"
    assert "subscriber_that_fails failed on ['call.arrived'" in caplog.text


def test_what_broke_is_in_the_log_and_the_callers_number_is_not(
    floor: Floor, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    with without("call"):
        wire.say("/webhooks/voice/", CallSid=STRANGER, From="+14155550142", To="+14155550102")
    assert "/webhooks/voice/ could not be answered" in caplog.text
    assert "+14155550142" not in caplog.messages[0]


def test_a_redirect_after_trouble_is_an_address_we_answer(floor: Floor, wire: Wire) -> None:
    assert reverse("voice-menu", args=[7]) == "/webhooks/voice/menu/7/"
    assert Client().post("/webhooks/voice/menu/7/?key=1").status_code == 403
