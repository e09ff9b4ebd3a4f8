import jwt
import pytest
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VideoGrant, VoiceGrant

from contact_center.simulator.server import tokens

ACCOUNT, KEY, SECRET = "AC" + "0" * 32, "SK" + "1" * 32, "a secret that is long enough for HS256"
APPLICATION = "AP" + "2" * 32
NOON = 1_800_000_000.0


def secret_of(account_sid: str, key_sid: str) -> str | None:
    return SECRET if (account_sid, key_sid) == (ACCOUNT, KEY) else None


def verify(token: object, now: float = NOON) -> tokens.VerifiedToken:
    return tokens.verify(token, secret_of=secret_of, now=now)


def minted(**changes: object) -> str:
    values = {
        "account_sid": ACCOUNT,
        "key_sid": KEY,
        "secret": SECRET,
        "identity": "u_alice_1",
        "application_sid": APPLICATION,
        "now": NOON,
    }
    return tokens.mint(**{**values, **changes})


def signed(claims: dict[str, object], headers: dict[str, str] | None = None) -> str:
    headers = {"cty": "twilio-fpa;v=1"} if headers is None else headers
    return jwt.encode(claims, SECRET, algorithm="HS256", headers=headers)


def claims(**changes: object) -> dict[str, object]:
    voice = {"incoming": {"allow": True}}
    usual = {
        "iss": KEY,
        "sub": ACCOUNT,
        "exp": NOON + 3600,
        "grants": {"identity": "alice", "voice": voice},
    }
    return {**usual, **changes}


def test_a_token_made_by_twilios_own_library_lets_alice_in(time_machine):
    time_machine.move_to(NOON, tick=False)
    token = AccessToken(ACCOUNT, KEY, SECRET, identity="u_alice_1", ttl=600)
    token.add_grant(
        VoiceGrant(
            outgoing_application_sid=APPLICATION,
            outgoing_application_params={"lease": "7"},
            incoming_allow=True,
        )
    )
    assert verify(token.to_jwt()) == tokens.VerifiedToken(
        account_sid=ACCOUNT,
        identity="u_alice_1",
        expires_at=NOON + 600,
        may_be_rung=True,
        outgoing_application_sid=APPLICATION,
        outgoing_params=(("lease", "7"),),
    )


def test_a_token_for_video_alone_opens_no_phone(time_machine):
    time_machine.move_to(NOON, tick=False)
    token = AccessToken(ACCOUNT, KEY, SECRET, identity="alice")
    token.add_grant(VideoGrant(room="x"))
    with pytest.raises(tokens.TokenRefused) as refusal:
        verify(token.to_jwt())
    assert refusal.value.code == 31201


def test_what_the_phone_page_mints_is_accepted():
    assert verify(minted()).identity == "u_alice_1"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, 31204),
        ("", 31204),
        (7, 31204),
        ("not.a.token", 31204),
        (minted(secret="another secret that is long enough"), 31202),
        (minted(account_sid="AC" + "9" * 32), 20101),
        (minted(key_sid="SK" + "9" * 32), 20101),
        (minted(now=NOON - 3600), 31205),
        (minted(now=NOON - 999999), 31205),
        (minted(life_seconds=24 * 3600 + 1), 31207),
        (minted(now=NOON + 3600), 31204),
        (minted(identity=""), 31105),
        (minted(identity="a b"), 31105),
        (minted(identity="x" * 257), 31105),
        (signed(claims(), headers={}), 31204),
        (signed(claims(exp="tomorrow")), 31204),
        (signed(claims(exp=True)), 31204),
        (signed({k: v for k, v in claims().items() if k != "exp"}), 31204),
        (signed(claims(grants="all of them")), 31105),
        (signed(claims(grants={"identity": "alice"})), 31201),
        (signed(claims(sub=["AC"])), 20101),
        (
            jwt.encode(claims(), None, algorithm="none", headers={"cty": "twilio-fpa;v=1"}),
            31204,
        ),
    ],
)
def test_a_token_that_is_not_in_order_is_refused_with_its_code_and_a_sentence(token, code):
    with pytest.raises(tokens.TokenRefused) as refusal:
        verify(token)
    assert refusal.value.code == code
    assert refusal.value.message.endswith((".", "?", ")."))


def test_a_token_is_good_until_its_last_second():
    token = minted(life_seconds=60)
    assert verify(token, NOON + 59.9).expires_at == NOON + 60
    with pytest.raises(tokens.TokenRefused):
        verify(token, NOON + 60)
