"""Whole calls over HTTP: webhooks one way, the official client the other."""

import asyncio

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from contact_center.simulator.core.account import Account
from contact_center.simulator.server.app import Settings
from tests.contact_center.simulator.server.desk import AUTH_TOKEN, Desk
from tests.contact_center.simulator.server.phone_network import (
    ACCOUNT,
    APPLICATION,
    CUSTOMER,
    NUMBER,
    PhoneNetwork,
)

MENU = "<Gather numDigits='1' action='/menu' timeout='9'><Say>Press one</Say></Gather>"
ENQUEUE = "<Enqueue waitUrl='/wait' action='/left'>q_1</Enqueue>"
WAIT = "<Say>You are number one in line.</Say><Pause length='15'/>"
ROOM = (
    "<Dial action='/after'><Conference {} statusCallback='/conference' waitUrl=''"
    " statusCallbackEvent='start end join leave'>c-1</Conference></Dial>"
)


@pytest.fixture
def answers(desk: Desk) -> Desk:
    """The documents of a small contact center."""
    desk.answers |= {
        "/voice": MENU,
        "/menu": ENQUEUE,
        "/wait": WAIT,
        "/left": ROOM.format("startConferenceOnEnter='false' endConferenceOnExit='true'"),
        "/browser": ROOM.format("startConferenceOnEnter='true'"),
        "/after": "<Hangup/>",
    }
    return desk


async def test_a_caller_is_taken_out_of_line_and_talks(
    answers: Desk, network: PhoneNetwork
) -> None:
    await network.point_number(StatusCallback=answers.url("/status"))
    client = network.client
    await asyncio.to_thread(
        client.applications(APPLICATION).update, voice_url=answers.url("/browser")
    )

    caller = await network.call(keys="1")
    wait = await answers.visited("/wait")
    assert (await answers.visited("/menu")).fields["Digits"] == "1"
    runner = network.simulator.runner
    agent = runner.network.client_connects("alice", {"join": "token"}, APPLICATION)
    runner.flush()
    assert (await answers.visited("/browser")).fields["join"] == "token"
    member = client.queues(wait.fields["QueueSid"]).members(caller)
    await asyncio.to_thread(member.update, url=answers.url("/connect"))

    await network.until(caller, place="conference", hears=[agent])
    await network.until(agent, hears=[caller])
    with pytest.raises(TwilioRestException) as refusal:
        await asyncio.to_thread(member.update, url=answers.url("/connect"))
    assert refusal.value.status == 400

    [conference] = await asyncio.to_thread(client.conferences.list, friendly_name="c-1")
    await asyncio.to_thread(client.conferences(conference.sid).update, status="completed")
    await network.until(caller, status="completed")
    report = await answers.visited("/status")
    assert report.fields["CallSid"] == caller
    assert report.fields["CallStatus"] == "completed"
    assert all(visit.is_signed for visit in answers.visits)
    told = [visit.fields["StatusCallbackEvent"] for visit in answers.to("/conference")]
    assert sorted(told) == sorted(
        ["participant-join"] * 2 + ["conference-start"] + ["participant-leave"] * 2
        + ["conference-end"]
    )  # fmt: skip


async def test_the_official_client_lists_fetches_and_is_refused(
    answers: Desk, network: PhoneNetwork
) -> None:
    calls = [await network.call(**{"from": f"+1415555{n:04}"}) for n in range(1000, 1005)]
    client = network.client

    listed = await asyncio.to_thread(lambda: list(client.calls.stream(page_size=2)))
    assert [call.sid for call in listed] == list(reversed(calls))
    fetched = await asyncio.to_thread(client.calls(calls[0]).fetch)
    assert (fetched.from_formatted, fetched.direction) == ("(415) 555-1000", "inbound")
    ended = await asyncio.to_thread(lambda: client.calls(calls[0]).update(status="completed"))
    assert ended.status == "completed"

    with pytest.raises(TwilioRestException) as finished:
        await asyncio.to_thread(lambda: client.calls(calls[0]).update(status="completed"))
    assert (finished.value.status, finished.value.code) == (400, 21220)
    with pytest.raises(TwilioRestException) as missing:
        await asyncio.to_thread(client.calls("CA" + "0" * 32).fetch)
    assert (missing.value.status, missing.value.code) == (404, 20404)
    numbers = await asyncio.to_thread(client.incoming_phone_numbers.list)
    assert [number.phone_number for number in numbers] == [NUMBER]
    account = await asyncio.to_thread(client.api.accounts(ACCOUNT.sid).fetch)
    assert account.status == "active"


