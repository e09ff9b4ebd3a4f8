"""An agent consults a colleague: who hears whom by the network's own account, and who has him."""

from typing import Any

import pytest

from contact_center.domain.consults import Wish
from contact_center.errors import NotAllowed, OfferGone
from contact_center.models import (
    Agent,
    Call,
    Consult,
    EventLog,
    Leg,
    Offer,
    PhoneLease,
    Supervision,
)
from contact_center.services import (
    consulted,
    consulting,
    presence,
    taking_over,
    talking,
    transferring,
    wrapping_up,
)
from contact_center.simulator.core.readings import Readings
from tests.cast import Cast, make_agent
from tests.contact_center.services.test_reconciling import REPORTS, lose
from tests.universe.floor import Floor, open_floor


class Talk:
    """Alice talks with a caller of Support; Bob, free and no member of its queue, may be asked."""

    def __init__(self, floor: Floor, cast: Cast) -> None:
        floor.on_duty(cast.alice)
        self.floor, self.cast = floor, cast
        self.call, self.offer, self.alice_leg = floor.conversation(cast.alice)
        self.caller = self.call.sid
        floor.on_duty(cast.bob)
        self.bob_leg = ""

    # --- what they do ---

    def ask(self, colleague: Agent | None = None) -> None:
        consulting.ask(
            offer=self.offer, agent=self.cast.alice, colleague=colleague or self.cast.bob
        )

    def rings(self) -> Consult:
        self.floor.until(lambda: self.consult.state == "ringing", within=5)
        return self.consult

    def accepts(self) -> None:
        token = self.token()
        self.bob_leg = self.floor.connect_browser(self.cast.bob, token)

    def token(self) -> str:
        key = PhoneLease.objects.get(agent=self.cast.bob).key
        return consulted.accept(consult=self.consult, colleague=self.cast.bob, lease_key=key)

    def consults(self) -> None:
        """Alice asks, Bob comes, and they talk."""
        self.ask()
        self.rings()
        self.accepts()
        self.floor.until(lambda: self.consult.state == "live", within=10)

    def wish(self, wished: Wish) -> None:
        consulting.wish(offer=self.offer, agent=self.cast.alice, wished=wished)

    def does(self, wished: Wish) -> None:
        """Alice asks for it, and it comes about."""
        self.wish(wished)
        self.floor.until(lambda: self.consult.talk == wished.value, within=3)
        assert not self.consult.wish

    def completes(self) -> Offer:
        self.wish(Wish.COMPLETE)
        self.floor.until(lambda: self.consult.end_reason == "completed", within=4)
        return self.bobs_offer

    # --- how it is ---

    @property
    def consult(self) -> Consult:
        return Consult.objects.latest("pk")

    @property
    def state(self) -> str:
        return Call.objects.get(pk=self.call.pk).state

    @property
    def alices_offer(self) -> Offer:
        return Offer.objects.get(pk=self.offer.pk)

    @property
    def bobs_offer(self) -> Offer:
        return Offer.objects.get(call=self.call, agent=self.cast.bob)

    def activity(self, agent: Agent) -> str:
        return agent.slots.get(number=0).activity

    def pairs(self) -> set[str]:
        """Who hears whom: "c<a" is the caller hearing Alice."""
        legs = {"c": self.caller, "a": self.alice_leg, "b": self.bob_leg}
        return {
            f"{one}<{other}"
            for one, here in legs.items()
            for other, there in legs.items()
            if here and there and one != other and self.floor.hears(here, there)
        }

    def said(self, name: str) -> list[dict[str, Any]]:
        rows = EventLog.objects.filter(name=name, call_id=self.call.pk).order_by("pk")
        return [row.details for row in rows]


@pytest.fixture
def talk(floor: Floor, cast: Cast) -> Talk:
    return Talk(floor, cast)


CONSULT = {"a<b", "b<a"}
WITH_CALLER = {"a<c", "c<a"}
ALL = CONSULT | WITH_CALLER | {"b<c", "c<b"}


