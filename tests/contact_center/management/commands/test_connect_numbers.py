"""After one command the phone network asks this site, and the operator has read what changed."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from contact_center import addresses
from contact_center.models import PhoneNumber, Tenant
from tests.contact_center.telephony.local_network import Answer, LocalNetwork, local_network

pytestmark = pytest.mark.django_db

SALES = "+14155550101"
SUPPORT = "+14155550102"
BASE = "https://calls.example.org"
OLD = "https://old.example.org/voice"


@dataclass
class Said:
    """What the operator reads, and how it ended."""

    out: str
    err: str
    failure: str


def connect(*args: str, **options: object) -> Said:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("connect_numbers", *args, stdout=out, stderr=err, **options)
    except CommandError as error:
        return Said(out.getvalue(), err.getvalue(), str(error))
    return Said(out.getvalue(), err.getvalue(), "")


def number(e164: str, **fields: object) -> dict[str, object]:
    return {"sid": f"PN{e164[-3:]}", "phone_number": e164, "voice_url": OLD} | fields


def connected(e164: str) -> dict[str, object]:
    return number(
        e164,
        voice_url=addresses.arrival(),
        voice_fallback_url=addresses.fallback(),
        status_callback=addresses.status(),
    )


def application(**fields: object) -> Answer:
    return Answer(body={"sid": "AP1", "friendly_name": "Browsers", "voice_url": ""} | fields)


def connected_application() -> Answer:
    return application(voice_url=addresses.browser(), status_callback=addresses.status())


def numbers(*owned: dict[str, object]) -> Answer:
    return Answer(body={"incoming_phone_numbers": list(owned), "next_page_uri": None})


@pytest.fixture(autouse=True)
def our_numbers(settings: Settings) -> None:
    """Sales and support are set up; the site is public at BASE."""
    settings.TWILIO_WEBHOOK_BASE_URL = BASE
    tenant = Tenant.objects.create(name="Ours")
    for e164 in (SALES, SUPPORT):
        PhoneNumber.objects.create(tenant=tenant, e164=e164)


@pytest.fixture
def account(settings: Settings) -> Iterator[LocalNetwork]:
    """A phone network whose answers the test lists."""
    with local_network() as network:
        settings.SIMULATOR_URL = network.url
        yield network


def changes(account: LocalNetwork) -> list[str]:
    """The last part of the path of every request that changes something."""
    return [seen.path.rpartition("/")[2] for seen in account.seen if seen.method != "GET"]


def test_everything_that_is_not_connected_is_and_each_change_is_said(
    account: LocalNetwork,
) -> None:
    account.answers = [
        application(),
        Answer(body={}),
        numbers(number(SALES, voice_application_sid="AP9"), connected(SUPPORT)),
        numbers(number(SALES)),  # looked up again to change it
        Answer(body=connected(SALES)),
    ]

    said = connect()

    assert said.failure == ""
    assert len(changes(account)) == 2
    assert changes(account)[1] == "PN101.json"
    sent = account.seen[-1].form
    assert sent["VoiceUrl"] == addresses.arrival()
    assert sent["VoiceUrl"].startswith(f"{BASE}/webhooks/voice/")
    assert sent["VoiceFallbackUrl"] == addresses.fallback()
    assert sent["StatusCallback"] == addresses.status()
    assert sent["VoiceApplicationSid"] == ""
    assert f"{SALES}: connected\n" in said.out
    assert f"asked when it rings: {OLD} -> {addresses.arrival()}" in said.out
    assert "answered by application: AP9 -> (none)" in said.out
    assert f"asked when a browser calls: (nothing) -> {addresses.browser()}" in said.out
    assert f"{SUPPORT}: connected already" in said.out


def test_a_second_time_nothing_is_written(account: LocalNetwork) -> None:
    account.answers = [connected_application(), numbers(connected(SALES), connected(SUPPORT))]

    said = connect()

    assert said.failure == ""
    assert changes(account) == []
    assert said.out.count("connected already") == 3


def test_check_changes_nothing_says_what_differs_and_fails(account: LocalNetwork) -> None:
    account.answers = [application(), numbers(number(SALES), connected(SUPPORT))]

    said = connect("--check")

    assert changes(account) == []
    assert f"{SALES}: not connected\n" in said.out
    assert f"asked when it rings: {OLD} -> {addresses.arrival()}" in said.out
    assert said.failure == "Not connected: 2 of 3, see above."

    account.answers = [connected_application(), numbers(connected(SALES), connected(SUPPORT))]
    assert connect("--check").failure == ""


def test_only_the_numbers_named_are_touched(account: LocalNetwork) -> None:
    account.answers = [
        connected_application(),
        numbers(number(SALES), number(SUPPORT)),
        numbers(number(SUPPORT)),
        Answer(body=connected(SUPPORT)),
    ]

    said = connect(SUPPORT)

    assert changes(account) == ["PN102.json"]
    assert SALES not in said.out


def test_one_number_that_cannot_be_connected_does_not_keep_the_others_from_it(
    account: LocalNetwork,
) -> None:
    third = "+14155550103"
    account.answers = [
        connected_application(),
        numbers(number(SUPPORT, trunk_sid="TK1"), number(third)),
        numbers(number(third)),
        Answer(body=connected(third)),
    ]

    said = connect(SALES, SUPPORT, third)

    assert changes(account) == ["PN103.json"]
    assert f"{SALES}: the account has no such number." in said.err
    assert f"{SUPPORT} is routed by the trunk TK1" in said.err
    assert said.failure == "Not connected: 2 of 4, see above."


def test_an_application_that_is_not_there_or_not_set_is_said(
    account: LocalNetwork, settings: Settings
) -> None:
    account.answers = [Answer(404, {"code": 20404, "message": "not found"}), numbers()]
    assert "the account has no such application" in connect(SALES).err

    settings.TWILIO_TWIML_APP_SID = ""
    account.answers = [numbers(connected(SALES))]
    said = connect(SALES)
    assert "TWILIO_TWIML_APP_SID is not set: browsers cannot call." in said.err
    assert said.failure == "Not connected: 1 of 2, see above."


def test_a_network_that_says_no_ends_it_with_its_sentence(account: LocalNetwork) -> None:
    account.answers = [Answer(401, {"code": 20003, "message": "Authenticate"})]
    assert connect().failure == "The phone network refused (error 20003): Authenticate"


def test_without_a_public_address_nobody_is_asked(
    account: LocalNetwork, settings: Settings
) -> None:
    settings.TWILIO_WEBHOOK_BASE_URL = ""
    assert "TWILIO_WEBHOOK_BASE_URL is missing" in connect().failure
    assert account.seen == []


def test_without_numbers_the_browsers_are_connected_and_the_next_step_is_named(
    account: LocalNetwork,
) -> None:
    PhoneNumber.objects.all().delete()
    account.answers = [application(), Answer(body={}), numbers()]
    said = connect()
    assert len(changes(account)) == 1
    assert "No phone numbers are set up here yet." in said.out
    assert said.failure == ""


def test_quietly_only_what_went_wrong_is_said(account: LocalNetwork) -> None:
    account.answers = [connected_application(), numbers(connected(SALES))]
    said = connect(verbosity=0)
    assert said.out == ""
    assert said.err == f"{SUPPORT}: the account has no such number.\n"
