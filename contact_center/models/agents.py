"""Agents, their slots, and the browser tab that is their phone."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contact_center.domain.states import Activity, Presence
from contact_center.models.people import User
from contact_center.models.teams import Team
from contact_center.models.tenants import Tenant


class Agent(models.Model):
    """What one person chose about taking calls. What they are doing stands in their slots."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="agents")
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="agent")
    team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="agents",
        help_text=_("Who supervises teams sees the agents of these teams alone."),
    )
    presence = models.CharField(
        _("presence"),
        max_length=12,
        choices=[(p.value, p.value) for p in Presence],
        default=Presence.OFFLINE.value,
    )
    #: The code of the break, when presence is "break"; else why it is what nobody chose
    #: (domain/breaks.py), or empty.
    presence_reason = models.CharField(max_length=30, blank=True, default="")
    presence_since = models.DateTimeField(null=True, blank=True)
    #: When the break is to be over, where its type has a rule; else None.
    break_until = models.DateTimeField(null=True, blank=True)
    #: Chosen to come true when the present call is over; empty when nothing was chosen.
    next_presence = models.CharField(max_length=12, blank=True, default="")
    next_presence_reason = models.CharField(max_length=30, blank=True, default="")
    #: A supervisor has the agent signed out when the present call is over.
    sign_out_next = models.BooleanField(default=False, db_default=False)
    on_duty_since = models.DateTimeField(null=True, blank=True)
    #: How many calls at a time; empty: AGENT.MAX_CONCURRENT_CALLS.
    max_calls = models.PositiveSmallIntegerField(
        _("calls at a time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    queues = models.ManyToManyField(
        "contact_center.Queue", through="contact_center.QueueMember", related_name="agents"
    )

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self) -> str:
        return self.user.display_name


class AgentSlot(models.Model):
    """Room for one call at an agent's desk; an agent with capacity n has n of them.

    Where a capacity was lowered there are more: calls name them. They are used again when there is
    room (domain/slots.py counts what is used).
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="slots")
    number = models.PositiveSmallIntegerField(default=0)
    activity = models.CharField(
        max_length=16, choices=[(a.value, a.value) for a in Activity], default=Activity.IDLE.value
    )
    activity_since = models.DateTimeField(null=True, blank=True)
    #: Since when the slot could have taken a call: the end of the last one or going available,
    #: whichever is later. What "longest idle" goes by.
    idle_since = models.DateTimeField(null=True, blank=True)
    #: Offers in a row that rang in vain here: an accepted one and the end of a shift begin anew.
    missed_in_a_row = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: Why the agent is not responding: "no_answer", "connect_failed", "lost".
    problem = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "number"], name="slot_once_per_agent"),
        ]
        ordering = ["agent_id", "number"]

    def __str__(self) -> str:
        return f"{self.agent} #{self.number}"


class PhoneLease(models.Model):
    """Which tab is the agent's phone. The newest claim holds; older tabs become views.

    The lease is made by the server because a duplicated tab copies everything the browser keeps.
    """

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="phone")
    key = models.CharField(max_length=32, unique=True)
    claimed_at = models.DateTimeField()
    #: The last sign of life by socket or by poll.
    heard_at = models.DateTimeField()
    #: Set while nothing was heard for longer than the heartbeat allows.
    silent_since = models.DateTimeField(null=True, blank=True)
    #: When the agent's browser reported that the ring was played; availability needs it.
    ring_heard_at = models.DateTimeField(null=True, blank=True)
    microphone_ok = models.BooleanField(default=False)

    def identity(self, slot: int) -> str:
        """Return the Voice SDK identity of one slot of this tab; it names nobody."""
        return f"u_{self.agent.user_id}_{self.key}_{slot}"


#: Of rows that belong to an agent: whose agent can be offered a call, as far as presence
#: and telephone go. Whether they have a hand free is another question (domain/slots.py).
WHO_CAN_BE_RUNG = Q(
    agent__presence=Presence.AVAILABLE,
    agent__phone__isnull=False,
    agent__phone__silent_since=None,
)
