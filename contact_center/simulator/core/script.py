"""Running a document of instructions for a leg, verb by verb.

A leg has one main script. Verbs that let the caller wait (``<Enqueue>``, ``<Dial>``) run further
scripts of their own, in a dialect with fewer verbs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import urljoin, urlsplit

from contact_center.simulator.core import twiml
from contact_center.simulator.core.effects import Clip, Params, RequestOutcome
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.progress import answer
from contact_center.simulator.core.requests import ask
from contact_center.simulator.core.sound import ClipPlayer
from contact_center.simulator.core.stopping import Cause, Detour
from contact_center.simulator.core.twiml import Element
from contact_center.simulator.core.world import World


class Step(Enum):
    """What a verb says after it was run."""

    DONE = auto()
    WAITING = auto()


@dataclass(frozen=True)
class Verb:
    """One verb: what runs it, what it may carry, and whether it picks up the call.

    ``children`` names the elements that may stand inside it and their attributes.
    """

    name: str
    run: Callable[[Script, Element], Step]
    attributes: frozenset[str] = frozenset()
    children: Mapping[str, frozenset[str]] | None = None
    answers: bool = True


@dataclass(frozen=True)
class Dialect:
    """The verbs that may stand in one kind of document, and what asking for one is called."""

    purpose: str
    verbs: Mapping[str, Verb]
    repeats_audio: bool = False


class Activity:
    """A verb that takes time. It calls ``script.proceed`` (or ``load``) when it is over."""

    def stop(self, cause: Cause) -> Detour | None:
        """Break off. May name a document that the leg goes to instead of its redirect's."""

    def press(self, digit: str) -> None:
        """The caller pressed a key."""


class Script:
    """A leg's progress through one document after another."""

    def __init__(
        self,
        world: World,
        leg: Leg,
        dialect: Dialect,
        *,
        at_end: Callable[[], None],
        at_failure: Callable[[TwimlError, str], None],
        fields: Callable[[], Params] = tuple,
    ) -> None:
        """``fields`` are sent with every request for a document, besides the leg's own."""
        self.world = world
        self.leg = leg
        self.dialect = dialect
        self.url = ""
        self.method = "POST"
        self.activity: Activity | None = None
        self.is_fallback = False
        self._at_end = at_end
        self._at_failure = at_failure
        self._fields = fields
        self._verbs: tuple[Element, ...] = ()
        self._position = 0
        self._loading: int | None = None
        self._stopped = False

    # ---- documents

    def load(
        self, url: str, method: str, extra: Params = (), *, purpose: str | None = None
    ) -> Step:
        """Ask for a document and go on with it when it comes."""
        self.activity = None
        self.is_fallback = purpose == "fallback"
        self._loading = ask(
            self.world,
            self.leg,
            purpose or self.dialect.purpose,
            url,
            method,
            self._fields() + extra,
            lambda outcome: self._loaded(url, method, outcome),
        )
        return Step.WAITING

    def _loaded(self, url: str, method: str, outcome: RequestOutcome) -> None:
        self._loading = None
        self.url, self.method = url, method
        try:
            self.run(_document(outcome, url, self.dialect.repeats_audio))
        except TwimlError as problem:
            self._at_failure(problem, url)

    def run(self, verbs: tuple[Element, ...]) -> None:
        """Run these verbs from the first. Raises TwimlError if they may not stand here."""
        self._check(verbs)
        self._verbs = verbs
        self._position = 0
        self.proceed()

    def _check(self, verbs: tuple[Element, ...]) -> None:
        for element in verbs:
            verb = self.dialect.verbs.get(element.name)
            if verb is None:
                raise TwimlError(
                    12200, f"<{element.name}> is not understood here, nor obeyed by the simulator."
                )
            self._check_attributes(element, verb.attributes)
            for child in element.children:
                if child.name not in (verb.children or {}):
                    raise TwimlError(
                        12200, f"<{child.name}> cannot stand inside <{element.name}> here."
                    )
                self._check_attributes(child, (verb.children or {})[child.name])

    def _check_attributes(self, element: Element, known: frozenset[str]) -> None:
        # A wrong attribute is a warning, the document runs on (docs/api/errors/12200).
        for name in sorted(element.attributes.keys() - known):
            self.world.note(
                self.leg,
                f"<{element.name}> ignores an attribute",
                f"12200: <{element.name}> has no attribute {name!r}.",
            )

    def resolve(self, url: str) -> str:
        """An absolute URL from one in the document. Raises TwimlError 15004 without a base."""
        absolute = urljoin(self.url, url)
        if not urlsplit(absolute).scheme:
            raise TwimlError(15004, f"{url!r} is relative; inline TwiML needs absolute URLs.")
        return absolute

    # ---- verbs

    def proceed(self) -> None:
        """Run on from the next verb until one takes time or the document ends."""
        self.activity = None
        while not self._stopped and self._loading is None:
            if self._position >= len(self._verbs):
                self._at_end()
                return
            element = self._verbs[self._position]
            self._position += 1
            verb = self.dialect.verbs[element.name]
            if verb.answers:
                answer(self.world, self.leg)
            try:
                step = verb.run(self, element)
            except TwimlError as problem:
                self._at_failure(problem, self.url)
                return
            if step is Step.WAITING:
                return

    def begin(self, activity: Activity) -> Step:
        """Let this activity take its time."""
        self.activity = activity
        return Step.WAITING

    def play(self, clip: Clip, times: int) -> Step:
        """Let the caller hear a clip, then go on."""
        return self.begin(Playing(self.world, self.leg, clip, times, self.proceed))

    # ---- from outside

    def stop(self, cause: Cause) -> Detour | None:
        """Break off for good."""
        if self._stopped:
            return None
        self._stopped = True
        if self._loading is not None:
            self.world.drop(self._loading)
        activity, self.activity = self.activity, None
        return activity.stop(cause) if activity else None

    def silence(self) -> None:
        """Break off; as a sound that a participant hears this is all there is to stopping it."""
        self.stop(Cause.REPLACED)

    def press(self, digit: str) -> None:
        """The caller pressed a key: whatever runs now hears it, or nobody does."""
        if self.activity is not None:
            self.activity.press(digit)


class Playing(Activity):
    """A clip is heard, a number of times; then something follows."""

    def __init__(
        self, world: World, leg: Leg, clip: Clip, times: int, then: Callable[[], None]
    ) -> None:
        self._player = ClipPlayer(world, leg.sid, clip, times, then)

    def stop(self, cause: Cause) -> Detour | None:
        self._player.silence()
        return None


def _document(outcome: RequestOutcome, url: str, repeats_audio: bool) -> tuple[Element, ...]:
    """The verbs of an answer. Raises TwimlError for an answer that is none."""
    if outcome.status is None:
        code, what = _NO_ANSWER.get(outcome.error or "", (11200, "gave no answer"))
        raise TwimlError(code, f"{url} {what}.")
    if not 200 <= outcome.status < 300:
        raise TwimlError(11200, f"{url} answered HTTP {outcome.status}.")
    verbs = twiml.document(outcome.body, outcome.content_type, url)
    if repeats_audio and outcome.content_type.startswith("audio/"):
        return (Element("Play", {"loop": "0"}, text=url),)
    return verbs


_NO_ANSWER = {
    "connect": (11205, "could not be connected to"),
    "timeout": (11200, "did not answer in time"),
    "read": (11206, "broke off its answer"),
    "redirects": (11215, "redirected more than ten times"),
}
