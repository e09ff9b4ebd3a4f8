"""The bar of a supervisor in a conversation, and what the floor shows of it to everybody."""

import re
from typing import Any

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from contact_center.models import Offer, Role, Supervision, SupervisionState, User
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def talk(cast: Cast) -> Offer:
    """Alice talks with a caller."""
    builders.on_duty(cast.alice)
    return builders.talking(builders.offer(builders.waiting_call(cast.support), cast.alice))


def stay(user: User, talk: Offer, mode: str = "listen", **values: Any) -> Supervision:
    """The supervisor is with Alice's conversation, as the network confirmed it."""
    now = timezone.now()
    is_so: dict[str, Any] = {
        "state": SupervisionState.LIVE,
        "started_at": now,
        "joined_at": now,
        "mode": mode,
    }
    return Supervision.objects.create(
        tenant=talk.tenant, call=talk.call, offer=talk, supervisor=user, **is_so | values
    )


def floor(user: User) -> str:
    return signed_in(user).get(reverse("supervisors:floor")).content.decode()


def bar(user: User) -> str:
    page = floor(user)
    return page[page.index('id="supervision-bar"') : page.index('id="notice"')]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def buttons(html: str) -> dict[str, str]:
    """The word on every button, and how its tag begins."""
    found = re.findall(r"<button([^>]*)>(.*?)</button>", html, re.S)
    return {words(re.sub(r"<kbd.*?</kbd>", "", inside)): tag for tag, inside in found}


def test_who_is_with_nobody_has_no_bar(cast: Cast, talk: Offer) -> None:
    stay(cast.dana, talk)
    assert "Listening" not in bar(cast.carol)
    assert "Listening to Alice" in bar(cast.dana)


@pytest.mark.parametrize(
    ("mode", "heading", "hears", "heard"),
    [
        ("listen", "Listening to Alice", "Nobody hears you.", "false"),
        ("coach", "Coaching Alice", "+1 415 555 0142 cannot hear you.", "false"),
        ("barge", "Barged in: Alice", "Alice and +1 415 555 0142 hear you.", "true"),
    ],
)
def test_the_bar_says_what_one_does_and_who_hears_it(
    cast: Cast, talk: Offer, mode: str, heading: str, hears: str, heard: str
) -> None:
    stay(cast.carol, talk, mode)
    html = bar(cast.carol)
    assert heading in words(html)
    assert hears in words(html)
    assert f'data-heard="{heard}"' in html
    pressed = [name for name, tag in buttons(html).items() if 'aria-pressed="true"' in tag]
    assert pressed == [mode.capitalize()]
    assert list(buttons(html)) == ["Listen", "Coach", "Barge", "Take over", "Mute", "Leave"]


def test_what_is_asked_for_is_not_shown_as_so(cast: Cast, talk: Offer) -> None:
    stay(cast.carol, talk, "coach", mode_asked="barge", mode_asked_at=timezone.now())
    html = bar(cast.carol)
    assert 'data-heard="false"' in html
    assert "cannot hear you" in words(html)
    asked = buttons(html)["Barge"]
    assert 'data-outcome="asked" aria-busy="true"' in asked
    assert 'aria-pressed="false"' in asked


def test_what_failed_says_first_who_hears_one(cast: Cast, talk: Offer) -> None:
    problem = {"asked": "listen", "reason": "The phone network has not confirmed it."}
    stay(cast.carol, talk, "barge", problem=problem)
    html = bar(cast.carol)
    said = words(html[html.index('id="supervision-problem"') :])
    assert "Alice and +1 415 555 0142 hear you. Listen did not work: The phone network" in said
    assert "Press Listen to try again." in said
    assert 'data-outcome="failed"' in buttons(html)["Listen"]


def test_a_caller_on_hold_hears_no_supervisor(cast: Cast, talk: Offer) -> None:
    Offer.objects.filter(pk=talk.pk).update(held_at=timezone.now())
    stay(cast.carol, talk, "barge")
    assert "Alice hears you. +1 415 555 0142 is on hold and hears music." in words(bar(cast.carol))


def test_whose_call_it_became_is_told_when_the_caller_hears(cast: Cast, talk: Offer) -> None:
    mine = stay(cast.carol, talk, "coach", taken_over_at=timezone.now(), mode_asked="barge")
    html = bar(cast.carol)
    assert "+1 415 555 0142 does not hear you yet." in words(html)
    assert 'data-heard="false"' in html
    Supervision.objects.filter(pk=mine.pk).update(mode="barge", mode_asked="")
    html = bar(cast.carol)
    assert "Your call with +1 415 555 0142 +1 415 555 0142 hears you." in words(html)
    assert list(buttons(html)) == ["Hold", "Mute", "Hang up"], "nothing that Esc could end"


def test_a_stay_that_ended_by_itself_says_why(cast: Cast, talk: Offer) -> None:
    over = {"state": SupervisionState.ENDED, "ended_at": timezone.now()}
    mine = stay(cast.carol, talk, "coach", end_reason="call_ended", **over)
    said = words(bar(cast.carol))
    assert "You are not with Alice and +1 415 555 0142 any more. The conversation is over." in said
    Supervision.objects.filter(pk=mine.pk).update(end_reason="left")
    assert "any more" not in bar(cast.carol), "who left knows it"


def test_a_row_in_conversation_has_the_buttons_and_says_who_is_there(
    cast: Cast, talk: Offer
) -> None:
    stay(cast.dana, talk, "coach")
    page = floor(cast.carol)
    row = page[page.index(f'id="agent-row-{cast.alice.pk}"') :].partition("</tr>")[0]
    names = re.findall(r'aria-label="(Listen|Coach|Barge|Take over|Leave)"', row)
    assert names == ["Leave", "Listen", "Coach", "Barge", "Take over"]
    assert re.search(r"data-leave hidden", row), "only the page of who is there shows it"
    assert 'title="Dana coaches"' in row
    other = page[page.index(f'id="agent-row-{cast.bob.pk}"') :].partition("</tr>")[0]
    assert "data-mode" not in other


def test_where_there_is_no_coaching_nobody_is_offered_it(cast: Cast, talk: Offer) -> None:
    with override_settings(DJANGO_TWILIO_CALL_CONFERENCE={"COACH_MODE_ENABLED": False}):
        page = floor(cast.carol)
    assert 'aria-label="Coach"' not in page
    assert 'aria-label="Listen"' in page


def test_listening_unseen_is_offered_where_it_is_allowed(cast: Cast, talk: Offer) -> None:
    page = reverse("supervisors:call", args=[talk.call_id])
    assert "Listen unseen" not in signed_in(cast.carol).get(page).content.decode()
    cast.tenant.private_listening = True
    cast.tenant.save()
    assert "Listen unseen" in signed_in(cast.carol).get(page).content.decode()


def test_another_organisations_supervisor_sees_nothing_of_it(cast: Cast, talk: Offer) -> None:
    stay(cast.carol, talk, "barge")
    theirs = make_user(cast.erin.tenant, "frank", Role.SUPERVISOR)
    page = floor(theirs)
    assert "Alice" not in page
    assert "Barged in" not in page
