"""Real threads on PostgreSQL: what two processes do at the same moment, one of them has done.

The floor runs in one thread and cannot find these. Everything here is repeated a few times with
all threads let loose at once; whatever any of them raises fails the test, a deadlock included.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone
from twilio.request_validator import RequestValidator

from contact_center.conf import current
from contact_center.errors import NotAllowed
from contact_center.models import Agent, Offer
from contact_center.services import offering, presence, timing
from tests.cast import make_agent
from tests.universe.floor import Floor

T = TypeVar("T")


def all_at_once(*deeds: Callable[[], T]) -> list[T | Exception]:
    """Run each deed in a thread of its own, all let loose together; return what came of each.

    A refusal in words is an answer like any other; everything else that is raised fails the test.
    """
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[], T]) -> T | Exception:
        try:
            start.wait(10)
            return deed()
        except NotAllowed as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return [future.result(30) for future in [threads.submit(run, deed) for deed in deeds]]


@contextmanager
def held(rows: Any) -> Iterator[Callable[[], None]]:
    """Hold a lock on ``rows`` in another transaction until the block, or ``let_go``, ends it."""
    holding, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                list(rows.select_for_update())
                holding.set()
                let_go.wait(20)
        finally:
            connections.close_all()

    keeper = threading.Thread(target=hold)
    keeper.start()
    assert holding.wait(10)
    try:
        yield let_go.set
    finally:
        let_go.set()
        keeper.join(10)


def waiting_for_locks() -> int:
    """How many transactions of this database wait for a lock at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def refusals(results: Sequence[object]) -> list[NotAllowed]:
    return [result for result in results if isinstance(result, NotAllowed)]


def crowd(cast: Any, size: int, *, slots: int = 1) -> list[Agent]:
    """So many agents on duty who serve Support, with room for so many calls each."""
    agents = [make_agent(cast.tenant, f"agent{n}", cast.support, slots=slots) for n in range(size)]
    for agent in agents:
        lease = presence.claim_phone(agent=agent)
        presence.report_phone(agent=agent, lease_key=lease.key, ring_heard=True, microphone_ok=True)
        presence.go_on_duty(agent=agent, lease_key=lease.key)
    return agents


def ringing(floor: Floor, cast: Any) -> tuple[str, Offer, str]:
    lease = floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    return sid, offer, lease.key


def accept(offer: Offer, agent: Agent, key: str) -> Callable[[], str]:
    return lambda: offering.accept_offer(offer=offer, agent=agent, fence=offer.fence, lease_key=key)


def signed(path: str, **fields: str) -> Callable[[], tuple[int, bytes]]:
    """A webhook as the network sends it; returns status and body when called."""
    twilio = current().twilio
    said = {"AccountSid": twilio.account_sid, **fields}
    signature = RequestValidator(twilio.auth_token.get_secret_value()).compute_signature(
        twilio.webhook_base_url + path, said
    )

    def post() -> tuple[int, bytes]:
        answer = Client().post(
            path,
            urlencode(said),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": signature},
        )
        return answer.status_code, answer.content

    return post


def much_later() -> datetime:
    return timezone.now() + timedelta(minutes=10)


def time_runs_out() -> object:
    """The clock finds every timer due."""
    return timing.run_due_timers(much_later())
