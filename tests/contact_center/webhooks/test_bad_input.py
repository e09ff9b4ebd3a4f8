"""Whatever a stranger, or a broken network, sends: a clear answer, and nothing written."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_center.conf import current
from contact_center.models import Call, EventLog, RawWebhook
from tests.contact_center.webhooks.wire import (
    FORM,
    PATHS,
    REPORT_PATHS,
    STRANGER,
    VOICE_PATHS,
    Wire,
    everything_written,
    rows_by_table,
    verbs,
)
from tests.universe.floor import Floor

OTHER_TOKEN = "f" * 32
OTHER_ACCOUNT = "AC" + "9" * 32


@pytest.fixture(autouse=True)
def nothing_broke(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Bad input is foreseen: it is no failure that somebody reads of in the log."""
    yield
    failures = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelname == "ERROR" and record.name != "django.security.TooManyFieldsSent"
    ]
    assert not failures


# --- who is not the network -----------------------------------------------------------------------


def refused(answer: Any) -> None:
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert b"phone network only" in answer.content
    assert STRANGER.encode() not in answer.content


@pytest.mark.parametrize("path", PATHS)
def test_nobody_but_the_network_is_heard_and_nothing_is_written(wire: Wire, path: str) -> None:
    before = everything_written()
    body = wire.body(CallSid=STRANGER, From="+14155550142", To="+14155550100")
    refused(wire.post(path, body, signature=""))
    refused(wire.post(path, body, signature="not even base64 \u00e4"))
    refused(wire.post(path, body, signature=wire.sign(path, body)[:-2] + "A="))
    refused(wire.post(path, body, token=OTHER_TOKEN))
    refused(wire.post(path, body, token=""))
    assert everything_written() == before


@pytest.mark.parametrize("path", PATHS)
def test_a_request_about_another_account_is_refused_however_well_signed(
    wire: Wire, path: str
) -> None:
    before = everything_written()
    refused(wire.say(path, AccountSid=OTHER_ACCOUNT, CallSid=STRANGER))
    refused(wire.post(path, b"CallSid=" + STRANGER.encode()))
    # Of a repeated field the last counts, everywhere.
    ours = current().twilio.account_sid
    refused(wire.post(path, f"AccountSid={ours}&AccountSid={OTHER_ACCOUNT}".encode()))
    assert everything_written() == before


def test_a_signature_is_for_one_address_and_one_body(wire: Wire) -> None:
    before = everything_written()
    body = wire.body(CallSid=STRANGER, To="+14155550100")
    refused(wire.post("/webhooks/voice/", body, signed_path="/webhooks/voice/fallback/"))
    refused(wire.post("/webhooks/voice/?a=1", body, signed_path="/webhooks/voice/"))
    refused(wire.post("/webhooks/voice/", body, base="https://evil.example"))
    signature = wire.sign("/webhooks/voice/", body)
    refused(wire.post("/webhooks/voice/", body + b"&Digits=1", signature=signature))
    assert everything_written() == before


def test_the_host_header_does_not_decide_what_is_signed(wire: Wire) -> None:
    """Behind a proxy it names anything; the public address of the settings is what counts."""
    body = wire.body(CallSid=STRANGER, To="+14155550102")
    answer = wire.post("/webhooks/voice/", body, Host="127.0.0.1")
    assert verbs(answer) == ["Enqueue"]


@pytest.mark.parametrize("path", PATHS)
def test_only_posts_are_answered(wire: Wire, path: str) -> None:
    before = everything_written()
    signature = wire.sign(path, b"")
    for method in ("get", "head", "put", "delete", "options"):
        answer = getattr(Client(), method)(path, headers={"X-Twilio-Signature": signature})
        assert answer.status_code == 405, method
    assert everything_written() == before


# --- forms that are none --------------------------------------------------------------------------


@pytest.mark.parametrize("path", VOICE_PATHS)
def test_a_body_of_a_megabyte_is_refused_unread(wire: Wire, path: str) -> None:
    before = everything_written()
    body = wire.body(CallSid=STRANGER, Digits="1" * 1_000_000)
    assert wire.post(path, body).status_code == 413
    assert wire.post(path, body, signature="").status_code == 413
    assert everything_written() == before


@pytest.mark.parametrize("path", REPORT_PATHS)
def test_a_report_of_a_megabyte_is_shown_to_somebody_if_it_is_signed(wire: Wire, path: str) -> None:
    before = everything_written()
    body = wire.body(CallSid=STRANGER, Digits="1" * 1_000_000)
    refused(wire.post(path, body, signature=""))
    larger = wire.body(CallSid=STRANGER, Digits="1" * 1_100_000)
    assert wire.post(path, larger).status_code == 413
    assert everything_written() == before

    assert wire.post(path, body).status_code == 204
    kept = RawWebhook.objects.get()
    assert kept.set_aside == "quarantined"
    assert "bytes long" in kept.problem
    # Enough to see what it is, and no more.
    assert bytes(kept.body or b"") == body[: 64 * 1024]
    assert kept.payload == {}


