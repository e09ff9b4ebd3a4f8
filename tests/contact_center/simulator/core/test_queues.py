"""Waiting in a queue: the row, the wait document, and each way out."""

import pytest

from contact_center.simulator.core.effects import HoldTone, PlayUrl, Speak
from contact_center.simulator.core.readings import Readings
from tests.contact_center.simulator.core.exchange import CUSTOMER, NUMBER, SITE, Exchange

ENQUEUE = "<Enqueue waitUrl='/wait' action='/left'>support</Enqueue>"
APP = {
    "/voice": ENQUEUE,
    "/wait": "<Say>You are in line</Say>",
    "/left": "<Say>Left</Say>",
    "/connect": "<Say>Connecting</Say>",
}


def queue_of(exchange: Exchange) -> str:
    [queue] = exchange.fetch("Queues")["queues"]
    return str(queue["sid"])


def members(exchange: Exchange) -> list[str]:
    found = exchange.fetch(f"Queues/{queue_of(exchange)}/Members")["queue_members"]
    return [member["call_sid"] for member in found]


def test_callers_stand_in_the_order_they_came() -> None:
    exchange = Exchange(dict(APP))

    first, second = exchange.rings(), exchange.rings("+14155550143")

    assert members(exchange) == [first, second]
    waits = exchange.to("/wait")
    assert [wait["QueuePosition"] for wait in waits] == ["1", "2"]
    assert [wait["CurrentQueueSize"] for wait in waits] == ["1", "2"]
    assert waits[0]["MaxQueueSize"] == "1000"
    assert waits[0]["QueueSid"] == queue_of(exchange)
    front = exchange.fetch(f"Queues/{queue_of(exchange)}/Members/Front")
    assert front["call_sid"] == first


def test_the_wait_document_is_asked_for_again_whenever_it_runs_out() -> None:
    exchange = Exchange(dict(APP))
    caller = exchange.rings()

    for _ in range(3):
        exchange.passes(5)
        exchange.hears_out(caller)

    assert [wait["QueueTime"] for wait in exchange.to("/wait")] == ["0", "5", "10", "15"]


def test_an_empty_wait_document_is_not_asked_for_more_than_once_a_second() -> None:
    exchange = Exchange({**APP, "/wait": ""})
    exchange.rings()

    exchange.passes(9.5)

    assert len(exchange.to("/wait")) == 10


def test_a_key_in_the_wait_document_is_heard_and_the_caller_keeps_the_place() -> None:
    exchange = Exchange(
        {
            **APP,
            "/wait": "<Gather numDigits='1' action='/wait-key'><Play>/m.wav</Play></Gather>",
            "/wait-key": "<Say>We will call you back</Say>",
        }
    )
    caller = exchange.rings()
    exchange.passes(7)

    exchange.presses(caller, "1")

    [fields] = exchange.to("/wait-key")
    assert (fields["Digits"], fields["QueueTime"]) == ("1", "7")
    assert members(exchange) == [caller]
    exchange.hears_out(caller)
    assert len(exchange.to("/wait")) == 2


def test_leaving_goes_on_with_the_action_at_once() -> None:
    exchange = Exchange({**APP, "/wait": "<Leave/>"})

    caller = exchange.rings()

    [fields] = exchange.to("/left")
    assert fields["QueueResult"] == "leave"
    assert fields["QueueTime"] == "0"
    assert exchange.heard(caller) == [Speak("Left", "man", "en-US")]
    assert members(exchange) == []


def test_a_caller_who_gives_up_is_out_of_the_row_and_the_action_hears_it() -> None:
    exchange = Exchange(dict(APP))
    caller, next_one = exchange.rings(), exchange.rings()
    exchange.passes(30)

    exchange.hangs_up(caller)

    [fields] = exchange.to("/left")
    assert fields["QueueResult"] == "hangup"
    assert (fields["CallStatus"], fields["QueueTime"]) == ("completed", "30")
    assert members(exchange) == [next_one]
    assert exchange.fetch(f"Queues/{queue_of(exchange)}")["average_wait_time"] == 30


def test_a_member_is_taken_out_once_and_the_second_request_is_refused() -> None:
    exchange = Exchange(dict(APP))
    caller = exchange.rings()
    exchange.passes(4)
    member = f"Queues/{queue_of(exchange)}/Members/{caller}"

    answer = exchange.change(member, Url=f"{SITE}/connect")

    assert (answer["position"], answer["wait_time"]) == (1, 4)
    assert exchange.refused("POST", member, Url=f"{SITE}/connect")[0] == 400
    assert len(exchange.to("/connect")) == 1
    assert len(exchange.to("/left")) == 1
    assert exchange.rest("GET", member).status == 404


