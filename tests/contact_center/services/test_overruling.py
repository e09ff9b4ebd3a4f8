"""What a supervisor does to an agent, and that no call is ever cut by the way."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.states import Activity, Presence
from contact_center.errors import NotAllowed
from contact_center.models import Agent, Command, EventLog, Offer, OfferState, PhoneLease
from contact_center.services import ending, overruling, presence
from tests.builders import signed_in
from tests.cast import Cast
from tests.realtime.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(cast: Cast) -> World:
    """The cast on duty, and calls that go their way through the real services."""
    return World(cast)


def ringing(world: World) -> Offer:
    """A call rings at somebody's desk."""
    world.ring_in()
    return Offer.objects.select_related("agent__user").get(pk=world.dispatch().pk)


def talking(world: World) -> Offer:
    """Somebody talks with an agent."""
    offer = ringing(world)
    world.accept(offer)
    world.connect(offer)
    return Offer.objects.select_related("agent__user", "call").get(pk=offer.pk)


def wrapping_up(world: World) -> Offer:
    """The caller has hung up, the agent writes."""
    offer = talking(world)
    world.caller_hangs_up(offer.call)
    return Offer.objects.select_related("agent__user").get(pk=offer.pk)


def is_now(agent: Agent) -> tuple[str, str, str]:
    """Presence, its reason, and what comes next."""
    agent = Agent.objects.get(pk=agent.pk)
    return agent.presence, agent.presence_reason, agent.next_presence


def by_carol(world: World) -> list[tuple[str, str]]:
    """What the log says that Carol did, and why."""
    rows = EventLog.objects.filter(actor_id=world.carol.pk).order_by("pk")
    return [(row.name, row.details.get("why", "")) for row in rows]


def desk_of(agent: Agent) -> str:
    """What the agent's desk says that a supervisor did."""
    html = signed_in(agent.user).get(reverse("agents:panels")).content.decode()
    return " ".join(html[html.index('id="supervisor-word"') :].split("</div>")[0].split())


# --- presence -----------------------------------------------------------------------------------


def test_carol_sets_an_idle_agent_to_a_break_and_the_desk_says_who_and_why(world: World) -> None:
    overruling.change_presence(
        agent=world.alice,
        to=Presence.BREAK,
        reason="lunch",
        why="You have not eaten.",
        actor=world.carol,
    )
    assert is_now(world.alice) == ("break", "lunch", "")
    assert by_carol(world) == [("presence.changed", "You have not eaten.")]
    said = desk_of(world.alice)
    assert "<b>Carol</b> set your status to Lunch" in said
    assert "You have not eaten." in said
    assert "Carol" not in desk_of(world.bob)


def test_what_an_agent_does_herself_is_no_word_of_a_supervisor(world: World) -> None:
    world.take_a_break(world.alice)
    assert "set your status" not in desk_of(world.alice)


def test_a_word_is_news_for_ten_minutes(world: World) -> None:
    overruling.change_presence(agent=world.alice, to=Presence.OFFLINE, actor=world.carol)
    assert "set your status to Offline" in desk_of(world.alice)
    EventLog.objects.update(at=timezone.now() - timedelta(minutes=11))
    assert "Carol" not in desk_of(world.alice)


@pytest.mark.parametrize("to", [Presence.OFFLINE, Presence.BREAK, Presence.AVAILABLE])
def test_during_a_call_the_status_waits_for_its_end(world: World, to: Presence) -> None:
    offer = talking(world)
    reason = "short" if to is Presence.BREAK else ""
    overruling.change_presence(agent=offer.agent, to=to, reason=reason, actor=world.carol)
    assert is_now(offer.agent) == ("available", "", to)
    assert Offer.objects.get(pk=offer.pk).state == OfferState.CONNECTED
    assert not Command.objects.filter(kind__startswith="end_").exists()
    assert "chose what comes after this call" in desk_of(offer.agent)
    world.caller_hangs_up(offer.call)
    assert is_now(offer.agent)[0] == "available", "the wrap-up goes on"
    world.finish(offer)
    assert is_now(offer.agent) == (to, reason, "")


def test_nobody_is_made_available_whose_phone_cannot_ring(world: World) -> None:
    overruling.change_presence(agent=world.alice, to=Presence.OFFLINE, actor=world.carol)
    lease = PhoneLease.objects.filter(agent=world.alice)
    for change in ({"silent_since": timezone.now()}, {"silent_since": None, "ring_heard_at": None}):
        lease.update(**change)
        with pytest.raises(NotAllowed, match="No phone of Alice is ready to ring"):
            overruling.change_presence(agent=world.alice, to=Presence.AVAILABLE, actor=world.carol)
    assert is_now(world.alice)[0] == "offline"
    lease.update(ring_heard_at=timezone.now())
    overruling.change_presence(agent=world.alice, to=Presence.AVAILABLE, actor=world.carol)
    assert is_now(world.alice)[0] == "available"


