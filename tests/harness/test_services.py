"""The databases that a test run brings along come up empty and leave nothing behind."""

import contextlib
import signal
import subprocess
import sys

import psycopg
import pytest
import redis

from tests.harness.processes import ROOT, listening
from tests.harness.services import TemporaryPostgres, TemporaryRedis, find_postgres, find_redis
from tests.harness.waiting import wait_until


@pytest.mark.skipif(find_postgres() is None, reason="PostgreSQL is not installed")
def test_a_temporary_postgres_answers_and_is_gone_afterwards() -> None:
    with TemporaryPostgres() as postgres:
        with contextlib.closing(psycopg.connect(postgres.url)) as connection:
            tables = connection.execute(
                "select count(*) from pg_tables where schemaname = 'public'"
            ).fetchone()
        assert tables == (0,)
        folder = postgres.folder
        assert folder.exists()
    assert not listening(postgres.port)
    assert not folder.exists()


@pytest.mark.skipif(find_redis() is None, reason="Redis is not installed")
def test_a_temporary_redis_answers_and_is_gone_afterwards() -> None:
    with TemporaryRedis() as server:
        with contextlib.closing(redis.Redis.from_url(server.url)) as client:
            assert client.dbsize() == 0
        folder = server.folder
    assert not listening(server.port)
    assert not folder.exists()


A_RUN = """
from tests.harness.services import TemporaryRedis
with TemporaryRedis() as server:
    print(server.port, flush=True)
    input()
"""


@pytest.mark.skipif(find_redis() is None, reason="Redis is not installed")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_killed_leaves_no_server_behind(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", A_RUN],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        port = int(run.stdout.readline())
        assert listening(port)
        run.send_signal(how)
        run.wait(10)
    wait_until(lambda: not listening(port), 10, what="the end of Redis")


@pytest.mark.skipif(find_postgres() is None, reason="PostgreSQL is not installed")
def test_a_postgres_that_was_stopped_comes_back_with_what_was_in_it() -> None:
    with TemporaryPostgres() as postgres:
        with psycopg.connect(postgres.url) as connection:
            connection.execute("CREATE TABLE kept (word text)")
        postgres.stop()
        assert not listening(postgres.port)
        postgres.start()
        with psycopg.connect(postgres.url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
