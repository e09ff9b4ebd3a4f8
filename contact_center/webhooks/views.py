"""The phone network speaks to us: it asks for instructions, and it reports.

Each view reads its fields, asks a service, and renders. Instruction URLs are single-use: the same
request again gets the stored answer (services/answering.py). ``wait`` and ``hold`` alone answer
from the present, each time.
"""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from contact_center.conf import current
from contact_center.domain.supervising import IDENTITY_PREFIX
from contact_center.services import answering, reporting
from contact_center.services.connecting import let_browser_in
from contact_center.services.receiving import receive_call
from contact_center.services.supervising import let_supervisor_in
from contact_center.telephony import network
from contact_center.telephony.instructions import Hangup
from contact_center.telephony.port import FINAL_CALL_STATUSES
from contact_center.webhooks.requests import (
    fields,
    instructions,
    pressed_key,
    pressed_keys,
    report,
    twiml,
)


@instructions
def arrival(request: HttpRequest) -> HttpResponse:
    """Somebody rings one of our numbers."""
    return _receive(fields(request))


@instructions
def menu(request: HttpRequest, turn: int) -> HttpResponse:
    """The caller pressed a key in round ``turn`` of the menu, or none."""
    key = pressed_key(request)
    return _answer_once(request, lambda sid: answering.menu(sid, turn, key))


@instructions
def wait(request: HttpRequest, segment_id: int) -> HttpResponse:
    """A waiting caller needs something to hear; the heartbeat."""
    said = fields(request)
    body = answering.answer_now(
        lambda: answering.wait(said.get("CallSid", ""), segment_id, said.get("QueueSid", "")[:34])
    )
    return twiml(body)


@instructions
def wait_key(request: HttpRequest, segment_id: int, turn: int) -> HttpResponse:
    """A waiting caller pressed a key, or ended a number, in round ``turn``."""
    digits = pressed_keys(request)
    return _answer_once(request, lambda sid: answering.wait_key(sid, segment_id, turn, digits))


@instructions
def message(request: HttpRequest, voicemail_id: int) -> HttpResponse:
    """A caller has spoken a message."""
    return _answer_once(request, lambda sid: answering.message(sid, voicemail_id, was_spoken=True))


@instructions
def no_message(request: HttpRequest, voicemail_id: int) -> HttpResponse:
    """A caller who was to speak a message said nothing."""
    return _answer_once(request, lambda sid: answering.message(sid, voicemail_id, was_spoken=False))


@instructions
def queue_left(request: HttpRequest, segment_id: int, turn: int = 0) -> HttpResponse:
    """A caller left the network's queue; ``turn`` makes the address one that is used once."""
    result = fields(request).get("QueueResult", "")
    return _answer_once(request, lambda sid: answering.queue_left(sid, segment_id, result))


@instructions
def callback_instead(request: HttpRequest, turn: int) -> HttpResponse:
    """A caller whom no queue takes says whether he wants to be called back."""
    key = pressed_key(request)
    return _answer_once(request, lambda sid: answering.callback_instead(sid, turn, key))


@instructions
def called(request: HttpRequest, attempt_id: int) -> HttpResponse:
    """Somebody, or something, has answered whom we called before any agent."""
    who = fields(request).get("AnsweredBy", "")[:24]
    return _answer_once(request, lambda sid: answering.called(sid, attempt_id, who))


@instructions
def connect(request: HttpRequest, offer_id: int) -> HttpResponse:
    """A caller is on the way to the agent who accepted."""
    return _answer_once(request, lambda sid: answering.connect(sid, offer_id))


@instructions
def after(request: HttpRequest, offer_id: int) -> HttpResponse:
    """The customer's stay in a conference is over."""
    return _answer_once(request, lambda sid: answering.after(sid, offer_id))


@instructions
def lost(request: HttpRequest, offer_id: int) -> HttpResponse:
    """A customer whose agent was lost is fetched back to the line."""
    return _answer_once(request, lambda sid: answering.lost(sid, offer_id))


