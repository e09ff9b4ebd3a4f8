"""What a queue wants to know of a call, what the agent has said of it, and what is lacking."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.form_fields import FieldKind, Wrong, read_answer
from contact_center.models import Disposition, Offer, QueueDesk, WrapUpAnswer, WrapUpField
from contact_center.models.prepared import Given, Prepared

#: With more outcomes than this one looks for them by letters.
FEW_OUTCOMES = 6

WRONG_WORDS = {
    Wrong.NO_NUMBER: gettext_lazy("Write a number like 12 or 12.5, with nothing between thousands"),
    Wrong.NO_DATE: gettext_lazy("Write a date, like 2026-11-29"),
    Wrong.NOT_IN_THE_LIST: gettext_lazy("Choose one from the list"),
}


@dataclass(frozen=True)
class Asked:
    """A field of the form, and what stands in it."""

    field: WrapUpField
    typed: str
    #: Whether what stands there says something.
    is_said: bool
    #: What is wrong with it, as a sentence; empty where nothing is.
    wrong: str

    @property
    def is_lacking(self) -> bool:
        """Whether the call cannot be finished by hand as it is."""
        return bool(self.wrong) or (self.field.is_required and not self.is_said)

    @property
    def left_over(self) -> str:
        """A choice that was made and is not offered any more."""
        return self.typed if self.typed and self.typed not in self.field.choices else ""


@dataclass(frozen=True)
class AfterCall:
    """What is asked of one call, with the answers as they stand."""

    offer: Offer
    outcomes: Sequence[Disposition]
    outcome_required: bool
    fields: Sequence[Asked]
    desk: QueueDesk | None = None

    @property
    def groups(self) -> list[tuple[str, list[Disposition]]]:
        """The outcomes by group, in the order of the first of each."""
        by_group: dict[str, list[Disposition]] = {}
        for outcome in self.outcomes:
            by_group.setdefault(outcome.group, []).append(outcome)
        return list(by_group.items())

    @property
    def is_long(self) -> bool:
        """Whether there are so many outcomes that one looks for them by letters."""
        return len(self.outcomes) > FEW_OUTCOMES

    @property
    def is_asking(self) -> bool:
        """Whether there is anything to say beside notes."""
        return bool(self.outcomes or self.fields)

    @property
    def checks(self) -> str:
        """The ids of the fields with a box: a box without a tick sends nothing itself."""
        return " ".join(
            str(each.field.pk) for each in self.fields if each.field.kind == FieldKind.CHECK
        )

    @property
    def lacking(self) -> list[str]:
        """What has to be said before the call is finished by hand, in the admin's words."""
        no_outcome = self.outcome_required and self.outcomes and self.offer.disposition_id is None
        said = [_("Outcome")] if no_outcome else []
        return said + [each.field.label for each in self.fields if each.is_lacking]


#: What is of every queue comes before what is of one.
_IN_ORDER = (F("queue").asc(nulls_first=True), "position", "pk")

# Asked with every paint of a desk whose agent speaks or writes.
_OUTCOMES = Prepared(
    Disposition.objects.filter(
        Q(queue=None) | Q(queue_id=Given("queue_id")), tenant_id=Given("tenant_id"), is_active=True
    ).order_by(*_IN_ORDER)
)
_FIELDS = Prepared(
    WrapUpField.objects.filter(
        Q(queue=None) | Q(queue_id=Given("queue_id")), tenant_id=Given("tenant_id"), is_active=True
    ).order_by(*_IN_ORDER)
)
_ANSWERS = Prepared(WrapUpAnswer.objects.filter(offer_id=Given("offer_id")))
_DESK = Prepared(QueueDesk.objects.filter(queue_id=Given("queue_id")))


def after_call(offer: Offer) -> AfterCall:
    """Return what is asked of a call of the offer's queue, and what its agent has said."""
    fields = _FIELDS.all(queue_id=offer.queue_id, tenant_id=offer.tenant_id)
    answers = {row.field_id: row for row in _ANSWERS.all(offer_id=offer.pk)} if fields else {}
    desk = desk_of(offer.queue_id)
    return AfterCall(
        offer=offer,
        outcomes=_OUTCOMES.all(queue_id=offer.queue_id, tenant_id=offer.tenant_id),
        outcome_required=desk is not None and desk.outcome_required,
        fields=[_asked(field, answers.get(field.pk)) for field in fields],
        desk=desk,
    )


def desk_of(queue_id: int) -> QueueDesk | None:
    """Return what is set up for the desks of a queue; None where nothing is."""
    return _DESK.first(queue_id=queue_id)


def answers_of(offers: Sequence[Offer]) -> dict[int, list[WrapUpAnswer]]:
    """Return what was answered in the forms of these offers, by the offer's id."""
    rows = WrapUpAnswer.objects.filter(offer__in=[offer.pk for offer in offers]).exclude(typed="")
    rows = rows.order_by("offer_id", "position", "pk")
    return {offer_id: list(found) for offer_id, found in groupby(rows, lambda row: row.offer_id)}


def _asked(field: WrapUpField, answer: WrapUpAnswer | None) -> Asked:
    typed = answer.typed if answer is not None else ""
    # Read once more: the admin may have changed the kind or the choices since.
    read = read_answer(FieldKind(field.kind), typed, field.choices)
    wrong = str(WRONG_WORDS[read.wrong]) if read.wrong is not None else ""
    return Asked(field=field, typed=typed, is_said=read.value is not None, wrong=wrong)
