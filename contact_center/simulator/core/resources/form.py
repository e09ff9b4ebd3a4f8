"""Reading the fields of a request: each is obeyed, or refused with Twilio's number for it."""

from __future__ import annotations

from urllib.parse import urlsplit

from contact_center.simulator.core.errors import RestError


class Form:
    """The fields of a query or a form; a name may come more than once."""

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        self._pairs = pairs

    def __contains__(self, name: str) -> bool:
        return any(name == known for known, _ in self._pairs)

    def get(self, name: str, default: str = "") -> str:
        """The last value of a field."""
        return next((value for known, value in reversed(self._pairs) if known == name), default)

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for known, value in self._pairs if known == name]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Everything, in order."""
        return self._pairs

    def required(self, name: str, code: int, message: str) -> str:
        """A field that must be there."""
        if not (value := self.get(name)):
            raise RestError(400, code, message)
        return value

    def boolean(self, name: str, default: bool) -> bool:
        """``true`` or ``false``, in either case."""
        text = self.get(name, "true" if default else "false").lower()
        if text not in ("true", "false"):
            raise RestError(400, 20001, f"{name} must be true or false, not {self.get(name)!r}.")
        return text == "true"

    def integer(self, name: str, default: int, least: int, most: int, code: int = 20001) -> int:
        """A whole number in bounds."""
        text = self.get(name, str(default))
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise RestError(
                400, code, f"{name} must be a whole number from {least} to {most}, not {text!r}."
            )
        return int(text)

    def method(self, name: str, default: str = "POST") -> str:
        """``GET`` or ``POST``."""
        text = self.get(name, default).upper()
        if text not in ("GET", "POST"):
            raise RestError(400, 21209, f"{name} must be GET or POST, not {text!r}.")
        return text

    def url(self, name: str, default: str = "", code: int = 21205) -> str:
        """An absolute http or https URL, or nothing."""
        text = self.get(name, default)
        parts = urlsplit(text)
        if text and (parts.scheme not in ("http", "https") or not parts.netloc):
            raise RestError(400, code, f"{name} is not a valid URL: {text}")
        return text

    def refuse(self, *names: str) -> None:
        """Say of what the simulator does not do that it does not."""
        for name in names:
            if self.get(name):
                raise RestError(
                    400, 20001, f"The simulator does not obey {name} yet; leave it out."
                )