async def test_a_number_that_is_rung_answers_and_one_that_is_busy_does_not(
    answers: Desk, network: PhoneNetwork
) -> None:
    answers.answers["/outbound"] = "<Pause length='60'/>"
    client = network.client

    def call(to: str) -> str:
        made = client.calls.create(to=to, from_=NUMBER, url=answers.url("/outbound"))
        return str(made.sid)

    answering, busy, gone = [
        await asyncio.to_thread(call, f"+1415555{last}") for last in ("0177", "0199", "0197")
    ]

    await network.until(busy, status="busy")
    await network.until(gone, status="failed")
    await network.until(answering, status="in-progress")
    assert (await answers.visited("/outbound")).fields["CallSid"] == answering
    assert len(answers.to("/outbound")) == 1


async def test_a_wrong_password_is_refused(network: PhoneNetwork) -> None:
    client = network.client
    client.password = "wrong"
    client.auth = (ACCOUNT.sid, "wrong")

    with pytest.raises(TwilioRestException) as refusal:
        await asyncio.to_thread(client.calls("CA" + "0" * 32).fetch)

    assert (refusal.value.status, refusal.value.code) == (401, 20003)


async def test_everything_can_be_read_in_the_log(answers: Desk, network: PhoneNetwork) -> None:
    answers.answers["/voice"] = "<Dance/>"
    caller = await network.call()
    await answers.visited("/voice")
    await network.until(caller, status="in-progress")

    _, log = await network.ask("GET", "/simulator/log.json")

    webhook = next(entry for entry in log["entries"] if entry["kind"] == "webhook")
    assert webhook["leg_sid"] == caller
    assert webhook["detail"]["answer"] == "<Response><Dance/></Response>"
    assert webhook["detail"]["status"] == 200
    assert ["From", CUSTOMER] in webhook["detail"]["params"]
    problem = next(entry["problem"] for entry in log["entries"] if entry["kind"] == "problem")
    assert problem.startswith("12200: <Dance>")
    assert AUTH_TOKEN not in str(log)
    _, nothing_new = await network.ask("GET", f"/simulator/log.json?since={log['revision']}")
    assert nothing_new["entries"] == []


@pytest.mark.alone
async def test_two_scripted_people_are_heard_by_their_tones(
    desk: Desk, audible_network: PhoneNetwork
) -> None:
    network = audible_network
    desk.answers["/voice"] = "<Dial><Conference waitUrl=''>c-1</Conference></Dial>"
    low = await network.call(tone=440)
    high = await network.call(tone=1010)
    await network.until(low, hears=[high])

    heard = await network.until_heard(low, seconds=0.8, tone=1010)
    assert heard["tones"]["440"] < -60, "nobody hears himself"
    assert heard["tones"]["700"] < -60
    _, said = await network.ask("GET", f"/simulator/calls/{low}/said?seconds=0.8&tones=440")
    assert said["tones"]["440"] > -25


@pytest.mark.parametrize("settings", [Settings(ACCOUNT, audio=False, seed=3)])
async def test_one_seed_draws_the_same_names_again(settings: Settings, desk: Desk) -> None:
    desk.answers["/voice"] = "<Hangup/>"
    sids = []
    for _ in range(2):
        async with PhoneNetwork(settings, desk) as network:
            sids.append(await network.call())

    assert sids[0] == sids[1]


async def test_a_subaccounts_webhooks_are_signed_with_its_own_token(desk: Desk) -> None:
    child = Account("AC" + "d" * 32, "child secret", owner_sid=ACCOUNT.sid)
    desk.answers["/child"] = "<Hangup/>"
    settings = Settings(ACCOUNT, subaccounts=[child], audio=False)
    async with PhoneNetwork(settings, desk) as network:
        client = Client(ACCOUNT.sid, AUTH_TOKEN, account_sid=child.sid)
        client.api.base_url = network.url("")
        await asyncio.to_thread(
            lambda: client.incoming_phone_numbers.create(
                phone_number="+14155550110", voice_url=desk.url("/child")
            )
        )
        await network.call(to="+14155550110")
        visit = await desk.visited("/child")

    assert visit.fields["AccountSid"] == child.sid
    assert not visit.is_signed, "not by the parent"
    signature = visit.headers["X-Twilio-Signature"]
    assert RequestValidator(child.auth_token).validate(visit.url, visit.form, signature)
