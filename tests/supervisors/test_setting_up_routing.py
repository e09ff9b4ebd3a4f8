"""Set-up of routing: who may, what is said to wrong input, and who is rung for whom then."""

import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contact_center.models import (
    EventLog,
    Offer,
    Queue,
    QueueMember,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Skill,
    User,
)
from contact_center.selectors.queue_rules import rules_of_queues
from contact_center.services import keeping_routing, keeping_skills, offering
from tests.builders import on_duty, signed_in, waiting_call
from tests.cast import Cast, make_user
from tests.supervisors.reading import said

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LIST = reverse("supervisors:set-up:routing")


def page(name: str, *ids: int) -> str:
    return reverse(f"supervisors:set-up:routing-{name}", args=ids)


def make_skill(actor: User, name: str = "Spanish") -> Skill:
    return keeping_skills.make_skill(name=name, category="language", actor=actor)


def post(cast: Cast, name: str, *ids: int, **data: Any) -> Any:
    """What Dana reads after she has sent a form of the page of Sales."""
    return signed_in(cast.dana).post(page(name, cast.sales.pk, *ids), data, follow=True)


def member(queue: Queue, username: str) -> QueueMember:
    return QueueMember.objects.get(queue=queue, agent__user__username=username)


def places(cast: Cast, **changed: Any) -> dict[str, Any]:
    """What the form of the members of Sales sends."""
    data: dict[str, Any] = {}
    for each in QueueMember.objects.filter(queue=cast.sales):
        for what in ("tier", "level", "position"):
            name = f"{what}_{each.pk}"
            data[name] = data[f"initial-{name}"] = getattr(each, what)
    return data | changed


def needs(cast: Cast, level: int = 4, **levels: int) -> Skill:
    """Sales needs Spanish of this level; these agents have so much of it."""
    skill = make_skill(cast.dana)
    keeping_routing.need_skill(
        queue_id=cast.sales.pk, skill_id=skill.pk, level=level, actor=cast.dana
    )
    given = {getattr(cast, name).pk: n for name, n in levels.items()}
    keeping_skills.give_levels(skill_id=skill.pk, levels=given, actor=cast.dana)
    return skill


def changes() -> list[str]:
    log = EventLog.objects.filter(name="queue_routing.changed").order_by("pk")
    return [row.details["what"] for row in log]


# --- who may -------------------------------------------------------------------------------------


def doors(queue: Queue, skill: Skill, step: RelaxingStep) -> list[str]:
    """Every deed of the page of a queue."""
    return [
        *(page(name, queue.pk) for name in ("need-add", "step-add", "members")),
        page("need-remove", queue.pk, skill.pk),
        page("step-remove", queue.pk, step.pk),
    ]


