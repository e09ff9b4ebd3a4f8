"""Agents at their desks: signed in, through the same doors as everybody's browser."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.events import Event
from contact_center.domain.line import Kind
from contact_center.domain.states import Activity, Presence
from contact_center.models import Agent, Offer, OfferState
from contact_center.services import presence
from tests.universe.draws import stream
from tests.universe.house_rules import rules_of
from tests.universe.kills import Killed
from tests.universe.people import MENU_NUMBER
from tests.universe.sending_on import SendsOn

if TYPE_CHECKING:
    from tests.universe.engine import Universe

BEAT_SECONDS = 5.0
#: Without a push the page looks for itself after so many beats.
LOOK_EVERY_BEATS = 3
#: A request that fails is tried again by the page or by the person.
AGAIN_SECONDS = (0.5, 3.0)
#: How soon the network notices that a browser is no more is written nowhere: the seed takes one.
NOTICED_SECONDS = (4.0, 40.0)
#: So many browsers say that they are somebody else.
TAMPERED = 0.02
#: A killed web process is killed after at most so many statements of a door.
MOST_STATEMENTS = 24

#: An event whose push makes this agent's desk look.
_OF_INTEREST = frozenset({
    "call.offered", "offer.withdrawn", "offer.timed_out", "offer.failed", "offer.declined",
    "call.connected", "call.held", "call.resumed", "agent.muted", "agent.unmuted",
    "conversation.ended", "call.ended", "agent.lost", "wrap_up.timed_out", "presence.changed",
    "control.failed", "phone.silent", "agent.relieved", "call.transferred",
})  # fmt: skip

_AT_THE_DESK = """
SELECT offer.id, offer.state, agent.presence, EXISTS (
    SELECT 1 FROM contact_center_agentslot WHERE agent_id = agent.id AND activity = %s
)
FROM contact_center_agent AS agent
LEFT JOIN contact_center_offer AS offer ON offer.agent_id = agent.id AND offer.ended_at IS NULL
WHERE agent.id = %s ORDER BY offer.id LIMIT 1
"""


class Desk:
    """One agent, their browser and what they have in mind."""

    def __init__(self, agent: Agent, universe: "Universe") -> None:
        self.agent = agent
        self.name = f"agent {agent.user.username}"
        self._universe = universe
        self._draw = stream(universe.scenario.seed, "desk", agent.user.username)
        self._client = Client(HTTP_ACCEPT="application/json")
        self._client.force_login(agent.user, backend="django.contrib.auth.backends.ModelBackend")
        self._tampered = stream(universe.scenario.seed, "tampered", agent.user.username)
        self._noticed = stream(universe.scenario.seed, "dead browsers").choice(NOTICED_SECONDS)
        ours = agent.tenant_id == universe.people.cast.tenant.pk
        self._calls_back = ours and "callbacks" in rules_of(universe.scenario.seed)
        self._sends_on = SendsOn(self, universe)
        #: Grows when the tab dies: what the old one had in mind is forgotten.
        self._tab = 0
        self._lease = ""
        self._polls = False
        self._looking = False
        self._beats = 0
        #: What was decided already, by offer and its state.
        self._decided: set[tuple[object, ...]] = set()
        self._legs: dict[str, int] = {}

    # ---- the tab

    def open(self) -> None:
        """Open the desk: be the phone, hear the ring, go on duty."""
        self._tab += 1
        self._polls = False
        self._decided.clear()
        self._looking = False
        self.act("opens the desk")
        self._claim()
        self.after(self._draw.uniform(0.0, BEAT_SECONDS), "beats", self._beat)

    def _claim(self) -> None:
        answer = self.post("/agents/phone/claim/")
        if answer is None or answer.status_code != 200:
            self.after(BEAT_SECONDS, "claims the phone again", self._claim)
            return
        self._lease = json.loads(answer.content)["lease"]
        self._report()

    def _report(self) -> None:
        said = {"lease": self._lease, "ring_heard": "true", "microphone_ok": "true"}
        if self.post("/agents/phone/report/", said) is None:
            self.after(self.wait(), "reports the phone again", self._report)
            return
        self._go_on_duty()

    def _go_on_duty(self) -> None:
        if self.post("/agents/on-duty/", {"lease": self._lease}) is None:
            self.after(self.wait(), "goes on duty again", self._go_on_duty)

    def _dies(self) -> None:
        """The tab or the whole machine dies: its line is cut, nothing is said."""
        universe = self._universe
        self._tab += 1
        self._lease = ""
        self.act("tab dies", self._call_sid())
        for leg in list(self._legs):
            gap = universe.faults.between("tabs", 0.0, self._noticed)
            universe.later(gap, f"{self.name}: line is cut", lambda leg=leg: self._cut(leg))
        away = universe.faults.between("tabs", 1.0, 70.0)
        universe.later(away, f"{self.name} opens the desk anew", self.open)

    def _cut(self, leg: str) -> None:
        if leg in self._legs:
            self.act("leg dies", leg)
            self._universe.network.media_lost(leg)

    def _beat(self) -> None:
        self.after(BEAT_SECONDS, "beats", self._beat)
        universe = self._universe
        if not self._polls and universe.faults.strike("sockets"):
            self._polls = True
            universe.journal.fault(universe.moment, f"{self.name} loses the socket")
            gap = universe.faults.between("sockets", 2.0, 40.0)
            self.after(gap, "has a socket again", self._has_socket)
        if not self._lease:
            return
        if not self._polls:
            # What the socket's consumer does with a beat.
            presence.beat(agent=self.agent, lease_key=self._lease)
        else:
            self.post("/agents/beat/", {"lease": self._lease})
            self._get("/agents/panels/")
        self._beats += 1
        if self._polls or self._beats % LOOK_EVERY_BEATS == 0:
            self._look()

    def _has_socket(self) -> None:
        self._polls = False
        self._look()

    def pushed(self, event: Event) -> None:
        """Something was published that concerns this desk."""
        if self._polls or not self._lease or self._looking or event.name not in _OF_INTEREST:
            return
        self._looking = True
        self.after(self._draw.uniform(0.03, 0.3), "sees it", self._look)

    # ---- looking and deciding

    def _look(self) -> None:
        """See what the panels show, and decide what there is to do."""
        self._looking = False
        offer_id, state, own_presence, is_needed = self._seen()
        if offer_id is None:
            self._look_at_self(own_presence, is_needed)
            return
        once = (offer_id, state)
        if once in self._decided:
            return
        self._decided.add(once)
        offer = Offer.objects.select_related("slot", "call", "queue").get(pk=offer_id)
        match OfferState(offer.state):
            case OfferState.PENDING:
                self._answer_ring(offer)
            case OfferState.CONNECTED:
                self._talk(offer)
            case OfferState.WRAPPING_UP:
                self._wrap_up(offer)
            case _:
                pass

    def _seen(self) -> tuple[int | None, str, str, bool]:
        """Return the offer at this desk and its state, our presence, and whether we are to come
        back. Every desk looks so often that the ORM would be dear."""
        with connection.cursor() as cursor:
            cursor.execute(_AT_THE_DESK, [Activity.NOT_RESPONDING, self.agent.pk])
            offer_id, state, own_presence, is_needed = cursor.fetchone()
        return offer_id, state, own_presence, bool(is_needed)

    def _look_at_self(self, own_presence: str, is_needed: bool) -> None:
        draw = self._draw
        if is_needed:
            self._once(
                "comes back",
                draw.uniform(1.0, 12.0),
                lambda: self.post("/agents/come-back/", {"lease": self._lease}),
            )
        elif own_presence == Presence.OFFLINE:
            self._once("goes on duty", draw.uniform(1.0, 8.0), self._report)
        elif own_presence == Presence.BREAK:
            # Some stay away for longer than a rule allows.
            away = draw.uniform(5.0, 30.0) if draw.random() < 0.7 else draw.uniform(50.0, 90.0)
            self._once("ends the break", away, self._is_available)
        elif draw.random() < 0.02:
            self._once("takes a break", 0.5, self._takes_break)

    def _is_available(self) -> None:
        self.post("/agents/presence/", {"presence": "available", "lease": self._lease})

    def _takes_break(self) -> None:
        [reason, *_] = presence.break_reasons()
        self.post("/agents/presence/", {"presence": "break", "reason": reason})

    def _once(self, what: str, seconds: float, act: Callable[[], object]) -> None:
        """Have it in mind once; by the next look it may be needed again."""
        if ("self", what) in self._decided:
            return
        self._decided.add(("self", what))

        def do() -> None:
            self._decided.discard(("self", what))
            act()

        self.after(seconds, what, do)

    # ---- a ringing call

    def _answer_ring(self, offer: Offer) -> None:
        draw = self._draw
        if self._universe.faults.strike("tabs"):
            gap = self._universe.faults.between("tabs", 0.0, 25.0)
            self.after(gap, "crashes", self._dies)
        mood = draw.random()
        ring = (offer.deadline - offer.offered_at).total_seconds()
        if mood < 0.06:
            return  # looks elsewhere until the ring is over
        if mood < 0.12:
            self.after(draw.uniform(0.3, ring), "declines", lambda: self._decline(offer))
            return
        wait = draw.uniform(0.2, 3.0) if mood < 0.9 else ring + draw.uniform(-0.6, 0.3)
        self.after(wait, "accepts", lambda: self._accept(offer))
        if mood > 0.97:
            # A double click.
            self.after(wait, "accepts", lambda: self._accept(offer))

    def _decline(self, offer: Offer) -> None:
        self.act("declines", offer.call.sid)
        if self.post(f"/agents/offers/{offer.pk}/decline/", {"fence": offer.fence}) is None:
            self.after(self.wait(), "declines again", lambda: self._decline(offer))

    def _accept(self, offer: Offer) -> None:
        self.act("accepts", offer.call.sid)
        said = {"fence": offer.fence, "lease": self._lease}
        answer = self.post(f"/agents/offers/{offer.pk}/accept/", said)
        if answer is None:
            self.after(self.wait(), "accepts again", lambda: self._accept(offer))
            return
        if answer.status_code != 200:
            return
        token = json.loads(answer.content)
        draw = self._draw
        fate = draw.random()
        if fate < 0.02:
            return  # the browser never connects, and says nothing
        if fate < 0.05:
            self.after(draw.uniform(0.2, 4.0), "cannot connect", lambda: self._fail(offer))
            return
        wait = draw.uniform(0.05, 0.8) if fate < 0.97 else draw.uniform(3.0, 40.0)
        self.after(wait, "connects", lambda: self._connect(offer, token))
        if fate > 0.99:
            self.after(wait, "connects twice", lambda: self._connect(offer, token))
        if draw.random() < 0.03:
            self.after(draw.uniform(0.1, 6.0), "thinks better of it", lambda: self._hang_up(offer))

    def _fail(self, offer: Offer) -> None:
        self.post(f"/agents/offers/{offer.pk}/failed/", {"reason": "31401 no microphone"})

    def _connect(self, offer: Offer, token: Mapping[str, Any]) -> None:
        universe = self._universe
        identity = f"u_{self.agent.user_id}_{self._lease}_{token['slot']}"
        said = {"join": token["join"], **self._invented()}
        leg = universe.network.client_connects(identity, said, current().twilio.twiml_app_sid)
        self._legs[leg] = offer.pk
        universe.touch(leg, offer.call.sid)
        self.act("connects", offer.call.sid)
        if self._draw.random() < 0.8:
            self.after(self._draw.uniform(0.2, 0.8), "has a line", lambda: self._joined(leg, offer))
        if universe.faults.strike("legs"):
            gap = universe.faults.between("legs", 0.0, 15.0)
            universe.later(gap, f"{self.name}: line breaks", lambda: self._cut(leg))

    def _invented(self) -> dict[str, str]:
        """A page that somebody has tampered with says it is a colleague."""
        if self._tampered.random() >= TAMPERED:
            return {}
        colleague = self._tampered.choice(self._universe.people.agents)
        return {"From": f"client:u_{colleague.user_id}_{self._lease}_0", "To": MENU_NUMBER}

    def _joined(self, leg: str, offer: Offer) -> None:
        if leg in self._legs:
            self.post(f"/agents/offers/{offer.pk}/joined/")

    # ---- in conversation

    def _talk(self, offer: Offer) -> None:
        draw = self._draw
        at = 0.0
        for _ in range(draw.choice([0, 0, 0, 1, 3])):
            at += draw.choice([0.0, draw.uniform(0.2, 6.0)])
            deed = draw.choice(["hold", "resume", "mute", "unmute", "hold", "resume"])
            self.after(at, deed, lambda deed=deed: self._do(offer, deed))
        if draw.random() < 0.5:
            self.after(draw.uniform(0.5, 30.0), "hangs up", lambda: self._hang_up(offer))
        self._sends_on.talk(offer)
        if offer.call.kind == Kind.CALLBACK and draw.random() < 0.15:
            self.after(
                draw.uniform(0.0, 8.0), "hears a machine", lambda: self._do(offer, "not-reached")
            )
        if draw.random() < 0.05:
            self.after(draw.uniform(0.0, 5.0), "chooses a break", self._chooses_break)
        if draw.random() < 0.3:
            self.after(draw.uniform(0.5, 5.0), "notes", lambda: self._save(offer))

    def _do(self, offer: Offer, deed: str) -> None:
        self.act(f"presses {deed}", offer.call.sid)
        self.post(f"/agents/offers/{offer.pk}/{deed}/")

    def _hang_up(self, offer: Offer) -> None:
        self.act("hangs up", offer.call.sid)
        if self.post(f"/agents/offers/{offer.pk}/hang-up/") is None:
            self.after(self.wait(), "hangs up again", lambda: self._hang_up(offer))
        elif self._draw.random() < 0.1:
            # Some browsers put their own line down as well.
            for leg, of in list(self._legs.items()):
                if of == offer.pk:
                    self._universe.network.far_end_hung_up(leg)

    def _chooses_break(self) -> None:
        [reason, *_] = presence.break_reasons()
        self.post("/agents/next-presence/", {"presence": "break", "reason": reason})

    # ---- after it

    def _wrap_up(self, offer: Offer) -> None:
        draw = self._draw
        if self._calls_back and draw.random() < 0.08:
            self.after(draw.uniform(0.5, 4.0), "promises a call", lambda: self._promise(offer))
        if draw.random() < 0.4:
            return  # until the time is over
        if draw.random() < 0.1:
            self.after(draw.uniform(0.5, 5.0), "wants more time", lambda: self._extend(offer))
        self.after(draw.uniform(0.5, 12.0), "is done", lambda: self._finish(offer))

    def _save(self, offer: Offer) -> None:
        self.post(f"/agents/offers/{offer.pk}/wrap-up/", {"notes": "Asked about the bill."})

    def _promise(self, offer: Offer) -> None:
        """Promise to call in a minute or two; it is written without seconds."""
        at = timezone.now() + timedelta(minutes=self._draw.choice([1, 1, 2]))
        mine = {"mine": "on"} if self._draw.random() < 0.5 else {}
        self.act("promises a call", offer.call.sid)
        self.post(
            f"/agents/offers/{offer.pk}/promise/", {"at": at.strftime("%Y-%m-%dT%H:%M"), **mine}
        )

    def _extend(self, offer: Offer) -> None:
        self.post(f"/agents/offers/{offer.pk}/more-time/")

    def _finish(self, offer: Offer) -> None:
        said = {"notes": "Wants to be rung back on Monday."}
        if self.post(f"/agents/offers/{offer.pk}/finish/", said) is None:
            self.after(self.wait(), "finishes again", lambda: self._finish(offer))

    def leg_ended(self, leg_sid: str) -> None:
        """One of this desk's lines is over."""
        self._legs.pop(leg_sid, None)

    # ---- the doors

    def post(self, path: str, said: Mapping[str, Any] | None = None) -> HttpResponse | None:
        """Press something; None when the answer never came."""
        universe = self._universe
        try:
            with universe.mortal("web", f"POST {path}", MOST_STATEMENTS):
                answer = self._client.post(path, dict(said or {}))
        except Killed:
            universe.saw(f"{self.name} {path} killed", b"")
            self._polls = True
            self.after(self._draw.uniform(1.0, 6.0), "has a socket again", self._has_socket)
            return None
        self._answered(path, answer)
        return answer

    def _get(self, path: str) -> None:
        self._answered(path, self._client.get(path))

    def _answered(self, path: str, answer: Any) -> None:
        universe = self._universe
        universe.saw(f"{self.name} {path} {answer.status_code}", b"")
        universe.journal.door(
            universe.moment, self.agent.pk, path, answer.status_code, answer.content.decode()
        )

    # ---- small things

    def after(self, seconds: float, what: str, act: Callable[[], object]) -> None:
        """Do it later, unless the tab is another one by then."""
        tab = self._tab

        def do() -> None:
            if tab == self._tab:
                act()

        self._universe.later(seconds, f"{self.name} {what}", do)

    def wait(self) -> float:
        """Draw after how long a request that failed is tried again."""
        return self._draw.uniform(*AGAIN_SECONDS)

    def act(self, deed: str, sid: str = "") -> None:
        """Write down that it was done."""
        universe = self._universe
        universe.touch(sid)
        universe.journal.act(universe.moment, self.name, deed, sid)

    def _call_sid(self) -> str:
        for offer_id in self._legs.values():
            return Offer.objects.values_list("call__sid", flat=True).get(pk=offer_id)
        return ""


class Desks:
    """All desks of a universe."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self._desks = [Desk(agent, universe) for agent in universe.people.agents]
        self._by_agent = {desk.agent.pk: desk for desk in self._desks}

    def open(self) -> None:
        """Everybody comes in, within a few seconds."""
        draw = stream(self._universe.scenario.seed, "desks")
        for desk in self._desks:
            wait = draw.uniform(0.0, 6.0)
            self._universe.later(wait, f"{desk.name} comes in", desk.open)

    def pushed(self, event: Event) -> None:
        """Push an event to the desk it concerns."""
        desk = self._by_agent.get(event.agent_id or 0)
        if desk is not None:
            desk.pushed(event)

    def leg_ended(self, leg_sid: str) -> None:
        """A line is over."""
        for desk in self._desks:
            desk.leg_ended(leg_sid)
