"""``<Dial><Number>``: telephones ring, the caller hears it, and talks with who answers."""

import pytest

from contact_center.simulator.core.effects import RingTone, Speak
from contact_center.simulator.core.outside import Outside
from contact_center.simulator.core.readings import Readings
from tests.contact_center.simulator.core.exchange import CUSTOMER, NUMBER, SITE, Exchange

MOBILE = "+14155550177"
OTHER = "+14155550178"
GOODBYE = Speak("Goodbye", "man", "en-US")


def dial(
    numbers: str = f"<Number>{MOBILE}</Number>",
    *,
    readings: Readings | None = None,
    outside: dict[str, Outside] | None = None,
    **attributes: str,
) -> Exchange:
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return Exchange(
        {
            "/voice": f"<Dial {written}>{numbers}</Dial><Say>Goodbye</Say>",
            "/after": "<Say>After</Say>",
            "/screen": "<Gather numDigits='1' action='/pressed' timeout='5'/><Hangup/>",
            "/pressed": "",
            "/progress": "",
        },
        readings=readings,
        outside={} if outside is None else outside,
    )


def children(exchange: Exchange, caller: str) -> list[str]:
    """The legs that were called, in the order they were."""
    calls = exchange.fetch("Calls", ParentCallSid=caller)["calls"]
    return [str(call["sid"]) for call in reversed(calls)]


def test_a_caller_hears_it_ring_and_then_who_answers() -> None:
    exchange = dial(action="/after")
    caller = exchange.rings()
    [called] = children(exchange, caller)
    assert exchange.heard(caller) == [RingTone()]
    assert not exchange.network.hears(caller, called)

    exchange.passes(2)

    assert exchange.heard(caller) == []
    assert exchange.network.hears(caller, called)
    assert exchange.network.hears(called, caller)
    assert exchange.network.talks(caller)
    assert exchange.network.bridges() == [(caller, called)]
    body = exchange.fetch(f"Calls/{called}")
    assert (body["direction"], body["parent_call_sid"]) == ("outbound-dial", caller)
    assert body["from"] == CUSTOMER

    exchange.passes(9)
    exchange.hangs_up(called)

    [after] = exchange.to("/after")
    assert (after["DialCallStatus"], after["DialBridged"]) == ("completed", "true")
    assert (after["DialCallSid"], after["DialCallDuration"]) == (called, "9")
    assert exchange.heard(caller) == [Speak("After", "man", "en-US")]
    assert not exchange.network.hears(caller, called)


@pytest.mark.parametrize(
    ("number", "waits", "status"),
    [
        ("+14155550199", 0, "busy"),
        ("+14155550197", 0, "failed"),
        ("+14155550195", 2, "busy"),
        ("+14155550198", 25, "no-answer"),
    ],
)
def test_who_is_not_reached_is_told_of_with_the_reason(
    number: str, waits: float, status: str
) -> None:
    exchange = dial(f"<Number>{number}</Number>", action="/after", timeout="20")
    caller = exchange.rings()
    exchange.passes(waits)

    [after] = exchange.to("/after")
    assert (after["DialCallStatus"], after["DialBridged"]) == (status, "false")
    assert "DialCallDuration" not in after
    assert exchange.status(caller) == "in-progress"


def test_without_an_action_the_next_verb_follows() -> None:
    exchange = dial("+14155550199")

    caller = exchange.rings()

    assert exchange.heard(caller) == [GOODBYE]


def test_with_answer_on_bridge_the_caller_is_picked_up_with_the_called_one() -> None:
    exchange = dial(answerOnBridge="true")
    caller = exchange.rings()
    assert exchange.status(caller) == "ringing"
    assert exchange.heard(caller) == []

    exchange.passes(2)

    assert exchange.status(caller) == "in-progress"
    assert exchange.answered[-1] == caller


