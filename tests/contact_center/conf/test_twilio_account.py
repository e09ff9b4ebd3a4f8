"""The account: what is missing, what is malformed, and that its secrets stay secret."""

import pytest

from contact_center.conf.twilio_account import REQUIRED
from tests.contact_center.conf.written import configuration, loaded, problems, the_problem


@pytest.mark.parametrize("key", REQUIRED)
@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_each_missing_setting_is_named_and_says_where_to_find_it(
    key: str, nothing: str | None
) -> None:
    problem = the_problem(**{key: nothing})
    assert (problem.id, problem.key, problem.message) == ("E001", key, "is missing")
    assert problem.hint


@pytest.mark.parametrize(
    "key",
    ["TWILIO_ACCOUNT_SID", "TWILIO_API_KEY_SID", "TWILIO_TWIML_APP_SID", "TWILIO_SUBACCOUNT_SID"],
)
@pytest.mark.parametrize("wrong", ["AC123", "XX" + "a" * 32, "AC" + "g" * 32, "AC" + "a" * 33])
def test_what_is_no_sid_is_refused_and_used_for_nothing(key: str, wrong: str) -> None:
    result, found = loaded(**{key: wrong})
    assert [(problem.id, problem.key) for problem in found] == [("E002", key)]
    assert not getattr(result.twilio, key.removeprefix("TWILIO_").lower())


@pytest.mark.parametrize("wrong", ["4155550100", "+1 415 555 0100", "+0415555", "tel:+14155550100"])
def test_a_phone_number_is_written_in_e164(wrong: str) -> None:
    assert problems(TWILIO_PHONE_NUMBER=wrong) == [("E003", "TWILIO_PHONE_NUMBER")]


@pytest.mark.parametrize(
    "wrong",
    [
        "calls.example.org",
        "ftp://calls.example.org",
        "https://",
        "https://dana:secret@calls.example.org",
        "https://calls.example.org/?a=b",
        "https://calls.example.org:port",
        "https://[::1",
    ],
)
def test_the_public_address_must_be_one(wrong: str) -> None:
    assert problems(TWILIO_WEBHOOK_BASE_URL=wrong) == [("E004", "TWILIO_WEBHOOK_BASE_URL")]


def test_a_trailing_slash_of_the_public_address_is_forgiven() -> None:
    result = configuration(TWILIO_WEBHOOK_BASE_URL="https://calls.example.org/")
    assert result.twilio.webhook_base_url == "https://calls.example.org"


def test_what_is_not_text_is_refused() -> None:
    found = problems(TWILIO_AUTH_TOKEN=12345)
    assert ("E002", "TWILIO_AUTH_TOKEN") in found


def test_calls_are_made_in_the_name_of_the_subaccount_when_there_is_one() -> None:
    parent, child = "AC" + "a" * 32, "AC" + "d" * 32
    assert configuration().twilio.acting_sid == parent
    result = configuration(TWILIO_SUBACCOUNT_SID=child)
    assert result.twilio.acting_sid == child
    assert result.twilio.account_sid == parent


def test_secrets_stay_secret_however_the_configuration_is_printed() -> None:
    result = configuration()
    printed = f"{result!r} {result} {result.twilio!r} {result.twilio.model_dump()}"
    assert "t" * 32 not in printed
    assert "s" * 32 not in printed
    assert result.twilio.auth_token.get_secret_value() == "t" * 32


# Where calls are processed


def test_an_edge_given_as_a_region_is_understood_and_said() -> None:
    result, (problem,) = loaded(TWILIO_REGION="dublin")
    assert result.twilio.location.api_host == "api.dublin.ie1.twilio.com"
    assert (problem.id, problem.key) == ("W002", "TWILIO_REGION")
    assert "TWILIO_REGION=ie1" in problem.hint


def test_a_region_and_an_edge_go_their_own_ways() -> None:
    result = configuration(TWILIO_REGION="ie1", TWILIO_EDGE="frankfurt")
    assert result.twilio.location.api_host == "api.frankfurt.ie1.twilio.com"


@pytest.mark.parametrize(
    ("key", "wrong"), [("TWILIO_REGION", "moon"), ("TWILIO_EDGE", "moon"), ("TWILIO_EDGE", "ie1")]
)
def test_a_place_that_does_not_exist_is_refused_naming_those_that_do(key: str, wrong: str) -> None:
    problem = the_problem(**{key: wrong})
    assert (problem.id, problem.key) == ("E006", key)
    assert "sao-paulo" in problem.message
