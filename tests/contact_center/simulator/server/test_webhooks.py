"""Delivering webhooks: signed, in time, again where asked, with the call's cookies."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from contact_center.simulator.core.effects import RequestOutcome, SendRequest
from contact_center.simulator.server.faults import Faults
from contact_center.simulator.server.overrides import Overrides, overrides_in
from contact_center.simulator.server.reach import Reach
from contact_center.simulator.server.webhooks import LARGEST_ANSWER, WebhookSender
from tests.contact_center.simulator.server.desk import AUTH_TOKEN, Desk, twiml
from tests.harness.processes import free_port

PARAMS = (("CallSid", "CA1"), ("From", "+14155550142"), ("Empty", ""), ("Name", "Zoë & Co"))


@pytest.fixture
async def sender() -> AsyncIterator[WebhookSender]:
    sender = WebhookSender(lambda _sid: AUTH_TOKEN, Faults(), total_seconds=2)
    yield sender
    await sender.close()


def webhook(url: str, method: str = "POST", leg: str = "CA1") -> SendRequest:
    return SendRequest(1, "AC1", leg, "twiml", method, url, PARAMS)


async def test_a_post_is_signed_over_the_exact_address(desk: Desk, sender: WebhookSender) -> None:
    desk.answers["/voice"] = "<Hangup/>"

    outcome = await sender.send(webhook(desk.url("/voice?a=1&b=%2F&c=") + "#rc=2&rt=4000"))

    assert outcome == RequestOutcome(
        200, "text/xml; charset=utf-8", b"<Response><Hangup/></Response>"
    )
    [visit] = desk.visits
    assert visit.is_signed
    assert visit.url.endswith("/voice?a=1&b=%2F&c=")
    assert visit.form == dict(PARAMS)
    assert visit.headers["User-Agent"] == "TwilioProxy/1.1"
    assert visit.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"


async def test_a_get_carries_everything_in_its_address(desk: Desk, sender: WebhookSender) -> None:
    await sender.send(webhook(desk.url("/voice?a=1"), "GET"))

    [visit] = desk.visits
    assert visit.is_signed
    assert visit.form == {}
    assert visit.query == {"a": "1", **dict(PARAMS)}


async def test_lone_surrogates_are_replaced_before_they_are_signed(
    desk: Desk, sender: WebhookSender
) -> None:
    request = SendRequest(1, "AC1", "CA1", "twiml", "POST", desk.url("/v"), (("x", "a\ud800b"),))

    await sender.send(request)

    [visit] = desk.visits
    assert visit.form == {"x": "a?b"}
    assert visit.is_signed


async def test_an_error_is_repeated_only_where_the_address_asks_for_it(
    desk: Desk, sender: WebhookSender
) -> None:
    answers = iter([500, 503, 200, 500])

    async def failing(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=next(answers))

    desk.answers["/status"] = failing
    again = await sender.send(webhook(desk.url("/status") + "#rc=3&rp=ct,rt,5xx"))
    once = await sender.send(webhook(desk.url("/status")))

    assert (again.status, once.status) == (200, 500)
    assert len(desk.visits) == 4
    tokens = [visit.headers["I-Twilio-Idempotency-Token"] for visit in desk.visits]
    assert len(set(tokens[:3])) == 1, "repetitions share their token"
    assert tokens[3] != tokens[0]


async def test_no_more_is_repeated_than_the_address_allows(
    desk: Desk, sender: WebhookSender
) -> None:
    desk.answers["/status"] = web.Response(status=404)

    async def missing(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=404)

    desk.answers["/status"] = missing
    outcome = await sender.send(webhook(desk.url("/status") + "#rc=2&rp=4xx"))

    assert outcome.status == 404
    assert len(desk.visits) == 3


async def test_a_slow_answer_times_out_and_is_not_asked_again(
    desk: Desk, sender: WebhookSender
) -> None:
    never = asyncio.Event()

    async def hanging(_request: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    desk.answers["/voice"] = hanging
    outcome = await sender.send(webhook(desk.url("/voice") + "#rt=100"))
    never.set()

    assert outcome == RequestOutcome(None, error="timeout")
    assert len(desk.visits) == 1


async def test_everything_together_has_its_cap(desk: Desk) -> None:
    impatient = WebhookSender(lambda _sid: AUTH_TOKEN, Faults(), total_seconds=0.3)
    never = asyncio.Event()

    async def hanging(_request: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    desk.answers["/voice"] = hanging
    outcome = await impatient.send(webhook(desk.url("/voice") + "#rc=5&rp=all"))
    never.set()
    await impatient.close()

    assert outcome == RequestOutcome(None, error="timeout")


async def test_nobody_listening_is_a_connection_that_failed(sender: WebhookSender) -> None:
    outcome = await sender.send(webhook(f"http://127.0.0.1:{free_port()}/voice"))

    assert outcome == RequestOutcome(None, error="connect")


async def test_other_machines_are_not_contacted(sender: WebhookSender) -> None:
    outcome = await sender.send(webhook("http://example.org/voice"))

    assert outcome == RequestOutcome(None, error="connect")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://localhost:8000/x", True),
        ("http://alice.localhost/x", True),
        ("http://127.3.2.1/x", True),
        ("http://[::1]:8000/x", True),
        ("http://desk/x", True),
        ("http://example.org/x", False),
        ("http://localhost.example.org/x", False),
        ("http://10.0.0.1/x", False),
        ("http://[::ffff:10.0.0.1]/x", False),
        ("http:///x", False),
        ("http://[oops/x", False),
    ],
)
def test_only_this_machine_and_what_its_owner_named_is_in_reach(url: str, allowed: bool) -> None:
    assert Reach(frozenset({"desk"})).allows(url) is allowed


async def test_a_redirect_is_followed_and_signed_anew(desk: Desk, sender: WebhookSender) -> None:
    async def moved(request: web.Request) -> web.StreamResponse:
        return web.Response(status=307 if "keep" in request.query else 302, headers=there)

    there = {"Location": "/there?b=2"}
    desk.answers["/here"] = moved
    desk.answers["/there"] = "<Hangup/>"

    for query in ("", "?keep=1"):
        assert (await sender.send(webhook(desk.url("/here") + query))).status == 200

    got, posted = desk.to("/there")
    assert (got.method, got.form) == ("GET", {})
    assert (posted.method, posted.form) == ("POST", dict(PARAMS))
    assert got.is_signed
    assert posted.is_signed


async def test_redirects_without_end_are_given_up(desk: Desk, sender: WebhookSender) -> None:
    async def round_and_round(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "/again"})

    desk.answers["/again"] = round_and_round

    outcome = await sender.send(webhook(desk.url("/again")))

    assert outcome == RequestOutcome(None, error="redirects")
    assert len(desk.visits) == 11


async def test_a_call_keeps_its_cookies_and_no_other_call_has_them(
    desk: Desk, sender: WebhookSender
) -> None:
    async def counting(request: web.Request) -> web.StreamResponse:
        response = twiml("")
        response.set_cookie("turn", str(int(request.cookies.get("turn", "0")) + 1))
        return response

    desk.answers["/voice"] = counting
    for leg in ("CA1", "CA1", "CA2"):
        await sender.send(webhook(desk.url("/voice"), leg=leg))
    sender.forget("CA1")
    await sender.send(webhook(desk.url("/voice"), leg="CA1"))

    assert [visit.headers.get("Cookie") for visit in desk.visits] == [None, "turn=1", None, None]


async def test_an_endless_answer_is_cut(desk: Desk, sender: WebhookSender) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * (4 * LARGEST_ANSWER), content_type="text/xml")

    desk.answers["/voice"] = endless

    outcome = await sender.send(webhook(desk.url("/voice")))

    assert LARGEST_ANSWER <= len(outcome.body) < 2 * LARGEST_ANSWER


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", Overrides()),
        ("#ct=2000&rt=4000&rc=3&rp=ct,rt,5xx", Overrides(2, 4, 3, frozenset({"ct", "rt", "5xx"}))),
        ("#rc=9&ct=1&rt=99999", Overrides()),
        ("#rc=-1&rp=sometimes", Overrides()),
        ("#chapter-2", Overrides()),
    ],
)
def test_overrides_out_of_range_are_as_if_not_written(fragment: str, expected: Overrides) -> None:
    assert overrides_in("http://localhost/voice" + fragment) == expected
