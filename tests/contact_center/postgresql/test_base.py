"""A PostgreSQL that was restarted costs a process one failure, not one for every connection."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.utils import ConnectionHandler

from tests.harness.waiting import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CONNECTIONS = 6


@pytest.fixture
def pooled() -> Any:
    """A site's own way to the database of this test, with connections that nobody uses."""
    there = {**settings.DATABASES["default"], "NAME": connection.settings_dict["NAME"]}
    handler = ConnectionHandler({"default": there})
    together = Barrier(CONNECTIONS)

    def use_one() -> None:
        ask(handler)
        together.wait(10)
        handler["default"].close()

    with ThreadPoolExecutor(CONNECTIONS) as people:
        for used in [people.submit(use_one) for _ in range(CONNECTIONS)]:
            used.result(20)
    yield handler
    handler["default"].close()
    handler["default"].close_pool()


def ask(handler: Any) -> int:
    """One small question."""
    with handler["default"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end_every_connection_but_our_own() -> None:
    """What a restart of PostgreSQL does to them."""
    there = connection.settings_dict
    address = {"host": there["HOST"], "port": there["PORT"], "user": there["USER"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **address) as another:
        ended = another.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND state = 'idle'",
            [there["NAME"]],
        ).fetchall()
    assert len(ended) >= CONNECTIONS


def test_after_a_restart_one_request_fails_and_no_other(pooled: Any) -> None:
    connection.close()
    end_every_connection_but_our_own()
    failures = 0
    for _request in range(3 * CONNECTIONS):
        try:
            ask(pooled)
        except OperationalError:
            failures += 1
        finally:
            pooled["default"].close()
    assert failures == 1
    wait_until(lambda: ask(pooled) > 0, what="a pool that is well")
