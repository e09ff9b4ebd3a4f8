"""Browsers come, call, are called, press keys, drop out and come back."""

import asyncio
import time

import pytest

from contact_center.simulator.audio import ToneEnd
from contact_center.simulator.audio.tones import levels
from contact_center.simulator.gateway import calls, protocol
from tests.contact_center.simulator.gateway.floor import (
    CALLER,
    NUMBER,
    ROOM,
    a_floor,
    a_token,
)

pytestmark = pytest.mark.alone

GREETING = "<Response><Say>Hello</Say><Pause length='60'/></Response>"


async def test_alice_shows_her_token_and_hears_who_she_is_and_for_how_long():
    async with a_floor() as floor:
        browser = await floor.browser()
        connected = await browser.listen(a_token("u_alice_1"))
        assert connected["token"]["identity"] == "u_alice_1"
        assert 3590 < connected["token"]["ttl"] <= 3600
        await browser.register()
        assert floor.gateway.figures() == {"sessions": 1, "registered": 1, "calls": 0}
        await browser.say("register", media={"audio": False})
        await browser.hear("offline")
        assert floor.gateway.figures()["registered"] == 0


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (a_token("alice", secret="somebody else's secret, just as long"), 31202),
        (a_token("alice", now=time.time() - 7200), 31205),
        (a_token("alice", account_sid="AC" + "9" * 32), 20101),
        ("nonsense", 31204),
    ],
)
async def test_a_bad_token_is_refused_and_nothing_else_is_done_for_it(token, code):
    async with a_floor() as floor:
        browser = await floor.browser()
        refusal = await browser.listen(token)
        assert refusal["error"]["code"] == code
        await browser.say("register", media={"audio": True})
        assert (await browser.hear("error"))["error"]["code"] == 31201
        await browser.connect(To="anything")
        assert floor.legs() == {}
        assert not browser.was_told("ringing")
        assert floor.gateway.figures()["registered"] == 0


async def test_her_connect_asks_the_application_with_her_parameters_and_is_answered():
    async with a_floor(browser=GREETING) as floor:
        alice = await floor.browser("u_alice_1")
        sid = await alice.connect(join="a+b & c=d", From="client:carol", naïve="我")
        answer = await alice.be_answered()
        assert answer["callsid"] == sid
        assert len(answer["reconnect"]) > 20
        fields = floor.product.fields_of("/browser")
        assert fields["CallSid"] == sid
        assert fields["From"] == "client:u_alice_1"
        assert fields["join"] == "a+b & c=d"
        assert fields["naïve"] == "我"
        assert floor.legs() == {sid: "in-progress"}


async def test_a_phone_page_rings_a_number_as_a_customer_would():
    async with a_floor(voice=GREETING) as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        await phone.be_answered()
        fields = floor.product.fields_of("/voice")
        assert (fields["From"], fields["To"]) == (CALLER, NUMBER)
        assert fields["Direction"] == "inbound"
        await phone.say("hangup", callsid=sid)
        await floor.status(sid, "completed")
        assert floor.gateway.figures()["calls"] == 0
        assert not phone.was_told("hangup")


async def test_a_number_that_does_not_exist_is_said_so_under_the_callers_own_name_for_the_call():
    async with a_floor() as floor:
        phone = await floor.browser("phone_1")
        assert await phone.connect(From=CALLER, To="+19005550000") == "TJS0001"
        assert phone.inbox[-1][1]["error"]["code"] == 31404
        assert "+19005550000" in phone.inbox[-1][1]["error"]["message"]
        assert floor.legs() == {}


@pytest.mark.parametrize(
    "changes", [{"application_sid": None}, {"application_sid": "AP" + "9" * 32}]
)
async def test_a_token_without_a_known_application_may_not_call(changes):
    async with a_floor() as floor:
        browser = await floor.browser()
        await browser.listen(a_token("alice", **changes))
        await browser.connect()
        assert browser.inbox[-1][1]["error"]["code"] == 31002
        assert floor.legs() == {}


async def test_two_browsers_in_a_conference_hear_each_other_and_themselves_not():
    async with a_floor(voice=ROOM, browser=ROOM) as floor:
        alice = await floor.browser("u_alice_1")
        phone = await floor.browser("phone_1")
        agent_sid = await alice.connect()
        await alice.be_answered()
        customer_sid = await phone.connect(From=CALLER, To=NUMBER)
        await phone.be_answered()
        for name, browser, tone in (("agent", alice, 440), ("customer", phone, 1010)):
            floor.far_side.attach(name, browser.media)
            floor.far_side.attach(f"{name}'s voice", ToneEnd(tone))
        floor.far_side.set_audibility(
            {"agent": ("agent's voice",), "customer": ("customer's voice",)}
        )

        def heard(name: str) -> dict[str, float]:
            return levels(floor.far_side.said(name, 0.4), (440, 1010))["tones"]

        await floor.becomes(lambda: heard("agent")["1010"] > -20 and heard("customer")["440"] > -20)
        assert heard("agent")["440"] < -60
        assert heard("customer")["1010"] < -60
        await alice.say("hangup", callsid=agent_sid)
        await floor.status(agent_sid, "completed")
        await floor.becomes(lambda: heard("customer")["440"] < -100)
        assert floor.legs()[customer_sid] == "in-progress"


