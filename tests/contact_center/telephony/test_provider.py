"""What our words are on the wire, and what Twilio's answers are in our words.

Bodies as Twilio's OpenAPI description has them; whether a network *does* these things is shown
with the simulator, in test_with_simulator.py.
"""

import base64
import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime

import jwt
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import QueryDict
from pydantic import SecretStr
from twilio.http.response import Response
from twilio.request_validator import RequestValidator

from contact_center.conf.twilio_account import TwilioAccount
from contact_center.domain.supervising import Mode
from contact_center.telephony.instructions import Hangup
from contact_center.telephony.port import (
    AccountTruth,
    ApplicationTruth,
    CallTruth,
    ConferenceTruth,
    NotSent,
    NumberTruth,
    OutcomeUnknown,
    ParticipantTruth,
    QueueMemberTruth,
    QueueTruth,
    Refused,
    Telephony,
)
from contact_center.telephony.twilio.http_client import TimedHttpClient
from contact_center.telephony.twilio.provider import TwilioTelephony
from tests.contact_center.telephony.local_network import Answer, LocalNetwork, local_network

AC = "AC" + "1" * 32
SUB = "AC" + "2" * 32
URL = "https://cc.example.org/next"
ACCOUNT = TwilioAccount(
    account_sid=AC,
    auth_token=SecretStr("first-token, second-token"),
    api_key_sid="SK" + "3" * 32,
    api_key_secret=SecretStr("a secret of thirty-two characters"),
    twiml_app_sid="AP" + "4" * 32,
)


def telephony_at(network: LocalNetwork, **changes: object) -> Telephony:
    account = ACCOUNT.model_copy(update=changes)
    return TwilioTelephony(account, simulator_url=network.url, http_client=TimedHttpClient())


def page(name: str, *items: dict[str, object], following: str | None = None) -> Answer:
    """A page of a list."""
    return Answer(body={name: list(items), "next_page_uri": following, "page": 0, "page_size": 50})


def gone(status: int = 404, code: int = 20404) -> Answer:
    return Answer(status, {"code": code, "message": "not found", "status": status})


