"""One command says whether a call can come in, and what to do when it cannot."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from contact_center import addresses
from contact_center.models import PhoneNumber, Tenant
from tests.contact_center.telephony.local_network import Answer, LocalNetwork, local_network

pytestmark = pytest.mark.django_db

NUMBER = "+14155550100"
ELSEWHERE = "https://old.example.org/voice"


@dataclass
class Report:
    """What the command found, and what it said at the end."""

    findings: list[dict[str, str]]
    ok: bool
    failure: str
    exit_code: int

    def about(self, check: str) -> list[tuple[str, str]]:
        """Return (status, sentence) of one check's findings."""
        return [
            (finding["status"], f"{finding['subject']} {finding['message']}")
            for finding in self.findings
            if finding["check"] == check
        ]

    def failed(self) -> list[str]:
        """Return the sentences of what failed."""
        return [
            f"{finding['subject']} {finding['message']}"
            for finding in self.findings
            if finding["status"] == "failed"
        ]


def report(*args: str) -> Report:
    """Run the command with --json."""
    out = io.StringIO()
    failure, code = "", 0
    try:
        call_command("django_twilio_call_check_config", "--json", *args, stdout=out)
    except CommandError as error:
        failure, code = str(error), error.returncode
    document: dict[str, Any] = json.loads(out.getvalue())
    return Report(document["findings"], document["ok"], failure, code)


def printed(*args: str) -> str:
    """Run the command as a person does, and return what it prints."""
    out = io.StringIO()
    try:
        call_command("django_twilio_call_check_config", *args, stdout=out, no_color=True)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue()


@pytest.fixture(autouse=True)
def laptop(settings: Settings) -> None:
    """Tests run with DEBUG off; what production is held to is not the subject here."""
    settings.DEBUG = True


# The settings


def test_a_site_that_is_well_is_told_so_and_leaves_with_zero() -> None:
    found = report("--offline")
    assert (found.ok, found.exit_code, found.failed()) == (True, 0, [])
    assert ("ok", "all are there and can be obeyed") in found.about("settings")
    assert "Everything that was checked is well." in printed("--offline")


@pytest.mark.parametrize("key", ["TWILIO_ACCOUNT_SID", "TWILIO_PHONE_NUMBER", "TWILIO_AUTH_TOKEN"])
def test_each_missing_setting_is_named_and_the_command_leaves_with_one(
    settings: Settings, key: str
) -> None:
    setattr(settings, key, "")
    found = report("--offline")
    assert (found.ok, found.exit_code) == (False, 1)
    assert found.failed() == [f"{key} is missing"]
    (finding,) = (each for each in found.findings if each["status"] == "failed")
    assert finding["id"] == "contact_center.E001"
    assert finding["hint"]
    assert found.failure == "1 error: calls will not work like this."
    assert f"FAIL  settings: {key} is missing" in printed("--offline")


def test_a_key_that_is_not_built_yet_fails_by_name(settings: Settings) -> None:
    settings.DJANGO_TWILIO_CALL_FEATURES = {"GRAPHQL_API": True}
    assert report("--offline").failed() == [
        "DJANGO_TWILIO_CALL_FEATURES['GRAPHQL_API'] is not built yet, so it cannot be obeyed"
    ]


def test_a_warning_alone_leaves_with_zero(settings: Settings) -> None:
    settings.TWILIO_REGION = "dublin"
    found = report("--offline")
    assert found.exit_code == 0
    assert any(status == "warning" for status, _sentence in found.about("settings"))


def test_no_secret_is_ever_printed(settings: Settings) -> None:
    secrets = [settings.TWILIO_AUTH_TOKEN, settings.TWILIO_API_KEY_SECRET, settings.SECRET_KEY]
    refused = Answer(status=401, body={"code": 20003, "message": "no"})
    with local_network(refused, refused) as account, local_network() as public_site:
        settings.SIMULATOR_URL = account.url
        settings.TWILIO_WEBHOOK_BASE_URL = public_site.url
        text = printed() + printed("--json")
    assert len(account.seen) == 2
    assert not [secret for secret in secrets if secret in text]


