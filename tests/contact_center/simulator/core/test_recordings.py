"""``<Record>``: what a caller says is kept, told of, listed, fetched, and thrown away."""

import io
import wave

import pytest

from contact_center.simulator.core.effects import Beep, Speak, StartRecording, StopRecording
from contact_center.simulator.core.resources import RestRequest, RestResponse
from tests.contact_center.simulator.contract.strict import problems
from tests.contact_center.simulator.core.exchange import ACCOUNT, SITE, Exchange, basic

GOODBYE = Speak("Goodbye", "man", "en-US")


def voicemail(**attributes: str) -> Exchange:
    """A number that asks for a message; without one it says goodbye."""
    words = {
        "action": "/recorded",
        "recordingStatusCallback": "/recording",
        "recordingStatusCallbackEvent": "in-progress completed absent",
        **attributes,
    }
    written = " ".join(f'{name}="{value}"' for name, value in words.items())
    return Exchange(
        {
            "/voice": f"<Record {written}/><Say>Goodbye</Say>",
            "/recorded": "<Say>Thank you</Say>",
            "/recording": "",
        }
    )


def beeped(exchange: Exchange) -> str:
    """A caller who has heard the beep."""
    caller = exchange.rings()
    exchange.hears_out(caller)
    return caller


def states(exchange: Exchange) -> list[str]:
    return [fields["RecordingStatus"] for fields in exchange.to("/recording")]


def the_recording(exchange: Exchange) -> dict[str, object]:
    [recording] = exchange.fetch("Recordings")["recordings"]
    assert isinstance(recording, dict)
    return recording


def fetch_sound(
    exchange: Exchange, sid: object, ending: str = ".wav", secret: str = "secret"
) -> RestResponse:
    path = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Recordings/{sid}{ending}"
    return exchange.network.rest(RestRequest("GET", path, (), (), basic(ACCOUNT.sid, secret)))


def seconds(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as file:
        return file.getnframes() / file.getframerate()


def test_a_message_ends_with_silence_and_is_told_of_twice() -> None:
    exchange = voicemail(timeout="4")
    caller = exchange.rings()
    assert exchange.heard(caller) == [Beep()]
    exchange.hears_out(caller)
    exchange.passes(1)
    exchange.speaks(caller, 12)

    exchange.passes(3.9)
    assert exchange.to("/recorded") == []
    exchange.passes(0.1)

    [done] = exchange.to("/recorded")
    # What Twilio trims is the silence before and after.
    assert done["RecordingDuration"] == "12"
    assert done["RecordingUrl"].endswith(
        f"/Accounts/{ACCOUNT.sid}/Recordings/{done['RecordingSid']}"
    )
    assert "Digits" not in done
    assert exchange.heard(caller) == [Speak("Thank you", "man", "en-US")]
    assert states(exchange) == ["in-progress"]
    exchange.passes(1)
    assert states(exchange) == ["in-progress", "completed"]
    told = exchange.to("/recording")[-1]
    assert told["RecordingSid"] == done["RecordingSid"]
    assert (told["RecordingDuration"], told["RecordingChannels"]) == ("12", "1")
    assert (told["RecordingSource"], told["CallSid"]) == ("RecordVerb", caller)


def test_nobody_says_anything_and_there_is_no_recording() -> None:
    exchange = voicemail()
    caller = beeped(exchange)

    exchange.passes(5)

    assert exchange.to("/recorded") == []
    assert exchange.heard(caller) == [GOODBYE]
    assert states(exchange) == ["in-progress", "absent"]
    recording = the_recording(exchange)
    assert (recording["status"], recording["error_code"]) == ("absent", 16101)
    assert fetch_sound(exchange, recording["sid"]).status == 404
    exchange.passes(5)
    assert states(exchange) == ["in-progress", "absent"]


@pytest.mark.parametrize(("key", "ends"), [("#", True), ("5", False)])
def test_only_a_key_that_was_named_ends_the_message(key: str, ends: bool) -> None:
    exchange = voicemail(finishOnKey="#*")
    caller = beeped(exchange)
    exchange.speaks(caller, 2)

    exchange.presses(caller, key)

    assert [fields["Digits"] for fields in exchange.to("/recorded")] == ["#"] * ends


def test_a_key_before_the_beep_ends_nothing() -> None:
    exchange = voicemail()
    caller = exchange.rings()

    exchange.presses(caller, "1")
    exchange.hears_out(caller)
    exchange.speaks(caller, 2)

    assert exchange.to("/recorded") == []
    assert exchange.status(caller) == "in-progress"


def test_a_message_is_no_longer_than_it_may_be() -> None:
    exchange = voicemail(maxLength="30", playBeep="false")
    caller = exchange.rings()
    assert exchange.heard(caller) == []
    exchange.speaks(caller)

    exchange.passes(29)
    assert exchange.to("/recorded") == []
    exchange.passes(1)

    assert exchange.to("/recorded")[0]["RecordingDuration"] == "30"


def test_a_caller_who_hangs_up_has_left_a_message_all_the_same() -> None:
    exchange = voicemail()
    caller = beeped(exchange)
    exchange.speaks(caller, 3)

    exchange.hangs_up(caller)
    exchange.passes(1)

    [done] = exchange.to("/recorded")
    assert (done["Digits"], done["CallStatus"]) == ("hangup", "completed")
    assert exchange.heard(caller) == []  # nothing of the answer is executed
    assert states(exchange) == ["in-progress", "completed"]


def test_a_caller_who_hangs_up_without_a_word_has_left_none() -> None:
    exchange = voicemail()
    caller = beeped(exchange)

    exchange.hangs_up(caller)
    exchange.passes(5)

    assert exchange.to("/recorded") == []
    assert states(exchange) == ["in-progress", "absent"]


def test_a_caller_who_is_sent_elsewhere_leaves_what_he_has_said() -> None:
    exchange = voicemail()
    caller = beeped(exchange)
    exchange.speaks(caller, 3)

    exchange.change(f"Calls/{caller}", Url=f"{SITE}/recorded")
    exchange.passes(1)

    assert [fields.get("RecordingSid") for fields in exchange.to("/recorded")] == [None]
    assert states(exchange) == ["in-progress", "completed"]


def test_silence_is_kept_where_that_is_wanted() -> None:
    exchange = voicemail(trim="do-not-trim", timeout="2")
    caller = beeped(exchange)
    exchange.passes(1)
    exchange.speaks(caller, 3)
    exchange.passes(2)

    assert exchange.to("/recorded")[0]["RecordingDuration"] == "6"
    [stop] = [effect for effect in exchange.effects if isinstance(effect, StopRecording)]
    assert (stop.from_s, stop.until_s) == (0, 6)


def test_only_the_end_is_told_of_unless_more_is_asked_for() -> None:
    exchange = voicemail()
    exchange.app["/voice"] = "<Record recordingStatusCallback='/recording' action='/recorded'/>"
    caller = beeped(exchange)
    exchange.speaks(caller, 2)
    exchange.presses(caller, "1")
    exchange.passes(1)

    assert states(exchange) == ["completed"]


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ("transcribe='true'", "12200"),
        ("timeout='0'", "13611"),
        ("maxLength='long'", "13612"),
        ("finishOnKey='x'", "13613"),
        ("method='PUT'", "13610"),
        ("recordingStatusCallback='/r' recordingStatusCallbackEvent='loud'", "12200"),
    ],
)
def test_what_is_not_obeyed_is_refused(attributes: str, code: str) -> None:
    exchange = Exchange({"/voice": f"<Record {attributes}/>"})

    exchange.rings()

    assert exchange.problems()[0].startswith(f"{code}: ")
    assert exchange.fetch("Recordings")["recordings"] == []


