"""The one door to the phone network, in our words.

`Telephony` is what services and webhooks see; the adapter behind it is named by
``settings.TELEPHONY_ADAPTER`` and reached through ``contact_center.telephony.network()``. SIDs are
the network's names of things: calls CA…, conferences CF…, queues QU…, applications AP….

What a request came to is one of four, and what to do about it follows from that alone:

applied             the method returns
`Refused`           the network said no; asking again is pointless
`NotSent`           surely not applied; ask again, after `retry_after_seconds` if it names any
`OutcomeUnknown`    perhaps applied; an absolute update or a delete may be asked again, a create
                    must be looked up first

Nothing here retries: that is the work of whoever sends our commands, who knows their deadlines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contact_center.domain.supervising import Mode
from contact_center.errors import ContactCenterError
from contact_center.telephony.instructions import Instruction, Method


class RequestFailed(ContactCenterError):
    """A request to the phone network that is not known to be applied."""


class Refused(RequestFailed):
    """The network understood and said no; nothing changed.

    `code` is the network's own error number (https://www.twilio.com/docs/api/errors), None when it
    gave none; `status` the HTTP status.
    """

    def __init__(self, *, code: int | None, message: str, status: int) -> None:
        number = f"error {code}" if code is not None else f"HTTP {status}"
        super().__init__(f"The phone network refused ({number}): {message}")
        self.code = code
        self.message = message
        self.status = status


class NotSent(RequestFailed):
    """The network did not act on the request: it never arrived, or came back unprocessed."""

    def __init__(self, *, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"The request did not reach the phone network: {reason}")
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(RequestFailed):
    """The request left us and no clear answer came back: it may have been applied."""

    def __init__(self, *, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"It is not known what the phone network did: {reason}")
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


#: Statuses of a call that is over; no other follows one of these.
FINAL_CALL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
#: The others, in the order of a call's life: one that moves on while the lists are read is met in
#: its next status, where in any other order it could slip past us.
LIVE_CALL_STATUSES = ("queued", "ringing", "in-progress")
#: In the order of a conference's life, for the same reason.
LIVE_CONFERENCE_STATUSES = ("init", "in-progress")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTruth:
    """A leg as the network knows it. `duration_seconds` is None until it is over."""

    sid: str
    status: str
    from_: str
    to: str
    direction: str
    account_sid: str
    parent_sid: str | None
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: int | None

    @property
    def is_over(self) -> bool:
        """Whether the leg has ended; a leg never comes back from that."""
        return self.status in FINAL_CALL_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceTruth:
    """A conference: `status` is init (waiting to start), in-progress or completed."""

    sid: str
    name: str
    status: str
    reason_ended: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantTruth:
    """A leg that is in a conference now. `status` connected means heard and hearing."""

    call_sid: str
    conference_sid: str
    label: str | None
    muted: bool
    hold: bool
    coaching: bool
    coached_call_sid: str | None
    end_on_exit: bool
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMemberTruth:
    """A caller in a queue of the network, which knows only first come, first served."""

    call_sid: str
    position: int
    wait_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTruth:
    """A queue of the network and how many callers are in it."""

    sid: str
    name: str
    current_size: int
    max_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTruth:
    """The account we act for: `status` is active, suspended or closed."""

    sid: str
    name: str
    status: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTruth:
    """A phone number of the account and whom the network asks when it rings.

    With `application_sid` or `trunk_sid` set the network ignores the URLs.
    """

    sid: str
    number: str
    voice_url: str
    fallback_url: str
    status_url: str
    application_sid: str | None
    trunk_sid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationTruth:
    """The application whose URL is asked when a browser starts a call."""

    sid: str
    name: str
    voice_url: str
    status_url: str


#: Statuses of a recording: its sound can be fetched, or there is none and there will be none.
RECORDING_COMPLETED = "completed"
RECORDING_ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTruth:
    """A recording: `status` is in-progress, processing, completed or absent."""

    sid: str
    call_sid: str
    status: str
    duration_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The sound of a recording, and of which kind it is: audio/mpeg, audio/x-wav …"""

    content_type: str
    body: bytes


