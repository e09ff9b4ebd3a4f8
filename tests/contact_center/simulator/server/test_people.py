"""Scripted callers: they press keys, lose patience, and end their conversations."""

import base64

import pytest

from tests.contact_center.simulator.server.desk import Desk
from tests.contact_center.simulator.server.phone_network import PhoneNetwork

ROOM = "<Dial><Conference waitUrl=''>c-1</Conference></Dial>"


async def test_keys_come_one_after_the_other_once_the_call_is_answered(
    desk: Desk, network: PhoneNetwork
) -> None:
    desk.answers["/voice"] = "<Gather numDigits='1' action='/first'><Say>One</Say></Gather>"
    desk.answers["/first"] = "<Gather numDigits='2' action='/second'><Say>Two</Say></Gather>"
    desk.answers["/second"] = "<Hangup/>"

    caller = await network.call(keys="1ww23")

    assert (await desk.visited("/first")).fields["Digits"] == "1"
    assert (await desk.visited("/second")).fields["Digits"] == "23"
    await network.until(caller, status="completed")


async def test_keys_can_be_pressed_later(desk: Desk, network: PhoneNetwork) -> None:
    desk.answers["/voice"] = "<Gather numDigits='1' action='/chosen' timeout='60'/>"
    caller = await network.call()
    await network.until(caller, status="in-progress")

    status, _ = await network.ask("POST", f"/simulator/callers/{caller}/keys", {"keys": "7"})

    assert status == 204
    assert (await desk.visited("/chosen")).fields["Digits"] == "7"


async def test_a_caller_nobody_talks_to_loses_patience(desk: Desk, network: PhoneNetwork) -> None:
    desk.answers["/voice"] = "<Enqueue waitUrl='/wait' action='/left'>q</Enqueue>"
    desk.answers["/wait"] = "<Pause length='60'/>"

    caller = await network.call(patience_s=0.4)

    assert (await desk.visited("/left")).fields["QueueResult"] == "hangup"
    await network.until(caller, status="completed")


async def test_who_talks_is_patient_and_hangs_up_when_he_has_said_it_all(
    desk: Desk, network: PhoneNetwork
) -> None:
    desk.answers["/voice"] = ROOM

    brief = await network.call(patience_s=0.5, talk_s=1.0)
    other = await network.call(patience_s=5)
    talking = await network.until(brief, hears=[other])
    over = await network.until(brief, status="completed")

    assert over["ended_at"] - talking["answered_at"] > 0.9
    assert (await network.leg(other))["status"] == "in-progress"


async def test_a_caller_hangs_up_when_told(desk: Desk, network: PhoneNetwork) -> None:
    desk.answers["/voice"] = "<Pause length='0'/><Say>Please hold the line for long</Say>"
    caller = await network.call()

    assert (await network.ask("POST", f"/simulator/callers/{caller}/hangup"))[0] == 204
    await network.until(caller, ended_at=(await network.leg(caller))["ended_at"])
    status, body = await network.ask("POST", f"/simulator/callers/{caller}/hangup")
    assert status == 404
    assert caller in body["error"]


async def test_any_leg_can_be_hung_up_by_its_far_end(desk: Desk, network: PhoneNetwork) -> None:
    desk.answers["/voice"] = "<Say>Please hold the line for long</Say>"
    caller = await network.call()
    await network.until(caller, status="in-progress")

    assert (await network.ask("POST", f"/simulator/calls/{caller}/hangup"))[0] == 204

    await network.until(caller, status="completed")
    assert (await network.ask("POST", "/simulator/calls/CA0/hangup"))[0] == 404


@pytest.mark.parametrize(
    ("body", "status", "part"),
    [
        ({"to": "+14155550100"}, 400, "'from'"),
        ({"from": "+14155550142", "to": ""}, 400, "'to'"),
        ({"from": "+14155550142", "to": "+14155559999"}, 404, "+14155550100"),
        ({"from": "x", "to": "+14155550100", "keys": "call me"}, 400, "'keys'"),
        ({"from": "x", "to": "+14155550100", "patience_s": -1}, 400, "'patience_s'"),
        ({"from": "x", "to": "+14155550100", "talk_s": "long"}, 400, "'talk_s'"),
        (["x"], 400, "object"),
    ],
)
async def test_nonsense_is_refused_with_a_sentence(
    network: PhoneNetwork, body: object, status: int, part: str
) -> None:
    answer = await network.ask("POST", "/simulator/callers", body)

    assert answer[0] == status
    assert part in answer[1]["error"]
    assert network.simulator.network.truth()["legs"] == []


@pytest.mark.parametrize(
    ("voice", "part"),
    [
        ({"tone": 9}, "'tone'"),
        ({"wav": "???"}, "'wav'"),
        ({"wav": base64.b64encode(b"no sound").decode()}, "'wav'"),
    ],
)
async def test_a_voice_that_cannot_be_made_is_refused(
    audible_network: PhoneNetwork, voice: dict[str, object], part: str
) -> None:
    body = {"from": "+14155550142", "to": "+14155550100", **voice}

    status, answer = await audible_network.ask("POST", "/simulator/callers", body)

    assert status == 400
    assert part in answer["error"]


@pytest.mark.parametrize("query", ["seconds=0", "seconds=99", "seconds=x", "tones=loud"])
async def test_listening_wrongly_is_refused(network: PhoneNetwork, query: str) -> None:
    assert (await network.ask("GET", f"/simulator/calls/CA0/heard?{query}"))[0] == 400
    assert (await network.ask("GET", "/simulator/calls/CA0/heard"))[0] == 404


@pytest.mark.alone
async def test_a_call_is_recorded_by_the_clock_of_the_mixer(
    desk: Desk, audible_network: PhoneNetwork
) -> None:
    desk.answers["/voice"] = ROOM
    listener = await audible_network.call()
    path = f"/simulator/calls/{listener}/recording"
    assert (await audible_network.ask("GET", path))[0] == 404
    status, begun = await audible_network.ask("POST", path)
    assert status == 201
    while (await audible_network.ask("GET", path))[1]["ticks"] < 20:
        pass  # alone for a moment
    speaker = await audible_network.call(tone=440)
    await audible_network.until_heard(listener, seconds=0.4, tone=440)

    status, kept = await audible_network.ask("GET", f"{path}?tones=440,1010")

    assert status == 200
    assert kept["from_tick"] == begun["from_tick"]
    assert len(kept["heard"]["440"]) == len(kept["said"]["1010"]) == kept["ticks"] - 9
    alone, together = kept["hears"]
    assert alone == {"tick": begun["from_tick"], "legs": []}
    assert together["legs"] == [speaker]
    # What the record says is what was heard: nothing before, the tone from then on.
    met = together["tick"] - kept["from_tick"]
    assert set(kept["heard"]["440"][: met - 9]) == {-120.0}
    assert min(kept["heard"]["440"][met + 1 :]) > -20
    assert max(kept["said"]["440"]) == -120.0


async def test_who_is_not_there_is_not_recorded(network: PhoneNetwork) -> None:
    assert (await network.ask("POST", "/simulator/calls/CA0/recording"))[0] == 404
    assert (await network.ask("GET", "/simulator/calls/CA0/recording?tones=loud"))[0] == 400
