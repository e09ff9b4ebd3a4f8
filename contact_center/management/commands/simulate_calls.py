"""Invented customers ring the simulator, invented agents answer; a line says how it goes."""

import heapq
import random
import re
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from contact_center.management.simulated import people
from contact_center.management.simulated.agents import OFF_DUTY, STATES, Agents

_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_LOOK_EVERY_SECONDS = 2.0


@dataclass(frozen=True)
class Visitor:
    """One customer: when he rings (seconds from the start), whom, and how he behaves."""

    at: float
    from_: str
    to: str
    keys: str
    patience_s: float
    talk_s: float


def visitors(
    *,
    rate: float,
    duration: float,
    seed: int,
    numbers: Sequence[str],
    keys: Sequence[str],
    patience: float,
    talk: float,
) -> Iterator[Visitor]:
    """Customers in the order they ring; one seed gives the same customers again.

    They come independently (exponential gaps, ``rate`` per second), lose patience after
    exponential times with mean ``patience`` and talk for log-normal times with mean ``talk``
    seconds, as callers are commonly modelled (Gans, Koole and Mandelbaum 2003).
    """
    draw = random.Random(seed)  # noqa: S311 - invented people need no secret
    at = draw.expovariate(rate)
    spread = 0.6
    while at < duration:
        yield Visitor(
            at=at,
            from_=f"+1415555{draw.randrange(1000, 10000)}",
            to=draw.choice(numbers),
            keys=draw.choice(keys),
            patience_s=round(draw.expovariate(1 / patience), 1),
            talk_s=round(talk * draw.lognormvariate(-spread * spread / 2, spread), 1),
        )
        at += draw.expovariate(rate)


