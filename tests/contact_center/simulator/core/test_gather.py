"""Keys: what a caller presses, when, and what becomes of it."""

from contact_center.simulator.core.effects import PlayUrl, Speak
from tests.contact_center.simulator.core.exchange import SITE, Exchange

MENU = "<Gather numDigits='1' action='/chosen' timeout='4'><Say>Press 1</Say></Gather>"


def test_a_key_ends_the_prompt_and_goes_to_the_action() -> None:
    exchange = Exchange({"/voice": MENU, "/chosen": "<Say>Sales</Say>"})
    caller = exchange.rings()

    exchange.presses(caller, "1")

    [fields] = exchange.to("/chosen")
    assert fields["Digits"] == "1"
    assert "FinishedOnKey" not in fields
    assert exchange.heard(caller) == [Speak("Sales", "man", "en-US")]


def test_a_caller_who_does_nothing_goes_on_with_the_next_verb() -> None:
    exchange = Exchange({"/voice": MENU + "<Say>Nothing came</Say>"})
    caller = exchange.rings()

    exchange.passes(60)
    assert exchange.heard(caller) == [Speak("Press 1", "man", "en-US")], "the prompt still runs"
    exchange.hears_out(caller)
    exchange.passes(3.9)
    assert exchange.heard(caller) == []
    exchange.passes(0.2)

    assert exchange.heard(caller) == [Speak("Nothing came", "man", "en-US")]
    assert exchange.to("/chosen") == []


def test_silence_goes_to_the_action_when_the_document_asks_for_that() -> None:
    exchange = Exchange(
        {
            "/voice": "<Gather action='/chosen' actionOnEmptyResult='true' timeout='2'/>",
            "/chosen": "<Say>Nothing</Say>",
        }
    )
    exchange.rings()

    exchange.passes(2)

    assert [fields["Digits"] for fields in exchange.to("/chosen")] == [""]


def test_each_key_gives_more_time_for_the_next() -> None:
    exchange = Exchange(
        {"/voice": "<Gather action='/chosen' numDigits='3' timeout='3'/>", "/chosen": ""}
    )
    caller = exchange.rings()

    for key in "12":
        exchange.passes(2.5)
        exchange.presses(caller, key)
    assert exchange.to("/chosen") == []
    exchange.passes(3)

    assert [fields["Digits"] for fields in exchange.to("/chosen")] == ["12"]


def test_the_finishing_key_is_reported_and_not_a_digit() -> None:
    exchange = Exchange({"/voice": "<Gather action='/chosen'/>", "/chosen": ""})
    caller = exchange.rings()

    exchange.presses(caller, "4711#99")

    [fields] = exchange.to("/chosen")
    assert (fields["Digits"], fields["FinishedOnKey"]) == ("4711", "#")


def test_without_an_action_the_same_document_is_asked_again() -> None:
    exchange = Exchange({"/voice": "<Gather numDigits='1'/>"})
    caller = exchange.rings()

    exchange.presses(caller, "5")

    assert [fields.get("Digits") for fields in exchange.to("/voice")] == [None, "5"]


def test_keys_are_ignored_during_a_prompt_that_may_not_be_interrupted() -> None:
    exchange = Exchange(
        {
            "/voice": "<Gather numDigits='1' bargeIn='false' action='/chosen'>"
            "<Play>/tune.wav</Play></Gather>",
            "/chosen": "",
        }
    )
    caller = exchange.rings()

    exchange.presses(caller, "1")
    assert exchange.to("/chosen") == []
    assert exchange.heard(caller) == [PlayUrl(f"{SITE}/tune.wav")]
    exchange.hears_out(caller)
    exchange.presses(caller, "2")

    assert [fields["Digits"] for fields in exchange.to("/chosen")] == ["2"]


def test_keys_outside_a_gather_are_nobodys() -> None:
    exchange = Exchange({"/voice": "<Say>Please wait</Say>" + MENU, "/chosen": ""})
    caller = exchange.rings()

    exchange.presses(caller, "1")
    exchange.hears_out(caller)

    assert exchange.to("/chosen") == []
    assert exchange.heard(caller) == [Speak("Press 1", "man", "en-US")]
