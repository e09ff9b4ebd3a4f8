"""From an HTTP request to a resource: authentication, path, method, errors.

Sources: twilio.com/docs/usage/requests-to-twilio, docs/usage/twilios-response.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from contact_center.simulator.core.account import Account
from contact_center.simulator.core.errors import RestError
from contact_center.simulator.core.resources import (
    accounts,
    applications,
    calls,
    conferences,
    members,
    numbers,
    participants,
    queues,
    recordings,
)
from contact_center.simulator.core.resources.base import Body, Context, Reply, Resource
from contact_center.simulator.core.resources.form import Form
from contact_center.simulator.core.world import BODY_IN_LOG, World

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RestRequest:
    """A request as it came in. ``authorization`` is the header's value, or None."""

    method: str
    path: str
    query: Pairs = ()
    form: Pairs = ()
    authorization: str | None = None


@dataclass(frozen=True)
class RestResponse:
    """What goes back; ``body`` None means there is none (204), or a sound instead.

    ``wav`` is a sound file; whoever was asked for another kind makes that of it.
    """

    status: int
    body: Body | None
    headers: Mapping[str, str] = field(default_factory=dict)
    wav: bytes | None = field(default=None, repr=False)


ROOT = "/2010-04-01/Accounts"

RESOURCES: tuple[Resource, ...] = (
    *accounts.RESOURCES,
    *calls.RESOURCES,
    *queues.RESOURCES,
    *members.RESOURCES,
    *conferences.RESOURCES,
    *participants.RESOURCES,
    *numbers.RESOURCES,
    *applications.RESOURCES,
    *recordings.RESOURCES,
)

SOUND_FILES = (".wav", ".mp3")


def serve(world: World, request: RestRequest) -> RestResponse:
    """Answer a request, and log it with its answer."""
    try:
        reply = _answer(world, request)
    except RestError as problem:
        reply = Reply(problem.status, _error(problem))
    refused = reply.status >= 400
    account_sid = _account_in(request.path)
    world.log.add(
        world.now,
        "rest",
        account_sid,
        None,
        f"{request.method} {request.path.removeprefix(f'{ROOT}/{account_sid}/')}",
        {
            "method": request.method,
            "path": request.path,
            "query": [list(pair) for pair in request.query],
            "form": [list(pair) for pair in request.form],
            "status": reply.status,
            "answer": json.dumps(reply.body)[:BODY_IN_LOG] if reply.wav is None else "a sound",
        },
        f"{reply.body['code']}: {reply.body['message']}" if refused and reply.body else None,
    )
    return RestResponse(reply.status, reply.body, _headers(reply), reply.wav)


def _headers(reply: Reply) -> dict[str, str]:
    code = reply.body.get("code") if reply.body else None
    if reply.status == 401:
        return {"WWW-Authenticate": 'Basic realm="Twilio API"'}
    if reply.status == 429 or code == 21501:
        return {"Retry-After": "1"}
    return {}


def _answer(world: World, request: RestRequest) -> Reply:
    caller = _authenticated(world, request.authorization)
    path = request.path
    if not path.startswith(ROOT):
        raise _not_found(path)
    is_json = path.endswith(".json")
    kind = next((kind for kind in (".json", *SOUND_FILES) if path.endswith(kind)), "")
    parts = [part for part in path.removeprefix(ROOT).removesuffix(kind).split("/") if part]
    account = _account(world, caller, parts, path)
    for resource in RESOURCES if is_json else (recordings.SOUND,):
        found = resource.match(parts)
        if found is None:
            continue
        verb = resource.methods.get(request.method)
        if verb is None:
            raise RestError(405, 20004, f"{request.method} is not allowed here.")
        context = Context(world, account, path, Form(request.query), Form(request.form))
        reply = verb(context, *found)
        if reply is None:
            raise _not_found(path)
        return reply
    raise _not_found(path)


def _authenticated(world: World, authorization: str | None) -> Account:
    """The account whose token or key this is. Raises 20003."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = secret = ""
        for account in world.accounts.values():
            expected = account.auth_token if user == account.sid else account.api_keys.get(user)
            if expected is not None and hmac.compare_digest(expected.encode(), secret.encode()):
                return account
    raise RestError(401, 20003, "Authenticate")


def _account(world: World, caller: Account, parts: list[str], path: str) -> Account:
    """The account the path names, if the caller may act for it."""
    if not parts:
        return caller
    account = world.accounts.get(parts[0])
    if account is None or (account is not caller and account.owner_sid != caller.sid):
        raise _not_found(path)
    return account


def _account_in(path: str) -> str:
    return path.removeprefix(ROOT).strip("/").partition("/")[0].removesuffix(".json")


def _not_found(path: str) -> RestError:
    return RestError(404, 20404, f"The requested resource {path} was not found")


def _error(problem: RestError) -> Body:
    return {
        "code": problem.code,
        "message": problem.message,
        "more_info": f"https://www.twilio.com/docs/errors/{problem.code}",
        "status": problem.status,
    }