def test_an_admin_sets_routing_up_and_nobody_else_may_see_or_touch_it(cast: Cast) -> None:
    skill = needs(cast)
    step = RelaxingStep.objects.create(queue=cast.sales, after_seconds=30, skill=skill, level=2)
    pages = [LIST, page("queue", cast.sales.pk)]
    deeds = [LIST, *doors(cast.sales, skill, step)]
    data = {"minutes": 5, "skill": skill.pk, "level": 1, "after_seconds": 9}
    for address in pages:
        assert signed_in(cast.dana).get(address).status_code == 200, address
        assert Client().get(address).headers["Location"].startswith(reverse("sign-in"))
    for address in deeds:
        assert Client().post(address).headers["Location"].startswith(reverse("sign-in"))
    for person in (cast.carol, cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        for address in pages:
            assert browser.get(address).status_code == 404, address
        for address in deeds:
            assert browser.post(address, data).status_code == 404, address
    cast.tenant.refresh_from_db()
    assert cast.tenant.ageing_minutes is None
    assert QueueSkill.objects.get().level == 4
    assert RelaxingStep.objects.get() == step


def test_nothing_of_another_organisation_is_seen_or_touched(cast: Cast) -> None:
    mallory = make_user(cast.other_tenant, "mallory", cast.dana.role, is_superuser=False)
    theirs = make_skill(mallory, "Klingon")
    keeping_routing.need_skill(
        queue_id=cast.other_queue.pk, skill_id=theirs.pk, level=4, actor=mallory
    )
    their_step = RelaxingStep.objects.create(queue=cast.other_queue, after_seconds=30, level=2)
    ours = needs(cast)
    dana = signed_in(cast.dana)
    assert dana.get(page("queue", cast.other_queue.pk)).status_code == 404
    for address in doors(cast.other_queue, theirs, their_step):
        data = {"skill": ours.pk, "level": 1, "after_seconds": 9}
        assert dana.post(address, data).status_code == 404, address
    shown = said(dana.get(LIST)) + said(dana.get(page("queue", cast.sales.pk)))
    assert "Klingon" not in shown
    # Nor by way of a queue of ours.
    assert "Choose one from the list." in said(post(cast, "need-add", skill=theirs.pk, level=1))
    assert "Choose a skill that calls need here." in said(
        post(cast, "step-add", skill=theirs.pk, level=1, after_seconds=9)
    )
    post(cast, "need-remove", theirs.pk)
    post(cast, "step-remove", their_step.pk)
    their_member = member(cast.other_queue, "erin")
    keeping_routing.place_members(
        queue_id=cast.sales.pk,
        places={their_member.pk: keeping_routing.Place(tier=2, level=2, position=2)},
        delays={},
        actor=cast.dana,
    )
    their_member.refresh_from_db()
    assert their_member.tier == 1
    assert cast.other_queue.skills.count() == cast.other_queue.relaxing_steps.count() == 1
    assert [need.skill for need in cast.sales.skills.all()] == [ours]


# --- the organisation ----------------------------------------------------------------------------


def test_what_a_step_of_priority_is_worth_is_set_and_explained(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    assert "absolute" in said(dana.get(LIST))
    shown = said(dana.post(LIST, {"minutes": "5"}, follow=True))
    assert "Now a step of priority is worth 5 minutes of waiting" in shown
    assert "Ana's two steps are worth 10 minutes" in shown
    ageing = rules_of_queues(cast.tenant.pk).ageing
    assert ageing is not None
    assert ageing.total_seconds() == 300
    dana.post(LIST, {"minutes": "5"})  # as it is: nothing to tell
    assert "absolute" in said(dana.post(LIST, {"minutes": ""}, follow=True))
    assert rules_of_queues(cast.tenant.pk).ageing is None
    log = EventLog.objects.filter(name="ageing.changed").order_by("pk")
    assert [(row.actor_id, row.details["minutes"]) for row in log] == [
        (cast.dana.pk, 5),
        (cast.dana.pk, None),
    ]


@pytest.mark.parametrize("minutes", ["0", "241", "-5", "soon", "1.5"])
def test_minutes_that_are_none_are_told_so(cast: Cast, minutes: str) -> None:
    answer = signed_in(cast.dana).post(LIST, {"minutes": minutes})
    assert answer.status_code == 422
    assert "Write a whole number from 1 to 240." in said(answer)
    assert f'value="{minutes}"' in answer.content.decode()
    cast.tenant.refresh_from_db()
    assert cast.tenant.ageing_minutes is None


def test_the_list_says_of_each_queue_who_is_next_and_who_is_rung(cast: Cast) -> None:
    needs(cast)
    cast.support.strategy = "lifo"
    cast.support.priority = 7
    cast.support.save()
    shown = said(signed_in(cast.dana).get(LIST))
    assert "The newest call first, however long others wait Who has been free for the longest" in (
        shown
    )
    assert "Spanish ≥ 4" in shown
    assert re.search(r"Sales 5 default The oldest call first", shown)
    assert re.search(r"Support 7 The newest call first", shown)


# --- what a queue needs, and how that relaxes ----------------------------------------------------


def test_a_need_is_added_changed_and_removed_and_its_steps_go_with_it(cast: Cast) -> None:
    skill = make_skill(cast.dana)
    post(cast, "need-add", skill=skill.pk, level=4)
    post(cast, "need-add", skill=skill.pk, level=3)
    post(cast, "need-add", skill=skill.pk, level=3)  # as it is
    assert rules_of_queues(cast.tenant.pk).of(cast.sales.pk).needs == {skill.pk: 3}
    post(cast, "step-add", after_seconds=30, skill=skill.pk, level=1)
    assert changes() == ["needs", "needs", "steps"]
    answer = post(cast, "need-remove", skill.pk)
    assert "Nothing: whoever serves the queue may be rung." in said(answer)
    assert not RelaxingStep.objects.exists()
    assert changes()[-1] == "needs"
    answer = post(cast, "need-remove", skill.pk)
    assert "This queue does not need the skill any more." in said(answer)


def test_steps_are_said_in_words_and_removed_again(cast: Cast) -> None:
    skill = needs(cast)
    post(cast, "step-add", after_seconds=30, skill=skill.pk, level=3)
    shown = said(post(cast, "step-add", after_seconds=60, skill="", level=0))
    assert "After 30 s level 3 of Spanish is enough." in shown
    assert "After 60 s no skill is needed any more." in shown
    assert "Changes nothing" not in shown
    # Less is needed in the beginning: the first step is idle now, and the page says so.
    shown = said(post(cast, "need-add", skill=skill.pk, level=2))
    assert shown.count("Changes nothing: no more is asked by then.") == 1
    first, second = RelaxingStep.objects.all()
    post(cast, "step-remove", first.pk)
    assert RelaxingStep.objects.get() == second
    assert "This step was removed already." in said(post(cast, "step-remove", first.pk))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"after_seconds": ""}, "Write a whole number from 1 to 3600."),
        ({"after_seconds": "0"}, "Write a whole number from 1 to 3600."),
        ({"after_seconds": "soon"}, "Write a whole number from 1 to 3600."),
        ({"level": "4"}, "Level 4 is needed in the beginning. Choose a lower one."),
        ({"level": "5", "skill": ""}, "Level 4 is needed in the beginning. Choose a lower one."),
        ({"level": "6"}, "Choose one from the list."),
        ({"skill": "999999"}, "Choose a skill that calls need here."),
        ({"after_seconds": "30"}, "There is a step at this time already."),
    ],
)
def test_a_step_that_cannot_be_is_said_so_beside_the_field(
    cast: Cast, wrong: dict[str, str], sentence: str
) -> None:
    skill = needs(cast)
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=30, skill=skill, level=3)
    data = {"after_seconds": "45", "skill": skill.pk, "level": "2"} | wrong
    answer = post(cast, "step-add", **data)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    assert RelaxingStep.objects.count() == 1


