"""Queues, who serves them, and what a call in them can come to."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contact_center.domain.callbacks import DEFAULT_FROM_HOUR, DEFAULT_UNTIL_HOUR, First
from contact_center.domain.overflow import Target
from contact_center.domain.service_level import (
    DEFAULT_GOAL,
    DEFAULT_SHORT_SECONDS,
    DEFAULT_VARIANT,
    Variant,
)
from contact_center.domain.telephone_numbers import Unfit, outside_number
from contact_center.models.calendars import Calendar
from contact_center.models.tenants import Tenant


class Strategy(models.TextChoices):
    """Names of (order, ranking) pairs: domain/ranking.py says which."""

    ROUND_ROBIN = "round_robin", _("In turn: who was rung longest ago in this queue")
    LONGEST_IDLE = "longest_idle", _("Who has been free for the longest")
    LEAST_BUSY = "least_busy", _("Who has the fewest calls at the moment, then today")
    FEWEST_CALLS = "fewest_calls", _("Who has handled the fewest calls since coming on duty")
    LEAST_TALK = "least_talk", _("Who has talked the least since coming on duty")
    SKILLS_BASED = "skills_based", _("Who is best at what the call needs")
    FIXED_ORDER = "fixed_order", _("Always in the same order")
    RANDOM = "random", _("By lot")
    FIFO = "fifo", _("The oldest call first; who has been free for the longest")
    LIFO = "lifo", _("The newest call first, however long others wait")


class Announce(models.TextChoices):
    BOTH = "both", _("The place in line and the wait")
    PLACE = "place", _("The place in line")
    WAIT = "wait", _("The wait")
    NONE = "none", _("Nothing")


class OverflowTo(models.TextChoices):
    NOWHERE = Target.NOWHERE.value, _("Nowhere: callers wait until the queue is full")
    QUEUE = Target.QUEUE.value, _("Another queue")
    SENTENCE = Target.SENTENCE.value, _("A closing sentence, and a polite goodbye")
    NUMBER = Target.NUMBER.value, _("An outside number")
    VOICEMAIL = Target.VOICEMAIL.value, _("Voicemail: callers leave a message")
    CALLBACK = Target.CALLBACK.value, _("A closing sentence, and the offer to be called back")


_UNFIT = {
    Unfit.NOT_ONE: _("There is no such number. Write it with its country, like +1 415 555 0177."),
    Unfit.EMERGENCY: _("Nobody is sent to an emergency number."),
    Unfit.PREMIUM: _("This number costs extra. Nobody is sent there at your expense."),
}


class CallbackFirst(models.TextChoices):
    AGENT = First.AGENT.value, _("The agent: the customer is called when somebody has accepted")
    CUSTOMER = (
        First.CUSTOMER.value,
        _("The customer: who answers waits at the head of the line"),
    )


class WhenNobody(models.TextChoices):
    WAIT = "wait", _("Callers wait")
    OVERFLOW = "overflow", _("Callers overflow")


class WhenClosed(models.TextChoices):
    SENTENCE = "sentence", _("Callers are told so, and a polite goodbye")
    VOICEMAIL = "voicemail", _("Callers are told so, and leave a message")


#: A waiting caller is told something no more often than this, in seconds.
DEFAULT_ANNOUNCE_EVERY = 60

#: What each variant divides, for whoever chooses one. The rules are in domain/service_level.py.
VARIANT_WORDS = {
    Variant.WITHOUT_SHORT: _("Answered in time, of answered and abandoned, without short abandons"),
    Variant.ANSWERED: _("Answered in time, of answered"),
    Variant.ASTERISK_2: _("Answered or abandoned in time, of answered and abandoned"),
    Variant.OFFERED: _("Answered in time, of all offered"),
    Variant.OFFERED_WITHOUT_SHORT: _("Answered in time, of all offered without short abandons"),
    Variant.LATE_ABANDONS: _("Answered in time, of answered and abandoned late"),
    Variant.GENESYS: _("Answered in time, of answered and abandoned"),
    Variant.GENESYS_FLOW_OUTS: _("Answered in time, of answered and flowed out"),
}


#: The fields that hold a key which a waiting caller may press; no two hold the same.
WAIT_KEYS = ("leave_key", "callback_key", "voicemail_key")


class Queue(models.Model):
    """A line of callers. An empty field follows the setting, live."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="queues")
    name = models.CharField(_("name"), max_length=60)
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text=_("1 to 10; a higher priority is served first."),
    )
    strategy = models.CharField(
        _("who is rung"), max_length=20, choices=Strategy.choices, blank=True, default=""
    )
    last_agent_seconds = models.PositiveSmallIntegerField(
        _("wait for the last agent, seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(600)],
        help_text=_(
            "Whoever rings again within a week is kept so long for the agent who answered last, "
            "if that one is on duty here. Empty: for nobody."
        ),
    )
    ring_seconds = models.PositiveSmallIntegerField(
        _("ring time, seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(120)],
    )
    auto_answer_seconds = models.PositiveSmallIntegerField(
        _("answered by itself after, seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_(
            "Whoever is at nothing else takes a call of this queue without a hand, when it has "
            "rung so long. Empty: only by hand."
        ),
    )
    wrap_up_seconds = models.PositiveSmallIntegerField(
        _("wrap-up time, seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(1800)],
    )
    wrap_up_extensions = models.PositiveSmallIntegerField(
        _("how often wrap-up may be extended"), default=3, validators=[MaxValueValidator(20)]
    )
    music_url = models.CharField(
        _("music while waiting"),
        max_length=500,
        blank=True,
        default="",
        help_text=_(
            "An address or a path below /static/. Empty follows the setting; an uploaded file goes "
            "before both."
        ),
    )
    # --- a file instead, given and taken away by services/keeping_music.py alone ---
    music = models.FileField(max_length=100, blank=True, default="", db_default="", editable=False)
    #: What the file was called by whoever brought it; shown, and never a name of anything.
    music_label = models.CharField(
        max_length=100, blank=True, default="", db_default="", editable=False
    )
    music_seconds = models.PositiveSmallIntegerField(null=True, editable=False)
    calendar = models.ForeignKey(
        Calendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="queues",
        verbose_name=_("opening hours"),
        help_text=_("Empty follows the setting; without one, open all the time."),
    )
    when_closed = models.CharField(
        _("when it is closed"),
        max_length=10,
        choices=WhenClosed.choices,
        default=WhenClosed.SENTENCE.value,
        db_default=WhenClosed.SENTENCE.value,
        help_text=_("What becomes of callers out of hours."),
    )
    # --- what is told to who waits (services/announcing.py) ---
    announce = models.CharField(
        _("announce to who waits"),
        max_length=10,
        choices=Announce.choices,
        default=Announce.BOTH.value,
        db_default=Announce.BOTH.value,
        help_text=_("The wait is left out as long as it is not known well enough."),
    )
    announce_first_after = models.PositiveSmallIntegerField(
        _("first announcement after, seconds"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(600)],
    )
    announce_every = models.PositiveSmallIntegerField(
        _("time between announcements, seconds"),
        default=DEFAULT_ANNOUNCE_EVERY,
        db_default=DEFAULT_ANNOUNCE_EVERY,
        validators=[MinValueValidator(20), MaxValueValidator(3600)],
        help_text=_("At least so long; a piece of music is played to its end."),
    )
    announce_only_if_better = models.BooleanField(
        _("only better news"),
        default=False,
        db_default=False,
        help_text=_("After the first time only a better place and a shorter wait are told."),
    )
    comfort_every = models.PositiveSmallIntegerField(
        _("comfort message, seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(20), MaxValueValidator(3600)],
        help_text=_("Between announcements, at least so long apart. Empty: none."),
    )
    comfort_text = models.CharField(
        _("text of the comfort message"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "In the default language; callers who chose another one hear our own sentence in it, "
            "as does everybody where this is empty."
        ),
    )
    # --- what a caller may choose by a key while waiting (services/choosing.py) ---
    leave_key = models.CharField(
        _("key to leave the queue"),
        max_length=1,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"[0-9*#]", _("One key of a telephone: 0 to 9, * or #."))],
        help_text=_(
            "Who presses it goes where the queue overflows to, or hears the goodbye. Empty: none."
        ),
    )
    voicemail_key = models.CharField(
        _("key to leave a message"),
        max_length=1,
        blank=True,
        default="2",
        db_default="2",
        validators=[RegexValidator(r"[0-9*#]", _("One key of a telephone: 0 to 9, * or #."))],
        help_text=_("Who presses it speaks a message and is called back. Empty: none."),
    )
    callback_key = models.CharField(
        _("key to be called back"),
        max_length=1,
        blank=True,
        default="1",
        db_default="1",
        validators=[RegexValidator(r"[0-9*#]", _("One key of a telephone: 0 to 9, * or #."))],
        help_text=_("Who presses it keeps the place in line and hangs up. Empty: none."),
    )
    # --- how customers are called back (services/dialling.py) ---
    callback_first = models.CharField(
        _("on the line first"),
        max_length=10,
        choices=CallbackFirst.choices,
        default=CallbackFirst.AGENT.value,
        db_default=CallbackFirst.AGENT.value,
    )
    callback_attempts = models.PositiveSmallIntegerField(
        _("attempts to call back"),
        default=3,
        db_default=3,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    callback_retry_minutes = models.PositiveSmallIntegerField(
        _("time between attempts, minutes"),
        default=15,
        db_default=15,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
    )
    callback_from_hour = models.PositiveSmallIntegerField(
        _("call back from, hour of the day"),
        default=DEFAULT_FROM_HOUR,
        db_default=DEFAULT_FROM_HOUR,
        validators=[MaxValueValidator(23)],
        help_text=_("In the customer's own time, as far as it is known, and never while closed."),
    )
    callback_until_hour = models.PositiveSmallIntegerField(
        _("call back until, hour of the day"),
        default=DEFAULT_UNTIL_HOUR,
        db_default=DEFAULT_UNTIL_HOUR,
        validators=[MinValueValidator(1), MaxValueValidator(24)],
    )
    # --- how it is judged (domain/service_level.py) ---
    service_level_formula = models.CharField(
        _("service level"),
        max_length=24,
        choices=[(variant.value, words) for variant, words in VARIANT_WORDS.items()],
        default=DEFAULT_VARIANT.value,
        db_default=DEFAULT_VARIANT.value,
        help_text=_("What the headline counts. Every other way stands beside it."),
    )
    service_level_seconds = models.PositiveSmallIntegerField(
        _("in time, seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text=_("Answered within so many seconds is in time."),
    )
    service_level_goal = models.PositiveSmallIntegerField(
        _("goal, percent"),
        default=DEFAULT_GOAL,
        db_default=DEFAULT_GOAL,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    short_abandon_seconds = models.PositiveSmallIntegerField(
        _("short abandon, seconds"),
        default=DEFAULT_SHORT_SECONDS,
        db_default=DEFAULT_SHORT_SECONDS,
        validators=[MaxValueValidator(60)],
        help_text=_("Who hangs up before may have misdialled. 0: nobody."),
    )
    # --- how many may wait, how long, and where the others go (services/overflowing.py) ---
    capacity = models.PositiveSmallIntegerField(
        _("capacity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("So many callers may wait at a time."),
    )
    max_wait_seconds = models.PositiveSmallIntegerField(
        _("longest wait, seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(10), MaxValueValidator(28_800)],
        help_text=_("Whoever has waited so long in this queue leaves it."),
    )
    redial_minutes = models.PositiveSmallIntegerField(
        _("place kept after hanging up, minutes"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(60)],
        help_text=_(
            "Whoever gave up waiting and rings again from the same number within so many minutes "
            "has the place of the first call, once. 0: nobody."
        ),
    )
    overflow_to = models.CharField(
        _("overflow"),
        max_length=10,
        choices=OverflowTo.choices,
        blank=True,
        default=OverflowTo.NOWHERE.value,
        db_default=OverflowTo.NOWHERE.value,
        help_text=_("What becomes of callers for whom there is no room, or who wait too long."),
    )
    overflow_queue = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="overflowing_here",
        verbose_name=_("overflow queue"),
        help_text=_("Of the same organisation. Nobody comes to a queue twice."),
    )
    overflow_number = models.CharField(
        _("outside number"),
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "With its country, like +1 415 555 0177. Callers are connected with it, for as long as "
            "a call may last, and you pay for that call."
        ),
    )
    overflow_percent = models.PositiveSmallIntegerField(
        _("overflow from, percent of the capacity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("100: only when the queue is full."),
    )
    when_nobody = models.CharField(
        _("with nobody signed in"),
        max_length=10,
        choices=WhenNobody.choices,
        default=WhenNobody.WAIT.value,
        db_default=WhenNobody.WAIT.value,
    )
    closing_text = models.CharField(
        _("closing sentence"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "What a caller hears whom this queue sends away, in the default language. Callers who "
            "chose another one hear our own sentence in it, as does everybody where this is empty."
        ),
    )

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="queue_name_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an overflow that leads nowhere, or back into the queue itself, in any form."""
        if self.overflow_to == OverflowTo.QUEUE and self.overflow_queue_id is None:
            raise ValidationError(
                {"overflow_queue": _("Choose the queue that callers overflow to.")}
            )
        if self.overflow_queue_id is not None and self.overflow_queue_id == self.pk:
            raise ValidationError({"overflow_queue": _("A queue cannot overflow into itself.")})
        if self.overflow_to == OverflowTo.NUMBER and not self.overflow_number:
            raise ValidationError(
                {"overflow_number": _("Write the number that callers are connected with.")}
            )
        if self.overflow_number:
            self.overflow_number = self._outside_number()
        if self.callback_from_hour >= self.callback_until_hour:
            raise ValidationError(
                {"callback_until_hour": _("Later than the hour from which customers are called.")}
            )
        self._check_keys()

    def _check_keys(self) -> None:
        taken: set[str] = set()
        for field in WAIT_KEYS:
            key = getattr(self, field)
            if key and key in taken:
                raise ValidationError({field: _("Another choice of who waits has this key.")})
            taken.add(key)

    def _outside_number(self) -> str:
        """Return the number in E.164. Raises ValidationError when no caller may be sent there."""
        number = outside_number(self.overflow_number)
        if isinstance(number, Unfit):
            raise ValidationError({"overflow_number": _UNFIT[number]})
        # Whoever rings one of our numbers comes to a queue again.
        if self.tenant_id is not None and self.tenant.numbers.filter(e164=number).exists():
            raise ValidationError(
                {
                    "overflow_number": _(
                        "This is one of your own numbers: callers would go round in a circle. "
                        "Choose the queue behind it instead."
                    )
                }
            )
        return number


class QueueMember(models.Model):
    """An agent who serves a queue."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="members")
    agent = models.ForeignKey(
        "contact_center.Agent", on_delete=models.CASCADE, related_name="memberships"
    )
    tier = models.PositiveSmallIntegerField(
        _("tier"),
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text=_("The first tier is rung at once, others after the delay of the queue."),
    )
    level = models.PositiveSmallIntegerField(
        _("level"),
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text=_("Within a tier who has a lower level is rung first."),
    )
    position = models.PositiveSmallIntegerField(
        _("place in a fixed order"), default=0, db_default=0
    )
    #: When this agent was last rung for this queue; what round robin goes by.
    last_offered_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("queue member")
        verbose_name_plural = _("queue members")
        constraints = [
            models.UniqueConstraint(fields=["queue", "agent"], name="member_once_per_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} · {self.queue}"


class Disposition(models.Model):
    """What a call came to, chosen by the agent in wrap-up."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="dispositions")
    queue = models.ForeignKey(
        Queue,
        on_delete=models.CASCADE,
        related_name="dispositions",
        null=True,
        blank=True,
        help_text=_("Empty: offered for every queue."),
    )
    label = models.CharField(_("label"), max_length=60)
    #: Shown as a heading above the outcomes of one group.
    group = models.CharField(_("group"), max_length=60, blank=True, default="", db_default="")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        ordering = ["position", "label"]

    def __str__(self) -> str:
        return self.label
