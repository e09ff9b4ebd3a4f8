"""Tell people who are not looking at a screen: e-mail, and signed webhooks.

A message is a row written in the transaction of what it tells. The clock gives what is due to
heavy work; an attempt that comes to nothing is made again with growing pauses, at most
MOST_ATTEMPTS times, and what became of it stays with its alert. A message may arrive twice (a
process that ends after sending and before saying so); it carries the same key then.
"""

import json
import logging
from datetime import datetime, timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center import signed_webhooks
from contact_center.conf import current
from contact_center.domain import alerting as rules
from contact_center.domain import events as ev
from contact_center.domain.alerting import AlertKind, Limits
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.kept_mail import WHOSE
from contact_center.models import (
    Alert,
    AlertMessage,
    AlertWebhook,
    Channel,
    Job,
    JobOutcome,
    MessageOutcome,
    User,
)
from contact_center.selectors import alert_words
from contact_center.selectors.access import SUPERVISING, scope_of
from contact_center.services import heavy_work
from contact_center.wakeups import wake_clock

logger = logging.getLogger(__name__)

KIND = "tell"


def tell(alert: Alert, news: str, limits: Limits) -> int:
    """Ask for the messages about ``alert`` (began, again, ended); return how many.

    Must run in the transaction that made the news true. Nobody is told of what began again right
    after it ended, nor of the site's own faults where ALERT_ON_ERROR is off.
    """
    now = timezone.now()
    if not _is_worth_telling(alert, news, now):
        return 0
    rows = [
        AlertMessage(
            alert=alert,
            news=news,
            number=alert.told_times,
            channel=channel,
            target=target,
            webhook=webhook,
            asked_at=now,
            next_attempt_at=now,
        )
        for channel, target, webhook in _targets(alert, news, limits)
    ]
    for row in rows:
        if _had_enough(row, now):
            row.outcome, row.outcome_at, row.next_attempt_at = MessageOutcome.HELD_BACK, now, None
    if not rows:
        return 0
    # Should another clock tell the same, the index keeps one of the two.
    AlertMessage.objects.bulk_create(rows, ignore_conflicts=True)
    Alert.objects.filter(pk=alert.pk).update(told_at=now, told_times=F("told_times") + 1)
    wake_clock()
    return len(rows)


def _is_worth_telling(alert: Alert, news: str, now: datetime) -> bool:
    kind = AlertKind(alert.kind)
    if rules.WATCHES[kind].is_fault and not current().general.alert_on_error:
        return False
    if news != "began":
        return True
    return not Alert.objects.filter(
        tenant_id=alert.tenant_id,
        kind=alert.kind,
        subject=alert.subject,
        ended_at__gt=now - rules.QUIET_AFTER,
        told_times__gt=0,
    ).exists()


def _targets(
    alert: Alert, news: str, limits: Limits
) -> list[tuple[Channel, str, AlertWebhook | None]]:
    if news == "ended":
        # Who heard that it began hears that it is over, whatever was changed in between.
        told = AlertMessage.objects.filter(alert=alert).exclude(outcome=MessageOutcome.HELD_BACK)
        whom = {(m.channel, m.target): m.webhook for m in told.select_related("webhook")}
        return [(Channel(channel), target, hook) for (channel, target), hook in whom.items()]
    targets: list[tuple[Channel, str, AlertWebhook | None]] = []
    if limits.by_email:
        people = User.objects.filter(
            tenant_id=alert.tenant_id, role__in=SUPERVISING, is_active=True
        ).exclude(email="")
        # Who supervises teams is told of what concerns these: a wrong alarm is soon no alarm.
        concerned = [
            person
            for person in people.select_related("tenant")
            if scope_of(person).alerts().filter(pk=alert.pk).exists()
        ]
        addresses = sorted({person.email for person in concerned})
        targets += [(Channel.EMAIL, address, None) for address in addresses]
    if limits.by_webhook:
        hooks = AlertWebhook.objects.filter(tenant_id=alert.tenant_id, is_on=True)
        targets += [(Channel.WEBHOOK, hook.url, hook) for hook in hooks.order_by("pk")]
    return targets


def _had_enough(row: AlertMessage, now: datetime) -> bool:
    lately = AlertMessage.objects.filter(
        channel=row.channel,
        target=row.target,
        asked_at__gt=now - timedelta(hours=1),
        alert__tenant_id=row.alert.tenant_id,
    ).exclude(outcome=MessageOutcome.HELD_BACK)
    return lately.count() >= rules.MOST_AN_HOUR


# --- sending ---------------------------------------------------------------------------------


def give_out(now: datetime, *, most: int = 50) -> None:
    """Give the messages that are due to heavy work; called by the clock."""
    due = AlertMessage.objects.filter(outcome=MessageOutcome.WAITING, next_attempt_at__lte=now)
    rows = due.order_by("next_attempt_at", "pk").select_related("alert__tenant")[:most]
    for message in rows:
        key = f"{KIND} {message.pk} {message.attempts}"
        if heavy_work.ask(KIND, tenant=message.alert.tenant, key=key, message_id=message.pk):
            continue
        if Job.objects.filter(key=key, outcome=JobOutcome.FAILED).exists():
            _came_to(message, MessageOutcome.GAVE_UP, _("It could not even be tried."))


