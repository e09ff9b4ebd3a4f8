"""Moving, giving, pulling and prioritising from the floor: who may, what is said, what is shown."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    EventLog,
    Offer,
    Queue,
    QueueMember,
    Role,
    Segment,
    Team,
    TeamSupervisor,
    User,
)
from contact_center.selectors import estimates
from contact_center.services import arranging, offering
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast, make_agent, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)

DEEDS = tuple(f"waiting-{d}" for d in ("move", "give", "pull", "give-to-nobody", "priority"))


def text(answer: HttpResponse) -> str:
    """What a person reads."""
    html = answer.content.decode()
    said = " ".join(re.sub(r"(?s)<script.*?</script>|<[^>]+>", " ", html).split())
    return said.replace(" ;", ";").replace(" ,", ",")


def stay_of(call: Call) -> Segment:
    return call.segments.get(ended_at=None)


def ask(user: User, deed: str, stay: Segment, **values: Any) -> Any:
    """Press the button of a deed."""
    return signed_in(user).post(reverse(f"supervisors:{deed}", args=[stay.pk]), values)


def page(user: User, name: str, *args: Any) -> str:
    return text(signed_in(user).get(reverse(f"supervisors:{name}", args=args)))


def test_the_dialog_says_what_can_be_done_and_what_speaks_against_it(cast: Cast) -> None:
    Queue.objects.filter(pk=cast.support.pk).update(capacity=1)
    Queue.objects.get(pk=cast.support.pk).save()
    builders.waiting_call(cast.support)
    builders.on_duty(cast.alice)
    builders.on_duty(cast.bob)
    builders.talking(builders.offer(builders.waiting_call(cast.sales), cast.bob))
    chen = make_agent(cast.tenant, "chen", cast.support)
    builders.on_duty(chen)
    call = builders.waiting_call(cast.sales)
    said = page(cast.carol, "arrange", stay_of(call).pk)
    assert "Support: 1 waiting, full" in said
    assert "Choose an agent Alice: available Chen: available, does not serve this queue" in said
    assert "Bob: on call" in said
    assert "Nobody else is rung, for 5 minutes at most." in said
    assert "The queue's own: 5 10 (soonest) 9" in said
    assert "Take it myself It rings at your own desk." in said
    assert "Sales:" not in said, "he is there"
    assert "Erin" not in said


def test_each_deed_is_done_and_shown_on_the_floor(cast: Cast) -> None:
    builders.on_duty(cast.bob)
    call = builders.waiting_call(cast.sales)
    assert ask(cast.carol, "waiting-priority", stay_of(call), priority="9").status_code == 200
    assert ask(cast.carol, "waiting-give", stay_of(call), agent=cast.bob.pk).status_code == 200
    floor = page(cast.dana, "floor")
    assert "Waiting Priority 9 Sales Kept for Bob" in floor
    assert ask(cast.carol, "waiting-give-to-nobody", stay_of(call)).status_code == 200
    assert ask(cast.carol, "waiting-priority", stay_of(call), priority="").status_code == 200
    assert ask(cast.carol, "waiting-move", stay_of(call), queue=cast.support.pk).status_code == 200
    floor = page(cast.dana, "floor")
    assert "On the way Support" in floor
    assert "Kept for" not in floor
    assert "Priority 9" not in floor
    names = EventLog.objects.filter(call_id=call.pk, actor_id=cast.carol.pk).order_by("pk")
    assert list(names.values_list("name", flat=True)) == [
        "call.prioritised", "call.reserved", "reservation.ended", "call.prioritised", "call.moved",
    ]  # fmt: skip


def test_a_refusal_is_a_sentence(cast: Cast) -> None:
    call = builders.waiting_call(cast.sales)
    stay = stay_of(call)
    refused = ask(cast.carol, "waiting-give", stay, agent=cast.bob.pk)
    assert refused.status_code == 409
    assert refused.json()["message"].startswith("Bob is not on duty")
    assert ask(cast.carol, "waiting-pull", stay).json()["message"].startswith("You are no agent")
    builders.end(call, "customer", "abandoned")
    gone = ask(cast.carol, "waiting-move", stay, queue=cast.support.pk)
    assert (gone.status_code, gone.json()["message"]) == (409, "The caller has hung up.")
    assert "The caller has hung up." in page(cast.carol, "arrange", stay.pk)


@pytest.mark.parametrize(
    ("deed", "values", "said"),
    [
        ("waiting-move", {}, "Choose a queue from the list."),
        ("waiting-move", {"queue": "x"}, "Choose a queue from the list."),
        ("waiting-give", {"agent": "-1"}, "Choose an agent from the list."),
        ("waiting-priority", {"priority": "11"}, "Choose a priority from the list."),
    ],
)
def test_nonsense_is_a_sentence(cast: Cast, deed: str, values: Any, said: str) -> None:
    answer = ask(cast.carol, deed, stay_of(builders.waiting_call(cast.sales)), **values)
    assert (answer.status_code, answer.json()["message"]) == (422, said)


def test_nobody_else_may_and_nothing_of_another_organisation_is_there(cast: Cast) -> None:
    stay = stay_of(builders.waiting_call(cast.sales))
    theirs = stay_of(builders.waiting_call(cast.other_queue))
    for deed in DEEDS:
        assert ask(cast.dave, deed, stay, queue=cast.support.pk).status_code == 404
        assert ask(cast.alice.user, deed, stay, queue=cast.support.pk).status_code == 404
        assert ask(cast.carol, deed, theirs, queue=cast.support.pk).status_code == 404
    for user, seen in ((cast.dave, stay), (cast.carol, theirs)):
        answer = signed_in(user).get(reverse("supervisors:arrange", args=[seen.pk]))
        assert answer.status_code == 404
    assert ask(cast.carol, "waiting-move", stay, queue=cast.other_queue.pk).status_code == 404
    assert ask(cast.carol, "waiting-give", stay, agent=cast.erin.pk).status_code == 404
    assert not EventLog.objects.exists()


def test_a_supervisor_of_a_team_has_its_queues_and_agents_and_no_others(cast: Cast) -> None:
    fay, team = make_user(cast.tenant, "fay", Role.SUPERVISOR), team_of(cast, cast.alice)
    TeamSupervisor.objects.create(team=team, user=fay)
    QueueMember.objects.filter(agent=cast.alice, queue=cast.support).delete()
    ours, others = builders.waiting_call(cast.sales), builders.waiting_call(cast.support)
    builders.on_duty(cast.alice)
    builders.on_duty(cast.bob)
    said = page(fay, "arrange", stay_of(ours).pk)
    assert "Alice" in said
    assert "Bob" not in said
    assert "Support" not in said
    assert ask(fay, "waiting-give", stay_of(ours), agent=cast.bob.pk).status_code == 404
    assert ask(fay, "waiting-move", stay_of(ours), queue=cast.support.pk).status_code == 404
    assert ask(fay, "waiting-priority", stay_of(others), priority="9").status_code == 404
    assert ask(fay, "waiting-give", stay_of(ours), agent=cast.alice.pk).status_code == 200
    # What another supervisor does with an agent of another team is told without the name.
    arranging.give(stay=stay_of(ours), agent=cast.bob, actor=cast.carol)
    why = page(fay, "call-why", ours.pk)
    assert "Carol keeps this call for an agent of another team" in why
    assert "Bob" not in why


def team_of(cast: Cast, agent: Agent) -> Team:
    team = Team.objects.create(tenant=cast.tenant, name="Ours")
    agent.team = team
    agent.save()
    return team


@time_machine.travel(NOON, tick=False)
def test_why_the_caller_waits_says_what_was_arranged(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.on_duty(cast.bob)
    builders.doing(cast.bob, "on_call")
    call = builders.waiting_call(cast.support)
    arranging.move(stay=stay_of(call), to=cast.sales, actor=cast.carol)
    Segment.objects.filter(pk=stay_of(call).pk).update(wait_started_at=timezone.now())
    arranging.prioritise(stay=stay_of(call), priority=9, actor=cast.dana)
    arranging.give(stay=stay_of(call), agent=cast.bob, actor=cast.carol)
    said = page(cast.carol, "call-why", call.pk)
    assert "Carol keeps this call for Bob, for 5:00 more" in said
    assert re.search(r"\d\d:\d\d Carol moved it here from Support", said)
    assert re.search(r"\d\d:\d\d Dana gave it priority 9", said)
    assert re.search(r"\d\d:\d\d Carol gave it to Bob", said)
    assert "Somebody more may be rung in 5:00" in said
    assert re.search(
        r"Bob On a call .* Alice Kept for somebody Carol keeps this call for Bob", said
    )
    alices = page(cast.carol, "agent-why", cast.alice.pk)
    assert "Carol keeps this call for Bob, for 5:00 more" in alices


def test_why_this_agent_names_the_supervisor_who_wanted_it_so(cast: Cast) -> None:
    chen = make_agent(cast.tenant, "chen", cast.support)
    builders.on_duty(chen)
    builders.on_duty(cast.alice)
    call = builders.waiting_call(cast.sales)
    arranging.prioritise(stay=stay_of(call), priority=9, actor=cast.dana)
    arranging.give(stay=stay_of(call), agent=chen, actor=cast.carol)
    assert offering.dispatch(cast.tenant.pk) == 1
    assert Offer.objects.get().agent == chen
    said = page(cast.carol, "call", call.pk)
    assert "Carol wanted this agent to have the call." in said
    assert "priority 9 by Dana" in said
    assert "Is kept for one agent Chen, Sales · by Carol" in said


def test_who_went_away_is_told_where_the_caller_waits(cast: Cast) -> None:
    builders.on_duty(cast.bob)
    call = builders.waiting_call(cast.sales)
    arranging.give(stay=stay_of(call), agent=cast.bob, actor=cast.carol)
    assert offering.dispatch(cast.tenant.pk) == 1
    offer = Offer.objects.get()
    offering.decline_offer(offer=offer, agent=cast.bob, fence=offer.fence)
    said = page(cast.carol, "call-why", call.pk)
    assert "Bob declined it; everybody may have it" in said
    assert "keeps this call" not in said


def test_a_reservation_whose_time_is_over_is_none_before_anybody_writes_it_down(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.on_duty(cast.bob)
    builders.doing(cast.bob, "on_call")
    call = builders.waiting_call(cast.sales)
    arranging.give(stay=stay_of(call), agent=cast.bob, actor=cast.carol)
    assert offering.dispatch(cast.tenant.pk) == 0
    past = timezone.now() - timedelta(seconds=1)
    Segment.objects.filter(pk=stay_of(call).pk).update(reserved_until=past)
    assert "Kept for" not in page(cast.carol, "floor")
    assert "Alice is about to be rung" in page(cast.carol, "call-why", call.pk)
    assert offering.dispatch(cast.tenant.pk) == 1
    assert Offer.objects.get().agent == cast.alice
    assert Offer.objects.get().reason["reserved"] is False


@pytest.mark.parametrize("ageing_minutes", [None, 1])
def test_the_place_that_is_told_and_shown_heeds_the_priority(
    cast: Cast, ageing_minutes: int | None
) -> None:
    cast.tenant.ageing_minutes = ageing_minutes
    cast.tenant.save()
    first = builders.waiting_call(cast.sales, waited_seconds=90)
    second = builders.waiting_call(cast.sales, "+14155550143", waited_seconds=60)
    arranging.prioritise(stay=stay_of(second), priority=6, actor=cast.carol)
    places = [estimates.spot_of(stay_of(one), timezone.now()).place for one in (first, second)]
    assert places == [2, 1]
    floor = page(cast.carol, "floor")
    assert re.search(r"0142 Waiting Sales — \d:\d\d 2 ", floor)
    assert re.search(r"0143 Waiting Priority 6 Sales — \d:\d\d 1 ", floor)


@time_machine.travel(NOON, tick=False)
def test_the_page_of_the_call_has_the_same(cast: Cast) -> None:
    builders.on_duty(cast.bob)
    call = builders.waiting_call(cast.sales)
    arranging.give(stay=stay_of(call), agent=cast.bob, actor=cast.carol)
    said = page(cast.carol, "call", call.pk)
    assert "Carol keeps this call for Bob, for 5:00 more Let everybody" in said
    assert "Arrange" in said
    Agent.objects.create(tenant=cast.tenant, user=cast.carol)
    AgentSlot.objects.create(agent=Agent.objects.get(user=cast.carol), number=0)
    builders.on_duty(Agent.objects.get(user=cast.carol))
    arranging.pull(stay=stay_of(call), actor=cast.carol)
    assert "Carol takes this call" in page(cast.carol, "call", call.pk)
