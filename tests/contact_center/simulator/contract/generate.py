"""Make properties.json from Twilio's OpenAPI description of its 2010-04-01 interface.

    python -m tests.contact_center.simulator.contract.generate twilio_api_v2010.json

The description is twilio/twilio-oai, spec/json (MIT). Only what our resources show is
kept: for each property its type, whether it may be null, and the words of an enumeration.
"""

import json
import sys
from pathlib import Path
from typing import Any

COMMITTED = Path(__file__).with_name("properties.json")

SCHEMAS = {
    "account": "api.v2010.account",
    "application": "api.v2010.account.application",
    "call": "api.v2010.account.call",
    "call_recording": "api.v2010.account.call.call_recording",
    "conference": "api.v2010.account.conference",
    "incoming_phone_number": "api.v2010.account.incoming_phone_number",
    "member": "api.v2010.account.queue.member",
    "participant": "api.v2010.account.conference.participant",
    "queue": "api.v2010.account.queue",
    "recording": "api.v2010.account.recording",
}

LISTS = {
    "applications": "/Applications.json",
    "call_recordings": "/Calls/{CallSid}/Recordings.json",
    "calls": "/Calls.json",
    "conferences": "/Conferences.json",
    "incoming_phone_numbers": "/IncomingPhoneNumbers.json",
    "participants": "/Conferences/{ConferenceSid}/Participants.json",
    "queue_members": "/Queues/{QueueSid}/Members.json",
    "queues": "/Queues.json",
    "recordings": "/Recordings.json",
}


def properties(description: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Each kind of body, with its properties."""
    schemas = description["components"]["schemas"]
    kinds = {
        kind: {
            name: _property(schemas, schema)
            for name, schema in sorted(schemas[full]["properties"].items())
        }
        for kind, full in SCHEMAS.items()
    }
    for kind, path in LISTS.items():
        operation = description["paths"][f"/2010-04-01/Accounts/{{AccountSid}}{path}"]["get"]
        body = operation["responses"]["200"]["content"]["application/json"]["schema"]
        kinds[f"list of {kind}"] = {
            name: _property(schemas, schema) for name, schema in sorted(body["properties"].items())
        }
    return kinds


def _property(schemas: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    nullable = bool(schema.get("nullable"))
    if (reference := schema.get("$ref")) is not None:
        schema = schemas[reference.rpartition("/")[2]]
    found: dict[str, Any] = {"type": schema.get("type", "any")}
    if nullable or schema.get("nullable"):
        found["nullable"] = True
    if "enum" in schema:
        found["enum"] = sorted(schema["enum"])
    return found


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text())
    COMMITTED.write_text(json.dumps(properties(read), indent=1, sort_keys=True) + "\n")
