"""The network rings a browser: calls that the product makes by REST to client:<identity>."""

from base64 import b64encode

import pytest

from contact_center.simulator.core.resources import RestRequest
from contact_center.simulator.gateway import gateway as gateway_module
from tests.contact_center.simulator.gateway.floor import ACCOUNT, NUMBER, ROOM, Floor, a_floor

pytestmark = pytest.mark.alone


def make_a_call(floor: Floor, to: str, **fields: str) -> str:
    """What `client.calls.create(to=…)` posts; returns the SID."""
    form = {"From": NUMBER, "To": to, "Url": "http://product/answered", **fields}
    credentials = b64encode(f"{ACCOUNT}:token".encode()).decode()
    response = floor.runner.network.rest(
        RestRequest(
            "POST",
            f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json",
            (),
            tuple(form.items()),
            f"Basic {credentials}",
        )
    )
    assert response.status == 201, response.body
    floor.runner.flush()
    return str(response.body["sid"])


async def test_a_registered_browser_rings_with_its_parameters_and_takes_the_call():
    async with a_floor(answered=ROOM) as floor:
        alice = await floor.browser("u_alice_1")
        await alice.register()
        sid = make_a_call(floor, "client:u_alice_1?task=T%26C&x=1")
        invite = await alice.accept()
        assert invite["callsid"] == sid
        assert invite["parameters"]["From"] == NUMBER
        assert invite["parameters"]["AccountSid"] == ACCOUNT
        assert invite["parameters"]["CallSid"] == sid
        await floor.status(sid, "in-progress")
        await floor.becomes(lambda: floor.product.fields_of("/answered")["CallSid"] == sid)
        await floor.becomes(lambda: alice.media.has_media)


async def test_a_browser_that_declines_is_busy():
    async with a_floor() as floor:
        alice = await floor.browser("u_alice_1")
        await alice.register()
        sid = make_a_call(floor, "client:u_alice_1")
        await alice.say("reject", callsid=(await alice.hear("invite"))["callsid"])
        await floor.status(sid, "busy")
        assert not alice.was_told("cancel")


async def test_ringing_stops_when_the_network_gives_up():
    async with a_floor() as floor:
        alice = await floor.browser("u_alice_1")
        await alice.register()
        sid = make_a_call(floor, "client:u_alice_1")
        await alice.hear("invite")
        floor.runner.network.far_end_hung_up(sid)
        floor.runner.flush()
        assert await alice.hear("cancel", "hangup") == {"callsid": sid}
        assert not alice.was_told("hangup")


async def test_a_device_that_says_nothing_at_all_rings_out(monkeypatch):
    monkeypatch.setattr(gateway_module, "RING_SECONDS", 0.1)
    async with a_floor() as floor:
        alice = await floor.browser("u_alice_1")
        await alice.register()
        sid = make_a_call(floor, "client:u_alice_1")
        await floor.status(sid, "no-answer")


@pytest.mark.parametrize("registered_before", [True, False])
async def test_nobody_there_is_a_failed_call(registered_before):
    async with a_floor() as floor:
        alice = await floor.browser("u_alice_1")
        if registered_before:
            await alice.register()
            await alice.close()
            await floor.becomes(lambda: floor.gateway.figures()["registered"] == 0)
        sid = make_a_call(floor, "client:u_alice_1")
        await floor.becomes(lambda: floor.legs()[sid] in ("failed", "no-answer"))
        assert not alice.was_told("invite")


async def test_the_newest_of_two_tabs_rings():
    async with a_floor() as floor:
        first, second = [await floor.browser("u_alice_1") for _ in range(2)]
        await first.register()
        await second.register()
        sid = make_a_call(floor, "client:u_alice_1")
        assert (await second.hear("invite"))["callsid"] == sid
        assert not first.was_told("invite")


async def test_a_telephone_that_has_taken_a_number_is_rung_for_it_and_busy_in_a_call():
    async with a_floor(answered=ROOM) as floor:
        maren = await floor.browser("phone_" + "a" * 12)
        await maren.register()
        floor.runner.take_number("+14155550142", "phone_" + "a" * 12)
        sid = make_a_call(floor, "+14155550142")
        invite = await maren.accept()
        assert (invite["callsid"], invite["parameters"]["From"]) == (sid, NUMBER)
        await floor.status(sid, "in-progress")
        again = make_a_call(floor, "+14155550142")
        await floor.status(again, "busy")


async def test_a_telephone_that_is_gone_is_rung_no_more():
    async with a_floor() as floor:
        maren = await floor.browser("phone_" + "a" * 12)
        await maren.register()
        floor.runner.take_number("+14155550142", "phone_" + "a" * 12)
        await maren.close()
        await floor.becomes(lambda: floor.gateway.figures()["registered"] == 0)
        sid = make_a_call(floor, "+14155550142")
        await floor.status(sid, "failed")
        assert not maren.was_told("invite")