def test_under_the_other_reading_a_second_request_is_answered_and_does_nothing() -> None:
    exchange = Exchange(dict(APP), readings=Readings(second_dequeue_refused=False))
    caller = exchange.rings()
    member = f"Queues/{queue_of(exchange)}/Members/{caller}"

    answer = exchange.change(member, Url=f"{SITE}/connect")

    assert exchange.change(member, Url=f"{SITE}/elsewhere") == answer
    assert len(exchange.to("/connect")) == len(exchange.to("/left")) == 1
    assert not exchange.to("/elsewhere")
    assert exchange.rest("GET", member).status == 404


@pytest.mark.parametrize(
    ("executed", "heard"), [(True, "Left"), (False, "Connecting")], ids=["action", "redirect"]
)
def test_both_readings_of_who_wins_after_a_redirect(executed: bool, heard: str) -> None:
    exchange = Exchange(
        dict(APP), readings=Readings(enqueue_action_executed_after_redirect=executed)
    )
    caller = exchange.rings()

    exchange.change(f"Queues/{queue_of(exchange)}/Members/{caller}", Url=f"{SITE}/connect")

    assert [fields["QueueResult"] for fields in exchange.to("/left")] == ["redirected"]
    assert len(exchange.to("/connect")) == 1
    assert exchange.heard(caller) == [Speak(heard, "man", "en-US")]


def test_the_front_of_the_row_is_taken_out_by_its_alias() -> None:
    exchange = Exchange(dict(APP))
    first, second = exchange.rings(), exchange.rings()

    answer = exchange.change(f"Queues/{queue_of(exchange)}/Members/Front", Url=f"{SITE}/connect")

    assert answer["call_sid"] == first
    assert members(exchange) == [second]


def test_a_call_redirected_by_its_own_resource_leaves_the_row_too() -> None:
    exchange = Exchange(dict(APP))
    caller = exchange.rings()

    exchange.change(f"Calls/{caller}", Url=f"{SITE}/connect")

    assert members(exchange) == []
    assert [fields["QueueResult"] for fields in exchange.to("/left")] == ["redirected"]


def test_a_full_queue_takes_nobody() -> None:
    exchange = Exchange(dict(APP))
    exchange.change("Queues", FriendlyName="support", MaxSize=1)
    inside = exchange.rings()

    outside = exchange.rings()

    [fields] = exchange.to("/left")
    assert fields["QueueResult"] == "queue-full"
    assert "QueueSid" not in fields
    assert "QueueTime" not in fields
    assert members(exchange) == [inside]
    assert exchange.heard(outside) == [Speak("Left", "man", "en-US")]


def test_a_wait_document_with_an_error_ends_the_wait_and_says_so() -> None:
    exchange = Exchange({**APP, "/wait": "<Dial>nobody</Dial>"})

    caller = exchange.rings()

    assert [fields["QueueResult"] for fields in exchange.to("/left")] == ["error"]
    assert exchange.heard(caller) == [Speak("Left", "man", "en-US")]
    assert any(problem.startswith("12200") for problem in exchange.problems())


def test_without_an_action_the_next_verb_runs() -> None:
    exchange = Exchange(
        {
            "/voice": "<Enqueue waitUrl='/wait'>support</Enqueue><Say>Next</Say>",
            "/wait": "<Leave/>",
        }
    )

    assert exchange.heard(exchange.rings()) == [Speak("Next", "man", "en-US")]


def test_without_a_wait_document_the_networks_own_music_plays() -> None:
    exchange = Exchange({"/voice": "<Enqueue>support</Enqueue>"})

    assert exchange.heard(exchange.rings()) == [HoldTone()]


def test_somebody_who_hangs_up_in_the_wait_document_is_gone() -> None:
    exchange = Exchange({**APP, "/wait": "<Hangup/>"})

    caller = exchange.rings()

    assert exchange.status(caller) == "completed"
    assert members(exchange) == []
    assert [fields["QueueResult"] for fields in exchange.to("/left")] == ["hangup"]


def test_only_an_empty_queue_can_be_deleted() -> None:
    exchange = Exchange(dict(APP))
    caller = exchange.rings()
    queue = f"Queues/{queue_of(exchange)}"

    assert exchange.refused("DELETE", queue)[0] == 400
    exchange.hangs_up(caller)
    assert exchange.rest("DELETE", queue).status == 204
    assert exchange.fetch("Queues")["queues"] == []


def test_music_in_the_wait_document_is_found_beside_it() -> None:
    exchange = Exchange({**APP, "/wait": "<Play loop='0'>music/slow.mp3</Play>"})

    assert exchange.heard(exchange.rings()) == [PlayUrl(f"{SITE}/music/slow.mp3")]


def test_a_called_customer_can_wait_in_line_like_anybody() -> None:
    exchange = Exchange({**APP, "/outbound": ENQUEUE})
    sid = exchange.change("Calls", From=NUMBER, To=CUSTOMER, Url=f"{SITE}/outbound")["sid"]
    exchange.passes(0)
    exchange.picks_up(sid)

    assert members(exchange) == [sid]
