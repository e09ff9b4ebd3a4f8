"""A supervisor with a conversation: who hears whom, by the network's own truth, at every moment."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contact_center.domain.supervising import Mode
from contact_center.errors import NotAllowed
from contact_center.models import (
    Agent,
    Call,
    Command,
    EventLog,
    Leg,
    Offer,
    OfferState,
    Role,
    Supervision,
    SupervisorPhone,
    User,
)
from contact_center.services import supervising, taking_over, talking, wrapping_up
from contact_center.simulator.core.effects import SendRequest
from contact_center.telephony import network
from tests.cast import make_user
from tests.contact_center.services.test_reconciling import REPORTS, lose
from tests.universe.floor import Floor, Supervised
from tests.universe.http_client import CoreHttpClient


class Talk:
    """A conversation, and who hears whom in it, looked at after each request to the network."""

    def __init__(self, floor: Floor, agent: Agent) -> None:
        floor.on_duty(agent)
        self.floor = floor
        self.call, self.offer, self.agent = floor.conversation(agent)
        self.customer = self.call.sid
        #: By line: everything its audience has been, in order.
        self.audiences: list[tuple[str, frozenset[str]]] = []

    def heard(self, speaker: str) -> set[str]:
        """Who hears the line: "agent", "customer" and others by their SID."""
        names = {self.agent: "agent", self.customer: "customer"}
        room = self.floor.network._world.conferences[self.offer.conference_sid]
        return {names.get(sid, sid) for sid in room.participants if room.hears(sid, speaker)}

    def look(self) -> None:
        """Note who hears each supervisor now."""
        for leg in Leg.objects.filter(kind="supervisor").values_list("sid", flat=True):
            self.audiences.append((leg, frozenset(self.heard(leg))))

    def ever_heard(self, leg: str) -> list[set[str]]:
        """Who has heard the line, one change after the other."""
        found: list[set[str]] = []
        for sid, audience in self.audiences:
            if sid == leg and (not found or found[-1] != audience):
                found.append(set(audience))
        return found

    @property
    def state(self) -> str:
        return Call.objects.get(pk=self.call.pk).state

    @property
    def owner(self) -> Offer:
        live = Offer.objects.select_related("agent__user")
        return live.get(call=self.call, state=OfferState.CONNECTED)


@pytest.fixture
def talk(floor: Floor, cast: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    """Alice talks with a caller."""
    talking_now = Talk(floor, cast.alice)
    monkeypatch.setattr(CoreHttpClient, "after_request", staticmethod(talking_now.look))
    yield talking_now
    for leg in Leg.objects.filter(kind="supervisor").values_list("sid", flat=True):
        assert_only_where_it_may(talking_now, leg)


def assert_only_where_it_may(talk: Talk, leg: str) -> None:
    """Who is heard by the customer has asked to barge in, or has the call."""
    heard = any("customer" in audience for audience in talk.ever_heard(leg))
    stay = Supervision.objects.get(legs__sid=leg)
    asked = EventLog.objects.filter(
        name="supervision.mode_asked", details__supervision_id=stay.pk, details__mode="barge"
    )
    assert not heard or asked.exists(), "the customer heard a supervisor who never asked for it"


@pytest.fixture
def nadia(cast: Any) -> User:
    """Another supervisor of Carol's organisation."""
    return make_user(cast.tenant, "nadia", Role.SUPERVISOR)


def stay_of(there: Supervised) -> Supervision:
    return Supervision.objects.get(pk=there.stay.pk)


def ask(there: Supervised, mode: Mode) -> None:
    supervising.switch(supervision=there.stay, supervisor=there.stay.supervisor, mode=mode)


def is_so(there: Supervised, mode: Mode) -> Callable[[], bool]:
    def so() -> bool:
        stay = stay_of(there)
        return stay.mode == mode and stay.mode_asked == ""

    return so


def take_over(there: Supervised) -> None:
    taking_over.take_over(supervision=there.stay, supervisor=there.stay.supervisor)


def told(name: str) -> list[dict[str, Any]]:
    return [row.details for row in EventLog.objects.filter(name=name).order_by("pk")]


AUDIENCE: dict[Mode, set[str]] = {
    Mode.LISTEN: set(),
    Mode.COACH: {"agent"},
    Mode.BARGE: {"agent", "customer"},
}
MODES = list(Mode)


