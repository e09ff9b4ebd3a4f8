"""Twilio's request signature. Source: twilio.com/docs/usage/security#validating-requests."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit


def signed_url(url: str) -> str:
    """The URL that is requested and signed: connection overrides, the fragment, are left out."""
    return urlunsplit(urlsplit(url)._replace(fragment=""))


def signature(auth_token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """The value of ``X-Twilio-Signature``: base64 of HMAC-SHA1 over the URL and the sorted form.

    Of a field that comes more than once each distinct value counts once, in sorted order.
    """
    distinct = sorted(set(form))
    text = signed_url(url) + "".join(name + value for name, value in distinct)
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
