"""A fact is written with its change, told after it, and told to everybody whoever stumbles."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import transaction

from contact_center import event_stream
from contact_center.domain import events as ev
from contact_center.domain.events import Event
from contact_center.models import EventLog

#: What each subscriber was told, in order.
HEARD: list[tuple[str, list[str]]] = []


def first(events: Sequence[Event]) -> None:
    HEARD.append(("first", [event.name for event in events]))


def failing(events: Sequence[Event]) -> None:
    raise LookupError("this one never listens")


def last(events: Sequence[Event]) -> None:
    HEARD.append(("last", [event.name for event in events]))


@pytest.fixture(autouse=True)
def subscribers(settings: Any) -> Iterator[None]:
    """Two who listen, and one between them who fails."""
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.{name}" for name in ("first", "failing", "last")]
    HEARD.clear()
    yield
    HEARD.clear()


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="in the transaction that made it true"):
        event_stream.record(ev.CallArrived(tenant_id=1))
    assert not EventLog.objects.exists()
    assert HEARD == []


def test_nobody_is_told_before_the_change_is_true(transactional_db: None, tenant: Any) -> None:
    with transaction.atomic():
        event_stream.record(ev.CallArrived(tenant_id=tenant.pk, call_id=7))
        assert EventLog.objects.count() == 1
        assert HEARD == []
    assert HEARD == [("first", ["call.arrived"]), ("last", ["call.arrived"])]


def test_what_is_taken_back_was_never_told(transactional_db: None, tenant: Any) -> None:
    with transaction.atomic():
        event_stream.record(ev.CallArrived(tenant_id=tenant.pk))
        transaction.set_rollback(True)
    assert not EventLog.objects.exists()
    assert HEARD == []


def test_a_savepoint_taken_back_takes_its_facts_with_it(
    transactional_db: None, tenant: Any
) -> None:
    with transaction.atomic():
        event_stream.record(ev.CallArrived(tenant_id=tenant.pk))
        with transaction.atomic():
            event_stream.record(ev.CallOffered(tenant_id=tenant.pk))
            transaction.set_rollback(True)
        event_stream.record(ev.CallEnded(tenant_id=tenant.pk))
    assert [names for who, names in HEARD if who == "first"] == [["call.arrived"], ["call.ended"]]
    assert list(EventLog.objects.order_by("pk").values_list("name", flat=True)) == [
        "call.arrived",
        "call.ended",
    ]


def test_several_facts_of_one_deed_are_told_together_in_order(
    transactional_db: None, tenant: Any
) -> None:
    with transaction.atomic():
        event_stream.record(
            ev.CallArrived(tenant_id=tenant.pk), ev.MenuEntered(tenant_id=tenant.pk)
        )
    assert HEARD[0] == ("first", ["call.arrived", "menu.entered"])


def test_a_subscriber_that_fails_is_named_in_the_log_and_passed_over(
    transactional_db: None, tenant: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction.atomic():
        event_stream.record(ev.CallArrived(tenant_id=tenant.pk))
    assert [who for who, _names in HEARD] == ["first", "last"]
    assert f"subscriber {__name__}.failing failed on ['call.arrived']" in caplog.text
    assert EventLog.objects.count() == 1


def test_a_row_says_whom_it_concerns_in_columns_and_the_rest_in_details(
    transactional_db: None, tenant: Any
) -> None:
    with transaction.atomic():
        event_stream.record(
            ev.CallQueued(tenant_id=tenant.pk, call_id=1, segment_id=2, queue_id=5, reason="menu")
        )
    row = EventLog.objects.get()
    assert (row.name, row.call_id, row.segment_id, row.queue_id) == ("call.queued", 1, 2, 5)
    assert (row.offer_id, row.agent_id, row.actor_id) == (None, None, None)
    assert row.details == {"reason": "menu", "place_kept": False}


@pytest.fixture
def tenant(transactional_db: None) -> Any:
    """An organisation whose facts these are."""
    from tests.cast import make_tenant  # models can be imported only when Django is ready

    return make_tenant("ours", "Ours")