# --- the colleague comes --------------------------------------------------------------------------


def test_the_caller_is_on_hold_before_anybody_rings(talk: Talk, cast: Cast) -> None:
    talk.ask()
    assert talk.consult.state == "holding"
    assert talk.activity(cast.bob) == "idle"
    talk.rings()
    assert talk.state == "on_hold"
    assert talk.activity(cast.bob) == "ringing"
    assert talk.pairs() == set()


def test_agent_and_colleague_hear_each_other_and_the_caller_neither(talk: Talk) -> None:
    talk.consults()
    assert talk.pairs() == CONSULT
    assert talk.state == "on_hold"


def test_at_no_moment_does_the_caller_hear_the_colleague_come(talk: Talk) -> None:
    talk.ask()
    talk.rings()
    talk.accepts()
    for _ in range(40):
        talk.floor.pass_seconds(0.1)
        assert not talk.pairs() & {"c<a", "c<b", "b<c"}
    assert talk.pairs() == CONSULT


def test_a_colleague_who_is_asked_is_offered_no_other_call(talk: Talk, cast: Cast) -> None:
    talk.ask()
    talk.rings()
    talk.floor.ring(to="+14155550101", from_="+14155550143")
    talk.floor.pass_seconds(8)
    assert talk.floor.pending(cast.bob) is None
    assert talk.consult.state == "ringing"


def test_a_second_press_rings_once(talk: Talk, cast: Cast) -> None:
    talk.ask()
    talk.ask()
    talk.rings()
    talk.ask()
    assert Consult.objects.count() == 1
    with pytest.raises(NotAllowed, match="consulting Bob"):
        talk.ask(make_agent(cast.tenant, "anna"))


def test_who_could_not_be_rung_is_not_asked_and_the_caller_hears_no_music(
    talk: Talk, cast: Cast
) -> None:
    presence.go_off_duty(agent=cast.bob)
    with pytest.raises(NotAllowed, match="off duty"):
        talk.ask()
    talk.floor.pass_seconds(3)
    assert talk.state == "connected"
    assert not Consult.objects.exists()


@pytest.mark.parametrize("how", ["declined", "timed_out"])
def test_a_colleague_who_does_not_come_leaves_the_caller_with_the_agent(
    talk: Talk, cast: Cast, how: str
) -> None:
    talk.ask()
    consult = talk.rings()
    if how == "declined":
        consulted.decline(consult=consult, colleague=cast.bob)
    for _ in range(3):
        talk.floor.keep_beating(cast.alice, cast.bob)
        talk.floor.pass_seconds(8)
    assert talk.consult.end_reason == how
    assert talk.state == "on_hold", "he is resumed by a press, when the agent is there"
    assert talk.activity(cast.bob) == ("idle" if how == "declined" else "not_responding")
    talking.resume(offer=talk.offer, agent=cast.alice)
    talk.floor.until(lambda: talk.state == "connected", within=2)
    assert talk.pairs() == WITH_CALLER


def test_a_browser_that_does_not_come_up_leaves_the_caller_with_the_agent(
    talk: Talk, cast: Cast
) -> None:
    talk.ask()
    talk.rings()
    talk.token()
    talk.floor.until(lambda: talk.consult.end_reason == "failed", within=15)
    assert talk.activity(cast.bob) == "not_responding"
    assert talk.state == "on_hold"


def test_a_join_token_works_once_and_not_after_a_cancel(talk: Talk, cast: Cast) -> None:
    talk.ask()
    talk.rings()
    token = talk.token()
    talk.wish(Wish.CANCEL)
    talk.bob_leg = talk.floor.connect_browser(cast.bob, token)
    talk.floor.until(lambda: talk.state == "connected", within=3)
    talk.floor.pass_seconds(3)
    assert talk.pairs() == WITH_CALLER
    assert talk.floor.ended[talk.bob_leg]
    assert talk.activity(cast.bob) == "idle"


