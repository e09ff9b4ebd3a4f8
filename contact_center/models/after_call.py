"""What an agent says of a call when it is over: which fields a queue asks, and the answers."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from contact_center.domain.call_variables import LONGEST_LINK
from contact_center.domain.form_fields import FieldKind
from contact_center.models.offers import Offer
from contact_center.models.queues import Queue
from contact_center.models.tenants import Tenant

LONGEST_SCRIPT = 5000

KIND_CHOICES = [
    (FieldKind.TEXT.value, _("Text")),
    (FieldKind.NUMBER.value, _("Number")),
    (FieldKind.CHOICE.value, _("Choice")),
    (FieldKind.DATE.value, _("Date")),
    (FieldKind.CHECK.value, _("Check")),
]


class AskedField(models.Model):
    """A field that an admin thought up, with the kind of answer it wants."""

    label = models.CharField(_("label"), max_length=60)
    kind = models.CharField(
        _("kind"), max_length=10, choices=KIND_CHOICES, default=FieldKind.TEXT.value
    )
    #: What may be chosen, in order; of a choice alone.
    choices = models.JSONField(_("choices"), default=list, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("asked"), default=True)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.label


class WrapUpField(AskedField):
    """A field of the form that is filled in after a call, of one queue or of every queue."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="wrap_up_fields")
    #: Empty: asked in every queue.
    queue = models.ForeignKey(
        Queue, on_delete=models.CASCADE, related_name="wrap_up_fields", null=True, blank=True
    )

    class Meta(AskedField.Meta):
        verbose_name = _("field of the wrap-up form")
        verbose_name_plural = _("fields of the wrap-up form")


class WrapUpAnswer(models.Model):
    """An answer in a call's form, with the question as it was when it was answered."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="answers")
    #: Empty when the field is there no more; the answer stays.
    field = models.ForeignKey(
        WrapUpField, on_delete=models.SET_NULL, related_name="answers", null=True
    )
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=KIND_CHOICES)
    position = models.PositiveSmallIntegerField(default=0)
    #: As it stands in the field, half a word included.
    typed = models.TextField(blank=True, default="", max_length=1000)
    #: What it says: a text, a number, a date (2026-11-29), true; null while it says nothing.
    value: "models.JSONField[Any, Any]" = models.JSONField(null=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "field"], name="one_answer_per_field"),
        ]

    def __str__(self) -> str:
        return self.label


class QueueDesk(models.Model):
    """What the desk shows and asks in calls of one queue. A queue without a row asks nothing."""

    queue = models.OneToOneField(
        Queue, on_delete=models.CASCADE, primary_key=True, related_name="desk"
    )
    #: No agent finishes a call by hand without an outcome.
    outcome_required = models.BooleanField(_("outcome required"), default=False)
    #: Beside the call, with gaps that are filled (domain/call_variables.py).
    script = models.TextField(
        _("script"), max_length=LONGEST_SCRIPT, blank=True, default="", db_default=""
    )
    #: Leads to what another system knows of the caller; what its button says, and where to.
    link_label = models.CharField(
        _("what the link says"), max_length=40, blank=True, default="", db_default=""
    )
    link_url = models.CharField(
        _("address of the link"), max_length=LONGEST_LINK, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("desk of a queue")
        verbose_name_plural = _("desks of queues")

    def __str__(self) -> str:
        return str(self.queue)
