"""Conferences: who is in, who is on hold, and the one policy of who hears whom.

Sources: twilio.com/docs/voice/twiml/conference, docs/voice/api/conference-participant-resource.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from contact_center.simulator.core.sound import Sound

LARGEST = 250
LONGEST_NAME = 128

ParticipantStatus = Literal["queued", "connecting", "ringing", "connected", "complete", "failed"]

LeftBecause = Literal[
    "conference_ended_via_api",
    "moderator_ended_conference",
    "participant_updated_via_api",
    "participant_hung_up",
    "participant_add_failed",
]
EndedBecause = Literal[
    "conference-ended-via-api",
    "participant-with-end-conference-on-exit-left",
    "participant-with-end-conference-on-exit-kicked",
    "last-participant-kicked",
    "last-participant-left",
]


@dataclass(frozen=True)
class Callback:
    """Where a conference's events go; the first participant fixes it for good."""

    url: str
    method: str
    events: frozenset[str]


class Stay(Protocol):
    """A leg's time in a conference, as its own instructions see it."""

    def removed(self) -> None:
        """Somebody else ended it: go on."""

    def wait_failed(self) -> None:
        """The waiting music could not be had: leave and go on."""


@dataclass(frozen=True)
class Wanted:
    """What a request can change about a participant, all of it."""

    muted: bool
    hold: bool
    hold_url: str
    hold_method: str
    coaching: bool
    call_sid_to_coach: str | None
    end_on_exit: bool
    wait_url: str | None
    wait_method: str

    @property
    def modified(self) -> tuple[object, ...]:
        """What a "modify" tells of."""
        return (self.coaching, self.call_sid_to_coach, self.end_on_exit, self.wait_url)


@dataclass
class Participant:
    """A leg in a conference, or on its way there.

    ``wait_url`` None means the network's own music, an empty text means silence. ``stay`` is what
    the leg itself does meanwhile; None while it is still being called.
    """

    leg_sid: str
    conference_sid: str
    label: str | None
    created_at: float
    updated_at: float
    status: ParticipantStatus = "connecting"
    muted: bool = False
    hold: bool = False
    hold_url: str = ""
    hold_method: str = "GET"
    start_on_enter: bool = True
    end_on_exit: bool = False
    coaching: bool = False
    call_sid_to_coach: str | None = None
    wait_url: str | None = None
    wait_method: str = "POST"
    queue_time_ms: int | None = None
    #: Whether the others hear this one's telephone ring.
    early_media: bool = False
    stay: Stay | None = None
    sound: Sound | None = None
    sounding: Literal["", "hold", "ring", "wait"] = ""

    @property
    def connected(self) -> bool:
        """Whether the participant is really in."""
        return self.status == "connected"

    @property
    def state(self) -> Wanted:
        """What a request can change, as it is."""
        return Wanted(**{one.name: getattr(self, one.name) for one in fields(Wanted)})

    def take(self, wanted: Wanted) -> None:
        """Be as wanted."""
        for one in fields(Wanted):
            setattr(self, one.name, getattr(wanted, one.name))


@dataclass
class Conference:
    """A conference and its participants in the order they came."""

    sid: str
    account_sid: str
    friendly_name: str
    created_at: float
    updated_at: float
    status: Literal["init", "in-progress", "completed"] = "init"
    participants: dict[str, Participant] = field(default_factory=dict)
    callback: Callback | None = None
    callback_fixed: bool = False
    max_participants: int = LARGEST
    sequence: int = 0
    reason_ended: EndedBecause | None = None
    ended_by: str | None = None

    @property
    def live(self) -> bool:
        """Whether it still exists for whoever names it."""
        return self.status != "completed"

    @property
    def running(self) -> bool:
        """Whether audio is mixed: it has begun and has not ended."""
        return self.status == "in-progress"

    @property
    def connected(self) -> list[Participant]:
        """Those who are really in."""
        return [one for one in self.participants.values() if one.connected]

    def labelled(self, label: str) -> Participant | None:
        """The participant with this label."""
        return next((one for one in self.participants.values() if one.label == label), None)

    def may_start(self) -> bool:
        """Two are in and one of them starts it."""
        inside = self.connected
        return len(inside) >= 2 and any(one.start_on_enter for one in inside)

    def hears(self, listener_sid: str, speaker_sid: str) -> bool:
        """Whether the listener hears the speaker: running, nobody of the two held, the speaker not
        muted, and a coach heard by the coached leg alone."""
        listener = self.participants.get(listener_sid)
        speaker = self.participants.get(speaker_sid)
        if listener is None or speaker is None or listener is speaker or not self.running:
            return False
        if not (listener.connected and speaker.connected):
            return False
        if listener.hold or speaker.hold or speaker.muted:
            return False
        return not speaker.coaching or speaker.call_sid_to_coach == listener_sid


@dataclass(frozen=True)
class Joining:
    """What a leg brings along when it enters a conference."""

    name: str
    label: str | None = None
    muted: bool = False
    start_on_enter: bool = True
    end_on_exit: bool = False
    coach: str | None = None
    coaching: bool = False
    wait_url: str | None = None
    wait_method: str = "POST"
    max_participants: int = LARGEST
    callback: Callback | None = None
