"""Who may see what: everybody else gets 404 and learns nothing."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from contact_center.models import Role
from contact_center.selectors import access
from tests import builders
from tests.cast import Cast, make_user


def test_alice_finds_her_own_desk(cast: Cast) -> None:
    assert access.agent_of(cast.alice.user) == cast.alice
    assert access.is_agent(cast.alice.user)


@pytest.mark.parametrize("name", ["carol", "dana", "dave"])
def test_who_is_no_agent_has_no_desk(cast: Cast, name: str) -> None:
    with pytest.raises(Http404):
        access.agent_of(getattr(cast, name))
    assert not access.is_agent(getattr(cast, name))


def test_who_is_not_signed_in_has_no_desk(cast: Cast) -> None:
    with pytest.raises(Http404):
        access.agent_of(AnonymousUser())
    assert not access.is_agent(AnonymousUser())


def test_an_agent_who_moved_to_another_organisation_has_no_desk_in_the_old_one(cast: Cast) -> None:
    cast.alice.user.tenant = cast.other_tenant
    cast.alice.user.save()
    with pytest.raises(Http404):
        access.agent_of(cast.alice.user)


def test_alice_finds_the_offer_made_to_her(cast: Cast) -> None:
    offer = builders.offer(builders.waiting_call(cast.support), cast.alice)
    assert access.own_offer(cast.alice, offer.pk) == offer


def test_nobody_finds_the_offer_made_to_somebody_else(cast: Cast) -> None:
    offer = builders.offer(builders.waiting_call(cast.support), cast.alice)
    for other in (cast.bob, cast.erin):
        with pytest.raises(Http404):
            access.own_offer(other, offer.pk)


def test_an_offer_that_never_was_is_not_found(cast: Cast) -> None:
    with pytest.raises(Http404):
        access.own_offer(cast.alice, 999_999)


def test_supervisors_and_admins_watch_their_own_floor(cast: Cast) -> None:
    assert access.supervised_tenant(cast.carol) == cast.tenant
    assert access.supervised_tenant(cast.dana) == cast.tenant
    assert access.may_supervise(cast.carol)


@pytest.mark.parametrize("name", ["dave", "alice"])
def test_agents_watch_no_floor(cast: Cast, name: str) -> None:
    person = getattr(cast, name)
    user = getattr(person, "user", person)
    with pytest.raises(Http404):
        access.supervised_tenant(user)
    assert not access.may_supervise(user)


def test_a_supervisor_without_an_organisation_watches_nothing(cast: Cast) -> None:
    stray = make_user(cast.tenant, "stray", Role.SUPERVISOR)
    stray.tenant = None
    stray.save()
    with pytest.raises(Http404):
        access.supervised_tenant(stray)


def test_who_is_not_signed_in_watches_nothing(cast: Cast) -> None:
    with pytest.raises(Http404):
        access.supervised_tenant(AnonymousUser())
