"""Outside numbers: who answers a telephone, what is found out about them, and how many at once."""

import pytest

from contact_center.simulator.core.effects import Beep, FarEndSays, Hum, Keys, RingTone, Speak
from contact_center.simulator.core.outside import Outside
from tests.contact_center.simulator.contract.strict import problems
from tests.contact_center.simulator.core.exchange import CUSTOMER, NUMBER, SITE, Exchange
from tests.contact_center.simulator.core.talk import Talk

MACHINE = "+14155550196"
PERSON = "+14155550177"
FAX = "+14155550194"


def call(exchange: Exchange, to: str = PERSON, **more: object) -> str:
    form = {"From": NUMBER, "To": to, "Url": f"{SITE}/outbound", **more}
    return str(exchange.change("Calls", **form)["sid"])


def calling(outside: dict[str, Outside] | None = None, **more: object) -> Exchange:
    app = {"/outbound": "<Pause length='600'/>", "/amd": ""}
    return Exchange(dict(app), outside=outside or {}, **more)  # type: ignore[arg-type]


def said(exchange: Exchange) -> list[object]:
    return [effect.sound for effect in exchange.effects if isinstance(effect, FarEndSays)]


@pytest.mark.parametrize(
    ("ending", "after", "status"),
    [
        ("0177", 2, "in-progress"),
        ("0199", 0, "busy"),
        ("0198", 64, "ringing"),
        ("0198", 65, "no-answer"),
        ("0197", 0, "failed"),
        ("0196", 2, "in-progress"),
        ("0195", 2, "busy"),
    ],
)
def test_the_last_digits_say_what_happens(ending: str, after: float, status: str) -> None:
    exchange = calling()
    sid = call(exchange, f"+1415555{ending}")

    exchange.passes(after)

    assert exchange.status(sid) == status


def test_a_number_with_a_behaviour_of_its_own_does_not_go_by_its_digits() -> None:
    exchange = calling({"+14155550199": Outside(after_s=1, says="", tone_hz=440, stays_s=5)})
    sid = call(exchange, "+14155550199")

    exchange.passes(2)
    assert said(exchange) == [Hum(440)]
    assert exchange.status(sid) == "in-progress"
    exchange.passes(4)

    assert exchange.status(sid) == "completed"


def test_whoever_hangs_up_first_does_nothing_more() -> None:
    exchange = calling({PERSON: Outside(keys="www1", stays_s=60)})
    exchange.app["/outbound"] = "<Gather numDigits='1' action='/pressed' timeout='60'/>"
    sid = call(exchange)
    exchange.passes(3)

    exchange.hangs_up(sid)
    exchange.passes(100)

    assert exchange.to("/pressed") == []
    assert said(exchange) == [Speak("Hello?", "man", "en-US")]


# ---- who has answered


@pytest.mark.parametrize(
    ("to", "detection", "answered_by", "known_after"),
    [
        # It answers after 2 s, takes a breath of 0.3 s; "Hello?" takes half a second.
        (PERSON, "Enable", "human", 4.0),
        (MACHINE, "Enable", "machine_start", 4.7),
        (MACHINE, "DetectMessageEnd", "machine_end_beep", 8.8),
        (FAX, "Enable", "fax", 2.3),
    ],
)
def test_the_call_waits_for_its_instructions_until_it_is_known_who_answers(
    to: str, detection: str, answered_by: str, known_after: float
) -> None:
    exchange = calling()
    sid = call(exchange, to, MachineDetection=detection)

    exchange.passes(known_after - 0.05)
    assert exchange.status(sid) == "in-progress"
    assert exchange.to("/outbound") == []
    exchange.passes(0.1)

    assert [one["AnsweredBy"] for one in exchange.to("/outbound")] == [answered_by]
    body = exchange.fetch(f"Calls/{sid}")
    assert body["answered_by"] == answered_by
    assert problems("call", body) == []


