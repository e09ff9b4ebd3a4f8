"""What happens on the server's side of `bench_painting`: agents become free, events are sent.

A process of its own with the site's settings. It reads one word a line and answers with one line of
JSON: `free` puts a caller in line and then ends the agent's break; `clear` ends the caller's call
and begins the break again; `bare <text>` sends one event to the bare consumer.
"""

import json
import sys
import time
from typing import Any

import django

django.setup()

from asgiref.sync import async_to_sync  # noqa: E402 - Django has to be ready first
from channels.layers import get_channel_layer  # noqa: E402
from django.db import transaction  # noqa: E402

from contact_center.domain.states import Presence  # noqa: E402
from contact_center.models import Agent, Call, EndedBy, PhoneLease, Queue  # noqa: E402
from contact_center.services import presence  # noqa: E402
from contact_center.services.ending import end_call  # noqa: E402
from contact_center.services.transitions import lock_call  # noqa: E402
from tests.benchmarks.painting_app import GROUP  # noqa: E402
from tests.builders import waiting_call  # noqa: E402


class Driver:
    """One agent, one caller at a time."""

    def __init__(self, username: str) -> None:
        self.agent = Agent.objects.get(user__username=username)
        self.queue = Queue.objects.filter(members__agent=self.agent).first()
        self.call: Call | None = None

    def free(self) -> dict[str, Any]:
        """Somebody waits, and the agent's break is over; answer with the moment of that."""
        assert self.queue is not None
        lease = PhoneLease.objects.get(agent=self.agent)
        self.call = waiting_call(self.queue)
        at = time.time()
        presence.set_presence(agent=self.agent, presence=Presence.AVAILABLE, lease_key=lease.key)
        return {"at": at}

    def clear(self) -> dict[str, Any]:
        """The caller is gone and the agent on a break."""
        if self.call is not None:
            with transaction.atomic():
                end_call(lock_call(self.call.pk), ended_by=EndedBy.CUSTOMER, reason="abandoned")
        presence.set_presence(
            agent=self.agent, presence=Presence.BREAK, reason=next(iter(presence.break_reasons()))
        )
        return {}

    def bare(self, text: str) -> dict[str, Any]:
        """Send one event to whoever listens; answer with the moment."""
        at = time.time()
        layer: Any = get_channel_layer()
        async_to_sync(layer.group_send)(GROUP, {"type": "echo", "text": text})
        return {"at": at}


def main() -> None:
    """Do what each line says."""
    driver = Driver(sys.argv[1])
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        answer = getattr(driver, word)(*([rest] if rest else []))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
