"""A floor that keeps a journal, so that what must always hold can be tried on it."""

from dataclasses import dataclass, field

from contact_center.models import Agent, Call, Offer
from contact_center.simulator.core.effects import RequestOutcome, SendRequest
from tests.universe.floor import Floor
from tests.universe.invariants.journal import Journal


@dataclass
class WatchedFloor(Floor):
    """A floor on which a test does by hand what an engine does by seed."""

    journal: Journal = field(default_factory=Journal)
    excused: set[str] = field(default_factory=set)

    def _send(self, request: SendRequest) -> None:
        self.journal.sent(request, self.now)
        super()._send(request)
        self.journal.answered(request.request_id, self.now)

    def post(self, request: SendRequest, *, token: str = "") -> RequestOutcome:
        """Post a webhook to our site, and note how it went."""
        outcome = super().post(request, token=token)
        self.journal.arrived(request.request_id, self.now, outcome.status, outcome.body)
        return outcome

    def talk(self, agent: Agent) -> tuple[Call, Offer, str]:
        """An agent who is not on duty yet goes on duty and talks to a customer."""
        self.on_duty(agent)
        return self.conversation(agent)

    def wait_in_line(self) -> str:
        """A customer rings and waits; nobody is on duty. Return the SID of the call."""
        sid = self.ring()
        self.until(lambda: Call.objects.filter(sid=sid, state="queued").exists(), within=5)
        return sid

    def nothing_happens(self, seconds: float) -> None:
        """Time passes, and neither we nor the network do anything at all."""
        self.traveller.shift(seconds)
        self.network._world.now = self.now