@pytest.mark.parametrize(
    ("behaviour", "detection", "answered_by"),
    [
        (Outside(says=""), "Enable", "unknown"),
        (Outside("machine", beeps=False), "DetectMessageEnd", "machine_end_silence"),
        (Outside("machine", greeting_s=60), "DetectMessageEnd", "machine_end_other"),
        (Outside("machine", greeting_s=1.0), "DetectMessageEnd", "machine_end_beep"),
        (Outside(tone_hz=440), "Enable", "machine_start"),
    ],
)
def test_what_is_heard_decides(behaviour: Outside, detection: str, answered_by: str) -> None:
    exchange = calling({PERSON: behaviour})
    call(exchange, MachineDetection=detection)

    exchange.passes(60)

    assert [one["AnsweredBy"] for one in exchange.to("/outbound")] == [answered_by]


def test_who_talks_at_length_is_taken_for_a_machine_unless_the_threshold_is_higher() -> None:
    found = []
    for threshold in ("2400", "6000"):
        exchange = calling(
            {PERSON: Outside(says="Hello, this is Maren Oduya, who is speaking please?")}
        )
        call(exchange, MachineDetection="Enable", MachineDetectionSpeechThreshold=threshold)
        exchange.passes(20)
        found += [one["AnsweredBy"] for one in exchange.to("/outbound")]

    assert found == ["machine_start", "human"]


def test_who_hangs_up_before_it_is_known_gets_no_instructions() -> None:
    exchange = calling()
    sid = call(exchange, MACHINE, MachineDetection="DetectMessageEnd")
    exchange.passes(4)

    exchange.hangs_up(sid)
    exchange.passes(60)

    assert exchange.to("/outbound") == []
    assert exchange.fetch(f"Calls/{sid}")["answered_by"] is None


def test_in_the_background_the_call_goes_on_and_the_result_follows() -> None:
    exchange = calling()
    call(
        exchange,
        MACHINE,
        MachineDetection="Enable",
        AsyncAmd="true",
        AsyncAmdStatusCallback=f"{SITE}/amd",
    )

    exchange.passes(2)
    assert [one.get("AnsweredBy") for one in exchange.to("/outbound")] == [None]
    assert exchange.to("/amd") == []
    exchange.passes(3)

    [result] = exchange.to("/amd")
    assert (result["AnsweredBy"], result["MachineDetectionDuration"]) == ("machine_start", "2700")
    assert len(exchange.to("/outbound")) == 1


def test_a_result_that_nobody_asked_to_be_told_is_in_the_log() -> None:
    exchange = calling()
    call(exchange, MachineDetection="Enable", AsyncAmd="true")

    exchange.passes(5)

    assert exchange.problems()[0].startswith("21262: ")


@pytest.mark.parametrize(
    "wrong",
    [
        {"MachineDetection": "Guess"},
        {"MachineDetectionTimeout": "2"},
        {"MachineDetectionSpeechThreshold": "9"},
        {"AsyncAmd": "perhaps"},
        {"SendDigits": "call me"},
    ],
)
def test_nonsense_about_the_answer_is_refused(wrong: dict[str, str]) -> None:
    exchange = calling()

    status, _ = exchange.refused(
        "POST", "Calls", From=NUMBER, To=PERSON, Url=f"{SITE}/outbound", **wrong
    )

    assert status == 400
    assert exchange.fetch("Calls")["calls"] == []


def test_keys_are_sent_before_the_instructions_and_nobody_is_examined() -> None:
    exchange = calling()
    sid = call(exchange, SendDigits="W12#", MachineDetection="Enable")

    exchange.passes(20)
    assert exchange.heard(sid) == [Keys("W12#")]
    assert exchange.to("/outbound") == []
    exchange.hears_out(sid)

    assert [one.get("AnsweredBy") for one in exchange.to("/outbound")] == [None]


# ---- into a conference


