"""A call told to the person who makes it, from the network's log.

The log is for engineers: requests, answers, states. Here each entry that a caller would notice
becomes a short sentence; the others are left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from contact_center.simulator.core import twiml
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.log import LogEntry

_LONGEST_QUOTE = 140

_STATUS = {
    "call ringing": ("phone-outgoing", "The network has your call", ""),
    "call in-progress": ("phone", "The contact center picked up", "from here on sound flows"),
    "call completed": ("phone-off", "The call is over", ""),
    "call busy": ("phone-off", "Busy", "the call was turned away"),
    "call no-answer": ("phone-off", "Nobody answered", ""),
    "call failed": ("triangle-alert", "The call failed", "the network log says more"),
    "call canceled": ("phone-off", "The call was cancelled", ""),
}
# That it rings the telephone says itself, with the number.
_CALLED = {
    "call in-progress": ("phone", "You answered", "from here on sound flows"),
    "call completed": ("phone-off", "The call is over", ""),
    "call busy": ("phone-off", "You refused the call", ""),
    "call no-answer": ("phone-off", "You did not answer", ""),
    "call failed": ("triangle-alert", "The call failed", "the network log says more"),
    "call canceled": ("phone-off", "The caller gave up", ""),
}
_RECORDING = {
    "recording in-progress": ("voicemail", "Your message is recorded", "speak now"),
    "recording processing": ("voicemail", "Your message is kept", ""),
    "recording absent": ("voicemail", "Nothing was said", "so there is no message"),
}
_CONFERENCE = {
    "participant-join": ("users", "You joined a conversation", ""),
    "participant-leave": ("users", "You left the conversation", ""),
    "participant-hold": ("pause", "You were put on hold", "you hear music, nobody hears you"),
    "participant-unhold": ("phone", "You are back in the conversation", ""),
    "participant-mute": ("mic", "You were muted", "nobody hears you"),
    "participant-unmute": ("mic", "You can be heard again", ""),
}
_OTHERS = {
    "participant-join": ("bell-ring", "Somebody joined", "you should hear each other"),
    "participant-leave": ("users", "Somebody left", ""),
}
_PROBLEMS = {
    "media lost": ("No sound came from this telephone", "so the call was ended"),
    "instructions failed": ("The contact center did not say what to do with the call", ""),
    "a sound could not be played": ("A sound could not be played", ""),
}


@dataclass(frozen=True)
class Step:
    """One line of the story. `at` is in seconds since 1970; `id` never changes for a step."""

    id: str
    at: float
    icon: str
    text: str
    detail: str = ""
    level: str = ""


def story(log: Iterable[LogEntry], leg_sid: str) -> list[dict[str, object]]:
    """What the caller on this leg would tell, oldest first, ready for JSON."""
    conferences: set[str] = set()
    steps: list[Step] = []
    entries = list(log)
    # Only a call that the network itself makes begins in a queue.
    was_called = any((one.leg_sid, one.title) == (leg_sid, "call queued") for one in entries)
    words = (_CALLED if was_called else _STATUS) | _RECORDING
    for entry in entries:
        for step in _steps(entry, leg_sid, conferences, words):
            if not steps or (steps[-1].text, steps[-1].detail) != (step.text, step.detail):
                steps.append(step)
    return [asdict(step) for step in steps]


def _steps(
    entry: LogEntry, leg_sid: str, conferences: set[str], words: dict[str, tuple[str, str, str]]
) -> Iterator[Step]:
    room = str(entry.detail.get("ConferenceSid", ""))
    if entry.kind == "conference":
        if entry.leg_sid == leg_sid:
            conferences.add(room)
            yield from _known(entry, _CONFERENCE)
        elif room in conferences and entry.leg_sid is not None:
            yield from _known(entry, _OTHERS)
    elif entry.leg_sid != leg_sid:
        return
    elif entry.kind == "leg":
        yield from _known(entry, words)
    elif entry.kind == "webhook":
        yield from _instructions(entry)
    elif entry.kind == "problem":
        text, detail = _PROBLEMS.get(entry.title, (entry.title, ""))
        detail = detail or entry.problem or ""
        yield Step(str(entry.number), entry.at, "triangle-alert", text, detail, "warn")


def _known(entry: LogEntry, words: dict[str, tuple[str, str, str]]) -> Iterator[Step]:
    if entry.title in words:
        icon, text, detail = words[entry.title]
        yield Step(str(entry.number), entry.at, icon, text, detail)


def _instructions(entry: LogEntry) -> Iterator[Step]:
    """What the product's answer lets the caller hear and do."""
    digits = _parameter(entry, "Digits")
    if digits:
        yield Step(f"{entry.number}d", entry.at, "hash", f"You pressed {digits}")
    purpose = str(entry.detail.get("purpose", ""))
    if entry.problem:
        yield Step(
            f"{entry.number}p",
            entry.at,
            "triangle-alert",
            "The contact center did not answer the network",
            f"{purpose}: {entry.problem}",
            "warn",
        )
    if purpose in ("status", "conference", "recording", "amd", "record action"):
        return
    # The answer is obeyed after the call is picked up for it; took_ms is rounded.
    at = entry.at + (_number(entry.detail.get("took_ms")) + 2) / 1000
    try:
        verbs = twiml.document(str(entry.detail.get("answer", "")).encode(), "text/xml", "")
    except TwimlError:  # the log has it as a problem of its own
        return
    for number, (icon, text, detail) in enumerate(_verbs(verbs)):
        yield Step(f"{entry.number}.{number}", at, icon, text, detail)


def _verbs(elements: Iterable[twiml.Element]) -> Iterator[tuple[str, str, str]]:
    for verb in elements:
        match verb.name:
            case "Say":
                yield "message-square", "You hear a voice", f"“{_shortened(verb.text)}”"
            case "Play":
                yield "music", "You hear music or a recording", ""
            case "Gather":
                yield from _verbs(verb.children)
                yield "list-ordered", "You may press a key", ""
            case "Enqueue":
                yield "users", "You wait in line", "until an agent is free"
            case "Record":
                yield "voicemail", "You may leave a message", "after the beep"
            case "Dial" if not any(child.name == "Conference" for child in verb.children):
                yield "phone-outgoing", "Somebody else is rung for you", verb.text
            case "Reject":
                yield "phone-off", "The contact center turned the call away", ""
            case "Hangup":
                yield "phone-off", "The contact center says goodbye", ""


def _shortened(words: str) -> str:
    return words if len(words) <= _LONGEST_QUOTE else f"{words[:_LONGEST_QUOTE]}…"


def _parameter(entry: LogEntry, name: str) -> str:
    params = entry.detail.get("params")
    if not isinstance(params, list):
        return ""
    return next((str(pair[1]) for pair in params if pair and pair[0] == name), "")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
