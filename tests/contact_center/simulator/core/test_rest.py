"""The REST interface: who may ask, what comes back, page by page, and what is refused."""

import random
from collections.abc import Callable

import pytest

from contact_center.simulator.core.account import Account
from contact_center.simulator.core.network import Network
from contact_center.simulator.core.resources import RestRequest, RestResponse
from tests.contact_center.simulator.contract.strict import problems
from tests.contact_center.simulator.core.exchange import (
    ACCOUNT,
    APPLICATION,
    CUSTOMER,
    NUMBER,
    SITE,
    Exchange,
    basic,
)
from tests.contact_center.simulator.core.talk import Talk

CALLS = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Calls.json"


def ask(exchange: Exchange, authorization: str | None, path: str = CALLS) -> RestResponse:
    return exchange.network.rest(RestRequest("GET", path, (), (), authorization))


# ---- who may ask


@pytest.mark.parametrize(
    "authorization",
    [basic(ACCOUNT.sid, "secret"), basic("SK" + "b" * 32, "key secret")],
    ids=["auth token", "API key"],
)
def test_the_account_is_known_by_its_token_or_a_key(authorization: str) -> None:
    assert ask(Exchange(), authorization).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic ???",
        "Bearer secret",
        basic(ACCOUNT.sid, "wrong"),
        basic(ACCOUNT.sid, ""),
        basic("", "secret"),
        basic("SK" + "0" * 32, "key secret"),
        "Basic /w==",
    ],
)
def test_nobody_else_gets_in(authorization: str | None) -> None:
    answer = ask(Exchange(), authorization)

    assert answer.status == 401
    assert answer.body == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }


def test_a_parent_acts_for_its_subaccount_and_not_the_other_way_round() -> None:
    network = Network(ACCOUNT, random.Random(1))
    child = Account("AC" + "d" * 32, "child secret", owner_sid=ACCOUNT.sid)
    network.add_subaccount(child)
    network.add_number("+14155550110", child.sid)

    def numbers(of: str, who: str) -> RestResponse:
        path = f"/2010-04-01/Accounts/{of}/IncomingPhoneNumbers.json"
        return network.rest(RestRequest("GET", path, (), (), who))

    parent, own = basic(ACCOUNT.sid, "secret"), basic(child.sid, "child secret")
    for who in (parent, own):
        answer = numbers(child.sid, who)
        assert answer.body is not None
        listed = answer.body["incoming_phone_numbers"]
        assert [number["phone_number"] for number in listed] == ["+14155550110"]
    answer = numbers(ACCOUNT.sid, parent)
    assert answer.body is not None
    assert answer.body["incoming_phone_numbers"] == []
    assert numbers(ACCOUNT.sid, own).status == 404


@pytest.mark.parametrize(
    "path",
    [
        CALLS.removesuffix(".json"),
        CALLS.replace("2010-04-01", "2008-08-01"),
        CALLS.replace("Calls", "Dances"),
        CALLS.replace(ACCOUNT.sid, "AC" + "9" * 32),
        CALLS.replace("Calls", f"Calls/CA{'0' * 32}"),
        CALLS.replace("Calls", f"Conferences/CF{'0' * 32}/Participants/x"),
        CALLS.replace("Calls", f"Queues/QU{'0' * 32}/Members"),
    ],
)
def test_what_does_not_exist_is_not_found(path: str) -> None:
    answer = ask(Exchange(), basic(ACCOUNT.sid, "secret"), path)

    assert answer.status == 404
    assert answer.body is not None
    assert answer.body["code"] == 20404
    assert path in answer.body["message"]


def test_a_method_that_makes_no_sense_is_not_allowed() -> None:
    assert Exchange().refused("DELETE", "Calls") == (405, 20004)


# ---- bodies