class TestRequests:
    """Each verb is one request with these fields and no others."""

    @pytest.mark.parametrize(
        ("ask", "method", "path", "form"),
        [
            (
                lambda t: t.dequeue(queue_sid="QU1", call_sid="CA1", url=URL),
                "POST",
                "Queues/QU1/Members/CA1.json",
                {"Url": URL, "Method": "POST"},
            ),
            (
                lambda t: t.redirect_call(call_sid="CA1", url=URL),
                "POST",
                "Calls/CA1.json",
                {"Url": URL, "Method": "POST"},
            ),
            (
                lambda t: t.end_call(call_sid="CA1"),
                "POST",
                "Calls/CA1.json",
                {"Status": "completed"},
            ),
            (
                lambda t: t.end_conference(conference_sid="CF1"),
                "POST",
                "Conferences/CF1.json",
                {"Status": "completed"},
            ),
            (
                lambda t: t.hold(conference_sid="CF1", call_sid="CA1", music_url=URL),
                "POST",
                "Conferences/CF1/Participants/CA1.json",
                {"Hold": "true", "HoldUrl": URL, "HoldMethod": "POST"},
            ),
            (
                lambda t: t.hold(
                    conference_sid="CF1", call_sid="CA1", music_url=URL, music_method="GET"
                ),
                "POST",
                "Conferences/CF1/Participants/CA1.json",
                {"Hold": "true", "HoldUrl": URL, "HoldMethod": "GET"},
            ),
            (
                lambda t: t.resume(conference_sid="CF1", call_sid="CA1"),
                "POST",
                "Conferences/CF1/Participants/CA1.json",
                {"Hold": "false"},
            ),
            (
                lambda t: t.set_muted(conference_sid="CF1", call_sid="CA1", muted=True),
                "POST",
                "Conferences/CF1/Participants/CA1.json",
                {"Muted": "true"},
            ),
            (
                lambda t: t.set_muted(conference_sid="CF1", call_sid="CA1", muted=False),
                "POST",
                "Conferences/CF1/Participants/CA1.json",
                {"Muted": "false"},
            ),
            (
                lambda t: t.supervise(conference_sid="CF1", call_sid="CA1", mode=Mode.LISTEN),
                "POST",
                "Conferences/CF1/Participants/CA1.json",
                {"Muted": "true", "Coaching": "false"},
            ),
            (
                lambda t: t.supervise(
                    conference_sid="CF1", call_sid="CA1", mode=Mode.COACH, coached_sid="CA2"
                ),
                "POST",
                "Conferences/CF1/Participants/CA1.json",
                {"Muted": "false", "Coaching": "true", "CallSidToCoach": "CA2"},
            ),
            (
                lambda t: t.supervise(conference_sid="CF1", call_sid="CA1", mode=Mode.BARGE),
                "POST",
                "Conferences/CF1/Participants/CA1.json",
                {"Muted": "false", "Coaching": "false"},
            ),
            (
                lambda t: t.remove_participant(conference_sid="CF1", call_sid="CA1"),
                "DELETE",
                "Conferences/CF1/Participants/CA1.json",
                {},
            ),
            (
                lambda t: t.point_application(application_sid="AP1", voice_url=URL, status_url=URL),
                "POST",
                "Applications/AP1.json",
                {
                    "VoiceUrl": URL,
                    "VoiceMethod": "POST",
                    "StatusCallback": URL,
                    "StatusCallbackMethod": "POST",
                },
            ),
        ],
    )
    def test_one_verb_is_one_request(
        self, ask: Callable[[Telephony], object], method: str, path: str, form: dict[str, str]
    ) -> None:
        with local_network() as network:
            ask(telephony_at(network))

        (seen,) = network.seen
        assert (seen.method, seen.path) == (method, f"/2010-04-01/Accounts/{AC}/{path}")
        assert seen.form == form
        assert seen.query == {}
        credentials = base64.b64encode(f"{AC}:first-token".encode()).decode()
        assert seen.authorization == f"Basic {credentials}"

    def test_a_subaccounts_calls_are_moved_in_its_name_with_the_parents_credentials(self) -> None:
        with local_network() as network:
            telephony_at(network, subaccount_sid=SUB).end_call(call_sid="CA1")

        (seen,) = network.seen
        assert seen.path == f"/2010-04-01/Accounts/{SUB}/Calls/CA1.json"
        assert base64.b64decode(seen.authorization[6:]).decode() == f"{AC}:first-token"

    def test_the_environment_does_not_send_our_requests_elsewhere(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The official client reads these by itself, and would ask api.dublin.ie1.…
        monkeypatch.setenv("TWILIO_EDGE", "dublin")
        monkeypatch.setenv("TWILIO_REGION", "ie1")
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", SUB)
        with local_network() as network:
            telephony_at(network).end_call(call_sid="CA1")
            assert [seen.path for seen in network.seen] == [
                f"/2010-04-01/Accounts/{AC}/Calls/CA1.json"
            ]


class TestGoneAlready:
    """Where the goal is that something is gone, its absence is success; elsewhere it is not."""

    def test_for_removing_and_ending(self) -> None:
        with local_network(gone(), gone(), gone(400, 21220)) as network:
            telephony = telephony_at(network)
            telephony.remove_participant(conference_sid="CF1", call_sid="CA1")
            telephony.end_conference(conference_sid="CF1")
            telephony.end_call(call_sid="CA1")

    def test_not_for_moving_holding_or_muting(self) -> None:
        with local_network(*[gone()] * 5) as network:
            telephony = telephony_at(network)
            for ask in (
                lambda: telephony.dequeue(queue_sid="QU1", call_sid="CA1", url=URL),
                lambda: telephony.redirect_call(call_sid="CA1", url=URL),
                lambda: telephony.hold(conference_sid="CF1", call_sid="CA1", music_url=URL),
                lambda: telephony.set_muted(conference_sid="CF1", call_sid="CA1", muted=True),
                lambda: telephony.end_call(call_sid="CA1"),
            ):
                with pytest.raises(Refused):
                    ask()

    def test_another_no_is_never_taken_for_absence(self) -> None:
        with local_network(*[gone(401, 20003)] * 4) as network:
            telephony = telephony_at(network)
            for ask in (
                lambda: telephony.remove_participant(conference_sid="CF1", call_sid="CA1"),
                lambda: telephony.end_conference(conference_sid="CF1"),
                lambda: telephony.fetch_call(call_sid="CA1"),
                lambda: telephony.fetch_participants(conference_sid="CF1"),
            ):
                with pytest.raises(Refused):
                    ask()

    def test_for_reading_it_is_nothing_or_an_empty_list(self) -> None:
        with local_network(*[gone()] * 4) as network:
            telephony = telephony_at(network)
            assert telephony.fetch_call(call_sid="CA1") is None
            assert telephony.fetch_application(application_sid="AP1") is None
            assert telephony.fetch_participants(conference_sid="CF1") == []
            assert telephony.fetch_queue_members(queue_sid="QU1") == []


CALL: dict[str, object] = {
    "sid": "CA1",
    "account_sid": AC,
    "parent_call_sid": None,
    "from": "+14155550199",
    "to": "+14155550100",
    "status": "completed",
    "direction": "inbound",
    "start_time": "Mon, 02 Mar 2026 12:00:00 +0000",
    "end_time": "Mon, 02 Mar 2026 12:01:35 +0000",
    "duration": "95",
}


class TestTruths:
    """Answers, in our words."""

    def test_a_call(self) -> None:
        with local_network(Answer(body=CALL)) as network:
            truth = telephony_at(network).fetch_call(call_sid="CA1")
        assert truth == CallTruth(
            sid="CA1",
            status="completed",
            from_="+14155550199",
            to="+14155550100",
            direction="inbound",
            account_sid=AC,
            parent_sid=None,
            started_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
            ended_at=datetime(2026, 3, 2, 12, 1, 35, tzinfo=UTC),
            duration_seconds=95,
        )
        assert truth.is_over

    def test_a_call_of_which_hardly_anything_is_said(self) -> None:
        with local_network(Answer(body={"sid": "CA1", "duration": ""})) as network:
            truth = telephony_at(network).fetch_call(call_sid="CA1")
        assert truth is not None
        assert (truth.status, truth.from_, truth.duration_seconds) == ("", "", None)
        assert not truth.is_over

    def test_live_calls_are_read_in_the_order_of_a_calls_life_over_all_pages(self) -> None:
        more = f"/2010-04-01/Accounts/{AC}/Calls.json?Status=ringing&Page=1"
        with local_network(
            page("calls", {"sid": "CA1", "status": "queued"}),
            page("calls", {"sid": "CA2", "status": "ringing"}, following=more),
            page("calls", {"sid": "CA3", "status": "ringing"}),
            page(
                "calls",
                {"sid": "CA4", "status": "in-progress"},
                {"sid": "CA1", "status": "in-progress"},  # moved on while we read
            ),
        ) as network:
            live = telephony_at(network).fetch_live_calls()

        assert [seen.query["Status"] for seen in network.seen] == [
            "queued",
            "ringing",
            "ringing",
            "in-progress",
        ]
        assert {truth.sid: truth.status for truth in live} == {
            "CA1": "in-progress",
            "CA2": "ringing",
            "CA3": "ringing",
            "CA4": "in-progress",
        }

    def test_a_page_that_fails_fails_the_whole_reading(self) -> None:
        more = f"/2010-04-01/Accounts/{AC}/Queues.json?Page=1"
        queue: dict[str, object] = {"sid": "QU1", "friendly_name": "q_1"}
        with local_network(page("queues", queue, following=more), gone(403, 20003)) as network:
            telephony = telephony_at(network)
            with pytest.raises(Refused):
                telephony.fetch_queues()

    def test_the_live_conference_of_a_name(self) -> None:
        running: dict[str, object] = {
            "sid": "CF2",
            "friendly_name": "c-1",
            "status": "in-progress",
            "reason_conference_ended": None,
        }
        with local_network(page("conferences"), page("conferences", running)) as network:
            truth = telephony_at(network).fetch_conference_named(name="c-1")
        assert truth == ConferenceTruth(
            sid="CF2", name="c-1", status="in-progress", reason_ended=None
        )
        assert [seen.query["Status"] for seen in network.seen] == ["init", "in-progress"]
        assert {seen.query["FriendlyName"] for seen in network.seen} == {"c-1"}

    def test_no_conference_of_that_name_is_live(self) -> None:
        other: dict[str, object] = {"sid": "CF9", "friendly_name": "c-12", "status": "init"}
        with local_network(page("conferences", other), page("conferences")) as network:
            assert telephony_at(network).fetch_conference_named(name="c-1") is None

    def test_all_live_conferences_first_those_that_wait_to_start(self) -> None:
        with local_network(
            page("conferences", {"sid": "CF1", "friendly_name": "c-1", "status": "init"}),
            page(
                "conferences",
                {"sid": "CF1", "friendly_name": "c-1", "status": "in-progress"},
                {"sid": "CF2", "friendly_name": "room-1", "status": "in-progress"},
            ),
        ) as network:
            found = telephony_at(network).fetch_live_conferences()
        assert [(one.sid, one.name, one.status) for one in found] == [
            ("CF1", "c-1", "in-progress"),
            ("CF2", "room-1", "in-progress"),
        ]
        assert [seen.query["Status"] for seen in network.seen] == ["init", "in-progress"]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"sid": "CA1"},
            {"incoming_phone_numbers": None},
            {"incoming_phone_numbers": ["PN1"]},
            {"incoming_phone_numbers": [], "surprise": []},
            [],
            "well",
            None,
        ],
    )
    def test_an_answer_that_is_not_the_list_asked_for_is_never_an_empty_list(
        self, body: object
    ) -> None:
        with (
            local_network(Answer(body=json.dumps(body).encode())) as network,
            pytest.raises(OutcomeUnknown),
        ):
            telephony_at(network).fetch_numbers()

    def test_participants(self) -> None:
        agent: dict[str, object] = {
            "call_sid": "CA1",
            "conference_sid": "CF1",
            "label": "agent-1",
            "muted": True,
            "hold": False,
            "coaching": True,
            "call_sid_to_coach": "CA2",
            "end_conference_on_exit": False,
            "status": "connected",
        }
        customer: dict[str, object] = {
            "call_sid": "CA2",
            "conference_sid": "CF1",
            "hold": True,
            "end_conference_on_exit": True,
            "status": "connected",
        }
        with local_network(page("participants", agent, customer)) as network:
            truths = telephony_at(network).fetch_participants(conference_sid="CF1")
        assert truths == [
            ParticipantTruth(
                call_sid="CA1",
                conference_sid="CF1",
                label="agent-1",
                muted=True,
                hold=False,
                coaching=True,
                coached_call_sid="CA2",
                end_on_exit=False,
                status="connected",
            ),
            ParticipantTruth(
                call_sid="CA2",
                conference_sid="CF1",
                label=None,
                muted=False,
                hold=True,
                coaching=False,
                coached_call_sid=None,
                end_on_exit=True,
                status="connected",
            ),
        ]

    def test_queues_and_who_is_in_them_first_in_line_first(self) -> None:
        queue: dict[str, object] = {
            "sid": "QU1",
            "friendly_name": "q_1",
            "current_size": 2,
            "max_size": 1000,
        }
        second: dict[str, object] = {"call_sid": "CA2", "position": 2, "wait_time": 4}
        first: dict[str, object] = {"call_sid": "CA1", "position": 1, "wait_time": 9}
        with local_network(page("queues", queue), page("queue_members", second, first)) as network:
            telephony = telephony_at(network)
            assert telephony.fetch_queues() == [
                QueueTruth(sid="QU1", name="q_1", current_size=2, max_size=1000)
            ]
            assert telephony.fetch_queue_members(queue_sid="QU1") == [
                QueueMemberTruth(call_sid="CA1", position=1, wait_seconds=9),
                QueueMemberTruth(call_sid="CA2", position=2, wait_seconds=4),
            ]

    def test_the_account_is_the_one_we_act_for_and_its_token_is_not_kept(self) -> None:
        body = {
            "sid": SUB,
            "friendly_name": "Ours",
            "status": "active",
            "type": "Full",
            "auth_token": "not-for-us",
        }
        with local_network(Answer(body=body)) as network:
            truth = telephony_at(network, subaccount_sid=SUB).fetch_account()
        assert truth == AccountTruth(sid=SUB, name="Ours", status="active", type="Full")
        assert network.seen[0].path == f"/2010-04-01/Accounts/{SUB}.json"

    def test_an_application(self) -> None:
        body = {"sid": "AP1", "friendly_name": "Browsers", "voice_url": URL}
        with local_network(Answer(body=body)) as network:
            truth = telephony_at(network).fetch_application(application_sid="AP1")
        assert truth == ApplicationTruth(sid="AP1", name="Browsers", voice_url=URL, status_url="")