@instructions
def transferred(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """A customer is on the way to where the agent sends him."""
    return _answer_once(request, lambda sid: answering.transferred(sid, transfer_id))


@instructions
def back_from_outside(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The customer and an outside number are apart again, or nobody came."""
    status = fields(request).get("DialCallStatus", "")
    return _answer_once(request, lambda sid: answering.back_from_outside(sid, segment_id, status))


@instructions
def hold(request: HttpRequest, offer_id: int) -> HttpResponse:
    """A held customer needs something to hear."""
    return twiml(answering.answer_now(lambda: answering.hold_music(offer_id)))


@instructions
def browser(request: HttpRequest) -> HttpResponse:
    """The browser of an agent or a supervisor connects with its join token."""
    said = fields(request)
    leg_sid, identity = said.get("CallSid", ""), said.get("From", "").removeprefix("client:")
    if not _is_sid(leg_sid):
        return _hang_up()
    let_in = let_supervisor_in if identity.startswith(IDENTITY_PREFIX) else let_browser_in
    body = answering.answer_once(
        call_sid=leg_sid,
        path=request.path,
        produce=lambda: let_in(leg_sid=leg_sid, identity=identity, token=said.get("join", "")),
    )
    return twiml(body)


@instructions
def fallback(request: HttpRequest) -> HttpResponse:
    """Our answer did not reach the network: say what fits the state the call is in now.

    It may have been the very first: then we have not heard of the caller yet, and receive him.
    """
    said = fields(request)
    call_sid = said.get("CallSid", "")
    is_customer = not said.get("From", "").startswith("client:")
    if is_customer and not answering.is_known(call_sid):
        return _receive(said)
    return twiml(answering.answer_now(lambda: answering.now(call_sid)))


@report
def status(request: HttpRequest) -> None:
    """The network says how a leg is doing."""
    _keep("status", request)


@report
def dialled(request: HttpRequest, attempt_id: int) -> None:
    """The network says how the leg of a customer is doing who is called back."""
    _keep_of("dialled", request, reporting.ATTEMPT, attempt_id)


@report
def consulted(request: HttpRequest, consult_id: int) -> None:
    """The network says how the line of an outside number is doing that is consulted."""
    _keep_of("consulted", request, reporting.CONSULT, consult_id)


@report
def answered_by(request: HttpRequest, attempt_id: int) -> None:
    """The network says whether a person or a machine has answered."""
    _keep_of("answered_by", request, reporting.ATTEMPT, attempt_id)


@report
def conference(request: HttpRequest) -> None:
    """The network says what happened in a conference."""
    _keep("conference", request)


@report
def recording(request: HttpRequest) -> None:
    """The network says how a recording is doing."""
    _keep("recording", request)


def _keep(kind: str, request: HttpRequest) -> None:
    reporting.receive_report(kind, request.path, request.POST.dict(), request.body)


def _keep_of(kind: str, request: HttpRequest, field: str, pk: int) -> None:
    """Keep a report whose address says which attempt or consult of ours it is about."""
    said = {**request.POST.dict(), field: str(pk)}
    reporting.receive_report(kind, request.path, said, request.body)


def _receive(said: Mapping[str, str]) -> HttpResponse:
    call_sid = said.get("CallSid", "")
    if not _is_sid(call_sid):
        return _hang_up()
    body = answering.answer_once(
        call_sid=call_sid,
        path=current().webhooks.voice_path,
        produce=lambda: receive_call(
            sid=call_sid,
            account_sid=said["AccountSid"],
            from_number=said.get("From", ""),
            to_number=said.get("To", ""),
        ),
    )
    return twiml(body)


def _answer_once(request: HttpRequest, produce: answering.ProduceFor) -> HttpResponse:
    said = fields(request)
    call_sid, status = said.get("CallSid", ""), said.get("CallStatus", "")
    if not _is_sid(call_sid):
        return _hang_up()
    if status in FINAL_CALL_STATUSES:
        # The caller is gone. What is asked on the way out is the first we hear of it.
        body = answering.answer_once(
            call_sid=call_sid, path=request.path, produce=lambda: answering.over(call_sid, status)
        )
    else:
        body = answering.answer_once(
            call_sid=call_sid, path=request.path, produce=lambda: produce(call_sid)
        )
    return twiml(body)


def _is_sid(sid: str) -> bool:
    return len(sid) == 34 and sid.startswith("CA") and sid.isascii() and sid.isalnum()


def _hang_up() -> HttpResponse:
    return twiml(network().render([Hangup()]))