def test_a_length_that_is_no_number_is_refused(wire: Wire) -> None:
    before = everything_written()
    answer = Client().generic(
        "POST", "/webhooks/status/", b"", content_type=FORM, CONTENT_LENGTH="many"
    )
    assert answer.status_code == 400
    assert everything_written() == before


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        f"{FORM}; charset=utf-16",
        f"{FORM}; charset=latin-1",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/webhooks/voice/", "/webhooks/status/"])
def test_a_form_by_another_name_is_refused(wire: Wire, path: str, content_type: str) -> None:
    before = everything_written()
    body = wire.body(CallSid=STRANGER, CallStatus="completed", To="+14155550102")
    answer = wire.post(path, body, content_type=content_type)
    assert answer.status_code in (400, 403)
    assert everything_written() == before


def test_signed_json_is_no_form(wire: Wire) -> None:
    before = everything_written()
    body = json.dumps({"AccountSid": current().twilio.account_sid, "CallSid": STRANGER}).encode()
    path = f"/webhooks/status/?bodySHA256={sha256(body).hexdigest()}"
    signature = wire.sign(path, b"")
    answer = wire.post(path, body, signature=signature, content_type="application/json")
    refused(answer)
    assert everything_written() == before


def test_more_fields_than_any_form_has_are_refused(wire: Wire) -> None:
    before = everything_written()
    body = "&".join(f"f{n}=1" for n in range(5000)).encode()
    assert wire.post("/webhooks/status/", body, signature="x").status_code == 400
    assert everything_written() == before


# --- what the network would never say -------------------------------------------------------------


@pytest.mark.parametrize("sid", ["", "CA", "nonsense", "CA" + "ä" * 32, "CF" + "0" * 32, "CA" * 99])
def test_a_call_without_a_name_is_told_to_hang_up(wire: Wire, sid: str) -> None:
    before = everything_written()
    # Music for whoever is held, and the way out of a queue, need no name.
    allowed = {"hold": ["Play", "Redirect"], "wait": ["Leave"]}
    for path in VOICE_PATHS:
        heard = verbs(wire.say(path, CallSid=sid, From="+14155550142", To="+14155550100"))
        assert heard == allowed.get(path.split("/")[3], ["Hangup"]), path
    assert everything_written() == before


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/webhooks/voice/menu/1/", ["Hangup"]),
        ("/webhooks/voice/wait/1/", ["Leave"]),
        ("/webhooks/voice/queue-left/1/", ["Hangup"]),
        ("/webhooks/voice/connect/1/", ["Hangup"]),
        ("/webhooks/voice/after/1/", ["Hangup"]),
        ("/webhooks/voice/lost/1/", ["Hangup"]),
    ],
)
def test_a_call_we_do_not_know_gets_an_end_and_never_a_row(
    wire: Wire, path: str, expected: list[str]
) -> None:
    assert verbs(wire.say(path, CallSid=STRANGER, Digits="1")) == expected
    assert not Call.objects.exists()
    assert not EventLog.objects.exists()


def test_a_caller_whose_arrival_we_missed_is_received_at_the_fallback(wire: Wire) -> None:
    """The network asks there when the first answer did not reach it: he must not be cut off."""
    fields = {"CallSid": STRANGER, "From": "+14155550142", "To": "+14155550102"}
    assert verbs(wire.say("/webhooks/voice/fallback/", fields)) == ["Enqueue"]
    assert Call.objects.get().state == "queued"


def test_a_browser_whose_answer_was_lost_is_no_caller(wire: Wire) -> None:
    fields = {"CallSid": STRANGER, "From": "client:u_1_x_0", "To": ""}
    assert verbs(wire.say("/webhooks/voice/fallback/", fields)) == ["Hangup"]
    assert not Call.objects.exists()


@pytest.mark.parametrize("number", ["9" * 30, "9" * 4000, str(2**63), str(2**31)])
def test_an_address_with_an_absurd_number_is_answered(wire: Wire, number: str) -> None:
    for kind in ("menu", "wait", "queue-left", "connect", "after", "lost", "hold"):
        path = f"/webhooks/voice/{kind}/{number}/"
        answer = wire.say(path, CallSid=STRANGER)
        assert answer.status_code == 404 or verbs(answer)[-1] in ("Hangup", "Leave", "Redirect")


