"""What the core asks of whoever runs it.

The core never waits: an input changes its state and leaves effects behind, in order. Whoever runs
it takes them with ``Network.take_effects`` and does them; what has an outcome comes back as another
input (``request_answered``, ``audio_finished``, ``far_end_answered`` ...).
"""

from __future__ import annotations

from dataclasses import dataclass

Params = tuple[tuple[str, str], ...]
"""Form fields in the order they are sent."""


@dataclass(frozen=True)
class Speak:
    """Text that a caller hears spoken, once."""

    text: str
    voice: str
    language: str


@dataclass(frozen=True)
class PlayUrl:
    """A sound file, fetched by whoever runs the core."""

    url: str


@dataclass(frozen=True)
class HoldTone:
    """The music the network plays when nobody named any."""


@dataclass(frozen=True)
class Beep:
    """The tone after which somebody may speak."""


@dataclass(frozen=True)
class RingTone:
    """What a caller hears while somebody else's telephone rings."""


@dataclass(frozen=True)
class Keys:
    """Keys played into the line; ``w`` is a pause of half a second, ``W`` of a whole one."""

    digits: str


Clip = Speak | PlayUrl | HoldTone | Beep | RingTone | Keys


@dataclass(frozen=True)
class Hum:
    """A steady tone, by which one tells who is heard."""

    hz: float


Utterance = Speak | Hum | Beep
"""What somebody invented says."""


@dataclass(frozen=True)
class SendRequest:
    """Sign and send this webhook; report with ``Network.request_answered(request_id, outcome)``.

    ``url`` keeps its fragment: the connection overrides (``#rc=2&rt=4000``) are the sender's to
    obey. With GET the params join the query, with POST they are the form. ``account_sid`` names
    the account whose auth token signs.
    """

    request_id: int
    account_sid: str
    leg_sid: str | None
    purpose: str
    method: str
    url: str
    params: Params


@dataclass(frozen=True)
class StartAudio:
    """Let a leg hear a clip; when it ends by itself call ``audio_finished(leg_sid, token)``.

    With ``loop`` it never ends by itself.
    """

    leg_sid: str
    token: int
    clip: Clip
    loop: bool


@dataclass(frozen=True)
class StopAudio:
    """Silence the clip started with this token."""

    leg_sid: str
    token: int


@dataclass(frozen=True)
class RingFarEnd:
    """Somebody must ring for an outbound leg: a browser for ``client:…``, else a telephone."""

    leg_sid: str
    to: str
    from_: str
    parameters: Params


@dataclass(frozen=True)
class LegRinging:
    """The far end of this outbound leg is being rung."""

    leg_sid: str


@dataclass(frozen=True)
class LegAnswered:
    """The network has picked up: audio flows from here on."""

    leg_sid: str


@dataclass(frozen=True)
class LegEnded:
    """The leg is over, with its final call status and, if any, Twilio's error and sentence."""

    leg_sid: str
    status: str
    error: tuple[int, str] | None


@dataclass(frozen=True)
class FarEndSays:
    """The invented person or machine behind this leg says something, for so many seconds.

    ``seconds`` None means until the leg is over. Only a sound: nobody reports when it ends.
    """

    leg_sid: str
    sound: Utterance
    seconds: float | None


@dataclass(frozen=True)
class StartRecording:
    """Keep what this leg says, from now on.

    Whoever can hear it reports when somebody begins and ceases to speak: ``Network.speech_began``
    and ``speech_ended``.
    """

    recording_sid: str
    leg_sid: str


@dataclass(frozen=True)
class StopRecording:
    """Keep no more: what lies between two moments, in seconds since the start, is the recording.

    Hand it over with ``Network.recording_made``. Equal moments mean that there is none.
    """

    recording_sid: str
    leg_sid: str
    from_s: float
    until_s: float


@dataclass(frozen=True)
class AudibilityChanged:
    """Who hears whom may have changed: read ``Network.bridges()`` and ``Network.hears()`` again."""


Effect = (
    SendRequest
    | StartAudio
    | StopAudio
    | RingFarEnd
    | LegRinging
    | LegAnswered
    | LegEnded
    | FarEndSays
    | StartRecording
    | StopRecording
    | AudibilityChanged
)


@dataclass(frozen=True)
class RequestOutcome:
    """How a webhook went.

    Either ``status`` is the HTTP status and ``body`` what came with it, or ``error`` says why there
    is none: ``connect``, ``timeout``, ``read`` or ``redirects``.
    """

    status: int | None
    content_type: str = ""
    body: bytes = b""
    error: str | None = None
