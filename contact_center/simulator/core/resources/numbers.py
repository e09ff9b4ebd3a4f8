"""The IncomingPhoneNumber resource.

Source: twilio.com/docs/phone-numbers/api/incomingphonenumber-resource.
"""

from __future__ import annotations

from contact_center.simulator.core.account import Handler, PhoneNumber
from contact_center.simulator.core.directory import add_number
from contact_center.simulator.core.errors import RestError
from contact_center.simulator.core.resources.base import (
    API_VERSION,
    Body,
    Context,
    Reply,
    Resource,
)
from contact_center.simulator.core.resources.form import Form
from contact_center.simulator.core.resources.paging import page
from contact_center.simulator.core.times import rfc_2822


def voice_handler(form: Form, now: Handler) -> Handler:
    """The voice URLs of a number or an application, as the fields change them."""
    return Handler(
        form.url("VoiceUrl", now.url, code=21402),
        form.method("VoiceMethod", now.method),
        form.url("VoiceFallbackUrl", now.fallback_url, code=21402),
        form.method("VoiceFallbackMethod", now.fallback_method),
    )


def _all(context: Context) -> list[PhoneNumber]:
    return [
        number
        for number in context.world.numbers.values()
        if number.account_sid == context.account.sid
    ]


def _list(context: Context) -> Reply:
    wanted, name = context.query.get("PhoneNumber"), context.query.get("FriendlyName")
    numbers = [
        number
        for number in _all(context)
        if wanted in number.phone_number and name in ("", number.friendly_name)
    ]
    return page(
        context,
        "incoming_phone_numbers",
        numbers,
        lambda number: number.sid,
        lambda number: _body(context, number),
    )


def _create(context: Context) -> Reply:
    wanted = context.form.get("PhoneNumber")
    if not (wanted.startswith("+") and wanted[1:].isdigit() and 8 <= len(wanted) <= 16):
        raise RestError(400, 21421, f"PhoneNumber is invalid: {wanted!r}.")
    if any(number.phone_number == wanted for number in context.world.numbers.values()):
        raise RestError(400, 21422, f"{wanted} is not available.")
    number = add_number(context.world, wanted, context.account.sid)
    _apply(context, number)
    return Reply(201, _body(context, number))


def _found(context: Context, sid: str) -> PhoneNumber | None:
    number = context.world.numbers.get(sid)
    return number if number is not None and number.account_sid == context.account.sid else None


def _fetch(context: Context, sid: str) -> Reply | None:
    number = _found(context, sid)
    return None if number is None else Reply(200, _body(context, number))


def _update(context: Context, sid: str) -> Reply | None:
    if (number := _found(context, sid)) is None:
        return None
    _apply(context, number)
    return Reply(200, _body(context, number))


def _apply(context: Context, number: PhoneNumber) -> None:
    form = context.form
    form.refuse("SmsUrl", "SmsFallbackUrl", "SmsApplicationSid", "TrunkSid")
    application = form.get("VoiceApplicationSid", number.voice_application_sid)
    if application and application not in context.world.applications:
        raise RestError(400, 21218, f"VoiceApplicationSid is not valid: {application}")
    voice = voice_handler(form, number.voice)
    callback = form.url("StatusCallback", number.status_callback, code=21402)
    method = form.method("StatusCallbackMethod", number.status_callback_method)
    lookup = form.boolean("VoiceCallerIdLookup", number.voice_caller_id_lookup)
    number.voice = voice
    number.voice_application_sid = application
    number.status_callback, number.status_callback_method = callback, method
    number.voice_caller_id_lookup = lookup
    number.friendly_name = form.get("FriendlyName", number.friendly_name)
    number.updated_at = context.world.now


def _delete(context: Context, sid: str) -> Reply | None:
    if _found(context, sid) is None:
        return None
    del context.world.numbers[sid]
    return Reply(204)


def _body(context: Context, number: PhoneNumber) -> Body:
    return {
        "account_sid": number.account_sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": API_VERSION,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"fax": False, "mms": False, "sms": False, "voice": True},
        "date_created": rfc_2822(number.created_at),
        "date_updated": rfc_2822(number.updated_at),
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": number.friendly_name,
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number.phone_number,
        "sid": number.sid,
        "sms_application_sid": "",
        "sms_fallback_method": "POST",
        "sms_fallback_url": "",
        "sms_method": "POST",
        "sms_url": "",
        "status": "in-use",
        "status_callback": number.status_callback,
        "status_callback_method": number.status_callback_method,
        "trunk_sid": None,
        "type": "local",
        "uri": context.uri("IncomingPhoneNumbers", number.sid),
        "voice_application_sid": number.voice_application_sid,
        "voice_caller_id_lookup": number.voice_caller_id_lookup,
        "voice_fallback_method": number.voice.fallback_method,
        "voice_fallback_url": number.voice.fallback_url,
        "voice_method": number.voice.method,
        "voice_receive_mode": "voice",
        "voice_url": number.voice.url,
    }


RESOURCES = (
    Resource("*/IncomingPhoneNumbers", {"GET": _list, "POST": _create}),
    Resource("*/IncomingPhoneNumbers/*", {"GET": _fetch, "POST": _update, "DELETE": _delete}),
)
