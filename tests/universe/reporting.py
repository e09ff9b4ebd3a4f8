"""What a storm says on the terminal: one line that is overwritten, then what came of it."""

import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests.universe.engine import Universe
from tests.universe.faults import KINDS
from tests.universe.running import Outcome

LINE_EVERY_SECONDS = 0.5


class ProgressLine:
    """One line about the universe that is running, on a terminal only."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._started = time.monotonic()
        self._next = 0.0
        self._shown = sys.stderr.isatty()

    def __call__(self, universe: Universe) -> None:
        """Look at the universe; called after every step."""
        steady = time.monotonic()
        if not self._shown or steady < self._next:
            return
        self._next = steady + LINE_EVERY_SECONDS
        seconds = steady - self._started
        calls = universe.callers.rang
        line = (
            f"{self._what}: {calls} of {universe.scenario.calls} calls, {universe.step} steps, "
            f"{universe.simulated_seconds / 3600:.2f} h simulated, "
            f"{universe.faults.counts.total()} faults, "
            f"{60 * calls / max(seconds, 0.1):.0f} calls/min"
        )
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def line_about(outcome: Outcome) -> str:
    """Return one line about a universe."""
    return (
        f"seed {outcome.scenario.seed}: {outcome.calls} calls, {outcome.steps} steps, "
        f"{outcome.faults.total()} faults, {outcome.simulated_seconds / 3600:.2f} h simulated, "
        f"{outcome.calls_per_minute:.0f} calls/min "
        f"({60 * outcome.calls / max(outcome.processor_seconds, 0.001):.0f} of processor time): "
        + (f"VIOLATION {outcome.violation.invariant}" if outcome.violation else "well")
    )


def faults_by_kind(counts: Counter[str]) -> str:
    """Return the faults that were done, by group."""
    if not counts:
        return "no faults"
    return ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind])


def figures(outcomes: Sequence[Outcome]) -> str:
    """Return what several universes came to, in three lines."""
    faults = sum((outcome.faults for outcome in outcomes), Counter[str]())
    calls = sum(outcome.calls for outcome in outcomes)
    steps = sum(outcome.steps for outcome in outcomes)
    hours = sum(outcome.simulated_seconds for outcome in outcomes) / 3600
    minutes = sum(outcome.real_seconds for outcome in outcomes) / 60
    broken = sum(outcome.violation is not None for outcome in outcomes)
    return (
        f"{calls} calls in {len(outcomes)} universes, {steps} steps, {hours:.1f} hours simulated, "
        f"{calls / max(minutes, 0.001):.0f} calls a minute\n"
        f"{faults.total()} faults: {faults_by_kind(faults)}\n"
        f"{broken} violations"
    )


def report(outcome: Outcome, command: str) -> str:
    """Return what a person needs to understand a universe."""
    lines = [line_about(outcome), f"  faults: {faults_by_kind(outcome.faults)}"]
    violation = outcome.violation
    if violation is None:
        return "\n".join(lines)
    lines += [
        "",
        f"seed {outcome.scenario.seed}, step {outcome.steps}: {violation}",
        "",
        outcome.story or "(It is about no single call.)",
        "",
        "The last steps:",
        *(f"  {step}" for step in outcome.last_steps),
        "",
        f"Again: {command}",
        f"Kept as a test: {command} --keep A_NAME (a smaller one: --shrink --keep A_NAME)",
    ]
    return "\n".join(lines)
