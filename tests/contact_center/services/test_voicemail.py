"""Messages: who is asked for one, what becomes of it, and that it is work which nobody loses."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from contact_center.models import (
    Call,
    EventLog,
    Offer,
    Queue,
    Voicemail,
)
from contact_center.services import listening
from tests.cast import Cast
from tests.universe.floor import Floor

SUPPORT = "+14155550102"
CALLER = "+14155550142"


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where recordings are kept."""
    path = tmp_path / "recordings"
    settings.DJANGO_TWILIO_CALL_STORAGE = {"LOCAL_PATH": str(path)}
    return path


@pytest.fixture
def support(cast: Cast) -> Queue:
    """A queue whose callers may leave a message by the key 2."""
    say_of(cast.support, voicemail_key="2")
    return cast.support


def say_of(queue: Queue, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(queue, name, value)
    queue.full_clean()
    queue.save()


def heard(floor: Floor, sid: str) -> str:
    """What this caller was told so far."""
    return "\n".join(
        floor.answers[asked.request_id]
        for asked in floor.requests
        if asked.leg_sid == sid and asked.request_id in floor.answers
    )


def call_of(sid: str) -> Call:
    return Call.objects.get(sid=sid)


def message_of(sid: str) -> Voicemail:
    return Voicemail.objects.get(left_in__sid=sid)


def ring_until_the_tone(floor: Floor) -> str:
    """A caller presses 2 while waiting, and hears the tone."""
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(10)
    floor.press(sid, "2")
    floor.until(lambda: call_of(sid).state == "speaking", within=5)
    floor.pass_seconds(8)
    return sid


def leave_a_message(floor: Floor, *, seconds: float = 4.0) -> str:
    """… speaks, and ends with the hash key."""
    sid = ring_until_the_tone(floor)
    floor.speak(sid, seconds)
    floor.press(sid, "#")
    floor.pass_seconds(5)
    return sid


def offered(floor: Floor, agent: Any, *, within: float = 10) -> Offer:
    floor.until(lambda: floor.pending(agent) is not None, within=within)
    offer = floor.pending(agent)
    assert offer is not None
    return offer


def accept(floor: Floor, agent: Any, offer: Offer) -> str:
    """The agent accepts, as the desk does it."""
    from contact_center.services import offering

    lease = agent.phone
    return offering.accept_offer(offer=offer, agent=agent, fence=offer.fence, lease_key=lease.key)


def open_voicemail(floor: Floor, agent: Any) -> Offer:
    """An agent on duty is offered the only voicemail there is, and opens it."""
    floor.on_duty(agent)
    offer = offered(floor, agent)
    accept(floor, agent, offer)
    return Offer.objects.get(pk=offer.pk)


def names_of(call: Call) -> list[str]:
    rows = EventLog.objects.filter(call_id=call.pk).order_by("pk")
    return list(rows.values_list("name", flat=True))


# --- from the tone to the agent ------------------------------------------------------------------


def test_a_message_is_recorded_stands_in_line_is_offered_opened_and_done(
    floor: Floor, support: Queue, cast: Cast, folder: Path
) -> None:
    sid = leave_a_message(floor)
    call, message = call_of(sid), message_of(sid)
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "system", "voicemail")
    assert (message.status, message.seconds, message.queue) == ("kept", 4, support)
    assert (folder / message.sound.name).read_bytes().startswith(b"RIFF")
    assert call.voicemail_url == "/media/recordings/" + message.sound.name
    work = message.call
    assert work is not None
    assert (work.kind, work.state, work.from_number) == ("voicemail", "queued", CALLER)
    assert work.asked_in == call
    assert not work.has_leg

    floor.on_duty(cast.alice)
    offer = offered(floor, cast.alice)
    assert offer.call == work
    assert accept(floor, cast.alice, offer) == ""
    work.refresh_from_db()
    offer.refresh_from_db()
    assert (work.state, offer.state) == ("connected", "connected")
    assert cast.alice.slots.get().activity == "on_call"

    floor.pass_seconds(30)
    floor.keep_beating(cast.alice)
    listening.finish(offer=offer, agent=cast.alice)
    listening.finish(offer=offer, agent=cast.alice)  # pressed twice
    work.refresh_from_db()
    message.refresh_from_db()
    assert (work.state, work.ended_by, work.end_reason) == ("ended", "agent", "listened")
    assert message.done_by == cast.alice.user
    assert cast.alice.slots.get().activity == "wrapping_up"
    assert names_of(work).count("call.ended") == 1
    floor.pass_seconds(70)
    assert cast.alice.slots.get().activity == "idle"
    assert Offer.objects.get(pk=offer.pk).outcome == "handled"
    assert not offer.legs.exists()
