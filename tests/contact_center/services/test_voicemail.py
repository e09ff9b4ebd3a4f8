"""Messages: who is asked for one, what becomes of it, and that it is work which nobody loses."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from contact_center.domain.line import Kind
from contact_center.domain.supervising import Mode
from contact_center.errors import NotAllowed, OfferTaken
from contact_center.models import (
    Agent,
    Call,
    Command,
    EventLog,
    Job,
    Offer,
    Queue,
    Segment,
    Voicemail,
)
from contact_center.selectors.calls import Outcome, calls_list
from contact_center.selectors.figures import agent_figures, read_stays, stays_over
from contact_center.selectors.scopes import Scope
from contact_center.services import (
    keeping_hours,
    listening,
    offering,
    overruling,
    presence,
    supervising,
    talking,
)
from contact_center.services.keeping_hours import Hours
from contact_center.simulator.core.effects import SendRequest
from supervisors.queue_forms import QueueForm
from tests.builders import waiting_call
from tests.cast import Cast
from tests.universe.floor import Floor
from tests.universe.http_client import CoreHttpClient

SALES, SUPPORT = "+14155550101", "+14155550102"
CALLER = "+14155550142"


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where recordings are kept."""
    path = tmp_path / "recordings"
    settings.DJANGO_TWILIO_CALL_STORAGE = {"LOCAL_PATH": str(path)}
    return path


@pytest.fixture
def support(cast: Cast) -> Queue:
    """With nobody signed in, whoever calls Support is asked for a message at once."""
    say_of(cast.support, voicemail_key="2", overflow_to="voicemail", when_nobody="overflow")
    return cast.support


