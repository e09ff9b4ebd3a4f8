"""Live without lies: a page that only listened shows what a new one would, whatever happened.

Two teams are at work: what happens is drawn at random from all that can. After each thing a floor
and another page, after every fourth all that are open, have taken what was pushed, as htmx does,
and are compared with what is painted anew; and all of them together, read as of that moment, call
the same agents free: those who could take a call.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.urls import reverse

from contact_center.domain.alerting import AlertKind
from contact_center.domain.states import Presence
from contact_center.errors import NotAllowed
from contact_center.models import (
    Agent,
    AgentSlot,
    AlertRule,
    Call,
    HelpRequest,
    Offer,
    OfferState,
    Queue,
    Role,
    Team,
    TeamSupervisor,
    Tile,
    User,
    Wallboard,
)
from contact_center.selectors.scopes import Scope
from contact_center.services import displaying, helping, offering, overruling, presence, talking
from contact_center.services.displaying import Board
from realtime.rendering import View, agent_views, queue_views, wall_views
from tests.cast import make_agent, make_user
from tests.realtime.conftest import CALM, OpenPage, Page, signed_in
from tests.realtime.test_hub import catch_up, changed
from tests.realtime.world import World

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = 28
#: How often, or nobody would be free and hardly a call would ever come to its end; of others 2.
WEIGHTS = {
    "dispatch": 8,
    "accept": 12,
    "connect": 12,
    "wrap-up ends": 6,
    "available": 3,
    "break": 1,
    "is set to a break": 1,
}
Deed = Callable[[], Any]


class Day:
    """Two teams at work, and everything that may happen next."""

    def __init__(self, world: World) -> None:
        cast = world.cast
        self.world = world
        # Chen serves Support for both: what one team does changes what the other's page shows.
        chen = make_agent(cast.tenant, "chen", cast.support)
        world.go_on_duty(chen)
        self.agents = [world.alice, world.bob, chen]
        teams = [Team.objects.create(tenant=cast.tenant, name=name) for name in ("North", "South")]
        for agent, team in ((world.alice, 0), (world.bob, 1), (chen, 1)):
            agent.team = teams[team]
            agent.save(update_fields=["team"])
        self.north, self.south = teams
        self.nora: User = make_user(cast.tenant, "nora", Role.SUPERVISOR)
        TeamSupervisor.objects.create(team=self.north, user=self.nora)
        self.board: Wallboard = displaying.make_wallboard(
            board=Board(name="Hall", tiles=list(Tile), queues=None, page_seconds=15),
            actor=world.carol,
        )
        # Nobody has waited for too long merely because this machine is slow.
        AlertRule.objects.create(
            tenant=cast.tenant, kind=AlertKind.LONGEST_WAIT, threshold=36_000, near=36_000
        )
        self.story: list[str] = []

    def something(self, chance: random.Random) -> None:
        """Let one of the things happen that can."""
        # By kind first: else most of a day is callers who hang up and agents who take breaks.
        kinds: dict[str, list[tuple[str, Deed]]] = defaultdict(list)
        for name, deed in self.possible():
            kinds[name.split(": ")[-1]].append((name, deed))
        words = sorted(kinds)
        (word,) = chance.choices(words, [WEIGHTS.get(word, 2) for word in words])
        name, deed = chance.choice(kinds[word])
        self.story.append(name)
        try:
            deed()
        except NotAllowed as refusal:
            self.story.append(f"  refused: {refusal}")

    def possible(self) -> Iterator[tuple[str, Deed]]:
        """Yield what can happen now, and the word for it in the story of a failure."""
        world, tenant = self.world, self.world.cast.tenant
        live = list(Call.objects.filter(tenant=tenant, ended_at=None))
        if len(live) < 5:
            yield "somebody rings Sales", lambda: world.ring_in("+14155550101")
            yield "somebody rings Support", lambda: world.ring_in("+14155550102")
            yield "somebody rings the menu", world.ring_in_at_the_menu
        for call in live:
            yield f"call {call.pk}: hangs up", lambda call=call: world.caller_hangs_up(call)
        yield "dispatch", lambda: offering.dispatch(tenant.pk)
        offers = Offer.objects.filter(tenant=tenant, ended_at=None)
        for offer in offers.select_related("agent", "slot", "call"):
            for word, deed in self._with(offer):
                yield f"offer {offer.pk}: {word}", deed
        for agent in self.agents:
            for word, deed in self._by(Agent.objects.get(pk=agent.pk)):
                yield f"agent {agent.pk}: {word}", deed
        for asked in HelpRequest.objects.filter(tenant=tenant, ended_at=None, answered_by=None):
            yield (
                f"help {asked.pk} is answered",
                lambda asked=asked: helping.answer_help(request=asked, supervisor=world.carol),
            )

    def _with(self, offer: Offer) -> Iterator[tuple[str, Deed]]:
        world, agent = self.world, offer.agent
        match offer.state:
            case OfferState.PENDING:
                yield "accept", lambda: world.accept(offer)
                yield "decline", lambda: world.decline(offer)
                yield "is not answered", lambda: _atomically(offering.time_out_offer, offer)
            case OfferState.ACCEPTED:
                yield "connect", lambda: world.connect(offer)
                yield "agent is lost", lambda: world.lose_agent(offer)
            case OfferState.CONNECTED:
                if offer.held_at:
                    yield "resume", lambda: self._resume(offer)
                else:
                    yield "hold", lambda: world.hold(offer)
                yield "help", lambda: helping.ask_for_help(offer=offer, agent=agent)
                yield "no help", lambda: helping.withdraw_help(offer=offer, agent=agent)
                yield "agent is lost", lambda: world.lose_agent(offer)
            case OfferState.WRAPPING_UP:
                yield "wrap-up ends", lambda: world.finish(offer)

    def _by(self, agent: Agent) -> Iterator[tuple[str, Deed]]:
        key = self.world.leases[agent.pk].key
        yield "break", lambda: self.world.take_a_break(agent)
        yield (
            "available",
            lambda: presence.set_presence(agent=agent, presence=Presence.AVAILABLE, lease_key=key),
        )
        yield "is back", lambda: presence.come_back(agent=agent, lease_key=key)
        yield (
            "is set to a break",
            lambda: overruling.change_presence(
                agent=agent, to=Presence.BREAK, reason="lunch", actor=self.world.carol
            ),
        )

    def _resume(self, offer: Offer) -> None:
        talking.resume(offer=offer, agent=offer.agent)
        _atomically(talking.happened, offer, "resume")


def _atomically(deed: Callable[..., object], *args: object) -> None:
    with transaction.atomic():
        deed(*args)


# What is free, and who says so


def who_is_free(day: Day) -> set[int]:
    """Who could take a call: chose to, has none in any way, and answers."""
    busy = Offer.objects.filter(ended_at=None).values("agent_id")
    silent = AgentSlot.objects.filter(activity="not_responding").values("agent_id")
    free = Agent.objects.filter(presence="available", pk__in=[one.pk for one in day.agents])
    return set(free.exclude(pk__in=busy).exclude(pk__in=silent).values_list("pk", flat=True))


def number(pattern: str, html: str) -> int:
    """The one number that stands there."""
    found = re.findall(pattern, html, re.DOTALL)
    assert len(found) == 1, (pattern, found, html)
    return int(re.sub(r"<[^>]+>|—", "", found[0]).strip() or 0)


def free_on_the_floor(floor: dict[str, str]) -> int:
    """What the tile says."""
    tile = r'figures/agents-available/[^"]*"[^>]*>(?:(?!</a>).)*class="value figure">(\d+)<'
    return number(tile, floor["floor-tiles"])


def free_in(floor: dict[str, str], queue: Queue) -> int:
    """What the row of a queue says."""
    link = rf'figures/agents-available/\?(?:team=\d+&amp;)?queue={queue.pk}"[^>]*>(\d+)<'
    return number(link, floor["floor-queues"])


def free_in_the_grid(floor: dict[str, str]) -> set[int]:
    """The agents whose row says that they are available."""
    row = r'id="agent-row-(\d+)">.*?</tr>'
    return {
        int(found[1])
        for found in re.finditer(row, floor["floor-agents"], re.DOTALL)
        if 'data-state="available"' in found[0]
    }


def counted_in_the_grid(floor: dict[str, str]) -> int:
    """How many the line of states says are available."""
    found = re.findall(
        r'id="count-available"(?:(?!</a>).)*<b>(\d+)</b>', floor["floor-agents"], re.DOTALL
    )
    return int(found[0]) if found else 0


def on_a_page_of_its_own(who: User, name: str, *args: object) -> str:
    answer = signed_in(who).get(reverse(f"supervisors:{name}", args=args))
    assert answer.status_code == 200
    return str(answer.content.decode())


def compare_all_views(day: Day, shown: dict[str, dict[str, str]]) -> None:
    """Every view of this moment calls the same agents free, and no other."""
    free = who_is_free(day)
    ours = free & {one.pk for one in day.agents if one.team_id == day.north.pk}
    for floor, theirs in ((shown["carol"], free), (shown["nora"], ours)):
        assert free_on_the_floor(floor) == len(theirs)
        assert free_in_the_grid(floor) == theirs
        assert counted_in_the_grid(floor) == len(theirs)
        for queue in Queue.objects.filter(tenant=day.world.cast.tenant):
            serving = set(queue.agents.values_list("pk", flat=True))
            assert free_in(floor, queue) == len(theirs & serving)
    assert free_in_the_grid(shown["free"]) == free, "only who is free is on this one"
    assert set(re.findall(r'id="agent-row-(\d+)"', shown["free"]["floor-agents"])) == {
        str(pk) for pk in free
    }
    for agent in day.agents:
        says = re.findall(
            r'id="agent-now"[^>]*data-state="([^"]+)"', shown[f"{agent.pk}"]["agent-now"]
        )
        assert (says == ["available"]) is (agent.pk in free)
    wall = shown["wall"]["wall-board"]
    tile = r'Free agents</h2>\s*<p class="value">(.*?)</p>'
    assert number(tile, wall) == len(free)
    assert number(
        r'<li[^>]*data-state="available".*?<b[^>]*>(.*?)</b>', wall.split("</ul>")[0]
    ) == len(free)
    for who, theirs in ((day.world.carol, free), (day.nora, ours)):
        figure = on_a_page_of_its_own(who, "figure", "agents-available")
        assert number(r'<p class="value">(.*?)</p>', figure) == len(theirs)
        for queue in Queue.objects.filter(tenant=day.world.cast.tenant):
            serving = set(queue.agents.values_list("pk", flat=True))
            page = on_a_page_of_its_own(who, "queue", queue.pk)
            assert page.count('data-state="available"') == len(theirs & serving)


# The test


async def open_pages(day: Day, open_page: OpenPage) -> dict[str, Page]:
    """Everything a supervisor can have open, by the name it has in this test."""
    pages = {
        "carol": await open_page("/ws/floor/", day.world.carol),
        "nora": await open_page("/ws/floor/", day.nora),
        "free": await open_page("/ws/floor/?state=available&sort=time", day.world.carol),
        "support": await open_page(
            f"/ws/floor/?team={day.south.pk}&queue={day.world.cast.support.pk}", day.world.carol
        ),
    }
    for agent in day.agents:
        page = await open_page(f"/ws/agents/{agent.pk}/", day.world.carol)
        pages[f"{agent.pk}"] = listens(page, agent_views(agent.pk), agent.pk)
    for queue in (day.world.cast.support, day.world.cast.sales):
        page = await open_page(f"/ws/queues/{queue.pk}/", day.world.carol)
        of_queue = Scope(queue.tenant_id, queue_id=queue.pk)
        pages[queue.name] = listens(page, queue_views(of_queue), queue.tenant_id)
    page = await open_page(f"/ws/wallboards/{day.board.pk}/", day.world.carol)
    walls = wall_views(day.board.tenant_id, day.board.pk)
    pages["wall"] = listens(page, walls, day.board.pk)
    return pages


def listens(page: Page, views: frozenset[View], subject: int) -> Page:
    page.subjects = dict.fromkeys(views, subject)
    return page


@pytest.mark.parametrize("seed", [4, 8])
@pytest.mark.parametrize("pace", [replace(CALM, silence=600.0)])
async def test_whatever_happens_every_page_says_what_is_so_and_all_say_the_same(
    world: World, open_page: OpenPage, settings: Any, seed: int
) -> None:
    # Today's figures say themselves as of when they are; here what is live is looked at.
    settings.DJANGO_TWILIO_CALL_ANALYTICS = {"REAL_TIME_CACHE": 3600}
    chance, choice = random.Random(seed), random.Random(seed)
    day = await sync_to_async(Day)(world)
    pages = await open_pages(day, open_page)
    shown = {name: await page.snapshot() for name, page in pages.items()}
    try:
        for step in range(STEPS):
            await sync_to_async(day.something)(chance)
            together = step % 4 == 3
            for name in pages if together else ("carol", choice.choice(sorted(pages))):
                await catch_up(pages[name], shown[name])
            if together:
                await sync_to_async(compare_all_views)(day, shown)
    except AssertionError as wrong:
        wrong.add_note(f"seed {seed}, after:\n" + "\n".join(day.story))
        raise
    happened = {one.split(": ")[-1] for one in day.story}
    # What can happen at a step depends on who is found first, and so on the database.
    assert happened >= {"accept", "connect"}, "too little happened to prove much"
    again = await open_pages(day, open_page)
    for name, page in again.items():
        assert not changed(await page.snapshot(), shown[name]), name
