"""What decides a universe: a seed, how many call, which faults, and what is left out of it."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.universe.faults import KINDS

SCENARIOS = Path(__file__).parent / "scenarios"


@dataclass(frozen=True)
class Scenario:
    """One universe. The same scenario is the same history, step by step."""

    seed: int
    calls: int = 200
    #: Kinds of faults that may happen; None: all of them, as the seed draws.
    faults: frozenset[str] | None = None
    #: Faults that are not done, by their number in the order they were drawn.
    without: frozenset[int] = frozenset()
    #: Callers who stay at home, by their number.
    absent: frozenset[int] = frozenset()
    #: Stop after so many steps.
    steps: int | None = None
    #: What it once found; for people.
    about: str = ""

    def __post_init__(self) -> None:
        unknown = (self.faults or frozenset()) - KINDS.keys()
        if unknown:
            raise ValueError(
                f"There is no fault {', '.join(sorted(unknown))}. There are: {', '.join(KINDS)}."
            )

    @property
    def command(self) -> str:
        """What a person types to see it again."""
        words = ["python", "-m", "tests.universe", "--seed", str(self.seed)]
        words += ["--calls", str(self.calls)]
        if self.faults is not None:
            words += ["--faults", ",".join(sorted(self.faults)) or "none"]
        if self.without:
            words += ["--without", ",".join(map(str, sorted(self.without)))]
        if self.absent:
            words += ["--absent", ",".join(map(str, sorted(self.absent)))]
        if self.steps is not None:
            words += ["--steps", str(self.steps)]
        return shlex.join(words)

    def save(self, name: str) -> Path:
        """Keep it as a regression test; returns the file."""
        SCENARIOS.mkdir(exist_ok=True)
        path = SCENARIOS / f"{name}.json"
        kept = {
            "about": self.about,
            "seed": self.seed,
            "calls": self.calls,
            "faults": None if self.faults is None else sorted(self.faults),
            "without": sorted(self.without),
            "absent": sorted(self.absent),
            "steps": self.steps,
        }
        path.write_text(json.dumps(kept, indent=2) + "\n")
        return path

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a kept scenario."""
        kept = json.loads(path.read_text())
        return cls(
            about=kept["about"],
            seed=kept["seed"],
            calls=kept["calls"],
            faults=None if kept["faults"] is None else frozenset(kept["faults"]),
            without=frozenset(kept["without"]),
            absent=frozenset(kept["absent"]),
            steps=kept["steps"],
        )
