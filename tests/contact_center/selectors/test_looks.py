"""How the floor is looked at stands in its address, and nothing else can."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contact_center.domain.status import ShownState
from contact_center.models import Team
from contact_center.selectors.looks import Grid, Look, Sort, look_at
from contact_center.selectors.scopes import Scope
from tests.cast import Cast

pytestmark = pytest.mark.django_db

WORDS = st.sampled_from(["team", "queue", "state", "q", "sort", "page", "more"])
VALUES = st.text(max_size=60) | st.sampled_from([*ShownState, *Sort, "1", "2", "999999", "²", "-1"])


def asked(query: str) -> dict[str, str]:
    return dict(parse_qsl(query))


@given(address=st.dictionaries(WORDS, VALUES))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_an_address_says_it_is_a_look_and_is_said_in_one_way(
    cast: Cast, address: dict[str, str]
) -> None:
    look = look_at(Scope(cast.tenant.pk), address)
    assert look_at(Scope(cast.tenant.pk), asked(look.query)) == look
    assert len(look.query) <= 300, "a saved view has room for it"
    assert look.scope.queue_id in {0, cast.sales.pk, cast.support.pk}
    assert look.scope.team_id == 0, "there is no team"
    assert look.grid.page >= 1


def test_the_plain_floor_has_a_plain_address(cast: Cast) -> None:
    scope = Scope(cast.tenant.pk)
    plain = Look(scope)
    assert plain.query == ""
    for address in ({}, {"sort": "need", "page": "1", "q": "  ", "team": "", "state": ""}):
        assert look_at(scope, address) == plain


def test_choosing_one_thing_keeps_the_others_and_begins_at_the_first_page(cast: Cast) -> None:
    team = Team.objects.create(tenant=cast.tenant, name="North")
    said = {"team": str(team.pk), "queue": str(cast.sales.pk), "q": "al", "page": "3"}
    look = look_at(Scope(cast.tenant.pk), said)
    assert look.grid == Grid(text="al", page=3)
    assert asked(look.sorted_by(Sort.NAME).query) == {
        "team": str(team.pk),
        "queue": str(cast.sales.pk),
        "q": "al",
        "sort": "name",
    }
    assert asked(look.in_state("break").query)["state"] == "break"
    assert "page" not in asked(look.in_state("break").query)
    assert asked(look.at_page(2).query) == said | {"page": "2"}


def test_another_organisations_team_and_queue_are_as_if_not_asked_for(cast: Cast) -> None:
    theirs = Team.objects.create(tenant=cast.other_tenant, name="Theirs")
    said = {"team": str(theirs.pk), "queue": str(cast.other_queue.pk)}
    assert look_at(Scope(cast.tenant.pk), said) == Look(Scope(cast.tenant.pk))
