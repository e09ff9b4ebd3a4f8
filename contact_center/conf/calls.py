"""The sections about calls: queues, agents, the call itself, menus, conferences."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from contact_center.conf.sections import Choices, Seconds, Section, Strings

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][A-Za-z]{3})?(-[A-Z]{2}|-\d{3})?$")]


class Queue(Section):
    """DJANGO_TWILIO_CALL_QUEUE: what a queue is when nobody said otherwise."""

    default_name: str = Field(
        default="support",
        min_length=1,
        max_length=60,
        description="Queue of a call that no menu and no number sent elsewhere; made on first use.",
    )
    default_priority: int = Field(
        default=5,
        ge=1,
        le=10,
        description="Priority of a queue whose own field is empty; a higher one is served first.",
    )
    default_max_size: int = Field(
        default=100,
        ge=1,
        description=(
            "How many callers may wait in a queue whose own field is empty; the next one is told "
            "so and not enqueued."
        ),
    )
    default_max_wait_time: Seconds = Field(
        default=300,
        description=(
            "How long a caller waits at most in a queue whose own field is empty; then he leaves "
            "it with the next piece of music, for where the queue overflows to."
        ),
    )
    default_service_level_threshold: Seconds = Field(
        default=20,
        description=(
            "Answered within so many seconds of entering the queue counts as in time, where the "
            "queue's own field is empty; for the service level of the floor and of alerts. "
            "docs/figures.md has the formulas a queue can be judged by."
        ),
    )
    default_routing_strategy: Literal[
        "fifo", "lifo", "round_robin", "least_busy", "skills_based", "longest_idle"
    ] = Field(
        default="round_robin",
        description=(
            "Which call is next, and who is rung, in a queue whose own field is empty. fifo: the "
            "oldest call, for who has been free longest; lifo: the newest call; round_robin: "
            "agents in turn; least_busy: who has the fewest calls; skills_based: who is best at "
            "what the call needs; longest_idle (ours, beside the reference): as fifo. "
            "docs/routing.md has them all, and those that only a queue can choose."
        ),
    )
    enable_overflow: bool = Field(
        default=True,
        description=(
            "Send callers where their queue says they overflow to. Off: they wait until the queue "
            "is full, and are refused then."
        ),
    )
    overflow_threshold: int = Field(
        default=80,
        ge=1,
        le=100,
        description=(
            "From how full a queue on, in percent of its capacity, callers overflow, where the "
            "queue's own field is empty: of 100 at 80, the 81st caller."
        ),
    )


def _first_status(value: str) -> str:
    if value == "busy":
        raise ValueError("nobody starts out busy: say 'on_break', 'available' or 'offline'")
    return value


class Agent(Section):
    """DJANGO_TWILIO_CALL_AGENT: what an agent is when nobody said otherwise."""

    default_status: Annotated[
        Literal["available", "busy", "offline", "on_break"], AfterValidator(_first_status)
    ] = Field(
        default="offline",
        description=(
            "What a new agent is until they first choose; `on_break` is the first of BREAK_TYPES. "
            "Signing in changes nothing, and after AUTO_LOGOUT_HOURS it is always offline. "
            "`available`: no call comes before a tab is their phone, which asks for the ring first."
        ),
    )
    max_concurrent_calls: int = Field(
        default=1,
        ge=1,
        le=10,
        description=(
            "How many calls an agent may have at a time who has no number of their own; all but "
            "one of them on hold. A lower number holds at once and takes no call away, a higher "
            "one from when the clocks start anew."
        ),
    )
    auto_logout_hours: float | None = Field(
        default=12,
        ge=0,
        description=(
            "Who has been on duty for so many hours is taken off duty; who has a call, after it. "
            "0 or None: never. A change holds for whoever is on duty when the clocks start anew."
        ),
    )
    break_types: Choices = Field(
        default=(("lunch", "Lunch Break"), ("short", "Short Break"), ("training", "Training")),
        min_length=1,
        description="The breaks an agent may choose from: pairs of code and label.",
    )
    skill_categories: Strings = Field(
        default=("language", "technical", "product", "priority"),
        description="The categories a skill may belong to.",
    )


class Call(Section):
    """DJANGO_TWILIO_CALL_CALL: limits of a call and what is offered in it."""

    default_timeout: int = Field(
        default=30,
        ge=5,
        le=600,
        description="Seconds an offer rings at the desk before the caller is back in line.",
    )
    max_duration: int = Field(
        default=7200,
        ge=60,
        le=14_400,
        description="Seconds after which the phone network ends a conversation (timeLimit).",
    )
    whisper_enabled: bool = Field(
        default=True, description="Say queue and wait to the agent alone, before the caller comes."
    )
    voicemail_enabled: bool = Field(
        default=True,
        description=(
            "Callers may leave a message: by a key while they wait, or where their queue leads "
            "when it is closed, full or takes too long. Off: a polite goodbye, and no queue can be "
            "set up to want messages."
        ),
    )
    voicemail_max_length: Seconds = Field(
        default=300, le=86_400, description="Longest message, in seconds; then it ends by itself."
    )
    callback_enabled: bool = Field(default=True, description="Offer to be called back.")
    callback_window: Seconds = Field(
        default=48, description="Hours after which a callback expires."
    )


def _time_of_day(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("a time like '09:00' is needed")
    return value


def _end_of_hours(value: str) -> str:
    return value if value == "24:00" else _time_of_day(value)


class Hours(Section):
    """Opening hours of one day; the end is the first minute that is closed.

    An end before the start is on the next day: 22:00 to 06:00.
    """

    model_config = ConfigDict(alias_generator=None)

    start: Annotated[str, AfterValidator(_time_of_day)]
    end: Annotated[str, AfterValidator(_end_of_hours)]

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.start == self.end:
            raise ValueError("start and end are the same; a whole day is '00:00' to '24:00'")
        return self


_OFFICE_HOURS = Hours(start="09:00", end="17:00")


class BusinessHours(Section):
    """Opening hours of a week; None is closed. Of a week that is written a missing day is, too."""

    model_config = ConfigDict(alias_generator=None)

    monday: Hours | None = _OFFICE_HOURS
    tuesday: Hours | None = _OFFICE_HOURS
    wednesday: Hours | None = _OFFICE_HOURS
    thursday: Hours | None = _OFFICE_HOURS
    friday: Hours | None = _OFFICE_HOURS
    saturday: Hours | None = None
    sunday: Hours | None = None

    @model_validator(mode="before")
    @classmethod
    def _closed_where_nothing_is_written(cls, written: object) -> object:
        if not isinstance(written, Mapping):
            return written
        return dict.fromkeys(cls.model_fields) | dict(written)


#: What the reference calls the default. It closes nothing until somebody writes BUSINESS_HOURS.
OFFICE_WEEK = BusinessHours.model_construct()


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is not a time zone; write one like 'Europe/Berlin'")
    return ZoneInfo(value).key


class Ivr(Section):
    """DJANGO_TWILIO_CALL_IVR: how the menu speaks and listens."""

    default_language: Language = Field(
        default="en-US", description="Language of everything that is said."
    )
    default_voice: str = Field(
        default="Polly.Matthew", min_length=1, description="Voice of everything that is said."
    )
    supported_languages: Choices = Field(
        default=(("en-US", "English"), ("es-ES", "Spanish"), ("fr-FR", "French")),
        min_length=1,
        description=(
            "The languages callers may be spoken to in, in the order in which a menu that asks "
            "offers them (press 1, 2 …); DEFAULT_LANGUAGE is one of them."
        ),
    )
    digit_timeout: Seconds = Field(
        default=5, description="Seconds the menu waits for a key before it asks again."
    )
    max_retries: int = Field(
        default=3,
        ge=0,
        le=10,
        description="Rounds without a valid key after which the menu's fallback takes the call.",
    )
    business_hours: BusinessHours = Field(
        default=OFFICE_WEEK, description="When a queue without a calendar of its own is open."
    )
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default="America/New_York",
        description="Time zone of BUSINESS_HOURS, and what a new calendar begins with.",
    )

    @model_validator(mode="after")
    def _speaks_a_supported_language(self) -> Self:
        codes = [code for code, _label in self.supported_languages]
        if self.default_language not in codes:
            raise ValueError(
                f"DEFAULT_LANGUAGE {self.default_language!r} is not among SUPPORTED_LANGUAGES"
            )
        return self


class Conference(Section):
    """DJANGO_TWILIO_CALL_CONFERENCE: legs that agents add, and ad-hoc rooms.

    The customer's, the agent's and the supervisor's own legs are fixed by how a call works.
    """

    max_participants: int = Field(
        default=250, ge=2, le=250, description="Legs in one conversation (maxParticipants)."
    )
    record_by_default: bool = Field(
        default=False, description="Record a conference from its start."
    )
    wait_url: str = Field(
        default="/static/hold_music.mp3",
        description=(
            "Music while alone, waiting or on hold: an address, or a path on this site made "
            "absolute with TWILIO_WEBHOOK_BASE_URL. Empty is silence."
        ),
    )
    wait_method: Literal["GET", "POST"] = Field(
        default="GET", description="How the phone network fetches the music."
    )
    start_on_enter: bool = Field(
        default=True, description="An added leg starts the conversation (startConferenceOnEnter)."
    )
    end_on_exit: bool = Field(
        default=False, description="An added leg that leaves ends it (endConferenceOnExit)."
    )
    beep_on_enter: bool = Field(
        default=True, description="A tone when an added leg enters: beep is 'onEnter' or 'false'."
    )
    muted_on_entry: bool = Field(default=False, description="An added leg enters muted.")
    coach_mode_enabled: bool = Field(
        default=True, description="A supervisor may speak so that only the agent hears."
    )

    @model_validator(mode="after")
    def _music_is_an_address(self) -> Self:
        if self.wait_url and not re.match(r"(https?://[^\s/]+|/[^/\s])", self.wait_url):
            raise ValueError("WAIT_URL: an http(s) address or a path that begins with / is needed")
        return self
