"""The Call resource. Source: twilio.com/docs/voice/api/call-resource."""

from __future__ import annotations

from dataclasses import replace

from contact_center.simulator.core import instructions, progress
from contact_center.simulator.core.account import Handler, StatusCallback
from contact_center.simulator.core.directory import formatted, outbound_leg
from contact_center.simulator.core.errors import RestError
from contact_center.simulator.core.legs import Detection, Leg
from contact_center.simulator.core.numbering import is_number
from contact_center.simulator.core.resources.base import (
    API_VERSION,
    Body,
    Context,
    Reply,
    Resource,
)
from contact_center.simulator.core.resources.dates import within
from contact_center.simulator.core.resources.form import Form
from contact_center.simulator.core.resources.paging import page
from contact_center.simulator.core.times import rfc_2822
from contact_center.simulator.core.twiml import LONGEST_INLINE

SUBRESOURCES = {
    "events": "Events",
    "notifications": "Notifications",
    "payments": "Payments",
    "recordings": "Recordings",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}

NOT_YET = (
    "Record",
    "Trim",
    "Byoc",
    "SipAuthUsername",
)


def _create(context: Context) -> Reply:
    form = context.form
    form.refuse(*(name for name in NOT_YET if form.get(name).lower() != "false"))
    to = dialable(form.required("To", 21201, "No 'To' number is specified"))
    from_ = form.required("From", 21213, "No 'From' number is specified")
    check_caller_id(context, from_)
    twiml = _inline(form)
    voice = _new_handler(context, form) if not twiml else Handler()
    timeout = form.integer("Timeout", 60, 1, 600, code=21208)
    limit = time_limit(form)
    callback = call_status_callback(form)
    keys = _keys(form)
    in_background = form.boolean("AsyncAmd", False)
    wanted = detection(form, to, "AsyncAmd", in_background=in_background)
    check_concurrency(context)
    leg = outbound_leg(context.world, context.account.sid, from_, to, voice)
    leg.twiml = twiml
    leg.timeout_s, leg.time_limit_s = timeout, limit
    leg.status_callback = callback
    leg.send_digits = keys
    # "If send_digits is provided, this parameter is ignored" (docs/voice/api/call-resource).
    leg.detection = None if keys else wanted
    progress.dial_out(context.world, leg)
    return Reply(201, body(context, leg))


def dialable(to: str) -> str:
    """A number or browser that can be called. Raises 21211."""
    plain = to.partition("?")[0]
    is_client = plain.startswith("client:") and len(plain) > len("client:")
    if not (is_number(plain) or is_client):
        raise RestError(
            400, 21211, f"The phone number you are attempting to call, {to}, is not valid."
        )
    return to


def check_caller_id(context: Context, from_: str) -> None:
    """A call may show one of the account's numbers, or a browser's name. Raises 21212 or 21210."""
    if not from_.startswith("client:") and not is_number(from_):
        raise RestError(400, 21212, f"The 'From' number {from_} is not a valid phone number.")
    owned = any(
        number.phone_number == from_ and number.account_sid == context.account.sid
        for number in context.world.numbers.values()
    )
    if not owned and not from_.startswith("client:"):
        raise RestError(
            400,
            21210,
            f"The source phone number provided, {from_}, is not yet verified for your account. "
            "You may only make calls from phone numbers that you've verified or purchased "
            "from Twilio.",
        )


def check_concurrency(context: Context) -> None:
    """As many calls as the account may have at once. Raises 20429: nothing was done, ask again."""
    if not (most := context.account.concurrent_calls):
        return
    live = sum(
        not leg.over and leg.account_sid == context.account.sid
        for leg in context.world.legs.values()
    )
    if live >= most:
        raise RestError(
            429, 20429, f"Too many requests: the account has {live} calls at once, {most} at most."
        )


SENDABLE = frozenset("0123456789ABCD#*wW")
MOST_KEYS = 32


