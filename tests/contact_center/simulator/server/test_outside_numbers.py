"""Outside numbers and recordings over HTTP: set up, taken by hand, heard, and fetched."""

import asyncio
import io
import wave
from typing import Any

import aiohttp
import numpy as np
import pytest

from contact_center.simulator.audio import Samples, clips
from contact_center.simulator.audio.tones import levels
from tests.contact_center.simulator.core.exchange import basic
from tests.contact_center.simulator.server.desk import AUTH_TOKEN, Desk
from tests.contact_center.simulator.server.phone_network import ACCOUNT, NUMBER, PhoneNetwork

OUTSIDE = "+14155550177"


async def call(network: PhoneNetwork, desk: Desk, to: str = OUTSIDE) -> str:
    form = {"From": NUMBER, "To": to, "Url": desk.url("/outbound")}
    status, body = await network.rest("POST", "Calls", form)
    assert status == 201, body
    return str(body["sid"])


async def behaves(network: PhoneNetwork, **how: object) -> Any:
    status, body = await network.ask("POST", "/simulator/outside", {"number": OUTSIDE, **how})
    assert status == 201, body
    return body


async def fetch(url: str, secret: str = AUTH_TOKEN) -> tuple[int, bytes]:
    headers = {"Authorization": basic(ACCOUNT.sid, secret)}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.read()


def samples(wav: bytes) -> Samples:
    with wave.open(io.BytesIO(wav)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


async def test_a_number_does_as_it_was_told_and_then_as_its_digits_say(
    desk: Desk, network: PhoneNetwork
) -> None:
    desk.answers["/outbound"] = "<Gather numDigits='1' action='/pressed' timeout='60'/>"
    listed = await behaves(network, after_s=0, keys="w1", stays_s=1)
    assert listed["numbers"][OUTSIDE]["keys"] == "w1"
    assert listed["endings"]["0196"]["does"] == "machine"

    told = await call(network, desk)
    assert (await desk.visited("/pressed")).fields["Digits"] == "1"
    await network.until(told, status="completed")

    await behaves(network, does="busy")
    await network.until(await call(network, desk), status="busy")
    assert (await network.ask("DELETE", "/simulator/outside"))[0] == 204
    assert (await network.ask("GET", "/simulator/outside"))[1]["numbers"] == {}


async def test_a_telephone_that_rings_is_answered_or_refused_by_hand(
    desk: Desk, network: PhoneNetwork
) -> None:
    desk.answers["/outbound"] = "<Pause length='60'/>"
    await behaves(network, does="never-answers")
    first, second = await call(network, desk), await call(network, desk)
    await network.until(first, status="ringing")
    await network.until(second, status="ringing")

    assert (await network.ask("POST", f"/simulator/calls/{first}/answer"))[0] == 204
    assert (await network.ask("POST", f"/simulator/calls/{second}/refuse"))[0] == 204

    await network.until(first, status="in-progress")
    await network.until(second, status="busy")
    for deed in ("answer", "refuse"):
        status, body = await network.ask("POST", f"/simulator/calls/{first}/{deed}")
        assert (status, first in body["error"]) == (409, True)


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({}, "'number'"),
        ({"number": OUTSIDE, "does": "dances"}, "never-answers"),
        ({"number": OUTSIDE, "does": []}, "'does'"),
        ({"number": OUTSIDE, "after_s": "soon"}, "'after_s'"),
        ({"number": OUTSIDE, "tone": 9}, "'tone'"),
        ({"number": OUTSIDE, "beeps": "loudly"}, "'beeps'"),
        ({"number": OUTSIDE, "keys": "x"}, "'keys'"),
        ({"number": OUTSIDE, "says": 7}, "'says'"),
    ],
)
async def test_nonsense_is_refused_with_a_sentence(
    network: PhoneNetwork, wrong: dict[str, object], part: str
) -> None:
    status, body = await network.ask("POST", "/simulator/outside", wrong)

    assert status == 400
    assert part in body["error"]
    assert network.simulator.network.outside == {}


async def test_a_message_is_left_told_of_and_fetched_without_sound_too(
    desk: Desk, network: PhoneNetwork
) -> None:
    desk.answers["/voice"] = (
        "<Record action='/recorded' timeout='1' recordingStatusCallback='/recording'/>"
    )
    desk.answers["/recorded"] = "<Hangup/>"
    fault = {"kind": "webhook", "path": "/recording", "action": "duplicate"}
    assert (await network.ask("POST", "/simulator/faults", fault))[0] == 201

    await network.call(message="Please call me back")

    action = await desk.visited("/recorded")
    told = await desk.visited("/recording")
    again = await desk.visited("/recording", times=2)
    assert told.is_signed
    assert told.fields == again.fields
    assert told.fields["RecordingSid"] == action.fields["RecordingSid"]
    url = told.fields["RecordingUrl"]
    status, wav = await fetch(url + ".wav")
    assert status == 200
    assert len(samples(wav)) == 8000 * int(told.fields["RecordingDuration"])
    status, mp3 = await fetch(url + ".mp3")
    assert status == 200
    assert len(clips.decode(mp3)) >= len(samples(wav))
    assert (await fetch(url + ".wav", secret="wrong"))[0] == 401
    [recording] = await asyncio.to_thread(network.client.recordings.list)
    assert recording.media_url == url
    assert await asyncio.to_thread(recording.delete)
    assert (await fetch(url + ".wav"))[0] == 404


async def test_a_message_is_not_said_by_somebody_who_hums(network: PhoneNetwork) -> None:
    words = {"from": "+14155550142", "to": NUMBER, "message": "x", "tone": 440}

    status, body = await network.ask("POST", "/simulator/callers", words)

    assert (status, "'message'" in body["error"]) == (400, True)


@pytest.mark.alone
async def test_what_is_kept_is_what_the_caller_said_and_nothing_else(
    desk: Desk, audible_network: PhoneNetwork
) -> None:
    network = audible_network
    desk.answers["/voice"] = (
        "<Record maxLength='1' action='/recorded' recordingStatusCallback='/recording'/>"
    )
    desk.answers["/recorded"] = "<Hangup/>"

    await network.call(tone=700)
    told = await desk.visited("/recording")

    _, wav = await fetch(told.fields["RecordingUrl"] + ".wav")
    sound = samples(wav)
    assert 7000 <= len(sound) <= 8000
    heard = levels(sound, (440, 700, 1000))["tones"]
    assert heard["700"] > -25
    assert max(heard["440"], heard["1000"]) < -60, "neither a made-up tone nor the beep is in it"


@pytest.mark.alone
async def test_a_caller_and_an_outside_number_hear_each_other(
    desk: Desk, audible_network: PhoneNetwork
) -> None:
    network = audible_network
    desk.answers["/voice"] = f"<Dial>{OUTSIDE}</Dial>"
    await behaves(network, after_s=0, says="", tone=440)

    caller = await network.call(tone=1010)

    await network.until_heard(caller, seconds=0.4, tone=440)
    _, truth = await network.ask("GET", "/simulator/truth")
    called = next(leg["sid"] for leg in truth["legs"] if leg["parent_sid"] == caller)
    await network.until_heard(called, seconds=0.4, tone=1010)
