"""The contact center's settings: every DJANGO_TWILIO_CALL dictionary, typed and checked.

    from contact_center import conf
    conf.current().queue.default_name

A key is obeyed or refused by name, never swallowed (`conf.load`). built.py says what is built.
"""

from functools import cache
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed

from contact_center.conf.loading import Configuration, load
from contact_center.conf.problems import Problem

__all__ = ["Configuration", "Problem", "current", "load"]


@cache
def current() -> Configuration:
    """Return the configuration as the settings have it now; read once, and again after a change."""
    return load(django_settings)[0]


def _forget(**_: Any) -> None:
    current.cache_clear()


# Settings move only in tests (override_settings); any of them may matter here.
setting_changed.connect(_forget, dispatch_uid="contact_center.conf.current")
