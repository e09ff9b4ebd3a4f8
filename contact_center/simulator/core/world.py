"""All there is on the network, and the few things every part of it may do.

The parts (progress, script, rooms, the verbs, the REST resources) are functions over a World; the
World itself decides nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from contact_center.simulator.core.account import Account, Application, PhoneNumber
from contact_center.simulator.core.conferences import Conference
from contact_center.simulator.core.effects import (
    AudibilityChanged,
    Effect,
    Params,
    RequestOutcome,
    SendRequest,
)
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.log import Log, LogEntry
from contact_center.simulator.core.queues import Queue
from contact_center.simulator.core.readings import Readings
from contact_center.simulator.core.recordings import Recording
from contact_center.simulator.core.sids import Sids
from contact_center.simulator.core.timers import Timer, Timers

if TYPE_CHECKING:
    from contact_center.simulator.core.outside import Outside

BODY_IN_LOG = 4000
"""Characters of an answer that the log keeps."""


class World:
    """State and primitives, shared by all parts of one network."""

    def __init__(self, account: Account, rng: random.Random, readings: Readings) -> None:
        self.account = account
        self.accounts: dict[str, Account] = {account.sid: account}
        self.readings = readings
        self.sids = Sids(rng)
        self.now = 0.0
        self.timers = Timers()
        self.log = Log()
        self.legs: dict[str, Leg] = {}
        self.queues: dict[str, Queue] = {}
        self.conferences: dict[str, Conference] = {}
        self.live_rooms: dict[tuple[str, str], Conference] = {}
        self.numbers: dict[str, PhoneNumber] = {}
        self.applications: dict[str, Application] = {}
        #: Who called whom by ``<Dial><Number>`` and is connected: the called leg to the caller's.
        self.dialled: dict[str, str] = {}
        self.recordings: dict[str, Recording] = {}
        self.outside: dict[str, Outside] = {}
        #: What comes before a path to make a URL under which this network can be reached.
        self.base_url = "http://localhost:8100"
        self.next_dial_at: dict[str, float] = {}
        self.audio_ends: dict[tuple[str, int], Callable[[], None]] = {}
        self._effects: list[Effect] = []
        self._awaited: dict[int, tuple[Callable[[RequestOutcome], None], LogEntry]] = {}
        self._requests = 0
        self._tokens = 0

    # ---- effects

    def emit(self, effect: Effect) -> None:
        """Ask whoever runs the core to do this."""
        self._effects.append(effect)

    def audibility_changed(self) -> None:
        """Say once per batch of effects that who hears whom may have changed."""
        if AudibilityChanged() not in self._effects:
            self.emit(AudibilityChanged())

    def take_effects(self) -> list[Effect]:
        """Everything emitted since the last time, in order."""
        effects, self._effects = self._effects, []
        return effects

    def new_token(self) -> int:
        """A number for one clip, never used again."""
        self._tokens += 1
        return self._tokens

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Do something later, in the core's own time."""
        return self.timers.at(self.now + seconds, action)

    # ---- webhooks

    def send(
        self,
        *,
        account_sid: str,
        leg_sid: str | None,
        purpose: str,
        method: str,
        url: str,
        params: Params,
        then: Callable[[RequestOutcome], None],
    ) -> int:
        """Send a webhook; ``then`` hears how it went."""
        self._requests += 1
        entry = self.log.add(
            self.now,
            "webhook",
            account_sid,
            leg_sid,
            f"{method} {urlsplit(url).path or '/'}",
            {"purpose": purpose, "method": method, "url": url, "params": [list(p) for p in params]},
        )
        self._awaited[self._requests] = (then, entry)
        self.emit(SendRequest(self._requests, account_sid, leg_sid, purpose, method, url, params))
        return self._requests

    def drop(self, request_id: int) -> None:
        """Nobody waits for this answer any more; it is still logged when it comes."""
        if request_id in self._awaited:
            _, entry = self._awaited[request_id]
            self._awaited[request_id] = (_nobody, entry)

    def answered(self, request_id: int, outcome: RequestOutcome) -> None:
        """A webhook has come back. An unknown or repeated id is ignored."""
        if (waiting := self._awaited.pop(request_id, None)) is None:
            return
        then, entry = waiting
        body = outcome.body[:BODY_IN_LOG].decode("utf-8", "replace")
        failed = outcome.status is None or not 200 <= outcome.status < 300
        detail: dict[str, object] = {
            "status": outcome.status,
            "content_type": outcome.content_type,
            "answer": body,
            "took_ms": round((self.now - entry.at) * 1000),
        }
        why = outcome.error or f"HTTP {outcome.status}"
        self.log.amend(entry, detail, f"11200: {why}" if failed else None)
        then(outcome)

    # ---- the log

    def note(self, leg: Leg, title: str, problem: str | None = None) -> None:
        """Write a line about a leg."""
        self.log.add(
            self.now,
            "problem" if problem else "leg",
            leg.account_sid,
            leg.sid,
            title,
            {"from": leg.from_, "to": leg.to, "status": leg.status},
            problem,
        )


def _nobody(_outcome: RequestOutcome) -> None:
    """Takes the answers that came too late."""
