"""Where the phone network finds us: every URL we give it, absolute, in one place.

Instruction URLs are single-use and carry ids only: the network writes URLs to its own logs. The
fragment of a report's URL asks the network to try again (it is not part of what is signed); see
TWILIO "connection overrides".
"""

from contact_center.conf import current

#: Reports are tried again on any failure; there is time, and each is stored once.
REPORT_OVERRIDES = "#ct=2000&rt=5000&rc=3&rp=ct,rt,5xx"
#: Instructions: the caller is listening, so the tries are short.
INSTRUCTION_OVERRIDES = "#ct=2000&rt=6000&rc=2&rp=ct,rt,5xx"

#: Music for somebody on hold: nobody asks for it again when the last try has failed.
MUSIC_OVERRIDES = "#ct=2000&rt=6000&rc=5&rp=ct,rt,5xx"


def arrival() -> str:
    """Asked when somebody rings one of our numbers."""
    return _voice("") + INSTRUCTION_OVERRIDES


def browser() -> str:
    """Asked when an agent's browser connects."""
    return _voice("browser/") + INSTRUCTION_OVERRIDES


def fallback() -> str:
    """Asked when the arrival URL failed."""
    return _voice("fallback/")


def menu(turn: int) -> str:
    """Asked after a round of the menu; ``turn`` counts per call."""
    return _voice(f"menu/{turn}/") + INSTRUCTION_OVERRIDES


def wait(segment_id: int) -> str:
    """Asked for what a waiting caller hears, again and again: the heartbeat."""
    return _voice(f"wait/{segment_id}/") + INSTRUCTION_OVERRIDES


def wait_key(segment_id: int, turn: int) -> str:
    """Asked when a waiting caller presses a key; ``turn`` counts per call."""
    return _voice(f"wait-key/{segment_id}/{turn}/") + INSTRUCTION_OVERRIDES


def message(voicemail_id: int) -> str:
    """Asked when a caller has spoken a message."""
    return _voice(f"message/{voicemail_id}/") + INSTRUCTION_OVERRIDES


def no_message(voicemail_id: int) -> str:
    """Asked when a caller was to speak a message and said nothing."""
    return _voice(f"no-message/{voicemail_id}/") + INSTRUCTION_OVERRIDES


def callback_instead(turn: int) -> str:
    """Asked when a caller whom no queue takes was offered to be called back."""
    return _voice(f"callback-instead/{turn}/") + INSTRUCTION_OVERRIDES


def queue_left(segment_id: int, turn: int = 0) -> str:
    """Asked when a caller leaves the network's queue; ``turn`` counts per call.

    Who is put back into the queue within one stay leaves it twice, and for two reasons: each time
    it has an address of its own. The first has turn 0.
    """
    again = f"{turn}/" if turn else ""
    return _voice(f"queue-left/{segment_id}/{again}") + INSTRUCTION_OVERRIDES


def called(attempt_id: int) -> str:
    """Asked when somebody has answered who is called back before an agent is rung."""
    return _voice(f"called/{attempt_id}/") + INSTRUCTION_OVERRIDES


def connect(offer_id: int) -> str:
    """Asked when a caller is moved to the agent who accepted."""
    return _voice(f"connect/{offer_id}/") + INSTRUCTION_OVERRIDES


def after(offer_id: int) -> str:
    """Asked when the customer's stay in the conference is over."""
    return _voice(f"after/{offer_id}/") + INSTRUCTION_OVERRIDES


def back_from_outside(segment_id: int) -> str:
    """Asked when a customer and an outside number are apart again, or nobody came."""
    return _voice(f"back-from-outside/{segment_id}/") + INSTRUCTION_OVERRIDES


def hold(offer_id: int) -> str:
    """Asked for what a held customer hears, again and again."""
    return _voice(f"hold/{offer_id}/") + MUSIC_OVERRIDES


def lost(offer_id: int) -> str:
    """Asked when a caller whose agent was lost is moved back to the line."""
    return _voice(f"lost/{offer_id}/") + INSTRUCTION_OVERRIDES


def transferred(transfer_id: int) -> str:
    """Asked when a customer is on the way to where the agent sends him."""
    return _voice(f"transferred/{transfer_id}/") + INSTRUCTION_OVERRIDES


def status() -> str:
    """Told how a leg is doing."""
    return _absolute(current().webhooks.status_path) + REPORT_OVERRIDES


def dialled(attempt_id: int) -> str:
    """Told how the leg of a customer is doing who is called back."""
    return _absolute(current().webhooks.status_path) + f"{attempt_id}/" + REPORT_OVERRIDES


def consulted(consult_id: int) -> str:
    """Told how the line of an outside number is doing that is consulted."""
    path = f"consulted/{consult_id}/"
    return _absolute(current().webhooks.status_path) + path + REPORT_OVERRIDES


def answered_by(attempt_id: int) -> str:
    """Told whether a person or a machine has answered."""
    path = f"{attempt_id}/answered-by/"
    return _absolute(current().webhooks.status_path) + path + REPORT_OVERRIDES


def recording() -> str:
    """Told how a recording is doing."""
    return _absolute(current().webhooks.recording_path) + REPORT_OVERRIDES


def conference() -> str:
    """Told what happens in a conference."""
    return _absolute(CONFERENCE_PATH) + REPORT_OVERRIDES


CONFERENCE_PATH = "/webhooks/conference/"


def media(url_or_path: str) -> str:
    """Return a sound's address as the network can fetch it."""
    if url_or_path.startswith(("http://", "https://")):
        return url_or_path
    return _absolute(url_or_path)


def wait_music(stored: str) -> str:
    """Return the address of a file that is the music of a queue, from the name it is stored by."""
    return _absolute(WAIT_MUSIC_PATH + stored.rpartition("/")[2])


WAIT_MUSIC_PATH = "/wait-music/"


def _voice(rest: str) -> str:
    return _absolute(current().webhooks.voice_path) + rest


def _absolute(path: str) -> str:
    return current().twilio.webhook_base_url + "/" + path.lstrip("/")
