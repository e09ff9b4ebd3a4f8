"""A supervisor with a conversation: who hears whom, by the network's own truth, at every moment."""

from typing import Any

import pytest

from contact_center.domain.supervising import Mode
from contact_center.models import (
    Agent,
    Call,
    Offer,
    Role,
    Supervision,
    User,
)
from contact_center.services import supervising, taking_over, talking, wrapping_up
from tests.cast import make_user
from tests.universe.floor import Floor, Supervised


class Talk:
    """A conversation, and who hears whom in it."""

    def __init__(self, floor: Floor, agent: Agent) -> None:
        floor.on_duty(agent)
        self.floor = floor
        self.call, self.offer, self.agent = floor.conversation(agent)
        self.customer = self.call.sid

    def heard(self, speaker: str) -> set[str]:
        """Who hears the line: "agent", "customer" and others by their SID."""
        names = {self.agent: "agent", self.customer: "customer"}
        room = self.floor.network._world.conferences[self.offer.conference_sid]
        return {names.get(sid, sid) for sid in room.participants if room.hears(sid, speaker)}

    def state(self) -> str:
        return Call.objects.get(pk=self.call.pk).state


@pytest.fixture
def talk(floor: Floor, cast: Any) -> Talk:
    """Alice talks with a caller."""
    return Talk(floor, cast.alice)


@pytest.fixture
def nadia(cast: Any) -> User:
    """Another supervisor of Carol's organisation."""
    return make_user(cast.tenant, "nadia", Role.SUPERVISOR)


def stay_of(there: Supervised) -> Supervision:
    return Supervision.objects.get(pk=there.stay.pk)


def switch(talk: Talk, there: Supervised, mode: Mode) -> None:
    """Ask for a mode; the network's truth is looked at after every single thing that happens."""
    supervising.switch(supervision=there.stay, supervisor=there.stay.supervisor, mode=mode)
    talk.floor.until(lambda: stay_of(there).mode == mode, within=2)
    talk.floor.until(lambda: stay_of(there).mode_asked == "", within=2)


AUDIENCE = {Mode.LISTEN: set(), Mode.COACH: {"agent"}, Mode.BARGE: {"agent", "customer"}}


@pytest.mark.parametrize("mode", list(Mode))
def test_a_supervisor_hears_both_and_is_heard_as_the_mode_says(
    talk: Talk, cast: Any, mode: Mode
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer, mode)
    assert talk.heard(there.leg) == AUDIENCE[mode]
    assert talk.heard(talk.customer) == {"agent", there.leg}
    assert talk.heard(talk.agent) == {"customer", there.leg}


def test_a_take_over_hands_the_caller_to_the_supervisor_without_a_gap(
    talk: Talk, cast: Any
) -> None:
    there = talk.floor.supervise(cast.carol, talk.offer)
    taking_over.take_over(supervision=there.stay, supervisor=cast.carol)
    talk.floor.until(lambda: talk.agent in talk.floor.ended, within=5)

    assert talk.heard(there.leg) == {"customer"}
    assert talk.heard(talk.customer) == {there.leg}
    new = Offer.objects.get(call=talk.call, ended_at=None, state="connected")
    assert (new.agent.user, new.joins) == (cast.carol, talk.offer)
    assert cast.alice.slots.get().activity == "wrapping_up"
    assert talk.state() == "connected"

    talking.hang_up(offer=new, agent=new.agent)
    talk.floor.until(lambda: talk.customer in talk.floor.ended, within=6)
    assert Offer.objects.get(pk=new.pk).outcome == "handled"
    assert new.agent.slots.get().activity == "idle"
    assert stay_of(there).end_reason == "call_ended"
    wrapping_up.finish(offer=talk.offer, agent=cast.alice)
    assert cast.alice.slots.get().activity == "idle"
