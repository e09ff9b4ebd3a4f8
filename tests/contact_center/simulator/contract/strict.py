"""Comparing a body with what Twilio's description lists: all properties, and no others."""

import json
from typing import Any

from tests.contact_center.simulator.contract.generate import COMMITTED

PROPERTIES: dict[str, dict[str, dict[str, Any]]] = json.loads(COMMITTED.read_text())

NULL_ALL_THE_SAME = {
    # Twilio's own example of a conference in progress has null here.
    ("conference", "reason_conference_ended"),
}

KINDS = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "object": dict,
    "array": list,
}


def problems(kind: str, body: dict[str, Any]) -> list[str]:
    """Where a body differs from the description; nothing when it is as it should be."""
    listed = PROPERTIES[kind]
    found = [f"{kind} lacks {name}" for name in sorted(listed.keys() - body.keys())]
    found += [f"{kind} has {name}, unknown" for name in sorted(body.keys() - listed.keys())]
    for name in sorted(listed.keys() & body.keys()):
        found += _wrong(kind, name, listed[name], body[name])
    if kind.startswith("list of "):
        things = kind.removeprefix("list of ")
        for item in body[CALLED.get(things, things)]:
            found += problems(LIST_OF[things], item)
    return found


LIST_OF = {
    "applications": "application",
    "call_recordings": "call_recording",
    "calls": "call",
    "conferences": "conference",
    "incoming_phone_numbers": "incoming_phone_number",
    "participants": "participant",
    "queue_members": "member",
    "queues": "queue",
    "recordings": "recording",
}

CALLED = {"call_recordings": "recordings"}
"""Lists whose body calls them otherwise."""


def _wrong(kind: str, name: str, listed: dict[str, Any], value: Any) -> list[str]:
    if value is None:
        allowed = listed.get("nullable") or (kind, name) in NULL_ALL_THE_SAME
        return [] if allowed else [f"{kind}.{name} is null"]
    wanted = KINDS.get(listed["type"])
    if wanted is not None and type(value) is not wanted:
        return [f"{kind}.{name} is {value!r}, not {listed['type']}"]
    if "enum" in listed and value not in listed["enum"]:
        return [f"{kind}.{name} is {value!r}, not one of {listed['enum']}"]
    return []
