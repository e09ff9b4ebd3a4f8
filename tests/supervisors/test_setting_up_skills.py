"""Set-up of skills: who may, what is refused and how it is said, and who is rung by them."""

import re
from typing import Any

import pytest
from django.conf import LazySettings as Settings
from django.test import Client
from django.urls import reverse

from contact_center.models import (
    Agent,
    AgentSkill,
    EventLog,
    Offer,
    QueueSkill,
    Skill,
    User,
)
from contact_center.services import keeping_routing, keeping_skills, offering
from tests.builders import on_duty, signed_in, waiting_call
from tests.cast import Cast, make_user
from tests.supervisors.reading import events, said

pytestmark = pytest.mark.django_db

LIST = reverse("supervisors:set-up:skills")
NEW = reverse("supervisors:set-up:skills-new")


def page(name: str, skill: Skill) -> str:
    return reverse(f"supervisors:set-up:skills-{name}", args=[skill.pk])


def make(actor: User, name: str = "Spanish", category: str = "language") -> Skill:
    return keeping_skills.make_skill(name=name, category=category, actor=actor)


def levels(skill: Skill) -> dict[str, int]:
    """Who has it, and how well."""
    return {str(row.agent): row.level for row in skill.agents.select_related("agent__user")}


def stranger(cast: Cast) -> User:
    """The admin of the other organisation."""
    return make_user(cast.other_tenant, "mallory", cast.dana.role, is_superuser=False)


# --- who may -------------------------------------------------------------------------------------


