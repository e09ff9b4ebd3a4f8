"""An agent sends the caller on: where he is, who has him, and that he is never nowhere."""

from typing import Any

import pytest
from django.utils import timezone

from contact_center.errors import NotAllowed
from contact_center.models import Agent, Call, EventLog, Offer, Queue, Segment, Transfer
from contact_center.services import offering, presence, talking, transferring, wrapping_up
from contact_center.simulator.core.effects import PlayUrl, SendRequest, Speak, StartAudio
from contact_center.simulator.core.readings import Readings
from tests.cast import Cast
from tests.contact_center.services.test_reconciling import REPORTS, lose
from tests.contact_center.services.test_sending_outside import outside_leg, outside_legs
from tests.universe.floor import Floor, open_floor

ANSWERS, BUSY, NEVER = "+14155550177", "+14155550199", "+14155550198"


class Talk:
    """Alice talks with a caller of Support, and sends him on."""

    def __init__(self, floor: Floor, cast: Cast) -> None:
        floor.on_duty(cast.alice)
        self.floor, self.cast = floor, cast
        self.call, self.offer, self.leg = floor.conversation(cast.alice)
        self.caller = self.call.sid

    @property
    def state(self) -> str:
        return Call.objects.get(pk=self.call.pk).state

    def activity(self, agent: Agent) -> str:
        return agent.slots.get(number=0).activity

    def to_queue(self, queue: Queue) -> None:
        transferring.send_to_queue(offer=self.offer, agent=self.cast.alice, queue=queue)

    def to_agent(self, colleague: Agent) -> None:
        transferring.send_to_agent(offer=self.offer, agent=self.cast.alice, colleague=colleague)

    def to_number(self, number: str) -> None:
        transferring.send_to_number(offer=self.offer, agent=self.cast.alice, written=number)

    def rings(self, agent: Agent, within: float = 10) -> Offer:
        """Wait until the caller rings at the desk of an agent."""
        self.floor.until(lambda: self.floor.pending(agent) is not None, within=within)
        offer = self.floor.pending(agent)
        assert offer is not None
        assert offer.call_id == self.call.pk
        return offer

    def takes(self, agent: Agent) -> str:
        """The agent whose desk rings for the caller talks with him; return the agent's line."""
        leg = self.floor.accept(agent, self.rings(agent))
        self.floor.until(lambda: self.state == "connected", within=10)
        return leg

    def waits_until_returned(self, *agents: Agent) -> None:
        """Let time pass, the desks of these agents being there, until he comes back."""
        for _ in range(6):
            self.floor.keep_beating(*agents)
            try:
                self.floor.until(lambda: bool(self.said("transfer.returned")), within=10)
            except AssertionError:
                continue
            return
        raise AssertionError("he did not come back")

    def said(self, name: str) -> list[dict[str, Any]]:
        rows = EventLog.objects.filter(name=name, call_id=self.call.pk).order_by("pk")
        return [row.details for row in rows]


@pytest.fixture
def talk(floor: Floor, cast: Cast) -> Talk:
    return Talk(floor, cast)


def sounds_of(floor: Floor, sid: str) -> list[type]:
    return [
        type(effect.clip)
        for _at, effect in floor.sounds
        if isinstance(effect, StartAudio) and effect.leg_sid == sid
    ]


# --- to a queue ----------------------------------------------------------------------------------


def test_a_caller_sent_to_a_queue_hears_music_there_and_the_agent_wraps_up(
    talk: Talk, cast: Cast
) -> None:
    talk.to_queue(cast.sales)
    assert talk.state == "connected", "asked is not happened"
    talk.floor.until(lambda: talk.state == "queued", within=3)
    assert talk.activity(cast.alice) == "wrapping_up"
    assert Call.objects.get(pk=talk.call.pk).queue == cast.sales
    talk.floor.pass_seconds(4)
    assert sounds_of(talk.floor, talk.caller)[-2:] == [Speak, PlayUrl]
    assert talk.floor.ended[talk.leg], "the agent's line is free"
    assert talk.said("call.transferred")[0]["kind"] == "queue"
    assert not talk.said("conversation.ended")


def test_he_stands_there_before_whoever_came_after_him(talk: Talk, cast: Cast) -> None:
    talk.floor.pass_seconds(5)
    later = talk.floor.ring(to="+14155550101", from_="+14155550143")
    talk.floor.pass_seconds(5)
    talk.to_queue(cast.sales)
    talk.floor.until(lambda: talk.state == "queued", within=3)
    placed = Segment.objects.get(call=talk.call, ended_at=None).placed_at
    assert placed is not None
    assert placed < Call.objects.get(sid=later).arrived_at


