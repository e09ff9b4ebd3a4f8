"""Does this request come from Twilio? https://www.twilio.com/docs/usage/security

The signature is an HMAC, keyed with the auth token, over the URL Twilio was given and the posted
form: names sorted, the distinct values of each sorted, joined without separators. JSON is not
joined in; its SHA-256 travels in the URL as ``bodySHA256``, which is signed with the URL. The HMAC
itself is the official library's. What is ours is everything a stranger may send to confuse it.
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator, get_signature_algorithm

from contact_center.telephony.port import FormFields

_DEFAULT_PORTS = {"https": 443, "http": 80}


def is_genuine(
    *,
    url: str,
    params: FormFields,
    body: bytes,
    signature: str,
    content_type: str,
    tokens: Sequence[str],
    signature_settings: str = "",
) -> bool:
    """Return whether one of `tokens` signed this request. Never raises for what was sent.

    Several tokens are right while a token is being replaced: Twilio signs with the old one until
    the new one is promoted, and requests on their way still carry the old signature.
    """
    given = signature.strip().encode("ascii", "replace")
    url = url.partition("#")[0]  # connection overrides after the # are for Twilio; not signed
    try:
        if not _is_form(content_type):
            claimed_hash = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0]
            # A GET has neither hash nor body.
            if (body or claimed_hash) and not _is_hash_of(body, claimed_hash):
                return False
        algorithm = get_signature_algorithm(signature_settings)
        spellings = list(_spellings(url))
        genuine = False
        for token in filter(None, tokens):  # with an empty key anybody could sign
            validator = RequestValidator(token)
            for spelling in spellings:
                expected = validator.compute_signature(spelling, params, algorithm)
                # No early way out: how long the answer takes must not say which part was right.
                genuine |= hmac.compare_digest(expected.encode(), given)
    except (TypeError, ValueError):
        # An algorithm nobody knows, a port that is no number, a field that is no text: not
        # Twilio's doing, and no reason to answer a stranger with a server error.
        return False
    return genuine


def _is_form(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/x-www-form-urlencoded"


def _is_hash_of(body: bytes, claimed: str) -> bool:
    actual = hashlib.sha256(body).hexdigest()
    return hmac.compare_digest(actual.encode(), claimed.strip().lower().encode())


def _spellings(url: str) -> Iterator[str]:
    """Yield the URL as it is, and as Twilio may have spelled its port while signing.

    Which of the two Twilio signs has changed over time; its own library accepts both.
    """
    yield url
    parts = urlsplit(url)
    authority, port = parts.netloc, parts.port
    if port is None:
        default = _DEFAULT_PORTS.get(parts.scheme)
        if default is not None:
            yield url.replace(authority, f"{authority.rstrip(':')}:{default}", 1)
    else:
        yield url.replace(authority, authority.rpartition(":")[0], 1)
