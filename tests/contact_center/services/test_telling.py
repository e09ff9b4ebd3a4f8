"""Who is told of an alert, by what, how often; and what becomes of what does not arrive."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import override_settings
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.alerting import MOST_AN_HOUR, MOST_ATTEMPTS, AlertKind
from contact_center.errors import NotAllowed
from contact_center.models import (
    Alert,
    AlertMessage,
    AlertWebhook,
    EndedBy,
    EventLog,
    Job,
    KeptMail,
    User,
)
from contact_center.services import alerting, heavy_work, telling
from contact_center.services.alerting import Said
from tests import builders
from tests.cast import Cast, make_cast
from tests.contact_center.listener import Listener, listening


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody; Carol, Dana and Erin have addresses, Alice too."""
    everybody = make_cast()
    for user in User.objects.all():
        user.email = f"{user.username}@example.com"
        user.save()
    return everybody


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-02T12:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def listener(settings: Any) -> Iterator[Listener]:
    """A site elsewhere that may be told."""
    with listening() as running:
        settings.ALERT_WEBHOOK_LOCAL_HOSTS = [running.host]
        yield running


def somebody_waits(cast: Cast) -> Any:
    builders.on_duty(cast.alice)
    call = builders.waiting_call(cast.sales, waited_seconds=130)
    alerting.look(timezone.now())
    return call


def send_what_is_due() -> None:
    telling.give_out(timezone.now())
    for pk in heavy_work.due_jobs(timezone.now()):
        heavy_work.do_job(pk)


def told() -> list[tuple[str, str, str]]:
    rows = AlertMessage.objects.order_by("pk")
    return [(row.news, row.target, row.outcome) for row in rows]


def test_everybody_who_supervises_gets_an_e_mail_and_nobody_else(cast: Cast) -> None:
    User.objects.filter(pk=cast.dana.pk).update(email="")
    somebody_waits(cast)
    assert mail.outbox == []  # never inside the look
    send_what_is_due()
    [letter] = mail.outbox
    assert letter.to == ["carol@example.com"]
    assert letter.subject == "Sales: Long wait"
    assert "Sales: the first caller has waited for over 2:00." in letter.body
    assert f"/supervisors/alerts/{Alert.objects.get().pk}/" in letter.body
    assert builders.CALLER not in letter.body + letter.subject
    assert told() == [("began", "carol@example.com", "delivered")]
    send_what_is_due()
    assert len(mail.outbox) == 1


