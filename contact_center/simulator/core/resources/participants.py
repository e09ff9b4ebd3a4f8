"""The Participant resource. Source: twilio.com/docs/voice/api/conference-participant-resource."""

from __future__ import annotations

from contact_center.simulator.core import instructions, progress, rooms
from contact_center.simulator.core.account import Handler
from contact_center.simulator.core.conferences import (
    LARGEST,
    LONGEST_NAME,
    Callback,
    Conference,
    Joining,
    Participant,
    Wanted,
)
from contact_center.simulator.core.detection import detect_in_background
from contact_center.simulator.core.directory import outbound_leg
from contact_center.simulator.core.errors import RestError, TwimlError
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.resources import conferences
from contact_center.simulator.core.resources.base import Body, Context, Reply, Resource
from contact_center.simulator.core.resources.calls import (
    call_status_callback,
    check_caller_id,
    check_concurrency,
    detection,
    dialable,
    time_limit,
)
from contact_center.simulator.core.resources.form import Form
from contact_center.simulator.core.resources.paging import page
from contact_center.simulator.core.room_sound import refresh
from contact_center.simulator.core.script import Activity
from contact_center.simulator.core.sids import is_sid
from contact_center.simulator.core.stopping import Cause, Detour
from contact_center.simulator.core.times import rfc_2822
from contact_center.simulator.core.verbs.dial import EVENTS, LONGEST_LABEL, ConferenceStay
from contact_center.simulator.core.world import World

NOT_YET = (
    "Record",
    "ConferenceRecord",
    "Byoc",
    "SipAuthUsername",
)

REFUSALS = {16000: 16020, 16025: 16026, 13240: 16028}
"""Numbers that differ between TwiML and REST for one and the same refusal."""


def _list(context: Context, conference_sid: str) -> Reply | None:
    if (conference := conferences.found(context, conference_sid)) is None:
        return None
    query = context.query
    chosen = [
        participant
        for participant in conference.participants.values()
        if ("Muted" not in query or query.boolean("Muted", False) == participant.muted)
        and ("Hold" not in query or query.boolean("Hold", False) == participant.hold)
        and ("Coaching" not in query or query.boolean("Coaching", False) == participant.coaching)
    ]
    return page(
        context,
        "participants",
        chosen,
        lambda participant: participant.leg_sid,
        lambda participant: _body(context, participant),
    )


# ---- adding somebody


class _Called(Activity):
    """A leg is being called into the conference; until it answers it is only expected there."""

    def __init__(self, world: World, participant: Participant) -> None:
        self._world = world
        self._participant = participant

    def stop(self, cause: Cause) -> Detour | None:
        rooms.leave(self._world, self._participant, "participant_add_failed")
        return None


def _create(context: Context, conference_sid: str) -> Reply | None:
    form = context.form
    form.refuse(*(name for name in NOT_YET if form.get(name).lower() != "false"))
    from_ = form.required("From", 21213, "No 'From' number is specified")
    to = dialable(form.required("To", 21201, "No 'To' number is specified"))
    check_caller_id(context, from_)
    joining = _joining(form)
    timeout = form.integer("Timeout", 60, 5, 600, code=21208)
    limit = time_limit(form)
    callback = call_status_callback(form)
    wanted = detection(form, to, "Amd", in_background=True)
    early_media = form.boolean("EarlyMedia", True)
    check_concurrency(context)
    if (conference := _conference_addressed(context, conference_sid)) is None:
        return None
    world = context.world
    leg = outbound_leg(world, context.account.sid, from_, to, Handler())
    leg.timeout_s, leg.time_limit_s = timeout, limit
    leg.status_callback = callback
    leg.detection = wanted
    try:
        participant = rooms.expect(world, leg, conference, joining)
    except TwimlError as problem:
        del world.legs[leg.sid]
        raise RestError(400, REFUSALS.get(problem.code, problem.code), problem.message)
    participant.early_media = early_media
    script = instructions.new_script(world, leg)
    script.begin(_Called(world, participant))
    leg.on_ring = lambda: refresh(world, world.conferences[participant.conference_sid])
    leg.on_answer = lambda: _answered(world, leg, participant, ConferenceStay(script))
    progress.dial_out(world, leg)
    participant.queue_time_ms = leg.queue_time_ms
    return Reply(201, _body(context, participant))


def _answered(world: World, leg: Leg, participant: Participant, stay: ConferenceStay) -> None:
    detect_in_background(world, leg)
    if leg.script is not None:
        leg.script.begin(stay)
        stay.enter(participant)


def _conference_addressed(context: Context, sid_or_name: str) -> Conference | None:
    """By SID only a live one; by name the live one or, when there is none, a new one."""
    if is_sid(sid_or_name, "CF"):
        conference = conferences.found(context, sid_or_name)
        return conference if conference is not None and conference.live else None
    if len(sid_or_name) > LONGEST_NAME:
        raise RestError(400, 13237, f"A conference name has at most {LONGEST_NAME} characters.")
    return rooms.conference_to_join(context.world, context.account.sid, sid_or_name)