class Command(BaseCommand):
    """Rings the simulator's numbers; needs the simulator, never the real network."""

    help = (
        "Let invented customers ring: they press keys, wait, lose patience, talk and hang up. "
        "With --agents, in the demo, invented agents answer. "
        "The line at the bottom says how many are where."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many, for how long, whom, and how patient."""
        parser.add_argument("numbers", nargs="*", help="numbers to ring (default: all there are)")
        parser.add_argument("--rate", type=_rate, default="30/min", help="e.g. 30/min (default)")
        parser.add_argument("--duration", type=_seconds, default="10m", help="e.g. 10m (default)")
        parser.add_argument("--seed", type=int, default=7, help="the same seed, the same customers")
        parser.add_argument(
            "--keys",
            action="append",
            help="what they press, w waiting half a second; repeat to let them choose "
            "(default: ww1 or ww2)",
        )
        parser.add_argument("--patience", type=_seconds, default="90s", help="on average")
        parser.add_argument("--talk", type=_seconds, default="60s", help="on average")
        parser.add_argument(
            "--agents",
            type=_agents,
            default=0,
            metavar="N",
            help=f"so many invented agents answer, at most {people.MOST}; only in the demo",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ring until the time is over, then wait until everybody has hung up."""
        if not settings.MOCK_TWILIO:
            raise CommandError(
                "The simulator is not the phone network of this site; nobody real is rung. "
                "Set MOCK_TWILIO=1, or start with `make run`."
            )
        if options["agents"] and not settings.DEMO:
            raise CommandError(
                "Invented agents sign in without being asked for a password and answer whoever"
                " rings: they belong in the embedded demo only, and this site is not one (DEMO is"
                " not set)."
            )
        self.session = requests.Session()
        self.agents: Agents | None = None
        self.sids: set[str] = set()
        self.talked: set[str] = set()
        numbers = options["numbers"] or self._ask("GET", "/simulator/health")["numbers"]
        if not numbers:
            raise CommandError("The simulator has no numbers. Start it with --number +14155550100.")
        plan = visitors(
            rate=options["rate"],
            duration=options["duration"],
            seed=options["seed"],
            numbers=numbers,
            keys=options["keys"] or ["ww1", "ww2"],
            patience=options["patience"],
            talk=options["talk"],
        )
        signed_in = self._call_in(options["agents"], options["seed"])
        try:
            self._run(plan, options["duration"])
        except KeyboardInterrupt:
            self.stdout.write("\nNobody new rings; those who did go on by themselves.")
        else:
            self.stdout.write("")
        finally:
            self._send_home(signed_in)

    def _call_in(self, number: int, seed: int) -> list[people.SignedIn]:
        if not number:
            return []
        try:
            requests.get(settings.BASE_URL, timeout=10, allow_redirects=False)
        except requests.RequestException as problem:
            raise CommandError(
                f"The site does not answer at {settings.BASE_URL}: {problem}. "
                "Is `make run` running, on the same PORT?"
            ) from problem
        signed_in = people.sign_in(people.cast(number))
        self.agents = Agents(signed_in, seed=seed)
        self.agents.start()
        return signed_in

    def _send_home(self, signed_in: list[people.SignedIn]) -> None:
        if self.agents is None:
            return
        states = self.agents.go_home()
        people.sign_out(signed_in)
        self.stdout.write(f"The agents have hung up: {_told(states)}.")
        if states[OFF_DUTY] < len(signed_in):
            self.stdout.write("Who is on duty still is taken off in five minutes, unheard of.")
        for words, times in self.agents.refusals.most_common(5):
            self.stdout.write(f"Refused {times} times: {words}")

    def _run(self, plan: Iterator[Visitor], duration: float) -> None:
        started = time.monotonic()
        due: list[tuple[float, int, Visitor]] = [(v.at, n, v) for n, v in enumerate(plan)]
        heapq.heapify(due)
        look_at = 0.0
        while True:
            passed = time.monotonic() - started
            while due and due[0][0] <= passed:
                self._ring(heapq.heappop(due)[2])
            if passed >= look_at:
                look_at = passed + _LOOK_EVERY_SECONDS
                live = self._look(passed, duration)
                if not due and not live:
                    return
            next_one = due[0][0] if due else look_at
            time.sleep(max(0.0, min(next_one, look_at) - (time.monotonic() - started)))

    def _ring(self, visitor: Visitor) -> None:
        body = {
            "from": visitor.from_,
            "to": visitor.to,
            "keys": visitor.keys,
            "patience_s": visitor.patience_s,
            "talk_s": visitor.talk_s,
        }
        self.sids.add(self._ask("POST", "/simulator/callers", body)["call_sid"])

    def _look(self, passed: float, duration: float) -> int:
        legs = self._ask("GET", "/simulator/truth")["legs"]
        mine = [leg for leg in legs if leg["sid"] in self.sids]
        self.talked |= {leg["sid"] for leg in mine if leg["hears"]}
        places = Counter(leg["place"] for leg in mine)
        live = len(mine) - places["ended"]
        served = sum(leg["place"] == "ended" and leg["sid"] in self.talked for leg in mine)
        line = (
            f"{_clock(passed)} of {_clock(duration)}: {len(mine)} rang, "
            f"{places['instructions']} in the menu, {places['queue']} in line, "
            f"{places['conference']} talking, {served} served, "
            f"{places['ended'] - served} gone without an answer"
        )
        if self.agents is not None:
            line += f"; agents: {_told(self.agents.states())}"
        self.stdout.write(f"\r{line:<110}", ending="")
        self.stdout.flush()
        return live

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"{settings.SIMULATOR_URL.rstrip('/')}{path}"
        try:
            answer = self.session.request(method, url, json=body, timeout=10)
        except requests.RequestException as problem:
            raise CommandError(
                f"The simulator does not answer at {settings.SIMULATOR_URL}: {problem}. "
                "Is `make run` running, on the same SIM_PORT?"
            ) from problem
        if not answer.ok:
            raise CommandError(f"The simulator refused {path}: {answer.text}")
        return answer.json()


def _told(states: Counter[str]) -> str:
    return ", ".join(f"{states[state]} {state}" for state in STATES if states[state])


def _agents(text: str) -> int:
    if not text.isdecimal() or int(text) > people.MOST:
        raise ArgumentTypeError(f"{text!r} is no number of agents; write 0 to {people.MOST}.")
    return int(text)


def _rate(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)/(s|m|min|h)", text)
    if found is None or float(found[1]) == 0:
        raise ArgumentTypeError(f"{text!r} is no rate; write 30/min, 2/s or 100/h.")
    return float(found[1]) / _UNITS[found[2]]


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|min|h)?", text)
    if found is None or float(found[1]) == 0:
        raise ArgumentTypeError(f"{text!r} is no length of time; write 90s, 10m or 1h.")
    return float(found[1]) * _UNITS[found[2] or "s"]


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
