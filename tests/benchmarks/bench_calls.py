"""How many calls an hour go through: whole scripted calls, without sound, through real processes.

Two web processes, a clock and a socket server on PostgreSQL and Redis, the phone network without
sound, and the callers and agents themselves, all on this machine. There are always CALLERS calls
under way: whoever hangs up is followed by another. A call rings, waits, is offered, accepted,
connected, talks for a second and is wrapped up. An agent's page learns of an offer from its socket;
here the offers are read from the database, so that what is measured is the calls.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from tests.benchmarks.measures import Measure, percentile
from tests.harness.installation import Installation
from tests.harness.processes import ROOT
from tests.harness.simulator import SUPPORT_NUMBER
from tests.harness.virtual_desk import VirtualDesk
from tests.harness.waiting import let_pass

AGENTS = 16
CALLERS = 24
SECONDS = 30
WARM_UP = 5
TALK_SECONDS = 1.0
#: How often what happened is looked at.
LOOK_SECONDS = 0.05

PEOPLE = f"""
import django
django.setup()
from django.contrib.auth.hashers import make_password
from contact_center.models import Agent, AgentSlot, Queue, QueueMember, Tenant, User
tenant, support = Tenant.objects.get(), Queue.objects.get(name="Support")
word = make_password("demo")
for number in range({AGENTS}):
    user = User.objects.create(tenant=tenant, username=f"eager{{number}}", password=word)
    agent = Agent.objects.create(tenant=tenant, user=user)
    agent.slots.exists() or AgentSlot.objects.create(agent=agent, number=0)
    QueueMember.objects.create(queue=support, agent=agent)
"""

LIVE_OFFERS = """
    SELECT person.username, offer.id, offer.fence, offer.state
    FROM contact_center_offer AS offer
    JOIN contact_center_agent AS agent ON agent.id = offer.agent_id
    JOIN contact_center_user AS person ON person.id = agent.user_id
    WHERE offer.ended_at IS NULL AND offer.state IN ('pending', 'wrapping_up')
"""
CALLS = """
    SELECT count(*) FILTER (WHERE ended_at IS NULL), count(*) FILTER (WHERE ended_at IS NOT NULL)
    FROM contact_center_call
"""
#: Who was lost, and what is written down as the reason.
UNANSWERED = """
    SELECT ended_by || ': ' || end_reason FROM contact_center_call
    WHERE ended_at IS NOT NULL AND answered_at IS NULL
"""
#: From the moment at which somebody waits and somebody is free to the offer.
WAITS = """
    SELECT extract(epoch FROM offer.offered_at - greatest(segment.wait_started_at, before.ended_at))
    FROM contact_center_offer AS offer
    JOIN contact_center_segment AS segment ON segment.id = offer.segment_id
    JOIN LATERAL (
        SELECT max(ended_at) AS ended_at FROM contact_center_offer
        WHERE agent_id = offer.agent_id AND id < offer.id
    ) AS before ON true
    WHERE before.ended_at IS NOT NULL
"""


def run() -> dict[str, object]:
    """Calls an hour, who was lost, and how long a free agent waited for the offer."""
    with (
        TemporaryDirectory() as folder,
        Installation(Path(folder), clocks=1) as site,
        psycopg.connect(site.postgres.url, autocommit=True) as database,
    ):
        subprocess.run([sys.executable, "-c", PEOPLE], env=site.environment, cwd=ROOT, check=True)
        desks = {}
        for number in range(AGENTS):
            desk = EagerDesk(f"eager{number}", site.door.url, site.network.url)
            desk.go_on_duty()
            desks[desk.username] = desk
        with _everybody_answers(database, desks):
            _keep_ringing(site, WARM_UP)
            ended_before, began = _ended(site), time.monotonic()
            _keep_ringing(site, SECONDS)
            rate = (_ended(site) - ended_before) / (time.monotonic() - began)
            lost = _column(site, UNANSWERED)
            waits = [float(seconds) for seconds in _column(site, WAITS)]
    return {
        "calls": Measure(rate * 3600, "an hour", note=f"{rate * 60:.0f} a minute"),
        "callers nobody answered": Measure(len(lost), "", at_most=0, note=", ".join(lost)),
        "agent free to offer": ", ".join(
            f"p{percent} {percentile(waits, percent) * 1000:.0f} ms" for percent in (50, 95, 99)
        ),
    }


class EagerDesk(VirtualDesk):
    """An agent who is told what rings, instead of asking."""

    def __init__(self, username: str, site_url: str, network_url: str) -> None:
        super().__init__(username, site_url, network_url)
        self.busy = threading.Lock()

    def _work(self) -> None:
        """Only be heard of; what rings comes through `take`."""

    def beat(self) -> None:
        """The page is alive."""
        self._ask("/beat/", lease=self._lease)

    def take(self, offer: int, fence: int, state: str) -> None:
        """Accept what rings, finish what is over."""
        try:
            if state == "pending":
                self._answer(str(offer), str(fence))
            else:
                self._ask(f"/offers/{offer}/finish/", notes="", disposition="")
        finally:
            self.busy.release()


@contextmanager
def _everybody_answers(
    database: "psycopg.Connection[Any]", desks: dict[str, EagerDesk]
) -> Iterator[None]:
    going_home = threading.Event()

    def look() -> None:
        beaten = 0.0
        with ThreadPoolExecutor(AGENTS) as hands:
            while not going_home.wait(LOOK_SECONDS):
                if time.monotonic() - beaten > 5:
                    beaten = time.monotonic()
                    for desk in desks.values():
                        hands.submit(desk.beat)
                for username, offer, fence, state in database.execute(LIVE_OFFERS).fetchall():
                    desk = desks.get(username)
                    if desk is not None and desk.busy.acquire(blocking=False):
                        hands.submit(desk.take, offer, fence, state)

    eyes = threading.Thread(target=look, name="agents")
    eyes.start()
    try:
        yield
    finally:
        going_home.set()
        eyes.join()


def _keep_ringing(site: Installation, seconds: float) -> None:
    until = time.monotonic() + seconds
    with psycopg.connect(site.postgres.url, autocommit=True) as database:
        while time.monotonic() < until:
            row = database.execute(CALLS).fetchone()
            assert row is not None
            for _missing in range(CALLERS - row[0]):
                site.network.call(SUPPORT_NUMBER, patience_s=120, talk_s=TALK_SECONDS)
            let_pass(LOOK_SECONDS)


def _ended(site: Installation) -> int:
    with psycopg.connect(site.postgres.url) as database:
        row = database.execute(CALLS).fetchone()
        assert row is not None
        return int(row[1])


def _column(site: Installation, statement: str) -> list[Any]:
    with psycopg.connect(site.postgres.url) as database:
        return [row[0] for row in database.execute(statement).fetchall()]