def test_whoever_takes_him_there_talks_with_him(talk: Talk, cast: Cast) -> None:
    talk.floor.on_duty(cast.bob)
    talk.to_queue(cast.sales)
    leg = talk.takes(cast.bob)
    assert talk.floor.hears(talk.caller, leg)
    assert not talk.floor.hears(talk.caller, talk.leg)


def test_a_caller_on_hold_is_sent_on_as_well(talk: Talk, cast: Cast) -> None:
    talking.hold(offer=talk.offer, agent=cast.alice)
    talk.floor.until(lambda: talk.state == "on_hold", within=2)
    talk.to_queue(cast.sales)
    talk.floor.until(lambda: talk.state == "queued", within=3)
    assert talk.activity(cast.alice) == "wrapping_up"


def test_a_second_press_sends_him_once(talk: Talk, cast: Cast) -> None:
    talk.to_queue(cast.sales)
    talk.to_queue(cast.support)
    talk.floor.until(lambda: talk.state == "queued", within=3)
    assert Transfer.objects.count() == 1
    assert Call.objects.get(pk=talk.call.pk).queue == cast.sales


def test_while_he_is_on_his_way_nothing_else_is_done_with_him(talk: Talk, cast: Cast) -> None:
    talk.floor.holds_back = lambda request: "/transferred/" in request.url
    transferring.send_to_queue(offer=talk.offer, agent=cast.alice, queue=cast.sales)
    for deed in (talking.hold, talking.mute, talking.hang_up):
        with pytest.raises(NotAllowed, match="just being sent on"):
            deed(offer=talk.offer, agent=cast.alice)


def test_a_queue_in_which_nobody_answers_is_refused(talk: Talk, cast: Cast, settings: Any) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {"BUSINESS_HOURS": {"MONDAY": None}, "TIMEZONE": "UTC"}
    with pytest.raises(NotAllowed, match="Sales is closed now"):
        talk.to_queue(cast.sales)
    assert talk.state == "connected"
    assert not Transfer.objects.exists()


def test_nobody_sends_on_the_caller_of_somebody_else(talk: Talk, cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="another agent"):
        transferring.send_to_queue(offer=talk.offer, agent=cast.bob, queue=cast.sales)


def test_a_caller_who_hangs_up_in_the_same_moment_has_hung_up(talk: Talk, cast: Cast) -> None:
    talk.to_queue(cast.sales)
    talk.floor.network.far_end_hung_up(talk.caller)
    talk.floor.pass_seconds(8)
    call = Call.objects.get(pk=talk.call.pk)
    assert (call.state, call.ended_by) == ("ended", "customer")
    assert talk.activity(cast.alice) == "wrapping_up"
    assert not talk.said("call.transferred")


def test_where_the_network_refuses_the_agent_keeps_him_and_reads_why(
    talk: Talk, cast: Cast
) -> None:
    talk.floor.holds_back = lambda request: True
    Call.objects.filter(pk=talk.call.pk).update(sid="CA" + "0" * 32)
    talk.call.refresh_from_db()
    talk.to_queue(cast.sales)
    Call.objects.filter(pk=talk.call.pk).update(sid=talk.caller)
    talk.floor.settle()
    offer = Offer.objects.get(pk=talk.offer.pk)
    assert offer.state == "connected"
    assert offer.control_problem["asked"] == "transfer"
    assert talk.said("control.failed")


# --- whatever is lost, doubled or late -----------------------------------------------------------


@pytest.mark.parametrize("asks_after", [False, True])
@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("kind", ["queue", "number"])
def test_under_both_readings_of_the_network_and_with_everything_twice_he_arrives_once(
    cast: Cast, asks_after: bool, copies: int, kind: str
) -> None:
    readings = Readings(interrupted_dial_requests_action=asks_after)
    with open_floor(readings=readings) as floor:
        talk = Talk(floor, cast)
        floor.fate = lambda request: copies
        if kind == "queue":
            talk.to_queue(cast.sales)
            floor.until(lambda: talk.state == "queued", within=3)
        else:
            talk.to_number(ANSWERS)
            floor.until(lambda: talk.state == "outside", within=3)
            floor.pass_seconds(8)
            assert floor.hears(talk.caller, outside_leg(floor))
        assert talk.activity(cast.alice) == "wrapping_up"
        assert len(talk.said("call.transferred")) == 1


