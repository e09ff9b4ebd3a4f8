"""What we tell the phone network to do with a call, one value per verb.

Services return these; ``Telephony.render`` turns them into the network's language. They follow
TwiML's verbs (https://www.twilio.com/docs/voice/twiml), narrowed to what we use and to what never
depends on the caller's carrier. Every URL is absolute. What the network would refuse in the middle
of a call ("an application error has occurred") is refused here, with a `ValueError`, while we
still have something better to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Beep = Literal["true", "false", "onEnter", "onExit"]
JitterBuffer = Literal["off", "small", "medium", "large"]
Method = Literal["GET", "POST"]
RejectReason = Literal["rejected", "busy"]


@dataclass(frozen=True, slots=True)
class Say:
    """Speak `text`. Text without a speakable character is left out of the document."""

    text: str
    language: str | None = None
    voice: str | None = None

    def __post_init__(self) -> None:
        _at_most("text of Say", self.text, 4096)


@dataclass(frozen=True, slots=True)
class Play:
    """Play the sound file at `url`, `loop` times; 0 is until somebody hangs up.

    0 has no place in a document that must be asked for again (a wait document): the request that
    follows its end is our heartbeat.
    """

    url: str
    loop: int = 1

    def __post_init__(self) -> None:
        _absolute("url of Play", self.url)
        _between("loop of Play", self.loop, 0, 1000)


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence."""

    seconds: int = 1

    def __post_init__(self) -> None:
        _between("seconds of Pause", self.seconds, 1, 3600)


Prompt = Say | Play | Pause


@dataclass(frozen=True, slots=True)
class Gather:
    """Collect keys while the prompts are heard, then ask `action` (POST, field `Digits`).

    `num_digits` None waits for `finish_on_key` or the timeout; `finish_on_key` "" means no key
    ends the input early. With `action_on_empty` the action is asked also when nothing was
    pressed, so every way out of a menu runs in one place; without it the next instruction runs,
    and at the end of a wait document the network asks for the document again.
    """

    action: str
    prompts: tuple[Prompt, ...] = ()
    num_digits: int | None = 1
    timeout_seconds: int = 5
    finish_on_key: str = ""
    action_on_empty: bool = True

    def __post_init__(self) -> None:
        _absolute("action of Gather", self.action)
        _between("timeout_seconds of Gather", self.timeout_seconds, 1, 600)
        if self.num_digits is not None:
            _between("num_digits of Gather", self.num_digits, 1, 128)
        _keys("finish_on_key of Gather", self.finish_on_key)


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Put the caller into the network's queue of that name, made on demand.

    `wait_url` is asked for what he hears, again whenever its document ends; `action` when he
    leaves the queue, however he leaves it.
    """

    queue_name: str
    wait_url: str
    action: str

    def __post_init__(self) -> None:
        _named("queue_name of Enqueue", self.queue_name, 64)
        _absolute("wait_url of Enqueue", self.wait_url)
        _absolute("action of Enqueue", self.action)


@dataclass(frozen=True, slots=True)
class Leave:
    """Inside a wait document: leave the queue. The queue's `action` is asked at once."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Ask `url` (POST) for what comes next."""

    url: str

    def __post_init__(self) -> None:
        _absolute("url of Redirect", self.url)


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse the call without answering it. Only as the very first instruction of a call."""

    reason: RejectReason = "rejected"


@dataclass(frozen=True, slots=True)
class JoinConference:
    """Move this leg into the conference of that name; the first to come makes it.

    The network keeps the `status_callback` of whoever enters first and ignores the others', so
    every leg of a conference carries the same one. `action` is asked when this leg leaves the
    conference; without it the next instruction runs. `wait_url` is heard while the conference has
    not started ("" is silence); a file is asked for by GET. `coach` is the SID of the leg that
    alone hears this one. No personal data in names and labels: they appear in the network's logs.
    """

    name: str
    participant_label: str
    status_callback: str
    start_on_enter: bool
    end_on_exit: bool
    action: str | None = None
    wait_url: str = ""
    wait_method: Method = "GET"
    muted: bool = False
    beep: Beep = "false"
    max_participants: int | None = None
    time_limit_seconds: int | None = None
    coach: str | None = None
    jitter_buffer: JitterBuffer = "small"

    def __post_init__(self) -> None:
        _named("name of JoinConference", self.name, 128)
        _named("participant_label of JoinConference", self.participant_label, 128)
        _absolute("status_callback of JoinConference", self.status_callback)
        if self.action is not None:
            _absolute("action of JoinConference", self.action)
        if self.wait_url:
            _absolute("wait_url of JoinConference", self.wait_url)
        if self.max_participants is not None:
            _between("max_participants of JoinConference", self.max_participants, 2, 250)
        if self.time_limit_seconds is not None:
            _between("time_limit_seconds of JoinConference", self.time_limit_seconds, 1, 86_400)


@dataclass(frozen=True, slots=True)
class DialNumber:
    """Ring an outside `number` and connect the two; the caller hears it ring.

    `action` is asked when they are apart again, or nobody came. `caller_id` is what the telephone
    shows: a number of the account, or one of this call.
    """

    number: str
    caller_id: str
    action: str
    ring_seconds: int
    time_limit_seconds: int

    def __post_init__(self) -> None:
        _named("number of DialNumber", self.number, 16)
        _named("caller_id of DialNumber", self.caller_id, 64)
        _absolute("action of DialNumber", self.action)
        _between("ring_seconds of DialNumber", self.ring_seconds, 5, 600)
        _between("time_limit_seconds of DialNumber", self.time_limit_seconds, 1, 86_400)


@dataclass(frozen=True, slots=True)
class Record:
    """Record what the caller says after a beep, until silence, `finish_on_key`, or long enough.

    `action` is asked when something was said, also by a caller who hangs up; after silence alone
    it is not: the next instruction runs, so one must stand behind. `status_callback` is told when
    the sound can be fetched, or that there is none.
    """

    action: str
    status_callback: str
    longest_seconds: int
    silence_seconds: int = 5
    finish_on_key: str = "#"

    def __post_init__(self) -> None:
        _absolute("action of Record", self.action)
        _absolute("status_callback of Record", self.status_callback)
        _between("longest_seconds of Record", self.longest_seconds, 1, 86_400)
        _between("silence_seconds of Record", self.silence_seconds, 1, 86_400)
        _keys("finish_on_key of Record", self.finish_on_key)


Instruction = (
    Say
    | Play
    | Pause
    | Gather
    | Enqueue
    | Leave
    | Redirect
    | JoinConference
    | DialNumber
    | Record
    | Hangup
    | Reject
)
Instructions = Sequence[Instruction]


def _absolute(what: str, url: str) -> None:
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"The {what} must be an absolute http(s) URL, not {url!r}.")


def _keys(what: str, key: str) -> None:
    if len(key) > 1 or key not in "0123456789*#":
        raise ValueError(f"{what} is one key (0-9, *, #) or empty, not {key!r}.")


def _named(what: str, name: str, longest: int) -> None:
    if not name.strip():
        raise ValueError(f"The {what} is empty.")
    _at_most(what, name, longest)


def _at_most(what: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise ValueError(f"The {what} has {len(text)} characters; the network takes {longest}.")


def _between(what: str, number: int, low: int, high: int) -> None:
    if not low <= number <= high:
        raise ValueError(f"The {what} must be {low} to {high}, not {number}.")
