"""What every resource is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contact_center.simulator.core.account import Account
from contact_center.simulator.core.resources.form import Form
from contact_center.simulator.core.world import World

API_VERSION = "2010-04-01"

Body = dict[str, Any]
"""JSON, with Twilio's own names."""


@dataclass(frozen=True)
class Context:
    """One request: the network, the account named in the path, and the fields that came."""

    world: World
    account: Account
    path: str
    query: Form
    form: Form

    def uri(self, *parts: str) -> str:
        """The path of a resource of this account."""
        return "/".join((f"/{API_VERSION}/Accounts/{self.account.sid}", *parts)) + ".json"


@dataclass(frozen=True)
class Reply:
    """An answer; ``body`` None with 204, and where a sound (``wav``) is what was asked for."""

    status: int
    body: Body | None = None
    wav: bytes | None = None


Method = Callable[..., Reply | None]
"""Takes the context and the variable parts of the path; None means there is no such thing (404)."""


@dataclass(frozen=True)
class Resource:
    """A path below ``/Accounts`` and what may be done there; ``*`` stands for a variable part."""

    path: str
    methods: Mapping[str, Method]

    def match(self, parts: list[str]) -> list[str] | None:
        """The variable parts of a path that fits, else None."""
        pattern = self.path.split("/")
        if len(pattern) != len(parts):
            return None
        if any(wanted not in ("*", part) for wanted, part in zip(pattern, parts, strict=True)):
            return None
        # The first variable part is the account, which the context knows.
        return [part for wanted, part in zip(pattern, parts, strict=True) if wanted == "*"][1:]