async def test_keys_arrive_one_after_the_other_and_pauses_are_dropped():
    menu = "<Response><Gather numDigits='4' timeout='60' action='/chosen'/></Response>"
    async with a_floor(voice=menu, chosen=GREETING) as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        await phone.be_answered()
        await phone.say("dtmf", callsid=sid, dtmf="1w2")
        await phone.say("dtmf", callsid=sid, dtmf="#-x")
        await phone.say("dtmf", callsid=sid, dtmf="3")
        await phone.say("dtmf", callsid="CA" + "0" * 32, dtmf="9")
        await floor.becomes(lambda: any(r.url.endswith("/chosen") for r in floor.product.asked))
        digits = floor.product.fields_of("/chosen")["Digits"]
        assert digits in ("12", "12#3")


async def test_when_the_network_hangs_up_the_browser_is_told_without_an_error():
    async with a_floor(voice="<Response><Say>Goodbye</Say><Hangup/></Response>") as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        await phone.be_answered()
        assert await phone.hear("hangup") == {"callsid": sid}
        assert floor.legs() == {sid: "completed"}


async def test_a_call_that_is_rejected_tells_why():
    async with a_floor(voice="<Response><Reject reason='busy'/></Response>") as floor:
        phone = await floor.browser("phone_1")
        await phone.connect(From=CALLER, To=NUMBER)
        assert (await phone.hear("hangup"))["error"]["code"] == 31486
        assert not phone.was_told("answer")


async def test_a_dropped_socket_leaves_the_call_alive_and_the_token_brings_it_back():
    async with a_floor(voice=GREETING) as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        answer = await phone.be_answered()
        await phone.socket.close()
        await floor.becomes(lambda: floor.gateway.figures()["sessions"] == 0)
        again = await floor.browser("phone_1")
        await again.say("invite", callsid=sid, reconnect=answer["reconnect"], sdp="", twilio={})
        back = await again.hear("answer", "hangup")
        assert back["callsid"] == sid
        assert "sdp" not in back
        assert floor.legs() == {sid: "in-progress"}
        await again.say("hangup", callsid=sid)
        await floor.status(sid, "completed")


async def test_keys_pressed_while_the_socket_was_down_count_when_it_is_back():
    """The SDK sends what it has kept right after its token, before it asks for the call."""
    menu = "<Response><Gather numDigits='1' timeout='60' action='/chosen'/></Response>"
    async with a_floor(voice=menu, chosen=GREETING) as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        answer = await phone.be_answered()
        stranger = await floor.browser("phone_2")
        await stranger.say("dtmf", callsid=sid, dtmf="9")
        await phone.socket.close()
        await floor.becomes(lambda: floor.gateway.figures()["sessions"] == 1)
        await stranger.say("dtmf", callsid=sid, dtmf="9")
        again = await floor.browser("phone_1")
        await again.say("dtmf", callsid=sid, dtmf="1")
        await again.say("invite", callsid=sid, reconnect=answer["reconnect"], sdp="", twilio={})
        await again.hear("answer")
        await floor.becomes(lambda: any(r.url.endswith("/chosen") for r in floor.product.asked))
        assert floor.product.fields_of("/chosen")["Digits"] == "1"


@pytest.mark.parametrize("who", ["phone_1", "phone_2"])
async def test_nobody_takes_over_a_call_without_its_token_or_as_somebody_else(who):
    async with a_floor(voice=GREETING) as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        answer = await phone.be_answered()
        thief = await floor.browser(who)
        token = "a guess" if who == "phone_1" else answer["reconnect"]
        await thief.say("invite", callsid=sid, reconnect=token, sdp="", twilio={})
        assert (await thief.hear("answer", "hangup"))["error"]["code"] == 31209
        await thief.say("hangup", callsid=sid)
        await thief.say("dtmf", callsid=sid, dtmf="1")
        await thief.say("reinvite", callsid=sid, sdp="v=0")
        assert (await thief.hear("hangup"))["error"]["code"] == 31005
        assert floor.legs() == {sid: "in-progress"}


