"""While PostgreSQL is away one thread a second looks, and nobody else waits."""

from datetime import UTC, datetime, timedelta

import time_machine

from contact_center.postgresql.outage import Outage

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_while_all_is_well_everybody_may_ask() -> None:
    assert all(Outage().let_through() for _ in range(3))


def test_in_an_outage_one_a_second_looks_and_the_others_do_not_wait() -> None:
    outage = Outage()
    with time_machine.travel(NOON, tick=False) as traveller:
        outage.notice()
        assert not outage.let_through()
        traveller.shift(timedelta(seconds=1))
        assert [outage.let_through() for _ in range(3)] == [True, False, False]
        traveller.shift(timedelta(seconds=1))
        assert outage.let_through()


def test_one_connection_that_was_made_ends_the_outage_for_everybody() -> None:
    outage = Outage()
    outage.notice()
    outage.is_over()
    assert all(outage.let_through() for _ in range(3))
