"""What agents are asked after a call: outcomes and the fields of a form, written by admins.

A list is written whole, as its page shows it. What it says holds for the next paint of a desk; what
was said of earlier calls stays as it was said.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contact_center.domain import events as ev
from contact_center.domain.form_fields import FieldKind
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Disposition,
    Offer,
    Queue,
    Tenant,
    User,
    WrapUpField,
)
from contact_center.services.keeping_desks import desk_to_write

#: So many in one list; more nobody reads after a call.
MOST_OUTCOMES = 60
MOST_FIELDS = 20
#: A choice of more than this is none.
MOST_CHOICES = 100
LONGEST_CHOICE = 100


_Row = TypeVar("_Row", Disposition, WrapUpField)


@dataclass(frozen=True)
class Outcome:
    """An outcome as an admin writes it; a new one has no id."""

    label: str
    group: str = ""
    is_active: bool = True
    id: int | None = None


@dataclass(frozen=True)
class Field:
    """A field as an admin writes it; a new one has no id."""

    label: str
    kind: FieldKind = FieldKind.TEXT
    choices: list[str] = field(default_factory=list)
    is_required: bool = False
    is_active: bool = True
    id: int | None = None


@dataclass
class Changes:
    """How many rows of a list were written."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.added + self.changed + self.removed


@transaction.atomic
def set_outcomes(
    *, queue: Queue | None, outcomes: Sequence[Outcome], required: bool | None, actor: User
) -> int:
    """Write what calls of ``queue`` can come to, in this order; None for every queue's.

    ``required``: whether a call of the queue is finished only with an outcome; None where it is
    said of no queue. Returns how many rows changed. Raises NotAllowed for an outcome that calls
    came to and that is left out, for one label twice, and for too many.
    """
    tenant_id = _keep_others_out(actor, queue)
    _want_few(len(outcomes), MOST_OUTCOMES)
    _want_each_once([row.label for row in outcomes if row.is_active])
    rows = Disposition.objects.select_for_update(no_key=True).filter(
        tenant_id=tenant_id, queue=queue
    )
    said = _write_list(
        [(one.id, _values(one)) for one in outcomes],
        {row.pk: row for row in rows},
        lambda: Disposition(tenant_id=tenant_id, queue=queue),
        may_go=_require_unused,
    )
    new = _require_outcome(queue, required)
    if said.total or new is not None:
        record(
            ev.OutcomesChanged(
                tenant_id=tenant_id,
                actor_id=actor.pk,
                queue_id=queue.pk if queue is not None else None,
                added=said.added,
                changed=said.changed,
                removed=said.removed,
                required=new,
            )
        )
    return said.total + (new is not None)


@transaction.atomic
def set_wrap_up_form(*, queue: Queue | None, fields: Sequence[Field], actor: User) -> int:
    """Write what is asked after a call of ``queue``, in this order; None for every queue's.

    A field that is left out is removed: what was answered stays with the calls. Returns how many
    rows changed. Raises NotAllowed for one label twice, too many, and a choice without choices.
    """
    tenant_id = _keep_others_out(actor, queue)
    _want_few(len(fields), MOST_FIELDS)
    _want_each_once([row.label for row in fields if row.is_active])
    rows = WrapUpField.objects.select_for_update(no_key=True).filter(
        tenant_id=tenant_id, queue=queue
    )
    said = _write_list(
        [
            (one.id, _values(one) | {"kind": one.kind.value, "choices": _choices(one)})
            for one in fields
        ],
        {row.pk: row for row in rows},
        lambda: WrapUpField(tenant_id=tenant_id, queue=queue),
    )
    if said.total:
        record(
            ev.WrapUpFormChanged(
                tenant_id=tenant_id,
                actor_id=actor.pk,
                queue_id=queue.pk if queue is not None else None,
                added=said.added,
                changed=said.changed,
                removed=said.removed,
            )
        )
    return said.total


# --- inside --------------------------------------------------------------------------------------


def _write_list(
    wanted: Sequence[tuple[int | None, Mapping[str, Any]]],
    rows: Mapping[int, _Row],
    new: Callable[[], _Row],
    may_go: Callable[[_Row], None] = lambda row: None,
) -> Changes:
    """Write a list whole, in its order: an id, or None for one more, and what is said of it.

    What is left out goes, if ``may_go`` raises nothing. Raises NotAllowed for an id that is none.
    """
    left = dict(rows)
    said = Changes()
    for position, (pk, values) in enumerate(wanted):
        row = left.pop(pk, None) if pk else new()
        if row is None:
            raise _gone()
        after = {**values, "position": position}
        if row.pk is not None and all(getattr(row, name) == say for name, say in after.items()):
            continue
        said.changed += row.pk is not None
        said.added += row.pk is None
        for name, say in after.items():
            setattr(row, name, say)
        row.save()
    for row in left.values():
        may_go(row)
        row.delete()
        said.removed += 1
    return said


def _values(written: Outcome | Field) -> dict[str, Any]:
    return {name: say for name, say in asdict(written).items() if name != "id"}


def _keep_others_out(actor: User, queue: Queue | None) -> int:
    """Let one admin at a time write lists of an organisation; return its id. Raises NotAllowed."""
    if actor.tenant is None:
        raise NotAllowed(_("Only somebody of an organisation can write what agents are asked."))
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=actor.tenant.pk)
    if queue is not None and not Queue.objects.filter(pk=queue.pk, tenant=tenant).exists():
        raise NotAllowed(_("This queue is not there any more. Load the page again."))
    return tenant.pk


def _gone() -> NotAllowed:
    return NotAllowed(_("Somebody else has changed this list. Load the page again."))


def _want_few(number: int, most: int) -> None:
    if number > most:
        raise NotAllowed(_("At most %(most)s of them, please.") % {"most": most})


def _want_each_once(labels: Sequence[str]) -> None:
    seen: set[str] = set()
    for label in labels:
        if label.casefold() in seen:
            raise NotAllowed(
                _("“%(label)s” is there twice. Nobody can tell them apart.") % {"label": label}
            )
        seen.add(label.casefold())


def _require_unused(outcome: Disposition) -> None:
    calls = Offer.objects.filter(disposition=outcome).count()
    if calls:
        raise NotAllowed(
            ngettext(
                "%(calls)s call came to “%(label)s”. Keep it, and take the tick from “Offered”.",
                "%(calls)s calls came to “%(label)s”. Keep it, and take the tick from “Offered”.",
                calls,
            )
            % {"calls": calls, "label": outcome.label}
        )


def _require_outcome(queue: Queue | None, required: bool | None) -> bool | None:
    """Write whether calls need an outcome; return it where that is new."""
    if queue is None or required is None:
        return None
    desk = desk_to_write(queue)
    if desk.outcome_required == required:
        return None
    desk.outcome_required = required
    desk.save()
    return required


def _choices(written: Field) -> list[str]:
    if written.kind is not FieldKind.CHOICE:
        return []
    choices = list(dict.fromkeys(filter(None, (each.strip() for each in written.choices))))
    if not choices:
        raise NotAllowed(
            _("Say what may be chosen for “%(label)s”, with commas between.")
            % {"label": written.label}
        )
    if len(choices) > MOST_CHOICES or any(len(each) > LONGEST_CHOICE for each in choices):
        raise NotAllowed(
            _("“%(label)s” can have %(most)s choices, each of %(long)s letters at most.")
            % {"label": written.label, "most": MOST_CHOICES, "long": LONGEST_CHOICE}
        )
    return choices
