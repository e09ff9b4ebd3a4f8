"""The Account resource. Source: twilio.com/docs/iam/api/account."""

from __future__ import annotations

from contact_center.simulator.core.resources.base import Body, Context, Reply, Resource
from contact_center.simulator.core.times import rfc_2822

SUBRESOURCES = {
    "addresses": "Addresses",
    "applications": "Applications",
    "authorized_connect_apps": "AuthorizedConnectApps",
    "available_phone_numbers": "AvailablePhoneNumbers",
    "calls": "Calls",
    "conferences": "Conferences",
    "connect_apps": "ConnectApps",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
    "keys": "Keys",
    "messages": "Messages",
    "notifications": "Notifications",
    "outgoing_caller_ids": "OutgoingCallerIds",
    "queues": "Queues",
    "recordings": "Recordings",
    "short_codes": "SMS/ShortCodes",
    "signing_keys": "SigningKeys",
    "sip": "SIP",
    "transcriptions": "Transcriptions",
    "usage": "Usage",
}


def _fetch(context: Context) -> Reply:
    return Reply(200, _body(context))


def _body(context: Context) -> Body:
    account = context.account
    opened = rfc_2822(0)
    return {
        "auth_token": account.auth_token,
        "date_created": opened,
        "date_updated": opened,
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.owner_sid or account.sid,
        "sid": account.sid,
        "status": "active",
        "subresource_uris": {
            name: context.uri(path) for name, path in sorted(SUBRESOURCES.items())
        },
        "type": "Full",
        "uri": f"/2010-04-01/Accounts/{account.sid}.json",
    }


RESOURCES = (Resource("*", {"GET": _fetch}),)
