"""An agent consults a queue: who of it is rung, in whose turn, and what becomes of who does not
come."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from contact_center.domain.consults import QUEUE_WAIT_SECONDS, Wish
from contact_center.errors import NotAllowed, OfferGone
from contact_center.models import (
    Agent,
    AgentSkill,
    Call,
    Consult,
    Leg,
    Offer,
    PhoneLease,
    QueueMember,
    QueueSkill,
    Segment,
    Skill,
)
from contact_center.selectors.figures import queue_figures
from contact_center.selectors.scopes import Scope
from contact_center.services import consulted, consulting, observing, presence, talking
from contact_center.simulator.core.readings import Readings
from tests.cast import Cast, make_agent
from tests.contact_center.services.test_consulting import ALL, CONSULT, WITH_CALLER, Talk
from tests.contact_center.services.test_reconciling import REPORTS, lose
from tests.universe.floor import Floor, open_floor

SALES_NUMBER = "+14155550101"


class QueueTalk(Talk):
    """Alice talks with a caller of Support and consults Sales, which Bob and Anna serve as well."""

    def __init__(self, floor: Floor, cast: Cast) -> None:
        self.anna = make_agent(cast.tenant, "anna", cast.sales)
        super().__init__(floor, cast)
        # Bob has been free for longer: he is the first of Sales.
        self.passes(1)
        floor.on_duty(self.anna)

    def passes(self, seconds: float) -> None:
        """Time passes at desks that are open."""
        while seconds > 0:
            here = (self.cast.alice, self.cast.bob, self.anna)
            self.floor.keep_beating(
                *(one for one in here if PhoneLease.objects.filter(agent=one).exists())
            )
            self.floor.pass_seconds(min(seconds, 8))
            seconds -= 8

    def ask_sales(self) -> None:
        consulting.ask_queue(offer=self.offer, agent=self.cast.alice, queue=self.cast.sales)

    def rings_at(self, agent: Agent) -> Consult:
        """The desk of this agent rings for it, and no other."""
        self.floor.until(lambda: self.consult.colleague_id == agent.pk, within=5)
        assert self.consult.state == "ringing"
        return self.consult

    def waits(self) -> None:
        """It stands in line, and nobody is rung."""
        self.floor.until(lambda: self.consult.state == "waiting", within=5)
        self.passes(2)
        consult = self.consult
        assert (consult.state, consult.colleague, consult.slot) == ("waiting", None, None)

    def declines(self, agent: Agent) -> None:
        consulted.decline(consult=self.consult, colleague=agent)

    def comes(self, agent: Agent) -> None:
        """This agent accepts, and the browser connects."""
        key = PhoneLease.objects.get(agent=agent).key
        token = consulted.accept(consult=self.consult, colleague=agent, lease_key=key)
        self.bob_leg = self.floor.connect_browser(agent, token)
        self.floor.until(lambda: self.consult.state == "live", within=10)

    def nobody_free(self) -> None:
        """Bob and Anna are on a break, and still of Sales."""
        for agent in (self.cast.bob, self.anna):
            self.away(agent)

    def away(self, agent: Agent) -> None:
        presence.set_presence(agent=agent, presence=presence.Presence.BREAK, reason="lunch")

    def back(self, agent: Agent) -> None:
        key = PhoneLease.objects.get(agent=agent).key
        presence.set_presence(agent=agent, presence=presence.Presence.AVAILABLE, lease_key=key)
        self.floor.settle()


@pytest.fixture
def talk(floor: Floor, cast: Cast) -> QueueTalk:
    return QueueTalk(floor, cast)


def waits_in_line(talk: QueueTalk) -> None:
    """Alice asks Sales, of which nobody is free: Bob is at work, and talks."""
    talk.away(talk.anna)
    talk.floor.ring(to=SALES_NUMBER, from_="+14155550150")
    talk.floor.until(lambda: talk.floor.pending(talk.cast.bob) is not None, within=5)
    offer = talk.floor.pending(talk.cast.bob)
    assert offer is not None
    talk.floor.accept(talk.cast.bob, offer)
    talk.floor.until(lambda: talk.activity(talk.cast.bob) == "on_call", within=10)
    talk.ask_sales()
    talk.waits()


# --- who is rung ----------------------------------------------------------------------------------


def test_the_caller_is_on_hold_before_it_stands_in_line(talk: QueueTalk, cast: Cast) -> None:
    talk.ask_sales()
    assert talk.consult.state == "holding"
    assert (talk.activity(cast.bob), talk.activity(talk.anna)) == ("idle", "idle")
    talk.rings_at(cast.bob)
    assert talk.state == "on_hold"
    assert talk.pairs() == set()
    assert [one["of_queue"] for one in talk.said("consult.waits")] == ["Sales"]


def test_who_would_be_next_is_rung_and_from_then_on_it_is_a_consult_like_any_other(
    talk: QueueTalk, cast: Cast
) -> None:
    talk.ask_sales()
    talk.rings_at(cast.bob)
    assert talk.activity(talk.anna) == "idle", "one desk at a time"
    talk.comes(cast.bob)
    assert talk.pairs() == CONSULT
    talk.does(Wish.CUSTOMER)
    assert talk.pairs() == WITH_CALLER
    talk.does(Wish.TOGETHER)
    assert talk.pairs() == ALL
    bobs = talk.completes()
    talk.passes(2)
    assert talk.pairs() == {"c<b", "b<c"}
    assert bobs.queue == cast.support, "he is a caller of the queue in which he came"
    assert talk.activity(cast.alice) == "wrapping_up"
    assert talk.activity(cast.bob) == "on_call"
    assert not talk.said("reality.healed")


def test_a_second_press_asks_once_and_another_target_has_to_wait(
    talk: QueueTalk, cast: Cast
) -> None:
    talk.ask_sales()
    talk.ask_sales()
    talk.rings_at(cast.bob)
    talk.ask_sales()
    assert Consult.objects.count() == 1
    with pytest.raises(NotAllowed, match="consulting Bob"):
        talk.ask(cast.bob)
    with pytest.raises(NotAllowed, match="consulting Bob"):
        consulting.ask_queue(offer=talk.offer, agent=cast.alice, queue=cast.support)


def test_the_strategy_and_the_skills_of_the_queue_decide(talk: QueueTalk, cast: Cast) -> None:
    spanish = Skill.objects.create(tenant=cast.tenant, category="language", name="Spanish")
    QueueSkill.objects.create(queue=cast.sales, skill=spanish, level=3)
    AgentSkill.objects.create(agent=talk.anna, skill=spanish, level=4)
    talk.passes(2)
    talk.ask_sales()
    talk.rings_at(talk.anna)
    assert talk.activity(cast.bob) == "idle"


def test_a_tier_behind_is_asked_when_it_opens(talk: QueueTalk, cast: Cast) -> None:
    QueueMember.objects.filter(agent=cast.bob, queue=cast.sales).update(tier=2)
    talk.ask_sales()
    talk.rings_at(talk.anna)


def test_the_agent_who_asks_is_never_rung_though_there_is_room_for_another_call(
    floor: Floor, cast: Cast
) -> None:
    cast.alice.max_calls = 2
    cast.alice.save()
    talk = QueueTalk(floor, cast)
    for other in (cast.bob, talk.anna):
        talk.away(other)
    assert cast.alice.slots.filter(activity="idle").exists()
    with pytest.raises(NotAllowed, match="Nobody else of Sales is on duty"):
        talk.ask_sales()
    talk.back(talk.anna)
    talk.ask_sales()
    consult = talk.rings_at(talk.anna)
    consulted.decline(consult=consult, colleague=talk.anna)
    talk.waits()
    assert talk.activity(cast.alice) == "on_hold"
    assert not cast.alice.slots.filter(activity="ringing").exists()


def test_where_nobody_answers_it_is_said_at_once_and_the_caller_hears_no_music(
    talk: QueueTalk, cast: Cast
) -> None:
    talk.nobody_free()
    with pytest.raises(NotAllowed, match="Nobody else of Sales is on duty"):
        talk.ask_sales()
    talk.passes(3)
    assert talk.state == "connected"
    assert not Consult.objects.exists()


def test_a_row_has_one_kind_of_target(talk: QueueTalk, cast: Cast) -> None:
    talk.ask_sales()
    talk.rings_at(cast.bob)
    row = Consult.objects.filter(pk=talk.consult.pk)
    for wrong in (
        {"to_number": "+14155550177"},
        {"queue": None, "colleague": None},
        {"queue": None, "to_number": "+14155550177"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**wrong)


# --- who does not come ----------------------------------------------------------------------------


def test_who_declines_is_passed_and_the_next_of_the_queue_comes(
    talk: QueueTalk, cast: Cast
) -> None:
    talk.ask_sales()
    talk.rings_at(cast.bob)
    talk.declines(cast.bob)
    assert talk.activity(cast.bob) == "idle"
    talk.rings_at(talk.anna)
    assert talk.activity(cast.bob) == "idle", "he has said no"
    assert talk.said("consult.declined") == [{"colleague_id": cast.bob.pk, "reason": "declined"}]
    talk.comes(talk.anna)
    assert talk.pairs() == CONSULT
    assert not talk.said("consult.ended")


def test_who_does_not_answer_is_passed_and_is_not_responding(talk: QueueTalk, cast: Cast) -> None:
    talk.ask_sales()
    talk.rings_at(cast.bob)
    talk.passes(20)
    assert talk.activity(cast.bob) == "not_responding"
    talk.rings_at(talk.anna)
    assert talk.state == "on_hold"


def test_whose_line_does_not_come_up_is_passed_and_cannot_come_late(
    talk: QueueTalk, cast: Cast
) -> None:
    talk.ask_sales()
    talk.rings_at(cast.bob)
    token = talk.token()
    talk.passes(11)
    assert talk.activity(cast.bob) == "not_responding"
    talk.rings_at(talk.anna)
    key = PhoneLease.objects.get(agent=talk.anna).key
    consulted.accept(consult=talk.consult, colleague=talk.anna, lease_key=key)
    late = talk.floor.connect_browser(cast.bob, token)
    talk.floor.pass_seconds(1)
    assert talk.floor.ended[late], "the token was his, and he is not asked any more"
    assert talk.consult.colleague == talk.anna
    assert talk.consult.state == "joining"


def test_a_line_that_breaks_on_its_way_in_is_out_before_the_next_is_rung(
    talk: QueueTalk, cast: Cast
) -> None:
    talk.ask_sales()
    talk.rings_at(cast.bob)
    token = talk.token()
    # He is in the conference, and nothing says so.
    talk.floor.fate = lose(*REPORTS)
    leg = talk.floor.connect_browser(cast.bob, token)
    talk.floor.hang_up(leg)
    talk.passes(11)
    talk.floor.fate = lambda request: 1
    talk.floor.until(lambda: talk.consult.colleague == talk.anna, within=60)
    assert not Leg.objects.filter(consult=talk.consult, ended_at=None).exists()
    talk.comes(talk.anna)
    # What is told of him now is of nobody who is asked.
    line = Leg.objects.get(sid=leg)
    with transaction.atomic():
        observing.leg_status(line, "completed")
        observing.joined(talk.offer, call_sid=leg, conference_sid=talk.offer.conference_sid)
    assert talk.consult.state == "live"
    assert talk.pairs() == CONSULT


def test_what_was_asked_of_somebody_before_is_asked_of_them_no_more(
    talk: QueueTalk, cast: Cast
) -> None:
    talk.ask_sales()
    before = talk.rings_at(cast.bob)
    key = PhoneLease.objects.get(agent=cast.bob).key
    talk.declines(cast.bob)
    talk.rings_at(talk.anna)
    with pytest.raises(OfferGone):
        consulted.accept(consult=before, colleague=cast.bob, lease_key=key)
    with pytest.raises(NotAllowed):
        consulted.leave(consult=before, colleague=cast.bob)
    consulted.decline(consult=before, colleague=cast.bob)
    consulted.browser_failed(consult=before, colleague=cast.bob)
    assert talk.consult.state == "ringing"
    assert talk.consult.colleague == talk.anna
    assert talk.activity(talk.anna) == "ringing"


def test_a_press_that_was_meant_for_an_earlier_ring_is_nobodys(talk: QueueTalk, cast: Cast) -> None:
    talk.away(talk.anna)
    talk.ask_sales()
    first = talk.rings_at(cast.bob)
    talk.declines(cast.bob)
    talk.waits()
    # Nobody else is free, and he is asked again when he has rested.
    talk.passes(58)
    again = talk.rings_at(cast.bob)
    assert again.rings == first.rings + 1
    consulted.decline(consult=again, colleague=cast.bob, ring=first.rings)
    assert talk.consult.state == "ringing"
    talk.comes(cast.bob)


def test_in_the_time_in_which_nobody_comes_the_caller_stays_held_and_one_press_resumes_him(
    talk: QueueTalk, cast: Cast
) -> None:
    waits_in_line(talk)
    talk.passes(QUEUE_WAIT_SECONDS)
    assert talk.consult.end_reason == "nobody_came"
    assert talk.state == "on_hold"
    assert talk.pairs() == set()
    talking.resume(offer=talk.offer, agent=cast.alice)
    talk.floor.until(lambda: talk.state == "connected", within=2)
    assert talk.pairs() == WITH_CALLER


def test_a_ring_that_has_begun_is_not_cut_off_when_the_time_is_over(
    talk: QueueTalk, cast: Cast
) -> None:
    waits_in_line(talk)
    talk.passes(QUEUE_WAIT_SECONDS - 6)
    talk.back(talk.anna)
    talk.rings_at(talk.anna)
    talk.passes(6)
    assert talk.consult.state == "ringing"
    talk.declines(talk.anna)
    assert talk.consult.end_reason == "nobody_came"
    assert talk.activity(talk.anna) == "idle"


# --- in line --------------------------------------------------------------------------------------


def test_who_came_before_it_was_asked_is_served_before_it(talk: QueueTalk, cast: Cast) -> None:
    talk.away(talk.anna)
    first = talk.floor.ring(to=SALES_NUMBER, from_="+14155550150")
    talk.floor.until(lambda: talk.floor.pending(cast.bob) is not None, within=5)
    second = talk.floor.ring(to=SALES_NUMBER, from_="+14155550151")
    talk.passes(4)
    talk.ask_sales()
    talk.waits()
    later = talk.floor.ring(to=SALES_NUMBER, from_="+14155550152")
    talk.passes(4)

    talk.back(talk.anna)
    offer = talk.floor.pending(talk.anna)
    assert offer is not None
    assert offer.call.sid == second, "he has waited for longer than the consult"
    assert talk.consult.state == "waiting"

    pam = make_agent(cast.tenant, "pam", cast.sales)
    talk.floor.on_duty(pam)
    talk.rings_at(pam)
    assert Call.objects.get(sid=later).state == "queued", "who came later comes later"
    assert Call.objects.get(sid=first).state == "offered"


def test_it_is_no_call_of_the_queue_in_any_figure(talk: QueueTalk, cast: Cast) -> None:
    scope, since = Scope(tenant_id=cast.tenant.pk), timezone.now()
    nothing = queue_figures(scope, since=since, until=since)[cast.sales.pk]
    talk.ask_sales()
    talk.rings_at(cast.bob)
    talk.declines(cast.bob)
    talk.rings_at(talk.anna)
    talk.comes(talk.anna)
    talk.wish(Wish.CANCEL)
    talk.floor.until(lambda: talk.state == "connected", within=4)
    talk.ask_sales()
    talk.rings()
    talk.wish(Wish.CANCEL)
    talk.passes(2)
    figures = queue_figures(scope, since=since, until=timezone.now())
    assert not Segment.objects.filter(queue=cast.sales).exists()
    assert not Offer.objects.filter(queue=cast.sales).exists()
    # What its agents did with their time is theirs.
    assert replace(figures[cast.sales.pk], agents=nothing.agents) == nothing


# --- who goes away --------------------------------------------------------------------------------


def test_cancelling_in_line_brings_the_caller_back_and_rings_nobody(
    talk: QueueTalk, cast: Cast
) -> None:
    waits_in_line(talk)
    talk.wish(Wish.CANCEL)
    talk.floor.until(lambda: talk.state == "connected", within=3)
    assert talk.consult.end_reason == "cancelled"
    talk.back(talk.anna)
    talk.passes(5)
    assert talk.activity(talk.anna) == "idle"
    assert talk.pairs() == WITH_CALLER


def test_cancelling_while_a_desk_rings_frees_it(talk: QueueTalk, cast: Cast) -> None:
    talk.ask_sales()
    talk.rings_at(cast.bob)
    talk.wish(Wish.CANCEL)
    talk.passes(5)
    assert talk.consult.end_reason == "cancelled"
    assert (talk.activity(cast.bob), talk.activity(talk.anna)) == ("idle", "idle")
    assert talk.state == "connected"


def test_a_caller_who_hangs_up_in_the_meantime_takes_it_out_of_the_line(
    talk: QueueTalk, cast: Cast
) -> None:
    waits_in_line(talk)
    talk.floor.hang_up(talk.caller)
    talk.floor.until(lambda: talk.state == "ended", within=3)
    assert talk.consult.end_reason == "call_ended"
    talk.back(talk.anna)
    talk.passes(5)
    assert talk.activity(talk.anna) == "idle"
    assert talk.activity(cast.alice) == "wrapping_up"


def test_an_agent_lost_while_it_waits_sends_the_caller_back_to_the_line(
    talk: QueueTalk, cast: Cast
) -> None:
    waits_in_line(talk)
    talk.floor.hang_up(talk.alice_leg)
    talk.floor.until(lambda: talk.state == "queued", within=10)
    assert talk.consult.end_reason == "agent_gone"
    talk.back(talk.anna)
    talk.passes(5)
    assert talk.activity(talk.anna) == "idle", "she serves Sales, and nobody asks Sales"


def test_a_caller_who_is_off_hold_in_the_meantime_is_put_back_before_anybody_is_rung(
    talk: QueueTalk, cast: Cast
) -> None:
    waits_in_line(talk)
    with transaction.atomic():
        talking.happened(talk.offer, "resume")
    assert talk.alices_offer.hold_asked == "hold"
    talk.back(talk.anna)
    talk.rings_at(talk.anna)
    assert talk.alices_offer.held_at is not None


# --- when the network is late, silent, or of another mind -----------------------------------------


@pytest.mark.parametrize("ignored_while_held", [False, True])
@pytest.mark.parametrize("copies", [1, 2])
def test_under_both_readings_of_the_network_and_with_everything_twice_it_comes_to_the_same(
    cast: Cast, ignored_while_held: bool, copies: int
) -> None:
    readings = Readings(end_on_exit_ignored_while_held=ignored_while_held)
    with open_floor(readings=readings) as floor:
        talk = QueueTalk(floor, cast)
        floor.fate = lambda request: copies
        talk.ask_sales()
        talk.rings_at(cast.bob)
        talk.declines(cast.bob)
        talk.rings_at(talk.anna)
        talk.comes(talk.anna)
        assert talk.pairs() == CONSULT
        talk.does(Wish.TOGETHER)
        talk.wish(Wish.COMPLETE)
        floor.until(lambda: talk.consult.end_reason == "completed", within=4)
        talk.passes(3)
        assert talk.pairs() == {"c<b", "b<c"}
        assert len(talk.said("call.handed_over")) == 1
        floor.hang_up(talk.caller)
        floor.until(lambda: talk.state == "ended", within=3)
        floor.pass_seconds(2)
        assert floor.ended[talk.bob_leg]


def test_lost_reports_delay_it_and_a_look_finds_what_is_so(talk: QueueTalk, cast: Cast) -> None:
    talk.floor.fate = lose(*REPORTS)
    talk.ask_sales()
    talk.floor.until(lambda: talk.consult.state == "ringing", within=8)
    talk.comes(cast.bob)
    assert talk.pairs() == CONSULT
    talk.wish(Wish.COMPLETE)
    talk.floor.until(lambda: talk.consult.end_reason == "completed", within=15)
    talk.passes(3)
    assert talk.pairs() == {"c<b", "b<c"}
