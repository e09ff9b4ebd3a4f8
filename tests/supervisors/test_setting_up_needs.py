"""Set-up of what calls need: who may, what is said to wrong input, and what is written."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contact_center.domain.skills import Asker
from contact_center.models import (
    BranchSkill,
    CallerSkill,
    EventLog,
    MenuChoice,
    MenuVersion,
    NumberSkill,
    Skill,
)
from contact_center.services import keeping_needs, keeping_routing, keeping_skills
from tests.builders import signed_in
from tests.cast import Cast, make_number, make_user
from tests.supervisors.reading import said

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE = reverse("supervisors:set-up:needs")
ANA = "+14155550142"


@pytest.fixture
def spanish(cast: Cast) -> Skill:
    return keeping_skills.make_skill(name="Spanish", category="language", actor=cast.dana)


def post(cast: Cast, of: str, **data: Any) -> Any:
    """What Dana reads after she has sent a form of the page."""
    address = reverse("supervisors:set-up:needs-add", args=[of])
    return signed_in(cast.dana).post(address, data, follow=True)


def ask(cast: Cast, skill: Skill, level: int = 3) -> None:
    """The number of Sales, key 1 of the menu and Ana ask for it."""
    actor, pk = cast.dana, skill.pk
    keeping_needs.let_number_need(
        number_id=cast.sales_number.pk, skill_id=pk, level=level, actor=actor
    )
    keeping_needs.let_branch_need(
        menu_id=cast.menu.menu_id, key="1", skill_id=pk, level=level, actor=actor
    )
    keeping_needs.let_caller_need(number=ANA, skill_id=pk, level=level, actor=actor)


def written() -> list[int]:
    """How many rows there are of each kind."""
    return [table.objects.count() for table in (NumberSkill, BranchSkill, CallerSkill)]


def rows() -> list[tuple[str, int]]:
    """Every need there is, as the page removes it."""
    return [
        ("number", NumberSkill.objects.get().pk),
        ("branch", BranchSkill.objects.get().pk),
        ("caller", CallerSkill.objects.get().pk),
    ]


# --- who may -------------------------------------------------------------------------------------


def test_an_admin_says_what_calls_need_and_nobody_else_may_see_or_touch_it(
    cast: Cast, spanish: Skill
) -> None:
    ask(cast, spanish)
    deeds = [reverse("supervisors:set-up:needs-add", args=[of]) for of in Asker]
    deeds += [reverse("supervisors:set-up:needs-remove", args=row) for row in rows()]
    data = {"number": cast.sales_number.pk, "skill": spanish.pk, "level": 5}
    assert signed_in(cast.dana).get(PAGE).status_code == 200
    assert Client().get(PAGE).headers["Location"].startswith(reverse("sign-in"))
    for person in (cast.carol, cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        assert browser.get(PAGE).status_code == 404
        for address in deeds:
            assert browser.post(address, data).status_code == 404, address
            assert Client().post(address).headers["Location"].startswith(reverse("sign-in"))
    assert written() == [1, 1, 1]
    assert NumberSkill.objects.get().level == 3


def test_nothing_of_another_organisation_is_seen_or_touched(cast: Cast, spanish: Skill) -> None:
    mallory = make_user(cast.other_tenant, "mallory", cast.dana.role, is_superuser=False)
    klingon = keeping_skills.make_skill(name="Klingon", category="language", actor=mallory)
    theirs = make_number(cast.other_tenant, "+14155550199", queue=cast.other_queue)
    keeping_needs.let_number_need(number_id=theirs.pk, skill_id=klingon.pk, level=2, actor=mallory)
    keeping_needs.let_caller_need(number=ANA, skill_id=klingon.pk, level=2, actor=mallory)
    shown = said(signed_in(cast.dana).get(PAGE))
    assert "Klingon" not in shown
    assert "0199" not in shown
    for of, data in {
        "number": {"number": theirs.pk, "skill": spanish.pk},
        "branch": {"branch": f"{cast.menu.menu_id}-1", "skill": klingon.pk},
        "caller": {"number": ANA, "skill": klingon.pk},
    }.items():
        assert "Choose one from the list." in said(post(cast, of, **data, level=4)), of
    for need in (NumberSkill.objects.get(), CallerSkill.objects.get()):
        of = "number" if isinstance(need, NumberSkill) else "caller"
        address = reverse("supervisors:set-up:needs-remove", args=[of, need.pk])
        answer = signed_in(cast.dana).post(address, follow=True)
        assert "This was removed already." in said(answer)
    assert written() == [1, 0, 1]


# --- what is written -----------------------------------------------------------------------------


def test_each_of_the_three_is_added_changed_and_removed(cast: Cast, spanish: Skill) -> None:
    sent = {
        "number": {"number": cast.sales_number.pk},
        "branch": {"branch": f"{cast.menu.menu_id}-1"},
        "caller": {"number": "+1 (415) 555-0142"},
    }
    for level in (4, 2, 2):
        for of, who in sent.items():
            answer = post(cast, of, **who, skill=spanish.pk, level=level)
            assert "Saved. It holds for calls that come from now on." in said(answer)
    assert written() == [1, 1, 1]
    assert CallerSkill.objects.get().e164 == ANA
    shown = said(answer)
    assert len(re.findall(r"Spanish ≥ 2", shown)) == 3
    assert "+1 415 555 0142" in shown
    for of, pk in rows():
        address = reverse("supervisors:set-up:needs-remove", args=[of, pk])
        signed_in(cast.dana).post(address)
        again = said(signed_in(cast.dana).post(address, follow=True))
        assert "This was removed already. Load the page again." in again
    assert written() == [0, 0, 0]
    log = EventLog.objects.filter(name="needs.changed").order_by("pk")
    assert [row.details["level"] for row in log] == [4, 4, 4, 2, 2, 2, 0, 0, 0]


@pytest.mark.parametrize(
    ("of", "wrong", "sentence"),
    [
        ("number", {"number": ""}, "Choose a number."),
        ("number", {"number": "9" * 40}, "Choose one from the list."),
        ("branch", {"branch": ""}, "Choose a key."),
        ("branch", {"branch": "1-x"}, "Choose one from the list."),
        ("caller", {"number": ""}, "Write the number with its country, as in +14155550142."),
        ("caller", {"number": "4155550142"}, "Write the number with its country"),
        ("caller", {"number": "anonymous"}, "Write the number with its country"),
        ("caller", {"number": "+266696687"}, "Write the number with its country"),
        ("caller", {"number": "+1415\x00"}, "Write the number with its country"),
        ("caller", {"number": "+" + "1" * 60}, "Write the number with its country"),
        ("caller", {"skill": ""}, "Choose a skill."),
        ("caller", {"skill": "9" * 40}, "Choose one from the list."),
        ("caller", {"level": "6"}, "Choose one from the list."),
        ("caller", {"level": ""}, "Choose one from the list."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    cast: Cast, spanish: Skill, of: str, wrong: dict[str, str], sentence: str
) -> None:
    right = {
        "number": ANA if of == "caller" else cast.sales_number.pk,
        "branch": f"{cast.menu.menu_id}-1",
        "skill": spanish.pk,
        "level": 3,
    }
    answer = post(cast, of, **right | wrong)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert answer.content.decode().count('aria-invalid="true"') == 1
    assert written() == [0, 0, 0]


def test_there_is_nothing_else_that_asks(cast: Cast, spanish: Skill) -> None:
    assert post(cast, "moon", skill=spanish.pk, level=3).status_code == 404
    address = reverse("supervisors:set-up:needs-remove", args=["moon", 1])
    assert signed_in(cast.dana).post(address).status_code == 404


def test_a_key_that_no_version_has_any_more_says_so(cast: Cast, spanish: Skill) -> None:
    ask(cast, spanish)
    MenuVersion.objects.filter(pk=cast.menu.pk).update(published_at=None)
    version = MenuVersion.objects.create(
        menu=cast.menu.menu, number=2, greeting="Hello.", published_at="2026-03-02T12:00:00Z"
    )
    MenuChoice.objects.create(version=version, key="7", label="sales", queue=cast.sales)
    shown = said(signed_in(cast.dana).get(PAGE))
    assert "No version has this key any more." in shown
    assert "Main menu: 7, sales" in shown
    assert "Main menu: 1" not in shown


def test_a_part_of_the_number_finds_a_caller(cast: Cast, spanish: Skill) -> None:
    for number in (ANA, "+442079460018"):
        keeping_needs.let_caller_need(number=number, skill_id=spanish.pk, level=3, actor=cast.dana)
    found = said(signed_in(cast.dana).get(PAGE, {"digits": "555-01"}))
    assert "+1 415 555 0142" in found
    assert "+44" not in found
    none = said(signed_in(cast.dana).get(PAGE, {"digits": "777"}))
    assert "Nobody with these digits asks for anything." in none


def test_without_a_skill_there_is_nothing_to_ask_for(cast: Cast) -> None:
    assert "No skill yet" in said(signed_in(cast.dana).get(PAGE))


# --- what goes with it ---------------------------------------------------------------------------


def test_a_skill_that_something_needs_says_what_and_stays(cast: Cast, spanish: Skill) -> None:
    ask(cast, spanish)
    address = reverse("supervisors:set-up:skills-remove", args=[spanish.pk])
    answer = said(signed_in(cast.dana).post(address, follow=True))
    assert "+14155550101, key 1 of Main menu, 1 caller need this skill." in answer
    assert Skill.objects.filter(pk=spanish.pk).exists()
    listed = said(signed_in(cast.dana).get(reverse("supervisors:set-up:skills")))
    assert "+14155550101, key 1 of Main menu, 1 caller" in listed


def test_a_queue_relaxes_what_calls_bring_along(cast: Cast, spanish: Skill) -> None:
    ask(cast, spanish, level=3)
    step = {"queue_id": cast.support.pk, "after_seconds": 30, "actor": cast.dana}
    keeping_routing.add_step(**step, skill_id=spanish.pk, level=2)
    page = reverse("supervisors:set-up:routing-queue", args=[cast.support.pk])
    shown = said(signed_in(cast.dana).get(page))
    assert "After 30 s level 2 of Spanish is enough." in shown
    assert "Changes nothing" not in shown
    with pytest.raises(keeping_routing.Refused, match="Level 3 is needed in the beginning"):
        keeping_routing.add_step(**step | {"after_seconds": 40}, skill_id=spanish.pk, level=3)