class FormFields(Protocol):
    """A posted form in which a name may come several times; Django's QueryDict is one."""

    def __iter__(self) -> Iterator[str]: ...

    def getlist(self, key: str, /) -> list[str]: ...


class Telephony(Protocol):
    """Everything we ask of a phone network.

    Unless a method says otherwise it raises `Refused`, `NotSent` or `OutcomeUnknown`. Every change
    is an absolute one: asking twice does no more than asking once.
    """

    # -- moving callers ---------------------------------------------------------------------

    def dequeue(self, *, queue_sid: str, call_sid: str, url: str) -> None:
        """Take a waiting caller out of the network's queue; `url` says what he hears next.

        The network lets this succeed once; `Refused` with status 400 or 404 means only "not in
        that queue (any more)", never that the caller is gone.
        """
        ...

    def redirect_call(self, *, call_sid: str, url: str) -> None:
        """Interrupt whatever the leg is doing and ask `url` (POST) for its instructions.

        `Refused` with code 21220: the leg is not in progress (any more).
        """
        ...

    def end_call(self, *, call_sid: str) -> None:
        """Hang up a leg. One that is over already counts as done."""
        ...

    # -- calling somebody -------------------------------------------------------------------

    def call_into_conference(
        self,
        *,
        conference_sid: str,
        to: str,
        from_: str,
        label: str,
        ring_seconds: int,
        longest_seconds: int,
        status_url: str,
        conference_url: str,
        answered_by_url: str = "",
        ends_conference: bool = True,
    ) -> str:
        """Let a telephone ring and whoever answers into a live conference; return the leg's SID.

        The others hear it ring; with ``ends_conference`` it ends when this leg leaves. How the leg
        is doing is told to ``status_url``, and to ``answered_by_url``, where one is given, whether
        a person or a machine has answered.
        Nothing here can be asked twice: after `OutcomeUnknown` the leg is looked for by its
        ``label``, which is unique in a conference. `Refused` with status 404: no such conference.
        """
        ...

    def call_number(
        self,
        *,
        to: str,
        from_: str,
        url: str,
        ring_seconds: int,
        longest_seconds: int,
        status_url: str,
    ) -> str:
        """Let a telephone ring; ``url`` says what whoever answers is told. Return the leg's SID.

        The network finds out first whether a person or a machine has answered, and says so when it
        asks (`AnsweredBy`). It has no label: after `OutcomeUnknown` the leg is known by the reports
        and the request that come to addresses of its own.
        """
        ...

    # -- conferences ------------------------------------------------------------------------

    def end_conference(self, *, conference_sid: str) -> None:
        """End a conference for all. One that is gone already counts as done."""
        ...

    def hold(
        self, *, conference_sid: str, call_sid: str, music_url: str, music_method: Method = "POST"
    ) -> None:
        """Let one participant hear only `music_url`, and nobody hear him.

        By POST it is asked for instructions (Play, Say, Pause, Redirect), by GET it is a file.
        """
        ...

    def resume(self, *, conference_sid: str, call_sid: str) -> None:
        """Bring a held participant back into the conversation."""
        ...

    def set_muted(self, *, conference_sid: str, call_sid: str, muted: bool) -> None:
        """Let the others not hear a participant, or hear him again."""
        ...

    def supervise(
        self, *, conference_sid: str, call_sid: str, mode: Mode, coached_sid: str = ""
    ) -> None:
        """Decide who hears a participant: nobody, one leg of the conference alone, or everybody.

        One request says all of it: on the way from one mode to another there is no moment in which
        somebody hears who is not to. ``coached_sid`` is the leg that alone hears a coach; `Refused`
        when it is not in the conference (any more), or when the participant is not.
        """
        ...

    def remove_participant(self, *, conference_sid: str, call_sid: str) -> None:
        """Take one leg out of a conference. One that is gone already counts as done."""
        ...

    # -- reading the truth ------------------------------------------------------------------

    def fetch_call(self, *, call_sid: str) -> CallTruth | None:
        """Return the leg, or None when the network knows no such leg."""
        ...

    def fetch_live_calls(self, *, status: str = "") -> list[CallTruth]:
        """Return every leg of the account that is queued, ringing or in progress.

        With ``status`` only those (one request). Whoever asks for one after the other keeps to the
        order of LIVE_CALL_STATUSES.
        """
        ...

    def fetch_conference_named(self, *, name: str) -> ConferenceTruth | None:
        """Return the live conference of that name, or None when there is none."""
        ...

    def fetch_live_conferences(self, *, status: str = "") -> list[ConferenceTruth]:
        """Return every conference of the account that waits to start or is in progress.

        With ``status``, one of LIVE_CONFERENCE_STATUSES, only those; as with calls.
        """
        ...

    def fetch_participants(self, *, conference_sid: str) -> list[ParticipantTruth]:
        """Return who is in a conference now; empty when it is over or was never known."""
        ...

    def fetch_queues(self) -> list[QueueTruth]:
        """Return the account's queues."""
        ...

    def fetch_queue_members(self, *, queue_sid: str) -> list[QueueMemberTruth]:
        """Return who waits in a queue, first in line first; empty when there is no such queue."""
        ...

    # -- recordings -------------------------------------------------------------------------

    def fetch_recordings(self, *, call_sid: str) -> list[RecordingTruth]:
        """Return the recordings of a leg; empty when it has none or was never known."""
        ...

    def fetch_sound(self, *, recording_sid: str, most_bytes: int) -> Sound:
        """Return what was recorded. `NotSent` while the network is not ready to give it.

        It is asked of the network itself, whatever address a report named. `Refused` for what is
        gone, for what is no sound, and for more than `most_bytes`. Raises ValueError for what is no
        name of a recording.
        """
        ...

    # -- the account ------------------------------------------------------------------------

    def fetch_account(self) -> AccountTruth:
        """Return the account we act for."""
        ...

    def fetch_numbers(self) -> list[NumberTruth]:
        """Return the account's phone numbers."""
        ...

    def fetch_application(self, *, application_sid: str) -> ApplicationTruth | None:
        """Return the application, or None when the account has no such application."""
        ...

    def point_number(
        self, *, number: str, voice_url: str, fallback_url: str | None, status_url: str
    ) -> NumberTruth:
        """Let calls to `number` (E.164) ask us; `fallback_url` None clears it.

        An application that answered for the number is taken off it. `Refused` with status 404:
        the account does not own the number.
        """
        ...

    def point_application(
        self, *, application_sid: str, voice_url: str, status_url: str
    ) -> ApplicationTruth:
        """Let calls that browsers start ask us. `Refused` with status 404: no such application."""
        ...

    # -- browsers ---------------------------------------------------------------------------

    def browser_token(self, *, identity: str, ttl_seconds: int) -> str:
        """Return a token with which a browser may start calls as `identity`. Asks nobody.

        The identity is letters, digits and underscores, says nothing about the person (it is in
        every log of the network) and is unique per phone tab. At most 24 hours. Raises ValueError
        for anything else, ImproperlyConfigured when the key or the application is not set up.
        """
        ...

    def browser_gateway(self) -> str | None:
        """Return host:port a browser must be told to find the network at; None: it knows."""
        ...

    # -- webhooks ---------------------------------------------------------------------------

    def render(self, instructions: Sequence[Instruction]) -> str:
        """Return the document that tells the network to do these, in order. Asks nobody.

        Raises ValueError when it is longer than the network accepts.
        """
        ...

    def verify(
        self,
        *,
        url: str,
        params: FormFields,
        body: bytes,
        signature: str,
        content_type: str,
        signature_settings: str = "",
    ) -> bool:
        """Return whether a request surely comes from our account at the network.

        `url` is the one we gave the network (our public base and the path with its query), `params`
        the posted form, `body` the raw body, `signature` and `signature_settings` the headers
        X-Twilio-Signature and X-Twilio-Webhooks-Signature-Settings. Never raises for what a
        stranger sent. It proves origin, not freshness: a recorded request verifies again.
        """
        ...
