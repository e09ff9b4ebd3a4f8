"""What agents choose, and what is said to choices that cannot be."""

import pytest
from django.http import HttpResponse
from django.urls import reverse

from contact_center.domain.states import Activity, Presence
from contact_center.models import Agent, EventLog
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast

pytestmark = pytest.mark.once

HTMX = {"HX-Request": "true"}


def post(agent: Agent, name: str, **values: str) -> HttpResponse:
    """What a button of the agent's page sends."""
    return signed_in(agent.user).post(reverse(f"agents:{name}"), values, headers=HTMX)


def presence_of(agent: Agent) -> tuple[str, str]:
    agent.refresh_from_db()
    return agent.presence, agent.presence_reason


def test_alice_takes_a_break_and_comes_back(cast: Cast) -> None:
    lease = builders.on_duty(cast.alice)
    answer = post(cast.alice, "presence", presence="break", reason="lunch", lease=lease.key)
    assert answer.status_code == 200
    assert "Lunch" in answer.content.decode()
    assert presence_of(cast.alice) == (Presence.BREAK, "lunch")
    post(cast.alice, "presence", presence="available", lease=lease.key)
    assert presence_of(cast.alice) == (Presence.AVAILABLE, "")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Choose a status from the list."),
        ({"presence": "sleepy"}, "There is no such status."),
        ({"presence": "x" * 5000}, "There is no such status."),
        ({"presence": "break"}, "Choose one of the breaks in the list."),
        ({"presence": "break", "reason": "yoga"}, "Choose one of the breaks in the list."),
        ({"presence": "break", "reason": "x" * 31}, "Choose one of the breaks in the list."),
        ({"presence": "available", "reason": "lunch"}, "Only a break has a reason."),
        ({"presence": "break", "reason": "lunch\x00"}, "Null characters are not allowed."),
    ],
)
@pytest.mark.parametrize("name", ["presence", "next-presence"])
def test_a_choice_that_cannot_be_gets_a_sentence_and_changes_nothing(
    cast: Cast, name: str, values: dict[str, str], words: str
) -> None:
    lease = builders.on_duty(cast.alice)
    if not values and name == "next-presence":
        words = ""  # nothing chosen is how the choice is taken back
    answer = post(cast.alice, name, **values, lease=lease.key)
    assert answer.status_code == (422 if words else 200)
    assert words in answer.content.decode()
    assert presence_of(cast.alice) == (Presence.AVAILABLE, "")
    assert cast.alice.next_presence == ""
    assert not EventLog.objects.filter(name="presence.changed").exists()


def test_a_refusal_comes_with_panels_that_are_true(cast: Cast) -> None:
    lease = builders.on_duty(cast.alice)
    page = post(cast.alice, "presence", presence="sleepy", lease=lease.key).content.decode()
    assert 'hx-target="#middle"' in page
    assert "Ready for calls" in page
    assert 'role="alert"' in page


def test_another_tab_cannot_make_alice_available(cast: Cast) -> None:
    builders.phone(cast.alice)
    answer = post(cast.alice, "presence", presence="available", lease="0" * 32)
    assert answer.status_code == 409
    assert "Take it over" in answer.content.decode()
    assert presence_of(cast.alice)[0] == Presence.OFFLINE


def test_going_off_duty_in_mid_call_is_refused_with_what_to_do_instead(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.talking(builders.offer(builders.waiting_call(cast.support), cast.alice))
    answer = post(cast.alice, "off-duty")
    assert answer.status_code == 409
    assert "Choose Offline as what comes after it." in answer.content.decode()
    assert presence_of(cast.alice)[0] == Presence.AVAILABLE


def test_what_comes_after_the_call_is_chosen_and_taken_back(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.talking(builders.offer(builders.waiting_call(cast.support), cast.alice))
    page = post(cast.alice, "next-presence", presence="break", reason="short").content.decode()
    cast.alice.refresh_from_db()
    assert (cast.alice.next_presence, cast.alice.next_presence_reason) == ("break", "short")
    assert "then Short Break" in page
    assert cast.alice.presence == Presence.AVAILABLE, "it has not come true yet"
    post(cast.alice, "next-presence", presence="")
    cast.alice.refresh_from_db()
    assert cast.alice.next_presence == ""


def test_who_was_not_responding_comes_back_with_one_press(cast: Cast) -> None:
    lease = builders.on_duty(cast.alice)
    builders.doing(cast.alice, Activity.NOT_RESPONDING, "no_answer")
    page = post(cast.alice, "come-back", lease=lease.key).content.decode()
    assert "Ready for calls" in page
    assert cast.alice.slots.get().activity == Activity.IDLE


def test_only_the_phone_tab_brings_its_agent_back(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.doing(cast.alice, Activity.NOT_RESPONDING, "no_answer")
    assert post(cast.alice, "come-back", lease="0" * 32).status_code == 409
    assert cast.alice.slots.get().activity == Activity.NOT_RESPONDING
