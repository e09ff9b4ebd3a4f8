"""Planned faults: what was to fail fails as often as planned, and nothing else does."""

import asyncio
import time

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.contact_center.simulator.server.desk import Desk
from tests.contact_center.simulator.server.phone_network import PhoneNetwork


async def plan(network: PhoneNetwork, **fault: object) -> None:
    status, body = await network.ask("POST", "/simulator/faults", fault)
    assert status == 201, body


async def test_a_lost_status_never_arrives_and_the_next_does(
    desk: Desk, network: PhoneNetwork
) -> None:
    await network.point_number(StatusCallback=desk.url("/status"))
    desk.answers["/voice"] = "<Hangup/>"
    await plan(network, kind="webhook", path="/sta*", action="drop")

    lost = await network.call()
    await network.until(lost, status="completed")
    told = await network.call()

    report = await desk.visited("/status")
    assert report.fields["CallSid"] == told
    assert len(desk.to("/status")) == 1


async def test_a_doubled_webhook_comes_twice_with_one_token(
    desk: Desk, network: PhoneNetwork
) -> None:
    desk.answers["/voice"] = "<Say>Hello</Say>"
    await plan(network, kind="webhook", path="/voice", action="duplicate")

    await network.call()

    second = await desk.visited("/voice", times=2)
    first = desk.to("/voice")[0]
    assert second.form == first.form
    name = "I-Twilio-Idempotency-Token"
    assert second.headers[name] == first.headers[name]


async def test_a_late_webhook_comes_late(desk: Desk, network: PhoneNetwork) -> None:
    desk.answers["/voice"] = "<Hangup/>"
    await plan(network, kind="webhook", path="/voice", action="delay", seconds=0.5)
    started = time.monotonic()

    await network.call()
    await desk.visited("/voice")

    assert time.monotonic() - started >= 0.5


async def test_an_answer_lost_on_its_way_is_as_none(desk: Desk, network: PhoneNetwork) -> None:
    desk.answers |= {"/voice": "<Say>Hello</Say>", "/fallback": "<Hangup/>"}
    await network.point_number(VoiceFallbackUrl=desk.url("/fallback"))
    await plan(network, kind="webhook", path="/voice", action="lose-answer")

    caller = await network.call()

    assert (await desk.visited("/fallback")).fields["ErrorCode"] == "11200"
    await network.until(caller, status="completed")
    assert len(desk.to("/voice")) == 1


@pytest.mark.parametrize(
    ("moment", "queues"), [("before", 0), ("after", 1)], ids=["not applied", "applied"]
)
@pytest.mark.parametrize(("action", "status"), [("429", 429), ("500", 500)])
async def test_rest_fails_before_or_after_it_has_done_it(
    network: PhoneNetwork, action: str, status: int, moment: str, queues: int
) -> None:
    await plan(network, kind="rest", path="*/Queues.json", action=action, moment=moment)
    client = network.client

    with pytest.raises(TwilioRestException) as failure:
        await asyncio.to_thread(client.queues.create, friendly_name="support")

    assert failure.value.status == status
    assert len(await asyncio.to_thread(client.queues.list)) == queues


async def test_rest_hangs_and_answers_nothing(network: PhoneNetwork) -> None:
    await plan(network, kind="rest", path="*", method="POST", action="hang", seconds=0.2)
    client = network.client

    with pytest.raises(requests.exceptions.ConnectionError):
        await asyncio.to_thread(client.queues.create, friendly_name="support")

    assert await asyncio.to_thread(client.queues.list) == []


async def test_a_fault_happens_as_often_as_planned_and_can_be_taken_back(
    network: PhoneNetwork,
) -> None:
    await plan(network, kind="rest", path="*/Calls.json", action="429", times=2)

    answers = [await network.rest("GET", "Calls") for _ in range(3)]
    assert [status for status, _ in answers] == [429, 429, 200]
    assert answers[0][1]["code"] == 20429
    assert (await network.rest("GET", "Queues"))[0] == 200

    await plan(network, kind="rest", path="*", action="500", times=9)
    assert len((await network.ask("GET", "/simulator/faults"))[1]["faults"]) == 1
    assert (await network.ask("DELETE", "/simulator/faults"))[0] == 204
    assert (await network.rest("GET", "Calls"))[0] == 200


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "webhook", "action": "explode"},
        {"kind": "rest", "action": "drop"},
        {"kind": "rest", "action": "500", "moment": "during"},
        {"kind": "webhook", "action": "drop", "times": 0},
        {"kind": "webhook", "action": "delay", "seconds": -1},
        {"kind": "webhook", "action": "drop", "path": 7},
        {"kind": ["webhook"], "action": {}},
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(
    network: PhoneNetwork, fault: dict[str, object]
) -> None:
    status, body = await network.ask("POST", "/simulator/faults", fault)

    assert status == 400
    assert body["error"].endswith(".")
    assert (await network.ask("GET", "/simulator/faults"))[1] == {"faults": []}