def test_who_heard_that_it_began_hears_that_it_is_over(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    call = somebody_waits(cast)
    send_what_is_due()
    builders.end(call, EndedBy.CUSTOMER, "abandoned")
    for _number in range(2):
        noon.shift(timedelta(seconds=20))
        alerting.look(timezone.now())
    send_what_is_due()
    assert [letter.subject for letter in mail.outbox] == [
        "Sales: Long wait",
        "Sales: Long wait",
        "Over: Sales, Long wait",
        "Over: Sales, Long wait",
    ]
    assert "Over since 2026-03-02 12:00:40 UTC. The worst was 2:30." in mail.outbox[-1].body
    assert {letter.to[0] for letter in mail.outbox} == {"carol@example.com", "dana@example.com"}


def test_what_nobody_took_up_is_told_again_and_what_somebody_did_is_not(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    somebody_waits(cast)
    noon.shift(timedelta(minutes=31))
    alerting.look(timezone.now())
    alerting.look(timezone.now())
    assert [news for news, _to, _outcome in told()] == ["began"] * 2 + ["again"] * 2
    alerting.acknowledge(alert_id=Alert.objects.get().pk, actor=cast.carol)
    noon.shift(timedelta(hours=5))
    alerting.look(timezone.now())
    assert len(told()) == 4


def test_what_begins_again_right_after_it_ended_is_shown_and_sent_to_nobody(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    for minutes, told_then in ((0, 4), (3, 4), (7, 8)):
        noon.shift(timedelta(minutes=minutes))
        call = somebody_waits_again(cast)
        builders.end(call, EndedBy.CUSTOMER, "abandoned")
        for _number in range(2):
            noon.shift(timedelta(seconds=16))
            alerting.look(timezone.now())
        assert len(told()) == told_then
    assert Alert.objects.filter(ended_at__isnull=False).count() == 3


def somebody_waits_again(cast: Cast) -> Any:
    if not hasattr(cast.alice, "phone"):
        builders.on_duty(cast.alice)
    call = builders.waiting_call(cast.sales, waited_seconds=130)
    alerting.look(timezone.now())
    return call


def test_a_webhook_is_told_in_json_signed_and_without_the_callers_number(
    cast: Cast, listener: Listener
) -> None:
    hook = telling.add_webhook(url=listener.url, actor=cast.dana)
    alerting.set_rule(kind=AlertKind.LONGEST_WAIT, said=Said(by_email=False), actor=cast.dana)
    somebody_waits(cast)
    send_what_is_due()
    [(_path, headers, body)] = listener.got
    said = json.loads(body)
    assert said["event"] == "alert.began"
    assert said["organisation"] == "ours"
    assert said["alert"]["kind"] == "longest_wait"
    assert said["alert"]["about"] == "Sales"
    assert (said["alert"]["unit"], said["alert"]["threshold"]) == ("seconds", 120)
    assert said["delivery"] == headers["X-Contact-Center-Delivery"]
    assert headers["X-Contact-Center-Signature"].startswith("t=1772452800,v1=")
    assert builders.CALLER not in body.decode()
    assert hook.secret not in body.decode() + str(headers)
    assert told() == [("began", listener.url, "delivered")]
    assert AlertMessage.objects.get().answer == "200 thanks"
    assert mail.outbox == []


def test_a_receiver_that_is_away_is_tried_again_ever_more_rarely_and_then_given_up(
    cast: Cast, listener: Listener, noon: time_machine.Traveller
) -> None:
    telling.add_webhook(url=listener.url, actor=cast.dana)
    listener.status, listener.body = 503, b"closed for lunch"
    alerting.set_rule(kind=AlertKind.LONGEST_WAIT, said=Said(by_email=False), actor=cast.dana)
    somebody_waits(cast)
    for number, pause in enumerate((10, 40, 160, 640, 2400), start=1):
        send_what_is_due()
        send_what_is_due()  # not before its time
        message = AlertMessage.objects.get()
        assert (message.attempts, message.outcome) == (number, "waiting")
        assert message.next_attempt_at == timezone.now() + timedelta(seconds=pause)
        assert message.answer == "503 closed for lunch"
        noon.shift(timedelta(seconds=pause))
    send_what_is_due()
    message = AlertMessage.objects.get()
    assert (message.attempts, message.outcome) == (MOST_ATTEMPTS, "gave_up")
    noon.shift(timedelta(days=1))
    send_what_is_due()
    assert len(listener.got) == MOST_ATTEMPTS
    # However often it was tried, it was one message.
    assert len({headers["X-Contact-Center-Delivery"] for _p, headers, _b in listener.got}) == 1
    assert not EventLog.objects.filter(name="job.failed").exists()


def test_a_receiver_that_comes_back_gets_its_message_once(
    cast: Cast, listener: Listener, noon: time_machine.Traveller
) -> None:
    telling.add_webhook(url=listener.url, actor=cast.dana)
    alerting.set_rule(kind=AlertKind.LONGEST_WAIT, said=Said(by_email=False), actor=cast.dana)
    listener.status = 500
    somebody_waits(cast)
    send_what_is_due()
    listener.status = 204
    noon.shift(timedelta(seconds=11))
    send_what_is_due()
    send_what_is_due()
    assert told() == [("began", listener.url, "delivered")]
    assert len(listener.got) == 2


def test_a_mail_server_that_is_away_is_tried_again(
    cast: Cast, settings: Any, noon: time_machine.Traveller
) -> None:
    User.objects.filter(pk=cast.dana.pk).update(email="")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    somebody_waits(cast)
    send_what_is_due()
    message = AlertMessage.objects.get()
    assert (message.attempts, message.outcome) == (1, "waiting")
    assert "refused" in message.answer
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    noon.shift(timedelta(seconds=11))
    send_what_is_due()
    assert len(mail.outbox) == 1
    assert AlertMessage.objects.get().outcome == "delivered"


def test_without_a_mail_server_e_mail_is_kept_for_its_own_organisation(
    cast: Cast, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "contact_center.kept_mail.KeptMailBackend"
    User.objects.filter(pk=cast.dana.pk).update(email="")
    somebody_waits(cast)
    send_what_is_due()
    kept = KeptMail.objects.get()
    assert (kept.tenant, kept.recipients) == (cast.tenant, "carol@example.com")
    assert kept.subject == "Sales: Long wait"
    assert mail.outbox == []


def test_nobody_is_told_more_than_so_often_an_hour(cast: Cast) -> None:
    User.objects.filter(pk=cast.dana.pk).update(email="")
    builders.on_duty(cast.alice)
    for number in range(MOST_AN_HOUR + 3):
        queue = cast.tenant.queues.create(name=f"Queue {number:02}")
        cast.alice.memberships.create(queue=queue)
        builders.waiting_call(queue, waited_seconds=130)
    alerting.look(timezone.now())
    send_what_is_due()
    outcomes = [outcome for _news, _to, outcome in told()]
    assert outcomes.count("held_back") == 3
    for _number in range(2):
        send_what_is_due()
    assert len(mail.outbox) == MOST_AN_HOUR


@pytest.mark.parametrize(("is_on", "sent"), [(False, 0), (True, 2)])
def test_faults_of_the_site_are_told_outside_only_where_asked_for(
    cast: Cast, is_on: bool, sent: int, configured: Callable[..., Any]
) -> None:
    now = timezone.now()
    for _number in range(5):
        EventLog.objects.create(tenant=cast.tenant, name="command.failed", at=now)
    with configured(ALERT_ON_ERROR=is_on):
        assert current().general.alert_on_error is is_on
        alerting.look(now)
        alerting.look(now)
    send_what_is_due()
    assert Alert.objects.get().kind == "network_failing"  # either way it is shown
    assert len(mail.outbox) == sent


@pytest.fixture
def configured() -> Callable[..., Any]:
    return lambda **values: override_settings(DJANGO_TWILIO_CALL=values)


def test_an_admin_adds_stops_and_removes_a_webhook(cast: Cast, listener: Listener) -> None:
    hook = telling.add_webhook(url=f"  {listener.url} ", actor=cast.dana)
    assert hook.url == listener.url
    assert len(hook.secret) >= 32
    with pytest.raises(NotAllowed, match="already"):
        telling.add_webhook(url=listener.url, actor=cast.dana)
    with pytest.raises(NotAllowed, match="ALERT_WEBHOOK_HOSTS"):
        telling.add_webhook(url="https://example.com/", actor=cast.dana)
    telling.switch_webhook(webhook_id=hook.pk, is_on=False, actor=cast.dana)
    somebody_waits(cast)
    send_what_is_due()
    assert listener.got == []
    with pytest.raises(NotAllowed):
        telling.remove_webhook(webhook_id=hook.pk, actor=cast.erin.user)
    telling.remove_webhook(webhook_id=hook.pk, actor=cast.dana)
    assert not AlertWebhook.objects.exists()
    deeds = EventLog.objects.filter(name="alert_webhook.changed").order_by("pk")
    assert [event.details["deed"] for event in deeds] == ["added", "stopped", "removed"]


def test_what_waits_for_a_webhook_that_was_removed_is_given_up(
    cast: Cast, listener: Listener
) -> None:
    hook = telling.add_webhook(url=listener.url, actor=cast.dana)
    alerting.set_rule(kind=AlertKind.LONGEST_WAIT, said=Said(by_email=False), actor=cast.dana)
    somebody_waits(cast)
    telling.remove_webhook(webhook_id=hook.pk, actor=cast.dana)
    send_what_is_due()
    message = AlertMessage.objects.get()
    assert (message.outcome, message.target) == ("gave_up", listener.url)
    assert "removed or stopped" in message.answer
    assert listener.got == []


def test_a_message_whose_work_failed_for_good_is_given_up_and_does_not_wait_for_ever(
    cast: Cast,
) -> None:
    User.objects.filter(pk=cast.dana.pk).update(email="")
    somebody_waits(cast)
    telling.give_out(timezone.now())
    Job.objects.update(outcome="failed")
    telling.give_out(timezone.now())
    assert told() == [("began", "carol@example.com", "gave_up")]
