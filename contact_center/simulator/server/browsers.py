"""Browsers that are not there: an agent's side of a call, without a page and without a microphone.

Such a browser shows the access token that the product gave it, as a real one does at ``/signal``,
and calls the application that the token names. What it cannot do is be rung.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from contact_center.simulator.core.errors import UnknownApplication
from contact_center.simulator.server import tokens
from contact_center.simulator.server.runner import Runner
from contact_center.simulator.server.sound import MediaEnd


class BrowserRefused(Exception):
    """This browser is not let in. The message says why in a sentence."""


def connect(
    runner: Runner, *, token: object, parameters: Mapping[str, str], voice: MediaEnd
) -> str:
    """Let a browser call its application; returns the leg. Raises BrowserRefused."""
    network = runner.network

    def secret_of(account_sid: str, key_sid: str) -> str | None:
        account = network.accounts.get(account_sid)
        return account.api_keys.get(key_sid) if account else None

    try:
        said = tokens.verify(token, secret_of=secret_of, now=time.time())
    except tokens.TokenRefused as refusal:
        raise BrowserRefused(f"{refusal.code}: {refusal.message}") from refusal
    application = said.outgoing_application_sid
    owners = {known.sid: known.account_sid for known in network.applications}
    if application is None or owners.get(application, said.account_sid) != said.account_sid:
        raise BrowserRefused("This access token allows no calls to an application of its account.")
    # What the token says was signed by the product; what the browser says was not.
    extra = {**parameters, **dict(said.outgoing_params)}
    try:
        sid = network.client_connects(said.identity, extra, application)
    except UnknownApplication as problem:
        raise BrowserRefused(str(problem)) from problem
    runner.attach_far_end(sid, _Silent(), voice)
    runner.flush()
    return sid


class _Silent:
    """It stays until it is put down."""

    def ringing(self) -> None:
        """It placed the call itself."""

    def answered(self) -> None:
        """It is connected."""

    def ended(self, status: str, error: tuple[int, str] | None) -> None:
        """It is over."""
