"""Run the crowd in the database of DATABASE_URL, which is migrated and empty; print JSON."""

import argparse
import json
import logging
import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from typing import Any

import django

django.setup()

from django.db import connection, connections, transaction  # noqa: E402 - Django comes first
from django.test import override_settings  # noqa: E402

from contact_center.models import AgentSlot, Offer, PhoneLease, Tenant  # noqa: E402
from contact_center.services import offering  # noqa: E402
from tests.harness.waiting import let_pass, wait_until  # noqa: E402
from tests.under_fire.crowd import people  # noqa: E402
from tests.under_fire.crowd.floor import Scale, Visitor, make_floor  # noqa: E402
from tests.under_fire.crowd.verdict import problems  # noqa: E402

CLOCKS = 8
CALLER_PROCESSES = 2
AGENT_PROCESSES = 3
LONGEST_SECONDS = 240
#: What is wrong many times is said a few times.
MOST_PROBLEMS = 20

Pairs = set[tuple[int, int]]


def main() -> int:
    """Make the floor, let everybody loose, wait until they have left, judge."""
    options = argparse.ArgumentParser()
    options.add_argument("--callers", type=int, default=2000)
    options.add_argument("--agents", type=int, default=200)
    options.add_argument("--seed", type=int, default=7)
    chosen = options.parse_args()
    with override_settings(EVENT_SUBSCRIBERS=[]):
        report = run(Scale(chosen.agents, chosen.callers, chosen.seed))
    json.dump(report, sys.stdout)
    return 1 if report["problems"] else 0


def run(scale: Scale) -> dict[str, Any]:
    """Return figures and `problems`, a list of sentences."""
    tenant, visitors = make_floor(scale)
    expected = _what_one_dispatcher_would_do(tenant)
    deadlocks = _deadlocks()
    started = time.monotonic()
    crowd = _Crowd(tenant, visitors, scale.seed)
    crowd.let_loose(after_offers=len(expected))
    seconds = time.monotonic() - started
    found = [*crowd.problems, *problems(visitors), *_first_round(expected)]
    if more := _deadlocks() - deadlocks:
        found.append(f"PostgreSQL broke {more} deadlocks")
    return {
        "callers": scale.callers,
        "agents": scale.agents,
        "seed": scale.seed,
        "seconds": round(seconds, 1),
        "offers": Offer.objects.count(),
        "outcomes": _outcomes(),
        "problems": found[:MOST_PROBLEMS],
        "more problems": len(found[MOST_PROBLEMS:]),
    }


def _what_one_dispatcher_would_do(tenant: Tenant) -> Pairs:
    """Return who would be offered to whom if a single dispatcher were at work; nothing is kept."""
    with transaction.atomic():
        offering.dispatch(tenant.pk)
        pairs = set(Offer.objects.values_list("call_id", "agent_id"))
        transaction.set_rollback(True)
    return pairs


def _first_round(expected: Pairs) -> list[str]:
    """Eight dispatchers let loose on the waiting and the free must pair them as one would."""
    first = Offer.objects.order_by("pk")[: len(expected)]
    strangers = set(first.values_list("call_id", "agent_id")) - expected
    return [
        f"eight dispatchers offered call {call} to agent {agent}; one would not have"
        for call, agent in sorted(strangers)
    ]


class _Crowd:
    """Thirteen processes, and a watch that none of them complains."""

    def __init__(self, tenant: Tenant, visitors: list[Visitor], seed: int) -> None:
        self.problems: list[str] = []
        self._tenant = tenant
        self._visitors = visitors
        self._seed = seed

    def let_loose(self, *, after_offers: int) -> None:
        """Start the clocks, and the people when so many offers are made.

        Returns when everybody has left or LONGEST_SECONDS are over.
        """
        agents = list(AgentSlot.objects.order_by("agent_id").values_list("agent_id", flat=True))
        keys = dict(PhoneLease.objects.values_list("agent_id", "key"))
        _forget_connections()
        # A fork starts in milliseconds; no thread and no connection is there to be copied.
        fork = multiprocessing.get_context("fork")
        over = fork.Value("b", 0)
        complaints = fork.SimpleQueue()

        def is_over() -> bool:
            return bool(over.value)

        clocks = [partial(people.run_clock, self._tenant.pk, is_over)] * CLOCKS
        others = [
            *(
                partial(people.run_callers, self._visitors[n::CALLER_PROCESSES], is_over)
                for n in range(CALLER_PROCESSES)
            ),
            *(
                partial(
                    people.run_agents, agents[n::AGENT_PROCESSES], keys, self._seed + n, is_over
                )
                for n in range(AGENT_PROCESSES)
            ),
        ]
        processes = [
            fork.Process(target=_live, args=(life, complaints)) for life in [*clocks, *others]
        ]
        for process in processes[:CLOCKS]:
            process.start()
        wait_until(lambda: Offer.objects.count() >= after_offers, 30, what="the first round")
        _forget_connections()
        for process in processes[CLOCKS:]:
            process.start()
        self._wait(over, processes)
        for process in processes:
            process.join(20)
            if process.exitcode != 0:
                self.problems.append(f"a process ended with {process.exitcode}")
                process.kill()
        while not complaints.empty():
            self.problems.append(complaints.get())

    def _wait(self, over: "Synchronized[int]", processes: Sequence[BaseProcess]) -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        while not people.everybody_has_left():
            if any(process.exitcode for process in processes):
                break
            if time.monotonic() > deadline:
                self.problems.append(f"after {LONGEST_SECONDS} s not everybody has left")
                break
            let_pass(0.25)
        over.value = 1


class _Complaints(logging.Handler):
    """Sends what a process logs as an error to the one that judges."""

    def __init__(self, queue: Any) -> None:
        super().__init__(logging.ERROR)
        self._queue = queue

    def emit(self, record: logging.LogRecord) -> None:
        self._queue.put(self.format(record)[:2000])


def _live(life: Callable[[], None], complaints: Any) -> None:
    logging.getLogger().addHandler(_Complaints(complaints))
    try:
        life()
    except Exception:  # whatever ends a life is told, and ends the crowd
        logging.getLogger(__name__).exception("somebody fell over")
        raise SystemExit(1)
    finally:
        _forget_connections()


def _forget_connections() -> None:
    for database in connections.all():
        database.close()
        if hasattr(database, "close_pool"):
            database.close_pool()


def _deadlocks() -> int:
    """PostgreSQL's own count, which a process adds to a little after the fact."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _outcomes() -> dict[str, int]:
    outcomes: dict[str, int] = {}
    for outcome in Offer.objects.values_list("outcome", flat=True):
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
