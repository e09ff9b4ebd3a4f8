"""What is known of one call at one moment: our rows, the network's leg, and the journal."""

from dataclasses import dataclass

from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.world import World as NetworkInside
from tests.universe.invariants.house import House
from tests.universe.invariants.journal import Journal
from tests.universe.invariants.rows import CallRow
from tests.universe.invariants.world import World

#: By when our database agrees with the network although a report never came, in seconds.
AT_THE_LATEST = 60.0


@dataclass(frozen=True)
class Wrong:
    """Something that is not as it must be. It may be so for ``seconds``, then it is a violation.

    ``since`` is when it began, where that is known better than by when it was first seen;
    ``subject`` tells several of one kind apart. Where it is ``excusable``, seconds that faults have
    added do not count.
    """

    invariant: str
    sentence: str
    seconds: float = 0.0
    since: float | None = None
    subject: str = ""
    excusable: bool = True


@dataclass(frozen=True)
class Facts:
    """One call now. ``row`` is None while our database does not know it."""

    sid: str
    leg: Leg
    row: CallRow | None
    #: The same when it was last looked at.
    before: CallRow | None
    #: Seconds of the network, which never go back.
    now: float
    journal: Journal
    inside: NetworkInside
    house: House

    @property
    def is_forgotten(self) -> bool:
        """Whether a leg of ours to who is called back is over for so long that nobody asks."""
        ended = self.leg.ended_at
        return (
            self.leg.direction != "inbound"
            and ended is not None
            and (self.now - ended > 2 * AT_THE_LATEST)
        )

    @property
    def partners(self) -> list[str]:
        """The legs with which the caller talks. Who only listens looks after nobody."""
        if self.leg.bridged_to is not None:
            return [self.leg.bridged_to]
        if self.leg.participant is None:
            return []
        conference = self.inside.conferences[self.leg.participant.conference_sid]
        others = [one.leg_sid for one in conference.connected if one.leg_sid != self.sid]
        return [
            sid
            for sid in others
            if not is_supervisor(self.inside, sid) or conference.hears(self.sid, sid)
        ]

    @property
    def supervisors(self) -> list[str]:
        """The supervisors' legs in the caller's conference."""
        if self.leg.participant is None:
            return []
        conference = self.inside.conferences[self.leg.participant.conference_sid]
        return [
            one.leg_sid for one in conference.connected if is_supervisor(self.inside, one.leg_sid)
        ]

    def hears(self, speaker: str) -> bool:
        """Whether the caller hears that leg of the same conference."""
        if self.leg.participant is None:
            return False
        conference = self.inside.conferences[self.leg.participant.conference_sid]
        return conference.hears(self.sid, speaker)

    @property
    def conference_name(self) -> str:
        """The conference the caller is in, "" for none."""
        if self.leg.participant is None:
            return ""
        return self.inside.conferences[self.leg.participant.conference_sid].friendly_name

    @property
    def in_a_room(self) -> bool:
        """Whether the caller is in a conference room, where people meet and may be alone."""
        return self.conference_name.startswith("room-")


def is_supervisor(inside: NetworkInside, leg_sid: str) -> bool:
    """Whether a leg is a supervisor's browser."""
    return inside.legs[leg_sid].from_.startswith("client:s_")


def is_outside(leg: Leg) -> bool:
    """Whether a leg is the telephone of somebody outside, to whom an agent sent a customer."""
    return leg.direction == "outbound-dial"


def inside_of(world: World) -> NetworkInside:
    """Return the state of the network itself.

    ``Network.truth()`` says the same of everything at once; after each of a hundred thousand
    steps that would be most of the work.
    """
    return world.network._world
