"""Why a caller still waits, why an agent gets no calls: said as it is now, to the right people."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.eligibility import Blocked, Why
from contact_center.domain.states import Activity, Presence
from contact_center.models import (
    Agent,
    AgentSkill,
    Call,
    Offer,
    OfferOutcome,
    Queue,
    QueueMember,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Role,
    Segment,
    Skill,
    Team,
    TeamSupervisor,
    User,
)
from contact_center.selectors.reasons import Ahead, InTheWay
from contact_center.services import offering
from supervisors.templatetags import reasons as words
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast, make_agent, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def text(answer: HttpResponse) -> str:
    """What a person reads."""
    html = answer.content.decode()
    said = " ".join(re.sub(r"(?s)<script.*?</script>|<[^>]+>", " ", html).split())
    return said.replace(" ;", ";")


def why_waiting(call: Call, user: User) -> str:
    return text(signed_in(user).get(reverse("supervisors:call-why", args=[call.pk])))


def why_no_calls(agent: Agent, user: User) -> str:
    return text(signed_in(user).get(reverse("supervisors:agent-why", args=[agent.pk])))


def refuse(call: Call, agent: Agent, seconds: int, outcome: OfferOutcome) -> Offer:
    """The agent was offered the call, and so long ago it ended like this."""
    offered = builders.over(builders.offer(call, agent), outcome)
    offered.ended_at = timezone.now() - timedelta(seconds=seconds)
    offered.save()
    Call.objects.filter(pk=call.pk).update(state="queued", offers_made=call.offers.count())
    return offered


def needs_spanish(queue: Queue, level: int) -> Skill:
    spanish = Skill.objects.create(tenant=queue.tenant, category="language", name="Spanish")
    QueueSkill.objects.create(queue=queue, skill=spanish, level=level)
    return spanish


def test_a_caller_waits_for_agents_who_are_away_and_each_says_why(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.doing(cast.alice, Activity.ON_CALL)
    builders.present(cast.bob, Presence.BREAK, "lunch")
    make_agent(cast.tenant, "chen", cast.support)
    call = builders.waiting_call(cast.sales, waited_seconds=90)
    said = why_waiting(call, cast.carol)
    assert "Why +1 415 555 0142 waits Waiting Sales 1:3" in said
    assert "Nobody who serves Sales can be rung now" in said
    assert "Place 1 of 1 who wait, in all queues" in said
    assert re.search(r"Alice On a call On a call for 0:0\d Bob On break On break for 0:0\d", said)
    assert "an agent has to become free" in said
    assert "1 agent does not serve Sales." in said
    assert "Chen" not in said


def test_a_skill_that_is_missing_says_how_much_is_needed_and_from_when_less_is(cast: Cast) -> None:
    spanish = needs_spanish(cast.sales, 4)
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=60, level=3)
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=120, level=0)
    AgentSkill.objects.create(agent=cast.alice, skill=spanish, level=3)
    for agent in (cast.alice, cast.bob):
        builders.on_duty(agent)
    call = builders.waiting_call(cast.sales, waited_seconds=20)
    said = why_waiting(call, cast.carol)
    assert "Needs Spanish ≥ 4" in said
    assert "Lacks a skill 2" in said
    assert re.search(r"Lacks Spanish: has 3, needs 4; 3 is enough in 0:(40|39)", said)
    assert re.search(r"Lacks Spanish: needs 4; not needed any more in 1:(40|39)", said)
    assert re.search(r"Somebody more may be rung in 0:(40|39)", said)
    Segment.objects.filter(call=call).update(placed_at=timezone.now() - timedelta(seconds=70))
    later = why_waiting(call, cast.carol)
    assert "Spanish ≥ 3 (at first ≥ 4)" in later
    assert "Alice is about to be rung" in later
    assert "Alice Next Nothing is in the way" in later


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (
            OfferOutcome.DECLINED,
            r"Declined this call 0:2\d ago; may be rung for it again in 0:(40|39)",
        ),
        (OfferOutcome.TIMED_OUT, r"Did not answer this call, 0:2\d ago; may be rung .* 0:(40|39)"),
    ],
)
def test_who_did_not_take_the_call_says_so_and_when_it_may_ring_again(
    cast: Cast, outcome: OfferOutcome, said: str
) -> None:
    for agent in (cast.alice, cast.bob):
        builders.on_duty(agent)
    builders.doing(cast.bob, Activity.ON_CALL)
    call = builders.waiting_call(cast.sales)
    refuse(call, cast.alice, 20, outcome)
    assert re.search(said, why_waiting(call, cast.carol))
    assert re.search(said, why_no_calls(cast.alice, cast.carol))
    assert "this call" not in why_no_calls(cast.bob, cast.carol)


def test_a_tier_says_when_it_opens(cast: Cast) -> None:
    for agent in (cast.alice, cast.bob):
        builders.on_duty(agent)
    builders.doing(cast.alice, Activity.ON_CALL)
    QueueMember.objects.filter(queue=cast.sales, agent=cast.bob).update(tier=2)
    QueueTier.objects.create(queue=cast.sales, tier=2, after_seconds=30)
    call = builders.waiting_call(cast.sales, waited_seconds=22)
    assert re.search(r"Bob Tier not open Tier 2 opens in 0:0[78]", why_waiting(call, cast.carol))


def test_of_two_callers_the_one_who_waited_longer_is_before_the_other(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    first = builders.waiting_call(cast.sales, waited_seconds=90)
    second = builders.waiting_call(cast.sales, waited_seconds=5)
    said = why_waiting(second, cast.carol)
    assert "Place 2 of 2" in said
    assert "About to be rung for another caller, who has waited longer That call" in said
    page = signed_in(cast.carol).get(reverse("supervisors:call-why", args=[second.pk]))
    assert f'href="{reverse("supervisors:call", args=[first.pk])}"' in page.content.decode()
    Queue.objects.filter(pk=cast.support.pk).update(priority=9)
    builders.waiting_call(cast.support, waited_seconds=1)
    assert "another caller, of a higher priority" in why_waiting(second, cast.carol)


def test_a_queue_that_nobody_serves_says_so(cast: Cast) -> None:
    empty = Queue.objects.create(tenant=cast.tenant, name="Empty")
    said = why_waiting(builders.waiting_call(empty), cast.carol)
    assert "Nobody serves Empty" in said
    assert "Agents, those nearest" not in said


def test_a_caller_who_waits_no_more_is_not_explained_and_leads_to_the_story(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    call = builders.waiting_call(cast.sales)
    offered = builders.offer(call, cast.alice)
    said = why_waiting(call, cast.carol)
    assert "The caller is not waiting for an agent at the moment." in said
    assert "data-over" not in page_of(call, cast.carol)
    builders.handled(offered)
    assert "The call is over." in why_waiting(call, cast.carol)
    assert "data-over" in page_of(call, cast.carol)


def page_of(call: Call, user: User) -> str:
    address = reverse("supervisors:call-why-panels", args=[call.pk])
    return signed_in(user).get(address).content.decode()


def test_who_is_not_in_line_yet_is_on_the_way(cast: Cast) -> None:
    call = builders.waiting_call(cast.sales)
    Segment.objects.filter(call=call).update(wait_started_at=None)
    assert "on the way into the line" in why_waiting(call, cast.carol)


def test_the_pages_lead_to_each_other(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    call = builders.waiting_call(cast.sales)
    carol = signed_in(cast.carol)
    call_why = reverse("supervisors:call-why", args=[call.pk])
    agent_why = reverse("supervisors:agent-why", args=[cast.alice.pk])
    call_page = carol.get(reverse("supervisors:call", args=[call.pk])).content.decode()
    agent_page = carol.get(reverse("supervisors:agent", args=[cast.alice.pk])).content.decode()
    assert f'href="{call_why}"' in call_page
    assert f'href="{agent_why}"' in agent_page
    assert f'href="{agent_why}"' in carol.get(call_why).content.decode()
    assert f'href="{call_why}"' in carol.get(agent_why).content.decode()
    offering.dispatch(cast.tenant.pk)
    ringing = carol.get(reverse("supervisors:call", args=[call.pk])).content.decode()
    assert f'href="{call_why}"' not in ringing, "the caller does not wait while it rings"


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (lambda a: builders.present(a, Presence.OFFLINE), r"Signed out for 0:0\d"),
        (lambda a: builders.present(a, Presence.BREAK, "lunch"), r"On break for 0:0\d"),
        (lambda a: a.phone.delete(), "Available, but no tab is the phone"),
        (
            lambda a: builders.doing(a, Activity.NOT_RESPONDING, "no_answer"),
            r"Did not respond 0:0\d ago, and has not come back",
        ),
        (lambda a: builders.doing(a, Activity.ON_HOLD), r"On a call for 0:0\d"),
        (lambda a: QueueMember.objects.filter(agent=a).delete(), "Serves no queue"),
    ],
)
def test_an_agent_who_gets_no_call_at_all_says_why(
    cast: Cast, meanwhile: Callable[[Agent], object], said: str
) -> None:
    builders.on_duty(cast.alice)
    builders.waiting_call(cast.sales)
    meanwhile(cast.alice)
    page = why_no_calls(cast.alice, cast.carol)
    assert re.search(said, page)
    assert "about to ring" not in page


def test_an_agent_who_is_free_says_who_waits_and_what_is_in_the_way(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    assert "Nobody waits in these queues" in why_no_calls(cast.alice, cast.carol)
    needs_spanish(cast.support, 3)
    for seconds in range(10, 80, 10):
        builders.waiting_call(cast.support, waited_seconds=seconds)
    page = why_no_calls(cast.alice, cast.carol)
    assert "No caller in these queues can be offered here now" in page
    assert "Support 7 callers wait Lacks a skill 7" in page
    assert page.count("Lacks Spanish: needs 3") == 5
    assert "and 2 callers more" in page
    builders.waiting_call(cast.sales, waited_seconds=2)
    assert "A call is about to ring here" in why_no_calls(cast.alice, cast.carol)


def test_who_may_not_learns_nothing(cast: Cast) -> None:
    call = builders.waiting_call(cast.sales)
    mallory = make_user(cast.other_tenant, "mallory", Role.SUPERVISOR)
    for name, about in (("call", call.pk), ("agent", cast.alice.pk)):
        for page in (f"supervisors:{name}-why", f"supervisors:{name}-why-panels"):
            address = reverse(page, args=[about])
            for person in (cast.alice.user, cast.dave, mallory):
                assert signed_in(person).get(address).status_code == 404
            for person in (cast.carol, cast.dana):
                assert signed_in(person).get(address).status_code == 200


def test_agents_of_other_teams_are_counted_and_never_named(cast: Cast) -> None:
    north = Team.objects.create(tenant=cast.tenant, name="North")
    south = Team.objects.create(tenant=cast.tenant, name="South")
    cast.alice.team, cast.bob.team = north, south
    nora = make_user(cast.tenant, "nora", Role.SUPERVISOR)
    TeamSupervisor.objects.create(team=north, user=nora)
    for agent in (cast.alice, cast.bob):
        builders.on_duty(agent)
    call = builders.waiting_call(cast.sales)
    builders.doing(cast.alice, Activity.ON_CALL)
    said = why_waiting(call, nora)
    assert "An agent of another team is about to be rung" in said
    assert "1 agent of other teams" in said
    assert "Alice On a call" in said
    assert "Bob" not in said
    builders.doing(cast.alice, Activity.IDLE)
    Segment.objects.filter(call=call).update(
        preferred_agent=cast.bob, preferred_until=timezone.now() + timedelta(seconds=30)
    )
    kept = why_waiting(call, nora)
    assert "kept for an agent of another team" in kept
    assert "Bob" not in kept + why_no_calls(cast.alice, nora)
    assert "kept for Bob" in why_waiting(call, cast.carol)
    offering.dispatch(cast.tenant.pk)
    offered = Offer.objects.get(ended_at=None)
    assert offered.agent == cast.bob
    Segment.objects.filter(call=call).update(preferred_agent=None)
    bobs = signed_in(nora).get(reverse("supervisors:agent-why", args=[cast.bob.pk]))
    assert bobs.status_code == 404


def test_the_reason_of_an_offer_says_who_had_asked_for_a_skill(cast: Cast) -> None:
    spanish = needs_spanish(cast.sales, 2)
    french = Skill.objects.create(tenant=cast.tenant, category="language", name="French")
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=30, level=0, skill=french)
    builders.on_duty(cast.alice)
    AgentSkill.objects.create(agent=cast.alice, skill=spanish, level=4)
    call = builders.waiting_call(cast.sales, waited_seconds=45)
    call.needs = {
        "branch": {str(spanish.pk): 3},
        "number": {str(french.pk): 2},
        "caller": {str(spanish.pk): 3},
    }
    call.save()
    offering.dispatch(cast.tenant.pk)
    page = reverse("supervisors:call", args=[call.pk])
    assert (
        "It needed Spanish ≥ 3 (asked by the menu and the caller),"
        " French not any more (asked by the number rung, at first ≥ 2)."
    ) in text(signed_in(cast.carol).get(page))
    # What is set since, and a skill that is gone, change nothing of what was so.
    Call.objects.filter(pk=call.pk).update(needs={})
    QueueSkill.objects.all().delete()
    french.delete()
    shown = text(signed_in(cast.carol).get(page))
    assert "Spanish ≥ 3 (asked by the menu and the caller)" in shown
    assert "a skill that was removed not any more (asked by the number rung" in shown


@pytest.mark.parametrize(
    ("needs", "relaxed", "said"),
    [
        (True, False, "It needed Spanish ≥ 2."),
        (True, True, "It needed Spanish ≥ 2; more at first, less by then."),
        (False, True, "It needed Nothing any more; the needs had been dropped."),
        (False, False, "It needed No skill."),
    ],
)
def test_the_reason_of_an_offer_of_an_earlier_version_is_read_as_it_was(
    cast: Cast, needs: bool, relaxed: bool, said: str
) -> None:
    spanish = needs_spanish(cast.sales, 2)
    builders.on_duty(cast.alice)
    AgentSkill.objects.create(agent=cast.alice, skill=spanish, level=4)
    call = builders.waiting_call(cast.sales)
    offering.dispatch(cast.tenant.pk)
    offer = Offer.objects.get()
    del offer.reason["asked"]
    offer.reason |= {"needs": [[spanish.pk, 2]] if needs else [], "relaxed": relaxed}
    offer.save()
    page = text(signed_in(cast.carol).get(reverse("supervisors:call", args=[call.pk])))
    assert said in page
    assert "asked by" not in page


def test_the_whole_reason_of_an_offer_is_on_the_page_of_its_call(cast: Cast) -> None:
    spanish = needs_spanish(cast.sales, 4)
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=30, level=2)
    cast.sales.strategy = "skills_based"
    cast.sales.save()
    chen = make_agent(cast.tenant, "chen", cast.sales)
    for agent, level in ((cast.alice, 2), (cast.bob, 5), (chen, 0)):
        builders.on_duty(agent)
        if level:
            AgentSkill.objects.create(agent=agent, skill=spanish, level=level)
    call = builders.waiting_call(cast.sales, waited_seconds=45)
    offering.dispatch(cast.tenant.pk)
    page = text(signed_in(cast.carol).get(reverse("supervisors:call", args=[call.pk])))
    assert re.search(
        r"This call Caller on the line, waited 0:4\d, priority \d+, the oldest call first\.", page
    )
    assert "It needed Spanish ≥ 2 (at first ≥ 4)." in page
    assert "3 were free; of these left out: 1 without the skill." in page
    assert "Decided by Better at what the call needs." in page
    assert re.search(
        r"Who was considered Bob levels together 5, 0 other skills, free for 0:0\d"
        r" Alice levels together 2,",
        page,
    )
    assert "Chen" not in page


def test_a_floor_full_of_agents_costs_as_many_statements_as_a_small_one(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    call = builders.waiting_call(cast.sales)
    client = signed_in(cast.carol)
    address = reverse("supervisors:call-why-panels", args=[call.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(70):
        make_agent(cast.tenant, f"agent-{number}", cast.sales)
    client.get(address)  # the rules are kept for a second, which may have passed
    with CaptureQueriesContext(connection) as many:
        page = client.get(address)
    assert len(many) == len(few)
    assert "and 12 agents more" in text(page)


WAYS = {
    why: InTheWay(
        Blocked(
            why=why,
            since=timezone.now(),
            until=timezone.now() + timedelta(seconds=30),
            skill=1,
            needed=4,
            has=2,
            tier=2,
            other_agent_id=1,
            other_call_id=1,
        ),
        skill="Spanish",
        enough=3,
        other_agent="<i>Bob</i>",
        refusal=OfferOutcome.DECLINED,
        ahead=Ahead.IN_LINE,
    )
    for why in Why
}


@pytest.mark.parametrize("why", Why)
def test_whatever_can_be_in_the_way_has_a_sentence_with_and_without_what_it_may_name(
    why: Why,
) -> None:
    for way in (WAYS[why], InTheWay(Blocked(why=why))):
        said = words.in_the_way(way)
        assert said
        assert "{" not in said
        assert "<i>" not in said
