"""A customer's call, its stays, and its legs."""

import uuid

from django.db import models
from django.db.models import Q

from contact_center.domain.line import Kind
from contact_center.domain.states import CallState
from contact_center.models.menus import MenuVersion, PhoneNumber
from contact_center.models.queues import Queue
from contact_center.models.tenants import Tenant


class EndedBy(models.TextChoices):
    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"
    NETWORK = "network"


class Call(models.Model):
    """One customer's conversation with us, from first ring to hang-up.

    A callback is the conversation that a caller asked for and is still to be had; a voicemail is
    one in which the customer has spoken already. Both stand in line as somebody who waits does,
    are offered as his call is, and end. An outgoing call is made by an agent, and in no line. The
    customer's number is ``from_number`` in all of them, ours ``to_number``.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="calls")
    kind = models.CharField(
        max_length=10,
        choices=[(kind.value, kind.value) for kind in Kind],
        default=Kind.LIVE.value,
        db_default=Kind.LIVE.value,
    )
    #: The call in which this callback was asked for, or this voicemail left.
    asked_in = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="asked_for"
    )
    #: The network's name of the customer's leg; ``name_without_leg`` of a call that has none yet.
    sid = models.CharField(max_length=34, unique=True)
    account_sid = models.CharField(max_length=34)
    from_number = models.CharField(max_length=64, blank=True, default="")
    to_number = models.CharField(max_length=64, blank=True, default="")
    number = models.ForeignKey(PhoneNumber, on_delete=models.SET_NULL, null=True, related_name="+")
    menu_version = models.ForeignKey(
        MenuVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in CallState],
        default=CallState.ARRIVED.value,
    )
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, null=True, related_name="calls")
    arrived_at = models.DateTimeField()
    #: When customer and agent could first hear each other.
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, choices=EndedBy.choices, blank=True, default="")
    end_reason = models.CharField(max_length=40, blank=True, default="")
    #: Counts the instruction URLs of the menu; each is used once.
    turn = models.PositiveSmallIntegerField(default=0)
    #: Rounds of the menu that came to nothing.
    misses = models.PositiveSmallIntegerField(default=0)
    #: Chosen in the language menu (BCP 47); empty follows the menu's.
    language = models.CharField(max_length=12, blank=True, default="")
    #: The key that was understood in the menu.
    menu_key = models.CharField(max_length=1, blank=True, default="")
    #: What number, menu branch and caller asked for when it came by them (domain/skills.py): by who
    #: asked, the levels by skill. Here, so that whoever looks at a line reads it with the caller.
    needs = models.JSONField(default=dict, db_default={}, blank=True)
    #: How often the call was offered; the newest offer carries it as its fence.
    offers_made = models.PositiveSmallIntegerField(default=0)
    #: The last word of the network about this leg, by the rank of its status (never goes back).
    network_status = models.CharField(max_length=12, blank=True, default="")
    #: The last sign that the network still has this call.
    heard_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "state"], name="call_live", condition=Q(ended_at__isnull=True)
            ),
            models.Index(fields=["tenant", "-arrived_at"], name="call_by_arrival"),
            # Who rings again, and whom an agent knows.
            models.Index(fields=["tenant", "from_number", "-arrived_at"], name="call_by_caller"),
            # Whether who comes into a queue is to be called back by it: asked of every arrival.
            models.Index(
                fields=["queue", "from_number"],
                name="call_to_be_made",
                condition=Q(kind="callback", ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.sid

    @property
    def has_leg(self) -> bool:
        """Whether the network has, or had, a leg of the customer's in this call."""
        return self.sid.startswith("CA")

    @property
    def is_live(self) -> bool:
        """Whether the customer rang us, rather than is to be called back or to be listened to."""
        return self.kind == Kind.LIVE

    @property
    def is_outgoing(self) -> bool:
        """Whether an agent rang the customer of their own accord."""
        return self.kind == Kind.OUTGOING

    @property
    def is_voicemail(self) -> bool:
        """Whether it is a message: nobody is on the line, and no line is needed."""
        return self.kind == Kind.VOICEMAIL

    @property
    def voicemail_url(self) -> str | None:
        """Where the message is heard that was left in this call; None when there is none."""
        left = self.voicemails.exclude(sound="").order_by("-pk").first()
        return left.sound.url if left is not None else None


def name_without_leg() -> str:
    """Return what a call is called that has no leg of the network; no SID looks like it."""
    return f"W{uuid.uuid4().hex}"


class SegmentKind(models.TextChoices):
    MENU = "menu"
    QUEUE = "queue"
    #: In line, to be called back; nobody is on the line.
    CALLBACK = "callback"
    #: A message in line, to be listened to.
    VOICEMAIL = "voicemail"
    #: An agent has called; the customer's telephone is about to ring, or rings.
    DIALLING = "dialling"
    CONVERSATION = "conversation"
    #: The caller speaks a message.
    MESSAGE = "message"
    #: An agent has a message open.
    LISTENING = "listening"
    GOODBYE = "goodbye"
    ROOM = "room"
    OUTSIDE = "outside"


