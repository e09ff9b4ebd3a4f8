"""Sample people, queues, a menu and numbers: the demo's, and nobody else's."""

from argparse import ArgumentParser
from datetime import time
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from contact_center.conf import current
from contact_center.management.embedded import people
from contact_center.models import (
    Agent,
    AgentSkill,
    AgentSlot,
    Calendar,
    CalendarSpan,
    CallerSkill,
    Contact,
    DispatchLock,
    Disposition,
    Menu,
    MenuChoice,
    MenuVersion,
    PhoneNumber,
    Queue,
    QueueDesk,
    QueueMember,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Role,
    Skill,
    Team,
    TeamSupervisor,
    Tenant,
    User,
    Weekday,
)
from contact_center.services.keeping_contacts import write_contact
from contact_center.services.keeping_desks import set_beside_calls
from contact_center.services.keeping_forms import Outcome, set_outcomes, set_wrap_up_form
from contact_center.services.presence import begin_work


class Command(BaseCommand):
    """Adds what is missing of the sample data, and changes nothing that is there."""

    help = "Add sample people, queues and numbers. Refused outside the embedded demo (DEMO=1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Nothing to choose."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the sample data in one transaction. Raises CommandError where people work."""
        if not settings.DEMO:
            raise CommandError(
                "Sample people with a password that everybody knows belong in the embedded demo"
                " only, and this site is not one (DEMO is not set). Add people in /admin/."
            )
        with transaction.atomic():
            tenant = seed_organisation()
            queues = {
                name: seed_queue(tenant, name)
                for name in (people.SALES, people.SUPPORT, people.IN_SPANISH)
            }
            for person in people.PEOPLE:
                seed_person(tenant, person, queues)
            seed_numbers(tenant, seed_menu(tenant, queues), queues)
            seed_skills(tenant, queues[people.IN_SPANISH])
            seed_contacts(tenant)
            for position, label in enumerate(people.DISPOSITIONS):
                Disposition.objects.get_or_create(
                    tenant=tenant, label=label, defaults={"position": position}
                )
            seed_desk(queues[people.QUEUE_WITH_A_FORM])
        if options["verbosity"] > 0:
            names = ", ".join(person.username for person in people.PEOPLE)
            self.stdout.write(f"Sample people: {names}. Password: {people.EVERYBODYS_WORD}")


def seed_organisation() -> Tenant:
    """The organisation that everybody in the demo belongs to."""
    tenant, _made = Tenant.objects.get_or_create(slug="demo", defaults={"name": "Demo"})
    DispatchLock.objects.get_or_create(tenant=tenant)
    return tenant


def seed_hours(tenant: Tenant) -> Calendar:
    """Hours that never end, for the demo answers at any time; and an office's, to look at.

    Returns those that never end.
    """
    always, made = Calendar.objects.get_or_create(
        tenant=tenant, name=people.ALWAYS_OPEN, defaults={"zone": people.ZONE}
    )
    if made:
        CalendarSpan.objects.bulk_create(
            CalendarSpan(calendar=always, weekday=day, start=time(), end=time()) for day in Weekday
        )
    office, made = Calendar.objects.get_or_create(
        tenant=tenant,
        name=people.OFFICE_HOURS,
        defaults={"zone": people.ZONE, "country": people.COUNTRY, "closed_on_holidays": True},
    )
    if made:
        CalendarSpan.objects.bulk_create(
            CalendarSpan(calendar=office, weekday=day, start=time(9), end=time(17))
            for day in Weekday
            if day < Weekday.SATURDAY
        )
    return always


def seed_queue(tenant: Tenant, name: str) -> Queue:
    """A queue in which every empty field follows the settings; its hours alone are chosen."""
    queue = Queue.objects.filter(tenant=tenant, name=name).first()
    return queue or Queue.objects.create(tenant=tenant, name=name, calendar=seed_hours(tenant))


def seed_person(
    tenant: Tenant, person: people.SamplePerson, queues: dict[str, Queue], *, hashed: str = ""
) -> None:
    """A person, and an agent's desk with one slot for whoever serves a queue.

    ``hashed`` is everybody's word, for who adds hundreds: hashing it is slow.
    """
    user, made = User.objects.get_or_create(
        username=person.username,
        defaults={
            "tenant": tenant,
            "first_name": person.first_name,
            "last_name": person.last_name,
            # Nothing is sent there: the demo keeps its e-mail for supervisors to read.
            "email": f"{person.username}@example.com",
            "role": person.role,
            # Set-up of people, queues and numbers is in Django's admin.
            "is_staff": person.role == Role.ADMIN,
            "is_superuser": person.role == Role.ADMIN,
        },
    )
    if made:
        user.password = hashed or make_password(people.EVERYBODYS_WORD)
        user.save(update_fields=["password"])
    team = seed_team(tenant, person.team) if person.team else None
    if person.role != Role.AGENT:
        if made and team is not None:
            TeamSupervisor.objects.create(team=team, user=user)
        return
    agent, new_agent = Agent.objects.get_or_create(
        tenant=tenant, user=user, defaults={"team": team}
    )
    if not new_agent:
        return  # whom Dana took out of a queue stays out of it
    AgentSlot.objects.get_or_create(agent=agent, number=0)
    begin_work(agent=agent)
    for name in person.serves:
        QueueMember.objects.get_or_create(queue=queues[name], agent=agent)


def seed_team(tenant: Tenant, name: str) -> Team:
    """A team of agents."""
    team, _made = Team.objects.get_or_create(tenant=tenant, name=name)
    return team


def seed_menu(tenant: Tenant, queues: dict[str, Queue]) -> Menu:
    """The menu of the main number, published in its first version."""
    menu, made = Menu.objects.get_or_create(tenant=tenant, name="Main menu")
    if made:
        version = MenuVersion.objects.create(
            menu=menu,
            number=1,
            greeting=people.GREETING,
            fallback_queue=queues[people.SUPPORT],
            published_at=timezone.now(),
        )
        for key, label, queue in people.CHOICES:
            MenuChoice.objects.create(version=version, key=key, label=label, queue=queues[queue])
    return menu


def seed_numbers(tenant: Tenant, menu: Menu, queues: dict[str, Queue]) -> None:
    """The three numbers a customer can ring."""
    for e164, label, queue in people.NUMBERS:
        PhoneNumber.objects.get_or_create(
            e164=e164,
            defaults={
                "tenant": tenant,
                "label": label,
                "menu": None if queue else menu,
                "queue": queues[queue] if queue else None,
            },
        )


def seed_contacts(tenant: Tenant) -> None:
    """Some of those who ring are known. Where anybody is, somebody has begun to write them down."""
    if Contact.objects.filter(tenant=tenant).exists():
        return
    writer = User.objects.get(username=people.PEOPLE[0].username)
    for name, company, number, notes, tags in people.CONTACTS:
        write_contact(
            contact=None,
            name=name,
            company=company,
            email="",
            notes=notes,
            tags=tags,
            numbers=[(number, "")],
            is_shared=True,
            actor=writer,
        )


def seed_desk(queue: Queue) -> None:
    """What agents see and are asked in calls of one queue; where anything is, it stays."""
    if QueueDesk.objects.filter(queue=queue).exists() or queue.dispositions.exists():
        return
    admin = User.objects.get(username=people.ADMIN)
    set_outcomes(
        queue=queue,
        outcomes=[Outcome(label, group) for label, group in people.OUTCOMES],
        # Whoever tries the demo is let go without one; an admin can want it.
        required=False,
        actor=admin,
    )
    set_wrap_up_form(queue=queue, fields=people.FIELDS, actor=admin)
    set_beside_calls(
        queue_id=queue.pk,
        script=people.SCRIPT,
        link_label=people.LINK_LABEL,
        link_url=people.LINK_URL,
        actor=admin,
    )


def seed_skills(tenant: Tenant, queue: Queue) -> None:
    """What the agents can do, and a queue that needs some of it: the pages that say why tell more.

    All of it or nothing: where there is any skill, somebody has begun to set routing up.
    """
    known = current().agent.skill_categories
    if Skill.objects.filter(tenant=tenant).exists() or not {*people.CATEGORIES} <= {*known}:
        return
    agents = {
        agent.user.username: agent
        for agent in Agent.objects.filter(tenant=tenant).select_related("user")
    }
    skills = {}
    for name, category, levels in people.SKILLS:
        skills[name] = Skill.objects.create(tenant=tenant, name=name, category=category)
        for username, level in levels.items():
            AgentSkill.objects.create(agent=agents[username], skill=skills[name], level=level)
    name, category = people.ANY_LANGUAGE
    Skill.objects.create(tenant=tenant, name=name, category=category, stands_for_category=True)
    name, level = people.NEED
    QueueSkill.objects.create(queue=queue, skill=skills[name], level=level)
    for after, enough in people.STEPS:
        RelaxingStep.objects.create(
            queue=queue, after_seconds=after, skill=skills[name], level=enough
        )
    QueueTier.objects.create(queue=queue, tier=2, after_seconds=people.TIER_SECONDS)
    for username, tier in people.TIERS.items():
        QueueMember.objects.get_or_create(
            queue=queue, agent=agents[username], defaults={"tier": tier}
        )
    number, name, level = people.CALLER
    CallerSkill.objects.create(tenant=tenant, e164=number, skill=skills[name], level=level)
