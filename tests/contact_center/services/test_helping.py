"""An agent asks for help: who hears of it, who comes, and when it is over."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from contact_center.errors import NotAllowed
from contact_center.models import EventLog, HelpOutcome, HelpRequest, Offer, Role, User
from contact_center.services import helping
from tests.builders import signed_in
from tests.cast import Cast, make_user
from tests.realtime.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(cast: Cast) -> World:
    """The cast on duty, and calls that go their way through the real services."""
    return World(cast)


@pytest.fixture
def nadia(cast: Cast) -> User:
    """Another supervisor of Carol's organisation."""
    return make_user(cast.tenant, "nadia", Role.SUPERVISOR)


def talk(world: World) -> Offer:
    """Somebody rings in and talks with an agent."""
    world.ring_in()
    offer = world.dispatch()
    world.accept(offer)
    world.connect(offer)
    return Offer.objects.select_related("agent__user").get(pk=offer.pk)


def ask(offer: Offer) -> HelpRequest:
    helping.ask_for_help(offer=offer, agent=offer.agent)
    return HelpRequest.objects.get(ended_at=None)


def strip(user: User) -> str:
    """What a supervisor reads above the floor."""
    html = signed_in(user).get(reverse("supervisors:panels")).content.decode()
    found = re.search(r'<section class="stack help".*?</section>', html, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def middle(offer: Offer) -> str:
    """What the agent of the call reads."""
    html = signed_in(offer.agent.user).get(reverse("agents:panels")).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def told() -> list[tuple[str, int | None]]:
    """The events about help, and who did it."""
    events = EventLog.objects.filter(name__startswith="help.").order_by("pk")
    return list(events.values_list("name", "actor_id"))


def test_every_supervisor_of_the_organisation_is_called_and_nobody_else(
    world: World, nadia: User
) -> None:
    offer = talk(world)
    ask(offer)
    name = offer.agent.user.display_name
    for person in (world.carol, nadia, world.dana):
        assert re.search(
            rf"{name} asks for help , Support \d:\d\d \+1 415 555 7001 I am coming", strip(person)
        )
    assert strip(world.mallory) == ""
    assert "You have asked for help." in middle(offer)
    assert told() == [("help.asked", offer.agent.user_id)]


def test_with_the_first_answer_nobody_else_is_called_and_the_agent_knows_who_comes(
    world: World, nadia: User
) -> None:
    offer = talk(world)
    asked = ask(offer)
    helping.answer_help(request=asked, supervisor=nadia)
    name = offer.agent.user.display_name
    for person in (world.carol, nadia):
        assert f"Nadia is coming to {name}" in strip(person)
        assert "I am coming" not in strip(person)
    assert "Nadia is coming." in middle(offer)
    assert told()[-1] == ("help.answered", nadia.pk)


def test_of_two_who_answer_at_once_one_comes_and_the_other_is_told_who(
    world: World, nadia: User
) -> None:
    """Both read that nobody had answered."""
    offer = talk(world)
    as_carol_saw_it, as_nadia_saw_it = ask(offer), HelpRequest.objects.get()
    helping.answer_help(request=as_nadia_saw_it, supervisor=nadia)
    with pytest.raises(NotAllowed, match="Nadia is already coming to"):
        helping.answer_help(request=as_carol_saw_it, supervisor=world.carol)
    assert HelpRequest.objects.get().answered_by == nadia
    assert [name for name, _actor in told()].count("help.answered") == 1


def test_pressing_twice_asks_once_and_answers_once(world: World, nadia: User) -> None:
    offer = talk(world)
    asked = ask(offer)
    helping.ask_for_help(offer=offer, agent=offer.agent)
    helping.answer_help(request=asked, supervisor=nadia)
    helping.answer_help(request=asked, supervisor=nadia)
    assert [name for name, _actor in told()] == ["help.asked", "help.answered"]


def test_the_agent_takes_it_back_and_may_ask_again(world: World) -> None:
    offer = talk(world)
    first = ask(offer)
    helping.withdraw_help(offer=offer, agent=offer.agent)
    helping.withdraw_help(offer=offer, agent=offer.agent)
    assert strip(world.carol) == ""
    first.refresh_from_db()
    assert first.outcome == HelpOutcome.WITHDRAWN
    with pytest.raises(NotAllowed, match="needs no help any more"):
        helping.answer_help(request=first, supervisor=world.carol)
    ask(offer)
    assert "asks for help" in strip(world.carol)
    assert [name for name, _actor in told()] == ["help.asked", "help.withdrawn", "help.asked"]


@pytest.mark.parametrize("end", ["caller_hangs_up", "lose_agent"])
def test_it_ends_with_the_conversation_whoever_ended_it(world: World, end: str) -> None:
    offer = talk(world)
    asked = ask(offer)
    if end == "caller_hangs_up":
        world.caller_hangs_up(offer.call)
    else:
        world.lose_agent(offer)
    asked.refresh_from_db()
    assert asked.outcome == HelpOutcome.CALL_ENDED
    assert strip(world.carol) == ""
    assert told()[-1] == ("help.ended", None)
    with pytest.raises(NotAllowed, match="no conversation any more"):
        helping.ask_for_help(offer=offer, agent=offer.agent)


def test_a_conversation_without_help_ends_without_a_word_about_it(world: World) -> None:
    offer = talk(world)
    world.caller_hangs_up(offer.call)
    assert told() == []


def test_who_only_rings_cannot_ask_for_help(world: World) -> None:
    world.ring_in()
    offer = world.dispatch()
    with pytest.raises(NotAllowed, match="no conversation"):
        helping.ask_for_help(offer=offer, agent=offer.agent)
    assert not HelpRequest.objects.exists()


def test_the_answer_comes_by_its_door_and_a_refusal_is_a_sentence(
    world: World, nadia: User
) -> None:
    asked = ask(talk(world))
    address = reverse("supervisors:help-answer", args=[asked.pk])
    assert signed_in(nadia).post(address).status_code == 200
    late = signed_in(world.carol).post(address)
    assert late.status_code == 409
    assert late.json()["message"].startswith("Nadia is already coming to")


def test_who_may_not_answer_learns_nothing(world: World) -> None:
    asked = ask(talk(world))
    address = reverse("supervisors:help-answer", args=[asked.pk])
    for person in (world.alice.user, world.cast.dave, world.mallory):
        assert signed_in(person).post(address).status_code == 404
    assert Client().post(address).status_code == 401
    assert signed_in(world.carol).get(address).status_code == 405
    nobody = reverse("supervisors:help-answer", args=[asked.pk + 1])
    assert signed_in(world.carol).post(nobody).status_code == 404
    asked.refresh_from_db()
    assert asked.answered_by is None


def test_who_asks_for_help_stands_first_among_the_agents(world: World, nadia: User) -> None:
    world.take_a_break(world.bob)
    offer = talk(world)
    world.ring_in()  # Bob is away: nobody else is more pressing than who asks

    def first_row() -> str:
        html = signed_in(world.carol).get(reverse("supervisors:panels")).content.decode()
        (row, *_others) = re.findall(r'<tr id="agent-row-.*?</tr>', html, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", row).split())

    asked = ask(offer)
    assert re.search(rf"{offer.agent.user.display_name} On call .* Asks for help", first_row())
    helping.answer_help(request=asked, supervisor=nadia)
    assert "Help is coming" in first_row()


def test_the_page_of_the_call_says_it_too(world: World, nadia: User) -> None:
    offer = talk(world)
    address = reverse("supervisors:call", args=[offer.call_id])
    asked = ask(offer)
    page = signed_in(world.carol).get(address).content.decode()
    assert "asks for help" in page
    assert reverse("supervisors:help-answer", args=[asked.pk]) in page
    helping.answer_help(request=asked, supervisor=nadia)
    page = signed_in(world.carol).get(address).content.decode()
    assert "<b>Nadia</b> is coming to" in page
    assert re.search(r"A supervisor comes after \d", re.sub(r"<[^>]+>", "", page))
