"""Kill a process at every point of a call's life, and see each call go on to its end.

python -m tests.under_fire            every point, some minutes
python -m tests.under_fire clock 12   twelve of those whose name begins with a word
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.harness.installation import Installation
from tests.under_fire.crash.points import Points, points_of, with_points
from tests.under_fire.every_point import find_points, tell, trials


def main(words: Sequence[str]) -> int:
    """Try the points asked for; returns the exit code."""
    begin = words[0] if words else ""
    most = int(words[1]) if len(words) > 1 else None
    tried = wrong = 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        with Installation(folder, settings=with_points(folder)) as site:
            points = Points(points_of(folder))
            desk = site.open_desk("alice")
            found = [p for p in find_points(site, points, desk) if p.startswith(begin)]
            print(f"{len(found)} points", flush=True)
            for trial in trials(site, points, desk, found[:most]):
                tell(trial, lambda line: print(line, flush=True))
                tried += trial.happened
                wrong += bool(trial.ending.problems)
    print(f"\n{tried} deaths and cuts, {wrong} calls that did not end as they should")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
