"""A webhook of the network, posted to our site as the real one is: signed."""

from urllib.parse import urldefrag, urlencode, urlsplit

from django.test import Client
from twilio.request_validator import RequestValidator

from contact_center.conf import current
from contact_center.simulator.core.effects import RequestOutcome, SendRequest


def post_signed(client: Client, request: SendRequest, *, token: str = "") -> RequestOutcome:
    """Post ``request`` to our site, signed by ``token`` (by default the account's)."""
    url, _overrides = urldefrag(request.url)
    parts = urlsplit(url)
    if parts.path.startswith("/static/"):
        # A sound file: its server is no part of this.
        return RequestOutcome(status=200, content_type="audio/mpeg", body=b"")
    fields = dict(request.params)
    signer = RequestValidator(token or current().twilio.auth_token.get_secret_value())
    answer = client.post(
        parts.path + (f"?{parts.query}" if parts.query else ""),
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signer.compute_signature(url, fields)},
    )
    return RequestOutcome(
        status=answer.status_code,
        content_type=answer.headers.get("Content-Type", ""),
        body=answer.content,
    )
