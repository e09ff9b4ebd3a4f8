"""What a person's state is called on screen: a function of presence and activity.

Presence is chosen, activity is known, and neither is stored twice. The word on the screen is
worked out here and nowhere else, so a status cannot flip by itself. When several things are true
at once the one that needs a person first is shown: a call that rings, then a call that is being
put through, then talking, holding, wrapping up; then that the agent did not respond; and only
when nothing is going on what the agent chose. Of an agent with several calls the others are counted
beside it: "On call, +1 held".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from contact_center.domain.states import Activity, Presence

#: A moment, or a text that sorts as moments do.
Moment = TypeVar("Moment", datetime, str)


class ShownState(StrEnum):
    """The states as screens name them; each has a colour, an icon and a word."""

    AVAILABLE = "available"
    RINGING = "ringing"
    CONNECTING = "connecting"
    ON_CALL = "on-call"
    HOLD = "hold"
    WRAP_UP = "wrap-up"
    BREAK = "break"
    NOT_RESPONDING = "not-responding"
    OFFLINE = "offline"


#: From the most to the least pressing; the first that any slot is doing is shown.
PRESSING: tuple[tuple[Activity, ShownState], ...] = (
    (Activity.RINGING, ShownState.RINGING),
    (Activity.CONNECTING, ShownState.CONNECTING),
    (Activity.ON_CALL, ShownState.ON_CALL),
    (Activity.ON_HOLD, ShownState.HOLD),
    (Activity.WRAPPING_UP, ShownState.WRAP_UP),
    (Activity.NOT_RESPONDING, ShownState.NOT_RESPONDING),
)

_CHOSEN = {
    Presence.AVAILABLE: ShownState.AVAILABLE,
    Presence.BREAK: ShownState.BREAK,
    Presence.OFFLINE: ShownState.OFFLINE,
}


@dataclass(frozen=True)
class ShownStatus:
    """One state to show, and what may be done about it."""

    state: ShownState
    #: The activity that decided it; None when the agent's own choice did.
    activity: Activity | None
    #: Why the agent is not responding ("no_answer", "connect_failed", "lost"), else empty.
    problem: str = ""
    #: Of an agent with several calls: how many others are talked in and on hold beside what is
    #: shown, and whether one was missed meanwhile.
    also_talking: int = 0
    also_held: int = 0
    also_missed: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether a call or its wrap-up is going on: a new presence has to wait for its end."""
        return self.activity not in (None, Activity.NOT_RESPONDING)

    @property
    def is_talking(self) -> bool:
        """Whether customer and agent share a call, held or not."""
        return self.activity in (Activity.ON_CALL, Activity.ON_HOLD)


def shown_status(
    presence: Presence, activities: Iterable[Activity], problem: str = ""
) -> ShownStatus:
    """Return what to show for an agent who chose ``presence`` and whose slots do ``activities``.

    ``problem`` is the reason that the slot which is not responding carries.
    """
    doing = list(activities)
    for activity, state in PRESSING:
        if activity not in doing:
            continue
        if activity is Activity.NOT_RESPONDING:
            return ShownStatus(state, activity, problem)
        doing.remove(activity)
        return ShownStatus(
            state,
            activity,
            also_talking=doing.count(Activity.ON_CALL),
            also_held=doing.count(Activity.ON_HOLD),
            also_missed=Activity.NOT_RESPONDING in doing,
        )
    return ShownStatus(_CHOSEN[presence], None)


def since_when(
    status: ShownStatus,
    presence: Presence,
    presence_since: Moment | None,
    slots: Sequence[tuple[Activity, Moment | None]],
) -> Moment | None:
    """Return when the shown state began: that of the slot that decides it, or of the presence.

    ``slots`` are what each slot does and since when; the moments may be texts, as long as they sort
    by time. Back from a call an agent is available since then, not since the morning.
    """
    if status.activity is not None:
        moments = [since for activity, since in slots if activity is status.activity]
    elif presence is Presence.AVAILABLE:
        moments = [since for _activity, since in slots]
        moments.append(presence_since)
    else:
        return presence_since
    return max((moment for moment in moments if moment is not None), default=None)
