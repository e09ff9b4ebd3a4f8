"""Customers: they ring, press keys, wait, lose patience at a bad moment, talk, and ring again."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from contact_center.domain.events import Event
from contact_center.domain.sentences import ENGLISH, Sentence
from contact_center.models import Call
from contact_center.simulator.core.effects import SendRequest
from contact_center.simulator.core.outside import Does, Outside
from tests.universe.draws import stream
from tests.universe.house_rules import CALLBACK_KEY, rules_of
from tests.universe.people import (
    MENU_NUMBER,
    OTHER_NUMBER,
    ROOM_NUMBER,
    SALES_NUMBER,
    SUPPORT_NUMBER,
)

if TYPE_CHECKING:
    from tests.universe.engine import Universe

#: Moments at which a caller may hang up: something that has just happened …
AWKWARD_EVENTS = (
    "call.queued", "wait.started", "call.offered", "offer.accepted", "agent.joined",
    "call.connected", "hold.asked", "call.held", "hang_up.asked", "agent.lost", "offer.declined",
)  # fmt: skip
#: … or a request about the call that is on its way to us.
AWKWARD_PATHS = ("/connect/", "/queue-left/", "/lost/", "/after/", "/menu/", "/wait/")
#: The same of those who are sent on.
AWKWARD_TRANSFERS = ("transfer.asked", "call.transferred", "call.sent_outside", "transfer.returned")
AWKWARD_ON_THE_WAY = ("/transferred/", "/back-from-outside/")
#: A customer who is tired of waiting looks again after so long whether somebody speaks.
LOOK_AGAIN_SECONDS = 15.0
LONGEST_TALK_SECONDS = 90.0
#: How often who waits would rather be called back.
CALLED_BACK = 0.6
#: What a caller is asked about the callback, as it is spoken.
_WHICH_NUMBER = ENGLISH[Sentence.CALLBACK_TYPE_NUMBER]
_IS_IT_RIGHT = "To confirm, press 1."
_OR_BE_CALLED = ENGLISH[Sentence.CALLBACK_INSTEAD].rpartition("}")[2]
#: What the telephones do of those who are called back, and how often of twenty.
_WHEN_CALLED: dict[Does, int] = {
    "answers": 14, "busy": 1, "never-answers": 1, "fails": 1, "rejects": 1, "machine": 1, "fax": 1,
}  # fmt: skip
#: Who is called back lets it ring for so long; few for longer than the network does.
RINGS_SECONDS = (0.5, 8.0)
RINGS_LONG_SECONDS = (25.0, 40.0)


@dataclass
class Caller:
    """One customer and what they have in mind. Times in seconds."""

    number: int
    from_: str
    to: str
    keys: list[str]
    patience: float
    #: After so long in conversation they hang up; None: they leave that to the agent.
    talk: float | None
    awkward_event: str = ""
    awkward_path: str = ""
    awkward_delay: float = 0.0
    redials: bool = False
    #: After so long in line they ask to be called back; None: they wait on the line.
    asks_back: float | None = None
    #: They did not ring us: we ring them.
    is_rung: bool = False
    sid: str = ""
    talked: bool = False
    gone: bool = False
    pressing: bool = field(default=False)
    #: How many questions about the callback they were asked.
    answered: int = 0


class Callers:
    """All customers of a universe."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self._seed = universe.scenario.seed
        self._by_sid: dict[str, Caller] = {}
        self._sids: dict[int, str] = {}
        self._to_come = 0
        #: How many rang, those who rang again included.
        self.rang = 0
        self._are_called_back = "callbacks" in rules_of(self._seed)
        #: How often each number was rung.
        self._rung: Counter[str] = Counter()

    def begin(self) -> None:
        """Everybody decides when to ring."""
        draw = stream(self._seed, "arrivals")
        desks = len(self._universe.people.agents)
        # One desk is good for about a call in half a minute; sometimes too many ring.
        rate = desks / 24.0 * draw.choice([0.6, 0.9, 1.1, 1.4])
        at = 3.0
        for number in range(self._universe.scenario.calls):
            at += draw.expovariate(rate)
            if number in self._universe.scenario.absent:
                continue
            self._come_after(at, self._caller(number, ""))

    def all_have_called(self) -> bool:
        """Whether nobody will ring any more."""
        return self._to_come == 0

    def sid_of(self, call_id: int) -> str | None:
        """The network's name of a call in our database."""
        sid = self._sids.get(call_id)
        if sid is None:
            sid = Call.objects.filter(pk=call_id).values_list("sid", flat=True).first()
            # Who is called back has another leg with each attempt.
            if sid is not None and sid in self._by_sid and not self._by_sid[sid].is_rung:
                self._sids[call_id] = sid
        return sid

    def _caller(self, number: int, again: str) -> Caller:
        draw = stream(self._seed, "caller", number, again)
        to = draw.choices(
            [MENU_NUMBER, SALES_NUMBER, SUPPORT_NUMBER, OTHER_NUMBER, ROOM_NUMBER],
            [50, 20, 20, 12, 2],
        )[0]
        wrong = [draw.choice(["9", "*", ""]) for _ in range(draw.choice([0, 0, 0, 1, 2, 3]))]
        caller = Caller(
            number=number,
            from_=f"+1415556{number % 10000:04d}",
            to=to,
            keys=[*wrong, draw.choice(["1", "2", "3"])],
            patience=draw.choice([8.0, 30.0, 60.0, 120.0, 180.0]) * draw.uniform(0.7, 1.3),
            talk=draw.choice([None, draw.uniform(0.5, 10.0), draw.uniform(3.0, 30.0)]),
            awkward_delay=draw.choice([0.0, draw.uniform(0.0, 0.3), draw.uniform(0.0, 4.0)]),
            redials=draw.random() < 0.3 and not again,
        )
        awkward = draw.random()
        if awkward < 0.15:
            caller.awkward_event = draw.choice(AWKWARD_EVENTS)
        elif awkward < 0.25:
            caller.awkward_path = draw.choice(AWKWARD_PATHS)
        elif awkward < 0.35:
            sent_on = stream(self._seed, "awkward on the way", number, again)
            if sent_on.random() < 0.7:
                caller.awkward_event = sent_on.choice(AWKWARD_TRANSFERS)
            else:
                caller.awkward_path = sent_on.choice(AWKWARD_ON_THE_WAY)
        if draw.random() < CALLED_BACK:
            caller.asks_back = draw.choice([0.0, draw.uniform(0.0, 5.0), draw.uniform(2.0, 20.0)])
        return caller

    def _come_after(self, seconds: float, caller: Caller) -> None:
        self._to_come += 1
        self._universe.later(seconds, f"caller {caller.number} rings", lambda: self._ring(caller))

    def _ring(self, caller: Caller) -> None:
        universe = self._universe
        self._to_come -= 1
        self.rang += 1
        caller.sid = universe.network.dial_in(caller.from_, caller.to)
        self._by_sid[caller.sid] = caller
        universe.touch(caller.sid)
        universe.journal.act(universe.moment, "customer", f"rings {caller.to}", caller.sid)
        self._after(caller, caller.patience, "loses patience", lambda: self._look(caller))

    def _after(self, caller: Caller, seconds: float, what: str, act: object) -> None:
        assert callable(act)

        def do() -> None:
            if not caller.gone:
                act()

        self._universe.later(seconds, f"caller {caller.number} {what}", do, legs=(caller.sid,))

    # ---- what they do

    def _look(self, caller: Caller) -> None:
        """Tired of waiting, unless somebody speaks."""
        if self._universe.network.talks(caller.sid):
            self._talks(caller)
            self._after(caller, LOOK_AGAIN_SECONDS, "looks again", lambda: self._look(caller))
        else:
            self._hang_up(caller)

    def _talks(self, caller: Caller) -> None:
        if caller.talked:
            return
        caller.talked = True
        seconds = LONGEST_TALK_SECONDS if caller.talk is None else caller.talk
        self._after(caller, seconds, "has said it all", lambda: self._hang_up(caller))
        if self._universe.faults.strike("legs"):
            after = self._universe.faults.between("legs", 0.0, 20.0)
            self._after(caller, after, "is cut off", lambda: self._line_breaks(caller))

    def _hang_up(self, caller: Caller) -> None:
        universe = self._universe
        universe.journal.act(universe.moment, "customer", "hangs up", caller.sid)
        universe.network.far_end_hung_up(caller.sid)

    def _line_breaks(self, caller: Caller) -> None:
        universe = self._universe
        universe.journal.act(universe.moment, "customer", "leg dies", caller.sid)
        universe.network.media_lost(caller.sid)

    def _press(self, caller: Caller) -> None:
        caller.pressing = False
        if not caller.keys:
            return
        key = caller.keys.pop(0)
        universe = self._universe
        if key:
            universe.journal.act(universe.moment, "customer", f"presses {key}", caller.sid)
            universe.network.key_pressed(caller.sid, key)

    # ---- what they notice

    def hears_prompt(self, leg_sid: str, text: str) -> None:
        """Somebody is told something; in a menu that is a question."""
        caller = self._by_sid.get(leg_sid)
        if caller is not None and self._answers(caller, text):
            return
        if caller is None or caller.to != MENU_NUMBER or not caller.keys or caller.pressing:
            return
        caller.pressing = True
        wait = 0.3 + 6.0 * ((caller.number * 7 + len(caller.keys) * 3) % 10) / 10
        self._after(caller, wait, "presses a key", lambda: self._press(caller))

    def _answers(self, caller: Caller, text: str) -> bool:
        """Whether it was a question about the callback, which they may answer."""
        draw = stream(self._seed, "answers", caller.number, caller.is_rung, caller.answered)
        if _WHICH_NUMBER in text:
            own = caller.from_.removeprefix("+1")
            keys = draw.choice([f"{own}#", f"{own}#", f"{own[:5]}7{own[6:]}#", "12#", ""])
        elif _IS_IT_RIGHT in text or _OR_BE_CALLED in text:
            keys = draw.choice(["1", "1", "1", "1", "2", ""])
        else:
            return False
        caller.answered += 1
        wait = draw.uniform(0.3, 7.0)
        self._after(caller, wait, "answers", lambda: self._presses(caller, keys))
        return True

    def _presses(self, caller: Caller, keys: str) -> None:
        if keys:
            universe = self._universe
            universe.journal.act(universe.moment, "customer", f"presses {keys}", caller.sid)
            universe.network.key_pressed(caller.sid, keys)

    def noticed_event(self, event: Event) -> None:
        """Something happened to a call."""
        if not event.call_id:
            return
        caller = self._by_sid.get(self.sid_of(event.call_id) or "")
        if caller is None or caller.gone:
            return
        if event.name == "call.connected":
            self._talks(caller)
        if event.name == "wait.started" and self._are_called_back and caller.asks_back is not None:
            wait, caller.asks_back = caller.asks_back, None
            self._after(
                caller, wait, "wants to be called", lambda: self._presses(caller, CALLBACK_KEY)
            )
        if event.name == caller.awkward_event:
            caller.awkward_event = ""
            self._after(
                caller, caller.awkward_delay, "hangs up at once", lambda: self._hang_up(caller)
            )

    def noticed_request(self, request: SendRequest) -> None:
        """The network is about to ask something about a call."""
        caller = self._by_sid.get(request.leg_sid or "")
        if caller is None or caller.gone or not caller.awkward_path:
            return
        if caller.awkward_path in urlsplit(request.url).path:
            caller.awkward_path = ""
            self._after(
                caller, caller.awkward_delay, "hangs up at once", lambda: self._hang_up(caller)
            )

    def are_rung(self, leg_sid: str, to: str) -> None:
        """The telephone of somebody is about to ring: they take it, or do not."""
        universe = self._universe
        self._rung[to] += 1
        draw = stream(self._seed, "called back", to, self._rung[to])
        long = draw.random() < 0.08
        universe.network.outside[to] = Outside(
            does=draw.choices(list(_WHEN_CALLED), list(_WHEN_CALLED.values()))[0],
            after_s=draw.uniform(*(RINGS_LONG_SECONDS if long else RINGS_SECONDS)),
        )
        caller = self._caller(int(to[-4:]), f"called {self._rung[to]}")
        caller.from_, caller.to, caller.sid = to, "", leg_sid
        caller.is_rung, caller.redials, caller.asks_back = True, False, None
        self._by_sid[leg_sid] = caller
        universe.journal.act(universe.moment, "customer", "is rung", leg_sid)
        self._after(
            caller,
            RINGS_LONG_SECONDS[1] + caller.patience,
            "loses patience",
            lambda: self._look(caller),
        )

    def leg_ended(self, leg_sid: str) -> None:
        """A line is over; who was not served rings again."""
        caller = self._by_sid.get(leg_sid)
        if caller is None:
            return
        caller.gone = True
        if caller.redials and not caller.talked:
            again = self._caller(caller.number, "again")
            again.from_, again.to = caller.from_, caller.to
            self._come_after(1.0 + caller.patience / 10, again)
