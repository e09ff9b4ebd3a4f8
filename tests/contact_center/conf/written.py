"""Settings as an operator might write them, and what `conf.load` makes of them."""

from types import SimpleNamespace

from contact_center import conf
from contact_center.conf import Configuration, Problem

#: All that a site must say, correctly.
WELL = {
    "SECRET_KEY": "a-key",
    "DEBUG": False,
    "ALLOWED_HOSTS": ["calls.example.org"],
    "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
    "TWILIO_AUTH_TOKEN": "t" * 32,
    "TWILIO_PHONE_NUMBER": "+14155550100",
    "TWILIO_WEBHOOK_BASE_URL": "https://calls.example.org",
    "TWILIO_API_KEY_SID": "SK" + "b" * 32,
    "TWILIO_API_KEY_SECRET": "s" * 32,
    "TWILIO_TWIML_APP_SID": "AP" + "c" * 32,
}


def loaded(**written: object) -> tuple[Configuration, list[Problem]]:
    """Return what comes of a good site's settings with `written` changed or added."""
    return conf.load(SimpleNamespace(**{**WELL, **written}))


def configuration(**written: object) -> Configuration:
    """Return the configuration of settings with which nothing is wrong."""
    result, problems = loaded(**written)
    assert problems == []
    return result


def problems(**written: object) -> list[tuple[str, str]]:
    """Return the (id, key) of everything that is wrong."""
    return [(problem.id, problem.key) for problem in loaded(**written)[1]]


def the_problem(**written: object) -> Problem:
    """Return the one thing that is wrong."""
    found = loaded(**written)[1]
    assert len(found) == 1, found
    return found[0]
