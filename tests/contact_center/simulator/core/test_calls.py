"""A call from its first ring to its end, and the callbacks that tell of it."""

import pytest

from contact_center.simulator.core.effects import Speak
from contact_center.simulator.core.errors import UnknownApplication, UnknownNumber
from contact_center.simulator.core.readings import Readings
from tests.contact_center.simulator.core.exchange import (
    CUSTOMER,
    NUMBER,
    SITE,
    Exchange,
    xml,
)


def test_a_customer_rings_and_hears_what_the_application_says() -> None:
    exchange = Exchange({"/voice": "<Say language='en-GB'>Good day</Say>"})

    caller = exchange.rings()

    [fields] = exchange.to("/voice")
    assert fields["CallStatus"] == "ringing"
    assert (fields["From"], fields["To"]) == (CUSTOMER, NUMBER)
    assert fields["Direction"] == "inbound"
    assert exchange.answered == [caller]
    assert exchange.heard(caller) == [Speak("Good day", "man", "en-GB")]
    assert exchange.status(caller) == "in-progress"


def test_a_call_ends_when_its_document_does_and_the_end_is_reported_once() -> None:
    exchange = Exchange({"/voice": "<Say>Good day</Say><Pause length='3'/>"})
    caller = exchange.rings()

    exchange.hears_out(caller)
    exchange.passes(3)

    assert exchange.ended[caller].status == "completed"
    [report] = exchange.to("/status")
    assert report["CallStatus"] == "completed"
    assert report["SequenceNumber"] == "0"
    assert (report["CallDuration"], report["Duration"]) == ("3", "1")
    assert report["CallbackSource"] == "call-progress-events"


def test_a_customer_who_hangs_up_hears_nothing_more() -> None:
    exchange = Exchange({"/voice": "<Say>Good day</Say><Redirect>/more</Redirect>"})
    caller = exchange.rings()

    exchange.hangs_up(caller)

    assert exchange.heard(caller) == []
    assert exchange.status(caller) == "completed"
    assert exchange.to("/more") == []


def test_a_customer_who_hangs_up_before_the_answer_was_never_answered() -> None:
    exchange = Exchange({"/voice": "<Say>Good day</Say>"})
    exchange.holds.add("/voice")
    caller = exchange.rings()

    exchange.hangs_up(caller)
    exchange.answers(exchange.last("/voice"), xml("<Say>Too late</Say>"))
    exchange.settle()

    assert exchange.status(caller) == "no-answer"
    assert exchange.answered == []
    assert exchange.heard(caller) == []


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_rejected_call_is_not_picked_up(reason: str, status: str) -> None:
    exchange = Exchange({"/voice": f"<Reject reason='{reason}'/><Say>never</Say>"})

    caller = exchange.rings()

    assert exchange.answered == []
    assert exchange.status(caller) == status


def test_a_pause_at_the_beginning_waits_before_picking_up() -> None:
    exchange = Exchange({"/voice": "<Pause length='2'/><Say>Hello</Say>"})
    caller = exchange.rings()

    assert exchange.answered == []
    exchange.passes(2)
    assert exchange.answered == [caller]


def test_a_wrong_number_says_which_numbers_there_are() -> None:
    with pytest.raises(UnknownNumber, match=r"\+14155559999 is not a number .*\+14155550100"):
        Exchange().network.dial_in(CUSTOMER, "+14155559999")


def test_a_browser_calls_its_application_with_parameters_that_shadow_nothing() -> None:
    exchange = Exchange({"/browser": "<Pause length='9'/>"})

    exchange.connects("alice", join="token", From="+1999", CallSid="CA1")

    [fields] = exchange.to("/browser")
    assert fields["join"] == "token"
    assert fields["From"] == "client:alice"
    assert fields["CallSid"].startswith("CA")
    assert len(fields["CallSid"]) == 34


def test_under_the_other_reading_a_browser_says_who_it_is_and_nothing_else() -> None:
    readings = Readings(parameters_of_a_browser_replace_ours=True)
    exchange = Exchange({"/browser": "<Pause length='9'/>"}, readings=readings)

    leg = exchange.connects("alice", From="client:bob", To="+1999", CallSid="CA1", CallStatus="x")

    [fields] = exchange.to("/browser")
    assert (fields["From"], fields["To"]) == ("client:bob", "+1999")
    assert fields["CallSid"] == leg
    assert fields["CallStatus"] == "ringing"
    assert exchange.fetch(f"Calls/{leg}")["from"] == "client:alice"


def test_a_browser_cannot_call_an_application_that_does_not_exist() -> None:
    with pytest.raises(UnknownApplication):
        Exchange().network.client_connects("alice", {}, "AP" + "0" * 32)


# ---- calls made by REST


def all_events(**more: object) -> dict[str, object]:
    return {
        "StatusCallback": f"{SITE}/progress",
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Url": f"{SITE}/outbound",
        "From": NUMBER,
        "To": CUSTOMER,
        **more,
    }


def test_an_outbound_call_reports_each_step_in_order() -> None:
    exchange = Exchange({"/outbound": "<Say>It is us</Say>"})
    sid = exchange.change("Calls", **all_events())["sid"]

    exchange.passes(1)
    exchange.network.far_end_ringing(sid)
    exchange.settle()
    exchange.picks_up(sid)
    exchange.hangs_up(sid)

    reports = [(one["CallStatus"], one["SequenceNumber"]) for one in exchange.to("/progress")]
    assert reports == [
        ("initiated", "0"),
        ("ringing", "1"),
        ("in-progress", "2"),
        ("completed", "3"),
    ]
    assert [one["Direction"] for one in exchange.to("/outbound")] == ["outbound-api"]


