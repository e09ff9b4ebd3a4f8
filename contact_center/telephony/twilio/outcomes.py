"""What became of a request: from HTTP to applied, refused, not sent or unknown.

The classes are those of `contact_center.telephony.port`. The line between *not sent* and *unknown*
is whether a single byte of the request may have reached Twilio: on the wrong side of it a call is
made twice, or a caller is left where he is.
"""

import json
import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from twilio.http.response import Response
from urllib3.exceptions import MaxRetryError, NewConnectionError

from contact_center.telephony.port import NotSent, OutcomeUnknown, Refused, RequestFailed

#: Answers that promise the request was not processed: a conflict, a failed precondition, too many
#: requests (Twilio's 20429, "not processed").
_NOT_PROCESSED = frozenset({409, 412, 429})
_REQUEST_TIMEOUT = 408


def of_response(response: Response) -> RequestFailed | None:
    """Return what an answer of Twilio means; None: applied."""
    status = response.status_code
    if 200 <= status < 300:
        if _is_readable(response):
            return None
        return OutcomeUnknown(reason="its answer is not a JSON object")
    code, message = _error_in(response)
    numbered = f"{message} (HTTP {status}{f', error {code}' if code else ''})"
    wait = retry_after_seconds(response)
    if status in _NOT_PROCESSED:
        return NotSent(reason=numbered, retry_after_seconds=wait)
    if status >= 500 or status == _REQUEST_TIMEOUT:
        return OutcomeUnknown(reason=numbered, retry_after_seconds=wait)
    return Refused(code=code, message=message, status=status)


def of_exception(error: requests.RequestException) -> RequestFailed:
    """Return what it means that no answer came, by where on its way the request was."""
    if isinstance(error, requests.ConnectTimeout):
        return NotSent(reason="it does not take connections (no answer in time)")
    if isinstance(error, requests.exceptions.SSLError):
        return NotSent(reason="no safe connection (TLS) can be made to it")
    if isinstance(error, requests.exceptions.ProxyError):
        return NotSent(reason="the proxy does not lead there")
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError):
        return NotSent(reason="it cannot be reached (refused, or its name is not found)")
    if isinstance(error, requests.ReadTimeout):
        return OutcomeUnknown(reason="no answer in time")
    return OutcomeUnknown(reason=f"the connection broke ({type(error).__name__})")


def retry_after_seconds(response: Response) -> float | None:
    """Return the wait that Retry-After names (RFC 9110 §10.2.3: seconds or a date), if any."""
    text = str((response.headers or {}).get("Retry-After", "")).strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - datetime.now(tz=UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _is_readable(response: Response) -> bool:
    # A delete is answered with nothing at all.
    if not response.text:
        return True
    try:
        return isinstance(json.loads(response.text), dict)
    except ValueError:
        return False


def _error_in(response: Response) -> tuple[int | None, str]:
    """Return Twilio's error number and sentence, from its own format or RFC 9457's."""
    try:
        payload = json.loads(response.text)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        return None, "no reason given"
    code = payload.get("code")
    message = payload.get("message") or payload.get("detail") or payload.get("title")
    return code if isinstance(code, int) else None, str(message or "no reason given")