def test_a_break_that_there_is_none_of_is_refused(world: World) -> None:
    with pytest.raises(NotAllowed, match="Choose one of the breaks"):
        overruling.change_presence(
            agent=world.alice, to=Presence.BREAK, reason="yoga", actor=world.carol
        )
    assert is_now(world.alice)[0] == "available"


def test_while_a_call_rings_nobody_is_taken_off_duty(world: World) -> None:
    offer = ringing(world)
    for deed in (
        lambda: overruling.change_presence(
            agent=offer.agent, to=Presence.OFFLINE, actor=world.carol
        ),
        lambda: overruling.sign_out(agent=offer.agent, actor=world.carol),
    ):
        with pytest.raises(NotAllowed, match="A call is ringing at"):
            deed()
    assert Offer.objects.get(pk=offer.pk).state == OfferState.PENDING
    assert is_now(offer.agent)[0] == "available"


# --- wrap-up ------------------------------------------------------------------------------------


def test_carol_ends_a_stuck_wrap_up_and_the_agent_is_free(world: World) -> None:
    offer = wrapping_up(world)
    overruling.end_wrap_up(offer=offer, why="The line is long.", actor=world.carol)
    overruling.end_wrap_up(offer=offer, why="Again.", actor=world.carol)
    assert offer.agent.slots.get().activity == Activity.IDLE
    assert by_carol(world) == [("wrap_up.finished", "The line is long.")]
    assert "ended your wrap-up" in desk_of(offer.agent)


def test_no_conversation_is_ended_as_if_it_were_a_wrap_up(world: World) -> None:
    offer = talking(world)
    with pytest.raises(NotAllowed, match="The call is not over yet"):
        overruling.end_wrap_up(offer=offer, actor=world.carol)
    assert Offer.objects.get(pk=offer.pk).state == OfferState.CONNECTED


# --- signing out --------------------------------------------------------------------------------


def test_who_is_signed_out_must_sign_in_again_and_gets_no_call(world: World) -> None:
    alice = signed_in(world.alice.user)
    bob = signed_in(world.bob.user)
    assert alice.get(reverse("agents:desk")).status_code == 200
    overruling.sign_out(agent=world.alice, why="Your shift is over.", actor=world.carol)
    assert alice.get(reverse("agents:desk")).status_code == 302
    assert alice.post(reverse("agents:beat"), headers={"HX-Request": "true"}).status_code == 401
    assert bob.get(reverse("agents:desk")).status_code == 200
    assert is_now(world.alice) == ("offline", "", "")
    world.ring_in()
    assert world.dispatch().agent == world.bob
    # Signing in again works, and the desk says who it was.
    world.alice.user.refresh_from_db()
    assert "signed you out" in desk_of(world.alice)
    assert ("agent.signed_out", "Your shift is over.") in by_carol(world)


def test_a_wrap_up_ends_with_the_sign_out(world: World) -> None:
    offer = wrapping_up(world)
    overruling.sign_out(agent=offer.agent, actor=world.carol)
    assert Offer.objects.get(pk=offer.pk).state == OfferState.ENDED
    assert is_now(offer.agent)[0] == "offline"


def test_by_default_the_call_ends_first(world: World) -> None:
    offer = talking(world)
    client = signed_in(offer.agent.user)
    overruling.sign_out(agent=offer.agent, actor=world.carol)
    assert Offer.objects.get(pk=offer.pk).state == OfferState.CONNECTED
    assert not Command.objects.filter(kind__startswith="end_").exists()
    assert client.get(reverse("agents:desk")).status_code == 200
    assert "has you signed out after this call" in desk_of(offer.agent)
    with pytest.raises(NotAllowed, match="has you signed out"):
        presence.choose_next_presence(agent=offer.agent, presence=None)
    world.caller_hangs_up(offer.call)
    assert client.get(reverse("agents:desk")).status_code == 200, "the notes can be written"
    world.finish(offer)
    assert client.get(reverse("agents:desk")).status_code == 302
    assert is_now(offer.agent) == ("offline", "", "")


def test_who_was_to_be_signed_out_and_was_lost_is_signed_out_then(world: World) -> None:
    offer = talking(world)
    client = signed_in(offer.agent.user)
    overruling.sign_out(agent=offer.agent, actor=world.carol)
    world.lose_agent(offer)
    assert client.get(reverse("agents:desk")).status_code == 302
    assert is_now(offer.agent)[0] == "offline"