def test_where_nothing_is_needed_there_is_nothing_to_relax(cast: Cast) -> None:
    answer = post(cast, "step-add", after_seconds=30, skill="", level=0)
    assert answer.status_code == 422
    assert not RelaxingStep.objects.exists()
    with pytest.raises(keeping_routing.Refused, match="nothing to relax"):
        keeping_routing.add_step(
            queue_id=cast.sales.pk, after_seconds=30, skill_id=None, level=0, actor=cast.dana
        )


def test_a_need_without_a_skill_or_a_level_is_told_so(cast: Cast) -> None:
    skill = make_skill(cast.dana)
    assert "Choose a skill." in said(post(cast, "need-add", skill="", level=3))
    for level in ("0", "6", "much"):
        answer = post(cast, "need-add", skill=skill.pk, level=level)
        assert "Choose one from the list." in said(answer)
    assert not QueueSkill.objects.exists()


# --- tiers ---------------------------------------------------------------------------------------


def test_members_are_placed_and_tiers_delayed(cast: Cast) -> None:
    bob = member(cast.sales, "bob")
    data = places(cast, **{f"tier_{bob.pk}": 2, f"position_{bob.pk}": 7}, delay_2=30)
    shown = said(post(cast, "members", **data))
    assert "Saved." in shown
    bob.refresh_from_db()
    assert (bob.tier, bob.level, bob.position) == (2, 1, 7)
    assert member(cast.sales, "alice").tier == 1
    assert member(cast.support, "bob").tier == 1
    assert [(row.tier, row.after_seconds) for row in cast.sales.tiers.all()] == [(2, 30)]
    assert "Tier 3 after, seconds" in shown
    assert changes() == ["members"]
    post(cast, "members", **places(cast, **{"delay_2": 30, "initial-delay_2": 30}))
    assert changes() == ["members"]
    post(cast, "members", **places(cast, **{"delay_2": "", "initial-delay_2": 30}))
    assert not QueueTier.objects.exists()
    assert changes() == ["members", "members"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"tier": 0}, "Write a whole number from 1 to 9."),
        ({"level": 10}, "Write a whole number from 1 to 9."),
        ({"position": "first"}, "Write a whole number from 0 to 999."),
        ({"position": ""}, "Write a whole number from 0 to 999."),
    ],
)
def test_a_place_that_is_none_is_told_so_beside_the_field(
    cast: Cast, wrong: dict[str, Any], sentence: str
) -> None:
    bob = member(cast.sales, "bob")
    ((what, value),) = wrong.items()
    answer = post(cast, "members", **places(cast, **{f"{what}_{bob.pk}": value, "delay_2": 30}))
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert not QueueTier.objects.exists()
    bob.refresh_from_db()
    assert (bob.tier, bob.level, bob.position) == (1, 1, 0)


