"""Figures come over their limits and back: what begins, who takes it up, what ends by itself."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contact_center.domain.alerting import AlertKind, Level
from contact_center.domain.states import Activity, Presence
from contact_center.errors import NotAllowed
from contact_center.models import (
    Alert,
    AlertRule,
    EndedBy,
    EventLog,
    RawWebhook,
    SetAside,
)
from contact_center.selectors import alert_words
from contact_center.services import alerting
from contact_center.services.alerting import Said
from tests import builders
from tests.cast import Cast


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-02T12:00:00+00:00", tick=False) as traveller:
        yield traveller


def look() -> None:
    alerting.look(timezone.now())


def opened() -> list[tuple[str, str]]:
    rows = Alert.objects.filter(ended_at=None).order_by("pk")
    return [(row.kind, alert_words.subject_word(row)) for row in rows]


def later(noon: time_machine.Traveller, seconds: float) -> None:
    noon.shift(timedelta(seconds=seconds))
    look()


def test_a_long_wait_is_one_alert_however_often_somebody_looks(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.waiting_call(cast.sales, waited_seconds=119)
    look()
    assert opened() == []
    builders.waiting_call(cast.sales, waited_seconds=121)
    look()
    look()
    assert opened() == [("longest_wait", "Sales")]
    alert = Alert.objects.get()
    assert (alert.level, alert.threshold, alert.tenant) == ("breach", 120, cast.tenant)
    assert alert_words.sentence(alert) == "the first caller has waited for over 2:00"
    assert EventLog.objects.filter(name="alert.began").count() == 1


def test_it_ends_by_itself_some_time_after_the_last_caller_was_helped(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    builders.on_duty(cast.alice)
    call = builders.waiting_call(cast.sales, waited_seconds=130)
    look()
    later(noon, 60)
    builders.end(call, EndedBy.CUSTOMER, "abandoned")
    later(noon, 1)
    later(noon, 14)
    assert opened() == [("longest_wait", "Sales")]
    later(noon, 2)
    assert opened() == []
    alert = Alert.objects.get()
    assert alert.worst == pytest.approx(191, abs=1)
    assert EventLog.objects.filter(name="alert.ended").count() == 1


def test_what_becomes_bad_again_before_it_settled_is_the_same_alert(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    builders.on_duty(cast.alice)
    call = builders.waiting_call(cast.sales, waited_seconds=130)
    look()
    builders.end(call, EndedBy.CUSTOMER, "abandoned")
    later(noon, 5)
    builders.waiting_call(cast.sales, waited_seconds=125)
    later(noon, 5)
    assert Alert.objects.get().well_since is None
    later(noon, 60)
    assert opened() == [("longest_wait", "Sales")]
    assert Alert.objects.count() == 1


def test_somebody_waits_and_nobody_is_signed_in(cast: Cast, noon: time_machine.Traveller) -> None:
    builders.waiting_call(cast.support, waited_seconds=12)
    look()
    assert opened() == [("nobody_signed_in", "Support")]
    # Somebody on a break is there.
    builders.present(cast.bob, Presence.BREAK, "lunch")
    later(noon, 1)
    later(noon, 11)
    assert opened() == []


def test_who_serves_another_queue_is_not_signed_in_for_this_one(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    cast.alice.memberships.filter(queue=cast.support).delete()
    builders.waiting_call(cast.support, waited_seconds=12)
    builders.waiting_call(cast.sales, waited_seconds=12)
    look()
    assert opened() == [("nobody_signed_in", "Support")]


def test_many_waiting_callers_are_an_alert_of_their_queue_alone(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    for _number in range(9):
        builders.waiting_call(cast.sales, waited_seconds=3)
        builders.waiting_call(cast.other_queue, waited_seconds=3)
    look()
    assert ("waiting", "Sales") not in opened()
    builders.waiting_call(cast.sales, waited_seconds=3)
    look()
    assert ("waiting", "Sales") in opened()
    assert not Alert.objects.filter(tenant=cast.other_tenant, kind="waiting").exists()


def test_a_long_conversation_and_a_long_hold_are_the_agents(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    builders.on_duty(cast.alice)
    offered = builders.offer(builders.waiting_call(cast.sales), cast.alice)
    since = timezone.now() - timedelta(seconds=181)
    offer = builders.talking(offered, talked_seconds=1801, held_at=since)
    look()
    assert opened() == [("long_call", "Alice"), ("long_hold", "Alice")]
    assert {row.call_id for row in Alert.objects.all()} == {offer.call_id}
    offer.held_at = None
    offer.save()
    later(noon, 2)
    assert opened() == [("long_call", "Alice")]


def test_an_agent_who_does_not_respond_is_an_alert_after_half_a_minute(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    builders.on_duty(cast.alice)
    builders.doing(cast.alice, Activity.NOT_RESPONDING, "no_answer")
    look()
    assert opened() == []
    later(noon, 31)
    assert opened() == [("not_responding", "Alice")]
    builders.doing(cast.alice, Activity.IDLE)
    later(noon, 1)
    later(noon, 6)
    assert opened() == []


def test_a_low_service_level_and_many_who_gave_up_need_enough_calls_to_mean_anything(
    cast: Cast,
) -> None:
    for _number in range(9):
        call = builders.waiting_call(cast.sales, waited_seconds=300)
        builders.end(call, EndedBy.CUSTOMER, "abandoned")
    look()
    assert opened() == []
    call = builders.waiting_call(cast.sales, waited_seconds=300)
    builders.talking(builders.offer(call, cast.alice), talked_seconds=290)
    builders.end(call, EndedBy.CUSTOMER, "customer_hung_up")
    look()
    assert opened() == [("service_level", "Sales"), ("abandonment", "Sales")]
    assert Alert.objects.get(kind="service_level").value == 10.0
    assert Alert.objects.get(kind="abandonment").value == 90.0


def test_a_failing_network_much_put_right_and_a_report_given_up_are_the_sites(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    now = timezone.now()
    for number in range(5):
        for name in ("command.failed", "reality.healed"):
            EventLog.objects.create(
                tenant=cast.tenant, name=name, at=now - timedelta(seconds=10 * number)
            )
    report = RawWebhook.objects.create(
        tenant=cast.tenant,
        kind="status",
        sid="CA1",
        payload={},
        digest="1",
        received_at=now,
        set_aside=SetAside.ABANDONED,
        set_aside_at=now,
    )
    look()
    assert [kind for kind, _about in opened()] == ["network_failing", "healed", "report_abandoned"]
    assert not Alert.objects.exclude(tenant=cast.tenant).exists()
    # Somebody looked at the report and let it go.
    report.set_aside = SetAside.DROPPED
    report.save()
    later(noon, 2)
    assert [kind for kind, _about in opened()] == ["network_failing", "healed"]
    later(noon, 400)
    later(noon, 31)
    assert opened() == []


def test_one_word_for_a_queue_counts_before_the_word_for_all(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    alerting.set_rule(kind=AlertKind.LONGEST_WAIT, said=Said(threshold=60), actor=cast.dana)
    alerting.set_rule(
        kind=AlertKind.LONGEST_WAIT, said=Said(is_on=False), actor=cast.dana, queue=cast.support
    )
    for queue in (cast.sales, cast.support):
        builders.waiting_call(queue, waited_seconds=61)
    builders.waiting_call(cast.other_queue, waited_seconds=61)
    look()
    assert ("longest_wait", "Sales") in opened()
    assert Alert.objects.filter(kind="longest_wait").count() == 1
    # Taking the word back takes its row away, and switching off ends what is open.
    alerting.set_rule(kind=AlertKind.LONGEST_WAIT, said=Said(), actor=cast.dana)
    assert AlertRule.objects.count() == 1
    alerting.set_rule(kind=AlertKind.LONGEST_WAIT, said=Said(is_on=False), actor=cast.dana)
    look()
    assert not Alert.objects.filter(kind="longest_wait", ended_at=None).exists()
    assert EventLog.objects.filter(name="alert_rule.changed", actor_id=cast.dana.pk).count() == 4


def test_nobody_can_set_what_makes_no_sense(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        alerting.set_rule(
            kind=AlertKind.LONG_CALL, said=Said(threshold=5), actor=cast.dana, queue=cast.sales
        )
    assert not AlertRule.objects.exists()


@pytest.fixture
def waits(cast: Cast) -> Alert:
    """Somebody waits too long for Sales."""
    builders.on_duty(cast.alice)
    builders.waiting_call(cast.sales, waited_seconds=130)
    look()
    return Alert.objects.get()


def test_who_acknowledges_is_named_and_the_second_is_told(cast: Cast, waits: Alert) -> None:
    alerting.acknowledge(alert_id=waits.pk, actor=cast.carol)
    waits.refresh_from_db()
    assert waits.acknowledged_by == cast.carol
    with pytest.raises(NotAllowed, match="already"):
        alerting.acknowledge(alert_id=waits.pk, actor=cast.dana)
    waits.refresh_from_db()
    assert waits.acknowledged_by == cast.carol
    assert opened() == [("longest_wait", "Sales")]


def test_an_alert_is_put_off_for_a_while_and_taken_back(cast: Cast, waits: Alert) -> None:
    alerting.snooze(alert_id=waits.pk, minutes=15, actor=cast.carol)
    waits.refresh_from_db()
    assert waits.snoozed_until == timezone.now() + timedelta(minutes=15)
    alerting.snooze(alert_id=waits.pk, minutes=0, actor=cast.carol)
    waits.refresh_from_db()
    assert waits.snoozed_until is None
    with pytest.raises(NotAllowed):
        alerting.snooze(alert_id=waits.pk, minutes=14, actor=cast.carol)


def test_nobody_touches_what_is_over_or_anothers(
    cast: Cast, waits: Alert, noon: time_machine.Traveller
) -> None:
    with pytest.raises(NotAllowed):
        alerting.acknowledge(alert_id=waits.pk, actor=cast.erin.user)
    Alert.objects.update(ended_at=timezone.now())
    with pytest.raises(NotAllowed, match="over"):
        alerting.acknowledge(alert_id=waits.pk, actor=cast.carol)
    with pytest.raises(NotAllowed, match="over"):
        alerting.snooze(alert_id=waits.pk, minutes=5, actor=cast.carol)
    waits.refresh_from_db()
    assert waits.acknowledged_at is None


def test_a_look_costs_the_same_however_many_queues_calls_and_alerts_there_are(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            look()
        return len(asked)

    builders.on_duty(cast.alice)
    builders.waiting_call(cast.sales, waited_seconds=130)
    look()
    few = cost()
    for number in range(30):
        queue = cast.tenant.queues.create(name=f"Queue {number}")
        builders.waiting_call(queue, waited_seconds=200)
    look()
    assert Alert.objects.filter(ended_at=None).count() > 60
    assert cost() == few
    assert few <= 10


def test_two_clocks_that_look_at_once_open_one_alert(cast: Cast, settings: Any) -> None:
    builders.on_duty(cast.alice)
    builders.waiting_call(cast.sales, waited_seconds=130)
    start = threading.Barrier(4)
    troubles: list[BaseException] = []

    def clock() -> None:
        try:
            start.wait(10)
            look()
        except BaseException as trouble:
            troubles.append(trouble)
        finally:
            connections.close_all()

    clocks = [threading.Thread(target=clock) for _number in range(4)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join(30)
    assert troubles == []
    assert opened() == [("longest_wait", "Sales")]
    assert EventLog.objects.filter(name="alert.began").count() == 1


def test_a_level_that_an_admin_chose_is_the_alerts(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    alerting.set_rule(kind=AlertKind.LONGEST_WAIT, said=Said(level=Level.WARN), actor=cast.dana)
    builders.waiting_call(cast.sales, waited_seconds=130)
    look()
    assert Alert.objects.get().level == "warn"