NUMBER: dict[str, object] = {
    "sid": "PN1",
    "phone_number": "+14155550100",
    "voice_url": "https://old.example.org/",
    "voice_application_sid": "AP9",
    "status_callback": "",
}


class TestNumbers:
    """Whom the network asks when a number rings."""

    def test_a_number_as_it_is(self) -> None:
        with local_network(page("incoming_phone_numbers", NUMBER)) as network:
            assert telephony_at(network).fetch_numbers() == [
                NumberTruth(
                    sid="PN1",
                    number="+14155550100",
                    voice_url="https://old.example.org/",
                    fallback_url="",
                    status_url="",
                    application_sid="AP9",
                    trunk_sid=None,
                )
            ]

    def test_pointing_one_changes_exactly_that_number_and_takes_its_application_off(self) -> None:
        similar = NUMBER | {"sid": "PN2", "phone_number": "+141555501001"}
        updated = NUMBER | {"voice_url": URL, "voice_application_sid": ""}
        with local_network(
            page("incoming_phone_numbers", similar, NUMBER), Answer(body=updated)
        ) as network:
            truth = telephony_at(network).point_number(
                number="+14155550100", voice_url=URL, fallback_url=None, status_url=URL
            )
        search, update = network.seen
        assert search.query["PhoneNumber"] == "+14155550100"
        assert update.path.endswith("/IncomingPhoneNumbers/PN1.json")
        assert update.form == {
            "VoiceUrl": URL,
            "VoiceMethod": "POST",
            "VoiceFallbackUrl": "",
            "VoiceFallbackMethod": "POST",
            "StatusCallback": URL,
            "StatusCallbackMethod": "POST",
            "VoiceApplicationSid": "",
        }
        assert truth.voice_url == URL
        assert truth.application_sid is None

    def test_somebody_elses_number_is_refused_and_nothing_is_changed(self) -> None:
        with local_network(page("incoming_phone_numbers")) as network:
            telephony = telephony_at(network)
            with pytest.raises(Refused, match=r"no number \+14155550100") as refusal:
                telephony.point_number(
                    number="+14155550100", voice_url=URL, fallback_url=URL, status_url=URL
                )
            assert refusal.value.status == 404
            assert [seen.method for seen in network.seen] == ["GET"]