def test_accepting_what_was_cancelled_is_refused(talk: Talk) -> None:
    talk.ask()
    talk.rings()
    talk.wish(Wish.CANCEL)
    with pytest.raises(OfferGone):
        talk.token()


def test_cancelling_while_the_caller_goes_on_hold_brings_him_back(talk: Talk, cast: Cast) -> None:
    talk.ask()
    talk.wish(Wish.CANCEL)
    talk.floor.until(lambda: talk.consult.end_reason == "cancelled", within=3)
    talk.floor.until(lambda: talk.state == "connected", within=3)
    assert talk.activity(cast.bob) == "idle"
    assert not talk.said("consult.rings")


# --- swap, merge, complete, cancel ----------------------------------------------------------------


def test_swapping_holds_one_before_the_other_hears(talk: Talk) -> None:
    talk.consults()
    talk.wish(Wish.CUSTOMER)
    assert talk.consult.talk == "colleague", "asked is not happened"
    seen = []
    while talk.consult.talk != "customer":
        talk.floor.pass_seconds(0.05)
        seen.append(frozenset(talk.pairs()))
        assert len(seen) < 60
    assert set(seen) <= {frozenset(CONSULT), frozenset(), frozenset(WITH_CALLER)}
    assert talk.pairs() == WITH_CALLER
    assert talk.state == "connected"
    talk.does(Wish.COLLEAGUE)
    assert talk.pairs() == CONSULT


def test_merging_lets_all_three_hear_each_other(talk: Talk) -> None:
    talk.consults()
    talk.does(Wish.TOGETHER)
    assert talk.pairs() == ALL
    talk.does(Wish.COLLEAGUE)
    assert talk.pairs() == CONSULT


@pytest.mark.parametrize("before", [None, Wish.CUSTOMER, Wish.TOGETHER])
def test_completing_leaves_the_caller_with_the_colleague(
    talk: Talk, cast: Cast, before: Wish | None
) -> None:
    talk.consults()
    if before is not None:
        talk.does(before)
    bobs = talk.completes()
    talk.floor.until(lambda: bool(talk.floor.ended.get(talk.alice_leg)), within=3)
    talk.floor.pass_seconds(2)
    assert talk.pairs() == {"c<b", "b<c"}
    assert talk.state == "connected"
    assert talk.activity(cast.alice) == "wrapping_up"
    assert talk.activity(cast.bob) == "on_call"
    assert bobs.state == "connected"
    assert bobs.conference_key == talk.offer.conference_key


def test_the_call_is_the_colleagues_like_any_other(talk: Talk, cast: Cast) -> None:
    talk.consults()
    bobs = talk.completes()
    talking.hold(offer=bobs, agent=cast.bob)
    talk.floor.until(lambda: talk.state == "on_hold", within=2)
    talking.resume(offer=bobs, agent=cast.bob)
    talk.floor.until(lambda: talk.state == "connected", within=2)
    talk.floor.hang_up(talk.caller)
    talk.floor.until(lambda: talk.state == "ended", within=3)
    assert talk.activity(cast.bob) == "wrapping_up"
    wrapping_up.finish(offer=bobs, agent=cast.bob)
    wrapping_up.finish(offer=talk.offer, agent=cast.alice)
    assert talk.activity(cast.alice) == talk.activity(cast.bob) == "idle"
    assert not talk.said("reality.healed")


def test_the_colleague_who_has_the_call_can_consult_the_agent_again(talk: Talk, cast: Cast) -> None:
    talk.consults()
    bobs = talk.completes()
    talk.floor.pass_seconds(1)
    wrapping_up.finish(offer=talk.offer, agent=cast.alice)
    consulting.ask(offer=bobs, agent=cast.bob, colleague=cast.alice)
    talk.rings()
    key = PhoneLease.objects.get(agent=cast.alice).key
    token = consulted.accept(consult=talk.consult, colleague=cast.alice, lease_key=key)
    talk.alice_leg = talk.floor.connect_browser(cast.alice, token)
    talk.floor.until(lambda: talk.consult.state == "live", within=10)
    consulting.wish(offer=bobs, agent=cast.bob, wished=Wish.COMPLETE)
    talk.floor.until(lambda: talk.consult.end_reason == "completed", within=4)
    talk.floor.pass_seconds(2)
    assert talk.pairs() == WITH_CALLER
    assert talk.activity(cast.bob) == "wrapping_up"


