"""What agents have in mind who send a caller on: to a queue, a colleague or an outside number."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from django.http import HttpResponse

from contact_center.domain.states import Activity, Presence
from contact_center.models import Agent, Offer, Queue
from tests.universe.draws import stream
from tests.universe.house_rules import rules_of

if TYPE_CHECKING:
    from tests.universe.engine import Universe

#: How many conversations end so, where the house does it at all.
SENT_ON = 0.45
#: Some choose from a list that was read a while ago.
STALE = 0.15
#: The list closes when something was chosen; some were faster with a second press.
PRESSED_TWICE = 0.1


class Buttons(Protocol):
    """What a desk can do."""

    agent: Agent

    def post(self, path: str, said: Mapping[str, Any] | None = None) -> HttpResponse | None:
        """Press something; None when the answer never came."""

    def after(self, seconds: float, what: str, act: Callable[[], object]) -> None:
        """Do it later, unless the tab is another one by then."""

    def act(self, deed: str, sid: str = "") -> None:
        """Write down that it was done."""

    def wait(self) -> float:
        """Draw after how long a request that failed is tried again."""


class SendsOn:
    """One agent, as far as callers are sent on."""

    def __init__(self, desk: Buttons, universe: "Universe") -> None:
        self._desk = desk
        self._universe = universe
        seed = universe.scenario.seed
        self._draw = stream(seed, "sends on", desk.agent.user.username)
        self._does = "transfers" in rules_of(seed)

    def talk(self, offer: Offer) -> None:
        """A conversation has begun; perhaps the caller wants somebody else."""
        draw = self._draw
        if not self._does or draw.random() >= SENT_ON:
            return
        at = draw.choice([draw.uniform(0.0, 1.0), draw.uniform(0.5, 8.0)])
        self._desk.after(at, "sends on", lambda: self._send_on(offer))
        if draw.random() < PRESSED_TWICE:
            again = at + draw.choice([0.0, draw.uniform(0.0, 3.0)])
            self._desk.after(again, "sends on", lambda: self._send_on(offer))

    def _send_on(self, offer: Offer) -> None:
        kind = self._draw.choice(["queue", "agent", "agent", "number"])
        path, said = f"/agents/offers/{offer.pk}/to-number/", {}
        if kind == "number":
            said = {"number": self._universe.outsiders.number()}
        else:
            chosen = (
                self._queue() if kind == "queue" else colleague_of(self._desk.agent, self._draw)
            )
            if chosen is None:
                return
            path = f"/agents/offers/{offer.pk}/to-{kind}/{chosen}/"
        self._press(offer, kind, path, said)

    def _press(self, offer: Offer, kind: str, path: str, said: Mapping[str, str]) -> None:
        self._desk.act(f"sends on to {path.split('/to-')[1]}", offer.call.sid)
        if self._desk.post(path, said) is None:
            self._desk.after(
                self._desk.wait(), "sends on again", lambda: self._press(offer, kind, path, said)
            )

    def _queue(self) -> int:
        own = Queue.objects.filter(tenant_id=self._desk.agent.tenant_id).order_by("pk")
        return self._draw.choice(list(own.values_list("pk", flat=True)))


def colleague_of(agent: Agent, draw: Any) -> int | None:
    """Draw a colleague, mostly one who is free; None where nobody seems to be."""
    others = Agent.objects.filter(tenant_id=agent.tenant_id).exclude(pk=agent.pk).order_by("pk")
    if draw.random() >= STALE:
        others = others.filter(
            presence=Presence.AVAILABLE, phone__isnull=False, slots__activity=Activity.IDLE
        )
    found = list(others.values_list("pk", flat=True))
    return draw.choice(found) if found else None
