"""The demo's sample data: complete at the first start, left alone at every later one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from contact_center.domain.skills import relaxed
from contact_center.models import (
    Agent,
    AgentSkill,
    Calendar,
    CallerSkill,
    MenuVersion,
    PhoneNumber,
    Queue,
    Role,
    Skill,
    Tenant,
    User,
)
from contact_center.selectors import access, hours
from contact_center.selectors.contacts import contact_with
from contact_center.selectors.queue_rules import rules_of_queues


@pytest.fixture
def the_demo() -> Iterator[None]:
    """This site is the embedded demo."""
    with override_settings(DEMO=True):
        yield


@pytest.mark.django_db
@override_settings(DEMO=False)
def test_it_is_refused_where_people_work() -> None:
    with pytest.raises(CommandError, match="DEMO is not set"):
        call_command("seed_demo")
    assert not User.objects.exists()
    assert not Tenant.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("the_demo")
def test_a_newcomer_finds_everybody_and_can_sign_in() -> None:
    call_command("seed_demo", verbosity=0)
    people = {user.username: user for user in User.objects.all()}
    assert set(people) == {"alice", "bob", "chen", "carol", "nora", "dana"}
    assert all(user.check_password("demo") for user in people.values())
    assert people["carol"].role == Role.SUPERVISOR
    assert {name for name, user in people.items() if user.is_staff} == {"dana"}
    assert set(Agent.objects.values_list("user__username", flat=True)) == {"alice", "bob", "chen"}
    assert all(agent.slots.count() == 1 for agent in Agent.objects.all())
    assert access.scope_of(people["carol"]).agents().count() == 3
    theirs = access.scope_of(people["nora"]).agents()
    assert set(theirs.values_list("user__username", flat=True)) == {"alice", "bob"}


@pytest.mark.django_db
@pytest.mark.usefixtures("the_demo")
def test_the_three_numbers_lead_somewhere() -> None:
    call_command("seed_demo", verbosity=0)
    main, sales, support = PhoneNumber.objects.order_by("e164")
    version = MenuVersion.objects.get(menu=main.menu)
    assert version.published_at is not None
    assert {choice.key: choice.queue.name for choice in version.choices.all()} == {
        "1": "Sales",
        "2": "Support",
        "3": "Ventas",
    }
    assert (sales.menu, sales.queue.name) == (None, "Sales")
    assert (support.menu, support.queue.name) == (None, "Support")


@pytest.mark.django_db
@pytest.mark.usefixtures("the_demo")
@override_settings(DJANGO_TWILIO_CALL_IVR={"BUSINESS_HOURS": {"monday": None}})
def test_the_demo_answers_at_any_time_of_any_day_whatever_the_settings_say() -> None:
    call_command("seed_demo", verbosity=0)
    for queue in Queue.objects.all():
        for hour in range(7 * 24):
            moment = datetime(2026, 12, 21, 0, 30, tzinfo=UTC) + timedelta(hours=hour)
            assert hours.hours_of(queue.tenant_id, queue.pk, moment).is_open, moment
    office = Calendar.objects.get(name="Office hours")
    assert not office.queues.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("the_demo")
def test_a_second_start_changes_nothing_that_somebody_changed() -> None:
    call_command("seed_demo", verbosity=0)
    alice = User.objects.get(username="alice")
    alice.set_password("alice's own")
    alice.save()
    Queue.objects.filter(name="Sales").update(ring_seconds=45)
    alice.agent.memberships.filter(queue__name="Support").delete()
    Calendar.objects.filter(name="Office hours").delete()
    before = PhoneNumber.objects.count()

    call_command("seed_demo", verbosity=0)

    alice = User.objects.get(username="alice")
    assert alice.check_password("alice's own")
    assert Queue.objects.get(name="Sales").ring_seconds == 45
    assert [queue.name for queue in alice.agent.queues.all()] == ["Sales", "Ventas"]
    assert PhoneNumber.objects.count() == before
    assert [calendar.name for calendar in Calendar.objects.all()] == ["Around the clock"]


@pytest.mark.django_db
@pytest.mark.usefixtures("the_demo")
def test_there_is_a_queue_whose_explanations_are_worth_reading() -> None:
    call_command("seed_demo", verbosity=0)
    queue = Queue.objects.get(name="Ventas")
    rules = rules_of_queues(queue.tenant_id).of(queue.pk)
    spanish = Skill.objects.get(name="Spanish")
    assert rules.needs == {spanish.pk: 4}
    assert relaxed(rules.needs, rules.relaxing, timedelta(seconds=20)) == {spanish.pk: 2}
    assert relaxed(rules.needs, rules.relaxing, timedelta(seconds=60)) == {}
    assert rules.tier_delays == {2: timedelta(seconds=10)}
    assert {str(each.agent): each.tier for each in queue.members.all()} == {
        "Alice Adams": 1,
        "Bob Brown": 2,
        "Chen Wu": 2,
    }
    assert [(each.e164, each.level) for each in spanish.callers.all()] == [("+14155550188", 2)]
    # Whoever calls the other two is served by anybody, as before.
    for name in ("Sales", "Support"):
        assert not Queue.objects.get(name=name).skills.exists()
    version = MenuVersion.objects.get()
    assert version.choices.get(key="3").queue == queue


@pytest.mark.django_db
@pytest.mark.usefixtures("the_demo")
def test_skills_that_somebody_removed_or_wrote_stay_as_they_are() -> None:
    call_command("seed_demo", verbosity=0)
    Skill.objects.exclude(name="Spanish").delete()
    AgentSkill.objects.update(level=1)
    CallerSkill.objects.all().delete()
    call_command("seed_demo", verbosity=0)
    assert [skill.name for skill in Skill.objects.all()] == ["Spanish"]
    assert set(AgentSkill.objects.values_list("level", flat=True)) == {1}
    assert not CallerSkill.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("the_demo")
def test_some_callers_are_known_and_who_was_removed_does_not_come_back() -> None:
    call_command("seed_demo", verbosity=0)
    bob = User.objects.get(username="bob")
    maren = contact_with(bob, "+14155550142")
    assert maren is not None
    assert (maren.name, maren.company) == ("Maren Oduya", "Quillmarsh Press")
    maren.delete()
    call_command("seed_demo", verbosity=0)
    assert contact_with(bob, "+14155550142") is None
    assert contact_with(bob, "+14155550143") is not None
