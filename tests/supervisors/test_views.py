"""Views of the floor that people save: for themselves, or for every supervisor."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contact_center.models import Role, SavedView, Team, TeamSupervisor
from contact_center.services.saving_views import MOST_VIEWS
from tests.builders import signed_in
from tests.cast import Cast, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MENU = reverse("supervisors:views")


def save(who: Client, name: str, query: str = "", **said: Any) -> Any:
    return who.post(reverse("supervisors:save-view") + query, {"name": name, **said})


def forget(who: Client, view: SavedView) -> int:
    return int(who.post(reverse("supervisors:forget-view", args=[view.pk])).status_code)


def test_what_is_shown_is_kept_under_a_name(cast: Cast) -> None:
    carol = signed_in(cast.carol)
    query = f"?queue={cast.sales.pk}&state=on-call&sort=time&page=2&more=x&team=99"
    assert save(carol, "  My   calls ", query).status_code == 200
    view = SavedView.objects.get()
    assert (view.name, view.user, view.tenant) == ("My calls", cast.carol, cast.tenant)
    assert view.query == f"queue={cast.sales.pk}&state=on-call&sort=time"
    menu = carol.get(MENU).content.decode()
    assert "My calls" in menu
    assert f'href="/supervisors/?queue={cast.sales.pk}&amp;state=on-call&amp;sort=time"' in menu
    assert carol.get(f"/supervisors/?{view.query}").status_code == 200
    save(carol, "My calls", "?sort=name")
    assert SavedView.objects.get().query == "sort=name", "the same name is the same view"


@pytest.mark.parametrize(("name", "words"), [(" ", "a name"), ("x" * 41, "at most 40")])
def test_a_view_that_cannot_be_kept_is_refused_in_words(cast: Cast, name: str, words: str) -> None:
    refused = save(signed_in(cast.carol), name)
    assert refused.status_code == 409
    assert words in refused.json()["message"]
    assert not SavedView.objects.exists()


def test_one_view_too_many_is_refused_and_the_others_can_be_replaced(cast: Cast) -> None:
    carol = signed_in(cast.carol)
    for number in range(MOST_VIEWS):
        assert save(carol, f"View {number}").status_code == 200
    assert save(carol, "One more").status_code == 409
    assert save(carol, "View 3", "?sort=name").status_code == 200
    assert SavedView.objects.count() == MOST_VIEWS


def test_a_shared_view_is_found_by_every_supervisor_of_the_organisation_and_nobody_else(
    cast: Cast,
) -> None:
    save(signed_in(cast.carol), "Private")
    save(signed_in(cast.carol), "For all", "?sort=name", shared="on")
    ours = make_user(cast.tenant, "olga", Role.SUPERVISOR)
    theirs = make_user(cast.other_tenant, "mallory", Role.SUPERVISOR)
    menu = signed_in(ours).get(MENU).content.decode()
    assert "For all" in menu
    assert "Private" not in menu
    assert "For all" not in signed_in(theirs).get(MENU).content.decode()
    for person in (cast.alice.user, cast.dave):
        assert signed_in(person).get(MENU).status_code == 404
        assert save(signed_in(person), "Mine").status_code == 404
    cast.carol.is_active = False
    cast.carol.save()
    assert "For all" not in signed_in(ours).get(MENU).content.decode()


def test_only_who_saved_a_view_lets_it_go(cast: Cast) -> None:
    save(signed_in(cast.carol), "For all", shared="on")
    view = SavedView.objects.get()
    others = (
        cast.dana,
        cast.alice.user,
        make_user(cast.tenant, "olga", Role.SUPERVISOR),
        make_user(cast.other_tenant, "mallory", Role.SUPERVISOR),
    )
    for person in others:
        assert forget(signed_in(person), view) == 404
    assert SavedView.objects.exists()
    assert forget(signed_in(cast.carol), view) == 200
    assert not SavedView.objects.exists()


def test_by_a_shared_view_each_sees_what_they_may(cast: Cast) -> None:
    north, south = (Team.objects.create(tenant=cast.tenant, name=n) for n in ("North", "South"))
    for agent, team in ((cast.alice, north), (cast.bob, south)):
        agent.team = team
        agent.save()
    nora = make_user(cast.tenant, "nora", Role.SUPERVISOR)
    TeamSupervisor.objects.create(team=north, user=nora)
    save(signed_in(cast.carol), "South", f"?team={south.pk}", shared="on")
    query = SavedView.objects.get().query
    assert "Bob" in signed_in(cast.carol).get(f"/supervisors/panels/?{query}").content.decode()
    seen = signed_in(nora).get(f"/supervisors/panels/?{query}").content.decode()
    assert "Bob" not in seen
    assert "Alice" in seen
