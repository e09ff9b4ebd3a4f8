"""A call's way from queued to its end, and the callbacks that tell of it.

Sources: twilio.com/docs/voice/api/call-resource#statuscallback, docs/voice/twiml#callstatus-values.
"""

from __future__ import annotations

from typing import Literal

from contact_center.simulator.core.effects import LegAnswered, LegEnded, LegRinging, RingFarEnd
from contact_center.simulator.core.legs import Leg, Status
from contact_center.simulator.core.requests import tell
from contact_center.simulator.core.stopping import Cause
from contact_center.simulator.core.times import rfc_2822
from contact_center.simulator.core.world import World

CallEvent = Literal["initiated", "ringing", "answered", "completed"]

ALL_EVENTS: frozenset[str] = frozenset({"initiated", "ringing", "answered", "completed"})

EXTRA_RING_SECONDS = 5.0
"""Added to every ring time-out (docs/voice/api/call-resource, ``Timeout``)."""


def dial_out(world: World, leg: Leg) -> None:
    """Let an outbound leg ring as soon as the account's pace allows."""
    account = world.accounts[leg.account_sid]
    earliest = world.next_dial_at.get(account.sid, world.now)
    starts_at = max(world.now, earliest)
    if account.calls_per_second > 0:
        world.next_dial_at[account.sid] = starts_at + 1 / account.calls_per_second
    leg.queue_time_ms = round((starts_at - world.now) * 1000)
    leg.timers.append(world.timers.at(starts_at, lambda: dial_now(world, leg)))


def dial_now(world: World, leg: Leg) -> None:
    """Let an outbound leg ring at once: no pace is kept for what ``<Dial>`` calls."""
    leg.dialled_at = world.now
    _report(world, leg, "initiated", "initiated")
    to, _, parameters = leg.to.partition("?")
    pairs = tuple(
        (name, value)
        for name, _, value in (p.partition("=") for p in parameters.split("&"))
        if name
    )
    leg.timers.append(
        world.after(leg.timeout_s + EXTRA_RING_SECONDS, lambda: end(world, leg, "no-answer"))
    )
    world.emit(RingFarEnd(leg.sid, to, leg.from_, pairs))


def ring(world: World, leg: Leg) -> None:
    """The far end of an outbound leg has begun to ring."""
    if leg.status != "queued" or leg.dialled_at is None:
        return
    _move(world, leg, "ringing")
    world.emit(LegRinging(leg.sid))
    _report(world, leg, "ringing")
    if leg.on_ring is not None:
        leg.on_ring()


def answer(world: World, leg: Leg) -> None:
    """Pick up: the leg is in progress from here on. Repeated, it changes nothing."""
    if leg.answered_at is not None or leg.over:
        return
    leg.answered_at = world.now
    for timer in leg.timers:
        timer.cancel()
    leg.timers.clear()
    if leg.time_limit_s is not None:
        limit(world, leg, leg.time_limit_s)
    _move(world, leg, "in-progress")
    world.emit(LegAnswered(leg.sid))
    _report(world, leg, "answered")


def end(world: World, leg: Leg, status: Status) -> None:
    """The call is over. Everything it was doing is broken off, then its end is reported."""
    if leg.over:
        return
    never_dialled = leg.direction != "inbound" and leg.dialled_at is None
    for timer in (*leg.timers, *leg.intentions):
        timer.cancel()
    leg.timers.clear()
    leg.intentions.clear()
    leg.ended_at = world.now
    _move(world, leg, status)
    if leg.detector is not None:
        leg.detector.cancel()
    if leg.script is not None:
        leg.script.stop(Cause.HANGUP)
    world.emit(LegEnded(leg.sid, status, leg.error))
    # A call cancelled while still queued sends no callback (docs/voice/twiml, StatusCallback).
    if not never_dialled:
        _report(world, leg, "completed")


def limit(world: World, leg: Leg, seconds: int) -> None:
    """End the call after this many seconds, counted from now (``TimeLimit``)."""
    leg.timers.append(world.after(seconds, lambda: end(world, leg, "completed")))


def _move(world: World, leg: Leg, status: Status) -> None:
    leg.status = status
    leg.updated_at = world.now
    world.note(leg, f"call {status}")


def _report(world: World, leg: Leg, event: CallEvent, status: str | None = None) -> None:
    callback = leg.status_callback
    if callback is None or event not in callback.events:
        return
    news = {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(leg.sequence),
        "Timestamp": rfc_2822(world.now),
    }
    leg.sequence += 1
    if event == "completed":
        seconds = leg.duration or 0
        news["CallDuration"] = str(seconds)
        news["Duration"] = str(-(-seconds // 60))
        news["SipResponseCode"] = SIP_RESPONSE.get(leg.status, "200")
    tell(world, leg, "status", callback.url, callback.method, tuple(news.items()), status)


SIP_RESPONSE = {"busy": "486", "no-answer": "487", "failed": "404", "canceled": "487"}
"""What the telephone network's own signalling said, by final status (RFC 3261, section 21)."""
