"""What the reconciler can find, what it does about it, and whose turn it is to be looked at.

Plain rules: the words for people are the screens', the looking is services/reconciling.py.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable
from enum import StrEnum


class Found(StrEnum):
    """In what the phone network and we disagreed. Written to the log and counted by name."""

    #: We had the call; its line was over.
    CALL_WAS_OVER = "call_was_over"
    #: We had ended the call; its line was still up.
    CALL_STILL_THERE = "call_still_there"
    #: An agent's line was over and nobody had said so, with a caller there or on the way.
    AGENT_LEG_GONE = "agent_leg_gone"
    #: The same, when nobody was left to care.
    LEG_WAS_OVER = "leg_was_over"
    #: An agent's line was up without a call to be in.
    LEG_WITHOUT_OFFER = "leg_without_offer"
    #: A conference went on without a call it belonged to.
    CONFERENCE_WITHOUT_OFFER = "conference_without_offer"
    #: We had a conversation; the customer was on the line, and no longer in its conference.
    CONFERENCE_WAS_OVER = "conference_was_over"
    #: Agent, or agent and customer, were in their conference, and we did not know.
    JOINED_UNREPORTED = "joined_unreported"
    #: The agent was not in the conference, the customer was.
    AGENT_NOT_THERE = "agent_not_there"
    HOLD_DIFFERS = "hold_differs"
    MUTE_DIFFERS = "mute_differs"
    #: A supervisor's line was not in the conversation any more.
    SUPERVISOR_GONE = "supervisor_gone"
    #: A supervisor was heard by others than we had it.
    SUPERVISOR_DIFFERS = "supervisor_differs"
    #: The network held a caller in a queue whom we had elsewhere.
    IN_QUEUE = "in_queue"
    #: We had a caller in line who was in no queue of the network.
    NOT_IN_QUEUE = "not_in_queue"
    #: A goodbye that should have been over long ago.
    GOODBYE_OVERDUE = "goodbye_overdue"


class Done(StrEnum):
    """What was done about it."""

    #: We follow the network; nothing was asked of it.
    NOTED = "noted"
    #: The call was ended on our side, and its agent is free or wraps up.
    CALL_ENDED = "call_ended"
    #: The network was asked to end the line.
    HUNG_UP = "hung_up"
    #: The network was asked to end the conference.
    CONFERENCE_ENDED = "conference_ended"
    #: The network was asked once more for what had been asked before.
    ASKED_AGAIN = "asked_again"
    #: The caller was told anew what fits where the call is.
    TOLD_AGAIN = "told_again"
    #: The caller goes back to the line, the place kept.
    BACK_TO_LINE = "back_to_line"


def in_turn(
    subjects: Iterable[int], *, after: int, most: int, first: Collection[int] = ()
) -> list[int]:
    """Return at most ``most`` of ``subjects``: those of ``first``, then by turns after ``after``.

    Subjects are ids; the turn goes up from the id that had the last one, and begins again behind
    the highest. Whoever keeps the last id returned that was not of ``first`` (see ``next_after``)
    gives n subjects a turn each within ⌈n / most⌉ rounds, however many come and go meanwhile.
    """
    ordered = sorted(set(subjects))
    urgent = [subject for subject in ordered if subject in first][:most]
    others = [subject for subject in ordered if subject not in first]
    start = bisect_right(others, after)
    return urgent + (others[start:] + others[:start])[: most - len(urgent)]


def next_after(
    chosen: Iterable[int], looked_at: int, *, after: int, first: Collection[int] = ()
) -> int:
    """Return where the next turn begins when ``looked_at`` of the ``chosen`` were looked at."""
    turned = [subject for subject in list(chosen)[:looked_at] if subject not in first]
    return turned[-1] if turned else after
