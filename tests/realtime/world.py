"""The cast on duty, and calls that go their way without a network."""

from django.db import transaction

from contact_center.domain.states import Presence
from contact_center.models import Agent, Call, Offer, OfferState, PhoneLease, Role
from contact_center.services import (
    connecting,
    ending,
    observing,
    offering,
    presence,
    queueing,
    receiving,
    talking,
    wrapping_up,
)
from tests.cast import Cast, make_user


class World:
    """The cast on duty, and calls that go their way through the real services.

    What the phone network would report is reported here, so no network is needed.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.alice, self.bob, self.erin = cast.alice, cast.bob, cast.erin
        self.carol, self.dana = cast.carol, cast.dana
        self.mallory = make_user(cast.other_tenant, "mallory", Role.SUPERVISOR)
        self.leases: dict[int, PhoneLease] = {}
        self.calls = 0
        for agent in (self.alice, self.bob, self.erin):
            self.go_on_duty(agent)

    def go_on_duty(self, agent: Agent) -> None:
        """Claim the phone, show that it rings, become available."""
        lease = presence.claim_phone(agent=agent)
        presence.report_phone(agent=agent, lease_key=lease.key, ring_heard=True, microphone_ok=True)
        presence.go_on_duty(agent=agent, lease_key=lease.key)
        self.leases[agent.pk] = lease

    def ring_in(self, number: str = "+14155550102") -> Call:
        """A customer rings a number that leads straight into a queue, and waits there."""
        self.calls += 1
        sid = f"CA{self.calls:032d}"
        with transaction.atomic():
            receiving.receive_call(
                sid=sid,
                account_sid="AC" + "0" * 32,
                from_number=f"+1415555{7000 + self.calls}",
                to_number=number,
            )
        call = Call.objects.get(sid=sid)
        if call.queue is None:
            return call
        with transaction.atomic():
            segment = call.segments.get(ended_at=None)
            queueing.keep_waiting(segment.pk, call_sid=sid, queue_sid="QU" + "1" * 32)
        return call

    def ring_in_at_the_menu(self) -> Call:
        """A customer rings the main number and listens."""
        return self.ring_in("+14155550100")

    def dispatch(self) -> Offer:
        """Offer the longest waiting call to an agent."""
        offering.dispatch(self.cast.tenant.pk)
        pending = Offer.objects.select_related("agent", "slot").filter(state=OfferState.PENDING)
        return pending.latest("pk")

    def accept(self, offer: Offer) -> None:
        """The agent takes the call and the browser's leg comes in."""
        lease = self.leases[offer.agent_id]
        agent = Agent.objects.get(pk=offer.agent_id)
        token = offering.accept_offer(
            offer=offer, agent=agent, fence=offer.fence, lease_key=lease.key
        )
        with transaction.atomic():
            connecting.let_browser_in(
                leg_sid=f"CA{offer.pk:032x}",
                identity=lease.identity(offer.slot.number),
                token=token,
            )

    def connect(self, offer: Offer) -> None:
        """Agent and customer meet in the conference."""
        for step in (connecting.agent_joined, connecting.customer_joined):
            with transaction.atomic():
                step(offer, conference_sid=f"CF{offer.pk:032x}")

    def hold(self, offer: Offer) -> None:
        """The agent holds the call, and the network confirms it."""
        talking.hold(offer=offer, agent=Agent.objects.get(pk=offer.agent_id))
        with transaction.atomic():
            talking.happened(offer, "hold")

    def take_a_break(self, agent: Agent) -> None:
        """The agent chooses a break."""
        presence.set_presence(
            agent=agent,
            presence=Presence.BREAK,
            reason="lunch",
            lease_key=self.leases[agent.pk].key,
        )

    def decline(self, offer: Offer) -> None:
        """The agent does not want the call."""
        agent = Agent.objects.get(pk=offer.agent_id)
        offering.decline_offer(offer=offer, agent=agent, fence=offer.fence)

    def lose_agent(self, offer: Offer) -> None:
        """The agent's line breaks."""
        with transaction.atomic():
            ending.agent_left(offer, reason="")

    def caller_hangs_up(self, call: Call) -> None:
        """The network reports the end of the customer's leg."""
        with transaction.atomic():
            observing.call_status(Call.objects.get(pk=call.pk), "completed")

    def finish(self, offer: Offer) -> None:
        """The agent ends the wrap-up."""
        wrapping_up.finish(offer=offer, agent=Agent.objects.get(pk=offer.agent_id))
