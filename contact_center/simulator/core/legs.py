"""A leg: one call of the network, what REST calls a Call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from contact_center.simulator.core.account import Handler, StatusCallback

if TYPE_CHECKING:
    from contact_center.simulator.core.conferences import Participant
    from contact_center.simulator.core.detection import Detector
    from contact_center.simulator.core.hearing import Listener
    from contact_center.simulator.core.queues import Membership
    from contact_center.simulator.core.script import Script
    from contact_center.simulator.core.timers import Timer

Status = Literal[
    "queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"
]
Direction = Literal["inbound", "outbound-api", "outbound-dial"]

AnsweredBy = Literal[
    "human",
    "machine_start",
    "machine_end_beep",
    "machine_end_silence",
    "machine_end_other",
    "fax",
    "unknown",
]

FINAL: frozenset[Status] = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Statuses that nothing follows."""


@dataclass(frozen=True)
class Detection:
    """How to find out who or what has answered. Times in seconds.

    ``until_end`` waits for the end of a machine's greeting. In the background, the call goes on
    meanwhile; ``callback`` hears the result.
    """

    until_end: bool
    in_background: bool = False
    callback: tuple[str, str] | None = None
    timeout_s: float = 30.0
    machine_after_s: float = 2.4
    human_after_s: float = 1.2
    silence_s: float = 5.0


@dataclass
class Leg:
    """Everything the network knows of one call. Times are seconds since 1970."""

    sid: str
    account_sid: str
    direction: Direction
    from_: str
    to: str
    created_at: float
    updated_at: float
    status: Status
    voice: Handler = field(default_factory=Handler)
    twiml: str = ""
    status_callback: StatusCallback | None = None
    extra: tuple[tuple[str, str], ...] = ()
    phone_number_sid: str | None = None
    caller_name: str | None = None
    timeout_s: float = 60.0
    time_limit_s: int | None = None
    queue_time_ms: int = 0
    dialled_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    error: tuple[int, str] | None = None
    sequence: int = 0
    script: Script | None = None
    membership: Membership | None = None
    participant: Participant | None = None
    on_ring: Callable[[], None] | None = None
    on_answer: Callable[[], None] | None = None
    timers: list[Timer] = field(default_factory=list)
    parent_sid: str | None = None
    send_digits: str = ""
    detection: Detection | None = None
    answered_by: AnsweredBy | None = None
    detector: Detector | None = None
    #: The leg at the other end of a ``<Dial><Number>``, once the two are connected.
    bridged_to: str | None = None
    #: Whether whoever is behind the leg speaks, as far as that is reported; who wants to know.
    speaking: bool = False
    listeners: list[Listener] = field(default_factory=list)
    #: What an invented person behind the leg still means to do.
    intentions: list[Timer] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.status in FINAL

    @property
    def duration(self) -> int | None:
        """Whole seconds from answer to end; 0 when never answered, None while it goes on."""
        if self.ended_at is None:
            return None
        return 0 if self.answered_at is None else int(self.ended_at - self.answered_at)

    @property
    def place(self) -> str:
        """Where the call is, in one word, for people and for comparing with a database."""
        if self.over:
            return "ended"
        if self.membership is not None:
            return "queue"
        if self.participant is not None:
            return "conference"
        if self.bridged_to is not None:
            return "dial"
        return "instructions"