def say_of(queue: Queue, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(queue, name, value)
    queue.full_clean()
    queue.save()


def hop(floor: Floor, seconds: float) -> None:
    """Time passes in which nothing happens that anybody looks at."""
    floor.traveller.move_to(floor.now + seconds)
    floor.settle()
    floor.pass_seconds(2)


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


def names_of(call: Call) -> list[str]:
    rows = EventLog.objects.filter(call_id=call.pk).order_by("pk")
    return list(rows.values_list("name", flat=True))


def ring_until_the_tone(floor: Floor, *, to: str = SUPPORT) -> str:
    sid = floor.ring(to=to)
    floor.until(lambda: call_of(sid).state == "speaking", within=5)
    floor.pass_seconds(6)
    return sid


def leave_a_message(floor: Floor) -> str:
    """Somebody rings, speaks for four seconds after the tone, and ends with the hash key."""
    sid = ring_until_the_tone(floor)
    floor.speak(sid, 4)
    floor.press(sid, "#")
    floor.pass_seconds(4)
    return sid


def in_line(sid: str) -> Call:
    """The message of this call, as what stands in line."""
    work = message_of(sid).call
    assert work is not None
    return work


def offered(floor: Floor, agent: Agent) -> Offer:
    floor.until(lambda: floor.pending(agent) is not None, within=5)
    offer = floor.pending(agent)
    assert offer is not None
    return offer


def accept(agent: Agent, offer: Offer) -> str:
    return offering.accept_offer(
        offer=offer, agent=agent, fence=offer.fence, lease_key=agent.phone.key
    )


def opened(floor: Floor, agent: Agent) -> Offer:
    """This agent comes on duty, is offered the message that waits, and opens it."""
    floor.on_duty(agent)
    offer = offered(floor, agent)
    accept(agent, offer)
    return Offer.objects.get(pk=offer.pk)


def activity_of(agent: Agent) -> str:
    return agent.slots.get().activity


def reports(request: SendRequest) -> bool:
    return request.purpose == "recording"


# --- from the tone to the agent ------------------------------------------------------------------


def test_a_message_is_recorded_stands_in_line_is_offered_opened_and_done(
    floor: Floor, support: Queue, cast: Cast, folder: Path
) -> None:
    sid = leave_a_message(floor)
    call, message, work = call_of(sid), message_of(sid), in_line(sid)
    assert "Thank you, we will call you back. Goodbye." in heard(floor, sid)
    assert (message.status, message.seconds, message.queue) == ("kept", 4, support)
    assert (folder / message.sound.name).read_bytes().startswith(b"RIFF")
    assert call.voicemail_url == "/media/recordings/" + message.sound.name
    assert CALLER[1:] not in message.sound.name
    assert (work.kind, work.state, work.from_number) == ("voicemail", "queued", CALLER)
    assert (work.asked_in, work.has_leg) == (call, False)

    offer = opened(floor, cast.alice)
    work.refresh_from_db()
    assert (work.state, offer.state, activity_of(cast.alice)) == (
        "connected", "connected", "on_call",
    )  # fmt: skip
    assert accept(cast.alice, offer) == ""  # its answer was lost, and it is asked again
    floor.pass_seconds(3)
    listening.finish(offer=offer, agent=cast.alice)
    listening.finish(offer=offer, agent=cast.alice)  # pressed twice
    work.refresh_from_db()
    message.refresh_from_db()
    assert (work.state, work.ended_by, work.end_reason) == ("ended", "agent", "listened")
    assert message.done_by == cast.alice.user
    assert activity_of(cast.alice) == "wrapping_up"
    assert [names_of(work).count(name) for name in ("voicemail.done", "call.ended")] == [1, 1]
    assert not offer.legs.exists()
    # The network knows no such call, and was asked nothing about it.
    assert not Command.objects.filter(call=work).exists()


def test_whoever_left_a_message_is_called_back_by_who_listened_to_it(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    say_of(support, callback_from_hour=0, callback_until_hour=24)
    sid = leave_a_message(floor)
    offer = opened(floor, cast.alice)
    floor.on_duty(cast.bob)
    listening.call_back(offer=offer, agent=cast.alice)
    assert message_of(sid).done_by == cast.alice.user
    floor.until(lambda: floor.pending(cast.alice) is not None, within=10)
    again = floor.pending(cast.alice)
    assert again is not None
    assert (again.call.kind, again.call.from_number) == (Kind.CALLBACK, CALLER)
    assert floor.pending(cast.bob) is None
    assert not Offer.objects.filter(pk=offer.pk, ended_at=None).exists()


def test_who_leaves_a_message_by_the_key_flowed_out_and_has_not_abandoned(
    floor: Floor, support: Queue
) -> None:
    say_of(support, overflow_to="", when_nobody="wait")
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(3)
    assert "To leave a message, press 2." in heard(floor, sid)
    floor.press(sid, "2")
    floor.pass_seconds(6)
    assert "nobody can answer" not in heard(floor, sid)
    floor.speak(sid, 3)
    floor.hang_up(sid)
    floor.pass_seconds(3)
    call = call_of(sid)
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "system", "voicemail")
    stays = read_stays(stays_over(since=call.arrived_at, until=timezone.now()))[support.pk]
    assert (stays.flowed_out, stays.abandoned.count, stays.answered.count) == (1, 0, 0)
    scope = Scope(support.tenant_id)
    listed = calls_list(scope, {"outcome": Outcome.VOICEMAIL})
    assert [row.call.sid for row in listed["rows"]] == [sid]
    assert not calls_list(scope, {"outcome": Outcome.ABANDONED})["rows"]
    assert names_of(call).count("line.left") == 1
    assert in_line(sid).state == "queued"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"when_nobody": "overflow"}, "nobody_signed_in"),
        ({"capacity": 1, "overflow_percent": 100}, "overflowed"),
        ({"max_wait_seconds": 10}, "waited_too_long"),
    ],
)
def test_who_overflows_is_told_so_and_leaves_a_message(
    floor: Floor, cast: Cast, said: dict[str, Any], reason: str
) -> None:
    say_of(cast.support, overflow_to="voicemail", **said)
    first = floor.ring(to=SUPPORT)
    sid = floor.ring(to=SUPPORT) if "capacity" in said else first
    floor.until(lambda: call_of(sid).state == "speaking", within=30)
    told = heard(floor, sid)
    assert "nobody can answer your call now" in told
    assert "Please speak your message after the tone" in told
    stay = Segment.objects.get(call__sid=sid, kind="queue")
    assert stay.end_reason == reason
    assert Segment.objects.get(call__sid=sid, ended_at=None).kind == "message"
    assert message_of(sid).queue == cast.support


def test_a_message_is_for_the_queue_that_wants_it_at_the_end_of_the_chain(
    floor: Floor, cast: Cast
) -> None:
    say_of(cast.sales, overflow_to="voicemail", when_nobody="overflow")
    say_of(cast.support, overflow_to="queue", overflow_queue=cast.sales, when_nobody="overflow")
    sid = floor.ring(to=SUPPORT)
    assert message_of(sid).queue == cast.sales


