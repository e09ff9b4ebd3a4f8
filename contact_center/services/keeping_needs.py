"""What a number, a key of a menu and a caller ask of whoever takes the call, as admins want it.

A call keeps what was asked for when it came by (`Call.needs`): what is written here holds for calls
from now on, and for nobody who waits already. What a queue needs is in keeping_routing.py.
"""

from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.skills import HIGHEST_LEVEL, LOWEST_LEVEL, Asker
from contact_center.domain.telephone_numbers import known_number
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    BranchSkill,
    CallerSkill,
    Menu,
    NumberSkill,
    PhoneNumber,
    Skill,
    Tenant,
    User,
)
from contact_center.services.keeping_routing import MOST_NEEDS, Refused

#: More customers than anybody enters by hand.
MOST_CALLERS = 5000

Row = TypeVar("Row", NumberSkill, BranchSkill, CallerSkill)

#: Where it is written what each asks for, and whose that is.
_TABLES: dict[Asker, tuple[type[Any], str]] = {
    Asker.NUMBER: (NumberSkill, "number__tenant"),
    Asker.BRANCH: (BranchSkill, "menu__tenant"),
    Asker.CALLER: (CallerSkill, "tenant"),
}


@transaction.atomic
def let_number_need(*, number_id: int, skill_id: int, level: int, actor: User) -> None:
    """Let every call to a number need a skill; needed already, its level is changed."""
    number = _number_of(actor, number_id)
    skill = _skill_of(actor, skill_id)
    row = number.skills.filter(skill=skill).first()
    if row is None:
        _check_room(number.skills.count())
    _write(
        row or NumberSkill(number=number, skill=skill),
        level,
        ev.NeedsChanged(
            tenant_id=number.tenant_id,
            actor_id=actor.pk,
            of=Asker.NUMBER,
            number_id=number.pk,
            skill_id=skill.pk,
            level=level,
        ),
    )


@transaction.atomic
def let_branch_need(*, menu_id: int, key: str, skill_id: int, level: int, actor: User) -> None:
    """Let whoever presses a key of a menu need a skill, in all its versions and languages."""
    menu = _menu_of(actor, menu_id)
    if not menu.versions.filter(choices__key=key).exists():
        raise NotAllowed(_("This menu has no such key any more. Load the page again."))
    skill = _skill_of(actor, skill_id)
    row = menu.skills.filter(key=key, skill=skill).first()
    if row is None:
        _check_room(menu.skills.filter(key=key).count())
    _write(
        row or BranchSkill(menu=menu, key=key, skill=skill),
        level,
        ev.NeedsChanged(
            tenant_id=menu.tenant_id,
            actor_id=actor.pk,
            of=Asker.BRANCH,
            menu_id=menu.pk,
            key=key,
            skill_id=skill.pk,
            level=level,
        ),
    )


@transaction.atomic
def let_caller_need(*, number: str, skill_id: int, level: int, actor: User) -> None:
    """Let a customer need a skill whenever that number rings, whatever else it asks for.

    Raises Refused about ``number`` when it is none that a call can come from.
    """
    tenant = _tenant_of(actor)
    e164 = known_number(number)
    if not e164:
        raise Refused(
            "number",
            _("Write the number with its country, as in +14155550142."),
        )
    skill = _skill_of(actor, skill_id)
    row = CallerSkill.objects.filter(tenant=tenant, e164=e164, skill=skill).first()
    if row is None:
        ours = CallerSkill.objects.filter(tenant=tenant)
        _check_room(ours.filter(e164=e164).count())
        if ours.count() >= MOST_CALLERS:
            raise Refused(
                "number",
                _("There are %(most)s entries of callers already. Remove one first.")
                % {"most": MOST_CALLERS},
            )
    _write(
        row or CallerSkill(tenant=tenant, e164=e164, skill=skill),
        level,
        ev.NeedsChanged(
            tenant_id=tenant.pk, actor_id=actor.pk, of=Asker.CALLER, skill_id=skill.pk, level=level
        ),
    )


@transaction.atomic
def ask_no_more(*, of: Asker, need_id: int, actor: User) -> None:
    """Take back one thing that a number, a key or a caller asks for. Raises NotAllowed: it is gone.

    Another organisation's is as good as none.
    """
    tenant = _tenant_of(actor)
    table, tenant_is = _TABLES[of]
    rows = table._default_manager.select_for_update(no_key=True)
    row = rows.filter(**{tenant_is: tenant}, pk=need_id).first()
    if row is None:
        raise NotAllowed(_("This was removed already. Load the page again."))
    row.delete()
    record(
        ev.NeedsChanged(
            tenant_id=tenant.pk,
            actor_id=actor.pk,
            of=of,
            number_id=getattr(row, "number_id", None),
            menu_id=getattr(row, "menu_id", None),
            key=getattr(row, "key", ""),
            skill_id=row.skill_id,
        )
    )


# --- inside --------------------------------------------------------------------------------------


def _write(row: Row, level: int, changed: ev.NeedsChanged) -> None:
    if not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
        raise Refused(
            "level",
            _("A level is a number from %(lowest)s to %(highest)s.")
            % {"lowest": LOWEST_LEVEL, "highest": HIGHEST_LEVEL},
        )
    if row.pk is not None and row.level == level:
        return
    row.level = level
    row.save()
    record(changed)


def _check_room(needed: int) -> None:
    if needed >= MOST_NEEDS:
        raise Refused(
            "skill",
            _("At most %(most)s skills can be asked for at once. Remove one first.")
            % {"most": MOST_NEEDS},
        )


def _tenant_of(actor: User) -> Tenant:
    if actor.tenant is None:
        raise NotAllowed(_("Only somebody of an organisation can set up what calls need."))
    return actor.tenant


def _number_of(actor: User, number_id: int) -> PhoneNumber:
    """Return the number, locked. Another organisation's is as good as none."""
    numbers = PhoneNumber.objects.select_for_update(no_key=True)
    number = numbers.filter(pk=number_id, tenant=_tenant_of(actor)).first()
    if number is None:
        raise NotAllowed(_("This number is not there any more. Load the page again."))
    return number


def _menu_of(actor: User, menu_id: int) -> Menu:
    """Return the menu, locked. Another organisation's is as good as none."""
    menus = Menu.objects.select_for_update(no_key=True)
    menu = menus.filter(pk=menu_id, tenant=_tenant_of(actor)).first()
    if menu is None:
        raise NotAllowed(_("This menu is not there any more. Load the page again."))
    return menu


def _skill_of(actor: User, skill_id: int) -> Skill:
    """Return a skill of the organisation, locked against its removal."""
    skills = Skill.objects.select_for_update(no_key=True).filter(tenant=_tenant_of(actor))
    skill = skills.filter(pk=skill_id).first()
    if skill is None:
        raise Refused("skill", _("This skill is not there any more. Load the page again."))
    return skill
