"""A measured number with the bar it is held to, and the few ways in which we measure."""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measure:
    """A number, its unit, and the most (or least) it may be; None is "for information"."""

    value: float
    unit: str = "x"
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def well(self) -> bool:
        """Whether the bar is met."""
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    def __str__(self) -> str:
        """`2.31 x (bar: at most 2.5 x)`, with the note behind it."""
        text = f"{self.value:.3g} {self.unit}"
        if self.at_most is not None:
            text += f" (bar: at most {self.at_most:g} {self.unit})"
        if self.at_least is not None:
            text += f" (bar: at least {self.at_least:g} {self.unit})"
        if not self.well:
            text += " MISSED"
        return f"{text}  {self.note}".rstrip()


def seconds_each(action: Callable[[], object], *, times: int, rounds: int = 5) -> float:
    """The median over `rounds` of the seconds one `action` takes, each round running it `times`.

    The median, because a neighbour on the machine slows some rounds and quickens none.
    """
    samples = []
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(times):
            action()
        samples.append((time.perf_counter() - started) / times)
    return statistics.median(samples)


def ratio(
    ours: Callable[[], object],
    bare: Callable[[], object],
    *,
    times: int,
    rounds: int = 7,
    at_most: float | None = None,
    note: str = "",
) -> Measure:
    """How many times as long `ours` takes as `bare`, the two taking turns in the same run."""
    ratios, ours_each, bare_each = [], [], []
    for _ in range(rounds):
        bare_seconds = seconds_each(bare, times=times, rounds=1)
        ours_seconds = seconds_each(ours, times=times, rounds=1)
        bare_each.append(bare_seconds)
        ours_each.append(ours_seconds)
        ratios.append(ours_seconds / bare_seconds)
    detail = f"{_ms(ours_each)} against {_ms(bare_each)}"
    return Measure(statistics.median(ratios), at_most=at_most, note=f"{detail} {note}".rstrip())


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that at least `percent` per cent of the samples do not exceed."""
    ordered = sorted(samples)
    position = max(0, -(-len(ordered) * percent // 100) - 1)
    return ordered[int(position)]


def percentiles(seconds: Sequence[float]) -> str:
    """`p50 12.1 ms, p95 20.3 ms, p99 31.0 ms`."""
    return ", ".join(f"p{n} {percentile(seconds, n) * 1000:.1f} ms" for n in (50, 95, 99))


def processor_seconds(pid: int) -> float:
    """The processor time that a process has taken until now, as Linux counts it."""
    # The program's name, in brackets, may hold spaces; user and system time are fields 14 and 15.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    """The memory that a process holds now, as Linux counts it."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _ms(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.3g} ms"
