"""Access tokens for browsers, by the official library.

https://www.twilio.com/docs/iam/access-tokens: a JWT signed with the secret of an API key. It says
who the browser is and which application answers its calls, and nothing else: whoever holds one may
start calls as that identity, so what one call may do is decided by our own single-use join token.
"""

import re
from dataclasses import dataclass, field

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

#: Longer ones are refused by Twilio (errors 20104, 31207).
MAX_TTL_SECONDS = 24 * 60 * 60

#: Twilio takes a little more (error 31105); these characters are safe in every place an identity
#: appears in: SDP, URLs, call logs.
_IDENTITY = re.compile(r"[A-Za-z0-9_]{1,256}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """An API key and what it signs for. Key, application and account belong together."""

    account_sid: str
    key_sid: str
    secret: str = field(repr=False)
    application_sid: str
    #: The region the key was made in; keys of one region mean nothing in another. None is us1.
    region: str | None = None


def browser_token(key: SigningKey, *, identity: str, ttl_seconds: int) -> str:
    """Return a signed token for `identity`, valid `ttl_seconds` from now.

    Raises ValueError for an identity or a lifetime that Twilio would refuse.
    """
    if _IDENTITY.fullmatch(identity) is None:
        raise ValueError(
            "An identity is 1 to 256 letters, digits and underscores, nothing else: "
            f"{identity!r} would be refused by the phone network."
        )
    if not 1 <= ttl_seconds <= MAX_TTL_SECONDS:
        raise ValueError(
            f"A browser token lives 1 to {MAX_TTL_SECONDS} seconds, not {ttl_seconds}."
        )
    # No permission to be called: in our design browsers only ever call in.
    grant = VoiceGrant(outgoing_application_sid=key.application_sid)
    token = AccessToken(
        key.account_sid,
        key.key_sid,
        key.secret,
        identity=identity,
        ttl=ttl_seconds,
        region=key.region,
        grants=[grant],
        # Without "not before": a server clock that is a second ahead would make the token
        # invalid for that second, and the agent's first call of the day fail.
        nbf=None,
    )
    return str(token.to_jwt())
