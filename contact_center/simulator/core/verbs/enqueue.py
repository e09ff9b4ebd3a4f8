"""``<Enqueue>`` and ``<Leave>``: waiting in a queue, and the caller's way out of it.

Source: twilio.com/docs/voice/twiml/enqueue. The wait document is asked for again whenever it has
run out, which makes it the caller's heartbeat. The ``action`` is requested at once when the call
leaves.
"""

from __future__ import annotations

from typing import Literal

from contact_center.simulator.core.attributes import address, integer, method, only
from contact_center.simulator.core.effects import HoldTone, Params
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.queues import (
    DEFAULT_MAX_SIZE,
    LARGEST_MAX_SIZE,
    LONGEST_NAME,
    Membership,
    Queue,
)
from contact_center.simulator.core.requests import tell
from contact_center.simulator.core.script import Activity, Dialect, Script, Step, Verb
from contact_center.simulator.core.sound import ENDLESS, ClipPlayer, Sound
from contact_center.simulator.core.stopping import Cause, Detour
from contact_center.simulator.core.timers import Timer
from contact_center.simulator.core.twiml import Element
from contact_center.simulator.core.verbs.gather import GATHER
from contact_center.simulator.core.verbs.hangup import HANGUP
from contact_center.simulator.core.verbs.pause import PAUSE
from contact_center.simulator.core.verbs.play import PLAY
from contact_center.simulator.core.verbs.redirect import REDIRECT
from contact_center.simulator.core.verbs.say import SAY
from contact_center.simulator.core.world import World

QueueResult = Literal[
    "bridged", "error", "hangup", "leave", "queue-full", "redirected", "system-error"
]

SHORTEST_WAIT = 1.0
"""Seconds between two requests for the wait document, however empty it is.

An empty document would otherwise be asked for as fast as it is answered.
"""


def _leave(script: Script, element: Element) -> Step:
    stay = script.leg.script.activity if script.leg.script else None
    assert isinstance(stay, _Waiting), "<Leave> is understood only in a wait document"
    stay.leave("leave")
    return Step.WAITING


LEAVE = Verb("Leave", _leave)

WAIT = Dialect(
    "wait",
    {verb.name: verb for verb in (SAY, PLAY, PAUSE, GATHER, HANGUP, REDIRECT, LEAVE)},
)


class _Waiting(Activity):
    """A call's stay in a queue."""

    def __init__(
        self,
        script: Script,
        action: str | None,
        action_method: str,
        wait_url: str | None,
        wait_method: str,
    ) -> None:
        self._script = script
        self._world = script.world
        self._leg = script.leg
        self._action = action
        self._action_method = action_method
        self._wait_url = wait_url
        self._wait_method = wait_method
        self._membership: Membership | None = None
        self._sound: Sound | None = None
        self._wait: Script | None = None
        self._again: Timer | None = None
        self._asked_at = 0.0

    # ---- in

    def join(self, queue: Queue) -> None:
        """Stand at the end of the row and hear the wait document."""
        stay = Membership(queue, self._leg.sid, self._world.now)
        queue.members.append(stay)
        self._membership = self._leg.membership = stay
        if self._wait_url is None:
            self._sound = ClipPlayer(self._world, self._leg.sid, HoldTone(), ENDLESS, _never)
        elif self._wait_url:
            self._wait = Script(
                self._world,
                self._leg,
                WAIT,
                at_end=self._ran_out,
                at_failure=self._failed,
                fields=self._fields,
            )
            self._ask()

    def _ask(self) -> None:
        assert self._wait is not None
        assert self._wait_url is not None
        self._asked_at = self._world.now
        self._wait.load(self._wait_url, self._wait_method)

    def _ran_out(self) -> None:
        soonest = self._asked_at + SHORTEST_WAIT
        if soonest > self._world.now:
            self._again = self._world.timers.at(soonest, self._ask)
        else:
            self._ask()

    def _fields(self) -> Params:
        stay = self._membership
        assert stay is not None
        now = self._world.now
        return (
            ("QueuePosition", str(stay.position)),
            ("QueueSid", stay.queue.sid),
            ("QueueTime", str(stay.waited(now))),
            ("AvgQueueTime", str(stay.queue.average_wait(now))),
            ("CurrentQueueSize", str(len(stay.queue.members))),
            ("MaxQueueSize", str(stay.queue.max_size)),
        )

    def press(self, digit: str) -> None:
        if self._wait is not None:
            self._wait.press(digit)

    # ---- out

    def leave(self, result: QueueResult) -> None:
        """Step out of the row by the caller's own document and go on with the action."""
        fields = self._step_out(result, Cause.REPLACED)
        if self._action:
            self._script.load(self._action, self._action_method, fields, purpose="queue action")
        else:
            self._script.proceed()

    def _failed(self, problem: TwimlError, url: str) -> None:
        # QueueResult "error": the waitUrl's document contained one (docs/voice/twiml/enqueue).
        self._world.note(
            self._leg, "the wait document failed", f"{problem.code}: {problem.message}"
        )
        self.leave("error")

    def stop(self, cause: Cause) -> Detour | None:
        fields = self._step_out("hangup" if cause is Cause.HANGUP else "redirected", cause)
        if not self._action:
            return None
        executed = self._world.readings.enqueue_action_executed_after_redirect
        if cause is Cause.REDIRECTED and executed:
            return Detour(self._action, self._action_method, fields)
        tell(self._world, self._leg, "queue action", self._action, self._action_method, fields)
        return None

    def _step_out(self, result: QueueResult, cause: Cause) -> Params:
        if self._wait is not None:
            self._wait.stop(cause)
        if self._sound is not None:
            self._sound.silence()
        if self._again is not None:
            self._again.cancel()
        fields: dict[str, str] = {"QueueResult": result}
        if (stay := self._membership) is not None:
            fields["QueueSid"] = stay.queue.sid
            fields["QueueTime"] = str(stay.waited(self._world.now))
            stay.queue.members.remove(stay)
            self._membership = self._leg.membership = None
        return tuple(fields.items())


def queue_named(world: World, account_sid: str, name: str, max_size: int) -> Queue:
    """The account's queue of this name, made on demand."""
    for queue in world.queues.values():
        if queue.account_sid == account_sid and queue.friendly_name == name:
            return queue
    sid = world.sids.new("QU")
    queue = Queue(sid, account_sid, name, world.now, world.now, max_size)
    world.queues[sid] = queue
    return queue


def _enqueue(script: Script, element: Element) -> Step:
    only(element, "workflowSid", "")
    if not element.text or len(element.text) > LONGEST_NAME:
        raise TwimlError(12200, f"<Enqueue> needs a queue name of 1 to {LONGEST_NAME} characters.")
    waiting = _Waiting(
        script,
        address(script, element, "action"),
        method(element),
        address(script, element, "waitUrl"),
        method(element, "waitUrlMethod"),
    )
    size = integer(element, "maxQueueSize", DEFAULT_MAX_SIZE, 1, LARGEST_MAX_SIZE)
    queue = queue_named(script.world, script.leg.account_sid, element.text, size)
    script.begin(waiting)
    if queue.full:
        waiting.leave("queue-full")
    else:
        waiting.join(queue)
    return Step.WAITING


def _never() -> None:
    """Endless music does not end by itself."""


ENQUEUE = Verb(
    "Enqueue",
    _enqueue,
    frozenset({"action", "method", "waitUrl", "waitUrlMethod", "workflowSid", "maxQueueSize"}),
)
