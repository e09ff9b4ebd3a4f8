"""What clocks, callers and agents do. Each function is the life of one process."""

import heapq
import itertools
import random
import time
from collections.abc import Callable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from contact_center import addresses
from contact_center.domain.states import Activity, Presence
from contact_center.errors import NotAllowed
from contact_center.models import Agent, AgentSlot, Call, Offer, OfferState
from contact_center.services import (
    answering,
    connecting,
    offering,
    presence,
    queueing,
    reporting,
    timing,
    wrapping_up,
)
from tests.harness.waiting import let_pass
from tests.under_fire.crowd.floor import Visitor

#: How long a clock and an agent look away when there was nothing to do.
CLOCK_SECONDS = 0.2
AGENT_SECONDS = 0.2
#: A call lasts this long, counted from its acceptance.
CALL_SECONDS = (0.5, 3.0)

Deed = Callable[[], None]


class Diary:
    """Deeds with a time, done in order. What is refused in words was refused rightly."""

    def __init__(self) -> None:
        self._deeds: list[tuple[float, int, Deed]] = []
        self._numbers = itertools.count()

    def note(self, in_seconds: float, deed: Deed) -> None:
        """Do `deed` so many seconds from now."""
        heapq.heappush(self._deeds, (time.monotonic() + in_seconds, next(self._numbers), deed))

    def __len__(self) -> int:
        return len(self._deeds)

    def do_what_is_due(self) -> bool:
        """Do everything that is due; return whether there was anything."""
        did = False
        while self._deeds and self._deeds[0][0] <= time.monotonic():
            did = True
            deed = heapq.heappop(self._deeds)[2]
            try:
                deed()
            except NotAllowed:
                continue
        return did


# --- clocks -----------------------------------------------------------------------------------


def run_clock(tenant_id: int, is_over: Callable[[], bool]) -> None:
    """Run due timers and pair callers with agents, as the clock does, until all is over."""
    while not is_over():
        ran = timing.run_due_timers(timezone.now())
        made = sum(offering.dispatch(tenant_id) for tenant_id in offering.tenants_with_work())
        if not ran and not made:
            let_pass(CLOCK_SECONDS)


# --- callers ----------------------------------------------------------------------------------


def run_callers(visitors: Sequence[Visitor], is_over: Callable[[], bool]) -> None:
    """Let everybody ring in time, and the impatient give up."""
    diary = Diary()
    now = timezone.now()
    for visitor in visitors:
        rings_in = (visitor.rings_at - now).total_seconds()
        if not visitor.waits_already:
            diary.note(rings_in, _waits(visitor))
        if visitor.patience is not None:
            diary.note(max(0.0, rings_in) + visitor.patience, _hangs_up(visitor.call_sid))
    while len(diary) and not is_over():
        if not diary.do_what_is_due():
            let_pass(0.005)


def _waits(visitor: Visitor) -> Deed:
    return lambda: _first_wait(visitor)


def _first_wait(visitor: Visitor) -> None:
    queueing.keep_waiting(visitor.segment, call_sid=visitor.call_sid, queue_sid="QU" + "0" * 32)


def _hangs_up(call_sid: str) -> Deed:
    said = {"CallSid": call_sid, "CallStatus": "completed", "SequenceNumber": "9"}
    return lambda: reporting.receive_report("status", "/webhooks/status/", said)


# --- agents -----------------------------------------------------------------------------------


def run_agents(
    agents: Sequence[int], keys: Mapping[int, str], seed: int, is_over: Callable[[], bool]
) -> None:
    """Let these agents answer, decline, miss calls, talk, wrap up, take breaks and come back."""
    crew = _Crew(agents, keys, random.Random(seed))
    while not is_over():
        crew.look()
        if not crew.diary.do_what_is_due():
            let_pass(AGENT_SECONDS)


