"""What is measured: a small set, the same through every backend.

Names and labels are part of what people build their boards on: they change with a note in the
changelog. A label's values are few and say nothing about anybody: no numbers, no names of people.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "seconds", "gauge"]


@dataclass(frozen=True)
class Metric:
    """One thing that is measured. ``seconds`` are lengths of time, each reported by itself."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


CALLS_ARRIVED = Metric("calls_arrived", "counter", "Calls that rang in.")
CALLS_MADE = Metric("calls_made", "counter", "Calls that agents made.")
CALLS_ENDED = Metric(
    "calls_ended",
    "counter",
    "Calls that ended: answered, abandoned (in line), left_in_menu, closed, "
    "not_reached (an agent's own), blocked, or other.",
    ("outcome",),
)
OFFERS = Metric(
    "offers",
    "counter",
    "Offers to agents by what came of them: offered, then accepted, declined, timed_out, "
    "withdrawn, failed or lost.",
    ("outcome",),
)
WAIT_SECONDS = Metric(
    "wait_seconds", "seconds", "From entering the line to the conversation, of answered calls."
)
TALK_SECONDS = Metric("talk_seconds", "seconds", "Length of conversations, hold included.")
COMMANDS = Metric(
    "commands",
    "counter",
    "Requests to the phone network by what came of them: applied, refused or gave_up.",
    ("kind", "outcome"),
)
WEBHOOKS = Metric(
    "webhooks",
    "counter",
    "Requests of the phone network by how they were answered: ok, trouble (the caller heard an "
    "apology), refused (not signed, too large), or failed (the network asks again).",
    ("kind", "result"),
)
HEALED = Metric("healed", "counter", "What the reconciler put right, by what it was.", ("found",))
REPORTS_SET_ASIDE = Metric(
    "reports_set_aside", "counter", "Reports of the network that were not applied.", ("why",)
)
JOBS_FAILED = Metric("jobs_failed", "counter", "Heavy work that was given up.", ("kind",))
CALLERS_WAITING = Metric(
    "callers_waiting", "gauge", "Callers in line now, by the number of the queue.", ("queue",)
)

METRICS = (
    CALLS_ARRIVED,
    CALLS_MADE,
    CALLS_ENDED,
    OFFERS,
    WAIT_SECONDS,
    TALK_SECONDS,
    COMMANDS,
    WEBHOOKS,
    HEALED,
    REPORTS_SET_ASIDE,
    JOBS_FAILED,
    CALLERS_WAITING,
)