class TestWhereTheNetworkIs:
    """Twilio by region and edge, or the simulator."""

    @pytest.mark.parametrize(
        ("region", "edge", "host"),
        [
            (None, None, "api.twilio.com"),
            (None, "dublin", "api.dublin.us1.twilio.com"),
            ("ie1", None, "api.dublin.ie1.twilio.com"),
            ("ie1", "frankfurt", "api.frankfurt.ie1.twilio.com"),
            ("dublin", None, "api.dublin.ie1.twilio.com"),
            ("sydney", None, "api.sydney.au1.twilio.com"),
            ("singapore", None, "api.singapore.us1.twilio.com"),
        ],
    )
    def test_the_host_of_every_request(
        self, region: str | None, edge: str | None, host: str
    ) -> None:
        asked: list[str] = []

        class Listening(TimedHttpClient):
            """Takes down where a request would go; nothing leaves this machine."""

            def request(self, method: str, uri: str, *_: object, **__: object) -> Response:
                asked.append(uri)
                raise Refused(code=None, message="far enough", status=400)

        account = ACCOUNT.model_copy(update={"region": region, "edge": edge})
        with pytest.raises(Refused):
            TwilioTelephony(account, http_client=Listening()).end_call(call_sid="CA1")
        assert asked == [f"https://{host}/2010-04-01/Accounts/{AC}/Calls/CA1.json"]

    def test_a_browser_is_told_of_the_simulators_gateway_and_finds_twilio_by_itself(self) -> None:
        simulated = TwilioTelephony(ACCOUNT, simulator_url="http://localhost:8123")
        assert simulated.browser_gateway() == "localhost:8123"
        assert TwilioTelephony(ACCOUNT).browser_gateway() is None