class _Crew:
    def __init__(
        self, agents: Sequence[int], keys: Mapping[int, str], chance: random.Random
    ) -> None:
        self.diary = Diary()
        self._keys = keys
        self._chance = chance
        self._agents = {
            agent.pk: agent for agent in Agent.objects.select_related("user").filter(pk__in=agents)
        }
        self._seen: set[int] = set()
        self._legs = (f"CA{pk:08x}{n:024x}" for pk in [agents[0]] for n in itertools.count())

    def look(self) -> None:
        """See which desks ring and who is not responding."""
        ringing = Offer.objects.filter(
            agent_id__in=self._agents, state=OfferState.PENDING, ended_at=None
        )
        for offer in ringing.select_related("call", "slot").exclude(pk__in=self._seen):
            self._seen.add(offer.pk)
            self._decide(offer)
        absent = AgentSlot.objects.filter(
            agent_id__in=self._agents, activity=Activity.NOT_RESPONDING
        )
        for agent_id in absent.values_list("agent_id", flat=True):
            self.diary.note(self._chance.uniform(0, 0.5), self._comes_back(agent_id))

    def _decide(self, offer: Offer) -> None:
        chance = self._chance.random()
        wait = self._chance.uniform(0, 0.6)
        if chance < 0.12:
            self.diary.note(wait, lambda: self._decline(offer))
        elif chance < 0.15:
            return  # she is not at her desk
        elif chance < 0.20:
            self.diary.note(wait, lambda: self._takes_a_break(offer.agent_id))
            self.diary.note(wait, lambda: self._accept(offer))
        elif chance < 0.25:
            self.diary.note(wait, lambda: self._talk(offer))
        else:
            self.diary.note(wait, lambda: self._accept(offer))

    def _decline(self, offer: Offer) -> None:
        agent = self._agents[offer.agent_id]
        offering.decline_offer(offer=offer, agent=agent, fence=offer.fence)

    def _accept(self, offer: Offer) -> str:
        """She accepts; before her browser connects, the caller is gone."""
        token = offering.accept_offer(
            offer=offer,
            agent=self._agents[offer.agent_id],
            fence=offer.fence,
            lease_key=self._keys[offer.agent_id],
        )
        self.diary.note(self._chance.uniform(*CALL_SECONDS), _hangs_up(offer.call.sid))
        return token

    def _talk(self, offer: Offer) -> None:
        """She accepts and they talk; her wrap-up is short."""
        token = self._accept(offer)
        agent = self._agents[offer.agent_id]
        leg, identity = next(self._legs), f"u_{agent.user_id}_{self._keys[agent.pk]}_0"
        with transaction.atomic():
            connecting.let_browser_in(leg_sid=leg, identity=identity, token=token)
        self._joins(offer, leg, 1)
        answering.answer_once(
            call_sid=offer.call.sid,
            path=f"/webhooks/voice/connect/{offer.pk}/",
            produce=lambda: answering.connect(offer.call.sid, offer.pk),
        )
        self._joins(offer, offer.call.sid, 2)
        self.diary.note(self._chance.uniform(*CALL_SECONDS) + 3.0, lambda: self._finish(offer))

    def _joins(self, offer: Offer, leg_sid: str, number: int) -> None:
        said = {
            "CallSid": leg_sid,
            "ConferenceSid": f"CF{offer.pk:032x}",
            "FriendlyName": offer.conference_name,
            "StatusCallbackEvent": "participant-join",
            "SequenceNumber": str(number),
        }
        reporting.receive_report("conference", addresses.CONFERENCE_PATH, said)

    def _finish(self, offer: Offer) -> None:
        wrapping_up.finish(offer=offer, agent=self._agents[offer.agent_id])

    def _takes_a_break(self, agent_id: int) -> None:
        agent = self._agents[agent_id]
        presence.set_presence(agent=agent, presence=Presence.BREAK, reason="lunch")
        self.diary.note(self._chance.uniform(0, 2), lambda: self._returns(agent_id))

    def _returns(self, agent_id: int) -> None:
        presence.set_presence(
            agent=self._agents[agent_id],
            presence=Presence.AVAILABLE,
            lease_key=self._keys[agent_id],
        )

    def _comes_back(self, agent_id: int) -> Deed:
        return lambda: presence.come_back(
            agent=self._agents[agent_id], lease_key=self._keys[agent_id]
        )


def everybody_has_left() -> bool:
    """Whether no call is alive and no agent is busy any more."""
    if Call.objects.filter(ended_at=None).exists():
        return False
    return not Offer.objects.filter(ended_at=None).exists()
