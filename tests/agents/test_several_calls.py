"""A desk with several calls: what is on it, and what the floor says of it."""

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.states import Activity
from contact_center.models import Agent, Offer, Queue
from tests import builders
from tests.builders import signed_in
from tests.cast import make_agent

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def tess(cast: Any) -> Agent:
    """Tess, who may have three calls."""
    agent = make_agent(cast.tenant, "tess", cast.sales, slots=3)
    builders.on_duty(agent)
    return agent


def talks(cast: Any, agent: Agent, slot: int, caller: str, **more: Any) -> Offer:
    """The agent talks with a caller in that slot."""
    call = builders.waiting_call(cast.sales, caller)
    return builders.talking(builders.offer(call, agent, slot=slot), **more)


def desk_of(agent: Agent) -> str:
    """What is on the screen, without its tags."""
    page = signed_in(agent.user).get(reverse("agents:panels"))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_who_may_have_another_call_reads_what_accepting_it_does(cast: Any, tess: Agent) -> None:
    talks(cast, tess, 0, "+14155550141")
    builders.offer(builders.waiting_call(cast.sales, "+14155550142"), tess, slot=1)
    shown = desk_of(tess)
    assert "Accepting puts your call with +1 415 555 0141 on hold." in shown
    assert "+1 on call" in shown
    assert "holds the other" not in shown


def test_who_has_nobody_to_hold_reads_nothing_of_it(cast: Any, tess: Agent) -> None:
    builders.offer(builders.waiting_call(cast.sales), tess)
    assert "on hold" not in desk_of(tess)


def test_each_held_call_can_be_resumed_and_says_whom_that_holds(cast: Any, tess: Agent) -> None:
    now = timezone.now()
    talks(cast, tess, 0, "+14155550141", held_at=now)
    talks(cast, tess, 1, "+14155550142", held_at=now)
    assert desk_of(tess).count("Resume (holds the other)") == 0  # nobody is heard
    talks(cast, tess, 2, "+14155550143")
    shown = desk_of(tess)
    assert shown.count("Resume (holds the other)") == 2
    assert "+2 held" in shown


def test_a_call_that_is_still_heard_while_it_makes_way_is_not_called_held(
    cast: Any, tess: Agent
) -> None:
    talks(cast, tess, 0, "+14155550141")
    second = builders.offer(builders.waiting_call(cast.sales), tess, slot=1)
    builders.accepted(second)
    shown = desk_of(tess)
    assert "Going on hold" in shown
    assert "Your other call is put on hold first" in shown
    assert "Resume" not in shown


def test_who_missed_a_second_call_is_told_beside_the_one_that_goes_on(
    cast: Any, tess: Agent
) -> None:
    talks(cast, tess, 0, "+14155550141")
    builders.doing(tess, Activity.NOT_RESPONDING, "no_answer", number=1)
    shown = desk_of(tess)
    assert "No further call rings until you are back" in shown
    assert "You are shown as not responding" not in shown


def test_notes_of_a_call_and_of_a_wrap_up_beside_it_are_two_forms(cast: Any, tess: Agent) -> None:
    first = talks(cast, tess, 0, "+14155550141")
    builders.wrapping_up(first)
    talks(cast, tess, 1, "+14155550142")
    page = signed_in(tess.user).get(reverse("agents:panels")).content.decode()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("data-notes-field") == 2


def test_the_floor_says_that_somebody_is_held_beside_the_call(cast: Any, tess: Agent) -> None:
    talks(cast, tess, 0, "+14155550141", held_at=timezone.now())
    heard = talks(cast, tess, 1, "+14155550142")
    row = signed_in(cast.carol).get("/supervisors/").content.decode()
    assert "+1 held" in row
    assert f"/supervisors/calls/{heard.call_id}/" in row  # of the two the one that is heard


@pytest.mark.parametrize("more", [{}, {"held_at": timezone.now()}], ids=["heard", "held"])
def test_a_call_that_may_be_taken_by_itself_is_not_beside_another(
    cast: Any, tess: Agent, more: dict[str, Any]
) -> None:
    """Also not beside a caller on hold: the agent may be talking with whom she consults."""
    Queue.objects.update(auto_answer_seconds=3)
    first = talks(cast, tess, 0, "+14155550141", **more)
    builders.offer(builders.waiting_call(cast.sales, "+14155550142"), tess, slot=1)
    assert "Taken by itself in" not in desk_of(tess)
    builders.wrapping_up(first)
    assert "Taken by itself in" not in desk_of(tess), "nor while she writes"
    builders.handled(first)
    assert "Taken by itself in" in desk_of(tess)