@heavy_work.on_job(KIND)
def _deliver(job: Job, time_left: heavy_work.TimeLeft) -> bool:
    message = (
        AlertMessage.objects.select_related(
            "alert__tenant", "alert__queue", "alert__agent__user", "webhook"
        )
        .filter(pk=job.params["message_id"], outcome=MessageOutcome.WAITING)
        .first()
    )
    if message is None or message.next_attempt_at is None:
        return True
    if message.next_attempt_at > timezone.now():
        return True  # this attempt was made, and its job did not come to say so
    message.attempts += 1
    try:
        answer = _send(message)
    except signed_webhooks.NotDelivered as problem:
        _failed(message, str(problem), is_final=problem.is_final)
    except Exception as problem:
        # A mail server may fail in any way of its own; each is an attempt that came to nothing.
        _failed(message, str(problem) or type(problem).__name__, is_final=False)
    else:
        _came_to(message, MessageOutcome.DELIVERED, answer)
    return True


def _send(message: AlertMessage) -> str:
    alert, news = message.alert, message.news
    address = urljoin(settings.BASE_URL, reverse("supervisors:alert", args=[alert.pk]))
    if message.channel == Channel.EMAIL:
        EmailMessage(
            subject=alert_words.headline(alert, news),
            body=alert_words.letter(alert, news, address=address),
            to=[message.target],
            headers={
                WHOSE: str(alert.tenant_id),
                "Auto-Submitted": "auto-generated",
                "X-Contact-Center-Delivery": str(message.key),
            },
        ).send()
        return ""
    if message.webhook is None or not message.webhook.is_on:
        raise signed_webhooks.NotDelivered(_("This webhook was removed or stopped."), is_final=True)
    at = timezone.now()
    body = alert_words.for_programs(alert, news, address=address, at=at)
    return signed_webhooks.post(
        message.webhook.url,
        secret=message.webhook.secret,
        body=json.dumps({"delivery": str(message.key), **body}).encode(),
        key=str(message.key),
        at=at,
    )


def _failed(message: AlertMessage, reason: str, *, is_final: bool) -> None:
    logger.warning("Message %s about an alert was not delivered: %s", message.pk, reason)
    if is_final or message.attempts >= rules.MOST_ATTEMPTS:
        _came_to(message, MessageOutcome.GAVE_UP, reason)
        return
    pause = timedelta(seconds=rules.pause_seconds(message.attempts))
    AlertMessage.objects.filter(pk=message.pk, outcome=MessageOutcome.WAITING).update(
        attempts=message.attempts, next_attempt_at=timezone.now() + pause, answer=reason[:500]
    )


def _came_to(message: AlertMessage, outcome: MessageOutcome, answer: str) -> None:
    AlertMessage.objects.filter(pk=message.pk, outcome=MessageOutcome.WAITING).update(
        attempts=message.attempts,
        outcome=outcome,
        outcome_at=timezone.now(),
        next_attempt_at=None,
        answer=answer[:500],
    )


# --- webhooks --------------------------------------------------------------------------------


@transaction.atomic
def add_webhook(*, url: str, actor: User) -> AlertWebhook:
    """Have ``url`` told of every alert. Raises NotAllowed with the reason when it may not be."""
    url = url.strip()
    reason = signed_webhooks.refusal(url)
    if reason:
        raise NotAllowed(reason)
    if actor.tenant is None or len(url) > 500:
        raise NotAllowed(_("An address has at most 500 characters."))
    hook, is_new = AlertWebhook.objects.get_or_create(
        tenant=actor.tenant, url=url, defaults={"created_at": timezone.now()}
    )
    if not is_new:
        raise NotAllowed(_("This address is told already."))
    _changed(hook, actor, "added")
    return hook


@transaction.atomic
def switch_webhook(*, webhook_id: int, is_on: bool, actor: User) -> None:
    """Stop telling an address, or begin again. Raises NotAllowed when there is none such."""
    hook = _webhook_of(actor, webhook_id)
    hook.is_on = is_on
    hook.save(update_fields=["is_on"])
    _changed(hook, actor, "started" if is_on else "stopped")


@transaction.atomic
def remove_webhook(*, webhook_id: int, actor: User) -> None:
    """Forget an address; what became of its messages stays. Raises NotAllowed when it is gone."""
    hook = _webhook_of(actor, webhook_id)
    _changed(hook, actor, "removed")
    hook.delete()


def _webhook_of(actor: User, webhook_id: int) -> AlertWebhook:
    hook = AlertWebhook.objects.filter(pk=webhook_id, tenant=actor.tenant).first()
    if hook is None or actor.tenant is None:
        raise NotAllowed(_("This webhook is not there any more. Load the page again."))
    return hook


def _changed(hook: AlertWebhook, actor: User, deed: str) -> None:
    record(
        ev.AlertWebhookChanged(
            tenant_id=hook.tenant_id, actor_id=actor.pk, webhook_id=hook.pk, deed=deed
        )
    )
