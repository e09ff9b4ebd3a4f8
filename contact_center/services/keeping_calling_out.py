"""Which countries agents may call, and which numbers they may show, as an organisation wants it.

It holds from the next call on.
"""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.telephone_numbers import is_country
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import PhoneNumber, Tenant, User


@transaction.atomic
def set_rules(*, countries: Sequence[str], shown: Collection[int], actor: User) -> bool:
    """Say into which countries (ISO codes) agents call, and which numbers, by id, they may show.

    No country: those of the organisation's own numbers. Return whether it changed anything. Raises
    NotAllowed for what is no country.
    """
    if actor.tenant_id is None:
        raise NotAllowed(_("Only somebody of an organisation can set up its calls."))
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=actor.tenant_id)
    codes = sorted({code.upper() for code in countries})
    for code in codes:
        if not is_country(code):
            raise NotAllowed(
                _("There is no country %(code)s. Write two letters, as in US or DE.")
                % {"code": code}
            )
    changed = bool(codes != tenant.calls_to)
    tenant.calls_to = codes
    tenant.save(update_fields=["calls_to"])
    # In one order, for another admin may do the same.
    for number in PhoneNumber.objects.filter(tenant=tenant).order_by("pk"):
        if number.may_be_shown != (number.pk in shown):
            number.may_be_shown = number.pk in shown
            number.save(update_fields=["may_be_shown"])
            changed = True
    if changed:
        record(ev.CallingOutChanged(tenant_id=tenant.pk, actor_id=actor.pk))
    return changed