# --- the modes, and every way from one to another ------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_a_supervisor_hears_both_and_is_heard_as_the_mode_says(
    talk: Talk, cast: Any, mode: Mode
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer, mode)
    assert talk.heard(there.leg) == AUDIENCE[mode]
    assert talk.heard(talk.customer) == {"agent", there.leg}
    assert talk.heard(talk.agent) == {"customer", there.leg}
    ways = [set()] if mode is Mode.LISTEN else [set(), AUDIENCE[mode]]
    assert talk.ever_heard(there.leg) in (ways, ways[1:], [])


@pytest.mark.parametrize("before", MODES)
@pytest.mark.parametrize("after", MODES)
def test_no_switch_lets_anybody_hear_who_hears_neither_before_nor_after(
    talk: Talk, cast: Any, before: Mode, after: Mode
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer, before)
    talk.floor.until(is_so(there, before), within=2)
    talk.audiences.clear()
    ask(there, after)
    if before is not after:
        assert stay_of(there).mode == before, "asked is not happened"
    talk.floor.until(is_so(there, after), within=2)
    assert talk.heard(there.leg) == AUDIENCE[after]
    assert talk.ever_heard(there.leg) in (
        [AUDIENCE[before], AUDIENCE[after]],
        [AUDIENCE[after]],
        [],
    )