class TestTokens:
    """Browsers sign in with the key of the account in whose name they call."""

    def test_the_token_is_of_the_acting_account_and_names_our_application(self) -> None:
        account = ACCOUNT.model_copy(update={"subaccount_sid": SUB, "region": "ie1"})
        token = TwilioTelephony(account).browser_token(identity="u_alice", ttl_seconds=60)

        claims = jwt.decode(token, "a secret of thirty-two characters", algorithms=["HS256"])
        assert claims["sub"] == SUB
        assert claims["iss"] == ACCOUNT.api_key_sid
        assert claims["grants"]["identity"] == "u_alice"
        assert claims["grants"]["voice"]["outgoing"]["application_sid"] == ACCOUNT.twiml_app_sid
        assert jwt.get_unverified_header(token)["twr"] == "ie1"

    @pytest.mark.parametrize(
        "missing",
        [{"api_key_sid": ""}, {"api_key_secret": SecretStr("")}, {"twiml_app_sid": ""}],
    )
    def test_without_key_or_application_the_settings_to_make_are_named(
        self, missing: dict[str, object]
    ) -> None:
        telephony = TwilioTelephony(ACCOUNT.model_copy(update=missing))
        with pytest.raises(ImproperlyConfigured, match=r"TWILIO_API_KEY_SID.*TWILIO_TWIML_APP_SID"):
            telephony.browser_token(identity="u_alice", ttl_seconds=60)