#: In line for an agent. The figures of a queue are about who waits on the line: those of QUEUE.
IN_LINE = (SegmentKind.QUEUE, SegmentKind.CALLBACK, SegmentKind.VOICEMAIL)

#: Whoever waits for an agent now: on the line, or to be called back in his turn. One who is called
#: later, or again after a while, is not in line yet.
WHO_WAITS = Q(kind=SegmentKind.QUEUE) | Q(kind=SegmentKind.CALLBACK, wait_started_at__isnull=False)


class Segment(models.Model):
    """One stay of a call in one place. Segments add up to the call: no gap, no overlap."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="segments")
    kind = models.CharField(max_length=12, choices=SegmentKind.choices)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=40, blank=True, default="")
    # --- of a stay in a queue ---
    #: The moment that counts for the place in line; earlier than the start when age was kept.
    placed_at = models.DateTimeField(null=True)
    #: Returned callers stand before everybody else of their priority.
    at_head = models.BooleanField(default=False)
    #: The agent to try first, and until when (after a lost agent).
    preferred_agent = models.ForeignKey(
        "contact_center.Agent", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    preferred_until = models.DateTimeField(null=True)
    #: What a supervisor arranged for this stay: a priority other than the queue's …
    priority = models.PositiveSmallIntegerField(null=True)
    prioritised_by = models.ForeignKey(
        "contact_center.User",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    #: … the one agent who is to have the call, and until when it is kept for that agent …
    reserved_for = models.ForeignKey(
        "contact_center.Agent",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    reserved_by = models.ForeignKey(
        "contact_center.User",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    reserved_until = models.DateTimeField(null=True)
    #: … and that it is in this queue at all: who moved it here.
    moved_by = models.ForeignKey(
        "contact_center.User",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    #: When the network first asked for the wait document; before that nothing can be offered.
    wait_started_at = models.DateTimeField(null=True)
    wait_heard_at = models.DateTimeField(null=True)
    network_queue_sid = models.CharField(max_length=34, blank=True, default="")
    #: When place and wait were last told, or were no better than what had been told …
    announced_at = models.DateTimeField(null=True)
    #: … and what the caller was told: the place, and the longest wait, in seconds.
    told_place = models.PositiveIntegerField(null=True)
    told_wait = models.PositiveIntegerField(null=True)
    comforted_at = models.DateTimeField(null=True)
    #: What the caller has begun to choose by keys while waiting (services/choosing.py).
    dialogue = models.CharField(max_length=40, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(ended_at__isnull=True),
                name="call_is_in_one_place",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "placed_at"],
                name="segment_waiting",
                condition=Q(ended_at__isnull=True, kind__in=("queue", "callback", "voicemail")),
            ),
            # The figures of a day: the stays of a queue in the order in which they began.
            models.Index(
                fields=["queue", "started_at"],
                name="segment_of_queue",
                condition=Q(kind="queue"),
            ),
            # The few callers who are kept for somebody: a dispatch reads them, of any queue.
            models.Index(
                fields=["reserved_for"],
                name="segment_reserved",
                condition=Q(reserved_for__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.call_id}"


class LegKind(models.TextChoices):
    CUSTOMER = "customer"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    #: Somebody at an outside number who is consulted.
    OUTSIDE = "outside"


class Leg(models.Model):
    """One call of the phone network (a SID) that is not the customer's own."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    sid = models.CharField(max_length=34, unique=True)
    kind = models.CharField(max_length=10, choices=LegKind.choices)
    offer = models.ForeignKey(
        "contact_center.Offer", on_delete=models.CASCADE, null=True, related_name="legs"
    )
    #: Of a supervisor's line; it has an offer, too, once that supervisor has taken the call over.
    supervision = models.ForeignKey(
        "contact_center.Supervision", on_delete=models.CASCADE, null=True, related_name="legs"
    )
    #: Of a colleague's line who was consulted; it has an offer, too, once the call is theirs.
    consult = models.ForeignKey(
        "contact_center.Consult", on_delete=models.CASCADE, null=True, related_name="legs"
    )
    status = models.CharField(max_length=12, blank=True, default="")
    started_at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer"], condition=Q(ended_at__isnull=True), name="one_live_leg_per_offer"
            ),
            models.UniqueConstraint(
                fields=["supervision"],
                condition=Q(ended_at__isnull=True),
                name="one_live_leg_per_supervision",
            ),
            models.UniqueConstraint(
                fields=["consult"],
                condition=Q(ended_at__isnull=True),
                name="one_live_leg_per_consult",
            ),
        ]

    def __str__(self) -> str:
        return self.sid