def test_out_of_hours_the_calendars_words_come_first_and_then_the_tone(
    floor: Floor, cast: Cast
) -> None:
    hours = Hours(name="Never", zone="UTC", week=(), closed_sentence="We are back on Monday.")
    made = keeping_hours.make_calendar(hours=hours, actor=cast.dana)
    for queue in (cast.support, cast.sales):
        queue.calendar = made
    say_of(cast.support, when_closed="voicemail")
    say_of(cast.sales)
    told = heard(floor, sid := floor.ring(to=SUPPORT))
    assert told.index("We are back on Monday.") < told.index("after the tone")
    assert call_of(sid).state == "speaking"
    assert not Segment.objects.filter(call__sid=sid, kind="queue").exists()
    assert "<Record" not in heard(floor, floor.ring(to=SALES))


def test_a_message_may_be_as_long_as_the_setting_says(
    floor: Floor, support: Queue, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_CALL = {"VOICEMAIL_MAX_LENGTH": 4}
    sid = ring_until_the_tone(floor)
    assert 'maxLength="4"' in heard(floor, sid)
    floor.speak(sid, 6)
    floor.pass_seconds(3)
    assert 0 < message_of(sid).seconds <= 4


def test_where_voicemail_is_off_nobody_is_offered_it_and_it_is_refused_in_set_up(
    floor: Floor, support: Queue, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_CALL = {"VOICEMAIL_ENABLED": False}
    say_of(support, when_closed="voicemail")
    refused = floor.ring(to=SUPPORT)
    assert "Thank you for your call. Goodbye." in heard(floor, refused)
    say_of(support, overflow_to="", when_nobody="wait")
    waiting = floor.ring(to=SUPPORT)
    floor.pass_seconds(3)
    floor.press(waiting, "2")
    floor.pass_seconds(3)
    assert call_of(waiting).state == "queued"
    assert not any(word in heard(floor, sid) for sid in (refused, waiting) for word in
                   ("<Record", "leave a message"))  # fmt: skip
    assert not Voicemail.objects.exists()
    form = QueueForm({"overflow_to": "voicemail"}, tenant=support.tenant, queue=support)
    assert "takes no messages" in str(form.errors["overflow_to"])


# --- what the caller does, and what the network says ----------------------------------------------


def test_who_says_nothing_leaves_nothing_to_listen_to(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    sid = ring_until_the_tone(floor)
    floor.pass_seconds(16)
    call = call_of(sid)
    assert "We have not heard a message." in heard(floor, sid)
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "system", "empty_message")
    assert (message_of(sid).status, message_of(sid).call) == ("empty", None)
    assert not Call.objects.filter(kind=Kind.VOICEMAIL).exists()
    assert names_of(call).count("message.empty") == 1
    scope = Scope(support.tenant_id)
    assert calls_list(scope, {"outcome": Outcome.EMPTY_MESSAGE})["rows"]
    assert not calls_list(scope, {"outcome": Outcome.ABANDONED})["rows"]


def test_who_hangs_up_before_the_tone_has_left_nothing_and_nobody_waits_for_it(
    floor: Floor, support: Queue
) -> None:
    sid = floor.ring(to=SUPPORT)
    floor.hang_up(sid)
    assert (call_of(sid).state, call_of(sid).end_reason) == ("ended", "empty_message")
    for minutes in (2, 8, 50, 1):
        assert message_of(sid).status == "expected"
        hop(floor, minutes * 60)
    assert message_of(sid).status == "absent"
    assert names_of(call_of(sid)).count("voicemail.missing") == 1
    assert not Call.objects.filter(kind=Kind.VOICEMAIL).exists()


def test_a_report_that_comes_twice_makes_one_message(floor: Floor, support: Queue) -> None:
    floor.fate = lambda request: 2 if reports(request) else 1
    sid = leave_a_message(floor)
    assert message_of(sid).status == "kept"
    assert Call.objects.filter(kind=Kind.VOICEMAIL).count() == 1
    assert Job.objects.filter(kind="fetch_recording").count() == 1


def test_a_report_that_is_lost_loses_no_message(floor: Floor, support: Queue) -> None:
    floor.fate = lambda request: 0 if reports(request) else 1
    sid = leave_a_message(floor)
    assert message_of(sid).status == "expected"
    hop(floor, 110)
    assert (message_of(sid).status, call_of(sid).end_reason) == ("kept", "voicemail")
    assert in_line(sid).state == "queued"
    # Its age is from when it was left.
    stay = in_line(sid).segments.get()
    assert stay.placed_at == message_of(sid).asked_at


def test_a_report_that_comes_after_all_hope_is_a_message_all_the_same(
    floor: Floor, support: Queue
) -> None:
    late: list[SendRequest] = []
    floor.holds_back = reports
    sid = leave_a_message(floor)
    late, floor._held_back = floor._held_back, []
    Voicemail.objects.update(status="absent", looks=4, problem="None.")
    for request in late:
        floor.post(request)
    floor.pass_seconds(1)
    assert (message_of(sid).status, message_of(sid).problem) == ("kept", "")
    assert in_line(sid).state == "queued"


def test_a_sound_that_cannot_be_had_is_asked_for_again_and_the_message_offered_then(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    floor.reconciles = False
    sid = ring_until_the_tone(floor)
    floor.speak(sid, 2)
    CoreHttpClient.failures = ["before", "after"]
    floor.hang_up(sid)
    floor.on_duty(cast.alice)
    floor.pass_seconds(5)
    assert (message_of(sid).status, message_of(sid).fetches) == ("arrived", 1)
    assert "did not reach" in message_of(sid).problem
    assert floor.pending(cast.alice) is None
    hop(floor, 10)
    assert message_of(sid).fetches == 2
    hop(floor, 30)
    assert (message_of(sid).status, message_of(sid).problem) == ("kept", "")
    floor.keep_beating(cast.alice)
    assert offered(floor, cast.alice).call == in_line(sid)


def test_a_recording_of_which_no_message_is_expected_is_nothing_to_us(
    floor: Floor, support: Queue
) -> None:
    sid = leave_a_message(floor)
    report = next(request for request in floor.requests if reports(request))
    stranger = floor.ring(to=SALES)
    for fields in ({"RecordingSid": "../../x"}, {"CallSid": stranger}):
        params = tuple({**dict(report.params), **fields}.items())
        floor.post(SendRequest(**{**vars_of(report), "params": params}))
    floor.pass_seconds(1)
    assert Voicemail.objects.get() == message_of(sid)


def vars_of(request: SendRequest) -> dict[str, Any]:
    return {name: getattr(request, name) for name in request.__dataclass_fields__}


# --- as work -------------------------------------------------------------------------------------


def test_a_message_that_is_declined_is_back_in_line_and_somebody_elses(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    sid = leave_a_message(floor)
    floor.on_duty(cast.alice)
    offer = offered(floor, cast.alice)
    left_at = offer.segment.placed_at
    offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence)
    floor.on_duty(cast.bob)
    again = offered(floor, cast.bob)
    assert again.call == in_line(sid)
    assert again.segment.placed_at == left_at
    assert floor.pending(cast.alice) is None


def test_a_message_that_is_put_back_keeps_its_age_and_goes_to_somebody_else(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    sid = leave_a_message(floor)
    offer = opened(floor, cast.alice)
    with pytest.raises(NotAllowed, match="another agent's voicemail"):
        listening.put_back(offer=offer, agent=cast.bob)
    listening.put_back(offer=offer, agent=cast.alice)
    assert (activity_of(cast.alice), in_line(sid).state) == ("idle", "queued")
    for deed in (listening.finish, listening.put_back):
        with pytest.raises(NotAllowed, match="not have this voicemail open"):
            deed(offer=offer, agent=cast.alice)
    floor.on_duty(cast.bob)
    again = offered(floor, cast.bob)
    assert again.segment.placed_at == message_of(sid).asked_at
    assert message_of(sid).done_at is None


def test_an_agent_who_dies_while_listening_loses_no_message(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    sid = leave_a_message(floor)
    opened(floor, cast.alice)
    hop(floor, 21)
    assert in_line(sid).state == "connected"  # a desk that reloads is back by then
    hop(floor, 21)
    hop(floor, 21)
    assert (in_line(sid).state, activity_of(cast.alice)) == ("queued", "not_responding")
    assert names_of(in_line(sid)).count("voicemail.dropped") == 1
    floor.on_duty(cast.bob)
    assert offered(floor, cast.bob).call == in_line(sid)


def test_whoever_listens_stays_with_it_while_the_desk_is_heard_of_but_not_for_ever(
    floor: Floor, support: Queue, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_CALL = {"MAX_DURATION": 100}
    sid = leave_a_message(floor)
    opened(floor, cast.alice)
    for _round in range(3):
        floor.keep_beating(cast.alice)
        hop(floor, 21)
        # The reconciler has looked meanwhile, and takes it for no lost call.
        assert in_line(sid).state == "connected"
    for _round in range(2):
        floor.keep_beating(cast.alice)
        hop(floor, 21)
    assert in_line(sid).state == "queued"


def test_nobody_can_go_off_duty_with_a_message_open(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    leave_a_message(floor)
    offer = opened(floor, cast.alice)
    with pytest.raises(NotAllowed, match="on a call"):
        presence.go_off_duty(agent=cast.alice)
    listening.put_back(offer=offer, agent=cast.alice)
    presence.go_off_duty(agent=cast.alice)


def test_a_supervisor_who_signs_somebody_out_puts_their_message_back(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    sid = leave_a_message(floor)
    opened(floor, cast.alice)
    overruling.sign_out(agent=cast.alice, actor=cast.carol)
    cast.alice.refresh_from_db()
    assert (cast.alice.presence, activity_of(cast.alice)) == ("offline", "idle")
    assert in_line(sid).state == "queued"


def test_callers_come_before_messages_however_many_and_old_these_are(
    floor: Floor, cast: Cast
) -> None:
    for _n in range(6):
        old = waiting_call(cast.support, waited_seconds=3000)
        Call.objects.filter(pk=old.pk).update(kind=Kind.VOICEMAIL, sid=f"W{old.pk:032x}")
        old.segments.update(kind="voicemail")
    caller = waiting_call(cast.support, waited_seconds=2)
    floor.on_duty(cast.alice)
    assert offered(floor, cast.alice).call == caller
    floor.on_duty(cast.bob)
    assert offered(floor, cast.bob).call.kind == Kind.VOICEMAIL


def test_nobody_is_with_an_agent_who_listens_and_no_control_of_a_call_does_anything(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    leave_a_message(floor)
    offer = opened(floor, cast.alice)
    phone = supervising.claim_phone(supervisor=cast.carol)
    with pytest.raises(NotAllowed):
        supervising.join(offer=offer, supervisor=cast.carol, lease_key=phone.key, mode=Mode.LISTEN)
    for deed in (talking.hold, talking.mute, talking.hang_up):
        with pytest.raises(NotAllowed):
            deed(offer=offer, agent=cast.alice)
    with pytest.raises(OfferTaken):
        offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence)


def test_work_on_a_message_is_busy_time_and_no_call(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    leave_a_message(floor)
    began = timezone.now()
    offer = opened(floor, cast.alice)
    floor.pass_seconds(5)
    listening.finish(offer=offer, agent=cast.alice)
    figures = agent_figures(Scope(cast.tenant.pk), since=began, until=timezone.now())
    alice = figures[cast.alice.pk]
    assert (alice.offered, alice.answered, alice.work.handled) == (0, 0, 0)
    assert alice.work.busy >= 5


# --- supervisors ---------------------------------------------------------------------------------


def test_a_supervisor_takes_a_message_out_of_line_but_not_out_of_an_agents_hands(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    sid = leave_a_message(floor)
    floor.on_duty(cast.alice)
    offer = offered(floor, cast.alice)
    listening.mark_done(voicemail=message_of(sid), actor=cast.carol)
    listening.mark_done(voicemail=message_of(sid), actor=cast.dana)  # it is done already
    work = in_line(sid)
    assert (work.state, work.ended_by, work.end_reason) == ("ended", "system", "marked_done")
    assert message_of(sid).done_by == cast.carol
    assert (Offer.objects.get(pk=offer.pk).outcome, activity_of(cast.alice)) == (
        "withdrawn", "idle",
    )  # fmt: skip
    presence.go_off_duty(agent=cast.alice)

    other = leave_a_message(floor)
    opened(floor, cast.bob)
    with pytest.raises(NotAllowed, match="just listening"):
        listening.mark_done(voicemail=message_of(other), actor=cast.carol)
    assert in_line(other).state == "connected"