def test_an_admin_sets_skills_up_and_nobody_else_learns_that_there_are_any(cast: Cast) -> None:
    skill = make(cast.dana)
    pages = [LIST, NEW, page("skill", skill)]
    deeds = [NEW, *(page(name, skill) for name in ("skill", "levels", "remove"))]
    for address in pages:
        assert signed_in(cast.dana).get(address).status_code == 200, address
        assert Client().get(address).headers["Location"].startswith(reverse("sign-in"))
    for person in (cast.carol, cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        for address in pages:
            answer = browser.get(address)
            assert answer.status_code == 404, address
            assert "Spanish" not in said(answer)
        for address in deeds:
            data = {"name": "Mine", "category": "language", f"level_{cast.alice.pk}": 5}
            assert browser.post(address, data).status_code == 404, address
    skill.refresh_from_db()
    assert (skill.name, levels(skill), Skill.objects.count()) == ("Spanish", {}, 1)


def test_no_skill_and_no_agent_of_another_organisation_is_seen_or_touched(cast: Cast) -> None:
    theirs = make(stranger(cast), "Klingon")
    ours = make(cast.dana)
    dana = signed_in(cast.dana)
    assert "Klingon" not in said(dana.get(LIST))
    assert "Erin" not in said(dana.get(page("skill", ours)))
    assert dana.get(page("skill", theirs)).status_code == 404
    for name in ("skill", "levels", "remove"):
        data = {"name": "Mine", "category": "language", f"level_{cast.alice.pk}": 5}
        assert dana.post(page(name, theirs), data).status_code == 404, name
    dana.post(page("levels", ours), {f"level_{cast.erin.pk}": 5})
    keeping_skills.give_levels(skill_id=ours.pk, levels={cast.erin.pk: 5}, actor=cast.dana)
    assert not AgentSkill.objects.exists()
    theirs.refresh_from_db()
    assert theirs.name == "Klingon"


def test_the_link_to_skills_is_among_those_of_set_up(cast: Cast) -> None:
    shown = signed_in(cast.dana).get(LIST).content.decode()
    assert re.search(rf'href="{LIST}" aria-current="page">Skills', shown)
    assert 'aria-current="page">Opening hours' not in shown
    assert "0 skills" in said(signed_in(cast.dana).get(reverse("supervisors:set-up:index")))


# --- made, renamed, removed ----------------------------------------------------------------------


def test_a_skill_is_made_renamed_and_removed_and_each_is_in_the_log(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    answer = dana.post(NEW, {"name": "Spanisch", "category": "language"}, follow=True)
    assert "Made. Say which agents have it." in said(answer)
    skill = Skill.objects.get()
    assert (skill.tenant, skill.name, skill.category) == (cast.tenant, "Spanisch", "language")
    renamed = {"name": "Spanish", "category": "product"}
    assert "Saved." in said(dana.post(page("skill", skill), renamed, follow=True))
    dana.post(page("skill", skill), renamed)  # as it is: nothing to tell
    skill.refresh_from_db()
    assert (skill.name, skill.category) == ("Spanish", "product")
    assert "Removed." in said(dana.post(page("remove", skill), follow=True))
    assert not Skill.objects.exists()
    assert events() == ["skill.made", "skill.changed", "skill.removed"]
    assert {row.actor_id for row in EventLog.objects.all()} == {cast.dana.pk}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Give this skill a name, like “Spanish”."),
        ({"name": "x" * 61}, "A name has at most 60 letters; this one has 61."),
        ({"category": ""}, "Choose a category."),
        (
            {"category": "hobby"},
            "“hobby” is no category of skills. There are: language, technical, product, priority.",
        ),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_saved(
    cast: Cast, wrong: dict[str, str], sentence: str
) -> None:
    answer = signed_in(cast.dana).post(NEW, {"name": "Spanish", "category": "language"} | wrong)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Skill.objects.exists()
    assert events() == []


def test_a_name_is_given_once_in_an_organisation_and_others_may_have_it_too(cast: Cast) -> None:
    make(stranger(cast))
    make(cast.dana)
    answer = signed_in(cast.dana).post(NEW, {"name": "Spanish", "category": "product"})
    assert answer.status_code == 422
    assert "Another skill has this name already." in said(answer)
    assert Skill.objects.filter(tenant=cast.tenant).count() == 1


def test_a_skill_belongs_to_a_category_of_the_setting_and_to_no_other(
    cast: Cast, settings: Settings
) -> None:
    dana = signed_in(cast.dana)
    make(cast.dana, "Spanish", "language")
    settings.DJANGO_TWILIO_CALL_AGENT = {"SKILL_CATEGORIES": ["tongue", "tool"]}
    answer = dana.post(NEW, {"name": "French", "category": "language"})
    assert "“language” is no category of skills. There are: tongue, tool." in said(answer)
    with pytest.raises(keeping_skills.NotAllowed, match="no category of skills"):
        make(cast.dana, "French", "language")
    assert not Skill.objects.filter(name="French").exists()
    dana.post(NEW, {"name": "French", "category": "tongue"})
    # The list is in the order of the setting; what was filed under another before is not lost.
    listed = said(dana.get(LIST))
    assert listed.index("Tongue 1") < listed.index("French") < listed.index("Tool 0")
    assert "Language 1 No category any more: SKILL_CATEGORIES does not have it." in listed
    spanish = Skill.objects.get(name="Spanish")
    assert "language (no category any more)" in said(dana.get(page("skill", spanish)))
    answer = dana.post(page("skill", spanish), {"name": "Spanish", "category": ""})
    assert "Choose a category." in said(answer)


def test_a_skill_that_a_queue_needs_is_not_removed_and_says_by_whom(cast: Cast) -> None:
    skill = make(cast.dana)
    for queue in (cast.support, cast.sales):
        keeping_routing.need_skill(queue_id=queue.pk, skill_id=skill.pk, level=4, actor=cast.dana)
    dana = signed_in(cast.dana)
    answer = dana.post(page("remove", skill), follow=True)
    assert "Sales, Support need this skill. Take it from what they need first." in said(answer)
    shown = said(dana.get(page("skill", skill)))
    assert "Queues that need it 2 Sales level 4 is enough Support level 4 is enough" in shown
    assert "Spanish 0 Sales, Support" in said(dana.get(LIST))
    assert Skill.objects.filter(pk=skill.pk).exists()
    assert QueueSkill.objects.count() == 2


def test_there_are_not_more_skills_than_anybody_tells_apart(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping_skills, "MOST_SKILLS", 1)
    make(cast.dana)
    answer = signed_in(cast.dana).post(NEW, {"name": "French", "category": "language"})
    assert "There are 1 skills already. Remove one first." in said(answer)
    assert Skill.objects.count() == 1


def test_a_skill_that_somebody_else_removed_meanwhile_is_told_so(cast: Cast) -> None:
    skill = make(cast.dana)
    keeping_skills.remove_skill(skill_id=skill.pk, actor=cast.dana)
    with pytest.raises(keeping_skills.NotAllowed, match="not there any more"):
        keeping_skills.give_levels(skill_id=skill.pk, levels={}, actor=cast.dana)


# --- what stands for a category ------------------------------------------------------------------


def test_what_stands_for_a_category_shows_who_has_it_by_which_skill_and_is_given_to_nobody(
    cast: Cast,
) -> None:
    dana = signed_in(cast.dana)
    for name, who in (("Spanish", {cast.alice: 2, cast.bob: 4}), ("French", {cast.alice: 3})):
        keeping_skills.give_levels(
            skill_id=make(cast.dana, name).pk,
            levels={agent.pk: level for agent, level in who.items()},
            actor=cast.dana,
        )
    theirs = make(stranger(cast), "Klingon")
    AgentSkill.objects.create(agent=cast.erin, skill=theirs, level=5)
    data = {"name": "Any language", "category": "language", "stands_for_category": "on"}
    answer = dana.post(NEW, data, follow=True)
    whole = Skill.objects.get(stands_for_category=True)
    shown = said(answer)
    assert "Alice 3 · French Bob 4 · Spanish" in shown
    assert "Erin" not in shown
    assert "Save levels" not in shown
    assert "Any language the whole category 2 —" in said(dana.get(LIST))
    answer = dana.post(page("levels", whole), {f"level_{cast.alice.pk}": 5}, follow=True)
    with pytest.raises(keeping_skills.NotAllowed, match="Nobody is given “Any language”"):
        keeping_skills.give_levels(skill_id=whole.pk, levels={cast.alice.pk: 5}, actor=cast.dana)
    assert levels(whole) == {}
    # Renamed it stands for the category still, and its page offers nothing else.
    assert "stands_for_category" not in dana.get(page("skill", whole)).content.decode()
    dana.post(page("skill", whole), {"name": "Any tongue", "category": "language"})
    whole.refresh_from_db()
    assert (whole.name, whole.stands_for_category) == ("Any tongue", True)


def test_one_skill_stands_for_a_category_and_another_is_told_which(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    data = {"name": "Any language", "category": "language", "stands_for_category": "on"}
    dana.post(NEW, data)
    answer = dana.post(NEW, data | {"name": "Whatever tongue"})
    assert answer.status_code == 422
    assert "“Any language” stands for language already." in said(answer)
    assert "Another skill has this name already." in said(dana.post(NEW, data))
    assert Skill.objects.filter(tenant=cast.tenant).count() == 1
    # Of another category, and in another organisation, there is one as well.
    dana.post(NEW, data | {"name": "Any product", "category": "product"})
    signed_in(stranger(cast)).post(NEW, data)
    assert Skill.objects.filter(stands_for_category=True).count() == 3


# --- who has it ----------------------------------------------------------------------------------


def give(cast: Cast, skill: Skill, *, before: dict[Agent, int], **now: int) -> Any:
    """Dana sends the form that stood on the page when the levels were ``before``."""
    data: dict[str, int] = {}
    for agent in (cast.alice, cast.bob):
        level = now.get(agent.user.username, before.get(agent, 0))
        data[f"level_{agent.pk}"] = level
        data[f"initial-level_{agent.pk}"] = before.get(agent, 0)
    return signed_in(cast.dana).post(page("levels", skill), data, follow=True)


def test_several_agents_are_given_levels_at_once_and_each_is_in_the_log(cast: Cast) -> None:
    skill = make(cast.dana)
    answer = give(cast, skill, before={}, alice=4, bob=2)
    assert "Saved: 2 agents were changed." in said(answer)
    assert levels(skill) == {"Alice": 4, "Bob": 2}
    answer = give(cast, skill, before={cast.alice: 4, cast.bob: 2}, alice=0)
    assert "Saved: 1 agent was changed." in said(answer)
    assert levels(skill) == {"Bob": 2}
    log = EventLog.objects.filter(name="agent_skill.changed").order_by("pk")
    assert [(row.agent_id, row.details["level"]) for row in log] == [
        (cast.alice.pk, 4),
        (cast.bob.pk, 2),
        (cast.alice.pk, 0),
    ]


def test_what_another_admin_wrote_meanwhile_stays(cast: Cast) -> None:
    skill = make(cast.dana)
    keeping_skills.give_levels(skill_id=skill.pk, levels={cast.bob.pk: 5}, actor=cast.dana)
    give(cast, skill, before={}, alice=3)  # from a page on which Bob had none yet
    assert levels(skill) == {"Alice": 3, "Bob": 5}


@pytest.mark.parametrize("level", ["6", "-1", "much"])
def test_a_level_that_is_none_is_told_so_beside_the_agent(cast: Cast, level: str) -> None:
    skill = make(cast.dana)
    answer = signed_in(cast.dana).post(
        page("levels", skill), {f"level_{cast.alice.pk}": level, f"level_{cast.bob.pk}": 3}
    )
    assert answer.status_code == 422
    assert "Choose one from the list." in said(answer)
    assert levels(skill) == {}


def test_whoever_is_given_the_skill_is_rung_for_who_needs_it(cast: Cast) -> None:
    skill = make(cast.dana)
    keeping_routing.need_skill(queue_id=cast.sales.pk, skill_id=skill.pk, level=3, actor=cast.dana)
    on_duty(cast.alice)
    on_duty(cast.bob)
    waiting_call(cast.sales)
    offering.dispatch(cast.tenant.pk)
    assert not Offer.objects.exists()
    give(cast, skill, before={}, alice=2, bob=3)
    offering.dispatch(cast.tenant.pk)
    assert [row.agent for row in Offer.objects.all()] == [cast.bob]
