"""Instructions as TwiML, by the official classes (https://www.twilio.com/docs/voice/twiml).

The classes escape markup but let through characters that XML 1.0 cannot carry at all: control
characters raw, lone surrogates as numeric entities. Twilio then drops the whole document (error
12100) and the caller hears an application error, so they are taken out here, from every text and
every attribute.
"""

import re
from collections.abc import Sequence

from twilio.twiml.voice_response import Dial, VoiceResponse
from twilio.twiml.voice_response import Gather as GatherVerb

from contact_center.telephony.instructions import (
    DialNumber,
    Enqueue,
    Gather,
    Hangup,
    Instruction,
    JoinConference,
    Leave,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
)

#: Twilio refuses longer documents (error 11750).
MAX_BYTES = 64 * 1024

#: All that is not in the production Char of XML 1.0, https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Without `speaker`: that one reports every breath.
CONFERENCE_EVENTS = "start end join leave mute hold modify announcement"


def render(instructions: Sequence[Instruction]) -> str:
    """Return the TwiML document of `instructions`, in order.

    Raises ValueError when it has more than 64 kB: better refused where it is made than unread
    where a caller waits.
    """
    response = VoiceResponse()
    for instruction in instructions:
        _append(response, instruction)
    document = str(response.to_xml())
    size = len(document.encode())
    if size > MAX_BYTES:
        raise ValueError(
            f"The TwiML document has {size} bytes; Twilio reads {MAX_BYTES}. Shorten its prompts."
        )
    return document


def xml_text(text: str) -> str:
    """Return `text` without the characters that XML 1.0 cannot carry."""
    return _NOT_XML.sub("", text)


def _append(parent: VoiceResponse | GatherVerb, instruction: Instruction) -> None:
    match instruction:
        case Say(text, language, voice):
            speakable = xml_text(text)
            # An empty <Say> is error 13520.
            if speakable.strip():
                parent.say(speakable, language=_optional(language), voice=_optional(voice))
        case Play(url, loop):
            # 1 is what Twilio assumes.
            parent.play(xml_text(url), loop=None if loop == 1 else loop)
        case Pause(seconds):
            parent.pause(length=seconds)
        case Gather():
            _append_gather(parent, instruction)
        case Enqueue(queue_name, wait_url, action):
            parent.enqueue(
                xml_text(queue_name), wait_url=xml_text(wait_url), action=xml_text(action)
            )
        case Leave():
            parent.leave()
        case Redirect(url):
            parent.redirect(xml_text(url))
        case Hangup():
            parent.hangup()
        case Reject(reason):
            parent.reject(reason=reason)
        case JoinConference():
            _append_conference(parent, instruction)
        case DialNumber():
            _append_number(parent, instruction)
        case Record():
            _append_record(parent, instruction)


def _append_gather(parent: VoiceResponse, gather: Gather) -> None:
    verb = parent.gather(
        action=xml_text(gather.action),
        num_digits=gather.num_digits,
        timeout=gather.timeout_seconds,
        finish_on_key=gather.finish_on_key,
        # False is what Twilio assumes.
        action_on_empty_result=gather.action_on_empty or None,
    )
    for prompt in gather.prompts:
        _append(verb, prompt)


def _append_conference(parent: VoiceResponse, join: JoinConference) -> None:
    dial: Dial = parent.dial(action=_optional(join.action), time_limit=join.time_limit_seconds)
    dial.conference(
        xml_text(join.name),
        participant_label=xml_text(join.participant_label),
        start_conference_on_enter=join.start_on_enter,
        end_conference_on_exit=join.end_on_exit,
        muted=join.muted or None,
        beep=join.beep,
        coach=_optional(join.coach),
        max_participants=join.max_participants,
        jitter_buffer_size=join.jitter_buffer,
        # An empty waitUrl is silence; a missing one would be Twilio's own music.
        wait_url=xml_text(join.wait_url),
        wait_method=join.wait_method if join.wait_url else None,
        status_callback=xml_text(join.status_callback),
        status_callback_event=CONFERENCE_EVENTS,
    )


def _append_number(parent: VoiceResponse, dial: DialNumber) -> None:
    verb: Dial = parent.dial(
        action=xml_text(dial.action),
        caller_id=xml_text(dial.caller_id),
        timeout=dial.ring_seconds,
        time_limit=dial.time_limit_seconds,
    )
    verb.number(xml_text(dial.number))


def _append_record(parent: VoiceResponse, record: Record) -> None:
    parent.record(
        action=xml_text(record.action),
        timeout=record.silence_seconds,
        finish_on_key=record.finish_on_key,
        max_length=record.longest_seconds,
        play_beep=True,
        recording_status_callback=xml_text(record.status_callback),
        recording_status_callback_event="completed absent",
    )


def _optional(text: str | None) -> str | None:
    return None if text is None else xml_text(text)
