"""The tab that is the phone: the newest claim holds, and what it says about its sound counts."""

import jwt
import pytest
from django.http import HttpResponse
from django.urls import reverse
from pytest_django import Settings

from contact_center.domain.states import Activity, Presence
from contact_center.models import Agent, PhoneLease
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast

pytestmark = pytest.mark.once

JSON = {"Accept": "application/json"}


def post(agent: Agent, name: str, **values: str) -> HttpResponse:
    """What a module of the agent's page sends."""
    return signed_in(agent.user).post(reverse(f"agents:{name}"), values, headers=JSON)


def test_the_newest_claim_is_the_phone(cast: Cast) -> None:
    first = post(cast.alice, "phone-claim").json()
    second = post(cast.alice, "phone-claim").json()
    assert first["lease"] != second["lease"]
    assert post(cast.alice, "beat", lease=second["lease"]).json() == {"held": True}
    assert post(cast.alice, "beat", lease=first["lease"]).json() == {"held": False}


def test_another_agents_lease_is_no_lease_of_mine(cast: Cast) -> None:
    theirs = post(cast.bob, "phone-claim").json()["lease"]
    assert post(cast.alice, "beat", lease=theirs).json() == {"held": False}
    assert post(cast.alice, "phone-report", lease=theirs, ring_heard="true").status_code == 409
    assert PhoneLease.objects.get(agent=cast.bob).ring_heard_at is None


def test_a_phone_with_a_call_is_not_taken_over(cast: Cast) -> None:
    lease = builders.on_duty(cast.alice)
    builders.talking(builders.offer(builders.waiting_call(cast.support), cast.alice))
    answer = post(cast.alice, "phone-claim")
    assert answer.status_code == 409
    assert "has a call" in answer.json()["message"]
    assert PhoneLease.objects.get().key == lease.key


def test_whoever_takes_the_phone_over_has_to_show_the_ring_again(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    lease = post(cast.alice, "phone-claim").json()["lease"]
    cast.alice.refresh_from_db()
    assert cast.alice.presence == Presence.OFFLINE
    assert post(cast.alice, "on-duty", lease=lease).status_code == 409


@pytest.mark.parametrize(
    ("ring", "microphone", "admitted"),
    [
        ("true", "true", True),
        ("true", "false", False),
        ("false", "true", False),
        ("", "true", False),
        ("true", "", False),
    ],
)
def test_nobody_is_available_until_ring_and_microphone_are_shown_to_work(
    cast: Cast, ring: str, microphone: str, admitted: bool
) -> None:
    lease = post(cast.alice, "phone-claim").json()["lease"]
    post(cast.alice, "phone-report", lease=lease, ring_heard=ring, microphone_ok=microphone)
    answer = post(cast.alice, "on-duty", lease=lease)
    cast.alice.refresh_from_db()
    assert answer.status_code == (200 if admitted else 409)
    assert (cast.alice.presence == Presence.AVAILABLE) is admitted


def test_a_microphone_that_goes_away_is_noted_without_forgetting_the_ring(cast: Cast) -> None:
    lease = builders.on_duty(cast.alice)
    post(cast.alice, "phone-report", lease=lease.key, microphone_ok="false")
    lease.refresh_from_db()
    assert not lease.microphone_ok
    assert lease.ring_heard_at is not None


def test_the_token_is_for_this_tab_and_names_nobody(cast: Cast, settings: Settings) -> None:
    lease = builders.on_duty(cast.alice)
    answer = post(cast.alice, "token", lease=lease.key, slot="0").json()
    claims = jwt.decode(answer["token"], settings.TWILIO_API_KEY_SECRET, algorithms=["HS256"])
    assert claims["grants"]["identity"] == lease.identity(0)
    assert "alice" not in str(claims).lower()
    assert answer["gateway"] == "localhost:8100"


def test_on_the_real_network_the_softphone_learns_where_to_enter_it(
    cast: Cast, settings: Settings
) -> None:
    lease = builders.on_duty(cast.alice)
    settings.TWILIO_REGION = "ie1"
    assert post(cast.alice, "token", lease=lease.key, slot="0").json()["edge"] == "dublin"
    settings.TWILIO_REGION = None
    assert post(cast.alice, "token", lease=lease.key, slot="0").json()["edge"] is None


def test_a_tab_that_is_not_the_phone_gets_no_token(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    answer = post(cast.alice, "token", lease="0" * 32, slot="0")
    assert answer.status_code == 409
    assert answer.json()["error"] == "phone-elsewhere"
    assert "token" not in answer.json()


@pytest.mark.parametrize("lease", ["", "x" * 33, "'; drop", "ÄÖÜ", "\x00", "A" * 32])
@pytest.mark.parametrize("name", ["beat", "phone-report", "token", "on-duty", "come-back"])
def test_a_lease_that_is_nonsense_gets_a_sentence(cast: Cast, name: str, lease: str) -> None:
    builders.on_duty(cast.alice)
    builders.doing(cast.alice, Activity.NOT_RESPONDING, "no_answer")
    answer = post(cast.alice, name, lease=lease, slot="0")
    assert answer.status_code == 422
    assert answer.json()["message"].endswith(".")
    assert cast.alice.slots.get().activity == Activity.NOT_RESPONDING


@pytest.mark.parametrize("slot", ["", "-1", "21", "one", "9" * 30, "1.5", "\x00"])
def test_a_line_that_is_nonsense_gets_a_sentence_and_no_token(cast: Cast, slot: str) -> None:
    lease = builders.on_duty(cast.alice)
    answer = post(cast.alice, "token", lease=lease.key, slot=slot)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error", "message"}