def bodies(talk: Talk) -> dict[str, dict[str, object]]:
    """One body of each kind, in the middle of a conversation, with a caller in line."""
    exchange = talk.exchange
    exchange.app["/voice"] = "<Enqueue waitUrl='/wait'>support</Enqueue>"
    exchange.app["/wait"] = "<Pause length='10'/>"
    waiting = exchange.rings("+14155550143")
    [queue] = exchange.fetch("Queues")["queues"]
    added = exchange.change(talk.participants, From=NUMBER, To="+14155550177", Label="third")
    return {
        "account": exchange.rest("GET", "").body or {},
        "application": exchange.fetch(f"Applications/{APPLICATION}"),
        "call": exchange.fetch(f"Calls/{talk.customer}"),
        "conference": exchange.fetch(f"Conferences/{talk.conference}"),
        "incoming_phone_number": exchange.fetch(f"IncomingPhoneNumbers/{exchange.number.sid}"),
        "member": exchange.fetch(f"Queues/{queue['sid']}/Members/{waiting}"),
        "participant": added,
        "queue": queue,
        "list of applications": exchange.fetch("Applications"),
        "list of calls": exchange.fetch("Calls"),
        "list of conferences": exchange.fetch("Conferences"),
        "list of incoming_phone_numbers": exchange.fetch("IncomingPhoneNumbers"),
        "list of participants": exchange.fetch(talk.participants),
        "list of queue_members": exchange.fetch(f"Queues/{queue['sid']}/Members"),
        "list of queues": exchange.fetch("Queues"),
    }


def test_every_body_has_all_listed_properties_and_no_others() -> None:
    found = {kind: problems(kind, body) for kind, body in bodies(Talk()).items()}

    assert {kind: wrong for kind, wrong in found.items() if wrong} == {}


def test_the_strict_comparison_finds_what_is_missing_added_or_of_another_type() -> None:
    queue = bodies(Talk())["queue"]
    spoilt = {**queue, "colour": "red", "max_size": "1000"}
    del spoilt["uri"]

    assert problems("queue", spoilt) == [
        "queue lacks uri",
        "queue has colour, unknown",
        "queue.max_size is '1000', not integer",
    ]


def test_bodies_after_the_end_are_complete_too() -> None:
    talk = Talk()
    conference = talk.conference
    talk.exchange.hangs_up(talk.customer)

    call = talk.exchange.fetch(f"Calls/{talk.customer}")
    ended = talk.exchange.fetch(f"Conferences/{conference}")

    assert problems("call", call) + problems("conference", ended) == []
    assert call["duration"] == "0"
    assert call["end_time"] is not None


# ---- lists


def test_calls_are_listed_newest_first_page_by_page_without_gaps() -> None:
    exchange = Exchange({"/voice": "<Pause length='60'/>"})
    calls = [exchange.rings(f"+1415555{number:04}") for number in range(5)]

    first = exchange.fetch("Calls", PageSize="2", From="")
    late = exchange.rings("+14155559999")
    seen = [call["sid"] for call in first["calls"]]
    page = first
    while (uri := page["next_page_uri"]) is not None:
        path, _, query = uri.partition("?")
        pairs = tuple(tuple(pair.split("=")) for pair in query.split("&"))
        answer = exchange.network.rest(
            RestRequest("GET", path, pairs, (), basic(ACCOUNT.sid, "secret"))
        )
        assert answer.body is not None
        page = answer.body
        seen += [call["sid"] for call in page["calls"]]

    assert seen == list(reversed(calls))
    assert late not in seen, "what came later is on no page of the list that had begun"
    assert first["previous_page_uri"] is None
    assert (first["start"], first["end"], first["page"], first["page_size"]) == (0, 1, 0, 2)


def test_calls_are_filtered_by_status_ends_and_time() -> None:
    exchange = Exchange({"/voice": "<Say>Please hold</Say>"})
    early = exchange.rings("+14155550143")
    exchange.hangs_up(early)
    exchange.passes(3600)
    late = exchange.rings("+14155550144")

    def listed(**query: str) -> list[str]:
        return [call["sid"] for call in exchange.fetch("Calls", **query)["calls"]]

    assert listed(Status="completed") == [early]
    assert listed(From="+14155550144") == [late]
    assert listed(To=CUSTOMER) == []
    day = "2026-09-21"
    assert listed(StartTime=day) == [late, early]
    assert listed(**{"StartTime>": f"{day}T15:00:00Z"}) == [late]
    assert listed(**{"StartTime<": f"{day}T15:00:00Z"}) == [early]
    assert listed(**{"EndTime>": day}) == [early]
    assert exchange.rest("GET", "Calls", {"StartTime": "soon"}).status == 400


