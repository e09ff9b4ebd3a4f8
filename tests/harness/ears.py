"""Who hears whom, by ear: everybody speaks at a tone of their own, and each line is listened to."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product

from tests.harness.simulator import Simulator
from tests.harness.waiting import wait_until


@dataclass(frozen=True)
class Voice:
    """Somebody who speaks at `tone` Hz, and hears on `line`; without a line they have gone."""

    tone: float
    line: str = ""


def browser_line(simulator: Simulator, customer: str) -> str:
    """The newest line that is up beside the customer's."""
    lines = [leg["sid"] for leg in simulator.live_legs() if leg["sid"] != customer]
    assert lines, "nobody but the customer has a line"
    return str(lines[-1])


def talk(simulator: Simulator, *groups: Collection[Voice]) -> None:
    """Wait until all in a group hear each other, and nobody hears anybody of another group."""
    wanted = [
        (listener, speaker, here is there)
        for here, there in product(groups, repeat=2)
        for listener, speaker in product(here, there)
        if listener.line and listener != speaker
    ]
    # Who hears is asked first: before that a silence says nothing.
    for listener, speaker, is_heard in sorted(wanted, key=lambda one: not one[2]):
        hears = simulator.hears if is_heard else simulator.does_not_hear
        wait_until(
            lambda hears=hears, one=listener, other=speaker: hears(one.line, other.tone),
            what=f"{listener} {'hearing' if is_heard else 'not hearing'} {speaker.tone} Hz",
        )