def test_several_numbers_ring_at_once_and_the_first_to_answer_is_connected() -> None:
    exchange = dial(
        f"<Number>{MOBILE}</Number><Number>{OTHER}</Number>",
        outside={MOBILE: Outside(after_s=9), OTHER: Outside(after_s=3)},
    )
    caller = exchange.rings()
    slow, quick = children(exchange, caller)

    exchange.passes(3)

    assert exchange.network.hears(caller, quick)
    assert exchange.status(slow) == "canceled"
    exchange.passes(9)
    assert exchange.status(quick) == "in-progress"


def test_in_sequence_one_rings_after_the_other() -> None:
    exchange = dial(
        f"<Number>{MOBILE}</Number><Number>{OTHER}</Number>",
        sequential="true",
        timeout="10",
        outside={MOBILE: Outside("never-answers")},
    )
    caller = exchange.rings()
    assert [ring.to for ring in exchange.rung] == [MOBILE]

    exchange.passes(15)
    assert [ring.to for ring in exchange.rung] == [MOBILE, OTHER]
    assert exchange.heard(caller) == [RingTone()]
    exchange.passes(2)

    assert exchange.network.hears(caller, children(exchange, caller)[1])


def test_when_all_are_busy_the_caller_goes_on_once() -> None:
    exchange = dial("<Number>+14155550199</Number><Number>+14155560199</Number>", action="/after")

    exchange.rings()

    assert len(exchange.to("/after")) == 1


def test_who_answers_must_press_a_key_to_be_connected() -> None:
    exchange = dial(
        f"<Number url='/screen'>{MOBILE}</Number>", outside={MOBILE: Outside(keys="ww1")}
    )
    caller = exchange.rings()
    [called] = children(exchange, caller)

    exchange.passes(3)
    assert exchange.heard(caller) == [RingTone()]
    exchange.passes(1)

    assert exchange.to("/pressed")[0]["Digits"] == "1"
    assert exchange.to("/pressed")[0]["ParentCallSid"] == caller
    assert exchange.network.hears(caller, called)


def test_who_answers_and_presses_nothing_was_never_connected() -> None:
    exchange = dial(f"<Number url='/screen'>{MOBILE}</Number>", action="/after")
    caller = exchange.rings()
    [called] = children(exchange, caller)

    exchange.passes(7)

    assert exchange.status(called) == "completed"
    [after] = exchange.to("/after")
    assert (after["DialCallStatus"], after["DialBridged"]) == ("no-answer", "false")
    assert not exchange.network.hears(caller, called)


@pytest.mark.parametrize("silences", [True, False])
def test_whether_the_others_ring_on_while_one_is_asked_is_a_matter_of_reading(
    silences: bool,
) -> None:
    exchange = dial(
        f"<Number url='/screen'>{MOBILE}</Number><Number url='/screen'>{OTHER}</Number>",
        action="/after",
        outside={MOBILE: Outside(after_s=2), OTHER: Outside(after_s=4, keys="w1")},
        readings=Readings(first_to_answer_silences_the_others=silences),
    )
    caller = exchange.rings()
    first, second = children(exchange, caller)

    exchange.passes(7)

    assert exchange.network.hears(caller, second) is not silences
    assert exchange.status(first) == "completed"
    assert exchange.status(second) == ("canceled" if silences else "in-progress")
    assert len(exchange.to("/after")) == silences


def test_a_caller_who_hangs_up_takes_the_ringing_telephones_along() -> None:
    exchange = dial(action="/after")
    caller = exchange.rings()
    [called] = children(exchange, caller)

    exchange.hangs_up(caller)
    exchange.passes(5)

    assert exchange.status(called) == "canceled"
    [after] = exchange.to("/after")
    assert after["DialCallStatus"] == "canceled"
    assert exchange.heard(caller) == []


def test_a_caller_who_hangs_up_ends_the_conversation() -> None:
    exchange = dial()
    caller = exchange.rings()
    exchange.passes(2)
    [called] = children(exchange, caller)

    exchange.hangs_up(caller)

    assert exchange.status(called) == "completed"
    assert exchange.network.bridges() == []