def test_cancelling_lets_the_colleague_go_and_then_resumes_the_caller(
    talk: Talk, cast: Cast
) -> None:
    talk.consults()
    talk.wish(Wish.CANCEL)
    assert talk.consult.wish == "cancel"
    for _ in range(60):
        talk.floor.pass_seconds(0.05)
        assert not talk.pairs() & {"c<b", "b<c"}
    assert talk.consult.end_reason == "cancelled"
    assert talk.state == "connected"
    assert talk.pairs() == WITH_CALLER
    assert talk.activity(cast.bob) == "idle"


def test_what_was_asked_is_done_before_the_next_is_taken(talk: Talk) -> None:
    talk.consults()
    talk.wish(Wish.TOGETHER)
    talk.wish(Wish.TOGETHER)
    with pytest.raises(NotAllowed, match="being done"):
        talk.wish(Wish.CUSTOMER)
    talk.floor.until(lambda: talk.consult.talk == "together", within=3)


def test_hold_resume_and_a_cold_transfer_wait_for_the_end_of_the_consult(
    talk: Talk, cast: Cast
) -> None:
    talk.consults()
    with pytest.raises(NotAllowed, match="consulting"):
        talking.resume(offer=talk.offer, agent=cast.alice)
    with pytest.raises(NotAllowed, match="consulting"):
        transferring.send_to_queue(offer=talk.offer, agent=cast.alice, queue=cast.sales)
    talk.floor.pass_seconds(2)
    assert talk.pairs() == CONSULT


# --- who goes away --------------------------------------------------------------------------------


def test_a_colleague_who_hangs_up_leaves_the_caller_held_and_one_press_resumes_him(
    talk: Talk, cast: Cast
) -> None:
    talk.consults()
    talk.floor.hang_up(talk.bob_leg)
    talk.floor.until(lambda: talk.consult.end_reason == "colleague_left", within=5)
    talk.floor.pass_seconds(5)
    assert talk.state == "on_hold"
    assert talk.pairs() == set(), "he hears no agent"
    assert talk.activity(cast.bob) == "idle"
    talking.resume(offer=talk.offer, agent=cast.alice)
    talk.floor.until(lambda: talk.state == "connected", within=2)
    assert talk.pairs() == WITH_CALLER


def test_a_colleague_who_leaves_by_the_button_is_out(talk: Talk, cast: Cast) -> None:
    talk.consults()
    consulted.leave(consult=talk.consult, colleague=cast.bob)
    talk.floor.until(lambda: talk.consult.end_reason == "colleague_left", within=5)
    assert talk.state == "on_hold"


def test_a_colleague_who_leaves_while_their_line_comes_up_is_free_and_nothing_has_failed(
    talk: Talk, cast: Cast
) -> None:
    talk.floor.fate = lose(*REPORTS)  # nobody has heard yet that Bob's line is in the conference
    talk.ask()
    talk.floor.until(lambda: talk.consult.state == "ringing", within=8)
    talk.accepts()
    assert talk.consult.state == "joining"
    talk.floor.fate = lose()
    consulted.leave(consult=talk.consult, colleague=cast.bob)
    talk.floor.until(lambda: bool(talk.floor.ended.get(talk.bob_leg)), within=5)
    talk.floor.pass_seconds(3)
    assert talk.consult.end_reason == "colleague_left"
    assert talk.activity(cast.bob) == "idle"
    assert talk.state == "on_hold"
    assert "c<b" not in talk.pairs()