def _joining(form: Form) -> Joining:
    label = form.get("Label") or None
    if label is not None and (len(label) > LONGEST_LABEL or "/" in label or is_sid(label, "CA")):
        raise RestError(
            400, 16024, f"Label has at most {LONGEST_LABEL} characters, no '/', and is no CallSid."
        )
    coaching = form.boolean("Coaching", False)
    coach = form.get("CallSidToCoach") or None
    if coaching and coach is None:
        raise RestError(400, 16028, "Coaching needs CallSidToCoach.")
    return Joining(
        name="",
        label=label,
        muted=form.boolean("Muted", False),
        start_on_enter=form.boolean("StartConferenceOnEnter", True),
        end_on_exit=form.boolean("EndConferenceOnExit", False),
        coach=coach if coaching else None,
        coaching=coaching,
        wait_url=form.url("WaitUrl") if "WaitUrl" in form else None,
        wait_method=form.method("WaitMethod"),
        max_participants=form.integer("MaxParticipants", LARGEST, 2, LARGEST),
        callback=_callback(form),
    )


def _callback(form: Form) -> Callback | None:
    if not form.get("ConferenceStatusCallback"):
        return None
    words = " ".join(form.all("ConferenceStatusCallbackEvent")).split()
    events = frozenset(words) or frozenset({"start", "end"})
    if unknown := events - EVENTS:
        raise RestError(400, 20001, f"ConferenceStatusCallbackEvent has no {sorted(unknown)}.")
    return Callback(
        form.url("ConferenceStatusCallback"), form.method("ConferenceStatusCallbackMethod"), events
    )


# ---- one participant


def _found(context: Context, conference_sid: str, call_sid: str) -> Participant | None:
    """By CallSid or by label."""
    conference = conferences.found(context, conference_sid)
    if conference is None:
        return None
    return conference.participants.get(call_sid) or conference.labelled(call_sid)


def _fetch(context: Context, conference_sid: str, call_sid: str) -> Reply | None:
    participant = _found(context, conference_sid, call_sid)
    return None if participant is None else Reply(200, _body(context, participant))


def _update(context: Context, conference_sid: str, call_sid: str) -> Reply | None:
    if (participant := _found(context, conference_sid, call_sid)) is None:
        return None
    if not participant.connected:
        raise RestError(
            400, 20409, "The participant is not connected yet and cannot be changed until then."
        )
    form = context.form
    form.refuse("AnnounceUrl", "BeepOnExit")
    # Everything is read before anything is changed: a refused request changes nothing.
    muted = form.boolean("Muted", participant.muted)
    hold = form.boolean("Hold", participant.hold)
    hold_url = form.url("HoldUrl", participant.hold_url if participant.hold else "")
    music_stays = participant.hold and "HoldUrl" not in form
    hold_method = form.method("HoldMethod", participant.hold_method if music_stays else "GET")
    coaching, coach = _coaching_wanted(context, participant, form)
    wanted = Wanted(
        muted=muted,
        hold=hold,
        hold_url=hold_url,
        hold_method=hold_method,
        coaching=coaching,
        call_sid_to_coach=coach,
        end_on_exit=_exit_rule_wanted(context, participant, form),
        wait_url=form.url("WaitUrl") if "WaitUrl" in form else participant.wait_url,
        wait_method=form.method("WaitMethod", participant.wait_method),
    )
    rooms.change(context.world, participant, wanted)
    return Reply(200, _body(context, participant))


def _coaching_wanted(
    context: Context, participant: Participant, form: Form
) -> tuple[bool, str | None]:
    coaching = form.boolean("Coaching", participant.coaching)
    if not coaching:
        return False, None
    coach = form.get("CallSidToCoach") or participant.call_sid_to_coach
    conference = context.world.conferences[participant.conference_sid]
    if coach is None or coach not in conference.participants:
        raise RestError(400, 16028, "The participant to be coached is not in this conference.")
    return True, coach


def _exit_rule_wanted(context: Context, participant: Participant, form: Form) -> bool:
    ends = form.boolean("EndConferenceOnExit", participant.end_on_exit)
    if participant.hold and context.world.readings.end_on_exit_ignored_while_held:
        return participant.end_on_exit
    return ends


def _kick(context: Context, conference_sid: str, call_sid: str) -> Reply | None:
    if (participant := _found(context, conference_sid, call_sid)) is None:
        return None
    if participant.connected:
        rooms.kick(context.world, participant)
    else:
        progress.end(context.world, context.world.legs[participant.leg_sid], "canceled")
    return Reply(204)


def _body(context: Context, participant: Participant) -> Body:
    return {
        "account_sid": context.account.sid,
        "call_sid": participant.leg_sid,
        "call_sid_to_coach": participant.call_sid_to_coach,
        "coaching": participant.coaching,
        "conference_sid": participant.conference_sid,
        "date_created": rfc_2822(participant.created_at),
        "date_updated": rfc_2822(participant.updated_at),
        "end_conference_on_exit": participant.end_on_exit,
        "hold": participant.hold,
        "label": participant.label,
        "muted": participant.muted,
        "queue_time": None if participant.queue_time_ms is None else str(participant.queue_time_ms),
        "start_conference_on_enter": participant.start_on_enter,
        "status": _status(context, participant),
        "uri": context.uri(
            "Conferences", participant.conference_sid, "Participants", participant.leg_sid
        ),
    }


def _status(context: Context, participant: Participant) -> str:
    if participant.status != "connecting":
        return participant.status
    leg = context.world.legs[participant.leg_sid]
    if leg.status == "queued":
        return "queued" if leg.dialled_at is None else "connecting"
    return "ringing" if leg.status == "ringing" else "connecting"


RESOURCES = (
    Resource("*/Conferences/*/Participants", {"GET": _list, "POST": _create}),
    Resource("*/Conferences/*/Participants/*", {"GET": _fetch, "POST": _update, "DELETE": _kick}),
)
