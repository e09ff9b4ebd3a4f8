"""Instructions that cannot be had or understood: fallback, apology, and what the log says."""

import pytest

from contact_center.simulator.core.effects import PlayUrl, RequestOutcome, Speak
from contact_center.simulator.core.instructions import APPLICATION_ERROR
from contact_center.simulator.core.twiml import LONGEST_DOCUMENT
from tests.contact_center.simulator.core.exchange import NUMBER, SITE, Exchange, xml

APOLOGY = Speak(APPLICATION_ERROR, "man", "en-US")

BROKEN = [
    pytest.param(RequestOutcome(500, "text/html", b"<html>"), 11200, id="server error"),
    pytest.param(RequestOutcome(None, error="connect"), 11205, id="no connection"),
    pytest.param(RequestOutcome(None, error="timeout"), 11200, id="too slow"),
    pytest.param(RequestOutcome(None, error="redirects"), 11215, id="redirected for ever"),
    pytest.param(RequestOutcome(200, "text/xml", b"<Response><Say>"), 12100, id="broken XML"),
    pytest.param(RequestOutcome(200, "text/xml", b""), 12100, id="nothing"),
    pytest.param(RequestOutcome(200, "text/xml", b"<Answer/>"), 12102, id="wrong root"),
    pytest.param(
        RequestOutcome(200, "text/xml", b'<!DOCTYPE x [<!ENTITY a "b">]><Response/>'),
        12100,
        id="entities",
    ),
    pytest.param(RequestOutcome(200, "application/json", b"{}"), 12300, id="wrong type"),
    pytest.param(
        xml("<Say>" + "x" * LONGEST_DOCUMENT + "</Say>"),
        11750,
        id="too long",
    ),
    pytest.param(xml("<Pay/>"), 12200, id="a verb the simulator lacks"),
    pytest.param(xml("<Dance/>"), 12200, id="a verb nobody knows"),
    pytest.param(xml("<Gather><Hangup/></Gather>"), 12200, id="wrong nesting"),
    pytest.param(xml("<Dial><Client>alice</Client></Dial>"), 12200, id="dialling a browser"),
    pytest.param(xml("<Leave/>"), 12200, id="leaving no queue"),
    pytest.param(xml("<Gather numDigits='many'/>"), 13314, id="numDigits"),
    pytest.param(xml("<Gather timeout='-1'/>"), 13313, id="timeout"),
    pytest.param(xml("<Gather finishOnKey='x'/>"), 13310, id="finishOnKey"),
    pytest.param(xml("<Gather input='speech'/>"), 12200, id="speech"),
    pytest.param(xml("<Say loop='often'>x</Say>"), 13510, id="loop"),
    pytest.param(xml("<Pause length='long'/>"), 13910, id="length"),
    pytest.param(xml("<Dial><Conference muted='no'>c</Conference></Dial>"), 13230, id="muted"),
    pytest.param(xml("<Dial><Conference/></Dial>"), 13237, id="conference without a name"),
    pytest.param(
        xml("<Dial record='record-from-answer'><Conference>c</Conference></Dial>"),
        13217,
        id="recording is not built",
    ),
]


@pytest.mark.parametrize(("answer", "code"), BROKEN)
def test_a_caller_is_told_of_an_error_and_hung_up(answer: RequestOutcome, code: int) -> None:
    exchange = Exchange({"/voice": answer})

    caller = exchange.rings()

    assert exchange.heard(caller) == [APOLOGY]
    exchange.hears_out(caller)
    ended = exchange.ended[caller]
    assert ended.status == "completed"
    assert ended.error is not None
    assert ended.error[0] == code
    assert any(problem.startswith(f"{code}: ") for problem in exchange.problems())


@pytest.mark.parametrize(("answer", "code"), BROKEN)
def test_the_fallback_hears_of_the_error_and_decides(answer: RequestOutcome, code: int) -> None:
    exchange = Exchange(
        {"/voice": answer, "/fallback": "<Say>Please hold</Say>"},
        voice={"VoiceFallbackUrl": f"{SITE}/fallback"},
    )

    caller = exchange.rings()

    [fields] = exchange.to("/fallback")
    assert fields["ErrorCode"] == str(code)
    assert fields["ErrorUrl"] == f"{SITE}/voice"
    assert exchange.heard(caller) == [Speak("Please hold", "man", "en-US")]
    exchange.hears_out(caller)
    assert exchange.ended[caller].error is None


def test_a_fallback_that_fails_too_is_not_asked_again() -> None:
    exchange = Exchange(voice={"VoiceFallbackUrl": f"{SITE}/fallback"})

    caller = exchange.rings()

    assert len(exchange.to("/fallback")) == 1
    assert exchange.heard(caller) == [APOLOGY]


def test_a_number_without_instructions_says_so_in_the_log() -> None:
    exchange = Exchange(voice={"VoiceUrl": ""})

    caller = exchange.rings()

    assert exchange.heard(caller) == [APOLOGY]
    assert exchange.problems() == ["11100: No URL says what to do with this call."]


def test_plain_text_is_read_to_the_caller() -> None:
    exchange = Exchange({"/voice": RequestOutcome(200, "text/plain", b"Server Error (500)")})

    assert exchange.heard(exchange.rings()) == [Speak("Server Error (500)", "man", "en-US")]


def test_a_sound_file_as_an_answer_is_played() -> None:
    exchange = Exchange({"/voice": RequestOutcome(200, "audio/wav", b"RIFF")})

    assert exchange.heard(exchange.rings()) == [PlayUrl(f"{SITE}/voice")]


def test_an_unknown_attribute_is_only_a_warning() -> None:
    exchange = Exchange({"/voice": "<Say mood='sunny'>Hello</Say>"})

    assert exchange.heard(exchange.rings()) == [Speak("Hello", "man", "en-US")]
    assert exchange.problems() == ["12200: <Say> has no attribute 'mood'."]


@pytest.mark.parametrize("verb", ["<Redirect>/next</Redirect>", "<Gather/>"])
def test_inline_twiml_has_no_address_to_be_relative_to(verb: str) -> None:
    exchange = Exchange()
    sid = exchange.change(
        "Calls",
        From=NUMBER,
        To="+14155550177",
        Twiml=f"<Response>{verb}</Response>",
    )["sid"]
    exchange.passes(0)
    exchange.picks_up(sid)

    assert exchange.heard(sid) == [APOLOGY]
    assert exchange.problems()[0].startswith("15004: ")


def test_a_sound_that_cannot_be_had_is_left_out() -> None:
    exchange = Exchange({"/voice": "<Play>/gone.wav</Play><Say>Hello</Say>"})
    caller = exchange.rings()

    exchange.cannot_hear(caller, "/gone.wav answered HTTP 404.")

    assert exchange.heard(caller) == [Speak("Hello", "man", "en-US")]
    assert exchange.problems() == ["11200: /gone.wav answered HTTP 404."]


def test_an_answer_that_comes_twice_counts_once() -> None:
    exchange = Exchange({"/voice": "<Say>Hello</Say>"})
    caller = exchange.rings()

    exchange.answers(exchange.last("/voice"), xml("<Hangup/>"))
    exchange.settle()

    assert exchange.status(caller) == "in-progress"
