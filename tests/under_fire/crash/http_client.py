"""The site's own HTTP client with a point before and after every request."""

from typing import Any

from twilio.http.response import Response

from contact_center.telephony.twilio.http_client import TimedHttpClient
from tests.under_fire.crash.points import reached


class CrashingHttpClient(TimedHttpClient):
    """Dies, or loses its line, before or after a request when that is armed."""

    def request(self, method: str, uri: str, *args: Any, **kwargs: Any) -> Response:
        """Send one request between two points."""
        verb = f"{method} {_kind(uri)}"
        reached(f"before {verb}")
        answer = super().request(method, uri, *args, **kwargs)
        reached(f"after {verb}")
        return answer


def _kind(uri: str) -> str:
    """`Queues-Members` for `…/Queues/QU…/Members/CA….json`."""
    parts = uri.partition("/Accounts/")[2].removesuffix(".json").split("/")[1:]
    return "-".join(part for part in parts if not part[2:].isalnum() or len(part) != 34)