def test_somebody_who_does_not_answer_is_given_up_after_the_timeout_and_a_little() -> None:
    exchange = Exchange()
    sid = exchange.change("Calls", **all_events(Timeout=20))["sid"]

    exchange.passes(24.9)
    assert exchange.status(sid) == "queued"
    exchange.passes(0.2)

    assert exchange.status(sid) == "no-answer"
    assert exchange.to("/outbound") == []


def test_somebody_busy_ends_the_call_without_instructions() -> None:
    exchange = Exchange()
    sid = exchange.change("Calls", **all_events())["sid"]
    exchange.passes(0)

    exchange.network.far_end_busy(sid)
    exchange.settle()

    assert exchange.status(sid) == "busy"
    assert exchange.to("/outbound") == []


def test_calls_made_by_rest_are_paced_and_their_waiting_time_is_told() -> None:
    exchange = Exchange(calls_per_second=1)

    calls = [exchange.change("Calls", **all_events()) for _ in range(3)]

    assert [call["queue_time"] for call in calls] == ["0", "1000", "2000"]
    exchange.passes(1)
    assert len(exchange.rung) == 2
    exchange.passes(1)
    assert len(exchange.rung) == 3


def test_a_call_cancelled_while_it_is_queued_is_never_reported() -> None:
    exchange = Exchange(calls_per_second=1)
    exchange.change("Calls", **all_events())
    waiting = exchange.change("Calls", **all_events())["sid"]

    assert exchange.change(f"Calls/{waiting}", Status="canceled")["status"] == "canceled"
    exchange.passes(5)

    assert [ring.leg_sid for ring in exchange.rung if ring.leg_sid == waiting] == []
    assert [one for one in exchange.to("/progress") if one["CallSid"] == waiting] == []


def test_a_call_runs_the_twiml_it_came_with() -> None:
    exchange = Exchange()
    sid = exchange.change(
        "Calls", From=NUMBER, To=CUSTOMER, Twiml="<Response><Say>Hello</Say></Response>"
    )["sid"]
    exchange.passes(0)
    exchange.picks_up(sid)

    assert exchange.heard(sid) == [Speak("Hello", "man", "en-US")]
    assert exchange.asked == []


def test_a_time_limit_ends_the_call() -> None:
    exchange = Exchange({"/outbound": "<Pause length='600'/>"})
    sid = exchange.change("Calls", **all_events(TimeLimit=60))["sid"]
    exchange.passes(0)
    exchange.picks_up(sid)

    exchange.passes(59)
    assert exchange.status(sid) == "in-progress"
    exchange.passes(1)
    assert exchange.status(sid) == "completed"


# ---- redirecting and ending by REST


def test_a_call_is_sent_to_other_instructions() -> None:
    exchange = Exchange({"/voice": "<Say>one</Say>", "/other": "<Say>two</Say>"})
    caller = exchange.rings()

    exchange.change(f"Calls/{caller}", Url=f"{SITE}/other")

    assert exchange.heard(caller) == [Speak("two", "man", "en-US")]


def test_a_finished_call_can_be_neither_sent_nor_ended() -> None:
    exchange = Exchange({"/voice": "<Hangup/>", "/other": "<Say>two</Say>"})
    caller = exchange.rings()

    assert exchange.refused("POST", f"Calls/{caller}", Url=f"{SITE}/other") == (400, 21220)
    assert exchange.refused("POST", f"Calls/{caller}", Status="completed") == (400, 21220)
    assert exchange.to("/other") == []


def test_a_call_that_is_not_answered_yet_cannot_be_redirected() -> None:
    exchange = Exchange()
    sid = exchange.change("Calls", **all_events())["sid"]

    assert exchange.refused("POST", f"Calls/{sid}", Url=f"{SITE}/other") == (400, 21220)


def test_a_refused_update_changes_nothing() -> None:
    exchange = Exchange({"/voice": "<Say>one</Say>"})
    caller = exchange.rings()

    refusal = exchange.refused(
        "POST", f"Calls/{caller}", StatusCallback=f"{SITE}/elsewhere", TimeLimit="soon"
    )
    exchange.hangs_up(caller)

    assert refusal[0] == 400
    assert exchange.to("/elsewhere") == []
    assert len(exchange.to("/status")) == 1


def test_a_call_reports_to_a_new_address_from_then_on() -> None:
    exchange = Exchange({"/voice": "<Say>one</Say>"})
    caller = exchange.rings()

    exchange.change(f"Calls/{caller}", StatusCallback=f"{SITE}/elsewhere", TimeLimit=30)
    exchange.passes(30)

    assert exchange.status(caller) == "completed"
    assert len(exchange.to("/elsewhere")) == 1
    assert exchange.to("/status") == []


def test_an_answer_that_comes_after_a_redirect_is_not_executed() -> None:
    exchange = Exchange({"/voice": "<Say>one</Say><Redirect>/slow</Redirect>", "/other": ""})
    exchange.app["/other"] = "<Say>two</Say>"
    exchange.holds.add("/slow")
    caller = exchange.rings()
    exchange.hears_out(caller)

    exchange.change(f"Calls/{caller}", Url=f"{SITE}/other")
    exchange.answers(exchange.last("/slow"), xml("<Say>three</Say>"))
    exchange.settle()

    assert exchange.heard(caller) == [Speak("two", "man", "en-US")]


def test_a_leg_whose_media_is_lost_is_over() -> None:
    exchange = Exchange({"/browser": "<Pause length='60'/><Hangup/>", "/voice": "<Say>x</Say>"})
    caller = exchange.rings()

    exchange.network.media_lost(caller)
    exchange.settle()

    assert exchange.status(caller) == "completed"
    assert any(problem.startswith("53405") for problem in exchange.problems())
