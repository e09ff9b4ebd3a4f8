"""The state tables as a page of diagrams: docs/call-states.md is what `document` returns.

The drawings are Mermaid's (https://mermaid.js.org/syntax/stateDiagram.html), which code hosts
show as pictures. They are made from the tables, so a picture that disagrees with the product
cannot be committed: a test compares the page with the tables.
"""

from collections.abc import Mapping
from typing import TypeVar

from contact_center.domain.states import (
    ACTIVITY_TIME_LIMITS,
    ACTIVITY_TRANSITIONS,
    CALL_TIME_LIMITS,
    CALL_TRANSITIONS,
    Activity,
    CallState,
    EventClass,
    TimeLimit,
)

S = TypeVar("S", CallState, Activity)

_INTRODUCTION = """\
# The states of a call and of an agent's slot

Made from the tables in `contact_center/domain/states.py` by `python manage.py document_states`.
An arrow names the event that leads there; what has no arrow is refused with a sentence. One event
may move both machines: `call.offered` takes the call to *offered* and the slot to *ringing*.
"""


def document() -> str:
    """Return the whole page, Markdown."""
    parts = [
        _INTRODUCTION,
        "## A call\n",
        _diagram(CALL_TRANSITIONS, CallState.ARRIVED),
        "No state waits for ever:\n",
        _limits(CALL_TIME_LIMITS),
        "## A slot of an agent\n",
        _diagram(ACTIVITY_TRANSITIONS, Activity.IDLE),
        "Where the system waits, not a person:\n",
        _limits(ACTIVITY_TIME_LIMITS),
    ]
    return "\n".join(parts)


def _diagram(table: Mapping[S, Mapping[EventClass, S]], first: S) -> str:
    lines: list[str] = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    for state, moves in table.items():
        lines.extend(f"    {state} --> {to} : {event.name}" for event, to in moves.items())
        if not moves:
            lines.append(f"    {state} --> [*]")
    return "\n".join([*lines, "```\n"])


def _limits(limits: Mapping[S, TimeLimit]) -> str:
    lines: list[str] = ["| While | at most | then |", "| --- | --- | --- |"]
    for state, limit in limits.items():
        longest = f"{limit.seconds} s ({limit.source})" if limit.seconds else limit.source
        lines.append(f"| {state} | {longest} | {limit.ends_with.name} |")
    return "\n".join([*lines, ""])
