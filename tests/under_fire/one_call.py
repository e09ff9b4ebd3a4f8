"""One call from its first ring to the end of its wrap-up, while something is being done to it."""

import time
from dataclasses import dataclass

from tests.harness.installation import Installation
from tests.harness.simulator import MAIN_NUMBER
from tests.harness.virtual_desk import VirtualDesk
from tests.harness.waiting import wait_until
from tests.under_fire.callers import LONGEST_SILENCE

TALK_SECONDS = 4.0
#: A call under fire may take this much longer than it should, and the books may close so late.
LONGEST_SECONDS = 90.0


@dataclass
class Ending:
    """What became of a call."""

    call_sid: str
    seconds: float
    #: A sentence for everything that must not be.
    problems: list[str]


def from_ring_to_wrap_up(site: Installation, desk: VirtualDesk, number: int) -> Ending:
    """Let a customer ring, choose, wait, talk, be held and hang up; return what became of it.

    Whoever dies meanwhile is started again after a moment, as systemd does.
    """
    started = time.monotonic()
    sid = site.network.call(
        MAIN_NUMBER,
        from_=f"+1415556{number:04}",
        keys="ww2",
        patience_s=LONGEST_SECONDS,
        talk_s=TALK_SECONDS,
    )
    held = False

    def is_over() -> bool:
        nonlocal held
        site.start_again_what_died()
        if not held and (offer := desk.offer_of_the_conversation()):
            held = desk.tries_to_press(f"/offers/{offer}/hold/")
            if held:
                desk.tries_to_press(f"/offers/{offer}/resume/")
        return not _unfinished(site, sid)

    problems = []
    try:
        wait_until(is_over, LONGEST_SECONDS, what=f"the end of {sid}")
    except AssertionError as never:
        problems.append(f"{never}: {_unfinished(site, sid)}")
    problems += _judge(site, sid)
    return Ending(sid, time.monotonic() - started, problems)


def _unfinished(site: Installation, sid: str) -> list[str]:
    """What is still to be done for this call, on either side."""
    leg = site.network.leg(sid)
    still = [] if leg["ended_at"] else [f"the caller is in {leg['place']}"]
    rows = site.rows(
        "SELECT call.state, offer.state, slot.activity"
        " FROM contact_center_call AS call"
        " LEFT JOIN contact_center_offer AS offer ON offer.call_id = call.id"
        " LEFT JOIN contact_center_agentslot AS slot ON slot.id = offer.slot_id"
        " WHERE call.sid = %s",
        sid,
    )
    if not rows:
        return [*still, "nobody has heard of the call"]
    for call, offer, activity in rows:
        if call != "ended":
            still.append(f"the call is {call}")
        if offer not in (None, "ended"):
            still.append(f"an offer is {offer}")
        if activity not in (None, "idle"):
            still.append(f"the agent is {activity}")
    return still


def _judge(site: Installation, sid: str) -> list[str]:
    """Return a sentence for everything about a call that must not be."""
    problems = []
    rows = site.rows(
        "SELECT id, ended_by, answered_at IS NOT NULL FROM contact_center_call WHERE sid = %s", sid
    )
    if len(rows) != 1:
        return [f"there are {len(rows)} calls of that name"]
    [(pk, ended_by, answered)] = rows
    if not answered:
        problems.append("nobody talked to the caller")
    if ended_by != "customer":
        problems.append(f"it says that {ended_by} ended the call; the customer did")
    [(ends,)] = site.rows(
        "SELECT count(*) FROM contact_center_eventlog WHERE name = 'call.ended' AND call_id = %s",
        pk,
    )
    if ends != 1:
        problems.append(f"the call ended {ends} times")
    if sid in site.network.errors_heard():
        problems.append("the caller heard that an application error had occurred")
    silence = site.network.longest_silence(sid)
    # A process that began again may have been asked before it could answer (the network waits 6 s).
    if silence > LONGEST_SILENCE + 4.0:
        problems.append(f"the caller heard nothing for {silence:.1f} s")
    live = [leg["sid"] for leg in site.network.live_legs()]
    if live:
        problems.append(f"{len(live)} legs are still there")
    return problems
