"""The page of one call: everything that happened, in order, to the right people only."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.callbacks import Tried
from contact_center.models import (
    Call,
    Command,
    CommandOutcome,
    DialAttempt,
    EventLog,
    Leg,
    Offer,
    RawWebhook,
    StoredAnswer,
    User,
)
from contact_center.selectors.timelines import PAGE_SIZE
from contact_center.services import calling_out, dialling, receiving
from contact_center.services.transitions import lock_call
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast
from tests.realtime.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(cast: Cast) -> World:
    """The cast on duty, and calls that go their way through the real services."""
    return World(cast)


def page_of(call: Call, user: User, name: str = "call", **asked: object) -> HttpResponse:
    return signed_in(user).get(reverse(f"supervisors:{name}", args=[call.pk]), asked)


def text(answer: HttpResponse) -> str:
    """What a person reads."""
    return " ".join(
        re.sub(r"(?s)<script.*?</script>|<[^>]+>", " ", answer.content.decode()).split()
    )


def story(answer: HttpResponse) -> list[str]:
    """The lines of the timeline, as a person reads them."""
    found = re.search(
        r'<ol class="timeline story">(.*?)</ol>\s*(?:<nav|</section>)',
        answer.content.decode(),
        re.DOTALL,
    )
    assert found is not None
    lines = re.findall(r"<li\b.*?</li>", found[1], re.DOTALL)
    return [
        " ".join(re.sub(r"(?s)<script.*?</script>|<[^>]+>", " ", line).split()) for line in lines
    ]


def talk(world: World) -> tuple[Call, Offer]:
    """A call that was held once and ended by its caller; its agent has finished."""
    call = world.ring_in()
    offer = world.dispatch()
    world.accept(offer)
    world.connect(offer)
    world.hold(offer)
    return call, offer


def report(call: Call, sid: str, said: str, problem: str = "") -> RawWebhook:
    """The network reported something."""
    return RawWebhook.objects.create(
        kind="status",
        sid=sid,
        payload={"CallSid": sid, "CallStatus": said},
        digest=f"{sid}{said}"[:64],
        received_at=timezone.now(),
        applied_at=None if problem else timezone.now(),
        problem=problem,
    )


def test_everything_of_a_call_stands_on_one_timeline(world: World) -> None:
    call, offer = talk(world)
    report(call, call.sid, "in-progress")
    StoredAnswer.objects.create(
        call_sid=call.sid,
        path=f"/webhooks/voice/connect/{offer.pk}/",
        body="<Response><Dial/></Response>",
        created_at=timezone.now(),
    )
    lines = story(page_of(call, world.carol))
    said = " | ".join(lines)
    for words in (
        "Call arrived",
        "Entered the queue",
        "Offered",
        "Accepted",
        "Caller and agent hear each other",
        "Hold asked for",
        "On hold",
        "Put the caller on hold",
        "Line: in progress",
        "Asked how to join caller and agent",
    ):
        assert words in said
    assert re.match(r"\d\d:\d\d:\d\d \+0:00 Call arrived", lines[0]), "clock, and time since"
    assert any(re.search(r"Hold asked for.*On hold after \d", line) for line in lines)
    assert any("CallStatus=in-progress" in line for line in lines), "as it came, to unfold"


def test_an_offer_says_why_it_was_made_and_what_came_of_it(world: World) -> None:
    call = world.ring_in()
    first = world.dispatch()
    world.decline(first)
    world.dispatch()
    facts = text(page_of(call, world.carol))
    assert re.search(r"Declined after \d\.\d s [\d:]+ Was the next in turn, \d:\d\d\.", facts)
    assert "2 agents were free. " in facts
    assert "2 agents were free, 1 of them resting after not taking it; 2 on duty." in facts
    assert "Rings now" in facts
    assert re.search(
        r"Who was considered Alice not rung yet, free for \d:\d\d Bob not rung yet, free for", facts
    )


@pytest.mark.parametrize(
    ("kind", "there", "not_there"),
    [
        ("offer", "Offered", "Call arrived"),
        ("place", "Call arrived", "Offered"),
        ("conversation", "Hold asked for", "Offered"),
        ("command", "Put the caller on hold", "Hold asked for"),
        ("report", "Line: ringing", "Put the caller on hold"),
        ("trouble", "Line: ringing", "Call arrived"),
        ("no-such-kind", "Call arrived", "Nothing of this kind"),
        ("instruction", "Nothing of this kind happened in this call.", "Call arrived"),
    ],
)
def test_the_address_says_what_is_shown(
    world: World, kind: str, there: str, not_there: str
) -> None:
    call, _offer = talk(world)
    report(call, call.sid, "ringing", problem="It is older than what we know.")
    said = " | ".join(story(page_of(call, world.carol, kind=kind)))
    assert there in said
    assert not_there not in said


def test_what_went_wrong_is_counted_and_says_why(world: World) -> None:
    call, offer = talk(world)
    Command.objects.filter(offer=offer, kind="hold").update(
        outcome=CommandOutcome.REFUSED,
        outcome_at=timezone.now() + timedelta(seconds=3),
        answer="20404: not found",
    )
    page = page_of(call, world.carol, kind="trouble")
    assert "Went wrong 1" in text(page)
    (line,) = story(page)
    assert "refused after 3." in line
    assert "20404: not found" in line


def test_a_call_of_many_hours_is_paged_and_costs_what_a_short_one_does(world: World) -> None:
    call, offer = talk(world)
    client = signed_in(world.carol)
    address = reverse("supervisors:call", args=[call.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    at = timezone.now()
    EventLog.objects.bulk_create(
        EventLog(
            tenant=world.cast.tenant,
            name=("hold.asked", "call.held", "resume.asked", "call.resumed")[n % 4],
            at=at + timedelta(seconds=n),
            call_id=call.pk,
            offer_id=offer.pk,
            agent_id=offer.agent_id,
        )
        for n in range(5 * PAGE_SIZE)
    )
    with CaptureQueriesContext(connection) as many:
        last = client.get(address)
    assert len(many) <= len(few)
    assert "Page 6 of 6" in text(last), "what happens now is what one looks for"
    first = client.get(address, {"page": "1"})
    assert len(story(first)) == PAGE_SIZE
    assert "Call arrived" in story(first)[0]
    assert "Call arrived" not in text(last)
    for nonsense in ("0", "99999", "-1", "x", "9" * 40):
        assert client.get(address, {"page": nonsense}).status_code == 200


def test_a_call_that_was_offered_again_and_again_shows_the_last_offers(world: World) -> None:
    call = world.ring_in()
    offer = world.dispatch()
    rows = Offer.objects.filter(pk=offer.pk).values().get()
    for unwanted in ("id", "conference_key"):
        del rows[unwanted]
    now = timezone.now()
    Offer.objects.bulk_create(
        Offer(**(rows | {"fence": n, "state": "ended", "outcome": "declined", "ended_at": now}))
        for n in range(2, 62)
    )
    facts = text(page_of(call, world.carol))
    assert "and 21 offers before" in facts


def test_a_call_that_is_over_keeps_still_and_names_who_ended_it(world: World) -> None:
    call, offer = talk(world)
    live = page_of(call, world.carol).content.decode()
    assert f'hx-ws:connect="/ws/calls/{call.pk}/"' in live
    world.caller_hangs_up(call)
    assert "hx-ws:connect" in page_of(call, world.carol).content.decode(), "wrap-up goes on"
    world.finish(offer)
    over = page_of(call, world.carol)
    assert "hx-ws:connect" not in over.content.decode()
    assert "call.js" not in over.content.decode()
    assert re.search(r"Ended Caller hung up, Support\. Lasted \d:\d\d\.", text(over))


@pytest.mark.parametrize("name", ["call", "call-story", "call-panels"])
def test_who_may_not_learns_nothing(world: World, name: str) -> None:
    call = world.ring_in()
    for person in (world.alice.user, world.cast.dave, world.mallory):
        answer = page_of(call, person, name)
        assert answer.status_code == 404
        assert "7001" not in answer.content.decode()
    assert page_of(call, world.carol, name).status_code == 200
    assert page_of(call, world.dana, name).status_code == 200


def test_what_belongs_to_another_call_is_not_told(world: World) -> None:
    call, _offer = talk(world)
    other = world.ring_in()
    report(other, other.sid, "busy")
    told = text(page_of(call, world.carol))
    assert other.sid not in told
    assert "busy" not in told


def test_lines_and_their_agents_are_listed(world: World) -> None:
    call, offer = talk(world)
    assert Leg.objects.filter(offer=offer).exists()
    told = text(page_of(call, world.carol))
    name = offer.agent.user.display_name
    assert re.search(rf"Lines Who Network says From To Caller \S+ [\d:]+ — {name}", told)


def test_the_lanes_say_in_words_what_they_draw(world: World) -> None:
    call, _offer = talk(world)
    Call.objects.filter(pk=call.pk).update(arrived_at=timezone.now() - timedelta(minutes=8))
    html = page_of(call, world.carol).content.decode()
    labels = re.findall(r'<svg class="lane" role="img" aria-label="([^"]*)"', html)
    assert len(labels) == 2, "the caller and one agent"
    assert "waited" in labels[0]
    assert "talked" in labels[0]
    assert "on hold" in labels[0]
    assert labels[1].startswith("rang")
    assert "on the call" in labels[1]


def test_what_was_sent_to_us_is_shown_as_text(world: World) -> None:
    call, offer = talk(world)
    RawWebhook.objects.create(
        kind="status",
        sid=call.sid,
        payload={"CallSid": call.sid, "CallStatus": "<script>alert(1)</script>"},
        digest="x" * 64,
        received_at=timezone.now(),
    )
    Offer.objects.filter(pk=offer.pk).update(notes="<b>bold</b>")
    html = page_of(call, world.carol).content.decode()
    assert "<script>alert" not in html
    assert "<b>bold" not in html


def test_a_call_that_was_sent_on_says_so_and_why(cast: Cast) -> None:
    cast.support.capacity = 1
    cast.support.overflow_to, cast.support.overflow_queue = "queue", cast.sales
    cast.support.save()
    for sid in ("CA1", "CA2"):
        receiving.receive_call(
            sid=sid, account_sid="AC", from_number="+14155550142", to_number="+14155550102"
        )
    call = Call.objects.get(sid="CA2")
    lines = [line for line in story(page_of(call, cast.carol)) if "another queue" in line]
    assert len(lines) == 1
    assert "Was sent on to another queue" in lines[0]
    assert "reason: overflowed" in lines[0]


def test_a_call_that_an_agent_made_has_the_same_page(cast: Cast) -> None:
    lease = builders.on_duty(cast.alice)
    offer, _token = calling_out.call_out(
        agent=cast.alice, written="+14155550142", lease_key=lease.key
    )
    browser = signed_in(cast.carol)
    for name in ("call", "call-why"):
        page = browser.get(reverse(f"supervisors:{name}", args=[offer.call_id]))
        assert page.status_code == 200
    told = browser.get(reverse("supervisors:call", args=[offer.call_id])).content.decode()
    assert "An agent calls the customer" in told
    assert "Being called" in told
    assert "An agent called, showing" in told
    dialling.not_reached(
        lock_call(offer.call_id), DialAttempt.objects.get(offer=offer), Tried.NO_ANSWER
    )
    told = browser.get(reverse("supervisors:call", args=[offer.call_id])).content.decode()
    assert "Called: nobody answered" in told
    assert "Customer was not reached" in told
    listed = browser.get(reverse("supervisors:calls"), {"outcome": "not-reached"})
    assert "+1 415 555 0142" in listed.content.decode()
