"""What an account owns: credentials, telephone numbers, applications, and where calls are sent."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Handler:
    """Where the network asks what to do with a call, and where when that fails."""

    url: str = ""
    method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"


@dataclass(frozen=True)
class StatusCallback:
    """Where a call's progress is reported, and which of its events."""

    url: str
    method: str
    events: frozenset[str]


@dataclass
class PhoneNumber:
    """One of the account's numbers, an IncomingPhoneNumber."""

    sid: str
    account_sid: str
    phone_number: str
    friendly_name: str
    created_at: float
    updated_at: float
    voice: Handler = field(default_factory=Handler)
    voice_application_sid: str = ""
    status_callback: str = ""
    status_callback_method: str = "POST"
    voice_caller_id_lookup: bool = False


@dataclass
class Application:
    """A TwiML application: what a browser's call asks for instructions."""

    sid: str
    account_sid: str
    friendly_name: str
    created_at: float
    updated_at: float
    voice: Handler = field(default_factory=Handler)
    status_callback: str = ""
    status_callback_method: str = "POST"
    voice_caller_id_lookup: bool = False


@dataclass(frozen=True)
class Account:
    """Who may ask, and who signs.

    ``calls_per_second`` paces calls made by REST as the real network does (one per second unless an
    account has been raised; support article 223180028); ``concurrent_calls`` is how many may wait
    or go on at once before REST makes no more (0: any number). ``owner_sid`` names the parent of a
    subaccount; a subaccount signs with its own token and its parent may act for it.
    """

    sid: str
    auth_token: str
    api_keys: dict[str, str] = field(default_factory=dict)
    friendly_name: str = "Simulator"
    owner_sid: str = ""
    calls_per_second: float = 1.0
    concurrent_calls: int = 0
