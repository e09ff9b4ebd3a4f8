"""What the network reports: kept as it came, applied once, in any order."""

from typing import Any
from urllib.parse import urlencode

from contact_center.models import Call, RawWebhook
from contact_center.services import reporting
from tests.universe.floor import Floor


def report(kind: str, **fields: str) -> RawWebhook:
    body = urlencode(fields, errors="surrogatepass").encode()
    reporting.receive_report(kind, f"/webhooks/{kind}/", fields, body)
    return RawWebhook.objects.latest("pk")


def test_a_recording_on_a_host_we_do_not_know_is_noted_and_never_fetched(
    floor: Floor, cast: Any
) -> None:
    sid = floor.ring()
    stranger = report("recording", CallSid=sid, RecordingUrl="https://elsewhere.example/RE1")
    assert "elsewhere.example" in stranger.problem
    known = report("recording", CallSid=sid, RecordingUrl="https://api.twilio.com/RE1")
    assert known.problem == ""
    assert known.applied_at is not None


def test_a_status_that_comes_before_its_call_is_kept_and_applied_when_the_call_appears(
    floor: Floor, cast: Any
) -> None:
    sid = "CA" + "5" * 32
    early = report("status", CallSid=sid, CallStatus="completed")
    assert early.applied_at is None
    Call.objects.create(
        tenant=cast.tenant,
        sid=sid,
        account_sid="AC",
        state="in_menu",
        arrived_at=early.received_at,
        heard_at=early.received_at,
    )
    floor.pass_seconds(2)
    assert Call.objects.get(sid=sid).state == "ended"
    early.refresh_from_db()
    assert early.applied_at is not None


def test_an_end_is_never_undone_by_a_status_that_comes_late(floor: Floor, cast: Any) -> None:
    sid = floor.ring()
    floor.hang_up(sid)
    ended = Call.objects.get(sid=sid).ended_at
    report("status", CallSid=sid, CallStatus="ringing", SequenceNumber="0")
    report("status", CallSid=sid, CallStatus="in-progress", SequenceNumber="1")
    report("status", CallSid=sid, CallStatus="no-such-status", SequenceNumber="9")
    call = Call.objects.get(sid=sid)
    assert (call.state, call.network_status, call.ended_at) == ("ended", "completed", ended)


def test_the_same_bytes_twice_are_one_report(floor: Floor, cast: Any) -> None:
    sid = floor.ring()
    before = RawWebhook.objects.count()
    report("status", CallSid=sid, CallStatus="in-progress", SequenceNumber="1")
    report("status", CallSid=sid, CallStatus="in-progress", SequenceNumber="1")
    assert RawWebhook.objects.count() == before + 1


def test_a_hold_reported_late_does_not_undo_the_resume(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = floor.conversation(cast.alice)
    common = {
        "ConferenceSid": offer.conference_sid,
        "FriendlyName": offer.conference_name,
        "CallSid": call.sid,
    }
    report("conference", **common, StatusCallbackEvent="participant-hold", SequenceNumber="11")
    report("conference", **common, StatusCallbackEvent="participant-unhold", SequenceNumber="14")
    report("conference", **common, StatusCallbackEvent="participant-hold", SequenceNumber="12")
    assert Call.objects.get(pk=call.pk).state == "connected"
