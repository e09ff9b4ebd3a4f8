"""Whose desk it is. Everybody else gets 404, signed out goes to sign in, and nothing is written."""

import pytest
from django.test import Client
from django.urls import reverse

from contact_center.models import EventLog, Offer, OfferState, PhoneLease
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast

PAGES = ["desk", "panels", "calls"]
DEEDS = [
    "phone-claim",
    "phone-report",
    "beat",
    "token",
    "on-duty",
    "off-duty",
    "presence",
    "next-presence",
    "come-back",
]
OFFER_DEEDS = [
    "offer-accept",
    "offer-decline",
    "offer-joined",
    "offer-failed",
    "call-hold",
    "call-resume",
    "call-mute",
    "call-unmute",
    "call-hang-up",
    "help-ask",
    "help-withdraw",
    "voicemail-done",
    "voicemail-put-back",
    "wrap-up-save",
    "wrap-up-extend",
    "wrap-up-finish",
]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["carol", "dana", "dave"])
def test_who_is_no_agent_finds_no_desk(cast: Cast, name: str, page: str) -> None:
    answer = signed_in(getattr(cast, name)).get(reverse(f"agents:{page}"))
    assert answer.status_code == 404


@pytest.mark.parametrize("deed", DEEDS)
def test_dave_can_do_nothing_at_a_desk(cast: Cast, deed: str) -> None:
    answer = signed_in(cast.dave).post(reverse(f"agents:{deed}"), {"presence": "available"})
    assert answer.status_code == 404
    assert not EventLog.objects.exists()
    assert not PhoneLease.objects.exists()


@pytest.mark.parametrize("deed", OFFER_DEEDS)
@pytest.mark.parametrize("who", ["bob", "erin", "dave"])
def test_nobody_touches_alices_call_but_alice(cast: Cast, who: str, deed: str) -> None:
    offer = builders.offer(builders.waiting_call(cast.support), cast.alice)
    person = getattr(cast, who)
    client = signed_in(getattr(person, "user", person))
    answer = client.post(reverse(f"agents:{deed}", args=[offer.pk]), {"fence": offer.fence})
    assert answer.status_code == 404
    assert Offer.objects.get().state == OfferState.PENDING
    assert not EventLog.objects.exists()


@pytest.mark.parametrize("page", PAGES)
def test_who_is_signed_out_is_sent_to_sign_in_and_back(db: None, page: str) -> None:
    address = reverse(f"agents:{page}")
    answer = Client().get(address)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('sign-in')}?next={address}"


@pytest.mark.parametrize("deed", DEEDS)
def test_the_page_of_who_signed_out_elsewhere_is_told_so(db: None, deed: str) -> None:
    address = reverse(f"agents:{deed}")
    module = Client().post(address, headers={"Accept": "application/json"})
    assert module.status_code == 401
    htmx = Client().post(address, headers={"HX-Request": "true"})
    assert htmx.status_code == 401
    # htmx would follow this at once, out of a call that is on (static/js/door.js).
    assert "HX-Redirect" not in htmx


@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_is_done_by_merely_opening_an_address(cast: Cast, deed: str) -> None:
    assert signed_in(cast.alice.user).get(reverse(f"agents:{deed}")).status_code == 405


@pytest.mark.parametrize("deed", OFFER_DEEDS)
def test_no_call_is_touched_by_merely_opening_an_address(cast: Cast, deed: str) -> None:
    offer = builders.offer(builders.waiting_call(cast.support), cast.alice)
    answer = signed_in(cast.alice.user).get(reverse(f"agents:{deed}", args=[offer.pk]))
    assert answer.status_code == 405
    assert Offer.objects.get().state == OfferState.PENDING


def test_a_page_of_another_site_cannot_act_for_alice(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.alice.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = strict.post(reverse("agents:phone-claim"))
    assert answer.status_code == 403
    assert not PhoneLease.objects.exists()


def test_what_a_desk_shows_is_kept_by_no_cache(cast: Cast) -> None:
    answer = signed_in(cast.alice.user).get(reverse("agents:panels"))
    assert "no-store" in answer["Cache-Control"]