def test_without_any_report_he_arrives_all_the_same(talk: Talk, cast: Cast) -> None:
    talk.floor.fate = lose(*REPORTS)
    talk.to_queue(cast.sales)
    talk.floor.until(lambda: talk.state == "queued", within=3)
    assert talk.activity(cast.alice) == "wrapping_up"


def test_while_our_site_is_slow_to_answer_he_is_on_his_way_and_then_in_line(
    talk: Talk, cast: Cast
) -> None:
    talk.floor.holds_back = lambda request: "/transferred/" in request.url
    talk.to_queue(cast.sales)
    talk.floor.until(lambda: talk.state == "transferring", within=3)
    assert talk.activity(cast.alice) == "wrapping_up"
    talk.floor.let_go()
    talk.floor.until(lambda: talk.state == "queued", within=3)


def test_an_agent_whose_line_breaks_while_sending_him_on_has_sent_him_on(
    talk: Talk, cast: Cast
) -> None:
    transferring.send_to_queue(offer=talk.offer, agent=cast.alice, queue=cast.sales)
    talk.floor.network.far_end_hung_up(talk.leg)
    talk.floor.until(lambda: talk.state == "queued", within=15)
    assert Call.objects.get(pk=talk.call.pk).queue == cast.sales
    assert talk.activity(cast.alice) == "wrapping_up"


# --- to a colleague ------------------------------------------------------------------------------


def test_a_colleague_is_rung_alone_and_gets_him(talk: Talk, cast: Cast) -> None:
    other = cast.bob
    talk.floor.on_duty(other)
    talk.to_agent(other)
    talk.rings(other)
    leg = talk.takes(other)
    assert talk.floor.hears(talk.caller, leg)
    assert talk.activity(cast.alice) == "wrapping_up"
    assert not talk.said("transfer.returned")


def test_a_colleague_who_declines_sends_him_back_with_the_reason(talk: Talk, cast: Cast) -> None:
    talk.floor.on_duty(cast.bob)
    talk.to_agent(cast.bob)
    offer = talk.rings(cast.bob)
    wrapping_up.save(offer=talk.offer, agent=cast.alice, notes="Asks for Bob.", disposition=None)
    offering.decline_offer(offer=offer, agent=cast.bob, fence=offer.fence)
    back = talk.rings(cast.alice)
    assert talk.said("transfer.returned") == [{"kind": "agent", "reason": "declined"}]
    assert Transfer.objects.get().stay_id == back.segment_id
    assert Offer.objects.get(pk=talk.offer.pk).notes == "Asks for Bob."
    leg = talk.takes(cast.alice)
    assert talk.floor.hears(talk.caller, leg)
    assert talk.floor.pending(cast.bob) is None


def test_a_colleague_who_does_not_answer_sends_him_back(talk: Talk, cast: Cast) -> None:
    talk.floor.on_duty(cast.bob)
    talk.to_agent(cast.bob)
    talk.rings(cast.bob)
    talk.waits_until_returned(cast.alice, cast.bob)
    talk.rings(cast.alice)
    assert talk.said("transfer.returned")[0]["reason"] == "timed_out"


def test_a_colleague_who_accepts_and_thinks_better_of_it_sends_him_back(
    talk: Talk, cast: Cast
) -> None:
    lease = talk.floor.on_duty(cast.bob)
    talk.to_agent(cast.bob)
    offer = talk.rings(cast.bob)
    offering.accept_offer(offer=offer, agent=cast.bob, fence=offer.fence, lease_key=lease.key)
    talking.hang_up(offer=offer, agent=cast.bob)
    talk.rings(cast.alice)
    assert talk.said("transfer.returned") == [{"kind": "agent", "reason": "declined"}]
    assert talk.floor.pending(cast.bob) is None
    assert Offer.objects.filter(call=talk.call, agent=cast.bob).count() == 1


def test_a_colleague_who_goes_away_sends_him_back(talk: Talk, cast: Cast) -> None:
    talk.floor.on_duty(cast.bob)
    talk.floor.holds_back = lambda request: "/wait/" in request.url
    talk.to_agent(cast.bob)
    talk.floor.until(lambda: talk.state == "queued", within=3)
    presence.go_off_duty(agent=cast.bob)
    talk.floor.let_go()
    talk.rings(cast.alice)
    assert talk.said("transfer.returned")[0]["reason"] == "agent_away"