async def test_after_a_restart_an_unknown_call_is_hung_up():
    async with a_floor() as floor:
        phone = await floor.browser("phone_1")
        old = "CA" + "7" * 32
        await phone.say("invite", callsid=old, reconnect="of the last life", sdp="", twilio={})
        hangup = await phone.hear("answer", "hangup")
        assert hangup["callsid"] == old
        assert not phone.was_told("answer")


async def test_a_browser_that_does_not_come_back_in_time_ends_its_call(monkeypatch):
    monkeypatch.setattr(calls, "GONE_SECONDS", 0.2)
    monkeypatch.setattr(calls, "COME_BACK_SECONDS", 0.4)
    async with a_floor(voice=GREETING) as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        await phone.be_answered()
        floor.far_side.attach("customer", phone.media)
        await floor.becomes(lambda: floor.gateway.sound_arrives(sid) is True)
        closed_at = asyncio.get_running_loop().time()
        await phone.socket.close()
        await floor.status(sid, "completed")
        assert asyncio.get_running_loop().time() - closed_at >= 0.4


async def test_a_browser_without_socket_and_sound_is_gone_long_before(monkeypatch):
    monkeypatch.setattr(calls, "GONE_SECONDS", 0.1)
    async with a_floor(voice=GREETING) as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        await phone.be_answered()
        await phone.socket.close()
        await floor.status(sid, "completed")
        assert floor.gateway.figures()["calls"] == 0


async def test_new_media_take_the_place_of_the_old_in_the_same_call():
    async with a_floor(voice=ROOM) as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        await phone.be_answered()
        old = phone.media
        phone.media = type(old)()
        await phone.say("reinvite", callsid=sid, sdp=await phone.media.offer())
        await phone.be_answered()
        floor.far_side.attach("customer", phone.media)
        floor.far_side.attach("voice", ToneEnd(1010))
        floor.far_side.set_audibility({"customer": ("voice",)})
        await floor.becomes(lambda: floor.mixer.levels(sid)["said_db"] > -25)
        assert floor.legs() == {sid: "in-progress"}
        await old.closed()


async def test_unusable_media_end_the_call_with_the_reason():
    async with a_floor(voice=GREETING) as floor:
        phone = await floor.browser("phone_1")
        params = {"params": "To=%2B14155550100&From=%2B14155550142"}
        await phone.say("invite", callsid="TJS1", sdp="no sound at all", twilio=params)
        assert (await phone.hear("hangup"))["error"]["code"] == 53402
        assert floor.legs() == {}
        await phone.say("invite", callsid="TJS2", sdp="m=audio and nonsense", twilio=params)
        await phone.hear("ringing")
        assert (await phone.hear("hangup"))["error"]["code"] == 53402
        assert set(floor.legs().values()) <= {"failed", "completed"}


async def test_a_failed_refresh_of_the_token_ends_nothing():
    async with a_floor(voice=GREETING) as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        await phone.be_answered()
        assert (await phone.listen("stale"))["error"]["code"] == 31204
        await phone.register()
        assert floor.legs() == {sid: "in-progress"}


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[]",
        "7",
        '"listen"',
        "{}",
        '{"type": 7}',
        '{"type": "listen", "payload": 7}',
        '{"type": "no such verb", "payload": {}}',
        '{"type": "hangup", "payload": {"callsid": {"a": 1}}}',
        '{"type": "dtmf", "payload": null}',
        '{"type": "invite", "payload": {"twilio": [], "sdp": 9}}',
        "[" * 5000,
        "\x00\ud83d",
    ],
)
async def test_nonsense_is_survived_and_the_next_word_is_understood(frame):
    async with a_floor() as floor:
        browser = await floor.browser("u_alice_1")
        await browser.socket.send_str(frame.encode("utf-8", "replace").decode())
        await browser.register()
        assert floor.legs() == {}


async def test_a_message_to_a_call_is_acknowledged():
    async with a_floor(voice=GREETING) as floor:
        phone = await floor.browser("phone_1")
        sid = await phone.connect(From=CALLER, To=NUMBER)
        await phone.say("message", callsid=sid, content={"x": 1}, voiceeventsid="KX1")
        ack = await phone.hear("ack")
        assert ack == {"acktype": "message", "callsid": sid, "voiceeventsid": "KX1"}


async def test_the_heart_beats_and_a_dead_socket_is_closed(monkeypatch):
    monkeypatch.setattr(protocol, "HEARTBEAT_SECONDS", 0.02)
    monkeypatch.setattr(protocol, "SILENT_CLIENT_SECONDS", 0.2)
    async with a_floor() as floor:
        living = await floor.browser("u_alice_1")
        dead = await floor.browser("u_bob_1")
        async with asyncio.timeout(5):
            while floor.gateway.figures()["sessions"] == 2:
                assert await living.socket.receive_str() == "\n"
                await living.socket.send_str("\n")
        assert not living.socket.closed
        await dead.socket.close()
