"""The Application resource. Source: twilio.com/docs/usage/api/applications."""

from __future__ import annotations

from contact_center.simulator.core.account import Application
from contact_center.simulator.core.directory import add_application
from contact_center.simulator.core.resources.base import (
    API_VERSION,
    Body,
    Context,
    Reply,
    Resource,
)
from contact_center.simulator.core.resources.numbers import voice_handler
from contact_center.simulator.core.resources.paging import page
from contact_center.simulator.core.times import rfc_2822


def _list(context: Context) -> Reply:
    name = context.query.get("FriendlyName")
    applications = [
        application
        for application in context.world.applications.values()
        if application.account_sid == context.account.sid
        and name in ("", application.friendly_name)
    ]
    return page(
        context,
        "applications",
        applications,
        lambda application: application.sid,
        lambda application: _body(context, application),
    )


def _create(context: Context) -> Reply:
    application = add_application(context.world, account_sid=context.account.sid)
    _apply(context, application)
    return Reply(201, _body(context, application))


def _found(context: Context, sid: str) -> Application | None:
    application = context.world.applications.get(sid)
    if application is None or application.account_sid != context.account.sid:
        return None
    return application


def _fetch(context: Context, sid: str) -> Reply | None:
    application = _found(context, sid)
    return None if application is None else Reply(200, _body(context, application))


def _update(context: Context, sid: str) -> Reply | None:
    if (application := _found(context, sid)) is None:
        return None
    _apply(context, application)
    return Reply(200, _body(context, application))


def _apply(context: Context, application: Application) -> None:
    form = context.form
    form.refuse("SmsUrl", "SmsFallbackUrl", "SmsStatusCallback", "MessageStatusCallback")
    voice = voice_handler(form, application.voice)
    callback = form.url("StatusCallback", application.status_callback, code=21402)
    method = form.method("StatusCallbackMethod", application.status_callback_method)
    application.voice_caller_id_lookup = form.boolean(
        "VoiceCallerIdLookup", application.voice_caller_id_lookup
    )
    application.voice = voice
    application.status_callback, application.status_callback_method = callback, method
    application.friendly_name = form.get("FriendlyName", application.friendly_name)
    application.updated_at = context.world.now


def _delete(context: Context, sid: str) -> Reply | None:
    if _found(context, sid) is None:
        return None
    del context.world.applications[sid]
    return Reply(204)


def _body(context: Context, application: Application) -> Body:
    return {
        "account_sid": application.account_sid,
        "api_version": API_VERSION,
        "date_created": rfc_2822(application.created_at),
        "date_updated": rfc_2822(application.updated_at),
        "friendly_name": application.friendly_name,
        "message_status_callback": "",
        "public_application_connect_enabled": False,
        "sid": application.sid,
        "sms_fallback_method": "POST",
        "sms_fallback_url": "",
        "sms_method": "POST",
        "sms_status_callback": "",
        "sms_url": "",
        "status_callback": application.status_callback,
        "status_callback_method": application.status_callback_method,
        "uri": context.uri("Applications", application.sid),
        "voice_caller_id_lookup": application.voice_caller_id_lookup,
        "voice_fallback_method": application.voice.fallback_method,
        "voice_fallback_url": application.voice.fallback_url,
        "voice_method": application.voice.method,
        "voice_url": application.voice.url,
    }


RESOURCES = (
    Resource("*/Applications", {"GET": _list, "POST": _create}),
    Resource("*/Applications/*", {"GET": _fetch, "POST": _update, "DELETE": _delete}),
)