@pytest.mark.parametrize("query", [{"PageSize": "0"}, {"PageSize": "1001"}, {"Page": "-1"}])
def test_nonsense_pages_are_refused(query: dict[str, str]) -> None:
    assert Exchange().rest("GET", "Calls", query).status == 400


# ---- setting up


def test_a_number_gets_its_instructions_and_callers_reach_them() -> None:
    exchange = Exchange({"/new": "<Hangup/>"})

    body = exchange.change(
        f"IncomingPhoneNumbers/{exchange.number.sid}",
        VoiceUrl=f"{SITE}/new",
        VoiceMethod="GET",
        FriendlyName="Main line",
    )
    exchange.rings()

    assert (body["voice_url"], body["voice_method"]) == (f"{SITE}/new", "GET")
    assert body["friendly_name"] == "Main line"
    assert body["status_callback"] == f"{SITE}/status", "what was not named stays"
    assert exchange.last("/new").request.method == "GET"


def test_a_number_may_leave_its_instructions_to_an_application() -> None:
    exchange = Exchange({"/browser": "<Hangup/>"})
    exchange.change(f"IncomingPhoneNumbers/{exchange.number.sid}", VoiceApplicationSid=APPLICATION)

    exchange.rings()

    assert len(exchange.to("/browser")) == 1
    assert exchange.to("/voice") == []


def test_numbers_and_applications_come_and_go() -> None:
    exchange = Exchange()

    number = exchange.change("IncomingPhoneNumbers", PhoneNumber="+14155550111")
    application = exchange.change("Applications", FriendlyName="Other", VoiceUrl=f"{SITE}/o")

    assert problems("incoming_phone_number", number) == []
    assert problems("application", application) == []
    found = exchange.fetch("IncomingPhoneNumbers", PhoneNumber="+14155550111")
    assert [one["sid"] for one in found["incoming_phone_numbers"]] == [number["sid"]]
    assert exchange.rest("DELETE", f"IncomingPhoneNumbers/{number['sid']}").status == 204
    assert exchange.rest("DELETE", f"Applications/{application['sid']}").status == 204
    assert exchange.rest("GET", f"Applications/{application['sid']}").status == 404


def test_queues_are_made_changed_and_not_made_twice() -> None:
    exchange = Exchange()

    queue = exchange.change("Queues", FriendlyName="sales", MaxSize=20)

    assert exchange.refused("POST", "Queues", FriendlyName="sales") == (400, 22003)
    assert exchange.change(f"Queues/{queue['sid']}", MaxSize=30)["max_size"] == 30
    assert exchange.refused("POST", f"Queues/{queue['sid']}", MaxSize=5001)[0] == 400


Refusal = Callable[[Exchange], tuple[int, int]]


def create(**form: str) -> Refusal:
    words = {"From": NUMBER, "To": CUSTOMER, "Url": f"{SITE}/outbound", **form}
    return lambda exchange: exchange.refused(
        "POST", "Calls", **{name: value for name, value in words.items() if value}
    )


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (create(To=""), 21201),
        (create(From=""), 21213),
        (create(Url=""), 21205),
        (create(Url="ftp://x/"), 21205),
        (create(Url="/outbound"), 21205),
        (create(From="+19995550100"), 21210),
        (create(To="the customer"), 21211),
        (create(Method="PATCH"), 21209),
        (create(Timeout="soon"), 21208),
        (create(Url="", Twiml="x" * 4001), 32018),
        (create(StatusCallback=f"{SITE}/s", StatusCallbackEvent="danced"), 21626),
        (create(Record="true"), 20001),
        (create(MachineDetection="Guess"), 20001),
        (create(ApplicationSid="AP" + "0" * 32), 21218),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_with_twilios_number(
    refusal: Refusal, code: int
) -> None:
    exchange = Exchange()

    assert refusal(exchange) == (400, code)
    exchange.passes(5)
    assert exchange.fetch("Calls")["calls"] == []
    assert exchange.rung == []


def test_only_a_finished_call_can_be_forgotten() -> None:
    exchange = Exchange({"/voice": "<Pause length='60'/>"})
    caller = exchange.rings()

    assert exchange.refused("DELETE", f"Calls/{caller}")[0] == 409
    exchange.hangs_up(caller)
    assert exchange.rest("DELETE", f"Calls/{caller}").status == 204
    assert exchange.rest("GET", f"Calls/{caller}").status == 404
