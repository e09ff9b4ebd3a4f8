"""What happens on the floor is counted, once, after it is true."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import override_settings

from contact_center import metrics
from contact_center.domain import events as ev
from contact_center.event_stream import record
from contact_center.metrics import counting, declared
from contact_center.metrics.declared import METRICS, Metric
from contact_center.models import Call
from contact_center.services import calling_out, ending, talking, wrapping_up
from contact_center.simulator.core.effects import SendRequest
from tests.cast import make_cast
from tests.universe.floor import Floor, open_floor


class Kept:
    """A backend that keeps what it is told."""

    def __init__(self) -> None:
        self.counted: list[str] = []
        self.lasted: dict[str, list[float]] = {}

    def count(self, metric: Metric, labels: tuple[str, ...]) -> None:
        """Keep it."""
        self.counted.append(" ".join((metric.name, *labels)))

    def took(self, metric: Metric, labels: tuple[str, ...], seconds: float) -> None:
        """Keep it."""
        self.lasted.setdefault(metric.name, []).append(seconds)

    def stands_at(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        """Not asked for here."""

    def times(self, name: str) -> int:
        """How often that was counted."""
        return self.counted.count(name)


@pytest.fixture
def cast(transactional_db: None) -> Any:
    """Everybody, in a database in which transactions really commit."""
    return make_cast()


@pytest.fixture
def floor(cast: Any) -> Iterator[Floor]:
    """A floor on which events are counted."""
    with (
        open_floor() as running,
        override_settings(EVENT_SUBSCRIBERS=["contact_center.metrics.counting.count_events"]),
    ):
        yield running


@pytest.fixture
def kept(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """What was measured."""
    backend = Kept()
    monkeypatch.setattr(metrics, "backend", cache(lambda: backend))
    return backend


def test_a_call_is_counted_from_its_arrival_to_its_end(floor: Floor, cast: Any, kept: Kept) -> None:
    sid = floor.ring()
    floor.pass_seconds(7)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    offer = floor.pending(cast.alice)
    assert offer is not None
    floor.accept(cast.alice, offer)
    floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=5)
    floor.pass_seconds(30)
    talking.hang_up(offer=offer, agent=cast.alice)
    floor.until(lambda: sid in floor.ended, within=10)
    floor.pass_seconds(1)

    for once in (
        "calls_arrived", "offers offered", "offers accepted", "calls_ended answered",
        "commands dequeue applied", "commands end_conversation applied",
        "webhooks voice ok", "webhooks voice-connect ok", "webhooks voice-browser ok",
    ):  # fmt: skip
        assert kept.times(once) == 1, once
    assert kept.times("webhooks voice-wait ok") >= 1
    assert kept.times("webhooks webhook-conference ok") >= 2
    assert kept.lasted["wait_seconds"] == [pytest.approx(7, abs=2)]
    assert kept.lasted["talk_seconds"] == [pytest.approx(30, abs=1)]
    assert not [name for name in kept.counted if "healed" in name or "trouble" in name]


def test_who_gives_up_and_who_hangs_up_in_the_menu_are_told_apart(
    floor: Floor, cast: Any, kept: Kept
) -> None:
    floor.hang_up(floor.ring(to="+14155550102"))
    floor.hang_up(floor.ring(to="+14155550100"))
    assert kept.times("calls_ended abandoned") == 1
    assert kept.times("calls_ended left_in_menu") == 1
    assert "wait_seconds" not in kept.lasted
    assert "talk_seconds" not in kept.lasted


def test_a_lost_agent_and_what_was_healed_are_counted(floor: Floor, cast: Any, kept: Kept) -> None:
    floor.on_duty(cast.alice)
    call, _offer, leg = floor.conversation(cast.alice)

    def reports_are_lost(request: SendRequest) -> int:
        return 0 if "/status/" in request.url or "/conference/" in request.url else 1

    floor.fate = reports_are_lost
    floor.pass_seconds(10)
    floor.hang_up(leg)
    floor.until(lambda: Call.objects.get(pk=call.pk).state == "queued", within=60)
    assert kept.times("offers lost") == 1
    assert kept.times("healed agent_leg_gone") == 1
    assert len(kept.lasted["talk_seconds"]) == 1


def test_a_request_that_nobody_signed_and_one_we_stumble_over_are_told_apart(
    floor: Floor, cast: Any, kept: Kept
) -> None:
    sid = floor.ring()
    floor.pass_seconds(1)
    (wait, *_others) = [one for one in floor.requests if "/wait/" in one.url]
    floor.post(wait, token="not ours")
    assert kept.times("webhooks voice-wait refused") == 1
    assert kept.times("webhooks voice-wait trouble") == 0
    with connection.execute_wrapper(_away):
        floor.post(wait)
    assert kept.times("webhooks voice-wait trouble") == 1
    assert sid not in floor.ended


def _away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    raise OperationalError("the database is away")


def test_what_was_rolled_back_is_not_counted(floor: Floor, cast: Any, kept: Kept) -> None:
    try:
        with transaction.atomic():
            record(ev.CallArrived(tenant_id=cast.tenant.pk))
            raise InterruptedError
    except InterruptedError:
        pass
    assert kept.counted == []


def test_who_is_called_by_an_agent_has_waited_for_nobody(
    floor: Floor, cast: Any, kept: Kept
) -> None:
    lease = floor.on_duty(cast.alice)
    for number in ("+14155550142", "+14155550199"):
        offer, token = calling_out.call_out(agent=cast.alice, written=number, lease_key=lease.key)
        floor.connect_browser(cast.alice, token)
        floor.pass_seconds(10)
        if Call.objects.get(pk=offer.call_id).state == "connected":
            talking.hang_up(offer=offer, agent=cast.alice)
            floor.pass_seconds(3)
            offer.refresh_from_db()
            wrapping_up.finish(offer=offer, agent=cast.alice)
    assert kept.times("calls_made") == 2
    assert kept.times("calls_ended answered") == 1
    assert kept.times("calls_ended not_reached") == 1
    assert kept.times("calls_arrived") == 0
    assert not [name for name in kept.counted if name.startswith("offers")]
    assert "wait_seconds" not in kept.lasted
    assert len(kept.lasted["talk_seconds"]) == 1


def test_every_reason_for_which_a_call_ends_with_us_has_an_outcome() -> None:
    assert set(counting.OUTCOMES.values()) == {
        "answered", "abandoned", "left_in_menu", "closed",
        "full", "overflowed", "waited_too_long", "nobody_signed_in",
        "left_by_key", "called_back", "chose_voicemail",
        "voicemail", "empty_message", "listened", "not_reached", "blocked",
    }  # fmt: skip
    assert ending.CONFERENCE_ENDED


def test_metrics_have_one_name_each_and_labels_that_say_nothing_about_anybody() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names))
    assert {label for metric in METRICS for label in metric.labels} == {
        "outcome", "kind", "result", "found", "why", "queue",
    }  # fmt: skip
    assert declared.CALLERS_WAITING.kind == "gauge"
