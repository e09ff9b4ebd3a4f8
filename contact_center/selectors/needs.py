"""What numbers, keys of menus and callers ask for, for the page on which admins write it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contact_center.domain.skills import all_needs
from contact_center.models import (
    BranchSkill,
    CallerSkill,
    Menu,
    MenuChoice,
    NumberSkill,
    PhoneNumber,
    Skill,
    Tenant,
)

#: So many entries of callers are shown at once; a part of a number finds the others.
MOST_SHOWN = 100


def brought_needs(tenant_id: int) -> dict[int, int]:
    """Return what calls may need beside what their queue needs: by skill, the highest level."""
    asked = (
        rows.order_by().values_list("skill_id").annotate(Max("level"))
        for rows in (
            NumberSkill.objects.filter(number__tenant_id=tenant_id),
            BranchSkill.objects.filter(menu__tenant_id=tenant_id),
            CallerSkill.objects.filter(tenant_id=tenant_id),
        )
    )
    return all_needs(*(dict(rows) for rows in asked))


def who_needs(skill: Skill) -> list[str]:
    """Return what needs a skill, by name: queues, numbers, keys of menus, and so many callers."""
    callers = skill.callers.count()
    return [
        *sorted(need.queue.name for need in skill.queues.all()),
        *sorted(need.number.label or need.number.e164 for need in skill.numbers.all()),
        *(
            _("key %(key)s of %(menu)s") % {"key": need.key, "menu": need.menu}
            for need in skill.branches.all()
        ),
        *([ngettext("%(n)s caller", "%(n)s callers", callers) % {"n": callers}] if callers else []),
    ]


@dataclass(frozen=True)
class NumberRow:
    """A number of ours, where it leads, and what it asks for."""

    number: PhoneNumber
    needs: Sequence[NumberSkill]


@dataclass(frozen=True)
class BranchRow:
    """A key of a menu, how it is said and where it leads today, and what it asks for."""

    menu: Menu
    key: str
    #: Of the newest published version that has the key; None: none has it any more.
    choice: MenuChoice | None
    needs: Sequence[BranchSkill]


@dataclass(frozen=True)
class CallerRows:
    """Callers who ask for something; ``further`` more than are shown."""

    rows: Sequence[CallerSkill]
    further: int
    total: int


def numbers_of(tenant: Tenant) -> list[NumberRow]:
    """Return the numbers that lead into a queue or a menu, with what they ask for."""
    numbers = PhoneNumber.objects.filter(tenant=tenant, is_room=False).order_by("e164")
    numbers = numbers.select_related("menu", "queue").prefetch_related("skills__skill")
    return [NumberRow(number, _by_name(number.skills.all())) for number in numbers]


def branches_of(tenant: Tenant) -> list[BranchRow]:
    """Return the keys of the menus that callers hear, and those that ask for something still."""
    choices = MenuChoice.objects.filter(
        version__menu__tenant=tenant, version__published_at__isnull=False
    )
    # The newest published version has the last word on what a key is.
    heard = {
        (choice.version.menu_id, choice.key): choice
        for choice in choices.select_related("queue", "version").order_by("version__number")
    }
    rows = []
    for menu in (
        Menu.objects.filter(tenant=tenant).order_by("name").prefetch_related("skills__skill")
    ):
        needs = list(menu.skills.all())
        keys = {key for menu_id, key in heard if menu_id == menu.pk} | {one.key for one in needs}
        rows += [
            BranchRow(
                menu,
                key,
                heard.get((menu.pk, key)),
                _by_name([one for one in needs if one.key == key]),
            )
            for key in sorted(keys)
        ]
    return rows


def callers_of(tenant: Tenant, digits: str = "") -> CallerRows:
    """Return which callers ask for what; only those whose number has these digits."""
    rows = CallerSkill.objects.filter(tenant=tenant)
    total = rows.count()
    if digits:
        rows = rows.filter(e164__contains=digits)
    found = rows.count() if digits else total
    shown = list(rows.select_related("skill").order_by("e164", "skill__name")[:MOST_SHOWN])
    return CallerRows(shown, found - len(shown), total)


Need = TypeVar("Need", NumberSkill, BranchSkill)


def _by_name(needs: Iterable[Need]) -> list[Need]:
    return sorted(needs, key=lambda need: need.skill.name.casefold())
