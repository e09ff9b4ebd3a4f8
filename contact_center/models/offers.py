"""A call offered to an agent, and everything that comes of it until wrap-up is over."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from contact_center.models.agents import Agent, AgentSlot
from contact_center.models.calls import Call, Segment
from contact_center.models.queues import Disposition, Queue
from contact_center.models.tenants import Tenant

if TYPE_CHECKING:
    from contact_center.models.callbacks import DialAttempt
    from contact_center.models.consults import Consult
    from contact_center.models.help_requests import HelpRequest
    from contact_center.models.transfers import Transfer


class OfferState(models.TextChoices):
    PENDING = "pending"
    ACCEPTED = "accepted"
    CONNECTED = "connected"
    WRAPPING_UP = "wrapping_up"
    ENDED = "ended"


class OfferOutcome(models.TextChoices):
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"
    LOST = "lost"
    HANDLED = "handled"
    #: The customer who was to be called back did not answer.
    NOT_REACHED = "not_reached"


class Offer(models.Model):
    """One segment offered to one agent. Live until its wrap-up ends (``ended_at`` is null)."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="offers")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="offers")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="offers")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="offers")
    slot = models.ForeignKey(AgentSlot, on_delete=models.PROTECT, related_name="offers")
    state = models.CharField(max_length=12, choices=OfferState.choices, default=OfferState.PENDING)
    outcome = models.CharField(max_length=12, choices=OfferOutcome.choices, blank=True, default="")
    #: Counts the offers of a call; an answer must name it.
    fence = models.PositiveIntegerField()
    #: Why this call and this agent: counts per filter, the first five considered, the tie-break.
    reason = models.JSONField(default=dict)
    offered_at = models.DateTimeField()
    deadline = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    conversation_ended_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # --- the conference of this offer; its name is never used again ---
    conference_key = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    #: The offer in whose conference this one goes on, with its key: the call was taken over …
    joins = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="joined_by"
    )
    #: … or handed over to the colleague whom its agent had consulted.
    after_consult = models.ForeignKey(
        "contact_center.Consult",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="led_to",
    )
    conference_sid = models.CharField(max_length=34, blank=True, default="")
    join_spent_at = models.DateTimeField(null=True)
    agent_joined_at = models.DateTimeField(null=True)
    #: When the customer was told to enter the conference.
    customer_sent_at = models.DateTimeField(null=True)
    # --- asked and happened ---
    #: "hold" or "resume" while the network has not confirmed it.
    hold_asked = models.CharField(max_length=8, blank=True, default="")
    hold_asked_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    #: How long the caller was on hold in all; a hold that goes on is not in it.
    held_for = models.DurationField(default=timedelta, db_default=timedelta())
    #: "mute" or "unmute" while the network has not confirmed it.
    mute_asked = models.CharField(max_length=8, blank=True, default="")
    mute_asked_at = models.DateTimeField(null=True)
    muted_at = models.DateTimeField(null=True)
    #: Set when the agent asked to end the call: a leg that ends then was not lost.
    hang_up_asked_at = models.DateTimeField(null=True)
    #: What last went wrong with something asked in this call: {"asked": …, "reason": …}.
    control_problem = models.JSONField(default=dict, blank=True)
    # --- wrap-up ---
    wrap_up_until = models.DateTimeField(null=True)
    wrap_up_extended = models.PositiveSmallIntegerField(default=0)
    notes = models.TextField(blank=True, default="", max_length=10_000)
    notes_saved_at = models.DateTimeField(null=True)
    disposition = models.ForeignKey(
        Disposition, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: What the queue wanted to know and nobody had said when wrap-up ended, in the words of then.
    lacking = models.CharField(max_length=300, blank=True, default="", db_default="")

    #: The help asked for in this conversation, for a screen that shows it (selectors/desk.py).
    live_help: "HelpRequest | None" = None
    #: The attempt to reach the customer for whom this agent waits or waited, in the same way.
    called_back: "DialAttempt | None" = None
    #: How the caller was sent here by an agent, or is about to be sent on from here.
    came_by: "Transfer | None" = None
    sent_on: "Transfer | None" = None
    #: The colleague who is consulted in this conversation, or the last one when that has failed.
    consult: "Consult | None" = None
    #: Until when the caller may be on hold before somebody should say something to him.
    hold_limit_at: datetime | None = None
    #: The supervisors in this conversation whom the agent may see, in the same way.
    supervisors: "Sequence[Any]" = ()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment"],
                condition=Q(ended_at__isnull=True),
                name="one_live_offer_per_segment",
            ),
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(ended_at__isnull=True),
                name="one_live_offer_per_slot",
            ),
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(state__in=["pending", "accepted"]),
                name="one_call_rings_per_agent",
            ),
            models.UniqueConstraint(fields=["call", "fence"], name="fence_once_per_call"),
            models.UniqueConstraint(
                fields=["conference_key"],
                condition=Q(joins__isnull=True),
                name="one_conference_per_offer",
            ),
        ]
        indexes = [
            models.Index(fields=["agent", "-offered_at"], name="offer_by_agent"),
            # The figures of a day.
            models.Index(fields=["tenant", "offered_at"], name="offer_by_time"),
        ]

    def __str__(self) -> str:
        return f"offer {self.pk} of call {self.call_id}"

    @classmethod
    def ended_by_a_broken_line(cls, call_id: int, *, before: int | None = None) -> bool:
        """Whether the agent's line broke in a call's last conversation, or in the one before that
        offer."""
        offers = cls.objects.filter(call=call_id)
        if before is not None:
            offers = offers.filter(pk__lt=before)
        last = offers.order_by("-pk").values_list("outcome", flat=True).first()
        return last == OfferOutcome.LOST

    @property
    def conference_name(self) -> str:
        """The network's name of this offer's conference."""
        return f"c-{self.conference_key.hex}"

    @property
    def is_taken_over(self) -> bool:
        """Whether a supervisor has taken this call from its agent."""
        return self.joins_id is not None and self.after_consult_id is None

    @property
    def line(self) -> str:
        """What the softphone calls the line of this conversation."""
        consult = self.after_consult_id
        return str(self.pk) if consult is None else f"consult-{consult}"

    @property
    def is_voicemail(self) -> bool:
        """Whether what is offered is a message: there is no line, and nobody to listen in on."""
        return self.call.is_voicemail

    @cached_property
    def brings_back(self) -> bool:
        """Whether it brings a caller back to whose line broke in the middle of the conversation.

        Asked several times while a desk is painted. What came before an offer does not change.
        """
        segment = self.segment
        if not (segment.at_head and segment.preferred_agent_id == self.agent_id):
            return False
        return self.ended_by_a_broken_line(self.call_id, before=self.pk)

    @property
    def answers_itself_at(self) -> datetime | None:
        """When the desk of an agent who is at nothing else takes it without a hand; None: never.

        At once where the two were talking a moment ago. Not a message: to be heard it wants
        somebody's attention, and nobody waits on the line.
        """
        if self.brings_back:
            return self.offered_at
        after = self.queue.auto_answer_seconds
        if after is None or self.is_voicemail:
            return None
        return self.offered_at + timedelta(seconds=after)

    @property
    def agent_label(self) -> str:
        """The label of the agent's leg in that conference."""
        return f"agent-{self.pk}"
