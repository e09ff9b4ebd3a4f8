"""Who may see the floor, and what it says."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contact_center.models import Call, Offer
from tests.cast import Cast, make_agent
from tests.realtime.world import World

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Client]


@pytest.fixture
def sign_in() -> SignIn:
    """A browser with somebody's session."""

    def signed_in(user: object) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def world(cast: Cast) -> World:
    """The cast on duty, and calls that go their way through the real services."""
    return World(cast)


@pytest.mark.parametrize("name", ["floor", "panels"])
def test_supervisors_and_admins_see_the_floor(name: str, world: World, sign_in: SignIn) -> None:
    for person in (world.carol, world.dana):
        answer = sign_in(person).get(reverse(f"supervisors:{name}"))
        assert answer.status_code == 200
        for panel in ("tiles", "queues", "calls", "agents", "ended"):
            assert f'id="floor-{panel}"' in answer.content.decode()


@pytest.mark.parametrize("name", ["floor", "panels"])
def test_an_agent_who_asks_for_the_floor_learns_nothing(
    name: str, world: World, sign_in: SignIn
) -> None:
    for person in (world.alice.user, world.cast.dave):
        answer = sign_in(person).get(reverse(f"supervisors:{name}"))
        assert answer.status_code == 404
        assert "Support" not in answer.content.decode()


