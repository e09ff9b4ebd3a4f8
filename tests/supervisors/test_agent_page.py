"""The page of one agent: what goes on, what may be done about it, and what happened."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.states import Presence
from contact_center.models import Agent, EventLog, User
from contact_center.services import overruling
from tests.builders import signed_in
from tests.cast import Cast
from tests.realtime.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def world(cast: Cast) -> World:
    """The cast on duty, and calls that go their way through the real services."""
    return World(cast)


def page_of(agent: Agent, user: User) -> str:
    return signed_in(user).get(reverse("supervisors:agent", args=[agent.pk])).content.decode()


def text(html: str) -> str:
    """What a person reads."""
    return " ".join(re.sub(r"(?s)<script.*?</script>|<[^>]+>", " ", html).split())


def test_it_says_what_goes_on_and_names_the_call_before_it_is_cut(world: World) -> None:
    world.ring_in()
    offer = world.dispatch()
    world.accept(offer)
    world.connect(offer)
    html = page_of(offer.agent, world.carol)
    said = text(html)
    assert "Call +1 415 555 7001 , Support" in said
    name = offer.agent.user.display_name
    assert f"{name} is on a call with +1 415 555 7001. When?" in said
    assert re.search(r'name="cut" value="" checked', html), "by default the call ends first"
    assert f'name="cut" value="{offer.pk}"' in html
    assert "End the call with +1 415 555 7001 now; the caller hears the goodbye" in said
    assert "End wrap-up" not in said


def test_who_is_idle_has_no_call_to_cut(world: World) -> None:
    html = page_of(world.alice, world.carol)
    assert 'name="cut"' not in html
    assert "Sign Alice out" in text(html)
    overruling.change_presence(agent=world.alice, to=Presence.OFFLINE, actor=world.carol)
    assert 'data-dialog="sign-out-agent"' not in page_of(world.alice, world.carol)


def test_what_happened_says_who_did_it_and_why(world: World) -> None:
    overruling.change_presence(
        agent=world.alice,
        to=Presence.BREAK,
        reason="lunch",
        why="<i>Eat</i>",
        actor=world.carol,
    )
    html = page_of(world.alice, world.dana)
    assert "<i>Eat" not in html
    said = text(html)
    assert re.search(r"Changed status: Lunch[ \w]* Carol : &lt;i&gt;Eat&lt;/i&gt;", said)
    assert "Lunch" not in text(page_of(world.bob, world.dana)).split("What happened")[1]


def test_today_lists_the_calls_and_leads_to_them(world: World) -> None:
    call = world.ring_in()
    offer = world.dispatch()
    world.accept(offer)
    world.connect(offer)
    world.caller_hangs_up(call)
    assert "End wrap-up" in text(page_of(offer.agent, world.carol))
    world.finish(offer)
    html = page_of(offer.agent, world.carol)
    assert re.search(r"Handled 1 Not answered 0 Talked 0:0\d", text(html))
    assert re.search(
        r"Answered 100 % 1 of 1 that rang Handle time 0:0\d Occupancy \d+ %", text(html)
    )
    other = text(page_of(world.bob if offer.agent == world.alice else world.alice, world.carol))
    assert "Answered — 0 of 0 that rang Handle time — Occupancy" in other
    assert f'href="{reverse("supervisors:call", args=[call.pk])}"' in html


def test_a_long_day_costs_what_a_short_one_does(
    world: World, django_assert_num_queries: Callable[..., object]
) -> None:
    client = signed_in(world.carol)
    address = reverse("supervisors:agent", args=[world.alice.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    EventLog.objects.bulk_create(
        EventLog(
            tenant=world.cast.tenant,
            name="phone.silent",
            at=timezone.now(),
            agent_id=world.alice.pk,
        )
        for _ in range(200)
    )
    with django_assert_num_queries(len(few)):
        html = client.get(address).content.decode()
    assert html.count('id="happened-') == 50