def _keys(form: Form) -> str:
    keys = form.get("SendDigits")
    if len(keys) > MOST_KEYS or not set(keys) <= SENDABLE:
        raise RestError(
            400, 21215, f"SendDigits has at most {MOST_KEYS} of 0-9, A-D, #, *, w and W."
        )
    return keys


def detection(form: Form, to: str, callback: str, *, in_background: bool) -> Detection | None:
    """Whether to find out who answers, by the fields of a create; never of a browser.

    ``callback`` is what the field for the result's URL begins with.
    """
    kind = form.get("MachineDetection")
    if kind not in ("", "Enable", "DetectMessageEnd"):
        raise RestError(
            400, 20001, f"MachineDetection must be Enable or DetectMessageEnd, not {kind!r}."
        )

    def seconds(name: str, default: int, least: int, most: int) -> float:
        return form.integer(f"MachineDetection{name}", default, least, most) / 1000

    url = form.url(f"{callback}StatusCallback")
    wanted = Detection(
        until_end=kind == "DetectMessageEnd",
        in_background=in_background,
        callback=(url, form.method(f"{callback}StatusCallbackMethod")) if url else None,
        timeout_s=form.integer("MachineDetectionTimeout", 30, 3, 59),
        machine_after_s=seconds("SpeechThreshold", 2400, 1000, 6000),
        human_after_s=seconds("SpeechEndThreshold", 1200, 500, 5000),
        silence_s=seconds("SilenceTimeout", 5000, 2000, 10000),
    )
    return wanted if kind and is_number(to) else None


def _new_handler(context: Context, form: Form) -> Handler:
    application = context.world.applications.get(form.get("ApplicationSid"))
    if form.get("ApplicationSid"):
        if application is None:
            raise RestError(
                400, 21218, f"ApplicationSid is not valid: {form.get('ApplicationSid')}"
            )
        return application.voice
    if not form.get("Url"):
        raise RestError(400, 21205, "Url parameter is required.")
    return _handler(form, Handler())


def _handler(form: Form, now: Handler) -> Handler:
    return Handler(
        form.url("Url", now.url),
        form.method("Method", now.method if "Url" not in form else "POST"),
        form.url("FallbackUrl", now.fallback_url),
        form.method("FallbackMethod", now.fallback_method),
    )


def _inline(form: Form) -> str:
    text = form.get("Twiml")
    if len(text) > LONGEST_INLINE:
        raise RestError(
            400, 32018, f"Twiml has {len(text)} characters; {LONGEST_INLINE} are allowed."
        )
    return text


def time_limit(form: Form) -> int | None:
    """Seconds after which the call is ended, by the field of a create or an update."""
    return form.integer("TimeLimit", 0, 1, 86400) if form.get("TimeLimit") else None


def call_status_callback(form: Form) -> StatusCallback | None:
    """Where progress is reported, by the fields of a create."""
    if not form.get("StatusCallback"):
        return None
    events = frozenset(" ".join(form.all("StatusCallbackEvent")).split()) or {"completed"}
    if unknown := events - progress.ALL_EVENTS:
        raise RestError(400, 21626, f"StatusCallbackEvent has no {' '.join(sorted(unknown))}.")
    return StatusCallback(
        form.url("StatusCallback"), form.method("StatusCallbackMethod"), frozenset(events)
    )


def _list(context: Context) -> Reply:
    query = context.query
    legs = [
        leg
        for leg in reversed(context.world.legs.values())
        if leg.account_sid == context.account.sid
        and query.get("To") in ("", leg.to)
        and query.get("From") in ("", leg.from_)
        and query.get("Status") in ("", leg.status)
        and query.get("ParentCallSid") in ("", leg.parent_sid)
        and within(query, "StartTime", _start(leg))
        and within(query, "EndTime", leg.ended_at)
    ]
    return page(context, "calls", legs, lambda leg: leg.sid, lambda leg: body(context, leg))


def _start(leg: Leg) -> float | None:
    return leg.created_at if leg.direction == "inbound" else leg.dialled_at


