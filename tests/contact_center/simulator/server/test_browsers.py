"""Browsers without a page: they show their token, call their application, and are put down."""

import time

import pytest

from contact_center.simulator.server import tokens
from tests.contact_center.simulator.server.desk import Desk
from tests.contact_center.simulator.server.phone_network import ACCOUNT, APPLICATION, PhoneNetwork

ROOM = "<Dial><Conference waitUrl=''>c-1</Conference></Dial>"
[KEY] = ACCOUNT.api_keys
SECRET = "the secret of a key, and long enough for one"


@pytest.fixture(autouse=True)
def long_key(network: PhoneNetwork) -> None:
    network.simulator.network.accounts[ACCOUNT.sid].api_keys[KEY] = SECRET


def token(*, secret: str = SECRET, application: str | None = APPLICATION, now: float = 0.0) -> str:
    return tokens.mint(
        account_sid=ACCOUNT.sid,
        key_sid=KEY,
        secret=secret,
        identity="u_1_abc_0",
        application_sid=application,
        now=now or time.time(),
    )


async def test_a_browser_without_a_page_talks_with_a_caller_until_it_is_put_down(
    desk: Desk, network: PhoneNetwork
) -> None:
    desk.answers["/voice"] = desk.answers["/browser"] = ROOM
    await network.rest("POST", f"Applications/{APPLICATION}", {"VoiceUrl": desk.url("/browser")})
    caller = await network.call()

    body = {"token": token(), "parameters": {"join": "j-1"}}
    status, answer = await network.ask("POST", "/simulator/browsers", body)

    assert status == 201
    said = (await desk.visited("/browser")).fields
    assert (said["From"], said["join"]) == ("client:u_1_abc_0", "j-1")
    await network.until(caller, hears=[answer["call_sid"]])
    await network.ask("POST", f"/simulator/calls/{answer['call_sid']}/hangup")
    await network.until(answer["call_sid"], status="completed")
    await network.until(caller, hears=[])


@pytest.mark.parametrize(
    ("body", "status", "part"),
    [
        ({}, 403, "no access token"),
        ({"token": token(secret="of somebody else, and long enough")}, 403, "not signed"),
        ({"token": token(now=1.0)}, 403, "expired"),
        ({"token": token(application=None)}, 403, "no calls"),
        ({"token": token(application="AP" + "0" * 32)}, 403, "AP000"),
        ({"token": token(), "parameters": ["join"]}, 400, "'parameters'"),
        ({"token": token(), "parameters": {"join": 1}}, 400, "'parameters'"),
    ],
)
async def test_a_browser_that_may_not_is_refused_and_makes_no_call(
    network: PhoneNetwork, body: object, status: int, part: str
) -> None:
    answer = await network.ask("POST", "/simulator/browsers", body)

    assert answer[0] == status
    assert part in answer[1]["error"]
    assert network.simulator.network.truth()["legs"] == []
