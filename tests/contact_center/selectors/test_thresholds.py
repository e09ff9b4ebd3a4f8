"""From where on a figure is near its limit, and over it; whose word holds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contact_center.domain.alerting import AlertKind
from contact_center.models import AlertRule
from contact_center.selectors.floor import floor_queues, floor_tiles
from contact_center.selectors.scopes import Scope
from contact_center.selectors.thresholds import thresholds_of
from contact_center.services import alerting
from contact_center.services.alerting import Said
from tests.builders import waiting_call
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "value", "level"),
    [
        (AlertKind.LONGEST_WAIT, 59, ""),
        (AlertKind.LONGEST_WAIT, 60, "warn"),
        (AlertKind.LONGEST_WAIT, 120, "breach"),
        (AlertKind.WAITING, 4, ""),
        (AlertKind.WAITING, 5, "warn"),
        (AlertKind.WAITING, 10, "breach"),
        (AlertKind.SERVICE_LEVEL, 80, ""),
        (AlertKind.SERVICE_LEVEL, 79.9, "warn"),
        (AlertKind.SERVICE_LEVEL, 60, "warn"),
        (AlertKind.SERVICE_LEVEL, 59.9, "breach"),
        (AlertKind.ABANDONMENT, 6, ""),
        (AlertKind.ABANDONMENT, 7, "warn"),
        (AlertKind.ABANDONMENT, 15, "breach"),
        (AlertKind.FREE_AGENTS, 1, ""),
        (AlertKind.FREE_AGENTS, 0, "warn"),
        (AlertKind.SERVICE_LEVEL, None, ""),
    ],
)
def test_what_holds_where_nobody_said_anything(
    kind: AlertKind, value: float | None, level: str, cast: Cast
) -> None:
    assert thresholds_of(cast.tenant.pk).level(kind, value) == level
    assert thresholds_of(cast.tenant.pk).level(kind, value, queue_id=cast.sales.pk) == level


def test_a_limit_of_a_queue_is_that_queues_alone_and_half_of_it_is_near(cast: Cast) -> None:
    kind = AlertKind.LONGEST_WAIT
    alerting.set_rule(kind=kind, said=Said(threshold=30), queue=cast.sales, actor=cast.dana)
    limits = thresholds_of(cast.tenant.pk)
    sales, support = cast.sales.pk, cast.support.pk
    assert [limits.level(kind, s, queue_id=sales) for s in (14, 15, 30)] == ["", "warn", "breach"]
    assert limits.level(kind, 30, queue_id=support) == ""
    assert limits.limit(kind, "breach", queue_id=sales) == "0:30"
    assert limits.limit(kind, "warn", queue_id=sales) == "0:15"
    # Nothing of it is said to another organisation.
    assert thresholds_of(cast.other_tenant.pk).level(kind, 30, queue_id=cast.other_queue.pk) == ""


def test_what_is_near_is_said_in_general_and_otherwise_for_a_queue(cast: Cast) -> None:
    kind = AlertKind.WAITING
    alerting.set_rule(kind=kind, said=Said(near=8), actor=cast.dana)
    alerting.set_rule(kind=kind, said=Said(near=2), queue=cast.sales, actor=cast.dana)
    limits = thresholds_of(cast.tenant.pk)
    assert limits.level(kind, 7) == ""
    assert limits.level(kind, 8, queue_id=cast.support.pk) == "warn"
    assert limits.level(kind, 2, queue_id=cast.sales.pk) == "warn"
    assert limits.level(kind, 10, queue_id=cast.sales.pk) == "breach"


def test_what_is_not_watched_has_no_colour(cast: Cast) -> None:
    kind = AlertKind.LONGEST_WAIT
    alerting.set_rule(kind=kind, said=Said(is_on=False), queue=cast.sales, actor=cast.dana)
    limits = thresholds_of(cast.tenant.pk)
    assert limits.level(kind, 9999, queue_id=cast.sales.pk) == ""
    assert limits.level(kind, 9999, queue_id=cast.support.pk) == "breach"


def test_the_floor_follows_the_limits(cast: Cast) -> None:
    waiting_call(cast.sales, waited_seconds=40)
    assert floor_tiles(Scope(cast.tenant.pk))["longest_level"] == ""
    alerting.set_rule(
        kind=AlertKind.LONGEST_WAIT,
        said=Said(threshold=35, near=20),
        queue=cast.sales,
        actor=cast.dana,
    )
    tiles = floor_tiles(Scope(cast.tenant.pk))
    assert (tiles["longest_level"], tiles["breach_minutes"]) == ("breach", "0:35")
    row = next(
        row for row in floor_queues(Scope(cast.tenant.pk))["rows"] if row.queue == cast.sales
    )
    assert row.level == "breach"


def test_a_moment_that_never_was_is_no_wait(cast: Cast) -> None:
    now = timezone.now()
    limits = thresholds_of(cast.tenant.pk)
    assert limits.waited(None, now) == ""
    assert limits.waited(now - timedelta(minutes=2), now) == "breach"
    assert AlertRule.objects.count() == 0
