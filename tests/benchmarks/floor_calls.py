"""A floor with people at work, supervisors who look at it, and customers who come and go.

A process of its own with the site's settings. It makes everybody and prints one line of JSON with
the cookie of each supervisor; then it reads a number of seconds a line, lets things happen for so
long, and answers with their moments.

    python -m tests.benchmarks.floor_calls <supervisors>
"""

import json
import sys
import time
from collections import deque

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django has to be ready first
from django.core.management import call_command  # noqa: E402

from contact_center.domain.states import Activity, Presence  # noqa: E402
from contact_center.models import Role  # noqa: E402
from tests.builders import doing, present, signed_in  # noqa: E402
from tests.cast import make_agent, make_cast, make_user  # noqa: E402
from tests.realtime.world import World  # noqa: E402

CHANGES_PER_SECOND = 20
AGENTS = 40
CALLERS = 30


class Floor:
    """Forty agents of whom most talk, and thirty callers in line at any time."""

    def __init__(self) -> None:
        self.cast = make_cast()
        self.world = World(self.cast)
        for number in range(AGENTS):
            agent = make_agent(self.cast.tenant, f"agent{number}", self.cast.sales)
            present(agent, Presence.BREAK if number % 8 == 0 else Presence.AVAILABLE)
            if number % 8:
                doing(agent, Activity.ON_CALL)
        self.waiting = deque(self.world.ring_in() for _ in range(CALLERS))

    def supervisors(self, number: int) -> list[dict[str, str]]:
        """That many people sign in to look at the floor; return their cookies."""
        people = [
            make_user(self.cast.tenant, f"supervisor{n}", Role.SUPERVISOR) for n in range(number)
        ]
        name = settings.SESSION_COOKIE_NAME
        return [{name: signed_in(user).cookies[name].value} for user in people]

    def changes(self, seconds: float) -> list[float]:
        """Let callers ring in and hang up in turn; return when each had happened."""
        moments: list[float] = []
        began = time.time()
        while len(moments) < seconds * CHANGES_PER_SECOND:
            time.sleep(max(0.0, began + len(moments) / CHANGES_PER_SECOND - time.time()))
            if len(self.waiting) > CALLERS:
                self.world.caller_hangs_up(self.waiting.popleft())
            else:
                self.waiting.append(self.world.ring_in())
            moments.append(time.time())
        return moments


def main() -> None:
    """Do what each line says."""
    call_command("migrate", verbosity=0, skip_checks=True)
    floor = Floor()
    print(json.dumps(floor.supervisors(int(sys.argv[1]))), flush=True)
    for line in sys.stdin:
        print(json.dumps(floor.changes(float(line))), flush=True)


if __name__ == "__main__":
    main()