# ---- by REST


def test_recordings_are_listed_as_twilio_lists_them() -> None:
    exchange = voicemail()
    caller = beeped(exchange)
    exchange.speaks(caller, 2)
    of_call = f"Calls/{caller}/Recordings"
    during = exchange.fetch("Recordings")
    exchange.presses(caller, "1")
    exchange.passes(1)

    lists = exchange.fetch("Recordings"), exchange.fetch(of_call)
    sid = lists[0]["recordings"][0]["sid"]

    assert during["recordings"][0]["status"] == "in-progress"
    assert problems("list of recordings", during) == []
    assert problems("list of recordings", lists[0]) == []
    assert problems("list of call_recordings", lists[1]) == []
    assert problems("recording", exchange.fetch(f"Recordings/{sid}")) == []
    assert problems("call_recording", exchange.fetch(f"{of_call}/{sid}")) == []
    assert exchange.fetch("Recordings", CallSid="CA0")["recordings"] == []
    assert exchange.rest("GET", "Calls/CA0/Recordings").status == 404


def test_the_sound_is_there_a_moment_after_the_message_and_not_before() -> None:
    exchange = voicemail()
    caller = beeped(exchange)
    exchange.speaks(caller, 7)
    exchange.presses(caller, "1")
    sid = the_recording(exchange)["sid"]

    early = exchange.network.rest(
        RestRequest(
            "GET",
            f"/2010-04-01/Accounts/{ACCOUNT.sid}/Recordings/{sid}.wav",
            (),
            (),
            basic(ACCOUNT.sid, "secret"),
        )
    )
    exchange.passes(1)

    assert (early.status, early.headers) == (404, {"Retry-After": "1"})
    assert early.body is not None
    assert early.body["code"] == 21501
    for ending in ("", ".wav", ".mp3"):
        answer = fetch_sound(exchange, sid, ending)
        assert seconds(answer.wav) == 7.0
    assert fetch_sound(exchange, sid, secret="wrong").status == 401
    assert fetch_sound(exchange, "RE0").status == 404


def test_the_sound_that_was_really_kept_is_what_comes_back() -> None:
    exchange = voicemail()
    caller = beeped(exchange)
    exchange.speaks(caller, 2)
    exchange.presses(caller, "1")
    [start] = [effect for effect in exchange.effects if isinstance(effect, StartRecording)]

    exchange.network.recording_made(start.recording_sid, b"what was said")
    exchange.passes(1)

    assert start.leg_sid == caller
    assert fetch_sound(exchange, start.recording_sid).wav == b"what was said"


def test_a_deleted_recording_is_gone_and_known_only_to_who_asks_for_deleted_ones() -> None:
    exchange = voicemail()
    caller = beeped(exchange)
    exchange.speaks(caller, 2)
    sid = the_recording(exchange)["sid"]
    assert exchange.refused("DELETE", f"Recordings/{sid}") == (409, 20409)
    exchange.presses(caller, "1")
    exchange.passes(1)

    assert exchange.rest("DELETE", f"Recordings/{sid}").status == 204

    assert exchange.rest("DELETE", f"Calls/{caller}/Recordings/{sid}").status == 404
    assert exchange.rest("GET", f"Recordings/{sid}").status == 404
    assert fetch_sound(exchange, sid).status == 404
    [left] = exchange.fetch("Recordings", IncludeSoftDeleted="true")["recordings"]
    assert left["status"] == "deleted"
    assert problems("recording", left) == []