@pytest.mark.parametrize("missing", [{"account_sid": ""}, {"auth_token": SecretStr(" , ")}])
def test_without_credentials_there_is_no_network_and_the_sentence_says_why(
    missing: dict[str, object],
) -> None:
    with pytest.raises(ImproperlyConfigured, match="TWILIO_AUTH_TOKEN"):
        TwilioTelephony(ACCOUNT.model_copy(update=missing))


class TestWebhooks:
    """Through the port: a request of ours, in either token; a document of ours."""

    form = "application/x-www-form-urlencoded"

    @pytest.fixture
    def telephony(self) -> Telephony:
        return TwilioTelephony(ACCOUNT.model_copy(update={"subaccount_sid": SUB}))

    def ask(self, telephony: Telephony, body: str, token: str) -> bool:
        params = QueryDict(body)
        return telephony.verify(
            url=URL,
            params=params,
            body=body.encode(),
            signature=RequestValidator(token).compute_signature(URL, params),
            content_type=self.form,
        )

    @pytest.mark.parametrize("sid", [AC, SUB])
    def test_our_account_and_our_subaccount_may_ask(self, telephony: Telephony, sid: str) -> None:
        for token in ("first-token", "second-token"):
            assert self.ask(telephony, f"AccountSid={sid}&CallSid=CA1", token)
        assert not self.ask(telephony, f"AccountSid={sid}&CallSid=CA1", "third-token")

    def test_another_account_may_not_even_with_our_token(self, telephony: Telephony) -> None:
        other = "AC" + "9" * 32
        assert not self.ask(telephony, f"AccountSid={other}", "first-token")
        assert not self.ask(telephony, f"AccountSid={AC}&AccountSid={other}", "first-token")
        assert not self.ask(telephony, "AccountSid=", "first-token")

    def test_documents_are_twiml(self, telephony: Telephony) -> None:
        assert telephony.render([Hangup()]).endswith("<Response><Hangup /></Response>")


