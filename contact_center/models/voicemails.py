"""Messages that callers left, and what became of each."""

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q

from contact_center.models.calls import Call
from contact_center.models.people import User
from contact_center.models.queues import Queue
from contact_center.models.tenants import Tenant


def recordings() -> Storage:
    """Return where recordings are kept (contact_center/kept_recordings.py)."""
    return storages["recordings"]


class VoicemailStatus(models.TextChoices):
    #: The caller was told to speak; whether he did is not known yet.
    EXPECTED = "expected"
    #: The network has a recording, and it is on its way to us.
    ARRIVED = "arrived"
    #: It is with us, and in line or dealt with.
    KEPT = "kept"
    #: The caller said nothing.
    EMPTY = "empty"
    #: No recording was ever found, or it could not be fetched; ``problem`` says which.
    ABSENT = "absent"


class Voicemail(models.Model):
    """A message that a caller was asked for: its recording, and the work that it makes.

    The row is there before the caller hears the tone. Once the sound is with us the message stands
    in line as a call of its own (``call``), is offered and dealt with as that.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="voicemails")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    #: The caller's own call, in which he was asked.
    left_in = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="voicemails")
    #: As what it stands in line; none before the sound is there.
    call = models.OneToOneField(
        Call, on_delete=models.CASCADE, null=True, blank=True, related_name="voicemail"
    )
    status = models.CharField(
        max_length=10, choices=VoicemailStatus.choices, default=VoicemailStatus.EXPECTED
    )
    asked_at = models.DateTimeField()
    # --- the recording ---
    recording_sid = models.CharField(max_length=34, blank=True, default="")
    seconds = models.PositiveIntegerField(default=0)
    #: Its name is random: it says nothing of the caller.
    sound = models.FileField(storage=recordings, max_length=120, blank=True, default="")
    #: How often the network was asked whether there is a recording, and how often for its sound.
    looks = models.PositiveSmallIntegerField(default=0)
    fetches = models.PositiveSmallIntegerField(default=0)
    #: Why the sound is not here yet, or never came.
    problem = models.TextField(blank=True, default="")
    # --- what was done about it ---
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recording_sid"],
                condition=~Q(recording_sid=""),
                name="voicemail_once_per_recording",
            ),
            models.UniqueConstraint(
                fields=["left_in"],
                condition=Q(status="expected"),
                name="one_voicemail_expected_per_call",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-asked_at"], name="voicemail_by_time"),
        ]

    def __str__(self) -> str:
        return f"voicemail {self.pk}"
