"""Calendars: when somebody answers. The rules are in domain/calendars.py.

Times are wall times of the calendar's zone, kept as a day and a time without a zone: 09:00 stays
09:00 when the clock changes.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contact_center.models.people import User
from contact_center.models.tenants import Tenant

#: As long as a sentence to a caller may be.
LONGEST_SENTENCE = 500


class Calendar(models.Model):
    """A week, holidays and exceptions, which any number of queues follow."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="calendars")
    name = models.CharField(_("name"), max_length=60)
    zone = models.CharField(_("time zone"), max_length=64)
    #: ISO code and region, as domain/public_holidays.py knows them.
    country = models.CharField(_("country"), max_length=2, blank=True, default="")
    region = models.CharField(_("region"), max_length=40, blank=True, default="")
    closed_on_holidays = models.BooleanField(_("closed on public holidays"), default=False)
    #: Empty: the product's own words, in the caller's language.
    closed_sentence = models.CharField(
        _("said when closed"), max_length=LONGEST_SENTENCE, blank=True, default=""
    )
    #: Set while it is closed in an emergency.
    emergency_at = models.DateTimeField(null=True)
    emergency_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    emergency_sentence = models.CharField(max_length=LONGEST_SENTENCE, blank=True, default="")

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"], name="calendar_name_once_per_tenant"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class CalendarSpan(models.Model):
    """Open every week from ``start`` to ``end``; an end not after the start is on the next day."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="spans")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        ordering = ["weekday", "start"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "weekday", "start"], name="span_once_per_calendar"
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="span_is_on_a_weekday"),
        ]

    def __str__(self) -> str:
        return f"{Weekday(self.weekday).label} {self.start:%H:%M}-{self.end:%H:%M}"


class ExceptionKind(models.TextChoices):
    CLOSURE = "closure", _("Closed")
    OPENING = "opening", _("Open")
    YEARLY = "yearly", _("Closed every year")


class CalendarException(models.Model):
    """What is different once, from and to; or the day of every year that is a holiday of one's own.

    Of a yearly one the month and the day of ``start_day`` count, and nothing else.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="exceptions")
    kind = models.CharField(max_length=8, choices=ExceptionKind.choices)
    name = models.CharField(_("name"), max_length=60, blank=True, default="")
    start_day = models.DateField()
    start_time = models.TimeField()
    end_day = models.DateField()
    end_time = models.TimeField()
    #: Said to callers while it is closed for this; empty: what the calendar says.
    sentence = models.CharField(max_length=LONGEST_SENTENCE, blank=True, default="")

    class Meta:
        ordering = ["start_day", "start_time", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="yearly")
                | Q(start_day__lt=F("end_day"))
                | Q(start_day=F("end_day"), start_time__lt=F("end_time")),
                name="exception_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.start_day} {self.start_time:%H:%M}"
