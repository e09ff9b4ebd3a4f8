"""Conference rooms: whoever rings such a number meets the others who do.

The settings of DJANGO_TWILIO_CALL_CONFERENCE govern the legs of a room; those of customer and
agent are fixed by how a call works.
"""

from contact_center import addresses
from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.sentences import Sentence
from contact_center.domain.states import CallState
from contact_center.event_stream import record
from contact_center.models import Call, Segment, SegmentKind
from contact_center.services import facts, saying
from contact_center.services.transitions import begin_call
from contact_center.telephony.instructions import Hangup, Instruction, JoinConference


def enter_room(call: Call) -> list[Instruction]:
    """Begin ``call`` in the room of its number; return what takes the caller there.

    A room with CONFERENCE.MAX_PARTICIPANTS callers takes no more, and says so.
    """
    begin_call(call, ev.RoomEntered)
    Segment.objects.create(call=call, kind=SegmentKind.ROOM, started_at=call.arrived_at)
    record(ev.CallArrived(**facts.of_call(call), number_id=call.number_id))
    inside = Call.objects.filter(
        number_id=call.number_id, state=CallState.IN_ROOM, ended_at=None
    ).exclude(pk=call.pk)
    if inside.count() >= current().conference.max_participants:
        Call.objects.filter(pk=call.pk).update(ended_by="system", end_reason="room_full")
        return [saying.tell(Sentence.ROOM_IS_FULL), Hangup()]
    record(ev.RoomEntered(**facts.of_call(call)))
    return stay_in_room(call)


def stay_in_room(call: Call) -> list[Instruction]:
    """Return the instruction that takes ``call`` into its room."""
    rules = current().conference
    return [
        JoinConference(
            name=f"room-{call.number_id}",
            participant_label=f"call-{call.pk}",
            status_callback=addresses.conference(),
            start_on_enter=rules.start_on_enter,
            end_on_exit=rules.end_on_exit,
            wait_url=addresses.media(rules.wait_url) if rules.wait_url else "",
            wait_method=rules.wait_method,
            muted=rules.muted_on_entry,
            beep="onEnter" if rules.beep_on_enter else "false",
            max_participants=rules.max_participants,
            time_limit_seconds=current().call.max_duration,
        ),
        Hangup(),
    ]
