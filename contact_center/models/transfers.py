"""A caller whom an agent sends on: to a queue, to a colleague, to an outside number."""

from django.db import models
from django.db.models import Q

from contact_center.domain.transfers import Returned, To
from contact_center.models.agents import Agent
from contact_center.models.calls import Call, Segment
from contact_center.models.offers import Offer
from contact_center.models.queues import Queue
from contact_center.models.tenants import Tenant


class TransferState(models.TextChoices):
    #: The network has not said that the caller is on his way; the agent still has him.
    ASKED = "asked"
    #: The agent is out of the call, and the caller on his way or there.
    GONE = "gone"
    #: Nobody took him: he is on his way back to the agent.
    RETURNED = "returned"
    #: It did not come about; the agent has the caller as before.
    FAILED = "failed"


class Transfer(models.Model):
    """One time an agent sent a caller on."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="transfers")
    #: The conversation it ended.
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="transfers")
    kind = models.CharField(max_length=6, choices=[(to.value, to.value) for to in To])
    to_queue = models.ForeignKey(Queue, on_delete=models.PROTECT, null=True, related_name="+")
    to_agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, related_name="+")
    to_number = models.CharField(max_length=16, blank=True, default="")
    state = models.CharField(
        max_length=8, choices=TransferState.choices, default=TransferState.ASKED
    )
    asked_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    #: The stay it led to, and after a return the one in which the caller waits for the agent.
    stay = models.ForeignKey(Segment, on_delete=models.SET_NULL, null=True, related_name="+")
    returned = models.CharField(
        max_length=12, blank=True, default="", choices=[(why.value, why.value) for why in Returned]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"], condition=Q(state="asked"), name="one_transfer_asked_per_call"
            ),
        ]

    def __str__(self) -> str:
        return f"transfer {self.pk} of call {self.call_id}"
