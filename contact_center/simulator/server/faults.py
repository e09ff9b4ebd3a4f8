"""Faults on request: lost, late and doubled webhooks, and a REST interface that fails.

A fault waits until something of its kind matches its path, happens ``times`` times, and is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeVar, get_args

WebhookAction = Literal["drop", "delay", "duplicate", "lose-answer"]
RestAction = Literal["429", "500", "hang"]
Moment = Literal["before", "after"]

WEBHOOK_ACTIONS: dict[object, WebhookAction] = {one: one for one in get_args(WebhookAction)}
REST_ACTIONS: dict[object, RestAction] = {one: one for one in get_args(RestAction)}
MOMENTS: dict[object, Moment] = {one: one for one in get_args(Moment)}


class BadFault(ValueError):
    """The description of a fault makes no sense. The message says which part."""


@dataclass
class WebhookFault:
    """What happens to webhooks whose path matches.

    ``drop``: never delivered, reported as timed out. ``delay``: delivered ``seconds`` later.
    ``duplicate``: delivered twice, with one idempotency token. ``lose-answer``: delivered, and
    reported as timed out.
    """

    path: str
    action: WebhookAction
    times: int
    seconds: float


@dataclass
class RestFault:
    """What happens to REST requests whose path matches, before or after they are applied.

    ``hang`` answers nothing for ``seconds`` and then closes the connection.
    """

    path: str
    action: RestAction
    moment: Moment
    times: int
    seconds: float
    method: str


Fault = TypeVar("Fault", WebhookFault, RestFault)


class Faults:
    """The faults that are still to happen, oldest first."""

    def __init__(self) -> None:
        self._webhooks: list[WebhookFault] = []
        self._rest: list[RestFault] = []

    def add(self, description: dict[str, Any]) -> None:
        """Plan a fault. Raises BadFault with a sentence."""
        kind = description.get("kind")
        path = description.get("path", "*")
        times = description.get("times", 1)
        seconds = description.get("seconds", 1)
        if not isinstance(path, str):
            raise BadFault("path must be a pattern such as /webhooks/status/*.")
        if not isinstance(times, int) or isinstance(times, bool) or times < 1:
            raise BadFault("times must be a whole number of at least 1.")
        if not isinstance(seconds, int | float) or not 0 <= seconds <= 600:
            raise BadFault("seconds must be a number from 0 to 600.")
        action = description.get("action")
        if kind == "webhook" and action in WEBHOOK_ACTIONS:
            self._webhooks.append(
                WebhookFault(path, WEBHOOK_ACTIONS[action], times, float(seconds))
            )
        elif kind == "rest" and action in REST_ACTIONS:
            moment = MOMENTS.get(description.get("moment", "before"))
            if moment is None:
                raise BadFault("moment must be before or after.")
            method = str(description.get("method", "*"))
            self._rest.append(
                RestFault(path, REST_ACTIONS[action], moment, times, float(seconds), method)
            )
        else:
            raise BadFault(
                f"kind must be webhook (action {', '.join(get_args(WebhookAction))}) "
                f"or rest (action {', '.join(get_args(RestAction))})."
            )

    def for_webhook(self, path: str) -> WebhookFault | None:
        """What happens to a webhook now on its way to this path."""
        return _take(self._webhooks, [one for one in self._webhooks if _fits(path, one.path)])

    def for_rest(self, method: str, path: str) -> RestFault | None:
        """What happens to a REST request that has just come in."""
        fitting = [
            one for one in self._rest if _fits(path, one.path) and one.method in ("*", method)
        ]
        return _take(self._rest, fitting)

    def clear(self) -> None:
        """Nothing fails any more."""
        self._webhooks.clear()
        self._rest.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """What is still to happen, ready for JSON."""
        return [
            *({"kind": "webhook", **vars(fault)} for fault in self._webhooks),
            *({"kind": "rest", **vars(fault)} for fault in self._rest),
        ]


def _fits(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern)


def _take(planned: list[Fault], fitting: list[Fault]) -> Fault | None:
    if not fitting:
        return None
    fault = fitting[0]
    fault.times -= 1
    if fault.times == 0:
        planned.remove(fault)
    return fault
