"""What the watch says when a number, a name or another organisation's row gets where it may not."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from contact_center.models import Offer
from contact_center.simulator.core.effects import SendRequest
from tests.universe.invariants import Watch
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation

CALLER = "+14155550142"
logger = logging.getLogger("contact_center.services.receiving")


def test_a_whole_call_leaves_nothing_personal_behind(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, _offer, _leg = floor.talk(cast.alice)
    logger.info("a call from %s came", CALLER)  # masked by every handler of ours
    floor.hang_up(call.sid)
    watch.everything()
    assert floor.journal.rests == []


def test_a_name_in_the_log(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    logger.info("%s is on duty", cast.alice)
    with pytest.raises(Violation, match=r"I18: The name Alice stands in the log: .* is on duty"):
        watch.everything()


def test_a_number_in_the_log_without_its_plus(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    floor.wait_in_line()
    logger.info("caller:%s", CALLER[2:])
    with pytest.raises(Violation, match="I18: A caller's number stands in the log"):
        watch.everything()


def spoilt(floor: WatchedFloor, **changes: Any) -> SendRequest:
    first = floor.requests[0]
    return replace(first, request_id=first.request_id + 1000, **changes)


def test_a_number_in_a_url(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    floor.wait_in_line()
    url = "https://example.org/webhooks/voice/?from=%2B14155550142"
    floor.journal.sent(spoilt(floor, url=url), floor.now)
    with pytest.raises(Violation, match="I18: A caller's number stands in the URL /webhooks/voic"):
        watch.everything()


def test_a_name_in_the_label_of_a_participant(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    floor.wait_in_line()
    params = (("ParticipantLabel", "agent-alice"), ("FriendlyName", "c-1"))
    floor.journal.sent(spoilt(floor, purpose="conference", params=params), floor.now)
    with pytest.raises(Violation, match="I18: The name alice stands in ParticipantLabel"):
        watch.everything()


def test_a_number_in_what_we_ask_by_rest(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    floor.wait_in_line()
    path = f"/2010-04-01/Accounts/AC0/Calls.json?From={CALLER}"
    floor.journal.rest(floor.now, "GET", path, (), 200)
    with pytest.raises(Violation, match="I18: A caller's number stands in the URL of GET"):
        watch.everything()


def test_a_desk_that_shows_a_person_of_another_organisation(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    floor.journal.door(floor.now, cast.alice.pk, "/agents/panels/", 200, "<b>Bob</b> talks")
    watch.everything()
    floor.journal.door(floor.now, cast.alice.pk, "/agents/panels/", 200, "<b>Erin</b> talks")
    with pytest.raises(Violation, match="I22: /agents/panels/ shows 'Erin', which is another"):
        watch.everything()


def test_a_desk_that_shows_a_caller_of_another_organisation(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    floor.wait_in_line()
    floor.journal.door(floor.now, cast.alice.pk, "/agents/", 200, "from +1 415-555-0142")
    watch.everything()
    floor.journal.door(floor.now, cast.erin.pk, "/agents/", 200, "from +1 415-555-0142")
    with pytest.raises(Violation, match="I22: /agents/ shows a caller of another organisation"):
        watch.everything()


def test_a_caller_who_is_brought_to_an_agent_of_another_organisation(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    _call, offer, _leg = floor.talk(cast.alice)
    watch.everything()
    Offer.objects.filter(pk=offer.pk).update(agent=cast.erin)
    with pytest.raises(Violation, match=r"I22: Offer .* brings a caller of organisation"):
        watch.everything()


def test_two_legs_created_within_a_second(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    path = "/2010-04-01/Accounts/AC0/Calls.json"
    floor.journal.rest(floor.now, "POST", path, (), 201)
    floor.journal.rest(floor.now + 1, "POST", path, (), 201)
    watch.everything()
    floor.journal.rest(floor.now + 1.5, "POST", path, (), 201)
    with pytest.raises(Violation, match="I17: 2 legs were created by REST within a second"):
        watch.everything()
