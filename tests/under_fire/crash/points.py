"""Where a process may die: after each commit, before and after each request to the phone network.

A point is named by who passes it and where: `web commit receiving.receive_call 1` is the first time
that a web process has committed there since the points were armed. CRASH_POINTS names a folder;
what happens at which point stands in its file `armed`, and every point that is passed leaves a file
there, which is how they are counted over all processes of a role, and found.
"""

import json
import os
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import FrameType

import requests

ARMED = "armed"
PASSED = "passed"

#: Whose name tells best where we are, best first.
TELLING = (
    "/contact_center/services/",
    "/agents/views/",
    "/contact_center/webhooks/",
    "/contact_center/clock.py",
)


def reached(what: str) -> None:
    """Pass a point; die there, or lose the line (requests.ConnectionError), when it is armed."""
    folder = Path(os.environ["CRASH_POINTS"])
    try:
        armed = json.loads((folder / ARMED).read_text())
    except (FileNotFoundError, ValueError):
        return
    name = f"{os.environ['CRASH_ROLE']} {what} {_where(sys._getframe(1))}"
    point = f"{name} {_count(folder / armed['run'], name)}"
    if point != armed["point"]:
        return
    (folder / armed["run"] / PASSED).touch()
    if armed["deed"] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise requests.ConnectionError("the line broke")


def _count(folder: Path, name: str) -> int:
    """Which passing of this point it is, over all processes: each number is taken once."""
    number = 1
    while True:
        try:
            (folder / f"{name} {number}").touch(exist_ok=False)
        except FileExistsError:
            number += 1
        else:
            return number


def _where(frame: FrameType | None) -> str:
    """`module.function` of the product's innermost frame that tells something."""
    found: dict[str, str] = {}
    while frame is not None:
        path = frame.f_code.co_filename
        for part in TELLING:
            if part in path:
                found.setdefault(part, f"{Path(path).stem}.{frame.f_code.co_name}")
        frame = frame.f_back
    return next((found[part] for part in TELLING if part in found), "elsewhere")


def points_of(folder: Path) -> Path:
    """Where an installation in `folder` counts its points."""
    return folder / "points"


def with_points(folder: Path) -> dict[str, str]:
    """The environment in which a site in `folder` has points."""
    return {
        "DJANGO_SETTINGS_MODULE": "tests.under_fire.crash.settings",
        "CRASH_POINTS": str(points_of(folder)),
    }


class Points:
    """The folder as the one who arms sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def arm(self, point: str = "", deed: str = "kill") -> None:
        """Count from now on, and let this happen at this point."""
        self._run = Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        draft = self.folder / "draft"
        draft.write_text(json.dumps({"run": self._run.name, "point": point, "deed": deed}))
        draft.rename(self.folder / ARMED)

    def disarm(self) -> list[str]:
        """Let nothing happen any more; return the points that were passed."""
        (self.folder / ARMED).unlink(missing_ok=True)
        return sorted(path.name for path in self._run.iterdir() if path.name != PASSED)

    @property
    def happened(self) -> bool:
        """Whether the armed point was reached."""
        return (self._run / PASSED).exists()


def those_of_a_call(runs: list[list[str]], idle: list[str]) -> list[str]:
    """The points that every one of these calls passed.

    Of what is also passed while nobody calls (`idle`) only the first time counts.
    """
    always = {point.rpartition(" ")[0] for point in idle}
    counted = Counter(point for run in runs for point in run)
    return sorted(
        point
        for point, times in counted.items()
        if times == len(runs) and (point.endswith(" 1") or point.rpartition(" ")[0] not in always)
    )
