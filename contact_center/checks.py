"""System checks: every problem of the configuration, with its key and a hint.

`manage.py check` and the start of every command show them; an error stops the start.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from contact_center import conf
from contact_center.kept_recordings import why_not_writable

_FOLDER = "Name a folder that this process can make and write, or let it: messages are kept there."


@checks.register("contact_center")
def check_configuration(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Return one message for each thing that is wrong with the settings."""
    configuration, problems = conf.load(settings)
    kinds = {"error": checks.Error, "warning": checks.Warning}
    if not problems and configuration.call.voicemail_enabled and (wrong := why_not_writable()):
        problems = [
            conf.Problem("E023", "DJANGO_TWILIO_CALL_STORAGE['LOCAL_PATH']", wrong, _FOLDER)
        ]
    return [
        kinds[problem.level](str(problem), hint=problem.hint, id=f"contact_center.{problem.id}")
        for problem in problems
    ]
