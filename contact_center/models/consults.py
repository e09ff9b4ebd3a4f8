"""An agent consults a colleague, a queue or an outside number about a caller who is on hold."""

from django.db import models
from django.db.models import Q

from contact_center.domain.consults import ConsultState, Over, Talk, Wish
from contact_center.models.agents import Agent, AgentSlot
from contact_center.models.calls import Call, Segment
from contact_center.models.offers import Offer
from contact_center.models.queues import Queue
from contact_center.models.tenants import Tenant

#: How the label of the line begins, in the conference, of whoever is consulted.
CONSULT_LABEL = "consult-"


class Consult(models.Model):
    """Somebody asked into one conversation, from the press of a button to its end."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="consults")
    #: The conversation whose agent asks.
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="consults")
    #: Who is asked: a colleague, …
    colleague = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, related_name="+")
    #: … whoever of a queue is next (then ``colleague`` is who of it is rung or there just now), …
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, null=True, related_name="+")
    #: … or an outside number (E.164).
    to_number = models.CharField(max_length=16, blank=True, default="", db_default="")
    #: Where the colleague has room for it; from when their desk rings.
    slot = models.ForeignKey(AgentSlot, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(
        max_length=8,
        choices=[(s.value, s.value) for s in ConsultState],
        default=ConsultState.HOLDING.value,
    )
    asked_at = models.DateTimeField()
    #: How often a desk was rung for it.
    rings = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: Of a queue: by agent who was rung and did not come, when that last was; they rest a while.
    refused = models.JSONField(default=dict, db_default={}, blank=True)
    rung_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    join_spent_at = models.DateTimeField(null=True)
    joined_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(
        max_length=14, blank=True, default="", choices=[(o.value, o.value) for o in Over]
    )
    # --- asked and happened; whether the caller is on hold the offer says ---
    #: What the network confirmed, and is kept up; empty until the colleague is there.
    talk = models.CharField(
        max_length=9, blank=True, default="", choices=[(t.value, t.value) for t in Talk]
    )
    #: What was asked for while the network has not confirmed it.
    wish = models.CharField(
        max_length=9, blank=True, default="", choices=[(w.value, w.value) for w in Wish]
    )
    wished_at = models.DateTimeField(null=True)
    colleague_held_at = models.DateTimeField(null=True)
    #: "hold" or "resume", of the colleague, while the network has not confirmed it.
    colleague_asked = models.CharField(max_length=6, blank=True, default="")
    #: What last went wrong with something asked: {"asked": …, "reason": …}.
    problem = models.JSONField(default=dict, blank=True)
    #: The stay in which the caller goes on with the outside number, without the agent.
    stay = models.ForeignKey(Segment, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(ended_at__isnull=True),
                name="one_live_consult_per_call",
            ),
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(ended_at__isnull=True),
                name="one_live_consult_per_slot",
            ),
            # A colleague, or a queue, or an outside number. What of a queue is rung is a colleague.
            models.CheckConstraint(
                condition=Q(to_number="", queue__isnull=False)
                | Q(to_number="", queue__isnull=True, colleague__isnull=False)
                | Q(~Q(to_number=""), queue__isnull=True, colleague__isnull=True),
                name="consult_of_one_kind_of_target",
            ),
        ]
        indexes = [
            # What a desk shows of a colleague who is asked, each time it is painted.
            models.Index(
                fields=["colleague"], name="consult_live", condition=Q(ended_at__isnull=True)
            ),
            # For whom a dispatch looks for somebody of a queue.
            models.Index(
                fields=["tenant"], name="consult_of_tenant", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"consult {self.pk} of call {self.call_id}"

    @property
    def is_outside(self) -> bool:
        """Whether an outside number is asked, rather than a colleague."""
        return bool(self.to_number)

    @property
    def party(self) -> str:
        """Who is asked: a name, or the number as E.164 has it.

        Of a queue it is who is rung or there; nobody just now: the queue.
        """
        if self.colleague is not None:
            return self.colleague.user.display_name
        return self.to_number if self.queue is None else self.queue.name

    @property
    def label(self) -> str:
        """The label of the colleague's line in the conference."""
        return f"{CONSULT_LABEL}{self.pk}"
