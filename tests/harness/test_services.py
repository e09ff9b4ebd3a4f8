"""The databases that a test run brings along come up empty and leave nothing behind."""

import contextlib

import psycopg
import pytest
import redis

from tests.harness.processes import listening
from tests.harness.services import TemporaryPostgres, TemporaryRedis, find_postgres, find_redis


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
