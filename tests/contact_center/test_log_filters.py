"""No log shows a phone number or a secret, however it got into the record."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

from contact_center.log_filters import OUR_LOGGERS, MaskPhoneNumbers, mask_phone_numbers

SHOWN = {"MASK_PHONE_NUMBERS": False}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a handler with our filter writes, `extra` included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(MaskPhoneNumbers())
    handler.setFormatter(_WithExtra())
    logger = logging.getLogger("contact_center.services.receiving")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


class _WithExtra(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        extra = {name: vars(record)[name] for name in ("caller", "form") if name in vars(record)}
        return f"{super().format(record)} {json.dumps(extra)}"


logger = logging.getLogger("contact_center.services.receiving")


def test_a_number_is_masked_in_the_message_its_arguments_and_extra(log: io.StringIO) -> None:
    logger.info(
        "call from %s to +14155550101 (%r)",
        "+14155550123",
        {"From": "+14155550124"},
        extra={"caller": "+14155550125", "form": {"To": ["+14155550126"], "Digits": 1}},
    )
    assert "555" not in log.getvalue()
    for last in ("0101", "0123", "0124", "0125", "0126"):
        assert f"+1415***{last}" in log.getvalue()
    assert '"Digits": 1' in log.getvalue()


def test_a_number_is_masked_in_the_story_of_an_exception(log: io.StringIO) -> None:
    try:
        raise LookupError("nobody has set up +14155550123")
    except LookupError:
        logger.exception("a call could not be taken")
    assert "+1415***0123" in log.getvalue()
    assert "LookupError" in log.getvalue()
    assert "5550123" not in log.getvalue()


@override_settings(DJANGO_TWILIO_CALL_SECURITY=SHOWN)
def test_numbers_are_shown_when_the_operator_wants_to_see_them(log: io.StringIO) -> None:
    logger.info("call from %s", "+14155550123")
    assert "call from +14155550123" in log.getvalue()


@override_settings(DJANGO_TWILIO_CALL_SECURITY=SHOWN)
def test_our_secrets_are_hidden_whatever_the_operator_wants(log: io.StringIO) -> None:
    logger.info("auth is %s:%s", settings.TWILIO_AUTH_TOKEN, settings.TWILIO_API_KEY_SECRET)
    assert "auth is [hidden]:[hidden]" in log.getvalue()


def test_arguments_that_do_not_fit_the_message_are_logged_and_masked(log: io.StringIO) -> None:
    logger.info("one %s two %s", "+14155550123")
    assert "one %s two %s" in log.getvalue()
    assert "5550123" not in log.getvalue()


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("+14155550100", "+1415***0100"),
        ("+4930123456", "+4930***3456"),
        ("+4930123", "+49***23"),
        ("client:+14155550100", "client:+1415***0100"),
        ("From=%2B14155550100&To=x", "From=%2B1415***0100&To=x"),
        ("caller 14155550100.", "caller 1415***0100."),
        ("(+14155550100,+14155550101)", "(+1415***0100,+1415***0101)"),
    ],
)
def test_a_number_keeps_its_country_and_its_end(written: str, masked: str) -> None:
    assert mask_phone_numbers(written) == masked


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T20:28:43+0000",
        "CA00000000000000014155550100aaaaaa",
        "took 1234567890 ns",
        "1700000000.123456789012",
        "port +8000",
        "order-14155550100-x",
    ],
)
def test_what_is_no_number_is_left_alone(text: str) -> None:
    assert mask_phone_numbers(text) == text


def test_every_handler_of_the_site_masks() -> None:
    assert settings.LOGGING["handlers"]
    for handler in settings.LOGGING["handlers"].values():
        assert "mask" in handler["filters"]
    for name in ("django", "django.server", *OUR_LOGGERS):
        assert logging.getLogger(name).handlers == []


def test_our_loggers_write_everything_only_when_asked_to() -> None:
    assert not logging.getLogger("contact_center.telephony").isEnabledFor(logging.DEBUG)
    with override_settings(DJANGO_TWILIO_CALL={"VERBOSE_LOGGING": True}):
        for name in OUR_LOGGERS:
            assert logging.getLogger(name).isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("contact_center.telephony").isEnabledFor(logging.DEBUG)


@override_settings(DJANGO_TWILIO_CALL={"VERBOSE_LOGGING": True})
def test_verbose_logs_are_masked_too(log: io.StringIO) -> None:
    logger.debug("<Response><Say>Call +14155550123</Say></Response>")
    assert "<Say>Call +1415***0123</Say>" in log.getvalue()


def test_what_opens_a_wallboard_is_in_no_log(log: io.StringIO) -> None:
    token = "q3-Zk_9" * 6
    logger.warning("Not Found: /wall/%s/panels/", token)
    logger.warning("HTTP GET https://calls.example.org/wall/%s/", token, extra={"caller": token})
    logger.warning("No route found for path 'ws/wall/%s/'", token)
    with override_settings(DJANGO_TWILIO_CALL_SECURITY=SHOWN):
        logger.warning("%r", {"path": f"/ws/wall/{token}/"})
    written = log.getvalue().replace(json.dumps({"caller": token}), "")
    assert token not in written
    assert written.count("/wall/[hidden]") == 4
    assert "/wall/[hidden]/panels/" in written
