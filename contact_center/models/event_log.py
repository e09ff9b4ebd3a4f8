"""What happened, in the order it was written. Rows are only added."""

from django.db import models

from contact_center.models.tenants import Tenant

#: What an agent's time is added up from (selectors/figures.py).
WORK_EVENTS = (
    "presence.changed",
    "offer.timed_out",
    "offer.failed",
    "agent.lost",
    "agent.returned",
)


class EventLog(models.Model):
    """One event. References are plain ids: a fact stays when what it speaks of is deleted."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    at = models.DateTimeField()
    call_id = models.BigIntegerField(null=True, db_index=True)
    segment_id = models.BigIntegerField(null=True)
    offer_id = models.BigIntegerField(null=True)
    agent_id = models.BigIntegerField(null=True)
    queue_id = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True)
    supervisor_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-at"], name="event_by_time"),
            # The page of one agent, and at the desk what a supervisor did.
            models.Index(
                fields=["agent_id", "-at"],
                name="event_of_agent",
                condition=models.Q(agent_id__isnull=False),
            ),
            # One page reads these alone, and they are few among many.
            models.Index(
                fields=["tenant", "-at"],
                name="event_healed",
                condition=models.Q(name="reality.healed"),
            ),
            # Counted every few seconds.
            models.Index(
                fields=["tenant", "-at"],
                name="event_command_failed",
                condition=models.Q(name="command.failed"),
            ),
            # Added up for every agent of the floor; a call makes none of them, or few.
            models.Index(
                fields=["agent_id", "at"],
                name="event_of_work",
                condition=models.Q(name__in=WORK_EVENTS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