@pytest.mark.parametrize("name", ["floor", "panels"])
def test_who_is_signed_out_is_sent_to_sign_in(name: str, world: World) -> None:
    answer = Client().get(reverse(f"supervisors:{name}"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("sign-in"))


def test_the_floor_is_only_for_reading(world: World, sign_in: SignIn) -> None:
    assert sign_in(world.carol).post(reverse("supervisors:floor")).status_code == 405


def text(html: str) -> str:
    """What a person reads."""
    return " ".join(re.sub(r"(?s)<script.*?</script>|<[^>]+>", " ", html).split())


def panel(client: Client, name: str) -> str:
    """What a person reads in one panel of the floor."""
    html = client.get(reverse("supervisors:panels")).content.decode()
    found = re.search(
        rf'<hx-partial hx-target="#floor-{name}"[^>]*>(.*?)</hx-partial>', html, re.DOTALL
    )
    assert found is not None
    return text(found[1])


def test_an_empty_floor_says_so_in_words(world: World, sign_in: SignIn) -> None:
    carol = sign_in(world.carol)
    assert "No call at the moment." in panel(carol, "calls")
    assert "No call has ended yet." in panel(carol, "ended")
    tiles = panel(carol, "tiles")
    assert "Waiting 0 in 0 of 2 queues" in tiles
    assert "Nobody waits" in tiles
    assert "Abandoned today 0 —" in tiles, "of nothing there is no share"


def test_a_call_is_followed_from_the_line_to_its_end(world: World, sign_in: SignIn) -> None:
    carol = sign_in(world.carol)
    call = world.ring_in()
    assert "Waiting 1 in 1 of 2 queues" in panel(carol, "tiles")
    assert re.search(r"\+1 415 555 7001 Waiting Support — [\d:]+ 1 [\d:]+", panel(carol, "calls"))
    offer = world.dispatch()
    name = offer.agent.user.display_name
    assert f"+1 415 555 7001 Ringing an agent Support {name}" in panel(carol, "calls")
    assert re.search(rf"{name} Ringing [\d:]+ Support \+1 415 555 7001", panel(carol, "agents"))
    world.accept(offer)
    world.connect(offer)
    assert re.search(rf"On call Support {name} [\d:]+ — —", panel(carol, "calls"))
    assert panel(carol, "queues").endswith("1 0 1 0 0 0 0"), "one free, one on a call"
    world.hold(offer)
    assert panel(carol, "queues").endswith("1 0 0 1 0 0 0"), "one free, one with a caller on hold"
    world.caller_hangs_up(call)
    assert "No call at the moment." in panel(carol, "calls")
    assert f"+1 415 555 7001 Caller hung up Support {name}" in panel(carol, "ended")
    assert "Answered today 1 of 1 offered" in panel(carol, "tiles")
    assert f"{name} Wrap-up" in panel(carol, "agents")


def test_a_caller_who_gives_up_is_counted_as_abandoned(world: World, sign_in: SignIn) -> None:
    carol = sign_in(world.carol)
    world.caller_hangs_up(world.ring_in())
    assert "Abandoned today 1 100.0 %, 1 short" in panel(carol, "tiles")
    assert "Caller left while waiting" in panel(carol, "ended")


def test_who_hangs_up_in_the_menu_is_not_counted_as_abandoned(
    world: World, sign_in: SignIn
) -> None:
    world.caller_hangs_up(world.ring_in_at_the_menu())
    carol = sign_in(world.carol)
    assert "Abandoned today 0 —" in panel(carol, "tiles")
    assert "Caller left in the menu" in panel(carol, "ended")


def test_nothing_of_another_organisation_is_shown(world: World, sign_in: SignIn) -> None:
    call = world.ring_in()
    mallory = sign_in(world.mallory)
    page = text(mallory.get(reverse("supervisors:floor")).content.decode())
    assert "Support" not in page
    assert "7001" not in page
    assert "Alice" not in page
    assert "Erin" in page
    assert "Erin" not in text(
        sign_in(world.carol).get(reverse("supervisors:floor")).content.decode()
    )
    assert mallory.get(reverse("supervisors:call", args=[call.pk])).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_floor(
    world: World, sign_in: SignIn, django_assert_num_queries: Callable[..., object]
) -> None:
    carol = sign_in(world.carol)
    for _ in range(3):
        world.ring_in()
    world.dispatch()
    with CaptureQueriesContext(connection) as few:
        carol.get(reverse("supervisors:panels"))
    for _ in range(10):
        world.ring_in()
    for number in range(5):
        make_agent(world.cast.tenant, f"agent{number}", world.cast.support)
    with django_assert_num_queries(len(few)):
        carol.get(reverse("supervisors:panels"))


def test_the_story_of_a_call_says_who_ended_it_and_why(world: World, sign_in: SignIn) -> None:
    call = world.ring_in()
    offer = world.dispatch()
    world.accept(offer)
    world.connect(offer)
    world.caller_hangs_up(call)
    world.finish(offer)
    answer = sign_in(world.carol).get(reverse("supervisors:call", args=[call.pk]))
    assert answer.status_code == 200
    told = text(answer.content.decode())
    positions = [
        told.index(words)
        for words in (
            "Call arrived",
            "Entered the queue",
            "Offered",
            "Accepted",
            "Caller and agent hear each other",
            "Call ended",
            "Wrap-up finished",
        )
    ]
    assert positions == sorted(positions)
    assert "How it ended Caller hung up" in told
    assert "Queue Support" in told
    assert f"{offer.agent.user.display_name}" in told
    assert "Handled" in told


def test_an_agent_may_not_read_the_story_of_a_call(world: World, sign_in: SignIn) -> None:
    call = world.ring_in()
    alice = sign_in(world.alice.user)
    assert alice.get(reverse("supervisors:call", args=[call.pk])).status_code == 404
    carol = sign_in(world.carol)
    assert carol.get(reverse("supervisors:call", args=[call.pk + 1])).status_code == 404


def test_what_a_caller_sent_is_shown_as_text(world: World, sign_in: SignIn) -> None:
    call = world.ring_in()
    Call.objects.filter(pk=call.pk).update(from_number="<script>alert(1)</script>")
    offer = world.dispatch()
    Offer.objects.filter(pk=offer.pk).update(notes="<b>bold</b>")
    carol = sign_in(world.carol)
    for url in (reverse("supervisors:panels"), reverse("supervisors:call", args=[call.pk])):
        html = carol.get(url).content.decode()
        assert "<script>alert" not in html
        assert "<b>bold" not in html