# The numbers


def test_a_number_in_the_database_that_nobody_can_dial_fails() -> None:
    tenant = Tenant.objects.create(name="Ours")
    PhoneNumber.objects.create(tenant=tenant, e164="4155550101")
    assert report("--offline").failed() == ["'4155550101' is not in E.164 form"]


# The account, what it owns, and whom its numbers ask


@pytest.fixture
def public_site(settings: Settings) -> Iterator[LocalNetwork]:
    """Our public address: it refuses what nobody has signed, unless told otherwise."""
    with local_network() as network:
        network.answers += [Answer(status=403), Answer(status=403)]
        settings.TWILIO_WEBHOOK_BASE_URL = network.url
        yield network


@pytest.fixture
def account(settings: Settings, public_site: LocalNetwork) -> Iterator[LocalNetwork]:
    """The phone network; the test lists its answers."""
    with local_network() as network:
        settings.SIMULATOR_URL = network.url
        yield network


def an_account(status: str = "active") -> Answer:
    return Answer(
        body={"sid": "AC" + "0" * 31 + "1", "friendly_name": "Us", "status": status, "type": "Full"}
    )


def numbers(**fields: object) -> Answer:
    number = {
        "sid": "PN1",
        "phone_number": NUMBER,
        "voice_url": addresses.arrival(),
        "voice_fallback_url": addresses.fallback(),
        "status_callback": addresses.status(),
    }
    return Answer(body={"incoming_phone_numbers": [number | fields], "next_page_uri": None})


def application(**fields: object) -> Answer:
    known = {"sid": "AP1", "friendly_name": "Browsers", "voice_url": addresses.browser()}
    return Answer(body=known | fields)


def test_an_account_whose_numbers_ask_us_is_well(
    account: LocalNetwork, public_site: LocalNetwork
) -> None:
    account.answers += [an_account(), numbers(), application()]
    found = report()
    assert found.failed() == []
    assert ("ok", "account AC00000000000000000000000000000001 is active") in found.about(
        "credentials"
    )
    assert ("ok", f"{NUMBER} belongs to the account") in found.about("numbers")
    assert [status for status, _sentence in found.about("webhooks")] == ["ok"] * 6
    assert account.seen[0].path.startswith("/2010-04-01/Accounts/AC0000")
    assert [(seen.method, seen.path) for seen in public_site.seen] == [
        ("POST", "/webhooks/voice/"),
        ("POST", "/webhooks/status/"),
    ]


def test_offline_nobody_is_asked(account: LocalNetwork, public_site: LocalNetwork) -> None:
    found = report("--offline")
    assert account.seen == []
    assert public_site.seen == []
    assert [status for status, _sentence in found.about("credentials")] == ["skipped"]
    assert [status for status, _sentence in found.about("webhooks")] == ["skipped"]


def test_an_account_that_is_not_set_up_is_not_asked(
    settings: Settings, account: LocalNetwork
) -> None:
    settings.TWILIO_ACCOUNT_SID = ""
    found = report()
    assert account.seen == []
    assert found.failed() == ["TWILIO_ACCOUNT_SID is missing"]


def test_a_wrong_token_is_told_from_a_network_that_is_down(account: LocalNetwork) -> None:
    account.answers.append(Answer(status=401, body={"code": 20003, "message": "Authenticate"}))
    (finding,) = (each for each in report().findings if each["check"] == "credentials")
    assert finding["status"] == "failed"
    assert "TWILIO_AUTH_TOKEN" in finding["hint"]


def test_a_suspended_account_fails(account: LocalNetwork) -> None:
    account.answers += [an_account("suspended"), numbers(), application()]
    assert report().failed() == ["account AC00000000000000000000000000000001 is suspended"]


def test_a_number_of_another_account_fails(account: LocalNetwork) -> None:
    account.answers += [an_account(), numbers(phone_number="+14155550199"), application()]
    assert report().failed() == [f"{NUMBER} does not belong to the account"]


