"""Where the documentation leaves two readings, the network can be switched between them.

A product is right only when it is right under both.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Readings:
    """One choice for each open question.

    ``enqueue_action_executed_after_redirect``
        A call redirected out of a queue has its ``<Enqueue action>`` requested. Executed: that
        answer is what the call does next, and the redirect's own document is fetched and dropped.
        Otherwise the other way round.
    ``end_on_exit_ignored_while_held``
        An update of ``EndConferenceOnExit`` on a participant who is on hold has no effect
        (reported by Twilio's own contact-centre template).
    ``interrupted_dial_requests_action``
        A call redirected out of ``<Dial>`` has the dial's ``action`` requested as well. Its answer
        is never executed.
    ``second_dequeue_refused``
        A second request to take a call out of a queue is refused: it is not there any more. (The
        sentence stood in an older page and is gone.) Otherwise it is answered as the first one was,
        and nothing happens.
    ``first_to_answer_silences_the_others``
        Several numbers ring at once, and each has a document for who answers: the first to answer
        ends the ringing of the others. Otherwise they ring on, and the first who has heard his
        document to its end is connected.
    ``music_for_who_is_left_alone``
        Who stays behind alone in a conference hears its waiting music again, not silence.
    ``parameters_of_a_browser_replace_ours``
        A browser that calls its application with parameters of its own named ``From``, ``Caller``,
        ``To`` or ``Called`` is told of to the application under these. Otherwise they are left out.
    """

    enqueue_action_executed_after_redirect: bool = True
    end_on_exit_ignored_while_held: bool = True
    interrupted_dial_requests_action: bool = False
    second_dequeue_refused: bool = True
    music_for_who_is_left_alone: bool = False
    first_to_answer_silences_the_others: bool = True
    parameters_of_a_browser_replace_ours: bool = False
