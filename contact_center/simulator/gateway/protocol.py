"""The Voice SDK's signalling protocol, version 1.6: JSON text frames and a newline heartbeat."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

VERSION = "1.6"
HEARTBEAT = "\n"
HEARTBEAT_SECONDS = 5.0
"""The SDK drops the socket after 15 s without a message."""

SILENT_CLIENT_SECONDS = 20.0
"""The SDK echoes each heartbeat; a socket without any for so long is dead."""

MAX_MESSAGE_BYTES = 256 * 1024

# Codes of errors.generated in the SDK; the gateway uses no others.
MALFORMED_REQUEST = 31100
DECLINED = 31002
TIMED_OUT = 31003
CONNECTION_ERROR = 31005
RECONNECT_REFUSED = 31209
NOT_FOUND = 31404
UNAVAILABLE = 31480
BUSY = 31486
BAD_REMOTE_DESCRIPTION = 53402
MEDIA_FAILED = 53405

CODE_OF_STATUS = {"busy": BUSY, "no-answer": UNAVAILABLE, "failed": CONNECTION_ERROR}
"""What the SDK is told when its call ends before it was answered."""


@dataclass(frozen=True)
class Message:
    """One frame from a browser."""

    type: str
    payload: Mapping[str, object]

    def text(self, name: str) -> str:
        """A field of the payload, or an empty string if it is missing or no text."""
        value = self.payload.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> float:
        """A field of the payload, or 0 if it is missing or no number."""
        value = self.payload.get(name)
        return float(value) if isinstance(value, int | float) else 0.0

    def mapping(self, name: str) -> Mapping[str, object]:
        """A field of the payload, or an empty mapping."""
        value = self.payload.get(name)
        return value if isinstance(value, dict) else {}

    def connect_params(self) -> dict[str, str]:
        """What the page gave to `device.connect({params})`; the last of equal names counts."""
        params = self.mapping("twilio").get("params")
        return dict(parse_qsl(params, keep_blank_values=True)) if isinstance(params, str) else {}


def read(frame: str) -> Message | None:
    """A frame as a message; None for what is not one."""
    try:
        data = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        return None
    payload = data.get("payload")
    return Message(data["type"], payload if isinstance(payload, dict) else {})


def write(type_: str, payload: Mapping[str, object]) -> str:
    """A message as a frame."""
    return json.dumps({"type": type_, "payload": payload, "version": VERSION})


def error(code: int, message: str) -> dict[str, object]:
    """The `error` field of a payload."""
    return {"code": code, "message": message}
