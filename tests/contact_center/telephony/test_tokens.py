"""What a browser is given: who it is and which application answers it, for a while."""

import jwt
import pytest
import time_machine

from contact_center.telephony.twilio.tokens import MAX_TTL_SECONDS, SigningKey, browser_token

NOON = "2026-03-02T12:00:00Z"
NOON_SECONDS = 1_772_452_800
KEY = SigningKey(
    account_sid="AC" + "1" * 32,
    key_sid="SK" + "2" * 32,
    secret="a secret of thirty-two characters",
    application_sid="AP" + "3" * 32,
)


@time_machine.travel(NOON, tick=False)
def test_alices_token_lets_her_call_our_application_and_nothing_else() -> None:
    token = browser_token(KEY, identity="u_alice_lease_0", ttl_seconds=3600)

    assert jwt.get_unverified_header(token) == {
        "alg": "HS256",
        "typ": "JWT",
        "cty": "twilio-fpa;v=1",
    }
    assert jwt.decode(token, KEY.secret, algorithms=["HS256"]) == {
        "jti": f"{KEY.key_sid}-{NOON_SECONDS}",
        "iss": KEY.key_sid,
        "sub": KEY.account_sid,
        "exp": NOON_SECONDS + 3600,
        "grants": {
            "identity": "u_alice_lease_0",
            "voice": {"outgoing": {"application_sid": KEY.application_sid}},
        },
    }


def test_a_key_of_another_region_says_so_in_the_header() -> None:
    key = SigningKey(
        account_sid=KEY.account_sid,
        key_sid=KEY.key_sid,
        secret=KEY.secret,
        application_sid=KEY.application_sid,
        region="ie1",
    )
    token = browser_token(key, identity="u_alice", ttl_seconds=60)
    assert jwt.get_unverified_header(token)["twr"] == "ie1"


@pytest.mark.parametrize(
    "identity",
    ["", "alice@example.org", "alice smith", "alice-1", "álice", "u_alice\n", "a" * 257, "a;b"],
)
def test_an_identity_that_twilio_would_refuse_is_refused_here(identity: str) -> None:
    with pytest.raises(ValueError, match="letters, digits and underscores"):
        browser_token(KEY, identity=identity, ttl_seconds=60)


@pytest.mark.parametrize("ttl_seconds", [0, -1, MAX_TTL_SECONDS + 1])
def test_a_token_lives_a_day_at_most(ttl_seconds: int) -> None:
    with pytest.raises(ValueError, match="1 to 86400 seconds"):
        browser_token(KEY, identity="u_alice", ttl_seconds=ttl_seconds)
    assert browser_token(KEY, identity="u_alice", ttl_seconds=MAX_TTL_SECONDS)


def test_the_secret_is_in_no_representation() -> None:
    assert KEY.secret not in repr(KEY)
