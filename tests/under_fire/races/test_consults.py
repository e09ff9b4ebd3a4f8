"""A colleague is consulted, and somebody else presses at the same moment."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from contact_center.domain.consults import Wish
from contact_center.models import (
    AgentSlot,
    Call,
    Consult,
    EndedBy,
    EventLog,
    Leg,
    Offer,
    PhoneLease,
    Transfer,
)
from contact_center.services import (
    consulted,
    consulting,
    consulting_outside,
    ending,
    offering,
    transferring,
)
from contact_center.services.transitions import lock_call
from tests.cast import Cast
from tests.contact_center.services.test_consulting import Talk
from tests.contact_center.services.test_consulting_outside import OutsideTalk
from tests.contact_center.services.test_consulting_queue import QueueTalk
from tests.under_fire.races.threads import T, all_at_once
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres


@pytest.fixture
def talk(floor: Floor, cast: Any) -> Talk:
    return Talk(floor, cast)


@pytest.mark.parametrize("_again", range(3))
def test_who_asks_and_sends_on_at_once_does_one_of_the_two(
    talk: Talk, cast: Cast, _again: int
) -> None:
    all_at_once(
        lambda: talk.ask(),
        lambda: talk.ask(),
        lambda: transferring.send_to_queue(offer=talk.offer, agent=cast.alice, queue=cast.sales),
    )
    done = (Consult.objects.count(), Transfer.objects.count())
    assert done in ((1, 0), (0, 1))
    talk.floor.pass_seconds(3)
    # Bob serves Sales: he rings in either case, and for one thing alone.
    assert talk.activity(cast.bob) == "ringing"
    assert Offer.objects.filter(agent=cast.bob).count() == done[1]


@pytest.mark.parametrize("_again", range(3))
def test_who_accepts_what_is_cancelled_at_once_is_free_again(
    talk: Talk, cast: Cast, _again: int
) -> None:
    talk.ask()
    talk.rings()
    all_at_once(lambda: talk.token(), lambda: talk.wish(Wish.CANCEL))
    talk.floor.pass_seconds(8)
    assert talk.consult.end_reason == "cancelled"
    assert talk.activity(cast.bob) == "idle"
    assert talk.activity(cast.alice) == "on_call"
    assert talk.state == "connected"
    assert talk.pairs() == {"a<c", "c<a"}


@pytest.mark.parametrize("_again", range(3))
def test_a_caller_is_with_one_of_the_two_when_the_colleague_leaves_as_it_is_completed(
    talk: Talk, cast: Cast, _again: int
) -> None:
    talk.consults()
    all_at_once(
        lambda: talk.wish(Wish.COMPLETE),
        lambda: consulted.leave(consult=talk.consult, colleague=cast.bob),
        lambda: talk.wish(Wish.COMPLETE),
    )
    talk.floor.pass_seconds(8)
    assert talk.consult.end_reason == "colleague_left"
    assert list(Offer.objects.filter(state="connected")) == [talk.offer]
    assert talk.activity(cast.bob) == "idle"
    assert not EventLog.objects.filter(name="call.handed_over").exists()


@pytest.mark.parametrize("_again", range(3))
def test_a_caller_who_hangs_up_as_it_is_completed_leaves_nobody_on_a_call(
    talk: Talk, cast: Cast, _again: int
) -> None:
    talk.consults()
    talk.does(Wish.TOGETHER)
    all_at_once(
        lambda: talk.wish(Wish.COMPLETE),
        lambda: _in_one_go(
            lambda: ending.end_call(
                lock_call(talk.call.pk), ended_by=EndedBy.CUSTOMER, reason="customer_hung_up"
            )
        ),
        lambda: consulting.wish(offer=talk.offer, agent=cast.alice, wished=Wish.COLLEAGUE),
    )
    talk.floor.pass_seconds(3)
    assert Call.objects.get(pk=talk.call.pk).end_reason == "customer_hung_up"
    assert not Offer.objects.filter(state="connected").exists()
    assert talk.consult.end_reason == "call_ended"
    assert talk.activity(cast.alice) == "wrapping_up"
    assert talk.activity(cast.bob) == "idle"


@pytest.mark.parametrize("_again", range(3))
def test_a_partner_outside_who_answers_as_it_is_cancelled_is_not_heard(
    floor: Floor, cast: Cast, _again: int
) -> None:
    talk = OutsideTalk(floor, cast)
    talk.ask_outside()
    floor.until(lambda: Leg.objects.filter(consult=talk.consult).exists(), within=5)
    line = talk.line.sid
    conference_sid = talk.offer.conference_sid
    all_at_once(
        lambda: talk.wish(Wish.CANCEL),
        lambda: _in_one_go(lambda: consulted.joined(talk.consult, conference_sid=conference_sid)),
        lambda: _in_one_go(
            lambda: consulting_outside.line_has(talk.consult.pk, sid=line, status="in-progress")
        ),
    )
    floor.pass_seconds(8)
    talk.bob_leg = line
    assert talk.consult.end_reason == "cancelled"
    assert talk.state == "connected"
    assert talk.pairs() == {"a<c", "c<a"}
    assert floor.network.live_legs == 2


@pytest.mark.parametrize("_again", range(3))
def test_two_numbers_asked_at_once_ring_one_telephone(
    floor: Floor, cast: Cast, _again: int
) -> None:
    talk = OutsideTalk(floor, cast)
    all_at_once(
        lambda: talk.ask_outside("+14155550177"),
        lambda: talk.ask_outside("+14155550178"),
        lambda: talk.ask(),
    )
    assert Consult.objects.count() == 1
    floor.pass_seconds(6)
    assert floor.network.live_legs == (2 if talk.consult.colleague else 3)


# --- of a queue -----------------------------------------------------------------------------------


@pytest.mark.parametrize("_again", range(3))
def test_two_dispatchers_ring_one_desk_of_the_queue_that_is_asked(
    floor: Floor, cast: Cast, _again: int
) -> None:
    talk = QueueTalk(floor, cast)
    _stands_in_line(talk)
    all_at_once(*(lambda: offering.dispatch(cast.tenant.pk),) * 3)
    rung = [agent for agent in (cast.bob, talk.anna) if talk.activity(agent) == "ringing"]
    assert rung == [talk.consult.colleague]
    assert talk.consult.rings == 1


@pytest.mark.parametrize("_again", range(3))
def test_one_free_agent_is_rung_for_the_older_of_a_caller_and_a_consult(
    floor: Floor, cast: Cast, _again: int
) -> None:
    talk = QueueTalk(floor, cast)
    talk.away(talk.anna)
    _stands_in_line(talk)
    caller = floor.network.dial_in("+14155550150", "+14155550101")
    all_at_once(*(lambda: offering.dispatch(cast.tenant.pk),) * 2)
    talk.passes(3)
    assert talk.consult.colleague == cast.bob
    assert Call.objects.get(sid=caller).state == "queued"
    assert talk.activity(cast.bob) == "ringing"


@pytest.mark.parametrize("_again", range(3))
def test_who_answers_twice_and_declines_at_once_is_in_it_or_passed(
    floor: Floor, cast: Cast, _again: int
) -> None:
    talk = QueueTalk(floor, cast)
    talk.ask_sales()
    talk.rings_at(cast.bob)
    consult = talk.consult
    all_at_once(
        lambda: talk.token(),
        lambda: talk.token(),
        lambda: consulted.decline(consult=consult, colleague=cast.bob),
    )
    if talk.consult.colleague == cast.bob:
        assert talk.consult.state == "joining"
        assert talk.activity(cast.bob) == "connecting"
    else:
        talk.rings_at(talk.anna)
        assert talk.activity(cast.bob) == "idle"


@pytest.mark.parametrize("_again", range(3))
def test_a_decline_beside_a_cancel_rings_nobody_else(floor: Floor, cast: Cast, _again: int) -> None:
    talk = QueueTalk(floor, cast)
    talk.ask_sales()
    consult = talk.rings_at(cast.bob)
    all_at_once(
        lambda: consulted.decline(consult=consult, colleague=cast.bob),
        lambda: talk.wish(Wish.CANCEL),
        lambda: offering.dispatch(cast.tenant.pk),
    )
    talk.passes(4)
    assert talk.consult.end_reason == "cancelled"
    assert (talk.activity(cast.bob), talk.activity(talk.anna)) == ("idle", "idle")
    assert talk.state == "connected"
    assert talk.pairs() == {"a<c", "c<a"}


@pytest.mark.parametrize("how", ["customer", "agent", "cancel"])
@pytest.mark.parametrize("_again", range(3))
def test_whatever_ends_it_as_somebody_is_found_leaves_nobody_ringing(
    floor: Floor, cast: Cast, _again: int, how: str
) -> None:
    talk = QueueTalk(floor, cast)
    _stands_in_line(talk)
    offer = talk.alices_offer
    ends: dict[str, Callable[[], object]] = {
        "customer": lambda: ending.end_call(
            lock_call(talk.call.pk), ended_by=EndedBy.CUSTOMER, reason="customer_hung_up"
        ),
        "agent": lambda: ending.agent_left(offer, reason="leg_ended"),
        "cancel": lambda: talk.wish(Wish.CANCEL),
    }
    all_at_once(
        lambda: offering.dispatch(cast.tenant.pk),
        lambda: _in_one_go(ends[how]),
        lambda: offering.dispatch(cast.tenant.pk),
    )
    talk.passes(2)
    why = {"customer": "call_ended", "agent": "agent_gone", "cancel": "cancelled"}[how]
    assert talk.consult.end_reason == why
    assert talk.activity(talk.anna) == "idle"
    assert talk.consult.state == "ended"


@pytest.mark.parametrize("_again", range(3))
def test_a_token_of_who_was_passed_beside_the_next_who_answers_lets_in_one(
    floor: Floor, cast: Cast, _again: int
) -> None:
    talk = QueueTalk(floor, cast)
    talk.ask_sales()
    talk.rings_at(cast.bob)
    late = talk.token()
    talk.passes(11)
    talk.rings_at(talk.anna)
    key = PhoneLease.objects.get(agent=talk.anna).key
    token = consulted.accept(consult=talk.consult, colleague=talk.anna, lease_key=key)
    identities = {
        agent: PhoneLease.objects.get(agent=agent).identity(0) for agent in (cast.bob, talk.anna)
    }
    all_at_once(
        lambda: _in_one_go(
            lambda: consulted.let_colleague_in(
                leg_sid="CA" + "1" * 32, identity=identities[cast.bob], token=late
            )
        ),
        lambda: _in_one_go(
            lambda: consulted.let_colleague_in(
                leg_sid="CA" + "2" * 32, identity=identities[talk.anna], token=token
            )
        ),
    )
    assert [leg.sid[-1] for leg in Leg.objects.filter(consult=talk.consult)] == ["2"]


def _stands_in_line(talk: QueueTalk) -> None:
    """Alice has asked Sales, and no dispatch has looked since."""
    others = [one for one in (talk.cast.bob, talk.anna) if one.slots.get().activity == "idle"]
    AgentSlot.objects.filter(agent__in=others).update(activity="wrapping_up")
    talk.ask_sales()
    talk.floor.until(lambda: talk.consult.state == "waiting", within=5)
    AgentSlot.objects.filter(agent__in=others).update(activity="idle")


def _in_one_go(deed: Callable[[], T]) -> T:
    with transaction.atomic():
        return deed()
