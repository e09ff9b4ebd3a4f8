"""Room for an agent's calls: a slot for each that they may have at a time.

The number is the agent's own or AGENT.MAX_CONCURRENT_CALLS, and is read anew for each offer; a slot
is only where a call then has its place. So a lower number holds at once, and what is busy above it
stays until its call is over. For a higher one slots are made: when an agent becomes available, when
an admin changes the number, and when a clock starts, for the setting may have changed.
"""

from contact_center.domain.states import Presence
from contact_center.models import Agent, AgentSlot
from contact_center.selectors.capacity import calls_at_a_time


def make_room(agent: Agent) -> None:
    """Make the slots that the agent lacks. Two processes may do so at once."""
    there = set(agent.slots.values_list("number", flat=True))
    wanted = range(calls_at_a_time(agent.max_calls))
    AgentSlot.objects.bulk_create(
        [AgentSlot(agent=agent, number=number) for number in wanted if number not in there],
        ignore_conflicts=True,
    )


def follow_the_setting() -> None:
    """Called when a clock starts: who is on duty has room for as many calls as the setting says."""
    for agent in Agent.objects.exclude(presence=Presence.OFFLINE).order_by("pk"):
        make_room(agent)
