"""What a number, a menu's key and a caller ask for: who is rung then, and what is said of it."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from contact_center.domain.skills import Asker
from contact_center.errors import NotAllowed
from contact_center.models import (
    AgentSkill,
    Call,
    CallerSkill,
    EventLog,
    MenuChoice,
    MenuVersion,
    NumberSkill,
    Offer,
    QueueSkill,
    RelaxingStep,
    Skill,
)
from contact_center.selectors.queue_rules import rules_of_queues
from contact_center.selectors.reasons import call_why
from contact_center.selectors.scopes import Scope
from contact_center.selectors.stories import SeenCall
from contact_center.services import keeping_needs, keeping_skills, offering
from tests.builders import on_duty, waiting_call
from tests.cast import Cast
from tests.universe.floor import Floor

MAIN, SALES = "+14155550100", "+14155550101"
ANA, BEN = "+14155550142", "+14155550177"


@pytest.fixture
def spanish(cast: Cast) -> Skill:
    """Alice speaks some of it, Bob well."""
    skill = keeping_skills.make_skill(name="Spanish", category="language", actor=cast.dana)
    keeping_skills.give_levels(
        skill_id=skill.pk, levels={cast.alice.pk: 2, cast.bob.pk: 4}, actor=cast.dana
    )
    return skill


def by_number(cast: Cast, skill: Skill, level: int) -> None:
    keeping_needs.let_number_need(
        number_id=cast.sales_number.pk, skill_id=skill.pk, level=level, actor=cast.dana
    )


def by_key(cast: Cast, skill: Skill, level: int, key: str = "1") -> None:
    keeping_needs.let_branch_need(
        menu_id=cast.menu.menu_id, key=key, skill_id=skill.pk, level=level, actor=cast.dana
    )


def by_caller(cast: Cast, skill: Skill, level: int, number: str = ANA) -> None:
    keeping_needs.let_caller_need(number=number, skill_id=skill.pk, level=level, actor=cast.dana)


def take_back(cast: Cast, need: NumberSkill) -> None:
    keeping_needs.ask_no_more(of=Asker.NUMBER, need_id=need.pk, actor=cast.dana)


def call_of(sid: str) -> Call:
    return Call.objects.get(sid=sid)


def offered(sid: str) -> set[str]:
    """Who is being rung for this caller."""
    offers = Offer.objects.filter(call__sid=sid, ended_at=None)
    return set(offers.values_list("agent__user__username", flat=True))


def asked(sid: str) -> list[tuple[str, Any]]:
    log = EventLog.objects.filter(name="skills.asked", call_id=call_of(sid).pk).order_by("pk")
    return [(row.details["by"], row.details["needs"]) for row in log]


def said_needs(cast: Cast, sid: str) -> list[tuple[str, int, int, list[str]]]:
    """What the page says that this caller needs, and who asked."""
    shown = call_why(SeenCall(call_of(sid), Scope(cast.tenant.pk)))
    return [(each.skill, each.at_first, each.now, list(each.by)) for each in shown["needs"]]


# --- who is rung ---------------------------------------------------------------------------------


def test_a_number_asks_for_a_skill_and_who_lacks_it_is_not_rung(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    by_number(cast, spanish, 3)
    floor.on_duty(cast.alice)
    sid = floor.ring(from_=BEN, to=SALES)
    floor.pass_seconds(10)
    assert offered(sid) == set()
    assert said_needs(cast, sid) == [("Spanish", 3, 3, ["number"])]
    floor.on_duty(cast.bob)
    floor.pass_seconds(3)
    assert offered(sid) == {"bob"}
    assert asked(sid) == [("number", [[spanish.pk, 3]])]
    # Another number asks for nothing.
    other = floor.ring(from_=ANA, to="+14155550102")
    floor.pass_seconds(3)
    assert offered(other) == {"alice"}
    assert asked(other) == []


def test_a_key_of_the_menu_asks_for_a_skill_and_another_does_not(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    by_key(cast, spanish, 3)
    floor.on_duty(cast.alice)
    spaniard, anybody = (floor.ring(from_=number, to=MAIN) for number in (ANA, BEN))
    floor.pass_seconds(1)
    floor.press(spaniard, "1")
    floor.press(anybody, "2")
    floor.pass_seconds(5)
    assert offered(spaniard) == set()
    assert offered(anybody) == {"alice"}
    assert said_needs(cast, spaniard) == [("Spanish", 3, 3, ["branch"])]
    assert asked(spaniard) == [("branch", [[spanish.pk, 3]])]
    assert asked(anybody) == []


def test_the_need_of_a_key_stays_with_it_in_the_next_version_of_the_menu(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    by_key(cast, spanish, 3)
    version = MenuVersion.objects.create(
        menu=cast.menu.menu, number=2, greeting="Hola.", published_at=cast.menu.published_at
    )
    MenuChoice.objects.create(version=version, key="1", label="sales", queue=cast.sales)
    sid = floor.ring(from_=ANA, to=MAIN)
    floor.pass_seconds(1)
    floor.press(sid, "1")
    floor.pass_seconds(1)
    assert call_of(sid).menu_version == version
    assert asked(sid) == [("branch", [[spanish.pk, 3]])]


def test_a_caller_asks_for_a_skill_by_the_number_and_nobody_else_does(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    by_caller(cast, spanish, 3, number=" +1 (415) 555-0142 ")
    floor.on_duty(cast.alice)
    ana = floor.ring(from_=ANA, to=SALES)
    withheld = floor.ring(from_="anonymous", to=SALES)
    floor.pass_seconds(5)
    assert offered(ana) == set()
    assert offered(withheld) == {"alice"}
    assert said_needs(cast, ana) == [("Spanish", 3, 3, ["caller"])]
    assert call_of(withheld).needs == {}


def test_the_caller_of_another_organisation_asks_for_nothing_here(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    theirs = Skill.objects.create(tenant=cast.other_tenant, category="language", name="Klingon")
    CallerSkill.objects.create(tenant=cast.other_tenant, e164=ANA, skill=theirs, level=5)
    by_caller(cast, spanish, 1, number=BEN)
    floor.on_duty(cast.alice)
    sid = floor.ring(from_=ANA, to=SALES)
    floor.pass_seconds(5)
    assert offered(sid) == {"alice"}
    assert call_of(sid).needs == {}


def test_the_higher_level_holds_and_who_asked_for_it_is_named(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    QueueSkill.objects.create(queue=cast.sales, skill=spanish, level=3)
    by_number(cast, spanish, 2)
    by_caller(cast, spanish, 3)
    ana, ben = (floor.ring(from_=number, to=SALES) for number in (ANA, BEN))
    floor.pass_seconds(5)
    assert said_needs(cast, ana) == [("Spanish", 3, 3, ["queue", "caller"])]
    assert said_needs(cast, ben) == [("Spanish", 3, 3, ["queue"])]


def test_what_was_asked_for_relaxes_as_the_queue_says(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    by_number(cast, spanish, 3)
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=8, skill=spanish, level=2)
    floor.on_duty(cast.alice)
    sid = floor.ring(from_=ANA, to=SALES)
    floor.pass_seconds(7)
    assert offered(sid) == set()
    floor.pass_seconds(2)
    assert offered(sid) == {"alice"}


# --- any of a category ----------------------------------------------------------------------------


@pytest.fixture
def any_language(cast: Cast, spanish: Skill) -> Skill:
    """Alice speaks some Spanish, Bob well; Bob speaks some French, Alice none."""
    french = keeping_skills.make_skill(name="French", category="language", actor=cast.dana)
    routers = keeping_skills.make_skill(name="Routers", category="technical", actor=cast.dana)
    for skill, agent, level in ((french, cast.bob, 1), (routers, cast.alice, 5)):
        keeping_skills.give_levels(skill_id=skill.pk, levels={agent.pk: level}, actor=cast.dana)
    return keeping_skills.make_skill(
        name="Any language", category="language", stands_for_category=True, actor=cast.dana
    )


def test_whoever_asks_for_any_of_a_category_gets_who_is_best_enough_in_one_of_it(
    floor: Floor, cast: Cast, any_language: Skill
) -> None:
    QueueSkill.objects.create(queue=cast.sales, skill=any_language, level=1)
    by_number(cast, any_language, 2)
    by_key(cast, any_language, 4)
    by_caller(cast, any_language, 3)
    floor.on_duty(cast.alice)
    ana = floor.ring(from_=ANA, to=SALES)
    by_menu = floor.ring(from_=BEN, to=MAIN)
    floor.pass_seconds(1)
    floor.press(by_menu, "1")
    floor.pass_seconds(5)
    assert offered(ana) == offered(by_menu) == set()  # Spanish 2 is not 3; Routers 5 no language
    assert said_needs(cast, ana) == [("Any language", 3, 3, ["caller"])]
    assert said_needs(cast, by_menu) == [("Any language", 4, 4, ["branch"])]
    ben = floor.ring(from_=BEN, to=SALES)
    floor.pass_seconds(3)
    assert offered(ben) == {"alice"}
    floor.on_duty(cast.bob)
    floor.pass_seconds(3)
    assert offered(ana) == {"bob"}


def test_who_lacks_any_of_a_category_is_told_how_much_of_the_best_there_is(
    floor: Floor, cast: Cast, any_language: Skill
) -> None:
    by_number(cast, any_language, 4)
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=8, skill=any_language, level=2)
    floor.on_duty(cast.alice)
    sid = floor.ring(from_=ANA, to=SALES)
    floor.pass_seconds(5)
    shown = call_why(SeenCall(call_of(sid), Scope(cast.tenant.pk)))
    (way,) = [row.way for row in shown["rows"] if row.agent_id == cast.alice.pk]
    assert (way.skill, way.blocked.has, way.blocked.needed, way.enough) == ("Any language", 2, 4, 2)
    floor.pass_seconds(4)
    assert offered(sid) == {"alice"}


def test_any_of_a_category_costs_a_dispatch_no_further_statement(
    floor: Floor, cast: Cast, any_language: Skill
) -> None:
    QueueSkill.objects.create(queue=cast.sales, skill=any_language, level=1)
    on_duty(cast.alice)
    waiting_call(cast.sales)
    rules_of_queues(cast.tenant.pk)
    with CaptureQueriesContext(connection) as statements:
        assert offering.dispatch(cast.tenant.pk) == 1
    frame = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    ours = [query["sql"] for query in statements if not query["sql"].startswith(frame)]
    assert len(ours) == 10, "\n".join(ours)  # nine, and the skills of agents, as ever


def test_a_skill_that_changes_its_category_counts_where_it_is_now(
    floor: Floor, cast: Cast, spanish: Skill, any_language: Skill
) -> None:
    by_number(cast, any_language, 2)
    floor.on_duty(cast.alice)
    keeping_skills.change_skill(
        skill_id=spanish.pk, name="Spanish", category="product", actor=cast.dana
    )
    sid = floor.ring(from_=ANA, to=SALES)
    floor.pass_seconds(5)
    assert offered(sid) == set()
    keeping_skills.change_skill(
        skill_id=spanish.pk, name="Spanish", category="language", actor=cast.dana
    )
    floor.pass_seconds(3)
    assert offered(sid) == {"alice"}


# --- what a call keeps ---------------------------------------------------------------------------


def test_who_waits_keeps_what_was_asked_for_whatever_is_written_meanwhile(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    by_number(cast, spanish, 3)
    floor.on_duty(cast.alice)
    before = floor.ring(from_=ANA, to=SALES)
    floor.pass_seconds(3)
    take_back(cast, NumberSkill.objects.get())
    after = floor.ring(from_=BEN, to=SALES)
    floor.pass_seconds(3)
    assert offered(before) == set()
    assert offered(after) == {"alice"}


def test_a_skill_that_is_gone_keeps_nobody_waiting(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    by_number(cast, spanish, 3)
    floor.on_duty(cast.alice)
    sid = floor.ring(from_=ANA, to=SALES)
    floor.pass_seconds(3)
    assert offered(sid) == set()
    take_back(cast, NumberSkill.objects.get())
    keeping_skills.remove_skill(skill_id=spanish.pk, actor=cast.dana)
    floor.pass_seconds(3)
    assert offered(sid) == {"alice"}


# --- what admins write ---------------------------------------------------------------------------


def test_a_skill_that_anything_needs_is_not_removed_and_what_needs_it_is_named(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    by_number(cast, spanish, 3)
    by_key(cast, spanish, 2, key="2")
    by_caller(cast, spanish, 2)
    by_caller(cast, spanish, 2, number=BEN)
    with pytest.raises(NotAllowed, match=r"^\+14155550101, key 2 of Main menu, 2 callers need"):
        keeping_skills.remove_skill(skill_id=spanish.pk, actor=cast.dana)
    with pytest.raises(ProtectedError):
        spanish.delete()
    assert AgentSkill.objects.filter(skill=spanish).count() == 2


def test_every_change_is_an_event_once_and_says_no_number_of_a_customer(
    floor: Floor, cast: Cast, spanish: Skill
) -> None:
    by_number(cast, spanish, 3)
    by_number(cast, spanish, 3)
    by_caller(cast, spanish, 3)
    by_caller(cast, spanish, 2)
    keeping_needs.ask_no_more(
        of=Asker.CALLER, need_id=CallerSkill.objects.get().pk, actor=cast.dana
    )
    log = EventLog.objects.filter(name="needs.changed").order_by("pk")
    assert [(row.details["of"], row.details["level"]) for row in log] == [
        ("number", 3),
        ("caller", 3),
        ("caller", 2),
        ("caller", 0),
    ]
    assert not [row for row in log if "4155550142" in str(row.details)]
    assert {row.actor_id for row in log} == {cast.dana.pk}
