"""Who may see what: everybody else gets 404 and learns nothing."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from contact_center.models import Role, Team, TeamSupervisor, User
from contact_center.selectors import access
from contact_center.selectors.scopes import Scope
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


def team(cast: Cast, name: str, *supervisors: User) -> Team:
    """A team and who supervises it."""
    made = Team.objects.create(tenant=cast.tenant, name=name)
    for user in supervisors:
        TeamSupervisor.objects.create(team=made, user=user)
    return made


def supervisor(cast: Cast, name: str) -> User:
    """Somebody to whom a team can be given."""
    return make_user(cast.tenant, name, Role.SUPERVISOR)


def test_who_come_together_are_read_together_and_each_sees_what_they_see_alone(cast: Cast) -> None:
    nora, nick, sue = (supervisor(cast, name) for name in ("nora", "nick", "sue"))
    north, south = team(cast, "North", nora, nick), team(cast, "South", nick, sue)
    people = [nora, nick, sue, cast.carol]
    alone = [access.scope_of(one) for one in people]
    with access.together(people), CaptureQueriesContext(connection) as statements:
        assert [access.scope_of(one) for one in people] == alone
    assert len(statements) == 1
    assert [one.team_ids for one in alone] == [
        (north.pk,),
        (north.pk, south.pk),
        (south.pk,),
        (),
    ]


def test_who_is_not_among_them_is_read_alone_and_an_agent_sees_nothing(cast: Cast) -> None:
    nora = supervisor(cast, "nora")
    north = team(cast, "North", nora)
    with access.together([cast.carol, cast.dana, cast.alice.user, AnonymousUser()]):
        assert access.scope_of(cast.carol).is_whole
        assert access.scope_of(nora).team_ids == (north.pk,)
        for nobody in (cast.alice.user, AnonymousUser()):
            with pytest.raises(Http404):
                access.scope_of(nobody)


def test_what_was_read_together_holds_for_that_time_alone(cast: Cast) -> None:
    nora = supervisor(cast, "nora")
    north, south = team(cast, "North", nora), team(cast, "South")
    with access.together([nora]):
        assert access.scope_of(nora).team_ids == (north.pk,)
    TeamSupervisor.objects.filter(user=nora).update(team=south)
    assert access.scope_of(nora).team_ids == (south.pk,)
    with access.together([nora]):
        assert access.scope_of(nora).team_ids == (south.pk,)


def test_teams_of_an_organisation_that_one_has_left_are_nothing_to_see(cast: Cast) -> None:
    nora = supervisor(cast, "nora")
    team(cast, "North", nora)
    nora.tenant = cast.other_tenant
    nora.save()
    assert access.scope_of(nora) == Scope(cast.other_tenant.pk)
