"""The webhooks the network sends about a leg: which fields every one of them carries.

Source: twilio.com/docs/voice/twiml#request-parameters.
"""

from __future__ import annotations

from collections.abc import Callable

from contact_center.simulator.core.effects import Params, RequestOutcome
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.world import World

API_VERSION = "2010-04-01"
#: Fields that say who calls whom.
WHO = frozenset({"From", "Caller", "To", "Called"})

OnOutcome = Callable[[RequestOutcome], None]


def ask(
    world: World,
    leg: Leg,
    purpose: str,
    url: str,
    method: str,
    extra: Params,
    then: OnOutcome,
    status: str | None = None,
) -> int:
    """Request instructions or deliver news for a leg; ``then`` hears how it went.

    ``status`` replaces the leg's own as ``CallStatus``.
    """
    return world.send(
        account_sid=leg.account_sid,
        leg_sid=leg.sid,
        purpose=purpose,
        method=method,
        url=url,
        params=_said_of(world, leg, status) + extra,
        then=then,
    )


def tell(
    world: World,
    leg: Leg,
    purpose: str,
    url: str,
    method: str,
    extra: Params,
    status: str | None = None,
) -> None:
    """Deliver news whose answer nobody executes."""
    ask(world, leg, purpose, url, method, extra, ignore, status)


def ignore(_outcome: RequestOutcome) -> None:
    """An answer that changes nothing; the log has it."""


def _said_of(world: World, leg: Leg, status: str | None) -> Params:
    """The fields that every request about a call carries."""
    fields = {
        "AccountSid": leg.account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": leg.sid,
        "CallStatus": status or leg.status,
        "Called": leg.to,
        "Caller": leg.from_,
        "Direction": leg.direction,
        "From": leg.from_,
        "To": leg.to,
    }
    for end, number in (("From", leg.from_), ("To", leg.to), ("Caller", leg.from_)):
        fields.update(_geography(end, number))
    if leg.parent_sid is not None:
        fields["ParentCallSid"] = leg.parent_sid
    if leg.caller_name is not None:
        fields["CallerName"] = leg.caller_name
    if world.readings.parameters_of_a_browser_replace_ours:
        fields |= {name: value for name, value in leg.extra if name in WHO}
    return tuple(fields.items()) + tuple(pair for pair in leg.extra if pair[0] not in fields)


def _geography(end: str, number: str) -> dict[str, str]:
    """Where a number is, as far as its digits say; empty fields are sent too, as Twilio does."""
    if not number.startswith("+"):
        return {}
    country = "US" if number.startswith("+1") else ""
    return {f"{end}City": "", f"{end}State": "", f"{end}Zip": "", f"{end}Country": country}