@pytest.mark.parametrize(("allowed", "over"), [("true", True), ("false", False)])
def test_a_star_ends_the_conversation_where_that_is_allowed(allowed: str, over: bool) -> None:
    exchange = dial(hangupOnStar=allowed)
    caller = exchange.rings()
    exchange.passes(2)
    [called] = children(exchange, caller)

    exchange.presses(caller, "*")

    assert (exchange.status(called) == "completed") is over
    assert (exchange.heard(caller) == [GOODBYE]) is over
    assert exchange.status(caller) == "in-progress"


def test_the_time_limit_counts_from_the_connection() -> None:
    exchange = dial(timeLimit="30")
    caller = exchange.rings()
    exchange.passes(31)
    [called] = children(exchange, caller)
    assert exchange.status(called) == "in-progress"

    exchange.passes(1)

    assert exchange.status(called) == "completed"
    assert exchange.heard(caller) == [GOODBYE]


def test_each_number_reports_its_own_progress() -> None:
    exchange = dial(
        f"<Number statusCallback='/progress' statusCallbackEvent='initiated ringing answered "
        f"completed'>{MOBILE}</Number>"
    )
    caller = exchange.rings()
    exchange.passes(2)
    exchange.hangs_up(caller)

    told = exchange.to("/progress")
    assert [one["CallStatus"] for one in told] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert {one["ParentCallSid"] for one in told} == {caller}


def test_a_machine_on_a_dialled_number_is_told_of() -> None:
    exchange = dial(
        "<Number machineDetection='Enable' amdStatusCallback='/progress'>+14155550196</Number>"
    )
    exchange.rings()

    exchange.passes(10)

    assert [one["AnsweredBy"] for one in exchange.to("/progress")] == ["machine_start"]


@pytest.mark.parametrize("who", ["caller", "called"])
def test_either_end_can_be_sent_elsewhere(who: str) -> None:
    exchange = dial()
    caller = exchange.rings()
    exchange.passes(2)
    [called] = children(exchange, caller)
    moved, left = (caller, called) if who == "caller" else (called, caller)

    exchange.change(f"Calls/{moved}", Url=f"{SITE}/after")

    assert exchange.heard(moved) == [Speak("After", "man", "en-US")]
    assert exchange.network.bridges() == []
    if who == "caller":
        assert exchange.status(left) == "completed"  # a called one has no instructions of its own
    else:
        assert exchange.heard(left) == [GOODBYE]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("<Dial callerId='+14155559999'>+14155550177</Dial>", "13214"),
        ("<Dial>call me</Dial>", "13223"),
        ("<Dial timeout='2'>+14155550177</Dial>", "13212"),
        ("<Dial record='record-from-answer'>+14155550177</Dial>", "13217"),
        ("<Dial><Number sendDigits='1'>+14155550177</Number></Dial>", "12200"),
        (f"<Dial>{'<Number>+14155550177</Number>' * 11}</Dial>", "12200"),
        ("<Dial><Number>+14155550177</Number><Conference>c</Conference></Dial>", "12200"),
        ("<Dial><Client>alice</Client></Dial>", "12200"),
    ],
)
def test_what_cannot_be_dialled_is_refused(document: str, code: str) -> None:
    exchange = Exchange({"/voice": document}, outside={})

    exchange.rings()

    assert exchange.problems()[0].startswith(f"{code}: ")
    assert exchange.rung == []


def test_a_browser_shows_a_number_of_the_account() -> None:
    exchange = Exchange({"/browser": f"<Dial>{MOBILE}</Dial>"}, outside={})
    exchange.connects("alice")
    assert exchange.problems()[0].startswith("13214: ")

    exchange.app["/browser"] = f"<Dial callerId='{NUMBER}'>{MOBILE}</Dial>"
    agent = exchange.connects("alice")

    [called] = children(exchange, agent)
    assert exchange.fetch(f"Calls/{called}")["from"] == NUMBER
