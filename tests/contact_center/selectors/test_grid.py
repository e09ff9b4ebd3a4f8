"""The agents of the floor: in which order, how many of them, and what a row says."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contact_center.domain.alerting import AlertKind
from contact_center.domain.states import Activity, Presence
from contact_center.domain.status import ShownState
from contact_center.models import Agent, AlertRule, HelpRequest, Offer, OfferOutcome, Team
from contact_center.selectors.grid import PAGE_ROWS, AgentRow, Long, floor_agents
from contact_center.selectors.looks import look_at
from contact_center.selectors.scopes import Scope
from tests import builders
from tests.cast import Cast, make_agent

pytestmark = pytest.mark.django_db


def rows(cast: Cast, **asked: str) -> list[AgentRow]:
    found: list[AgentRow] = floor_agents(look_at(Scope(cast.tenant.pk), asked))["rows"]
    return found


def names(cast: Cast, **asked: str) -> list[str]:
    usernames = dict(Agent.objects.values_list("pk", "user__username"))
    return [usernames[row.agent_id] for row in rows(cast, **asked)]


def row_of(cast: Cast, agent: Agent) -> AgentRow:
    return next(row for row in rows(cast) if row.agent_id == agent.pk)


def since(agent: Agent, minutes: float) -> None:
    """The agent chose so many minutes ago what they do."""
    Agent.objects.filter(pk=agent.pk).update(
        presence_since=timezone.now() - timedelta(minutes=minutes)
    )
    agent.slots.update(activity_since=timezone.now() - timedelta(minutes=minutes))


@pytest.fixture
def floor(cast: Cast) -> dict[str, Agent]:
    """Ann talks for Support, Ben is on a break, Cleo talks for Sales and asks for help, Di is free.

    Alice and Bob have gone home.
    """
    agents = {
        name: make_agent(cast.tenant, name, cast.sales, cast.support)
        for name in ("ann", "ben", "cleo", "di")
    }
    for agent in agents.values():
        builders.on_duty(agent)
    builders.present(agents["ben"], Presence.BREAK, "lunch")
    talks = {
        name: builders.talking(builders.offer(builders.waiting_call(queue), agents[name]))
        for name, queue in (("ann", cast.support), ("cleo", cast.sales))
    }
    HelpRequest.objects.create(tenant=cast.tenant, offer=talks["cleo"], asked_at=timezone.now())
    for minutes, agent in enumerate(agents.values(), start=1):
        since(agent, minutes)
    return agents


def test_who_asks_for_help_stands_first_then_who_needs_somebody_most(
    cast: Cast, floor: dict[str, Agent]
) -> None:
    assert names(cast) == ["cleo", "ann", "di", "ben", "alice", "bob"]
    builders.doing(floor["di"], Activity.NOT_RESPONDING, "no_answer")
    assert names(cast)[:2] == ["cleo", "di"]
    HelpRequest.objects.update(answered_by=cast.carol, answered_at=timezone.now())
    assert names(cast)[:2] == ["di", "cleo"], "somebody is coming; the other calls are younger"


def test_the_other_orders(cast: Cast, floor: dict[str, Agent]) -> None:
    assert names(cast, sort="name") == ["alice", "ann", "ben", "bob", "cleo", "di"]
    assert names(cast, sort="time")[:4] == ["di", "cleo", "ben", "ann"]
    assert names(cast, sort="queue")[:2] == ["cleo", "ann"], "Sales before Support, then the rest"


def test_filters_narrow_and_the_numbers_beside_them_say_what_is_left_out(
    cast: Cast, floor: dict[str, Agent]
) -> None:
    assert names(cast, state="on-call") == ["cleo", "ann"]
    assert names(cast, state="break", q="e") == ["ben"]
    assert names(cast, q="N") == ["ann", "ben"], "a part of a name, in any case"
    assert names(cast, q="nobody") == []
    shown = floor_agents(look_at(Scope(cast.tenant.pk), {"state": "break"}))
    assert shown["total"] == 6
    assert {state: number for state, number, _look in shown["counts"]} == {
        ShownState.ON_CALL: 2,
        ShownState.AVAILABLE: 1,
        ShownState.BREAK: 1,
        ShownState.OFFLINE: 2,
    }
    leads_to = {state: look.grid.state for state, _number, look in shown["counts"]}
    assert leads_to[ShownState.ON_CALL] == "on-call"
    assert leads_to[ShownState.BREAK] == "", "what is chosen leads back to all"


def test_a_state_that_nobody_is_in_any_more_can_still_be_left(cast: Cast) -> None:
    shown = floor_agents(look_at(Scope(cast.tenant.pk), {"state": "ringing"}))
    assert shown["rows"] == []
    assert (ShownState.RINGING, 0) in [(state, n) for state, n, _look in shown["counts"]]


def test_a_team_and_a_queue_narrow_the_agents(cast: Cast, floor: dict[str, Agent]) -> None:
    team = Team.objects.create(tenant=cast.tenant, name="North")
    Agent.objects.filter(pk__in=[floor["ann"].pk, floor["ben"].pk]).update(team=team)
    floor["ben"].memberships.filter(queue=cast.sales).delete()
    assert names(cast, team=str(team.pk)) == ["ann", "ben"]
    assert names(cast, team=str(team.pk), queue=str(cast.sales.pk)) == ["ann"]


def test_many_agents_come_in_pages_at_the_price_of_one(cast: Cast) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert len(rows(cast)) <= PAGE_ROWS
        return len(asked)

    for number in range(3):
        builders.on_duty(make_agent(cast.tenant, f"early{number}", cast.sales))
    few = statements()
    for number in range(PAGE_ROWS + 10):
        builders.on_duty(make_agent(cast.tenant, f"agent{number:03}", cast.sales))
    assert statements() == few
    everybody = 2 + 3 + PAGE_ROWS + 10
    first, second = names(cast, sort="name"), names(cast, sort="name", page="2")
    assert len(first) == PAGE_ROWS
    assert len(second) == everybody - PAGE_ROWS
    assert not set(first) & set(second)
    assert names(cast, sort="name", page="999") == second, "a page there is none of is the last"


def test_a_row_says_what_has_gone_on_for_too_long(cast: Cast, floor: dict[str, Agent]) -> None:
    talk = Offer.objects.get(agent=floor["ann"], ended_at=None)
    assert row_of(cast, floor["ann"]).too_long is None
    ago = timezone.now() - timedelta(minutes=31)
    Offer.objects.filter(pk=talk.pk).update(connected_at=ago)
    assert row_of(cast, floor["ann"]).too_long is Long.CALL
    Offer.objects.filter(pk=talk.pk).update(held_at=timezone.now() - timedelta(minutes=4))
    assert row_of(cast, floor["ann"]).too_long is Long.HOLD
    # The limits are those of the alerts, also the one for this agent alone.
    for kind in (AlertKind.LONG_HOLD, AlertKind.LONG_CALL):
        AlertRule.objects.create(tenant=cast.tenant, kind=kind, agent=floor["ann"], threshold=4000)
    assert row_of(cast, floor["ann"]).too_long is None
    builders.wrapping_up(talk)
    assert row_of(cast, floor["ann"]).too_long is None
    Offer.objects.filter(pk=talk.pk).update(
        conversation_ended_at=timezone.now() - timedelta(minutes=3, seconds=1)
    )
    assert row_of(cast, floor["ann"]).too_long is Long.WRAP_UP


def test_a_row_says_what_today_came_to(cast: Cast, floor: dict[str, Agent]) -> None:
    di = floor["di"]
    for _number in range(2):
        builders.handled(builders.offer(builders.waiting_call(cast.sales), di))
    builders.over(builders.offer(builders.waiting_call(cast.sales), di), OfferOutcome.DECLINED)
    row = row_of(cast, di)
    assert row.calls == 2
    talked = [
        offer.conversation_ended_at - offer.connected_at
        for offer in Offer.objects.filter(agent=di, outcome=OfferOutcome.HANDLED)
        if offer.conversation_ended_at and offer.connected_at
    ]
    assert row.talked == sum(talked, timedelta())


def test_nobody_of_another_organisation_and_nobody_who_was_switched_off_is_listed(
    cast: Cast, floor: dict[str, Agent]
) -> None:
    floor["di"].user.is_active = False
    floor["di"].user.save()
    assert not {"erin", "di"} & set(names(cast))
