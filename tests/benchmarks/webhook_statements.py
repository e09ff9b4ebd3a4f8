"""How many statements each webhook of a call takes, in a process of its own.

Run by bench_webhooks, because it needs Django on that database. Prints JSON by kind. Counted is
what the database is asked, without what begins and ends a transaction.
"""

import json
import sys
import uuid
from collections.abc import Callable

import django

django.setup()

from django.db import connection  # noqa: E402 - Django has to be ready first
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from contact_center.conf import current  # noqa: E402
from contact_center.models import Segment  # noqa: E402
from tests.benchmarks.load import signed  # noqa: E402

FRAME = ("BEGIN", "COMMIT")
QUEUE = "QU" + "0" * 32


def main() -> None:
    client = Client(SERVER_NAME="localhost")

    def say(sid: str, path: str, **fields: str) -> None:
        """Post it as the network does."""
        twilio = current().twilio
        said = {"AccountSid": twilio.account_sid, "CallSid": sid, "To": "+14155550100", **fields}
        token = twilio.auth_token.get_secret_value()
        request = signed(twilio.webhook_base_url, path, said, token)
        answer = client.post(
            path,
            request.body,
            content_type=request.headers["Content-Type"],
            headers={"X-Twilio-Signature": request.headers["X-Twilio-Signature"]},
        )
        assert answer.status_code in (200, 204), answer.content

    # What is kept for a moment, and prepared for good, is there when a second call comes.
    walk(say, _sid())
    json.dump(walk(say, _sid()), sys.stdout)


def walk(say: Callable[..., None], sid: str) -> dict[str, int]:
    """A call from its first ring to its end in line."""
    counted = {
        "arrival": count(lambda: say(sid, "/webhooks/voice/", From="+14155550142")),
        "menu": count(lambda: say(sid, "/webhooks/voice/menu/1/", Digits="1")),
    }
    segment = Segment.objects.get(call__sid=sid, ended_at=None).pk
    path = f"/webhooks/voice/wait/{segment}/"
    counted["first wait"] = count(lambda: say(sid, path, QueueSid=QUEUE))
    counted["wait"] = count(lambda: say(sid, path, QueueSid=QUEUE))
    counted["status"] = count(lambda: say(sid, "/webhooks/status/", CallStatus="completed"))
    return counted


def count(ask: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as statements:
        ask()
    return sum(not query["sql"].startswith(FRAME) for query in statements)


def _sid() -> str:
    return "CA" + uuid.uuid4().hex


if __name__ == "__main__":
    main()
