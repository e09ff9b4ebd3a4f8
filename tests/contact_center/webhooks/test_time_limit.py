"""However slow the database is, the caller hears something before the network gives up on us.

In real time, for what is measured is how long an answer takes.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.utils import timezone

from contact_center import addresses
from contact_center.models import Call, EventLog, RawWebhook
from contact_center.webhooks import time_limit
from tests.contact_center.webhooks.wire import STRANGER, Wire, verbs

#: WEBHOOKS.TIMEOUT in these tests, in seconds.
LIMIT = 1
#: The network, told so by us, waits no longer. The rest is for a machine that is busy.
GIVES_UP = time_limit.NETWORK_WAITS_SECONDS


@pytest.fixture
def wire(cast: Any, settings: Any) -> Wire:
    """A line to our site, in real time, and one second for each answer."""
    settings.DJANGO_TWILIO_CALL_WEBHOOKS = {"TIMEOUT": LIMIT}
    settings.EVENT_SUBSCRIBERS = []
    settings.ROOT_URLCONF = "contact_center.webhooks.urls"
    return Wire()


@contextmanager
def somebody_elses(begin: Callable[[], object]) -> Iterator[None]:
    """Another connection begins something and does not end it before the block does."""
    begun, over = threading.Event(), threading.Event()

    def keep() -> None:
        try:
            with transaction.atomic():
                begin()
                begun.set()
                over.wait(30)
        finally:
            connections.close_all()

    keeper = threading.Thread(target=keep)
    keeper.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        over.set()
        keeper.join(10)


def lock_the_call() -> None:
    Call.objects.select_for_update().get()


def lock_the_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE contact_center_call IN ACCESS EXCLUSIVE MODE")


def in_menu(wire: Wire) -> None:
    answer = wire.say("/webhooks/voice/", CallSid=STRANGER, From="+14155550142", To="+14155550100")
    assert verbs(answer) == ["Gather"]


def timed(ask: Callable[[], Any]) -> tuple[Any, float]:
    started = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - started


def test_a_call_that_is_locked_elsewhere_does_not_keep_its_caller_in_silence(wire: Wire) -> None:
    in_menu(wire)
    with somebody_elses(lock_the_call):
        answer, took = timed(
            lambda: wire.say("/webhooks/voice/menu/1/", CallSid=STRANGER, Digits="2")
        )
        assert verbs(answer) == ["Say", "Pause", "Redirect"]
        assert took < GIVES_UP
        assert b"stay on the line" in answer.content
        assert Call.objects.get().state == "in_menu"
    # He is asked after again, and the key that he pressed is not forgotten.
    assert b"http://localhost:8000/webhooks/voice/menu/1/?key=2" in answer.content
    assert verbs(wire.say("/webhooks/voice/menu/1/?key=2", CallSid=STRANGER)) == ["Enqueue"]
    call = Call.objects.select_related("queue").get()
    assert (call.menu_key, call.misses) == ("2", 0)
    assert call.queue is not None
    assert call.queue.name == "Support"


@pytest.mark.postgres
def test_a_table_that_is_locked_as_by_a_migration_is_no_silence_either(wire: Wire) -> None:
    in_menu(wire)
    with somebody_elses(lock_the_table):
        for path in ("menu/1/", "wait/1/", "connect/1/", "fallback/"):
            answer, took = timed(
                lambda path=path: wire.say("/webhooks/voice/" + path, CallSid=STRANGER)
            )
            assert verbs(answer) == ["Say", "Pause", "Redirect"], path
            assert took < GIVES_UP, path
    assert verbs(wire.say("/webhooks/voice/fallback/", CallSid=STRANGER)) == ["Gather"]


def slow(execute: Any, *args: Any) -> Any:
    """A statement that takes a third of the time there is for all."""
    threading.Event().wait(0.3)
    return execute(*args)


def test_many_statements_that_are_slow_together_are_not_begun_without_end(wire: Wire) -> None:
    with connection.execute_wrapper(slow):
        answer, took = timed(
            lambda: wire.say(
                "/webhooks/voice/", CallSid=STRANGER, From="+14155550142", To="+14155550100"
            )
        )
    assert verbs(answer) == ["Say", "Pause", "Redirect"]
    # What runs when time is over may end; no other follows it.
    assert took < GIVES_UP
    assert not Call.objects.exists()
    assert not EventLog.objects.exists()


def test_less_time_counts_at_once_also_after_the_clock_was_put_right(
    wire: Wire, settings: Any
) -> None:
    """Who watches sleeps for the sake of an earlier request, one of an hour ago by now."""
    settings.DJANGO_TWILIO_CALL_WEBHOOKS = {"TIMEOUT": 15}
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        in_menu(wire)
    settings.DJANGO_TWILIO_CALL_WEBHOOKS = {"TIMEOUT": LIMIT}
    with connection.execute_wrapper(slow):
        answer = wire.say("/webhooks/voice/menu/1/", CallSid=STRANGER, Digits="2")
    assert verbs(answer) == ["Say", "Pause", "Redirect"]
    assert Call.objects.get().state == "in_menu"


def test_a_report_that_cannot_be_kept_in_time_is_asked_for_again(wire: Wire) -> None:
    in_menu(wire)
    report = {"CallSid": STRANGER, "CallStatus": "completed", "SequenceNumber": "4"}
    with somebody_elses(lock_the_call):
        answer, took = timed(lambda: wire.say("/webhooks/status/", report))
        assert answer.status_code == 503  # addresses.py: #rp=…5xx
        assert took < GIVES_UP
        assert Call.objects.get().state == "in_menu"
    assert wire.say("/webhooks/status/", report).status_code == 204
    assert Call.objects.get().state == "ended"
    assert RawWebhook.objects.get().applied_at is not None


def test_what_is_answered_in_time_leaves_no_trace(wire: Wire) -> None:
    in_menu(wire)
    kept = connection.connection
    assert verbs(wire.say("/webhooks/voice/menu/1/", CallSid=STRANGER, Digits="1")) == ["Enqueue"]
    assert connection.connection is kept
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            assert cursor.fetchone()[0] == 20_000


def test_the_next_request_after_a_late_one_has_a_sound_connection(wire: Wire) -> None:
    in_menu(wire)
    with somebody_elses(lock_the_call):
        for turn in (1, 1, 1):
            late = wire.say(f"/webhooks/voice/menu/{turn}/", CallSid=STRANGER, Digits="2")
            assert verbs(late) == ["Say", "Pause", "Redirect"]
    for n in range(5):
        answer = wire.say("/webhooks/voice/", CallSid=f"CA{n:032x}", To="+14155550102")
        assert verbs(answer) == ["Enqueue"]


def test_a_longer_time_than_the_network_waits_is_never_taken(settings: Any) -> None:
    settings.DJANGO_TWILIO_CALL_WEBHOOKS = {"TIMEOUT": 15}
    waits = [
        int(match.group(1)) / 1000
        for url in (addresses.arrival(), addresses.wait(1), addresses.status())
        if (match := re.search(r"rt=(\d+)", url))
    ]
    assert len(waits) == 3
    assert time_limit.limit_seconds() < min(waits)
    settings.DJANGO_TWILIO_CALL_WEBHOOKS = {"TIMEOUT": 2}
    assert time_limit.limit_seconds() < 2
