"""How long each type of break may last, and what happens then, as an organisation's admins want it.

What is written here holds for breaks that begin from now on; what happens at the end of one is what
the rule says at that moment (services/shifts.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.breaks import AfterBreak
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import BreakRule, Tenant, User
from contact_center.services.presence import break_reasons

LONGEST_BREAK_MINUTES = 720


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How many minutes a break may last, and what happens then."""

    most_minutes: int
    after: AfterBreak


@transaction.atomic
def set_rules(*, rules: Mapping[str, Rule | None], actor: User) -> int:
    """Say of types of breaks, by code, how long they may last; None: as long as they last.

    Types that are not named keep what they have. Returns of how many it changed something. Raises
    NotAllowed: a new rule is of a type that there is not, or so long no break lasts.
    """
    if actor.tenant_id is None:
        raise NotAllowed(_("Only somebody of an organisation can set up its breaks."))
    # Two admins who save at the same moment make one rule of a type, not two.
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=actor.tenant_id)
    had = {row.code: row for row in BreakRule.objects.filter(tenant=tenant)}
    offered = break_reasons()
    changed = []
    for code, rule in rules.items():
        row = had.get(code)
        if rule is None:
            if row is None:
                continue
            row.delete()
        elif not 1 <= rule.most_minutes <= LONGEST_BREAK_MINUTES:
            raise NotAllowed(
                _("A break may last from %(least)s to %(most)s minutes.")
                % {"least": 1, "most": LONGEST_BREAK_MINUTES}
            )
        elif row is None and code not in offered:
            raise NotAllowed(_("This type of break is not offered any more. Load the page again."))
        else:
            row = row or BreakRule(tenant=tenant, code=code)
            if row.pk and (row.most_minutes, row.after) == (rule.most_minutes, rule.after):
                continue
            row.most_minutes, row.after = rule.most_minutes, rule.after.value
            row.save()
        changed.append(
            ev.BreakRuleChanged(
                tenant_id=tenant.pk,
                actor_id=actor.pk,
                code=code,
                minutes=rule.most_minutes if rule else None,
                after=rule.after if rule else "",
            )
        )
    record(*changed)
    return len(changed)
