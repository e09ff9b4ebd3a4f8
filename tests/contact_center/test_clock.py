"""The clock: everything due is done, whatever becomes of one part, by any number of clocks."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from django.db import connections
from django.utils import timezone

from contact_center import wakeups
from contact_center.clock import Clock
from contact_center.models import (
    Agent,
    Call,
    Command,
    Job,
    PhoneLease,
    RawWebhook,
    Reconciliation,
    Timer,
)
from contact_center.services import commanding, heavy_work, presence, timing
from tests.cast import make_cast
from tests.harness.waiting import wait_until
from tests.universe.floor import Floor, open_floor


@pytest.fixture
def cast(transactional_db: None) -> Any:
    """Everybody, in a database that other threads see."""
    return make_cast()


@pytest.fixture
def floor(cast: Any) -> Iterator[Floor]:
    """A floor whose own clock stands still: here the real one works."""
    with open_floor() as running:
        yield running


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock; its senders are gone when the test is over."""
    made = Clock()
    yield made
    if made._heavy is not None:
        made._heavy.join(10)
    made._senders.submit(connections.close_all).result(5)
    made._senders.shutdown(wait=True)


@heavy_work.on_job("seen_by_the_clock")
def seen_by_the_clock(job: Job, time_left: heavy_work.TimeLeft) -> bool:
    """Something heavy."""
    return True


def available(agent: Agent) -> PhoneLease:
    lease = presence.claim_phone(agent=agent)
    presence.report_phone(agent=agent, lease_key=lease.key, ring_heard=True, microphone_ok=True)
    presence.go_on_duty(agent=agent, lease_key=lease.key)
    return lease


def test_one_tick_pairs_a_waiting_caller_with_a_free_agent(
    floor: Floor, cast: Any, clock: Clock
) -> None:
    floor.ring()
    available(cast.alice)
    assert floor.pending(cast.alice) is None
    clock.tick()
    assert floor.pending(cast.alice) is not None


def test_one_tick_runs_what_is_due_and_nothing_else(floor: Floor, cast: Any, clock: Clock) -> None:
    floor.ring()
    available(cast.alice)
    clock.tick()
    ring = Timer.objects.get(kind="ring")
    clock.tick()
    assert Timer.objects.filter(pk=ring.pk).exists()
    floor.traveller.move_to(ring.due_at + timedelta(milliseconds=1))
    clock.tick()
    assert not Timer.objects.filter(pk=ring.pk).exists()
    assert cast.alice.slots.get().activity == "not_responding"


def test_a_command_is_sent_once_by_a_thread_of_its_own(
    floor: Floor, cast: Any, clock: Clock
) -> None:
    sid = floor.ring()
    call = Call.objects.get(sid=sid)
    asked = commanding.command("check_call", call=call, call_sid=sid)
    clock.tick()
    clock.tick()

    def sent() -> bool:
        return Command.objects.get(pk=asked.pk).outcome == "applied"

    wait_until(sent, what="the command to be sent")
    assert Command.objects.get(pk=asked.pk).attempts == 1


def test_what_a_clock_is_sending_stays_its_own_however_long_the_network_takes(
    floor: Floor, cast: Any, clock: Clock
) -> None:
    answered = threading.Event()
    commanding.teach("be_slow", lambda _network, _asked: answered.wait(20))
    asked = commanding.command("be_slow", tenant_id=cast.tenant.pk, deadline_seconds=100)
    try:
        clock.tick()
        wait_until(lambda: Command.objects.get().attempts == 1, what="the request")
        for _ in range(5):
            floor.traveller.shift(commanding.CLAIM_SECONDS - 1)
            clock._next_renewal = 0.0  # it goes by a steady clock that nobody can put forward
            clock.tick()
            assert commanding.due_commands(timezone.now()) == []
            assert not commanding.send_command(asked.pk)
    finally:
        answered.set()
    wait_until(lambda: Command.objects.get().outcome == "applied", what="its outcome")
    assert Command.objects.get().attempts == 1