class TestRecordings:
    """What was recorded is asked of the network itself, and nothing else is taken for a sound."""

    sid = "RE" + "a" * 32
    mp3 = (("Content-Type", "audio/mpeg"),)

    def test_the_sound_is_asked_for_by_its_name_in_the_name_of_the_account(self) -> None:
        with local_network(Answer(body=b"\xff\xfbsound", headers=self.mp3)) as network:
            telephony = telephony_at(network, subaccount_sid=SUB)
            sound = telephony.fetch_sound(recording_sid=self.sid, most_bytes=100)
        assert (sound.content_type, sound.body) == ("audio/mpeg", b"\xff\xfbsound")
        (seen,) = network.seen
        assert seen.path == f"/2010-04-01/Accounts/{SUB}/Recordings/{self.sid}.mp3"
        assert b64decode(seen.authorization.removeprefix("Basic ")) == f"{AC}:first-token".encode()

    def test_a_sound_that_is_not_ready_is_to_be_asked_for_again(self) -> None:
        not_ready = {"code": 21501, "message": "not ready", "status": 404}
        answer = Answer(404, not_ready, (("Retry-After", "7"),))
        with local_network(answer) as network, pytest.raises(NotSent) as problem:
            telephony_at(network).fetch_sound(recording_sid=self.sid, most_bytes=100)
        assert problem.value.retry_after_seconds == 7

    @pytest.mark.parametrize(
        "answer",
        [
            gone(),
            Answer(302, b"", (("Location", "http://127.0.0.1:1/elsewhere"),)),
            Answer(200, b"<html>", (("Content-Type", "text/html"),)),
            Answer(200, b"0" * 101, mp3),
        ],
    )
    def test_what_is_gone_elsewhere_no_sound_or_too_much_is_refused(self, answer: Answer) -> None:
        with local_network(answer) as network, pytest.raises(Refused):
            telephony_at(network).fetch_sound(recording_sid=self.sid, most_bytes=100)
        assert len(network.seen) == 1  # nobody was followed anywhere

    @pytest.mark.parametrize("sid", ["", "RE1", "../Calls/CA1", "RE" + "a" * 31 + "/"])
    def test_what_is_no_name_of_a_recording_is_asked_for_nowhere(self, sid: str) -> None:
        no_name = pytest.raises(ValueError, match="no name of a recording")
        with local_network() as network, no_name:
            telephony_at(network).fetch_sound(recording_sid=sid, most_bytes=100)
        assert not network.seen

    def test_the_recordings_of_a_leg_are_read_and_one_nobody_knows_has_none(self) -> None:
        made = {"sid": self.sid, "call_sid": "CA1", "status": "completed", "duration": "4"}
        empty = {"sid": "RE2", "call_sid": "CA1", "status": "absent", "duration": None}
        with local_network(page("recordings", made, empty), gone()) as network:
            telephony = telephony_at(network)
            found = telephony.fetch_recordings(call_sid="CA1")
            assert telephony.fetch_recordings(call_sid="CA2") == []
        assert [(one.sid, one.status, one.duration_seconds) for one in found] == [
            (self.sid, "completed", 4),
            ("RE2", "absent", None),
        ]
        assert network.seen[0].path == f"/2010-04-01/Accounts/{AC}/Calls/CA1/Recordings.json"
