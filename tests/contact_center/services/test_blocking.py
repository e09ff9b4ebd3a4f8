"""Callers who are not taken: refused on arrival, written as such, and taken again in time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contact_center.errors import NotAllowed
from contact_center.models import BlockedCaller, Call, EventLog, KeptPlace
from contact_center.selectors.calls import Outcome, calls_list
from contact_center.selectors.figures import read_stays, stays_over
from contact_center.selectors.scopes import Scope
from contact_center.services import blocking
from tests.cast import Cast
from tests.universe.floor import Floor

CUSTOMER = "+14155550142"


def block(cast: Cast, number: str = CUSTOMER, days: int | None = None) -> BlockedCaller:
    return blocking.block(number=number, reason="Threats", days=days, actor=cast.carol)


@pytest.mark.parametrize("to", ["+14155550100", "+14155550102"])
def test_a_blocked_caller_is_refused_unanswered_whatever_number_he_rings(
    floor: Floor, cast: Cast, to: str
) -> None:
    began = timezone.now()
    entry = block(cast)
    floor.on_duty(cast.alice)
    sid = floor.ring(to=to)
    floor.pass_seconds(3)
    call = Call.objects.get(sid=sid)
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "system", "blocked")
    assert call.answered_at is None
    assert call.queue_id is None
    [leg] = floor.network.truth()["legs"]
    # What the network makes of a call that is rejected; it was never picked up.
    assert leg["status"] == "no-answer"
    assert floor.pending(cast.alice) is None
    assert not KeptPlace.objects.exists()
    refused = EventLog.objects.get(name="call.refused")
    assert refused.details["blocked"] == entry.pk
    assert read_stays(stays_over(since=began, until=timezone.now())) == {}
    found = {
        outcome: [row.pk for row in calls_list(Scope(cast.tenant.pk), {"outcome": outcome})["page"]]
        for outcome in Outcome
    }
    assert {outcome for outcome, calls in found.items() if calls} == {Outcome.BLOCKED}


def test_others_are_taken_and_so_is_he_by_another_organisation(floor: Floor, cast: Cast) -> None:
    block(cast)
    blocking.block(number="+14155550143", reason="Theirs", days=None, actor=cast.erin.user)
    other = floor.ring(from_="+14155550143")
    nobody = floor.ring(from_="anonymous")
    floor.pass_seconds(3)
    assert Call.objects.get(sid=other).state == "queued"
    assert Call.objects.get(sid=nobody).state == "queued"


def test_it_ends_when_it_expires_and_when_somebody_unblocks_it(floor: Floor, cast: Cast) -> None:
    entry = block(cast, days=2)
    floor.traveller.shift(timedelta(days=2, seconds=1))
    floor.settle()
    assert Call.objects.get(sid=floor.ring()).state != "ended"
    entry = block(cast)
    assert BlockedCaller.objects.count() == 1
    blocking.unblock(blocked=entry, actor=cast.carol)
    blocking.unblock(blocked=entry, actor=cast.carol)
    assert EventLog.objects.filter(name="caller.unblocked").count() == 1
    sid = floor.ring()
    floor.pass_seconds(3)
    assert Call.objects.get(sid=sid).state == "queued"


def test_the_same_arrival_twice_is_refused_once(floor: Floor, cast: Cast) -> None:
    block(cast)
    floor.fate = lambda request: 2
    sid = floor.ring()
    floor.pass_seconds(3)
    assert Call.objects.filter(sid=sid, end_reason="blocked").count() == 1
    assert EventLog.objects.filter(name="call.refused").count() == 1


def test_a_refused_call_whose_end_is_never_reported_is_over_all_the_same(
    floor: Floor, cast: Cast
) -> None:
    block(cast)
    floor.on_duty(cast.alice)
    floor.fate = lambda request: 1 if "/webhooks/voice/" in request.url else 0
    sid = floor.ring()
    floor.until(lambda: Call.objects.get(sid=sid).state == "ended", within=150)
    assert Call.objects.get(sid=sid).end_reason == "blocked"
    assert floor.pending(cast.alice) is None


@pytest.mark.parametrize(
    ("number", "reason", "days", "sentence"),
    [
        ("4155550142", "Threats", None, "with a plus"),
        ("anonymous", "Threats", None, "with a plus"),
        ("+14155550101", "Threats", None, "one of your own numbers"),
        (CUSTOMER, "  ", None, "Say why"),
        (CUSTOMER, "Threats", 366, "at most 365 days"),
        (CUSTOMER, "Threats", 0, "at most 365 days"),
        (CUSTOMER, "x" * 201, None, "at most 200 letters"),
    ],
)
def test_nonsense_blocks_nobody(
    cast: Cast, number: str, reason: str, days: int | None, sentence: str
) -> None:
    with pytest.raises(NotAllowed, match=sentence):
        blocking.block(number=number, reason=reason, days=days, actor=cast.carol)
    assert not BlockedCaller.objects.exists()