def test_a_round_of_the_reconciler_is_made_beside_the_tick(
    floor: Floor, cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it reads the network, whoever rings meanwhile is offered."""
    monkeypatch.setattr("contact_center.clock.RECONCILE_LOOK_SECONDS", 0)
    eager = Clock()
    try:
        eager.tick()
        wait_until(
            lambda: Reconciliation.objects.exclude(finished_at=None).exists(), what="a round"
        )
        assert Reconciliation.objects.get().requests == 6
    finally:
        eager._senders.submit(connections.close_all).result(5)
        eager._senders.shutdown(wait=True)


def test_a_part_that_stumbles_stops_no_other(
    floor: Floor, cast: Any, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A timer whose kind nobody knows any more (a version that went) is such a part."""
    Timer.objects.create(tenant=cast.tenant, kind="unknown", due_at=timezone.now())
    RawWebhook.objects.create(
        kind="unknown", sid="", payload={}, digest="x", received_at=timezone.now()
    )
    floor.traveller.shift(2)
    floor.ring()
    available(cast.alice)
    clock.tick()
    assert floor.pending(cast.alice) is not None
    timer = Timer.objects.get(kind="unknown")
    assert timer.attempts == 1
    assert timer.due_at > timezone.now()
    assert "unknown" in timer.problem


def test_a_timer_that_fails_comes_again_ever_later(floor: Floor, cast: Any) -> None:
    timer = Timer.objects.create(tenant=cast.tenant, kind="unknown", due_at=timezone.now())
    waits = []
    for _ in range(8):
        timer.refresh_from_db()
        floor.traveller.move_to(timer.due_at)
        timing.run_due_timers(timezone.now())
        timer.refresh_from_db()
        waits.append((timer.due_at - timezone.now()).total_seconds())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_clock_that_runs_is_woken_and_stops_when_told(
    floor: Floor, cast: Any, clock: Clock
) -> None:
    stopping = threading.Event()
    running = threading.Thread(target=Clock().run, args=(stopping,))
    running.start()
    try:
        floor.ring()
        available(cast.alice)  # rings the bell when it commits
        wait_until(lambda: floor.pending(cast.alice) is not None, what="the clock to dispatch")
    finally:
        stopping.set()
        wakeups.bell.set()
        running.join(5)
    assert not running.is_alive()


def test_a_command_that_comes_too_late_is_not_sent(floor: Floor, cast: Any) -> None:
    """No clock ran for a while: what was asked then has no use any more."""
    sid = floor.ring()
    call = Call.objects.get(sid=sid)
    url = "http://localhost:8000/webhooks/voice/connect/1/"
    moved = commanding.command("redirect_call", call=call, call_sid=sid, url=url)
    ended = commanding.command("end_call", call=call, call_sid=sid)
    floor.traveller.shift(60)
    assert commanding.send_command(moved.pk)
    moved.refresh_from_db()
    assert moved.outcome == "gave_up"
    floor.network.tick(floor.now)
    assert not any(request.url.startswith(url) for request in floor.requests)
    # To end what is over is right at any time.
    assert commanding.send_command(ended.pk)
    ended.refresh_from_db()
    assert ended.outcome == "applied"


def test_a_command_that_cannot_be_understood_is_given_up_in_the_end(
    floor: Floor, cast: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours must not be repeated for ever, nor stop what is due after it."""
    sid = floor.ring()
    call = Call.objects.get(sid=sid)
    asked = commanding.command("redirect_call", call=call)  # and where to?
    later = commanding.command("check_call", call=call, call_sid=sid)
    commanding.run_due_commands(timezone.now())
    later.refresh_from_db()
    assert later.outcome == "applied"
    for _ in range(40):
        floor.traveller.shift(1)
        commanding.run_due_commands(timezone.now())
    asked.refresh_from_db()
    assert asked.outcome == "gave_up"
    assert "call_sid" in asked.answer


# --- heavy work -----------------------------------------------------------------------------------


def test_without_celery_a_clock_does_the_heavy_work_beside_its_own(
    floor: Floor, settings: Any, clock: Clock
) -> None:
    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"ASYNC_TASKS": {"USE_CELERY": False}}
    heavy_work.ask("seen_by_the_clock")
    clock.tick()
    wait_until(lambda: Job.objects.get().outcome == "done", 10, what="the job")


#: The app of the next test.
mute: Any = None


def test_a_broker_that_says_nothing_holds_up_no_caller(
    floor: Floor, cast: Any, settings: Any, clock: Clock
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as broker:
        url = f"redis://127.0.0.1:{broker.getsockname()[1]}/0"
        settings.CELERY_BROKER_URL = url
        settings.CELERY_APP = f"{__name__}.mute"
        globals()["mute"] = Celery("mute", broker=url, set_as_current=False)
        mute.conf.broker_transport_options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
        heavy_work.ask("seen_by_the_clock")
        clock.tick()
        with broker.accept()[0]:  # somebody waits for its word now
            floor.ring()
            available(cast.alice)
            clock.tick()
            assert clock._heavy is not None
            assert clock._heavy.is_alive()
            assert floor.pending(cast.alice) is not None
            broker.close()
        clock._heavy.join(10)
    assert Job.objects.get().outcome == "waiting"
