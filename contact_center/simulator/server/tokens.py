"""Access tokens: what a browser shows to be let in, made by the product with an API key's secret.

A JSON Web Token, HS256, whose issuer is the API key, whose subject is the account and whose grants
name the identity and what it may do (twilio.com/docs/iam/access-tokens). The SDK itself never
looks inside: whoever answers it must.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import jwt

MAX_LIFE_SECONDS = 24 * 3600
"""A token may not be made to live longer than a day."""

INVALID = 20101
BAD_SIGNATURE = 31202
MALFORMED = 31204
EXPIRED = 31205
LIVES_TOO_LONG = 31207
NOT_ALLOWED = 31201
BAD_IDENTITY = 31105

_CONTENT_TYPE = "twilio-fpa;v=1"
_IDENTITY = re.compile(r"[A-Za-z0-9_.~\-@+]{1,256}")

SecretOf = Callable[[str, str], str | None]
"""Given an account SID and an API key SID, the key's secret, or None if there is no such key."""


class TokenRefused(Exception):
    """This token lets nobody in. Carries Twilio's code and a sentence that says why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class VerifiedToken:
    """Who is there, until when (seconds since 1970), and what she may do."""

    account_sid: str
    identity: str
    expires_at: float
    may_be_rung: bool
    outgoing_application_sid: str | None
    outgoing_params: tuple[tuple[str, str], ...]


def verify(token: object, *, secret_of: SecretOf, now: float) -> VerifiedToken:
    """Check signature, times, account, API key and voice grant. Raises TokenRefused."""
    if not isinstance(token, str) or not token:
        raise TokenRefused(MALFORMED, "There is no access token in this message.")
    unproven = _read(token)
    account_sid, key_sid = unproven.get("sub"), unproven.get("iss")
    secret = (
        secret_of(account_sid, key_sid)
        if isinstance(account_sid, str) and isinstance(key_sid, str)
        else None
    )
    if secret is None:
        raise TokenRefused(
            INVALID, f"Account {account_sid!r} has no API key {key_sid!r} (claims sub and iss)."
        )
    claims = _prove(token, secret)
    expires_at = _check_times(claims, now)
    grants = _mapping(claims.get("grants"))
    identity = grants.get("identity")
    if not isinstance(identity, str) or not _IDENTITY.fullmatch(identity):
        raise TokenRefused(
            BAD_IDENTITY, f"The identity {identity!r} may only be letters, digits and _ . ~ - @ +."
        )
    voice = _mapping(grants.get("voice"))
    if not voice:
        raise TokenRefused(NOT_ALLOWED, "This token has no voice grant.")
    outgoing = _mapping(voice.get("outgoing"))
    application = outgoing.get("application_sid")
    return VerifiedToken(
        account_sid=cast("str", account_sid),
        identity=identity,
        expires_at=expires_at,
        may_be_rung=_mapping(voice.get("incoming")).get("allow") is True,
        outgoing_application_sid=application if isinstance(application, str) else None,
        outgoing_params=tuple(
            (str(name), str(value)) for name, value in _mapping(outgoing.get("params")).items()
        ),
    )


def mint(
    *,
    account_sid: str,
    key_sid: str,
    secret: str,
    identity: str,
    application_sid: str | None,
    now: float,
    life_seconds: int = 3600,
) -> str:
    """Make a token as the product's server library does; for the phone page."""
    voice: dict[str, object] = {"incoming": {"allow": True}}
    if application_sid:
        voice["outgoing"] = {"application_sid": application_sid}
    claims = {
        "jti": f"{key_sid}-{int(now)}",
        "iss": key_sid,
        "sub": account_sid,
        "nbf": int(now),
        "exp": int(now) + life_seconds,
        "grants": {"identity": identity, "voice": voice},
    }
    return jwt.encode(claims, secret, algorithm="HS256", headers={"cty": _CONTENT_TYPE})


def _read(token: str) -> Mapping[str, object]:
    """The claims as they stand there, believed by nobody yet."""
    try:
        header = jwt.get_unverified_header(token)
        claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError as problem:
        raise TokenRefused(MALFORMED, f"This is not an access token: {problem}.") from problem
    if header.get("alg") != "HS256" or header.get("cty") != _CONTENT_TYPE:
        raise TokenRefused(
            MALFORMED, f"An access token's header says HS256 and {_CONTENT_TYPE}, not {header}."
        )
    return claims


def _prove(token: str, secret: str) -> Mapping[str, object]:
    try:
        claims: dict[str, object] = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.PyJWTError as problem:
        raise TokenRefused(
            BAD_SIGNATURE, "The token is not signed with the secret of its API key."
        ) from problem
    return claims


def _check_times(claims: Mapping[str, object], now: float) -> float:
    expires_at = claims.get("exp")
    if not isinstance(expires_at, int | float) or isinstance(expires_at, bool):
        raise TokenRefused(MALFORMED, "The token does not say when it expires.")
    if expires_at <= now:
        raise TokenRefused(EXPIRED, f"The token expired {now - expires_at:.0f} s ago.")
    begins_at = claims.get("nbf", claims.get("iat", now))
    if not isinstance(begins_at, int | float) or begins_at > now + 60:
        raise TokenRefused(MALFORMED, "The token is not valid yet: is a clock wrong?")
    if expires_at - min(begins_at, now) > MAX_LIFE_SECONDS:
        raise TokenRefused(LIVES_TOO_LONG, "The token lives longer than 24 hours.")
    return float(expires_at)


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}
