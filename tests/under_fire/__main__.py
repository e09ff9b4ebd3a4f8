"""Kill a process at every point of a call's life, and of heavy work; see each go on to its end.

python -m tests.under_fire            every point, some minutes
python -m tests.under_fire clock 12   twelve of those whose name begins with a word
python -m tests.under_fire worker     those of heavy work
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.harness.installation import Installation
from tests.under_fire.crash.points import Points, points_of, with_points
from tests.under_fire.every_point import Trial, find_points, tell, trials
from tests.under_fire.one_job import a_worker, find_points_of_a_job, trials_of_a_job


def main(words: Sequence[str]) -> int:
    """Try the points asked for; returns the exit code."""
    begin = words[0] if words else ""
    most = int(words[1]) if len(words) > 1 else None
    tried = wrong = 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        with Installation(folder, settings=with_points(folder)) as site:
            points = Points(points_of(folder))
            for trial in every_trial(site, points, begin, most):
                tell(trial, lambda line: print(line, flush=True))
                tried += trial.happened
                wrong += bool(trial.ending.problems)
    print(f"\n{tried} deaths and cuts, {wrong} calls and jobs that did not end as they should")
    return 1 if wrong else 0


def every_trial(
    site: Installation, points: Points, begin: str, most: int | None
) -> Iterator[Trial]:
    """Run calls, then heavy work, once for each of their points whose names begin so."""
    if not begin.startswith("worker"):
        desk = site.open_desk("alice")
        found = [p for p in find_points(site, points, desk) if p.startswith(begin)]
        print(f"{len(found)} points of a call", flush=True)
        yield from trials(site, points, desk, found[:most])
        site.send_everybody_home()
    if "worker".startswith(begin) or begin.startswith("worker"):
        with a_worker(site) as worker:
            found = [p for p in find_points_of_a_job(site, points) if p.startswith(begin)]
            print(f"{len(found)} points of heavy work", flush=True)
            yield from trials_of_a_job(site, points, worker, found[:most])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
