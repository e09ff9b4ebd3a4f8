"""What the messages of callers come to, in words for the tables; when their recording is asked for.

A caller who was asked for a message is counted by what he left: a voicemail, or none. He flowed out
of the queue, and has not abandoned it, whenever he hangs up.
"""

from datetime import timedelta

#: How a call ended in which the caller was asked for a message: he left one, or said nothing.
LEFT = "voicemail"
NOTHING_SAID = "empty_message"
#: How a message ended that stood in line: dealt with by an agent, or by a supervisor.
LISTENED = "listened"
DONE_UNHEARD = "marked_done"

#: After the caller has gone, the network is asked so many times whether it has a recording of which
#: nobody told us; each time so long after the one before. What it has not by then never was.
LOOKS = (timedelta(minutes=2), timedelta(minutes=8), timedelta(minutes=50))
#: And after the last look the verdict, when its answer has come.
VERDICT = timedelta(minutes=1)

#: For so long the sound of a recording is asked for when it cannot be had at once.
KEEP_ASKING = timedelta(hours=24)
_FIRST_PAUSE, _LONGEST_PAUSE, _PAUSE_GROWS = timedelta(seconds=10), timedelta(hours=1), 3


def pause_before_fetch(failures: int) -> timedelta:
    """Return how long to wait for the sound after so many failures: 10 s, 30 s … at most 1 h."""
    grown: int = _PAUSE_GROWS ** min(failures - 1, 10)
    return min(_FIRST_PAUSE * grown, _LONGEST_PAUSE)