def test_a_tier_is_not_rung_before_the_one_before_it(cast: Cast) -> None:
    answer = post(cast, "members", **places(cast, delay_2=60, delay_3=30))
    assert answer.status_code == 422
    assert "Tier 2 is rung after 60 s: tier 3 cannot be rung before it." in said(answer)
    assert not QueueTier.objects.exists()
    assert changes() == []
    answer = post(cast, "members", **places(cast, delay_2=3601))
    assert "Write a whole number from 1 to 3600." in said(answer)


# --- what it means -------------------------------------------------------------------------------


def test_nobody_on_duty_is_said_so(cast: Cast) -> None:
    needs(cast, alice=5)
    shown = said(signed_in(cast.dana).get(page("queue", cast.sales.pk)))
    assert "Nobody who serves this queue is on duty now." in shown
    assert shown.count("Off duty") == 2


def test_the_page_says_who_could_take_a_call_when_and_the_dispatcher_agrees(cast: Cast) -> None:
    """Alice has Spanish 3, Bob none; 4 is needed, after 30 s 3, after 60 s any."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        skill = needs(cast, 4, alice=3)
        post(cast, "step-add", after_seconds=30, skill=skill.pk, level=3)
        post(cast, "step-add", after_seconds=60, skill="", level=0)
        on_duty(cast.alice)
        on_duty(cast.bob)
        shown = said(signed_in(cast.dana).get(page("queue", cast.sales.pk)))
        assert (
            "Now 0 of the 2 agents on duty could take a call at once, 1 after 30 s, 2 after 60 s, "
            "if they are free." in shown
        )
        assert "For the first 30 s agents with Spanish ≥ 4 0" in shown
        assert "After 30 s agents with Spanish ≥ 3 1" in shown
        assert "After 60 s agents with any skills 2" in shown
        assert "After 30 s Spanish 4 is needed, has 3" in shown
        assert "After 60 s Spanish 4 is needed, has none" in shown
        waiting_call(cast.sales, waited_seconds=0)
        waiting_call(cast.sales, waited_seconds=0)
        rung = []
        for seconds in (0, 29, 1, 29, 1):
            clock.shift(seconds)
            offering.dispatch(cast.tenant.pk)
            rung.append(sorted(str(row.agent) for row in Offer.objects.all()))
        assert rung == [[], [], ["Alice"], ["Alice"], ["Alice", "Bob"]]


def test_the_page_says_which_tiers_are_rung_when(cast: Cast) -> None:
    bob = member(cast.sales, "bob")
    on_duty(cast.alice)
    on_duty(cast.bob)
    shown = said(post(cast, "members", **places(cast, **{f"tier_{bob.pk}": 2, "delay_2": 45})))
    assert "Now 1 of the 2 agents on duty could take a call at once, 2 after 45 s" in shown
    assert "For the first 45 s agents with any skills, of tier 1 1" in shown
    assert "After 45 s agents with any skills 2" in shown
    assert "After 45 s tier 2" in shown
    # Where nobody of the first tier is on duty there is nobody to leave the call to.
    cast.alice.presence = "offline"
    cast.alice.save()
    shown = said(signed_in(cast.dana).get(page("queue", cast.sales.pk)))
    assert "Now 1 of the 1 agent on duty could take a call at once, if they are free." in shown
    assert "tier 2" not in shown.partition("Delays")[0]


def test_who_lacks_what_never_relaxes_is_never_rung_and_told_why(cast: Cast) -> None:
    needs(cast, 4, alice=5)
    on_duty(cast.alice)
    on_duty(cast.bob)
    shown = said(signed_in(cast.dana).get(page("queue", cast.sales.pk)))
    assert "Now 1 of the 2 agents on duty could take a call at once, if they are free." in shown
    assert "At any time agents with Spanish ≥ 4 1" in shown
    assert "Never Spanish 4 is needed, has none" in shown
