"""What a log may show: phone numbers masked, secrets never.

`settings.LOGGING` gives the filter to every handler, so that it sees the records of the libraries
too, with arguments, `extra` and tracebacks. Masking follows SECURITY.MASK_PHONE_NUMBERS; our
credentials, and what opens a wallboard, are hidden in any case.
"""

import logging
import re
from typing import Any

from django.core.signals import setting_changed

from contact_center import conf

OUR_LOGGERS = ("contact_center", "agents", "supervisors", "realtime")

# A plus (or its form in a URL) and 7 to 15 digits; or 11 to 15 digits that are a word of their
# own, which no duration, id or port of ours is.
_PHONE_NUMBER = re.compile(
    r"(?P<plus>\+|%2B)(?P<signed>[1-9]\d{6,14})(?!\d)|(?<![\w.:-])(?P<bare>[1-9]\d{10,14})(?![\w-])",
    re.IGNORECASE,
)
# The token of a wallboard's link stands in its address, and in that of its socket.
_WALL_TOKEN = re.compile(r"(/wall/)[\w-]{16,}")
_PLAIN_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_FORMATTER = logging.Formatter()
HIDDEN = "[hidden]"


def mask_phone_numbers(text: str) -> str:
    """Return `text` with the middle of every phone number replaced: +1415***0100."""
    return _PHONE_NUMBER.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    digits = match["signed"] or match["bare"]
    # Of a short number less may be shown, or nothing would be hidden.
    first, last = (4, 4) if len(digits) >= 10 else (2, 2)
    return f"{match['plus'] or ''}{digits[:first]}***{digits[-last:]}"


class MaskPhoneNumbers(logging.Filter):
    """Rewrite a record so that whatever is done with it shows no number and no secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, cleaned."""
        configuration = conf.current()
        twilio = configuration.twilio
        secrets = [
            *twilio.auth_token.get_secret_value().split(","),
            twilio.api_key_secret.get_secret_value(),
        ]
        self._clean(
            record,
            masked=configuration.security.mask_phone_numbers,
            secrets=[secret.strip() for secret in secrets if secret.strip()],
        )
        return True

    def _clean(self, record: logging.LogRecord, *, masked: bool, secrets: list[str]) -> None:
        def clean(value: Any) -> Any:
            if isinstance(value, str):
                for secret in secrets:
                    value = value.replace(secret, HIDDEN)
                value = _WALL_TOKEN.sub(rf"\1{HIDDEN}", value)
                return mask_phone_numbers(value) if masked else value
            if isinstance(value, dict):
                return {clean(key): clean(item) for key, item in value.items()}
            if isinstance(value, list | tuple | set | frozenset):
                return [clean(item) for item in value]
            if value is None or isinstance(value, bool | int | float):
                return clean(str(value)) if _looks_like_a_number(value) else value
            return clean(str(value))

        try:
            record.msg = clean(record.getMessage())
        except (TypeError, ValueError, KeyError):
            # Arguments that do not fit the message: logging would print them as they are.
            record.msg = clean(f"{record.msg} {record.args!r}")
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = clean(record.exc_text)
        if record.stack_info:
            record.stack_info = clean(record.stack_info)
        for name, value in vars(record).items():
            if name not in _PLAIN_RECORD:
                setattr(record, name, clean(value))


def _looks_like_a_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**10


def apply_verbosity(**_: Any) -> None:
    """Let our loggers write everything while VERBOSE_LOGGING is on, and what matters otherwise."""
    level = logging.DEBUG if conf.current().general.verbose_logging else logging.INFO
    for name in OUR_LOGGERS:
        logging.getLogger(name).setLevel(level)


setting_changed.connect(apply_verbosity, dispatch_uid="contact_center.log_filters.verbosity")
