"""Numbers and applications: who is rung, and which leg that makes."""

from __future__ import annotations

from contact_center.simulator.core.account import Application, Handler, PhoneNumber, StatusCallback
from contact_center.simulator.core.errors import UnknownApplication, UnknownNumber
from contact_center.simulator.core.legs import Direction, Leg
from contact_center.simulator.core.world import World


def add_number(
    world: World, phone_number: str, account_sid: str | None = None, name: str = ""
) -> PhoneNumber:
    """A number of an account (the main one by default), with a name for people."""
    number = PhoneNumber(
        sid=world.sids.new("PN"),
        account_sid=account_sid or world.account.sid,
        phone_number=phone_number,
        friendly_name=name or formatted(phone_number),
        created_at=world.now,
        updated_at=world.now,
    )
    world.numbers[number.sid] = number
    return number


def add_application(
    world: World, sid: str | None = None, account_sid: str | None = None
) -> Application:
    """A TwiML application of an account (the main one by default)."""
    application = Application(
        sid=sid or world.sids.new("AP"),
        account_sid=account_sid or world.account.sid,
        friendly_name="Application",
        created_at=world.now,
        updated_at=world.now,
    )
    world.applications[application.sid] = application
    return application


def number_dialled(world: World, to: str) -> PhoneNumber:
    """The number that was dialled. Raises UnknownNumber."""
    for number in world.numbers.values():
        if number.phone_number == to:
            return number
    known = ", ".join(number.phone_number for number in world.numbers.values()) or "none"
    raise UnknownNumber(f"{to} is not a number of this account. Its numbers are: {known}.")


def application_named(world: World, sid: str) -> Application:
    """The application of this SID. Raises UnknownApplication."""
    if (application := world.applications.get(sid)) is None:
        raise UnknownApplication(f"There is no TwiML application {sid}.")
    return application


def inbound_leg(world: World, number: PhoneNumber, from_: str) -> Leg:
    """A call to one of the account's numbers, ringing."""
    voice, callback, method = number.voice, number.status_callback, number.status_callback_method
    application = world.applications.get(number.voice_application_sid)
    if application is not None:
        voice, callback = application.voice, application.status_callback
        method = application.status_callback_method
    leg = _leg(world, number.account_sid, "inbound", from_, number.phone_number, voice)
    leg.phone_number_sid = number.sid
    leg.status_callback = _at_end(callback, method)
    return leg


def client_leg(
    world: World, application: Application, identity: str, params: dict[str, str]
) -> Leg:
    """A browser's call to its application, ringing."""
    leg = _leg(
        world,
        application.account_sid,
        "inbound",
        f"client:{identity}",
        params.get("To", ""),
        application.voice,
    )
    leg.extra = tuple(params.items())
    leg.status_callback = _at_end(application.status_callback, application.status_callback_method)
    return leg


def outbound_leg(world: World, account_sid: str, from_: str, to: str, voice: Handler) -> Leg:
    """A call that REST asked for, queued."""
    return _leg(world, account_sid, "outbound-api", from_, to, voice)


def dialled_leg(world: World, caller: Leg, from_: str, to: str) -> Leg:
    """A call that a caller's ``<Dial>`` makes, queued."""
    leg = _leg(world, caller.account_sid, "outbound-dial", from_, to, Handler())
    leg.parent_sid = caller.sid
    return leg


def _leg(
    world: World, account_sid: str, direction: Direction, from_: str, to: str, voice: Handler
) -> Leg:
    leg = Leg(
        sid=world.sids.new("CA"),
        account_sid=account_sid,
        direction=direction,
        from_=from_,
        to=to,
        created_at=world.now,
        updated_at=world.now,
        status="ringing" if direction == "inbound" else "queued",
        voice=voice,
    )
    world.legs[leg.sid] = leg
    world.note(leg, f"call {leg.status}")
    return leg


def _at_end(url: str, method: str) -> StatusCallback | None:
    # A number's or an application's callback hears of the end alone.
    return StatusCallback(url, method, frozenset({"completed"})) if url else None


def formatted(number: str) -> str:
    """A number as Twilio shows it: ``(415) 555-0100`` in North America, else unchanged."""
    if number.startswith("+1") and len(number) == 12 and number[1:].isdigit():
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number