HOSTILE = {
    "NUL": "a\x00b",
    "control characters": "\x01\x1b[31m\x7f",
    "markup": "</Say><Hangup/>&amp;\"'",
    "right to left": "\u202e\ufeff\uffff",
    "beyond the plane": "\U0001f4de" * 50,
    "long": "9" * 3000,
}
#: Fields of a request, and those of a report.
NAMES = (
    "From", "To", "Digits", "QueueSid", "QueueResult", "join", "CallStatus", "SequenceNumber",
    "ConferenceSid", "FriendlyName", "StatusCallbackEvent", "ReasonParticipantLeft", "Timestamp",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_every_field_is_only_text(wire: Wire, text: str) -> None:
    fields = {**dict.fromkeys(NAMES, text), text: text}
    for number, path in enumerate(PATHS):
        sid = f"CA{number:032x}"
        answer = wire.say(path, fields, CallSid=sid)
        if path in REPORT_PATHS:
            assert answer.status_code == 204
            continue
        assert set(verbs(answer)) <= {"Enqueue", "Hangup", "Leave", "Play", "Redirect"}, path
        assert b"\x00" not in answer.content
        again = wire.say(path, fields, CallSid=sid)
        if path.endswith("/fallback/"):  # answered from the present each time
            assert verbs(again) == verbs(answer)
        else:
            assert again.content == answer.content


@pytest.mark.parametrize(
    "noise", [b"%ED%A0%80", b"%FF%FE", b"\xed\xa0\x80", b"%", b"%zz", b"%C0%80"]
)
def test_what_is_no_text_at_all_is_answered(wire: Wire, noise: bytes) -> None:
    pairs = b"&".join(name.encode() + b"=" + noise for name in NAMES)
    for path in PATHS:
        body = wire.body(CallSid=STRANGER) + b"&" + pairs + b"&" + noise + b"=" + noise
        assert wire.post(path, body).status_code in (200, 204), path


def test_of_a_repeated_field_the_last_counts(wire: Wire) -> None:
    body = wire.body(CallSid=STRANGER, From="+14155550142")
    body += b"&To=%2B14155550100&To=%2B14155550101"
    assert verbs(wire.post("/webhooks/voice/", body)) == ["Enqueue"]
    call = Call.objects.select_related("queue").get()
    assert call.to_number == "+14155550101"
    assert call.queue is not None
    assert call.queue.name == "Sales"


@pytest.mark.parametrize(
    "status", ["exploded", "", "COMPLETED", "completed ", "0", "on-fire" * 100]
)
def test_a_status_nobody_knows_changes_nothing_and_is_kept(
    wire: Wire, floor: Floor, status: str
) -> None:
    sid = floor.ring()
    before = Call.objects.values().get(sid=sid)
    answer = wire.say("/webhooks/status/", CallSid=sid, CallStatus=status)
    assert (answer.status_code, answer.content) == (204, b"")
    assert Call.objects.values().get(sid=sid) == before
    assert RawWebhook.objects.filter(sid=sid, payload__CallStatus=status).exists()


def test_an_event_of_a_conference_that_nobody_knows_changes_nothing(
    wire: Wire, floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    call, offer, leg = floor.conversation(cast.alice)
    before = everything_written()
    last_event = EventLog.objects.latest("pk").pk
    for event in ("participant-exploded", "", "participant-join ", "conference-start"):
        for sid in (call.sid, leg, STRANGER, ""):
            answer = wire.say(
                "/webhooks/conference/",
                ConferenceSid="CF" + "1" * 32,
                FriendlyName=offer.conference_name,
                StatusCallbackEvent=event,
                CallSid=sid,
            )
            assert answer.status_code == 204
    after = everything_written()
    for changing in ("RawWebhook", "EventLog"):
        before.pop(changing), after.pop(changing)
    assert after == before
    told = EventLog.objects.filter(pk__gt=last_event).values_list("name", flat=True)
    assert set(told) == {"report.set_aside"}


def test_somebody_elses_conference_is_none_of_ours(wire: Wire) -> None:
    for name in ("lunch", "c-", "c-" + "z" * 32, "c-" + "0" * 32, "c-" + "0" * 31, ""):
        answer = wire.say(
            "/webhooks/conference/",
            ConferenceSid="CF" + "1" * 32,
            FriendlyName=name,
            StatusCallbackEvent="participant-join",
            CallSid=STRANGER,
        )
        assert answer.status_code == 204
    assert rows_by_table()["EventLog"] == 0


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(PATHS), noise=st.binary(max_size=300), unsigned=st.booleans())
def test_no_noise_makes_the_site_stumble(
    wire: Wire, path: str, noise: bytes, unsigned: bool
) -> None:
    body = noise + b"&" + wire.body(CallSid=STRANGER)
    if unsigned:
        assert wire.post(path, body, signature="x").status_code in (400, 403)
    else:
        assert wire.post(path, body).status_code in (200, 204, 400, 403)
