"""A supervisor of teams sees and helps these alone; what is elsewhere is not there for them.

Alice is in the team North and serves Sales; Bob is in South and serves Support. Nora supervises
North. Carol supervises no team, and sees everybody.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.alerting import AlertKind, Level
from contact_center.errors import NotAllowed
from contact_center.models import (
    Agent,
    Alert,
    AlertRule,
    Call,
    HelpRequest,
    Leg,
    Offer,
    Queue,
    QueueMember,
    Role,
    Supervision,
    Team,
    TeamSupervisor,
    Tile,
    User,
    Wallboard,
)
from contact_center.selectors import access
from contact_center.selectors.grid import Long, floor_agents
from contact_center.selectors.looks import look_at
from contact_center.selectors.scopes import Scope
from contact_center.services import alerting, displaying, supervising
from contact_center.services.alerting import Said
from contact_center.services.displaying import Board
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast, make_user

pytestmark = pytest.mark.django_db


@dataclass
class Teams:
    """Two teams, each with a conversation, and who watches them."""

    north: Team
    south: Team
    nora: User
    carol: User
    dana: User
    alices: Offer
    bobs: Offer


@pytest.fixture
def teams(cast: Cast) -> Teams:
    """Two teams at work."""
    north = Team.objects.create(tenant=cast.tenant, name="North")
    south = Team.objects.create(tenant=cast.tenant, name="South")
    for agent, team, other in ((cast.alice, north, cast.support), (cast.bob, south, cast.sales)):
        agent.team = team
        agent.save()
        QueueMember.objects.filter(agent=agent, queue=other).delete()
        builders.on_duty(agent)
    nora = make_user(cast.tenant, "nora", Role.SUPERVISOR)
    TeamSupervisor.objects.create(team=north, user=nora)
    return Teams(
        north=north,
        south=south,
        nora=nora,
        carol=cast.carol,
        dana=cast.dana,
        alices=talking(cast.alice, "+14155550171"),
        bobs=talking(cast.bob, "+14155550172"),
    )


def talking(agent: Agent, caller: str) -> Offer:
    queue = agent.queues.get()
    return builders.talking(builders.offer(builders.waiting_call(queue, caller), agent))


def ask_for_help(offer: Offer) -> HelpRequest:
    return HelpRequest.objects.create(tenant=offer.tenant, offer=offer, asked_at=timezone.now())


def alert(offer: Offer | None, cast: Cast, **about: object) -> Alert:
    return Alert.objects.create(
        tenant=cast.tenant,
        kind=AlertKind.LONG_CALL,
        subject=f"offer {offer.pk if offer else about}",
        agent=offer.agent if offer else None,
        level=Level.WARN,
        threshold=1,
        value=2,
        worst=2,
        began_at=timezone.now(),
        **about,
    )


def test_nobody_is_in_two_teams_and_who_supervises_none_sees_everybody(teams: Teams) -> None:
    assert access.scope_of(teams.nora) == Scope(teams.north.tenant_id, (teams.north.pk,))
    for person in (teams.carol, teams.dana):
        assert access.scope_of(person) == Scope(teams.north.tenant_id)
    TeamSupervisor.objects.create(team=teams.north, user=teams.dana)
    assert access.scope_of(teams.dana).is_whole, "an admin sees everybody"


def test_a_team_of_another_organisation_opens_nothing_there(teams: Teams, cast: Cast) -> None:
    theirs = Team.objects.create(tenant=cast.other_tenant, name="Theirs")
    cast.erin.team = theirs
    cast.erin.save()
    TeamSupervisor.objects.create(team=theirs, user=teams.nora)
    assert access.scope_of(teams.nora).team_ids == (teams.north.pk,)
    with pytest.raises(Http404):
        access.supervised_agent_of(teams.nora, cast.erin.pk)


def test_a_team_with_a_supervisor_is_not_deleted(teams: Teams) -> None:
    """Or who supervised it alone would see everybody from then on."""
    from django.db.models import ProtectedError

    with pytest.raises(ProtectedError):
        teams.north.delete()


def test_the_floor_shows_what_concerns_the_team(teams: Teams) -> None:
    seen = signed_in(teams.nora).get(reverse("supervisors:panels")).content.decode()
    for words in ("Alice", "Sales", "+1 415 555 0171"):
        assert words in seen
    for words in ("Bob", "Support", "+1 415 555 0172"):
        assert words not in seen
    everything = signed_in(teams.carol).get(reverse("supervisors:panels")).content.decode()
    for words in ("Alice", "Sales", "0171", "Bob", "Support", "0172"):
        assert words in everything


def test_wanting_another_team_is_no_right_to_it(teams: Teams, cast: Cast) -> None:
    nora = signed_in(teams.nora)
    for query in (
        f"team={teams.south.pk}",
        f"queue={cast.support.pk}",
        "team=0",
        "team=²",
        f"team={10**30}",
        "team=-1&queue=x&state=rich&sort=%00&page=-3",
    ):
        seen = nora.get(reverse("supervisors:panels") + "?" + query)
        assert seen.status_code == 200
        assert "Bob" not in seen.content.decode()
        assert "Alice" in seen.content.decode()
    south = Scope(cast.tenant.pk, (teams.north.pk,), team_id=teams.south.pk)
    assert [*south.agents()] == [cast.alice], "nor does a scope that was put together by hand"


def test_calls_that_wait_where_the_team_serves_are_the_teams(teams: Teams, cast: Cast) -> None:
    ours = builders.waiting_call(cast.sales, "+14155550181")
    theirs = builders.waiting_call(cast.support, "+14155550182")
    assert access.supervised_call(teams.nora, ours.pk) == ours
    with pytest.raises(Http404):
        access.supervised_call(teams.nora, theirs.pk)
    # Once Alice was offered it, it concerns her team, whatever comes of it.
    cast.bob.slots.update(activity="idle")
    Offer.objects.filter(agent=cast.bob).update(ended_at=timezone.now())
    builders.over(builders.offer(theirs, cast.bob), "declined")
    with pytest.raises(Http404):
        access.supervised_call(teams.nora, theirs.pk)
    Offer.objects.filter(call=theirs).update(agent=cast.alice)
    assert access.supervised_call(teams.nora, theirs.pk) == theirs


Doors = Callable[[Teams, Offer], list[tuple[str, str]]]


def doors_about(offer: Offer, help_request: HelpRequest, warning: Alert) -> list[tuple[str, str]]:
    """Every door that names an agent, a call, a request or an alert: method and address."""
    agent, call = offer.agent_id, offer.call_id
    return [
        ("get", reverse("supervisors:agent", args=[agent])),
        ("get", reverse("supervisors:agent-panels", args=[agent])),
        ("get", reverse("supervisors:agent-why", args=[agent])),
        ("get", reverse("supervisors:agent-why-panels", args=[agent])),
        ("post", reverse("supervisors:agent-presence", args=[agent])),
        ("post", reverse("supervisors:agent-sign-out", args=[agent])),
        ("post", reverse("supervisors:agent-end-wrap-up", args=[agent, offer.pk])),
        ("get", reverse("supervisors:call", args=[call])),
        ("get", reverse("supervisors:call-story", args=[call])),
        ("get", reverse("supervisors:call-panels", args=[call])),
        ("get", reverse("supervisors:call-why", args=[call])),
        ("get", reverse("supervisors:call-why-panels", args=[call])),
        ("post", reverse("supervisors:supervise-join", args=[offer.pk])),
        ("get", reverse("supervisors:queue", args=[offer.queue_id])),
        ("get", reverse("supervisors:queue-panels", args=[offer.queue_id])),
        *(
            ("get", reverse(f"supervisors:{page}", args=["offered"]) + "?" + urlencode(address))
            for page in ("figure", "figure-csv")
            for address in ({"queue": offer.queue_id}, {"team": offer.agent.team_id})
        ),
        ("post", reverse("supervisors:help-answer", args=[help_request.pk])),
        ("get", reverse("supervisors:alert", args=[warning.pk])),
        ("post", reverse("supervisors:alert-acknowledge", args=[warning.pk])),
        ("post", reverse("supervisors:alert-snooze", args=[warning.pk, 10])),
    ]


def test_no_door_opens_for_another_team(teams: Teams, cast: Cast) -> None:
    nora = signed_in(teams.nora)
    closed = doors_about(teams.bobs, ask_for_help(teams.bobs), alert(teams.bobs, cast))
    opened = doors_about(teams.alices, ask_for_help(teams.alices), alert(teams.alices, cast))
    for (method, theirs), (_method, ours) in zip(closed, opened, strict=True):
        assert getattr(nora, method)(theirs).status_code == 404, theirs
        assert getattr(nora, method)(ours).status_code != 404, ours
    bob = Agent.objects.get(pk=cast.bob.pk)
    assert bob.presence == "available"
    assert not HelpRequest.objects.exclude(answered_by=None).filter(offer=teams.bobs).exists()
    assert Alert.objects.get(agent=bob).acknowledged_at is None


def test_an_offer_is_helped_in_by_who_supervises_its_agent(teams: Teams) -> None:
    assert access.supervised_offer(teams.nora, teams.alices.pk) == teams.alices
    assert access.supervised_offer(teams.carol, teams.bobs.pk) == teams.bobs
    for person in (teams.nora, teams.bobs.agent.user):
        with pytest.raises(Http404):
            access.supervised_offer(person, teams.bobs.pk)


def test_lists_have_no_row_of_another_team(teams: Teams, cast: Cast) -> None:
    for offer in (teams.alices, teams.bobs):
        ask_for_help(offer)
        alert(offer, cast)
    nora, carol = signed_in(teams.nora), signed_in(teams.carol)
    for name in ("floor", "calls", "alerts", "healed"):
        page = nora.get(reverse(f"supervisors:{name}"))
        assert page.status_code == 200
        assert "Bob" not in page.content.decode(), name
        assert "0172" not in page.content.decode(), name
    assert "Bob" in carol.get(reverse("supervisors:alerts")).content.decode()


def test_alerts_of_the_site_and_of_the_teams_queues_are_seen(teams: Teams, cast: Cast) -> None:
    site, ours = alert(None, cast), alert(None, cast, queue=cast.sales)
    alert(None, cast, queue=cast.support)
    assert {*access.scope_of(teams.nora).alerts()} == {site, ours}


def test_what_is_of_all_teams_is_for_who_sees_everybody(teams: Teams) -> None:
    for name in ("set-aside", "kept-mail"):
        address = reverse(f"supervisors:{name}")
        assert signed_in(teams.nora).get(address).status_code == 404
        assert (
            address not in signed_in(teams.nora).get(reverse("supervisors:alerts")).content.decode()
        )
        assert signed_in(teams.carol).get(address).status_code == 200


def test_a_call_of_the_team_names_who_else_had_it_but_leads_nowhere(
    teams: Teams, cast: Cast
) -> None:
    call = Call.objects.get(pk=teams.bobs.call_id)
    builders.over(teams.bobs, "lost")
    builders.over(teams.alices, "handled")
    Offer.objects.filter(pk=teams.alices.pk).update(call=call, segment=teams.bobs.segment, fence=9)
    Offer.objects.filter(pk=teams.alices.pk).update(accepted_at=None)
    page = signed_in(teams.nora).get(reverse("supervisors:calls")).content.decode()
    assert "Bob" in page
    assert reverse("supervisors:agent", args=[cast.bob.pk]) not in page


def test_the_teams_can_be_chosen_and_only_ones_own(teams: Teams) -> None:
    nora: Client = signed_in(teams.nora)
    page = nora.get(reverse("supervisors:floor")).content.decode()
    assert "North" in page
    assert "South" not in page
    carol = signed_in(teams.carol)
    page = carol.get(reverse("supervisors:floor") + f"?team={teams.south.pk}").content.decode()
    assert f'<option value="{teams.south.pk}" selected>South</option>' in page
    assert "0172" in page
    assert "0171" not in page


# Figures


def told(who: User, page: str, *args: object, **address: object) -> str:
    """What a person reads there, or finds in the file."""
    answer = signed_in(who).get(reverse(f"supervisors:{page}", args=args), address)
    assert answer.status_code == 200, page
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


def value(page: str) -> str:
    found = re.search(r'<p class="value">(.*?)</p>', page)
    assert found is not None
    return found[1]


@pytest.fixture
def afternoon(teams: Teams, cast: Cast) -> Teams:
    """Both teams have had a call each that is over, and in both queues somebody waits."""
    for queue, agent, ends in ((cast.sales, cast.alice, "61"), (cast.support, cast.bob, "62")):
        Offer.objects.filter(agent=agent).update(ended_at=timezone.now(), outcome="handled")
        agent.slots.update(activity="idle")
        call = builders.waiting_call(queue, f"+141555501{ends}")
        builders.handled(builders.offer(call, agent))
        builders.waiting_call(queue, f"+141555502{ends}")
    return teams


def test_figures_and_what_is_behind_them_are_of_the_teams_queues_and_agents(
    afternoon: Teams,
) -> None:
    teams = afternoon
    for figure, ours, everybody in (
        ("waiting", "1", "2"),
        ("agents-available", "1", "2"),
        ("answered", "2", "4"),
        ("requeued", "0", "0"),
    ):
        assert value(told(teams.nora, "figure", figure)) == ours, figure
        assert value(told(teams.carol, "figure", figure)) == everybody, figure
        assert value(told(teams.carol, "figure", figure, team=teams.north.pk)) == ours, figure
    for figure in ("waiting", "answered", "aht", "occupancy", "agents-available", "offered"):
        for page in ("figure", "figure-csv"):
            seen = told(teams.nora, page, figure)
            for words in ("Bob", "Support", "0162", "0262", "0172", "South"):
                assert words not in seen, (figure, page)
            assert "Alice" in seen or "0261" in seen, (figure, page)
            assert "Bob" in told(teams.carol, page, figure) or figure == "waiting"


def test_the_figures_of_two_teams_are_the_figures_of_all(afternoon: Teams) -> None:
    carol = afternoon.carol
    for figure in ("offered", "answered", "abandoned"):
        everything, north, south = (
            float(value(told(carol, "figure", figure, **address)))
            for address in ({}, {"team": afternoon.north.pk}, {"team": afternoon.south.pk})
        )
        assert everything == north + south


def test_numbers_of_a_narrowed_floor_lead_to_the_same_numbers(teams: Teams, cast: Cast) -> None:
    team, queue = teams.north.pk, cast.sales.pk
    floor = told(teams.carol, "panels", team=team)
    assert f'/supervisors/figures/answered/?team={team}"' in floor
    assert f'/supervisors/figures/waiting/?team={team}&amp;queue={queue}"' in floor
    assert '/supervisors/figures/answered/"' not in floor
    floor = told(teams.carol, "panels", queue=queue)
    assert f'/supervisors/figures/answered/?queue={queue}"' in floor
    assert "team=" not in floor


def test_in_a_queue_of_two_teams_each_agent_is_seen_by_the_own_supervisor(
    teams: Teams, cast: Cast
) -> None:
    QueueMember.objects.create(agent=cast.bob, queue=cast.sales)
    cast.bob.slots.update(activity="idle")
    Offer.objects.filter(agent=cast.bob).update(ended_at=timezone.now(), outcome="handled")
    bobs = builders.talking(builders.offer(builders.waiting_call(cast.sales), cast.bob))
    answered = told(teams.nora, "figure", "answered")
    assert "Bob" in answered, "the caller waited where the team serves"
    page = told(teams.nora, "queue", cast.sales.pk)
    for seen in (answered, page, told(teams.nora, "call", bobs.call_id)):
        assert reverse("supervisors:agent", args=[cast.bob.pk]) not in seen
        assert reverse("supervisors:supervise-join", args=[bobs.pk]) not in seen
    assert "Bob" not in page, "who is free and who is not is of the own agents"
    assert "Bob" not in told(teams.nora, "figure-csv", "occupancy")
    assert reverse("supervisors:supervise-join", args=[bobs.pk]) in told(
        teams.carol, "call", bobs.call_id
    )


# Wallboards


def board(actor: User, name: str, queues: list[Queue] | None) -> Wallboard:
    asked = Board(name=name, tiles=[Tile.WAITING], queues=queues, page_seconds=15)
    return displaying.make_wallboard(board=asked, actor=actor)


def test_a_board_is_there_for_who_may_see_all_of_it(teams: Teams, cast: Cast) -> None:
    ours = board(teams.carol, "Ours", [cast.sales])
    others = [
        board(teams.carol, "Theirs", [cast.support]),
        board(teams.carol, "Both", [cast.sales, cast.support]),
        board(teams.carol, "Whole", None),
    ]
    nora, carol = signed_in(teams.nora), signed_in(teams.carol)
    listed = told(teams.nora, "wallboards")
    for one in others:
        assert one.name not in listed
        for name in ("wallboard", "wallboard-show", "wallboard-panels"):
            address = reverse(f"supervisors:{name}", args=[one.pk])
            assert nora.get(address).status_code == 404
            assert carol.get(address).status_code == 200
        for name in ("wallboard-remove", "wallboard-link"):
            address = reverse(f"supervisors:{name}", args=[one.pk])
            assert nora.post(address, {"name": "TV"}).status_code == 404
    assert "Ours" in listed
    assert nora.get(reverse("supervisors:wallboard", args=[ours.pk])).status_code == 200
    assert Wallboard.objects.count() == 4
    assert not any(one.links.exists() for one in others)


def test_who_sees_some_queues_makes_boards_of_these_alone(teams: Teams, cast: Cast) -> None:
    new = reverse("supervisors:wallboard-new")
    nora = signed_in(teams.nora)
    page = nora.get(new).content.decode()
    assert "All queues" not in page
    assert "Sales" in page
    assert "Support" not in page
    said: dict[str, Any] = {"name": "Hall", "tile_1": Tile.WAITING, "page_seconds": 15}
    for wanted in ({"which": "all"}, {"which": "these", "queues": [cast.support.pk]}):
        assert nora.post(new, said | wanted).status_code == 422
    assert not Wallboard.objects.exists()
    made = nora.post(new, said | {"which": "these", "queues": [cast.sales.pk]})
    assert made.status_code == 302
    assert [*Wallboard.objects.get().queues.all()] == [cast.sales]


# In a conversation


def with_a_line(user: User, offer: Offer) -> Supervision:
    """The supervisor has come, and the line is there."""
    lease = supervising.claim_phone(supervisor=user).key
    joined = signed_in(user).post(
        reverse("supervisors:supervise-join", args=[offer.pk]), {"lease": lease, "mode": "listen"}
    )
    stay = Supervision.objects.get(pk=joined.json()["supervision"])
    Leg.objects.create(
        tenant=stay.tenant,
        sid=f"CA{stay.pk:032x}",
        kind="supervisor",
        supervision=stay,
        started_at=stay.started_at,
    )
    supervising.joined(stay, conference_sid=offer.conference_sid)
    return stay


def deed(who: User, stay: Supervision, name: str, **said: object) -> int:
    door = reverse(f"supervisors:supervision-{name}", args=[stay.pk])
    return int(signed_in(who).post(door, said).status_code)


def test_who_was_given_another_team_while_listening_can_leave_and_no_more(teams: Teams) -> None:
    stay = with_a_line(teams.nora, teams.alices)
    before = Supervision.objects.filter(pk=stay.pk).values().get()
    TeamSupervisor.objects.update(team=teams.south)
    assert deed(teams.nora, stay, "mode", mode="barge") == 404
    assert deed(teams.nora, stay, "take-over") == 404
    assert Supervision.objects.filter(pk=stay.pk).values().get() == before
    assert deed(teams.nora, stay, "leave") == 200
    stay.refresh_from_db()
    assert stay.end_reason == "left"


def test_a_call_that_a_supervisor_took_over_stays_with_the_team(teams: Teams, cast: Cast) -> None:
    Call.objects.update(offers_made=1)
    stay = with_a_line(teams.nora, teams.alices)
    assert deed(teams.nora, stay, "take-over") == 200
    taken = Offer.objects.get(agent__user=teams.nora)
    olga = make_user(cast.tenant, "olga", Role.SUPERVISOR)
    omar = make_user(cast.tenant, "omar", Role.SUPERVISOR)
    TeamSupervisor.objects.create(team=teams.north, user=olga)
    TeamSupervisor.objects.create(team=teams.south, user=omar)
    assert access.supervised_offer(olga, taken.pk) == taken
    assert access.supervised_agent_of(olga, taken.agent_id).user == teams.nora
    for seek, pk in (
        (access.supervised_offer, taken.pk),
        (access.supervised_agent_of, taken.agent_id),
        (access.supervised_call, taken.call_id),
    ):
        with pytest.raises(Http404):
            seek(omar, pk)
    assert "Nora" in told(olga, "panels")
    assert "Nora" not in told(omar, "panels")


# Limits


def test_a_limit_for_a_team_holds_for_its_agents(teams: Teams, cast: Cast) -> None:
    dana = signed_in(teams.dana)
    page = reverse("supervisors:alert-rule", args=["long_call"])
    assert "North" in dana.get(page).content.decode()
    own = f"{page}?team={teams.north.pk}"
    assert dana.post(own, {"threshold": "300"}).status_code == 302
    alerting.look(timezone.now())
    assert [one.agent for one in Alert.objects.filter(kind="long_call")] == [cast.alice]
    listed = told(teams.dana, "alert-rules")
    assert f'long_call/?team={teams.north.pk}">North</a>' in listed
    # What is a long call on the floor is so by the same limit.
    rows = floor_agents(look_at(access.scope_of(teams.carol), {}))["rows"]
    too_long = {row.agent_id: row.too_long for row in rows if row.too_long}
    assert too_long == {cast.alice.pk: Long.CALL}
    # An agent's own word comes before the team's, and leads back to it.
    alice = f"{page}?agent={cast.alice.pk}"
    assert "5:00" in dana.get(alice).content.decode()
    dana.post(alice, {"is_on": "off"})
    rows = floor_agents(look_at(access.scope_of(teams.carol), {}))["rows"]
    assert not [row for row in rows if row.too_long]
    dana.post(own, {})
    assert not AlertRule.objects.filter(team=teams.north).exists(), "nothing said is no rule"


def test_limits_for_other_teams_are_not_there_for_who_supervises_one(teams: Teams) -> None:
    for team in (teams.north, teams.south):
        alerting.set_rule(
            kind=AlertKind.LONG_CALL, said=Said(threshold=300), actor=teams.dana, team=team
        )
    seen = told(teams.nora, "alert-rules")
    assert "North" in seen
    assert "South" not in seen


def test_a_limit_is_for_a_team_of_ones_own_and_for_what_agents_do(teams: Teams, cast: Cast) -> None:
    theirs = Team.objects.create(tenant=cast.other_tenant, name="Theirs")
    dana = signed_in(teams.dana)
    north = teams.north.pk
    for kind, query in (
        ("long_call", f"team={theirs.pk}"),
        ("long_call", "team=x"),
        ("long_call", f"team={north}&agent={cast.alice.pk}"),
        ("waiting", f"team={north}"),
        ("healed", f"team={north}"),
    ):
        page = reverse("supervisors:alert-rule", args=[kind])
        assert dana.post(f"{page}?{query}", {"threshold": "5"}).status_code == 404, query
    with pytest.raises(NotAllowed):
        alerting.set_rule(
            kind=AlertKind.WAITING, said=Said(threshold=5), actor=teams.dana, team=teams.north
        )
    assert not AlertRule.objects.exists()