def test_a_colleague_who_is_lost_while_it_is_completed_leaves_the_caller_with_the_agent(
    talk: Talk, cast: Cast
) -> None:
    talk.consults()
    talk.floor.fate = lose(*REPORTS)
    talk.floor.hang_up(talk.bob_leg)
    talk.wish(Wish.COMPLETE)
    talk.floor.until(lambda: talk.consult.state == "ended", within=15)
    assert talk.consult.end_reason == "colleague_left"
    assert talk.activity(cast.alice) in ("on_call", "on_hold")
    assert not talk.said("call.handed_over")
    assert talk.pairs() <= WITH_CALLER


def test_a_caller_who_hangs_up_in_a_consult_frees_the_colleague(talk: Talk, cast: Cast) -> None:
    talk.consults()
    talk.floor.hang_up(talk.caller)
    talk.floor.until(lambda: talk.state == "ended", within=3)
    talk.floor.pass_seconds(2)
    assert talk.consult.end_reason == "call_ended"
    assert talk.activity(cast.alice) == "wrapping_up"
    assert talk.activity(cast.bob) == "idle"
    assert talk.floor.ended[talk.bob_leg]
    with pytest.raises(NotAllowed):
        talk.wish(Wish.COMPLETE)


def test_a_caller_who_hangs_up_while_the_colleague_rings_stops_the_ringing(
    talk: Talk, cast: Cast
) -> None:
    talk.ask()
    talk.rings()
    talk.floor.hang_up(talk.caller)
    talk.floor.until(lambda: talk.state == "ended", within=3)
    assert talk.consult.end_reason == "call_ended"
    assert talk.activity(cast.bob) == "idle"


def test_an_agent_lost_in_a_consult_sends_the_caller_back_to_the_line(
    talk: Talk, cast: Cast
) -> None:
    talk.consults()
    talk.floor.hang_up(talk.alice_leg)
    talk.floor.until(lambda: talk.state == "queued", within=10)
    talk.floor.pass_seconds(2)
    assert talk.consult.end_reason == "agent_gone"
    assert not talk.pairs()
    assert talk.floor.ended[talk.bob_leg]


def test_an_agent_lost_while_all_three_talk_leaves_the_caller_with_the_colleague(
    talk: Talk, cast: Cast
) -> None:
    talk.consults()
    talk.does(Wish.TOGETHER)
    talk.floor.hang_up(talk.alice_leg)
    talk.floor.until(lambda: talk.consult.end_reason == "inherited", within=10)
    talk.floor.pass_seconds(3)
    assert talk.pairs() == {"c<b", "b<c"}
    assert talk.state == "connected"
    assert talk.bobs_offer.state == "connected"
    assert talk.activity(cast.bob) == "on_call"


def test_hanging_up_in_a_consult_ends_it_for_all(talk: Talk, cast: Cast) -> None:
    talk.consults()
    talking.hang_up(offer=talk.offer, agent=cast.alice)
    talk.floor.until(lambda: talk.state in ("leaving", "ended"), within=3)
    talk.floor.pass_seconds(2)
    assert talk.consult.end_reason == "call_ended"
    assert talk.activity(cast.bob) == "idle"
    assert talk.floor.ended[talk.bob_leg]


# --- when the network is late, silent, or of another mind -----------------------------------------


@pytest.mark.parametrize("ignored_while_held", [False, True])
@pytest.mark.parametrize("copies", [1, 2])
def test_under_both_readings_of_the_network_and_with_everything_twice_it_comes_to_the_same(
    cast: Cast, ignored_while_held: bool, copies: int
) -> None:
    readings = Readings(end_on_exit_ignored_while_held=ignored_while_held)
    with open_floor(readings=readings) as floor:
        talk = Talk(floor, cast)
        floor.fate = lambda request: copies
        talk.consults()
        talk.does(Wish.CUSTOMER)
        talk.does(Wish.TOGETHER)
        talk.completes()
        floor.pass_seconds(3)
        assert talk.pairs() == {"c<b", "b<c"}
        assert len(talk.said("call.handed_over")) == 1
        floor.hang_up(talk.caller)
        floor.until(lambda: talk.state == "ended", within=3)
        floor.pass_seconds(2)
        assert floor.ended[talk.bob_leg]