def test_where_the_agent_is_gone_as_well_he_is_everybodys_in_line(talk: Talk, cast: Cast) -> None:
    talk.floor.on_duty(cast.bob)
    talk.to_agent(cast.bob)
    offer = talk.rings(cast.bob)
    wrapping_up.finish(offer=talk.offer, agent=cast.alice)
    presence.go_off_duty(agent=cast.alice)
    offering.decline_offer(offer=offer, agent=cast.bob, fence=offer.fence)
    talk.floor.pass_seconds(2)
    stay = Segment.objects.get(call=talk.call, ended_at=None)
    assert (stay.kind, stay.at_head, stay.reserved_for_id) == ("queue", True, None)
    assert talk.state == "queued"


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        ("off_duty", "Bob Brown is off duty and would not be rung"),
        ("busy", "Bob Brown is on a call"),
    ],
)
def test_a_colleague_who_could_not_be_rung_is_refused_with_the_reason(
    talk: Talk, cast: Cast, gone: str, sentence: str
) -> None:
    if gone == "busy":
        talk.floor.on_duty(cast.bob)
        talk.floor.conversation(cast.bob, from_="+14155550143")
    with pytest.raises(NotAllowed, match=sentence.replace("Bob Brown", cast.bob.user.display_name)):
        talk.to_agent(cast.bob)
    assert talk.state == "connected"


def test_nobody_is_sent_to_oneself(talk: Talk, cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="yours already"):
        talk.to_agent(cast.alice)


# --- to an outside number ------------------------------------------------------------------------


def test_a_caller_sent_outside_talks_there_and_ends_with_a_goodbye(talk: Talk, cast: Cast) -> None:
    talk.to_number("(415) 555-0177")
    talk.floor.until(lambda: talk.state == "outside", within=3)
    talk.floor.pass_seconds(8)
    other = outside_leg(talk.floor)
    assert talk.floor.hears(talk.caller, other)
    assert outside_legs(talk.floor)[0]["from"] == "+14155550102", "ours, never the caller's"
    assert talk.activity(cast.alice) == "wrapping_up"
    talk.floor.hang_up(other)
    talk.floor.pass_seconds(8)
    call = Call.objects.get(pk=talk.call.pk)
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "agent", "transferred_outside")
    assert not talk.said("transfer.returned")


@pytest.mark.parametrize(("number", "reason"), [(BUSY, "busy"), (NEVER, "no_answer")])
def test_whom_nobody_answers_outside_comes_back_to_the_agent(
    talk: Talk, cast: Cast, number: str, reason: str
) -> None:
    talk.to_number(number)
    talk.floor.until(lambda: talk.state == "outside", within=3)
    talk.waits_until_returned(cast.alice)
    assert talk.said("transfer.returned") == [{"kind": "number", "reason": reason}]
    leg = talk.takes(cast.alice)
    assert talk.floor.hears(talk.caller, leg)


def test_whose_return_from_outside_goes_unheard_comes_back_and_rings_nobody_twice(
    talk: Talk, cast: Cast
) -> None:
    talk.floor.fate = _loses_returns
    talk.to_number(BUSY)
    talk.floor.until(lambda: bool(talk.said("transfer.returned")), within=30)
    assert len(outside_legs(talk.floor)) == 1
    talk.floor.keep_beating(cast.alice)
    talk.rings(cast.alice)


def _loses_returns(request: SendRequest) -> int:
    return 0 if "back-from-outside" in request.url else 1


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "no such number"),
        ("12", "no such number"),
        ("911", "emergency number"),
        ("+1 900 555 1234", "costs extra"),
        ("+14155550101", "one of your own numbers"),
    ],
)
def test_a_number_to_which_nobody_may_be_sent_is_refused(
    talk: Talk, cast: Cast, written: str, sentence: str
) -> None:
    with pytest.raises(NotAllowed, match=sentence):
        talk.to_number(written)
    assert talk.state == "connected"
    assert not outside_legs(talk.floor)


# --- supervisors and several calls ---------------------------------------------------------------


def test_a_supervisor_who_coached_is_told_that_the_caller_was_sent_on(
    talk: Talk, cast: Cast
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    talk.to_queue(cast.sales)
    talk.floor.until(lambda: talk.state == "queued", within=3)
    there.stay.refresh_from_db()
    assert (there.stay.state, there.stay.end_reason) == ("ended", "transferred")
    assert not talk.floor.hears(talk.caller, there.leg)


def test_the_agent_hears_nothing_of_him_after_sending_him_on(talk: Talk, cast: Cast) -> None:
    talk.to_queue(cast.sales)
    before = timezone.now()
    talk.floor.until(lambda: talk.state == "queued", within=3)
    assert (timezone.now() - before).total_seconds() <= 2
    assert not talk.floor.hears(talk.leg, talk.caller)
    assert not talk.floor.hears(talk.caller, talk.leg)
