"""An agent calls: whom, as whom, what is heard, and what becomes of a call that reaches nobody."""

import random
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from contact_center.domain.states import Presence
from contact_center.errors import NotAllowed, PhoneElsewhere
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    DialAttempt,
    EventLog,
    Offer,
    PhoneLease,
    PhoneNumber,
    QueueMember,
    Segment,
    Timer,
)
from contact_center.selectors.calls import Outcome, calls_list
from contact_center.selectors.figures import read_stays, stays_over
from contact_center.selectors.scopes import Scope
from contact_center.services import (
    calling_out,
    dialling,
    presence,
    taking_over,
    talking,
    transferring,
    wrapping_up,
)
from tests.cast import Cast, make_number
from tests.universe.floor import Floor
from tests.universe.http_client import CoreHttpClient

CUSTOMER = "+14155550142"
BUSY, SILENT, DEAD = "+14155550199", "+14155550198", "+14155550197"
MACHINE, DECLINES, FAX = "+14155550196", "+14155550195", "+14155550194"


@dataclass
class Made:
    """A call that an agent has made."""

    offer: Offer
    agents_leg: str

    @property
    def call(self) -> Call:
        return Call.objects.get(pk=self.offer.call_id)

    @property
    def now(self) -> Offer:
        return Offer.objects.get(pk=self.offer.pk)

    @property
    def attempt(self) -> DialAttempt:
        return DialAttempt.objects.get(offer=self.offer)


def ask(agent: Agent, number: str = CUSTOMER, **more: Any) -> tuple[Offer, str]:
    lease = PhoneLease.objects.get(agent=agent)
    return calling_out.call_out(agent=agent, written=number, lease_key=lease.key, **more)


def call(floor: Floor, agent: Agent, number: str = CUSTOMER, **more: Any) -> Made:
    """An agent calls, and the browser connects."""
    offer, token = ask(agent, number, **more)
    return Made(offer, floor.connect_browser(agent, token, slot=offer.slot.number))


def talk(floor: Floor, agent: Agent) -> Made:
    """An agent has called, and talks with the customer."""
    floor.on_duty(agent)
    made = call(floor, agent)
    floor.until(lambda: made.call.state == "connected", within=20)
    return made


def activity(agent: Agent) -> str:
    return AgentSlot.objects.get(agent=agent).activity


def events_of(made: Made) -> list[str]:
    told = EventLog.objects.filter(call_id=made.offer.call_id).order_by("pk")
    return list(told.values_list("name", flat=True))


# --- a call that reaches its customer -------------------------------------------------------------


