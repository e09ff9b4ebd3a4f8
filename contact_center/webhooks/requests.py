"""Who may speak to us as the phone network, and what is said when something breaks.

A request is believed when its signature is right for the URL as we gave it (our public base and
the path with its query, not the Host header) and its account is ours. What is not believed gets
403 and writes nothing. Instructions are always instructions: whatever breaks behind a view, the
caller hears a sentence and stays on the line, never "an application error has occurred".
"""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from contact_center.conf import current
from contact_center.domain.sentences import Sentence
from contact_center.services import saying
from contact_center.telephony import network
from contact_center.telephony.instructions import Pause, Redirect
from contact_center.webhooks.time_limit import in_time

logger = logging.getLogger(__name__)

#: No request of the network comes near this; more is somebody else's.
LARGEST_BODY = 64 * 1024
#: Silence between our apology and the next try. With the try itself, which may wait two seconds for
#: a connection, a caller hears nothing for less than five.
PAUSE_SECONDS = 2
KEYS = frozenset("0123456789*#")
#: More keys than any number has.
MOST_KEYS = 32
#: A report may be larger: when it is signed, somebody should see what the network sends there.
LARGEST_REPORT = 1024 * 1024

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def report(keep: Callable[Concatenate[HttpRequest, P], None]) -> View[P]:
    """Answer a report: 204 once ``keep`` has it safe, and 503 while the database takes nothing.

    5xx is what our addresses ask the network to try again after (addresses.py).
    """

    @csrf_exempt
    @require_POST
    @wraps(keep)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        refusal = _refusal(request, LARGEST_REPORT)
        if refusal is not None:
            return refusal
        try:
            with in_time():
                keep(request, *args, **kwargs)
        except DatabaseError as error:
            logger.error("a report to %s could not be kept: %s", request.path, error)
            return HttpResponse("Try again.", status=503, content_type="text/plain")
        return HttpResponse(status=204)

    return guarded


def instructions(view: View[P]) -> View[P]:
    """Answer TwiML whatever happens: a failure becomes a sentence, a pause and another try.

    ``view`` sees only what the phone network surely sent about our account.
    """

    @csrf_exempt
    @require_POST
    @wraps(view)
    def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        refusal = _refusal(request, LARGEST_BODY)
        if refusal is not None:
            return refusal
        try:
            with in_time():  # which may find no database at all
                response = view(request, *args, **kwargs)
        except Exception:
            # The caller is listening: what broke is ours to read in the log, not his to hear.
            logger.exception("%s could not be answered", request.path)
            response = Apology(keep_the_caller(request))
        add_never_cache_headers(response)
        return response

    return answering


class Instructions(HttpResponse):
    """A document of instructions."""

    def __init__(self, body: str) -> None:
        super().__init__(body, content_type="text/xml; charset=utf-8")


class Apology(Instructions):
    """What a caller hears when we stumbled; it is counted by itself."""


def twiml(body: str) -> HttpResponse:
    """Return a document of instructions."""
    return Instructions(body)


def keep_the_caller(request: HttpRequest) -> str:
    """Return instructions that keep a caller while we are broken: a sentence, then ask again.

    The next request has no form of its own, so a key the caller pressed travels in its URL.
    """
    key = pressed_keys(request)
    again = current().twilio.webhook_base_url + request.path
    if key:
        again += "?" + urlencode({"key": key})
    return network().render([saying.tell(Sentence.TROUBLE), Pause(PAUSE_SECONDS), Redirect(again)])


def fields(request: HttpRequest) -> Mapping[str, str]:
    """Return the posted fields; of a repeated one the last, as Django does everywhere.

    Without NUL, which no number, key or SID has and which PostgreSQL takes in no text.
    """
    return {
        name.replace("\x00", ""): value.replace("\x00", "")
        for name, value in request.POST.dict().items()
    }


def pressed_key(request: HttpRequest) -> str:
    """Return the key a caller pressed, now or before we stumbled over it; "" for none."""
    return fields(request).get("Digits", "")[:1] or request.GET.get("key", "")[:1]


def pressed_keys(request: HttpRequest) -> str:
    """Return all the keys of one input, as ``pressed_key`` the first."""
    said = fields(request).get("Digits", "") or request.GET.get("key", "")
    return "".join(key for key in said if key in KEYS)[:MOST_KEYS]


def _refusal(request: HttpRequest, largest: int) -> HttpResponse | None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        return HttpResponse("This request has no length.", status=400, content_type="text/plain")
    if int(length) > largest:
        return HttpResponse("This request is too large.", status=413, content_type="text/plain")
    body = request.body
    if current().webhooks.validate_signature and not _is_signed(request, body):
        # Without the body: it may be anything, and hold anybody's number.
        logger.warning("a request to %s was not signed by the phone network", request.path)
        return _not_believed()
    if request.POST.get("AccountSid") not in our_accounts():
        logger.warning("a request to %s came for another account", request.path)
        return _not_believed()
    return None


def _is_signed(request: HttpRequest, body: bytes) -> bool:
    return network().verify(
        url=current().twilio.webhook_base_url + request.get_full_path(),
        params=request.POST,
        body=body,
        signature=request.headers.get("X-Twilio-Signature", ""),
        content_type=request.headers.get("Content-Type", ""),
        signature_settings=request.headers.get("X-Twilio-Webhooks-Signature-Settings", ""),
    )


def our_accounts() -> frozenset[str]:
    """Return the account and the subaccount that may speak to us."""
    account = current().twilio
    return frozenset(sid for sid in (account.account_sid, account.subaccount_sid) if sid)


def _not_believed() -> HttpResponse:
    return HttpResponse(
        "This address answers the phone network only.", status=403, content_type="text/plain"
    )
