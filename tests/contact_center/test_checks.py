"""The system checks say everything that is wrong, by id, key and hint."""

from django.core import checks
from django.test import override_settings

from contact_center.checks import check_configuration


def test_the_settings_of_the_tests_are_well() -> None:
    # Django runs tests with DEBUG off, and then they would be held to what production is held to.
    with override_settings(DEBUG=True):
        assert check_configuration(None) == []


@override_settings(
    DEBUG=True, TWILIO_ACCOUNT_SID="nonsense", DJANGO_TWILIO_CALL_QUEUE={"DEFAULT_NAMES": "help"}
)
def test_every_problem_is_one_message_with_id_key_and_hint() -> None:
    messages = checks.run_checks(tags=["contact_center"])
    assert [(message.id, message.level) for message in messages] == [
        ("contact_center.E011", checks.ERROR),
        ("contact_center.E002", checks.ERROR),
    ]
    assert messages[0].msg == ("DJANGO_TWILIO_CALL_QUEUE['DEFAULT_NAMES']: there is no such key")
    assert messages[0].hint == "Did you mean DEFAULT_NAME?"


@override_settings(DEBUG=True, TWILIO_REGION="dublin")
def test_what_will_surprise_is_a_warning() -> None:
    (message,) = check_configuration(None)
    assert (message.id, message.level) == ("contact_center.W002", checks.WARNING)