def test_an_agent_calls_talks_holds_hangs_up_and_wraps_up(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    made = call(floor, cast.alice)
    assert activity(cast.alice) == "connecting"
    floor.until(lambda: made.call.state == "connected", within=20)
    customer = made.call.sid
    assert floor.hears(made.agents_leg, customer)
    assert floor.hears(customer, made.agents_leg)
    talking.hold(offer=made.now, agent=cast.alice)
    floor.until(lambda: made.call.state == "on_hold", within=10)
    assert not floor.hears(customer, made.agents_leg)
    talking.resume(offer=made.now, agent=cast.alice)
    floor.until(lambda: made.call.state == "connected", within=10)
    talking.hang_up(offer=made.now, agent=cast.alice)
    floor.until(lambda: made.now.state == "wrapping_up", within=10)
    floor.until(lambda: made.call.state == "ended", within=10)
    assert (made.call.ended_by, made.call.end_reason) == ("agent", "agent_hung_up")
    assert activity(cast.alice) == "wrapping_up"
    wrapping_up.save(offer=made.now, agent=cast.alice, notes="Wants a new contract")
    wrapping_up.finish(offer=made.now, agent=cast.alice)
    assert activity(cast.alice) == "idle"
    assert made.attempt.outcome == "reached"
    assert [stay.kind for stay in made.call.segments.order_by("pk")][:2] == [
        "dialling",
        "conversation",
    ]
    assert floor.network.live_legs == 0


def test_the_customer_sees_the_number_that_was_chosen_and_never_one_that_may_not_be_shown(
    floor: Floor, cast: Cast
) -> None:
    floor.on_duty(cast.alice)
    made = call(floor, cast.alice, shown_id=cast.support_number.pk)
    floor.until(lambda: made.call.has_leg, within=10)
    [leg] = [leg for leg in floor.network.truth()["legs"] if leg["sid"] == made.call.sid]
    assert leg["from"] == cast.support_number.e164
    talking.hang_up(offer=made.now, agent=cast.alice)
    floor.pass_seconds(2)
    PhoneNumber.objects.filter(pk=cast.support_number.pk).update(may_be_shown=False)
    with pytest.raises(NotAllowed, match="may not be shown any more"):
        ask(cast.alice, shown_id=cast.support_number.pk)
    offer, _token = ask(cast.alice)
    assert offer.call.to_number != cast.support_number.e164
    talking.hang_up(offer=offer, agent=cast.alice)
    PhoneNumber.objects.update(may_be_shown=False)
    with pytest.raises(NotAllowed, match="No number may be shown"):
        ask(cast.alice)


def test_routing_gives_nothing_to_who_calls(floor: Floor, cast: Cast) -> None:
    made = talk(floor, cast.alice)
    floor.ring()
    floor.pass_seconds(10)
    assert floor.pending(cast.alice) is None
    floor.hang_up(made.call.sid)
    floor.until(lambda: made.now.state == "wrapping_up", within=5)
    wrapping_up.finish(offer=made.now, agent=cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)


def test_who_is_on_a_break_may_call_and_stays_on_it(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    presence.set_presence(agent=cast.alice, presence=Presence.BREAK, reason="lunch")
    made = call(floor, cast.alice, BUSY)
    floor.until(lambda: made.call.state == "ended", within=20)
    cast.alice.refresh_from_db()
    assert (cast.alice.presence, activity(cast.alice)) == ("break", "idle")


# --- one that does not ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "outcome", "by"),
    [
        (BUSY, "busy", "network"),
        (SILENT, "no_answer", "network"),
        (DEAD, "failed", "network"),
        (DECLINES, "busy", "network"),
        (FAX, "fax", "network"),
    ],
)
def test_who_is_not_reached_is_named_and_the_agent_is_free_at_once(
    floor: Floor, cast: Cast, number: str, outcome: str, by: str
) -> None:
    floor.on_duty(cast.alice)
    made = call(floor, cast.alice, number)
    floor.until(lambda: made.call.state == "ended", within=60)
    floor.pass_seconds(2)
    assert (made.call.ended_by, made.call.end_reason) == (by, f"not_reached_{outcome}")
    assert (made.now.state, made.now.outcome) == ("ended", "not_reached")
    assert made.attempt.outcome == outcome
    assert activity(cast.alice) == "idle"
    assert floor.network.live_legs == 0
    assert not Timer.objects.filter(offer=made.offer).exists()
    # Nobody tries again by himself.
    floor.pass_seconds(120)
    assert DialAttempt.objects.count() == 1
    assert "command.failed" not in events_of(made)


def test_a_machine_is_shown_to_the_agent_who_leaves_it(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    made = call(floor, cast.alice, MACHINE)
    floor.until(lambda: made.attempt.answered_by.startswith("machine"), within=30)
    floor.until(lambda: made.call.state == "connected", within=10)
    dialling.leave_to_machine(offer=made.now, agent=cast.alice)
    floor.pass_seconds(3)
    assert made.call.end_reason == "not_reached_machine"
    assert made.call.answered_at is None
    assert activity(cast.alice) == "idle"
    assert floor.network.live_legs == 0


def test_what_the_network_refuses_frees_the_agent_and_says_why(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    # The network does not know it as ours.
    foreign = make_number(cast.tenant, "+14155550188")
    made = call(floor, cast.alice, shown_id=foreign.pk)
    floor.until(lambda: made.call.state == "ended", within=20)
    assert made.call.end_reason == "not_reached_failed"
    assert "not" in made.attempt.problem
    assert activity(cast.alice) == "idle"
    assert floor.network.live_legs == 0


def test_a_lost_answer_of_the_network_rings_nobody_twice(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    offer, token = ask(cast.alice)
    CoreHttpClient.failures = ["after"]
    made = Made(offer, floor.connect_browser(cast.alice, token))
    floor.until(lambda: made.call.state == "connected", within=30)
    legs = floor.network.truth()["legs"]
    assert len([leg for leg in legs if leg["direction"] == "outbound-api"]) == 1


def test_an_agent_hangs_up_while_it_rings(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    made = call(floor, cast.alice, SILENT)
    floor.until(lambda: made.call.has_leg, within=10)
    talking.hang_up(offer=made.now, agent=cast.alice)
    floor.pass_seconds(3)
    assert (made.call.ended_by, made.call.end_reason) == ("agent", "not_reached_cancelled")
    assert activity(cast.alice) == "idle"
    assert floor.network.live_legs == 0


def test_an_agent_hangs_up_before_the_own_line_is_there(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    offer, token = ask(cast.alice)
    talking.hang_up(offer=offer, agent=cast.alice)
    # The browser comes all the same: it is let in nowhere, and nobody is rung.
    made = Made(offer, floor.connect_browser(cast.alice, token))
    floor.pass_seconds(5)
    assert made.call.end_reason == "not_reached_cancelled"
    assert not made.call.has_leg
    assert floor.network.live_legs == 0


def test_a_line_that_does_not_come_up_rings_nobody(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    offer, _token = ask(cast.alice)
    floor.pass_seconds(15)
    made = Made(offer, "")
    assert (made.call.ended_by, made.call.end_reason) == ("system", "not_reached_no_line")
    assert activity(cast.alice) == "idle"
    assert not made.call.has_leg


def test_the_answer_comes_in_the_same_instant_as_the_agents_hanging_up(
    floor: Floor, cast: Cast
) -> None:
    floor.on_duty(cast.alice)
    floor.holds_back = lambda request: (
        request.params.get("StatusCallbackEvent") == ("participant-join")
    )
    offer, token = ask(cast.alice)
    floor.holds_back = lambda request: False
    made = Made(offer, floor.connect_browser(cast.alice, token))
    floor.until(lambda: made.call.has_leg, within=10)
    # He has answered, and we have not been told yet.
    floor.holds_back = lambda request: True
    floor.pass_seconds(6)
    talking.hang_up(offer=made.now, agent=cast.alice)
    floor.let_go()
    floor.pass_seconds(5)
    assert made.call.state == "ended"
    assert made.now.state == "ended"
    assert activity(cast.alice) == "idle"
    assert floor.network.live_legs == 0


@pytest.mark.parametrize("fate", [0, 2])
def test_lost_and_doubled_reports_change_nothing(floor: Floor, cast: Cast, fate: int) -> None:
    floor.on_duty(cast.alice)
    floor.fate = lambda request: fate if "/webhooks/voice/" not in request.url else 1
    made = call(floor, cast.alice)
    floor.until(lambda: made.call.state == "connected", within=30)
    assert floor.hears(made.call.sid, made.agents_leg)
    floor.hang_up(made.call.sid)
    floor.until(lambda: made.call.state == "ended", within=60)
    floor.until(lambda: made.now.state == "wrapping_up", within=5)
    assert made.call.ended_by == "customer"
    assert DialAttempt.objects.get().outcome == "reached"


def test_a_line_that_breaks_in_mid_call_leads_the_customer_to_the_line(
    floor: Floor, cast: Cast
) -> None:
    made = talk(floor, cast.alice)
    floor.network.far_end_hung_up(made.agents_leg)
    floor.until(lambda: made.call.state in ("queued", "offered"), within=20)
    assert Segment.objects.get(call=made.call, ended_at=None).kind == "queue"


@pytest.mark.parametrize("seed", range(8))
def test_whatever_gets_lost_everybody_is_free_in_the_end(
    floor: Floor, cast: Cast, seed: int
) -> None:
    draw = random.Random(seed)
    floor.on_duty(cast.alice)
    floor.fate = lambda request: 1 if "/voice/" in request.url else draw.choice([0, 1, 1, 2])
    for _call in range(3):
        number = draw.choice([CUSTOMER, CUSTOMER, BUSY, SILENT, DECLINES, DEAD])
        CoreHttpClient.failures = draw.choices(["", "before", "after"], [6, 2, 2], k=4)
        made = call(floor, cast.alice, number)
        floor.pass_seconds(draw.choice([0.0, 0.5, 2.0, 2.5, 10.0]))
        match draw.choice(["agent", "customer", "line", "nobody"]):
            case "agent":
                talking.hang_up(offer=made.now, agent=cast.alice)
            case "customer" if made.call.has_leg:
                floor.network.far_end_hung_up(made.call.sid)
            case "line":
                floor.network.far_end_hung_up(made.agents_leg)
        floor.pass_seconds(20)
        if made.now.state == "connected":
            talking.hang_up(offer=made.now, agent=cast.alice)
        CoreHttpClient.failures = []
        if made.call.state in ("queued", "offered", "returning"):
            # The agent's line broke in mid-call: the customer waits, and gives up.
            floor.until(lambda made=made: made.call.state == "queued", within=60)  # type: ignore[misc]
            floor.network.far_end_hung_up(made.call.sid)
        floor.until(lambda made=made: made.call.state == "ended", within=150)  # type: ignore[misc]
        floor.keep_beating(cast.alice)
        floor.pass_seconds(10)
        if made.now.state == "wrapping_up":
            wrapping_up.finish(offer=made.now, agent=cast.alice)
        assert made.now.state == "ended"
        assert not DialAttempt.objects.filter(ended_at=None).exists()
        floor.until(lambda: floor.network.live_legs == 0, within=90)
        floor.keep_beating(cast.alice)
        lease = PhoneLease.objects.get(agent=cast.alice)
        presence.come_back(agent=cast.alice, lease_key=lease.key)
        assert activity(cast.alice) == "idle"


# --- who may not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("911", "Emergency numbers"),
        ("112", "Emergency numbers"),
        ("+1 900 555 1212", "no such number|costs extra"),
        ("+44 909 879 0000", "costs extra"),
        ("+44 20 7946 0000", "does not call this country. It calls: US"),
        ("hello", "no such number"),
        ("", "no such number"),
        ("+14155550101", "one of your own numbers"),
    ],
)
def test_some_numbers_nobody_calls(floor: Floor, cast: Cast, number: str, sentence: str) -> None:
    floor.on_duty(cast.alice)
    with pytest.raises(NotAllowed, match=sentence):
        ask(cast.alice, number)
    assert not Call.objects.exists()
    assert activity(cast.alice) == "idle"


def test_an_organisation_says_which_countries_it_calls(floor: Floor, cast: Cast) -> None:
    cast.tenant.calls_to = ["GB"]
    cast.tenant.save()
    floor.on_duty(cast.alice)
    with pytest.raises(NotAllowed, match="It calls: GB"):
        ask(cast.alice, CUSTOMER)
    offer, _token = ask(cast.alice, "+44 20 7946 0000")
    assert offer.call.from_number == "+442079460000"


def test_who_is_off_duty_or_has_a_call_does_not_call(floor: Floor, cast: Cast) -> None:
    presence.claim_phone(agent=cast.alice)
    with pytest.raises(NotAllowed, match="off duty"):
        ask(cast.alice)
    floor.on_duty(cast.alice)
    floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=30)
    with pytest.raises(NotAllowed, match="A call rings here"):
        ask(cast.alice)
    with pytest.raises(PhoneElsewhere):
        calling_out.call_out(agent=cast.alice, written=CUSTOMER, lease_key="another")
    assert Call.objects.count() == 1


def test_a_second_press_calls_nobody_twice(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    offer, token = ask(cast.alice)
    again, other = ask(cast.alice)
    assert again.pk == offer.pk
    floor.connect_browser(cast.alice, other)
    floor.connect_browser(cast.alice, token)
    floor.until(lambda: Call.objects.get().state == "connected", within=20)
    assert DialAttempt.objects.count() == 1
    with pytest.raises(NotAllowed, match="You are on a call"):
        ask(cast.alice)


def test_a_call_is_made_for_a_queue_that_the_agent_serves(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    with pytest.raises(NotAllowed, match="do not serve this queue"):
        ask(cast.alice, queue_id=cast.other_queue.pk)
    QueueMember.objects.filter(agent=cast.alice).delete()
    with pytest.raises(NotAllowed, match="you serve none yet"):
        ask(cast.alice)


# --- as any other call ----------------------------------------------------------------------------


def test_a_customer_whom_an_agent_called_is_sent_to_a_queue_and_answered_there(
    floor: Floor, cast: Cast
) -> None:
    made = talk(floor, cast.alice)
    QueueMember.objects.filter(agent=cast.bob, queue=cast.sales).delete()
    floor.on_duty(cast.bob)
    transferring.send_to_queue(offer=made.now, agent=cast.alice, queue=cast.support)
    floor.until(lambda: floor.pending(cast.bob) is not None, within=30)
    assert made.now.state == "wrapping_up"
    offer = floor.pending(cast.bob)
    assert offer is not None
    leg = floor.accept(cast.bob, offer)
    floor.until(lambda: made.call.state == "connected", within=20)
    assert floor.hears(leg, made.call.sid)
    floor.hang_up(made.call.sid)
    floor.until(lambda: made.call.state == "ended", within=10)
    assert made.call.end_reason == "customer_hung_up"
    # In the line he waited as anybody, and that wait alone is counted.
    stays = read_stays(stays_over(since=made.call.arrived_at, until=timezone.now()))
    assert {queue_id: one.answered.count for queue_id, one in stays.items()} == {cast.support.pk: 1}


def test_a_supervisor_listens_and_takes_the_call_over(floor: Floor, cast: Cast) -> None:
    made = talk(floor, cast.alice)
    listening = floor.supervise(cast.carol, made.now)
    assert floor.hears(listening.leg, made.call.sid)
    assert not floor.hears(made.call.sid, listening.leg)
    taking_over.take_over(supervision=listening.stay, supervisor=cast.carol)
    floor.until(lambda: floor.hears(made.call.sid, listening.leg), within=10)
    assert activity(cast.alice) == "wrapping_up"
    floor.hang_up(made.call.sid)
    floor.until(lambda: made.call.state == "ended", within=10)


def test_who_calls_is_not_kept_from_it_by_a_call_that_was_missed(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: activity(cast.alice) == "not_responding", within=60)
    floor.hang_up(sid)
    floor.keep_beating(cast.alice)
    made = call(floor, cast.alice)
    floor.until(lambda: made.call.state == "connected", within=20)
    floor.hang_up(made.call.sid)
    floor.until(lambda: made.now.state == "wrapping_up", within=5)
    wrapping_up.finish(offer=made.now, agent=cast.alice)
    assert activity(cast.alice) == "idle"


# --- figures --------------------------------------------------------------------------------------


def test_no_figure_of_the_queue_counts_a_call_that_an_agent_makes(floor: Floor, cast: Cast) -> None:
    began = timezone.now()
    made = talk(floor, cast.alice)
    floor.hang_up(made.call.sid)
    floor.until(lambda: made.now.state == "wrapping_up", within=5)
    wrapping_up.finish(offer=made.now, agent=cast.alice)
    busy = call(floor, cast.alice, BUSY)
    floor.until(lambda: busy.call.state == "ended", within=30)
    assert read_stays(stays_over(since=began, until=timezone.now())) == {}
    found = {
        outcome: [row.pk for row in calls_list(Scope(cast.tenant.pk), {"outcome": outcome})["page"]]
        for outcome in Outcome
    }
    assert found[Outcome.ANSWERED] == [made.call.pk]
    assert found[Outcome.NOT_REACHED] == [busy.call.pk]
    assert found[Outcome.ABANDONED] == []
    assert found[Outcome.OTHER] == []
