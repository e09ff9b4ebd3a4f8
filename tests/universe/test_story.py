"""A person who reads the story of a call understands what happened."""

from collections.abc import Iterator
from typing import Any

import pytest

from contact_center.services import talking
from tests.cast import make_cast
from tests.universe.floor import open_floor
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.story import story_of


@pytest.fixture
def cast(db: None) -> Any:
    """Everybody, in a database that forgets the test at its end."""
    return make_cast()


@pytest.fixture
def floor(cast: Any) -> Iterator[WatchedFloor]:
    """A floor that keeps a journal."""
    with open_floor() as running:
        yield WatchedFloor(network=running.network, traveller=running.traveller)


def test_the_story_tells_what_people_the_network_and_we_did(floor: WatchedFloor, cast: Any) -> None:
    call, offer, leg = floor.talk(cast.alice)
    floor.pass_seconds(7)
    first = floor.journal.sequence[0]
    floor.journal.faulted(first.request.request_id, first.at, "lost on its way")
    floor.journal.fault(floor.now, "the clock is killed at statement 3 of hold")
    path = f"/2010-04-01/Accounts/AC0/Conferences/{call.offers.get().conference_sid}.json"
    floor.journal.rest(floor.now, "POST", path, (("Status", "completed"),), 503, "5xx before")
    talking.hang_up(offer=offer, agent=cast.alice)
    floor.journal.act(floor.now, "agent alice", "hangs up", call.sid)
    floor.pass_seconds(3)
    story = story_of(call.sid, floor)
    told = [
        "caller     rings +14155550102",
        "fault      /webhooks/voice/: lost on its way",
        "answer     /webhooks/voice/: 200 Enqueue",
        "we         call.queued reason=number",
        "webhook    POST /webhooks/conference/ (caller, conference) "
        "StatusCallbackEvent=participant-join",
        "we         call.connected agent",
        "+9.00  fault      the clock is killed at statement 3 of hold",
        "REST       POST Conferences/",
        "Status=completed → 503 [5xx before]",
        "+9.00  agent alice hangs up",
        "we heard   end_conversation (command",
        "the caller's leg is over: completed",
        "In the network now:\n  the caller's leg: completed, ended",
        "ended by agent (agent_hung_up)",
        "the slot is wrapping_up",
    ]
    for words in told:
        assert words in story
    assert story.index("call.offered") < story.index("offer.accepted") < story.index("hangs up")
    assert story_of(leg, floor) == story


def test_a_call_nobody_ever_made_has_no_story(floor: WatchedFloor, cast: Any) -> None:
    floor.ring()
    assert story_of("CA" + "0" * 32, floor).startswith("The network never had a call CA000")
    assert story_of("", floor) == "The network never had a call without a name."


def test_the_story_of_a_call_we_know_nothing_of(floor: WatchedFloor, cast: Any) -> None:
    floor.fate = lambda request: 0
    sid = floor.ring()
    story = story_of(sid, floor)
    assert "nothing: we do not know this call" in story
    assert "We are sorry" not in story
