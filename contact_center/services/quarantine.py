"""What can never be applied: a report that is damaged, or that says what nobody knows.

Everything here was signed by the network, so it is not an attack but a surprise: a fault on the
way, or a word that is newer than this version. It harms nothing and is lost to nobody: it is kept
byte by byte for a person to look at (services/setting_aside.py), and nothing of it is believed.
"""

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from contact_center.services.observing import rank_of

#: No report of the network comes near this many bytes; of a larger one so much is kept.
MOST_BYTES = 64 * 1024

#: What a conference may report. Source: Twilio, TwiML <Conference>, statusCallbackEvent.
CONFERENCE_EVENTS = frozenset(
    {
        "conference-start",
        "conference-end",
        "participant-join",
        "participant-leave",
        "participant-mute",
        "participant-unmute",
        "participant-hold",
        "participant-unhold",
        "participant-modify",
        "participant-speech-start",
        "participant-speech-stop",
        "announcement-end",
        "announcement-fail",
    }
)

#: U+FFFD, which a decoder writes in the place of bytes that are no text.
_REPLACED = "\N{REPLACEMENT CHARACTER}"


def fault_of(kind: str, fields: Mapping[str, str], body: bytes) -> str:
    """Return why a report can never be applied, as a sentence; "" when it can be.

    ``fields`` are as they were decoded, ``body`` is as it came.
    """
    if len(body) > MOST_BYTES:
        return f"It is {len(body):,} bytes long; a report is at most {MOST_BYTES:,}."
    for name, value in fields.items():
        if "\x00" in name or "\x00" in value:
            return f"The field {_shown(name)} holds a NUL character."
    text = "".join(fields.values()) + "".join(fields)
    if not _is_text(text) or (_REPLACED in text and not _is_text(body)):
        return "It holds bytes that are no text (UTF-8)."
    return _fault_in_words(kind, fields)


def storable(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields without what a JSON column refuses: NUL and halves of characters."""
    return {_clean(name): _clean(value) for name, value in fields.items()}


def _fault_in_words(kind: str, fields: Mapping[str, str]) -> str:
    if kind == "conference":
        event = fields.get("StatusCallbackEvent", "")
        if event not in CONFERENCE_EVENTS:
            return f"A conference does not report {_shown(event)}."
        return ""
    sid = fields.get("CallSid", "")
    if not (len(sid) == 34 and sid.startswith("CA") and sid.isascii() and sid.isalnum()):
        return f"{_shown(sid)} is no call: a CallSid is CA and 32 more letters and digits."
    status = fields.get("CallStatus", "")
    if kind in ("status", "dialled", "consulted") and rank_of(status) is None:
        return f"A call is never {_shown(status)}."
    return ""


def _shown(text: str) -> str:
    return repr(_clean(text)[:60])


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _is_text(data: str | bytes) -> bool:
    try:
        if isinstance(data, str):
            data.encode("utf-8")
        else:
            unquote_to_bytes(data).decode("utf-8")
    except UnicodeError:
        return False
    return True
