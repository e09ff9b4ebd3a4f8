"""The reconciler's last round: one row for the site, not one for each organisation."""

from django.db import models


class Reconciliation(models.Model):
    """When the network was last compared with us, what it cost, and where the turn stands.

    There is one row: one account of the network is looked at as a whole. Whoever moves ``due_at``
    on has the round, so several clocks make one round between them.
    """

    #: The next round begins no earlier.
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    #: When the last round that looked at everything it meant to was over.
    finished_at = models.DateTimeField(null=True)
    #: Of the last round: the requests asked, and the disagreements found.
    requests = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    #: Why the last round could not be finished; empty when it was.
    problem = models.TextField(blank=True, default="")
    #: The last id that had its turn, by the kind of what is looked at.
    turns = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"round of {self.started_at:%H:%M:%S}" if self.started_at else "no round yet"
