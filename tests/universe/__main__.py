"""Storms: universes on the command line.

python -m tests.universe --seed 7 --calls 2000
python -m tests.universe --seed 7 --calls 2000 --faults webhooks,kill-web --db postgres
python -m tests.universe --seed 1 --seeds 40 --calls 500    forty seeds, one after the other
python -m tests.universe --seed 7 --calls 2000 --shrink     look for a smaller story
python -m tests.universe --seed 7 --calls 2000 --shrink --keep an_agent_who_hangs_up_twice
                                                            … and keep it as a regression test
python -m tests.universe --seed 7 --calls 12 --keep an_agent_who_hangs_up_twice
                                                            keep this one as it is, without a run
python -m tests.universe --scenario tests/universe/scenarios/an_agent_who_hangs_up_twice.json
"""

import argparse
import logging
import os
import sys
import time
from pathlib import Path

from tests.universe.database import own_database
from tests.universe.faults import GROUPS, KINDS, kinds_named
from tests.universe.scenario import Scenario


def main(words: list[str]) -> int:
    """Run what the command line asks for; returns the exit code."""
    asked = _parser().parse_args(words)
    scenario = _scenario(asked)
    if asked.keep and not asked.shrink:
        print(f"kept as {scenario.save(asked.keep)}")
        return 0
    with own_database(asked.db):
        # The product's own log is not for here; what it must not say is an invariant.
        for handler in logging.getLogger().handlers:
            handler.setLevel(logging.CRITICAL + 1)
        return _storm(scenario, asked)


def _storm(scenario: Scenario, asked: argparse.Namespace) -> int:
    # Imported here: they need Django, which needs the database's address.
    from dataclasses import replace

    from tests.universe.database import empty_database
    from tests.universe.reporting import ProgressLine, figures, line_about, report
    from tests.universe.running import Outcome, run_universe
    from tests.universe.shrinking import shrink

    def attempt(wanted: Scenario) -> Outcome:
        empty_database()
        line = ProgressLine(f"seed {wanted.seed}")
        try:
            return run_universe(wanted, after_step=line)
        finally:
            line.end()

    outcomes: list[Outcome] = []
    until = time.monotonic() + 60 * asked.minutes
    for seed in range(scenario.seed, scenario.seed + asked.seeds):
        if time.monotonic() > until:
            print(f"{asked.minutes:g} minutes are over: {len(outcomes)} of {asked.seeds} universes")
            break
        outcome = attempt(replace(scenario, seed=seed))
        outcomes.append(outcome)
        if outcome.violation is None:
            print(line_about(outcome), flush=True)
            continue
        if asked.shrink:
            print(line_about(outcome), flush=True)
            outcome = shrink(
                outcome, attempt, seconds=asked.shrink, say=lambda text: print(text, flush=True)
            )
        print(report(outcome, f"{outcome.scenario.command}{_db(asked)}"), flush=True)
        if asked.keep:
            print(f"kept as {outcome.scenario.save(asked.keep)}", flush=True)
            break
        if not asked.go_on:
            break
    print(f"\n{figures(outcomes)}")
    return 1 if any(outcome.violation for outcome in outcomes) else 0


def _scenario(asked: argparse.Namespace) -> Scenario:
    if asked.scenario:
        return Scenario.read(Path(asked.scenario))
    return Scenario(
        seed=asked.seed,
        calls=asked.calls,
        faults=None if asked.faults is None else kinds_named(asked.faults.split(",")),
        without=_numbers(asked.without),
        absent=_numbers(asked.absent),
        steps=asked.steps,
        about=asked.about,
    )


def _db(asked: argparse.Namespace) -> str:
    return "" if asked.db == "sqlite" else f" --db {asked.db}"


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(word) for word in text.split(",") if word)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.universe")
    parser.add_argument("--seed", type=int, default=1, help="decides everything")
    parser.add_argument("--seeds", type=int, default=1, help="so many, from --seed on")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="begin no universe after these"
    )
    parser.add_argument("--calls", type=int, default=200, help="how many customers ring")
    parser.add_argument(
        "--faults",
        help=f"only these: none, groups ({', '.join(GROUPS)}) or kinds ({', '.join(KINDS)}); "
        "left out, the seed draws them",
    )
    parser.add_argument("--steps", type=int, help="stop after so many steps")
    parser.add_argument("--db", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--go-on", action="store_true", help="after a violation, the next seed")
    parser.add_argument(
        "--shrink",
        type=float,
        nargs="?",
        const=120.0,
        metavar="SECONDS",
        help="look so long for a smaller universe with the same violation",
    )
    parser.add_argument("--without", default="", help="leave out these faults, by number")
    parser.add_argument("--absent", default="", help="let these callers stay at home, by number")
    parser.add_argument(
        "--keep",
        metavar="NAME",
        help="keep this scenario as a regression test; with --shrink, what is left of it",
    )
    parser.add_argument("--about", default="", help="with --keep: what it once found")
    parser.add_argument("--scenario", metavar="FILE", help="run a kept scenario")
    return parser


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        # One seed is one history only if sets of words have one order.
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.universe", *sys.argv[1:]])
    sys.exit(main(sys.argv[1:]))
