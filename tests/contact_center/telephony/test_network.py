"""Which phone network it is, is a setting; the product knows only the port."""

import pytest
from pytest_django import Settings

from contact_center.telephony import network
from contact_center.telephony.port import NotSent, OutcomeUnknown, Refused, RequestFailed
from contact_center.telephony.twilio.http_client import TimedHttpClient


def test_one_network_serves_the_process_until_a_setting_changes(settings: Settings) -> None:
    before = network()
    assert network() is before

    settings.TWILIO_AUTH_TOKEN = "f" * 32
    assert network() is not before


def test_a_changed_token_is_used_without_a_change_of_code(settings: Settings) -> None:
    settings.TWILIO_AUTH_TOKEN = "f" * 32
    settings.MOCK_TWILIO = False
    assert network().browser_gateway() is None

    settings.MOCK_TWILIO = True
    settings.SIMULATOR_URL = "http://localhost:8177"
    assert network().browser_gateway() == "localhost:8177"


class CutLine(TimedHttpClient):
    """An http client that a test or an operator puts in the other's place."""

    def request(self, *_: object, **__: object) -> None:
        raise NotSent(reason="the line is cut", retry_after_seconds=3)


def test_the_way_of_sending_is_a_setting_too_and_may_speak_of_outcomes_itself(
    settings: Settings,
) -> None:
    settings.TELEPHONY_HTTP_CLIENT = f"{__name__}.CutLine"
    with pytest.raises(NotSent, match="the line is cut") as failure:
        network().end_call(call_sid="CA1")
    assert failure.value.retry_after_seconds == 3


def test_every_failure_is_a_sentence_and_one_of_a_kind() -> None:
    failures: dict[RequestFailed, str] = {
        Refused(code=21220, message="Call is not in-progress", status=400): (
            "The phone network refused (error 21220): Call is not in-progress"
        ),
        Refused(code=None, message="no", status=403): "The phone network refused (HTTP 403): no",
        NotSent(reason="too many requests"): (
            "The request did not reach the phone network: too many requests"
        ),
        OutcomeUnknown(reason="no answer in time"): (
            "It is not known what the phone network did: no answer in time"
        ),
    }
    for failure, sentence in failures.items():
        assert str(failure) == sentence
