"""A leg's main script: where it begins, where it is sent, and what it does when that fails."""

from __future__ import annotations

from functools import partial

from contact_center.simulator.core import twiml
from contact_center.simulator.core.account import Handler
from contact_center.simulator.core.detection import Detector, detect_in_background
from contact_center.simulator.core.effects import Keys, Params
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.legs import Detection, Leg
from contact_center.simulator.core.progress import answer, end
from contact_center.simulator.core.requests import ask, ignore
from contact_center.simulator.core.script import Activity, Dialect, Playing, Script
from contact_center.simulator.core.stopping import Cause, Detour
from contact_center.simulator.core.twiml import Element
from contact_center.simulator.core.verbs.dial import DIAL
from contact_center.simulator.core.verbs.enqueue import ENQUEUE
from contact_center.simulator.core.verbs.gather import GATHER
from contact_center.simulator.core.verbs.hangup import HANGUP, REJECT
from contact_center.simulator.core.verbs.pause import PAUSE
from contact_center.simulator.core.verbs.play import PLAY
from contact_center.simulator.core.verbs.record import RECORD
from contact_center.simulator.core.verbs.redirect import REDIRECT
from contact_center.simulator.core.verbs.say import SAY
from contact_center.simulator.core.world import World

MAIN = Dialect(
    "twiml",
    {
        verb.name: verb
        for verb in (
            SAY,
            PLAY,
            PAUSE,
            GATHER,
            RECORD,
            ENQUEUE,
            DIAL,
            REDIRECT,
            HANGUP,
            REJECT,
        )
    },
)

APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."


def new_script(world: World, leg: Leg) -> Script:
    """Give the leg a fresh main script. A document that runs out ends the call."""
    leg.script = Script(
        world,
        leg,
        MAIN,
        at_end=lambda: end(world, leg, "completed"),
        at_failure=partial(_failed, world, leg),
    )
    return leg.script


def picked_up(world: World, leg: Leg) -> None:
    """Somebody has answered an outbound leg. Repeated, it changes nothing."""
    if leg.over or leg.direction == "inbound" or leg.answered_at is not None:
        return
    answer(world, leg)
    if leg.on_answer is not None:
        leg.on_answer()
    elif leg.send_digits:
        script = new_script(world, leg)
        script.begin(Playing(world, leg, Keys(leg.send_digits), 1, lambda: begin(world, leg)))
    elif leg.detection is not None and not leg.detection.in_background:
        new_script(world, leg).begin(_FindingOut(world, leg, leg.detection))
    else:
        detect_in_background(world, leg)
        begin(world, leg)


class _FindingOut(Activity):
    """The call stands still until it is known who has answered."""

    def __init__(self, world: World, leg: Leg, wanted: Detection) -> None:
        self._detector = Detector(
            world, leg, wanted, lambda found: begin(world, leg, (("AnsweredBy", found),))
        )

    def stop(self, cause: Cause) -> Detour | None:
        self._detector.cancel()
        return None


def press(leg: Leg, digit: str) -> None:
    """Whoever is behind the leg pressed a key."""
    if leg.script is not None and not leg.over:
        leg.script.press(digit)


def begin(world: World, leg: Leg, extra: Params = ()) -> None:
    """Ask the leg's own handler what to do, or run the TwiML that came with it."""
    script = new_script(world, leg)
    if leg.twiml:
        _run_inline(world, leg, script, leg.twiml)
    elif leg.voice.url:
        script.load(leg.voice.url, leg.voice.method, extra)
    else:
        _failed(world, leg, TwimlError(11100, "No URL says what to do with this call."), "")


def redirect(world: World, leg: Leg, handler: Handler, inline: str = "") -> None:
    """REST gave the call other instructions: break off what it does and go there."""
    leg.updated_at = world.now
    detour = leg.script.stop(Cause.REDIRECTED) if leg.script else None
    if leg.over:
        return
    script = new_script(world, leg)
    if detour is not None:
        if handler.url:
            # Fetched all the same; this reading of the documentation executes the other answer.
            ask(world, leg, "twiml, not executed", handler.url, handler.method, (), ignore)
        script.load(detour.url, detour.method, detour.params, purpose="queue action")
    elif inline:
        _run_inline(world, leg, script, inline)
    else:
        script.load(handler.url, handler.method)


def _run_inline(world: World, leg: Leg, script: Script, text: str) -> None:
    try:
        script.run(twiml.parse(text.encode("utf-8", "surrogatepass")))
    except TwimlError as problem:
        _failed(world, leg, problem, "")


def _failed(world: World, leg: Leg, problem: TwimlError, url: str) -> None:
    """Ask the fallback URL, once; without one, or when it fails too, apologise and hang up."""
    world.note(leg, "instructions failed", f"{problem.code}: {problem.message}")
    in_fallback = leg.script is not None and leg.script.is_fallback
    if leg.script is not None:
        leg.script.silence()
    if leg.over:
        return
    script = new_script(world, leg)
    if leg.voice.fallback_url and not in_fallback:
        fields: Params = (("ErrorCode", str(problem.code)), ("ErrorUrl", url))
        script.load(leg.voice.fallback_url, leg.voice.fallback_method, fields, purpose="fallback")
        return
    leg.error = (problem.code, problem.message)
    script.run((Element("Say", text=APPLICATION_ERROR),))
