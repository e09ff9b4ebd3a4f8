"""A call is run once for each point at which a process may die; each must go on to its end."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.harness.installation import Installation
from tests.harness.virtual_desk import VirtualDesk
from tests.harness.waiting import let_pass
from tests.under_fire.crash.points import Points, those_of_a_call
from tests.under_fire.one_call import Ending, from_ring_to_wrap_up

#: Calls without any trouble, by which the points are found.
CALM_CALLS = 3
IDLE_SECONDS = 6.0


@dataclass(frozen=True)
class Trial:
    """What was done to a call, and what became of it."""

    point: str
    deed: str
    happened: bool
    ending: Ending


def find_points(site: Installation, points: Points, desk: VirtualDesk) -> list[str]:
    """Return the points of a call, found by running some to which nothing is done.

    Raises AssertionError when one of those goes wrong.
    """
    points.arm()
    let_pass(IDLE_SECONDS)
    idle = points.disarm()
    runs = []
    for number in range(CALM_CALLS):
        points.arm()
        ending = from_ring_to_wrap_up(site, desk, number)
        runs.append(points.disarm())
        assert not ending.problems, ending
    return those_of_a_call(runs, idle)


def trials(
    site: Installation, points: Points, desk: VirtualDesk, chosen: Sequence[str]
) -> Iterator[Trial]:
    """Run a call for each point: a process is killed there; where it asks the network, it loses
    its line there, too."""
    number = 100
    for point in chosen:
        for deed in ("kill", "cut") if "commit" not in point else ("kill",):
            number += 1
            points.arm(point, deed)
            ending = from_ring_to_wrap_up(site, desk, number)
            happened = points.happened
            points.disarm()
            yield Trial(point, deed, happened, ending)


def tell(trial: Trial, say: Callable[[str], None]) -> None:
    """Say in a line what became of a call, and what was wrong with it."""
    word = "not reached" if not trial.happened else "WRONG" if trial.ending.problems else "well"
    say(f"{word:11} {trial.ending.seconds:5.1f} s  {trial.deed:4}  {trial.point}")
    for problem in trial.ending.problems:
        say(f"            {problem}")
