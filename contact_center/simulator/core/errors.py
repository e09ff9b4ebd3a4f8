"""What goes wrong, with Twilio's numbers for it (twilio.com/docs/api/errors)."""

from __future__ import annotations


class UnknownNumber(Exception):
    """Nobody owns the number that was dialled. The message says so in a sentence."""


class UnknownApplication(Exception):
    """No application has this SID. The message says so in a sentence."""


class TwimlError(Exception):
    """A document cannot be run; ``code`` is Twilio's number for why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class RestError(Exception):
    """A request is refused with this HTTP status, Twilio code and sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