def test_a_number_that_asks_somebody_else_fails_and_is_told_our_address(
    account: LocalNetwork,
) -> None:
    account.answers += [an_account(), numbers(voice_url=ELSEWHERE), application()]
    found = report()
    assert found.failed() == [f"{NUMBER} has {ELSEWHERE!r} under 'a call comes in'"]
    (finding,) = (each for each in found.findings if each["status"] == "failed")
    assert "/webhooks/voice/" in finding["hint"]
    assert "connect_numbers" in finding["hint"]


def test_a_number_without_a_fallback_is_warned_about(account: LocalNetwork) -> None:
    account.answers += [an_account(), numbers(voice_fallback_url=""), application()]
    found = report()
    assert found.exit_code == 0
    assert ("warning", f"{NUMBER} has nothing under 'primary handler fails'") in found.about(
        "webhooks"
    )


def test_where_there_are_several_nodes_a_number_without_a_fallback_fails(
    account: LocalNetwork, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL = {"HIGH_AVAILABILITY": True}
    account.answers += [an_account(), numbers(voice_fallback_url=""), application()]
    found = report()
    assert found.exit_code == 1
    assert ("failed", f"{NUMBER} has nothing under 'primary handler fails'") in found.about(
        "webhooks"
    )


def test_a_number_that_an_application_answers_fails(account: LocalNetwork) -> None:
    account.answers += [an_account(), numbers(voice_application_sid="AP9"), application()]
    assert report().failed() == [f"{NUMBER} is answered by AP9, not by its URL"]


def test_an_application_that_is_gone_fails(account: LocalNetwork) -> None:
    gone = Answer(status=404, body={"code": 20404, "message": "not found"})
    account.answers += [an_account(), numbers(), gone]
    assert report().failed() == ["TwiML App AP00000000000000000000000000000001 does not exist"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(status=301, headers=(("Location", "/elsewhere/"),)), "redirects to /elsewhere/"),
        (Answer(status=404), "answers with HTTP 404"),
        (Answer(status=500), "answers with HTTP 500"),
        (Answer(status=200), "accepts what nobody has signed"),
        (Answer(reset="before"), "cannot be reached"),
    ],
)
def test_a_public_address_that_does_not_work_fails(
    account: LocalNetwork, public_site: LocalNetwork, answer: Answer, says: str
) -> None:
    account.answers += [an_account(), numbers(), application()]
    public_site.answers[0] = answer
    (failed,) = report().failed()
    assert f"/webhooks/voice/ {says}" in failed


def test_a_site_that_checks_no_signatures_answers_strangers(
    settings: Settings, account: LocalNetwork, public_site: LocalNetwork
) -> None:
    settings.TWILIO_WEBHOOK_VALIDATE = False
    account.answers += [an_account(), numbers(), application()]
    public_site.answers[0] = Answer(status=200)
    found = report()
    assert found.failed() == []
    assert any("signatures are not checked" in sentence for _s, sentence in found.about("webhooks"))


def test_this_site_itself_is_found_well(
    settings: Settings, account: LocalNetwork, live_server: LiveServer
) -> None:
    settings.TWILIO_WEBHOOK_BASE_URL = live_server.url
    account.answers += [an_account(), numbers(), application()]
    assert report().failed() == []


# The cache


def test_a_cache_of_one_process_is_warned_about(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert report("--offline").about("cache") == [
        ("warning", "LocMemCache works, for one process only")
    ]


def test_a_cache_that_keeps_nothing_fails(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    found = report("--offline")
    assert found.exit_code == 1
    assert found.failed() == ["DummyCache does not keep what it is given"]


def test_a_cache_that_cannot_be_reached_fails(settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1},
        }
    }
    (failed,) = report("--offline").failed()
    assert failed.startswith("RedisCache cannot be used")


def test_the_cache_is_left_as_it_was(settings: Settings, tmp_path: Any) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(tmp_path),
        }
    }
    assert report("--offline").about("cache") == [
        ("ok", "FileBasedCache keeps and forgets what it is told to")
    ]
    assert list(tmp_path.iterdir()) == []