def test_lost_reports_delay_it_and_a_look_finds_what_is_so(talk: Talk, cast: Cast) -> None:
    talk.floor.fate = lose(*REPORTS)
    talk.ask()
    talk.floor.until(lambda: talk.consult.state == "ringing", within=8)
    talk.accepts()
    talk.floor.until(lambda: talk.consult.state == "live", within=10)
    talk.wish(Wish.CUSTOMER)
    talk.floor.until(lambda: talk.consult.talk == "customer", within=15)
    assert talk.pairs() == WITH_CALLER
    talk.wish(Wish.COMPLETE)
    talk.floor.until(lambda: talk.consult.end_reason == "completed", within=15)
    talk.floor.pass_seconds(3)
    assert talk.pairs() == {"c<b", "b<c"}
    assert not talk.said("consult.wish_failed")


def test_a_look_that_finds_the_caller_off_hold_completes_it_as_well(talk: Talk) -> None:
    talk.consults()
    talk.floor.fate = lose(*REPORTS)
    talk.wish(Wish.COMPLETE)
    talk.floor.until(lambda: talk.consult.end_reason == "completed", within=15)
    talk.floor.pass_seconds(3)
    assert talk.pairs() == {"c<b", "b<c"}
    assert talk.state == "connected"


def test_where_the_caller_cannot_be_put_on_hold_nobody_is_rung(talk: Talk, cast: Cast) -> None:
    Call.objects.filter(pk=talk.call.pk).update(sid="CA" + "0" * 32)
    talk.call.refresh_from_db()
    talk.ask()
    Call.objects.filter(pk=talk.call.pk).update(sid=talk.caller)
    talk.floor.settle()
    assert talk.consult.end_reason == "not_held"
    assert talk.activity(cast.bob) == "idle"
    assert talk.state == "connected"
    assert talk.alices_offer.control_problem["asked"] == "hold"
    assert not talk.said("consult.rings")


@pytest.mark.parametrize("wished", [Wish.CUSTOMER, Wish.TOGETHER])
def test_what_the_network_refuses_is_told_and_all_is_as_before(talk: Talk, wished: Wish) -> None:
    talk.consults()
    if wished is Wish.TOGETHER:
        talk.does(Wish.CUSTOMER)
    before, sid = talk.pairs(), talk.bob_leg
    Leg.objects.filter(sid=sid).update(sid="CA" + "0" * 32)
    talk.wish(wished)
    Leg.objects.filter(sid="CA" + "0" * 32).update(sid=sid)
    talk.floor.settle()
    talk.floor.pass_seconds(6)
    assert talk.pairs() == before
    consult = talk.consult
    assert (consult.state, consult.wish) == ("live", "")
    assert consult.problem["asked"] == wished.value
    assert talk.said("consult.wish_failed")
    # And nothing is in the way of another try.
    talk.does(wished)
    assert not talk.consult.problem


# --- supervisors ----------------------------------------------------------------------------------


def test_who_listens_stays_with_the_call_when_it_is_handed_over(talk: Talk, cast: Cast) -> None:
    supervised = talk.floor.supervise(cast.carol, talk.offer)
    talk.consults()
    bobs = talk.completes()
    talk.floor.pass_seconds(2)
    stay = Supervision.objects.get(pk=supervised.stay.pk)
    assert stay.ended_at is None
    assert stay.offer_id == bobs.pk
    assert talk.floor.hears(supervised.leg, talk.caller)


def test_a_call_is_not_taken_over_in_the_middle_of_a_consult(talk: Talk, cast: Cast) -> None:
    supervised = talk.floor.supervise(cast.carol, talk.offer)
    talk.consults()
    with pytest.raises(NotAllowed, match="consulting"):
        taking_over.take_over(supervision=supervised.stay, supervisor=cast.carol)