def ringing(talk: Talk, **form: str) -> str:
    words = {"From": NUMBER, "To": PERSON, "Label": "third", **form}
    sid = str(talk.exchange.change(talk.participants, **words)["call_sid"])
    talk.exchange.passes(0)
    talk.exchange.network.far_end_ringing(sid)
    talk.exchange.settle()
    return sid


def test_the_others_hear_the_telephone_of_who_is_called_until_he_answers() -> None:
    talk = Talk()
    third = ringing(talk)

    assert talk.exchange.heard(talk.agent) == [RingTone()]
    assert talk.exchange.heard(talk.customer) == [RingTone()]
    talk.exchange.picks_up(third)

    assert talk.exchange.heard(talk.agent) == []
    assert talk.hears(talk.agent, third)


def test_the_ringing_ends_when_nobody_comes() -> None:
    talk = Talk()
    third = ringing(talk)

    talk.exchange.network.far_end_busy(third)
    talk.exchange.settle()

    assert talk.exchange.heard(talk.agent) == []
    assert talk.hears(talk.agent, talk.customer)


def test_without_early_media_nobody_hears_it_ring() -> None:
    talk = Talk()

    ringing(talk, EarlyMedia="false")

    assert talk.exchange.heard(talk.agent) == []


def test_who_is_called_into_a_conference_is_examined_while_he_is_in_it() -> None:
    talk = Talk()
    talk.exchange.app["/amd"] = ""
    third = ringing(talk, MachineDetection="Enable", AmdStatusCallback=f"{SITE}/amd")

    talk.exchange.picks_up(third)
    talk.exchange.speaks(third, 3)

    assert talk.hears(talk.customer, third)
    [result] = talk.exchange.to("/amd")
    assert (result["CallSid"], result["AnsweredBy"]) == (third, "machine_start")


# ---- how many at once


def test_a_caller_id_that_is_no_number_is_told_from_one_that_is_not_ours() -> None:
    exchange = calling()

    def refusal(from_: str) -> tuple[int, int]:
        return exchange.refused("POST", "Calls", From=from_, To=PERSON, Url=f"{SITE}/outbound")

    assert refusal("anonymous") == (400, 21212)
    assert refusal(CUSTOMER) == (400, 21210)


def test_participants_and_calls_are_paced_together() -> None:
    exchange = calling(calls_per_second=1)
    call(exchange)
    participant = exchange.change("Conferences/c-1/Participants", From=NUMBER, To=CUSTOMER)
    third = exchange.change("Calls", From=NUMBER, To=PERSON, Url=f"{SITE}/outbound")

    assert (participant["status"], participant["queue_time"]) == ("queued", "1000")
    assert (third["status"], third["queue_time"]) == ("queued", "2000")
    exchange.passes(1.5)
    assert [ring.to for ring in exchange.rung] == [PERSON, CUSTOMER]


def test_more_calls_than_the_account_may_have_are_refused_and_may_be_asked_for_again() -> None:
    exchange = calling(concurrent_calls=2)
    first = call(exchange)
    call(exchange)
    form = {"From": NUMBER, "To": PERSON, "Url": f"{SITE}/outbound"}

    answer = exchange.rest("POST", "Calls", **form)
    into = exchange.refused("POST", "Conferences/c-1/Participants", From=NUMBER, To=PERSON)

    assert (answer.status, answer.headers) == (429, {"Retry-After": "1"})
    assert answer.body is not None
    assert answer.body["code"] == 20429
    assert into == (429, 20429)
    assert len(exchange.fetch("Calls")["calls"]) == 2
    assert exchange.fetch("Conferences")["conferences"] == []
    exchange.change(f"Calls/{first}", Status="completed")
    call(exchange)


def test_a_machine_asks_for_a_message_with_a_beep() -> None:
    exchange = calling()
    call(exchange, MACHINE)

    exchange.passes(10)

    [greeting, beep] = said(exchange)
    assert isinstance(greeting, Speak)
    assert beep == Beep()