def test_the_last_of_many_wishes_holds_whatever_was_on_its_way(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    for mode in (Mode.BARGE, Mode.COACH, Mode.BARGE, Mode.LISTEN, Mode.COACH):
        ask(there, mode)
    talk.floor.until(is_so(there, Mode.COACH), within=3)
    assert talk.heard(there.leg) == {"agent"}
    # Of five wishes one was left when the first was sent.
    assert talk.ever_heard(there.leg)[-1] == {"agent"}
    assert not any("customer" in audience for audience in talk.ever_heard(there.leg))


def test_the_same_holds_when_the_reports_come_twice_or_late(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    late: list[SendRequest] = []

    def fate(request: SendRequest) -> int:
        if "/webhooks/conference/" in request.url:
            late.append(request)
        return 2

    talk.floor.fate = fate
    for mode in (Mode.BARGE, Mode.LISTEN, Mode.COACH, Mode.BARGE, Mode.COACH):
        ask(there, mode)
        talk.floor.until(is_so(there, mode), within=3)
    changes = len(told("supervision.mode_changed"))
    for request in reversed(late):
        talk.floor.post(request)
    talk.floor.pass_seconds(30)
    assert is_so(there, Mode.COACH)()
    assert len(told("supervision.mode_changed")) == changes
    assert talk.heard(there.leg) == {"agent"}


def test_without_any_report_it_is_seen_by_looking(talk: Talk, cast: Any) -> None:
    talk.floor.fate = lose(*REPORTS)
    phone = supervising.claim_phone(supervisor=cast.carol)
    stay, token = supervising.join(
        offer=talk.offer, supervisor=cast.carol, lease_key=phone.key, mode=Mode.COACH
    )
    there = Supervised(stay, talk.floor.connect_supervisor(cast.carol, token))
    talk.floor.until(is_so(there, Mode.COACH), within=12)
    assert talk.heard(there.leg) == {"agent"}
    ask(there, Mode.BARGE)
    talk.floor.until(is_so(there, Mode.BARGE), within=6)


# --- what the network does not do ----------------------------------------------------------------


def test_what_the_network_refuses_has_failed_and_everything_is_as_it_was(
    talk: Talk, cast: Any
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    # Of this agent's line we know nothing: there is nobody to coach.
    Leg.objects.filter(sid=talk.agent).update(sid="CA" + "9" * 32)
    ask(there, Mode.COACH)
    talk.floor.until(lambda: bool(stay_of(there).problem), within=3)
    stay = stay_of(there)
    assert (stay.mode, stay.mode_asked, stay.problem["asked"]) == ("listen", "", "coach")
    assert talk.heard(there.leg) == set()
    [failure] = told("supervision.mode_failed")
    assert failure["asked"] == "coach"
    Leg.objects.filter(sid="CA" + "9" * 32).update(sid=talk.agent)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_answer_that_does_not_come_is_asked_for_again(
    talk: Talk, cast: Any, moment: str
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    CoreHttpClient.failures.extend([moment, moment])
    ask(there, Mode.BARGE)
    talk.floor.until(is_so(there, Mode.BARGE), within=30)
    assert talk.heard(there.leg) == {"agent", "customer"}


def test_an_old_wish_is_never_sent_after_a_newer_one(talk: Talk, cast: Any) -> None:
    """The request to barge in was applied and its answer lost; meanwhile she wants to listen."""
    there = talk.floor.supervise(cast.carol, talk.offer)
    CoreHttpClient.failures.append("after")
    ask(there, Mode.BARGE)
    talk.floor.settle()
    ask(there, Mode.LISTEN)
    talk.floor.until(is_so(there, Mode.LISTEN), within=15)
    talk.floor.pass_seconds(40)
    assert talk.heard(there.leg) == set()
    assert is_so(there, Mode.LISTEN)()


# --- how it ends ----------------------------------------------------------------------------


def test_who_leaves_is_gone_and_the_others_talk_on(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer, Mode.BARGE)
    supervising.leave(supervision=there.stay, supervisor=cast.carol)
    supervising.leave(supervision=there.stay, supervisor=cast.carol)
    talk.floor.until(lambda: there.leg in talk.floor.ended, within=3)
    talk.floor.pass_seconds(30)
    assert talk.state == "connected"
    assert talk.heard(talk.customer) == {"agent"}
    assert [end["reason"] for end in told("supervision.ended")] == ["left"]


def test_a_line_that_breaks_ends_the_stay_and_nothing_else(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer, Mode.COACH)
    talk.floor.hang_up(there.leg)
    talk.floor.until(lambda: stay_of(there).ended_at is not None, within=3)
    assert stay_of(there).end_reason == "line_lost"
    assert talk.state == "connected"
    assert talk.heard(talk.agent) == {"customer"}


@pytest.mark.parametrize("who", ["agent", "customer"])
def test_when_the_conversation_ends_so_does_the_stay(talk: Talk, cast: Any, who: str) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer, Mode.COACH)
    if who == "agent":
        talking.hang_up(offer=talk.offer, agent=cast.alice)
    else:
        talk.floor.hang_up(talk.customer)
    talk.floor.until(lambda: there.leg in talk.floor.ended, within=6)
    assert stay_of(there).end_reason == "call_ended"
    assert cast.alice.slots.get().activity == "wrapping_up"


def test_an_agent_who_dies_while_coached_is_lost_and_the_caller_is_in_line_again(
    talk: Talk, cast: Any
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer, Mode.COACH)
    talk.floor.hang_up(talk.agent)
    talk.floor.until(lambda: talk.state in ("queued", "returning"), within=5)
    assert stay_of(there).end_reason == "agent_gone"
    talk.floor.until(lambda: there.leg in talk.floor.ended, within=5)
    talk.floor.until(lambda: talk.state == "queued", within=10)
    assert talk.customer not in talk.floor.ended


def test_a_browser_that_never_comes_is_waited_for_ten_seconds(talk: Talk, cast: Any) -> None:
    phone = supervising.claim_phone(supervisor=cast.carol)
    stay, token = supervising.join(
        offer=talk.offer, supervisor=cast.carol, lease_key=phone.key, mode=Mode.LISTEN
    )
    talk.floor.pass_seconds(11)
    stay.refresh_from_db()
    assert (stay.state, stay.end_reason) == ("ended", "not_joined")
    leg = talk.floor.connect_supervisor(cast.carol, token)
    assert leg in talk.floor.ended, "its token is worth nothing any more"


def test_a_token_works_once_for_one_page(talk: Talk, cast: Any, nadia: User) -> None:
    phone = supervising.claim_phone(supervisor=cast.carol)
    supervising.claim_phone(supervisor=nadia)
    _stay, token = supervising.join(
        offer=talk.offer, supervisor=cast.carol, lease_key=phone.key, mode=Mode.LISTEN
    )
    assert talk.floor.connect_supervisor(nadia, token) in talk.floor.ended
    first = talk.floor.connect_supervisor(cast.carol, token)
    assert first not in talk.floor.ended
    assert talk.floor.connect_supervisor(cast.carol, token) in talk.floor.ended
    assert Leg.objects.filter(kind="supervisor").count() == 1


# --- two supervisors, and hold -----------------------------------------------------------------


def test_two_supervisors_each_with_a_mode_of_their_own(talk: Talk, cast: Any, nadia: User) -> None:
    carol = talk.floor.supervise(cast.carol, talk.offer, Mode.COACH)
    other = talk.floor.supervise(nadia, talk.offer, Mode.BARGE)
    assert talk.heard(carol.leg) == {"agent"}
    assert talk.heard(other.leg) == {"agent", "customer", carol.leg}
    supervising.leave(supervision=other.stay, supervisor=nadia)
    talk.floor.until(lambda: other.leg in talk.floor.ended, within=3)
    assert talk.heard(carol.leg) == {"agent"}


@pytest.mark.parametrize("mode", MODES)
def test_a_held_customer_hears_no_supervisor(talk: Talk, cast: Any, mode: Mode) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer, mode)
    talking.hold(offer=talk.offer, agent=cast.alice)
    talk.floor.until(lambda: talk.state == "on_hold", within=3)
    assert "customer" not in talk.heard(there.leg)
    assert told("supervision.hold_changed")[-1]["held"] is True
    ask(there, Mode.BARGE)
    talk.floor.until(is_so(there, Mode.BARGE), within=3)
    assert talk.heard(there.leg) == {"agent"}
    talking.resume(offer=talk.offer, agent=cast.alice)
    talk.floor.until(lambda: talk.state == "connected", within=3)
    assert talk.heard(there.leg) == {"agent", "customer"}


# --- taking over ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_a_take_over_hands_the_caller_to_the_supervisor_without_a_gap(
    talk: Talk, cast: Any, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer, mode)
    gaps: list[str] = []

    def watch() -> None:
        talk.look()
        if not any(talk.floor.hears(talk.customer, sid) for sid in (talk.agent, there.leg)):
            gaps.append("the customer hears nobody")

    monkeypatch.setattr(CoreHttpClient, "after_request", staticmethod(watch))
    take_over(there)
    take_over(there)
    talk.floor.until(lambda: talk.agent in talk.floor.ended, within=5)
    assert gaps == []
    assert talk.heard(there.leg) == {"customer"}
    assert talk.heard(talk.customer) == {there.leg}
    new = talk.owner
    assert (new.agent.user, new.joins) == (cast.carol, talk.offer)
    assert cast.alice.slots.get().activity == "wrapping_up"
    assert talk.state == "connected"
    assert len(told("call.taken_over")) == len(told("agent.relieved")) == 1

    talking.hang_up(offer=new, agent=new.agent)
    talk.floor.until(lambda: talk.customer in talk.floor.ended, within=6)
    assert Offer.objects.get(pk=new.pk).outcome == "handled"
    assert new.agent.slots.get().activity == "idle"
    assert stay_of(there).end_reason == "call_ended"
    wrapping_up.finish(offer=talk.offer, agent=cast.alice)
    assert cast.alice.slots.get().activity == "idle"
    call = Call.objects.get(pk=talk.call.pk)
    assert (call.ended_by, call.end_reason) == ("agent", "agent_hung_up")
    assert list(call.segments.order_by("pk").values_list("kind", flat=True)) == [
        "queue", "conversation", "conversation", "goodbye",
    ]  # fmt: skip


def test_the_new_owner_holds_resumes_and_the_caller_hangs_up(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    take_over(there)
    talk.floor.until(lambda: talk.agent in talk.floor.ended, within=5)
    new = talk.owner
    talking.hold(offer=new, agent=new.agent)
    talk.floor.until(lambda: talk.state == "on_hold", within=3)
    assert talk.heard(there.leg) == set()
    talking.resume(offer=new, agent=new.agent)
    talk.floor.until(lambda: talk.state == "connected", within=3)
    with pytest.raises(NotAllowed):
        talking.hold(offer=talk.offer, agent=cast.alice)
    with pytest.raises(NotAllowed):
        supervising.leave(supervision=there.stay, supervisor=cast.carol)
    talk.floor.hang_up(talk.customer)
    talk.floor.until(lambda: there.leg in talk.floor.ended, within=5)
    call = Call.objects.get(pk=talk.call.pk)
    assert (call.state, call.ended_by) == ("ended", "customer")
    assert new.agent.slots.get().activity == "idle"


def test_a_held_caller_stays_on_hold_with_the_new_owner(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    talking.hold(offer=talk.offer, agent=cast.alice)
    talk.floor.until(lambda: talk.state == "on_hold", within=3)
    take_over(there)
    talk.floor.until(lambda: talk.agent in talk.floor.ended, within=5)
    assert talk.state == "on_hold"
    assert talk.heard(there.leg) == set()
    new = talk.owner
    assert new.agent.slots.get().activity == "on_hold"
    talking.resume(offer=new, agent=new.agent)
    talk.floor.until(lambda: talk.state == "connected", within=3)
    assert talk.heard(there.leg) == {"customer"}


def test_a_take_over_works_when_the_agents_browser_is_dead_and_nobody_knows(
    talk: Talk, cast: Any
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    talk.floor.fate = lose(*REPORTS)
    talk.floor.hang_up(talk.agent)
    take_over(there)
    talk.floor.until(is_so(there, Mode.BARGE), within=10)
    talk.floor.pass_seconds(60)
    assert talk.heard(talk.customer) == {there.leg}
    assert talk.heard(there.leg) == {"customer"}
    assert talk.state == "connected"


def test_when_the_agent_is_lost_who_barged_in_has_the_call(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer, Mode.BARGE)
    talk.floor.hang_up(talk.agent)
    talk.floor.until(lambda: Offer.objects.get(pk=talk.offer.pk).outcome == "lost", within=5)
    assert talk.owner.agent.user == cast.carol
    assert talk.state == "connected"
    assert talk.heard(talk.customer) == {there.leg}
    assert cast.alice.slots.get().activity == "not_responding"
    [taken] = told("call.taken_over")
    assert taken["reason"] == "agent_lost"


def test_a_new_owner_who_is_lost_sends_the_caller_back_to_the_line(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    take_over(there)
    talk.floor.until(lambda: talk.agent in talk.floor.ended, within=5)
    talk.floor.hang_up(there.leg)
    talk.floor.until(lambda: talk.state == "queued", within=15)
    assert stay_of(there).end_reason == "agent_gone"
    waiting = talk.call.segments.get(ended_at=None)
    assert waiting.preferred_agent is None, "a supervisor serves no line"


def test_of_two_supervisors_the_second_takes_over_from_the_first(
    talk: Talk, cast: Any, nadia: User
) -> None:
    carol = talk.floor.supervise(cast.carol, talk.offer)
    other = talk.floor.supervise(nadia, talk.offer, Mode.COACH)
    take_over(carol)
    talk.floor.until(lambda: talk.agent in talk.floor.ended, within=5)
    talk.floor.until(is_so(other, Mode.LISTEN), within=5)
    assert told("supervision.coach_reset") == [{"supervision_id": other.stay.pk}]
    assert talk.heard(other.leg) == set()
    ask(other, Mode.COACH)
    talk.floor.until(is_so(other, Mode.COACH), within=3)
    assert talk.heard(other.leg) == {carol.leg}

    take_over(other)
    talk.floor.until(lambda: carol.leg in talk.floor.ended, within=5)
    assert talk.heard(talk.customer) == {other.leg}
    assert talk.owner.agent.user == nadia
    assert stay_of(carol).end_reason == "taken_over"
    assert Agent.objects.get(user=cast.carol).slots.get().activity == "idle"


def test_an_agent_who_just_hangs_up_is_not_taken_over(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    talking.hang_up(offer=talk.offer, agent=cast.alice)
    with pytest.raises(NotAllowed):
        take_over(there)
    assert not told("call.taken_over")


# --- put right with the network -------------------------------------------------------------------


def found() -> list[str]:
    return [row["found"] for row in told("reality.healed")]


def test_a_supervisor_whose_line_died_unseen_is_gone_within_a_round(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    talk.floor.pass_seconds(6)
    talk.floor.fate = lose(*REPORTS)
    talk.floor.hang_up(there.leg)
    talk.floor.until(lambda: stay_of(there).ended_at is not None, within=45)
    assert found() == ["supervisor_gone"]
    assert talk.state == "connected"


def test_who_is_heard_otherwise_than_asked_is_set_back(
    talk: Talk, cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    talk.floor.pass_seconds(6)
    talk.floor.fate = lose(*REPORTS)
    # Somebody does it at the network's console.
    monkeypatch.setattr(CoreHttpClient, "after_request", staticmethod(lambda: None))
    network().supervise(
        conference_sid=talk.offer.conference_sid, call_sid=there.leg, mode=Mode.BARGE
    )
    talk.floor.until(lambda: told("reality.healed") != [], within=45)
    assert found() == ["supervisor_differs"]
    talk.floor.until(is_so(there, Mode.LISTEN), within=10)
    assert talk.heard(there.leg) == set()


def test_a_line_that_is_left_over_is_hung_up(talk: Talk, cast: Any) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    supervising.leave(supervision=there.stay, supervisor=cast.carol)
    Command.objects.filter(kind="end_call").delete()
    talk.floor.until(lambda: there.leg in talk.floor.ended, within=45)
    assert found() == ["leg_without_offer"]
    assert SupervisorPhone.objects.count() == 1