def _found(context: Context, sid: str) -> Leg | None:
    leg = context.world.legs.get(sid)
    return leg if leg is not None and leg.account_sid == context.account.sid else None


def _fetch(context: Context, sid: str) -> Reply | None:
    leg = _found(context, sid)
    return None if leg is None else Reply(200, body(context, leg))


def _update(context: Context, sid: str) -> Reply | None:
    if (leg := _found(context, sid)) is None:
        return None
    form = context.form
    status = form.get("Status")
    if status not in ("", "canceled", "completed"):
        raise RestError(400, 20001, f"Status must be canceled or completed, not {status!r}.")
    handler = _handler(form, leg.voice)
    twiml = _inline(form)
    limit = time_limit(form)
    callback = _changed_callback(form, leg)
    if leg.over:
        raise _not_in_progress()
    # Everything is read by now: a refused request has changed nothing.
    leg.status_callback = callback
    leg.voice = replace(leg.voice, fallback_url=handler.fallback_url)
    if limit is not None:
        progress.limit(context.world, leg, limit)
    if status:
        _finish(context, leg, status)
    elif twiml or form.get("Url"):
        if leg.status != "in-progress":
            raise _not_in_progress()
        leg.voice = handler
        instructions.redirect(context.world, leg, handler, twiml)
    return Reply(200, body(context, leg))


def _changed_callback(form: Form, leg: Leg) -> StatusCallback | None:
    if not form.get("StatusCallback"):
        return leg.status_callback
    events = leg.status_callback.events if leg.status_callback else frozenset({"completed"})
    return StatusCallback(form.url("StatusCallback"), form.method("StatusCallbackMethod"), events)


def _finish(context: Context, leg: Leg, status: str) -> None:
    if leg.status == "in-progress":
        if status == "canceled":
            raise RestError(400, 21220, "Call is in progress. Cannot cancel; use completed.")
        progress.end(context.world, leg, "completed")
    else:
        progress.end(context.world, leg, "canceled")


def _not_in_progress() -> RestError:
    return RestError(400, 21220, "Call is not in-progress. Cannot redirect.")


def _delete(context: Context, sid: str) -> Reply | None:
    if (leg := _found(context, sid)) is None:
        return None
    if not leg.over:
        raise RestError(409, 20409, "A call in progress cannot be deleted; end it first.")
    del context.world.legs[sid]
    return Reply(204)


def body(context: Context, leg: Leg) -> Body:
    """A call as Twilio shows it."""
    started = _start(leg)
    uri = context.uri("Calls", leg.sid)
    below = uri.removesuffix(".json")
    return {
        "account_sid": leg.account_sid,
        "answered_by": leg.answered_by,
        "api_version": API_VERSION,
        "caller_name": leg.caller_name,
        "date_created": rfc_2822(leg.created_at),
        "date_updated": rfc_2822(leg.updated_at),
        "direction": leg.direction,
        "duration": None if leg.duration is None else str(leg.duration),
        "end_time": None if leg.ended_at is None else rfc_2822(leg.ended_at),
        "forwarded_from": None,
        "from": leg.from_,
        "from_formatted": formatted(leg.from_),
        "group_sid": None,
        "parent_call_sid": leg.parent_sid,
        "phone_number_sid": leg.phone_number_sid,
        "price": None,
        "price_unit": "USD",
        "queue_time": str(leg.queue_time_ms),
        "sid": leg.sid,
        "start_time": None if started is None else rfc_2822(started),
        "status": leg.status,
        "subresource_uris": {name: f"{below}/{path}.json" for name, path in SUBRESOURCES.items()},
        "to": leg.to,
        "to_formatted": formatted(leg.to),
        "trunk_sid": None,
        "uri": uri,
    }


RESOURCES = (
    Resource("*/Calls", {"GET": _list, "POST": _create}),
    Resource("*/Calls/*", {"GET": _fetch, "POST": _update, "DELETE": _delete}),
)