def test_carol_changes_her_mind_before_the_call_ends(world: World) -> None:
    offer = talking(world)
    client = signed_in(offer.agent.user)
    overruling.sign_out(agent=offer.agent, actor=world.carol)
    overruling.change_presence(agent=offer.agent, to=Presence.AVAILABLE, actor=world.carol)
    world.caller_hangs_up(offer.call)
    world.finish(offer)
    assert client.get(reverse("agents:desk")).status_code == 200
    assert is_now(offer.agent)[0] == "available"


def test_a_call_is_cut_only_by_who_named_it(world: World) -> None:
    offer = talking(world)
    with pytest.raises(NotAllowed, match="That call is over"):
        overruling.sign_out(agent=offer.agent, actor=world.carol, cut=offer.pk + 1)
    assert not Command.objects.filter(kind="end_conversation").exists()
    assert is_now(offer.agent)[2] == ""
    overruling.sign_out(agent=offer.agent, why="Now.", actor=world.carol, cut=offer.pk)
    assert Command.objects.filter(kind="end_conversation", offer=offer).count() == 1
    assert ("hang_up.asked", "") in by_carol(world)
    with transaction.atomic():
        ending.agent_left(Offer.objects.get(pk=offer.pk), reason="")
    world.finish(offer)
    assert is_now(offer.agent)[0] == "offline"


def test_a_call_that_was_named_and_is_over_is_not_the_next_one(world: World) -> None:
    """Between Carol's look and her press the call ended and another one began."""
    first = talking(world)
    world.take_a_break(world.bob if first.agent == world.alice else world.alice)
    world.caller_hangs_up(first.call)
    world.finish(first)
    second = talking(world)
    assert second.agent == first.agent
    with pytest.raises(NotAllowed, match="That call is over"):
        overruling.sign_out(agent=first.agent, actor=world.carol, cut=first.pk)
    assert Offer.objects.get(pk=second.pk).hang_up_asked_at is None


# --- the doors ----------------------------------------------------------------------------------


def addresses(offer: Offer) -> list[tuple[str, dict[str, str]]]:
    """Everything that is done to an agent, and what the page sends with it."""
    agent = offer.agent
    return [
        (reverse("supervisors:agent-presence", args=[agent.pk]), {"to": "break:lunch"}),
        (reverse("supervisors:agent-sign-out", args=[agent.pk]), {"cut": ""}),
        (reverse("supervisors:agent-end-wrap-up", args=[agent.pk, offer.pk]), {}),
    ]


def test_who_may_not_changes_nothing_and_learns_nothing(world: World) -> None:
    offer = wrapping_up(world)
    before = EventLog.objects.count()
    for address, said in addresses(offer):
        for person in (world.alice.user, world.cast.dave, world.mallory):
            assert signed_in(person).post(address, said).status_code == 404
        assert Client().post(address, said).status_code == 401
        assert signed_in(world.carol).get(address).status_code == 405
    assert EventLog.objects.count() == before
    for name in ("agent", "agent-panels"):
        address = reverse(f"supervisors:{name}", args=[offer.agent.pk])
        for person in (world.alice.user, world.cast.dave, world.mallory):
            assert signed_in(person).get(address).status_code == 404
        assert signed_in(world.carol).get(address).status_code == 200


def test_a_wrap_up_is_ended_only_at_its_own_agent(world: World) -> None:
    offer = wrapping_up(world)
    other = world.bob if offer.agent == world.alice else world.alice
    address = reverse("supervisors:agent-end-wrap-up", args=[other.pk, offer.pk])
    assert signed_in(world.carol).post(address).status_code == 404
    assert Offer.objects.get(pk=offer.pk).state == OfferState.WRAPPING_UP


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Choose a status from the list."),
        ({"to": "sleepy"}, "Choose a status from the list."),
        ({"to": "break"}, "Choose a status from the list."),
        ({"to": "break:yoga"}, "Choose a status from the list."),
        ({"to": "offline:lunch"}, "Choose a status from the list."),
        ({"to": "x" * 5000}, "Choose a status from the list."),
        ({"to": "offline", "why": "x" * 201}, "at most 200 letters"),
    ],
)
def test_nonsense_gets_a_sentence_and_changes_nothing(
    world: World, said: dict[str, str], words: str
) -> None:
    address = reverse("supervisors:agent-presence", args=[world.alice.pk])
    answer = signed_in(world.carol).post(address, said)
    assert answer.status_code == 422
    assert words in answer.json()["message"]
    assert is_now(world.alice)[0] == "available"


@pytest.mark.parametrize("cut", ["x", "-1", "0", "9" * 30])
def test_a_call_that_cannot_be_named_is_not_cut(world: World, cut: str) -> None:
    offer = talking(world)
    address = reverse("supervisors:agent-sign-out", args=[offer.agent.pk])
    assert signed_in(world.carol).post(address, {"cut": cut}).status_code == 422
    assert Offer.objects.get(pk=offer.pk).hang_up_asked_at is None
    assert is_now(offer.agent)[2] == ""
