"""What goes wrong unseen between the network and us is put right, and nothing else is touched."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from contact_center.models import (
    Call,
    Command,
    EventLog,
    Leg,
    Offer,
    Queue,
    Reconciliation,
    Segment,
    StoredAnswer,
)
from contact_center.services import commanding, offering, reconciling, talking, wrapping_up
from contact_center.services.transitions import lock_call
from contact_center.simulator.core.effects import SendRequest
from contact_center.telephony import network
from tests.universe.floor import SPOKEN_SECONDS, Fate, Floor
from tests.universe.http_client import CoreHttpClient


def lose(*parts: str) -> Fate:
    """Lose every webhook whose URL has one of these parts."""

    def fate(request: SendRequest) -> int:
        return 0 if any(part in request.url for part in parts) else 1

    return fate


#: Everything the network tells us without being asked.
REPORTS = ("/webhooks/status/", "/webhooks/conference/", "/webhooks/recording/")


def state_of(sid: str) -> str:
    return Call.objects.get(sid=sid).state


def found() -> list[tuple[str, str]]:
    """What the reconciler says it found and did, in order."""
    rows = EventLog.objects.filter(name="reality.healed").order_by("pk")
    return [(row.details["found"], row.details["done"]) for row in rows]


def long_ago(seconds: float = 30) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def talk(floor: Floor, agent: Any) -> tuple[Call, Offer, str]:
    """A customer and this agent talk, whatever becomes of the reports."""
    sid = floor.ring()
    offer = rings(floor, agent)
    leg = floor.accept(agent, offer)
    floor.until(lambda: state_of(sid) == "connected", within=30)
    return Call.objects.get(sid=sid), Offer.objects.get(pk=offer.pk), leg


def rings(floor: Floor, agent: Any, within: float = 60) -> Offer:
    """Let time pass, the agent's desk alive, until a call is offered there; return the offer."""

    def is_offered() -> bool:
        floor.keep_beating(agent)
        return floor.pending(agent) is not None

    floor.until(is_offered, within=within)
    offer = floor.pending(agent)
    assert offer is not None
    return offer


# --- the center works without any report ---------------------------------------------------


def test_with_every_report_lost_calls_still_run_to_their_end(floor: Floor, cast: Any) -> None:
    """Slower, but with the same outcomes: one is ended by the agent, one by the customer, one
    caller gives up, one loses the agent and finds another."""
    floor.fate = lose(*REPORTS)
    floor.on_duty(cast.alice)

    by_agent, offer, _leg = talk(floor, cast.alice)
    talking.hold(offer=offer, agent=cast.alice)
    floor.until(lambda: state_of(by_agent.sid) == "on_hold", within=6)
    talking.resume(offer=offer, agent=cast.alice)
    floor.until(lambda: state_of(by_agent.sid) == "connected", within=6)
    talking.hang_up(offer=offer, agent=cast.alice)
    floor.until(lambda: state_of(by_agent.sid) == "ended", within=60)
    finish(cast.alice, offer)

    by_customer, offer, _leg = talk(floor, cast.alice)
    floor.hang_up(by_customer.sid)
    floor.until(lambda: state_of(by_customer.sid) == "ended", within=60)
    finish(cast.alice, offer)

    twice, _offer, leg = talk(floor, cast.alice)
    floor.on_duty(cast.bob)
    floor.hang_up(leg)  # the browser died; nobody asked for it
    floor.until(lambda: state_of(twice.sid) == "queued", within=60)
    gives_up = floor.ring()
    floor.hang_up(gives_up)

    second = rings(floor, cast.bob)
    assert second.call_id == twice.pk
    floor.accept(cast.bob, second)
    floor.until(lambda: state_of(twice.sid) == "connected", within=30)
    talking.hang_up(offer=second, agent=cast.bob)
    floor.until(lambda: state_of(twice.sid) == "ended", within=60)
    floor.until(lambda: state_of(gives_up) == "ended", within=60)
    finish(cast.bob, second)
    floor.pass_seconds(60)

    ends = dict(Call.objects.values_list("sid", "ended_by"))
    assert ends == {
        by_agent.sid: "agent",
        by_customer.sid: "customer",
        twice.sid: "agent",
        gives_up: "customer",
    }
    assert_all_agree(floor)
    assert cast.bob.slots.get().activity == "idle"
    slot = cast.alice.slots.get()
    assert (slot.activity, slot.problem) == ("not_responding", "lost")


def finish(agent: Any, offer: Offer) -> None:
    wrapping_up.finish(offer=Offer.objects.get(pk=offer.pk), agent=agent)
    assert agent.slots.get().activity == "idle"


def assert_all_agree(floor: Floor) -> None:
    """The network has nothing left, and neither have we."""
    assert floor.network.live_legs == 0
    assert not network().fetch_live_conferences()
    assert not Call.objects.filter(ended_at=None).exists()
    assert not Leg.objects.filter(ended_at=None).exists()
    assert not Segment.objects.filter(ended_at=None).exists()
    assert not Command.objects.filter(outcome="waiting").exists()
    assert not Offer.objects.filter(ended_at=None).exists()


# --- lines ----------------------------------------------------------------------------------


def test_a_call_that_ended_unseen_ends_with_us_and_the_log_says_how(
    floor: Floor, cast: Any
) -> None:
    sid = floor.ring()
    floor.fate = lose("/webhooks/")
    floor.hang_up(sid)
    floor.until(lambda: state_of(sid) == "ended", within=60)
    assert found() == [("call_was_over", "call_ended")]
    told = EventLog.objects.get(name="reality.healed")
    assert told.tenant_id == cast.tenant.pk
    assert told.call_id == Call.objects.get(sid=sid).pk
    assert told.details["sid"] == sid


def test_a_line_that_is_up_although_we_ended_its_call_is_hung_up(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = talk(floor, cast.alice)
    Segment.objects.filter(call=call, ended_at=None).update(ended_at=long_ago())
    Call.objects.filter(pk=call.pk).update(state="ended", ended_at=long_ago(), ended_by="customer")
    Offer.objects.filter(pk=offer.pk).update(state="ended", ended_at=long_ago())
    floor.until(lambda: call.sid in floor.ended, within=60)
    assert ("call_still_there", "hung_up") in found()


def test_an_agents_line_that_died_unseen_brings_the_customer_back_to_the_line(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    call, offer, leg = talk(floor, cast.alice)
    floor.fate = lose(*REPORTS)
    floor.hang_up(leg)
    floor.until(lambda: state_of(call.sid) == "queued", within=60)
    assert found() == [("agent_leg_gone", "back_to_line")]
    offer.refresh_from_db()
    assert offer.outcome == "lost"
    assert call.sid not in floor.ended


def test_when_both_lines_ended_unseen_the_customer_left_and_no_agent_was_lost(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    call, _offer, _leg = talk(floor, cast.alice)
    floor.fate = lose("/webhooks/")
    floor.hang_up(call.sid)
    floor.until(lambda: state_of(call.sid) == "ended", within=60)
    call.refresh_from_db()
    assert (call.ended_by, call.end_reason) == ("customer", "customer_hung_up")
    assert cast.alice.slots.get().activity == "wrapping_up"
    assert not EventLog.objects.filter(name="agent.lost").exists()


def test_an_agents_line_that_no_conversation_needs_is_ended(floor: Floor, cast: Any) -> None:
    """The offer was taken back when the agent was in already, and nobody told the network."""
    floor.on_duty(cast.alice)
    sid = floor.ring()
    offer = rings(floor, cast.alice)
    floor.fate = lose(*REPORTS)
    leg = floor.accept(cast.alice, offer)
    floor.pass_seconds(SPOKEN_SECONDS)
    with transaction.atomic():
        call = lock_call(offer.call_id)
        offering.withdraw_offer(call, Offer.objects.get(pk=offer.pk), reason="mistake")
    assert network().fetch_live_conferences()
    floor.until(lambda: leg in floor.ended, within=60)
    assert not network().fetch_live_conferences()
    assert found()[0][0] in ("leg_without_offer", "conference_without_offer")
    assert sid not in floor.ended
    floor.pass_seconds(40)
    assert not Leg.objects.filter(sid=leg, ended_at=None).exists()


def test_a_conference_that_no_offer_of_ours_names_is_left_alone(floor: Floor, cast: Any) -> None:
    """The account may serve more than this site."""
    sid = floor.ring()
    stranger = "c-" + "5" * 32
    send(floor, sid, f"<Dial><Conference>{stranger}</Conference></Dial>")
    floor.pass_seconds(35)
    assert [one.name for one in network().fetch_live_conferences()] == [stranger]
    assert found() == []


def send(floor: Floor, sid: str, verbs: str) -> None:
    """Somebody makes a line follow a document that is none of ours."""
    path = "/webhooks/voice/lost/999/"
    left = Segment.objects.filter(call__sid=sid, kind="queue", ended_at=None)
    for asked in (
        path,
        *(f"/webhooks/voice/queue-left/{pk}/" for pk in left.values_list("pk", flat=True)),
    ):
        StoredAnswer.objects.create(
            call_sid=sid,
            path=asked,
            body=f"<Response>{verbs}</Response>",
            created_at=timezone.now(),
        )
    network().redirect_call(call_sid=sid, url="http://localhost:8000" + path)
    floor.settle()


# --- conferences -----------------------------------------------------------------------------


def test_a_hold_that_somebody_put_on_at_the_console_shows(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = talk(floor, cast.alice)
    floor.fate = lose(*REPORTS)
    network().hold(
        conference_sid=offer.conference_sid, call_sid=call.sid, music_url="http://localhost/m.mp3"
    )
    floor.until(lambda: state_of(call.sid) == "on_hold", within=60)
    assert found() == [("hold_differs", "noted")]
    network().resume(conference_sid=offer.conference_sid, call_sid=call.sid)
    floor.until(lambda: state_of(call.sid) == "connected", within=60)


def test_a_mute_that_went_unseen_shows(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    _call, offer, leg = talk(floor, cast.alice)
    floor.fate = lose(*REPORTS)
    network().set_muted(conference_sid=offer.conference_sid, call_sid=leg, muted=True)
    floor.until(lambda: Offer.objects.get(pk=offer.pk).muted_at is not None, within=60)
    assert found() == [("mute_differs", "noted")]


def test_a_conference_that_ended_unseen_sends_the_customer_back_to_the_line(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    call, _offer, _leg = talk(floor, cast.alice)
    floor.fate = lose(*REPORTS, "/webhooks/voice/after/")
    # His leaving ends the conference, and with it the agent's line.
    send(floor, call.sid, '<Pause length="600"/>')
    assert not network().fetch_live_conferences()
    floor.fate = lose(*REPORTS)
    floor.until(lambda: state_of(call.sid) == "queued", within=60)
    assert found()
    assert call.sid not in floor.ended


# --- queues ----------------------------------------------------------------------------------


def test_a_caller_who_waits_with_us_and_in_no_queue_is_told_to_enter_it(
    floor: Floor, cast: Any
) -> None:
    sid = floor.ring()
    floor.pass_seconds(5)
    send(floor, sid, '<Pause length="600"/>')
    queue_sid = Segment.objects.get(call__sid=sid).network_queue_sid
    assert not network().fetch_queue_members(queue_sid=queue_sid)
    floor.until(lambda: bool(network().fetch_queue_members(queue_sid=queue_sid)), within=90)
    assert found() == [("not_in_queue", "told_again")]
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=30)


def test_a_caller_in_a_queue_who_should_hear_the_goodbye_hears_it(floor: Floor, cast: Any) -> None:
    sid = floor.ring()
    floor.pass_seconds(5)
    floor.fate = lambda request: 0 if "/wait/" in request.url else 1
    call = Call.objects.get(sid=sid)
    Segment.objects.filter(call=call).update(kind="goodbye", started_at=long_ago())
    Call.objects.filter(pk=call.pk).update(
        state="leaving", ended_by="agent", end_reason="agent_hung_up"
    )
    floor.until(lambda: sid in floor.ended, within=60)
    assert state_of(sid) == "ended"


# --- in flight -------------------------------------------------------------------------------


def test_what_is_on_its_way_is_not_fought(floor: Floor, cast: Any) -> None:
    """A hold has been asked and not yet sent; that the network still says no is no news."""
    floor.on_duty(cast.alice)
    call, offer, _leg = talk(floor, cast.alice)
    floor.pass_seconds(30)
    network().hold(
        conference_sid=offer.conference_sid, call_sid=call.sid, music_url="http://localhost/m.mp3"
    )
    floor.until(lambda: state_of(call.sid) == "on_hold", within=5)
    floor.pass_seconds(10)
    talking.resume(offer=offer, agent=cast.alice)
    Reconciliation.objects.update(due_at=timezone.now())
    assert Command.objects.filter(kind="resume", outcome="waiting").exists()
    reconciling.reconcile(timezone.now())
    assert found() == []
    floor.until(lambda: state_of(call.sid) == "connected", within=5)
    floor.pass_seconds(60)
    assert found() == []


def test_a_call_on_which_nothing_is_wrong_is_never_healed(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = talk(floor, cast.alice)
    for _minute in range(3):
        floor.keep_beating(cast.alice)
        floor.pass_seconds(20)
        talking.hold(offer=offer, agent=cast.alice)
        floor.pass_seconds(20)
        talking.resume(offer=offer, agent=cast.alice)
    waiting = floor.ring()
    floor.pass_seconds(60)
    talking.hang_up(offer=offer, agent=cast.alice)
    floor.hang_up(waiting)
    floor.pass_seconds(60)
    assert state_of(call.sid) == "ended"
    assert found() == []
    assert not Command.objects.filter(kind="check_call").exists()


# --- what it costs, and whose turn it is -----------------------------------------------------


class Counting(CoreHttpClient):
    """Counts what is asked of the network."""

    asked: list[str] = []

    def request(self, method: str, uri: str, *args: Any, **kwargs: Any) -> Any:
        """Count one request and hand it on."""
        self.asked.append(f"{method} {uri}")
        return super().request(method, uri, *args, **kwargs)


@pytest.fixture
def asked(settings: Any, floor: Floor) -> Callable[[], list[str]]:
    """Makes one round, and says what it asked."""
    settings.TELEPHONY_HTTP_CLIENT = f"{__name__}.Counting"

    def one_round() -> list[str]:
        Counting.asked = []
        Reconciliation.objects.update(due_at=timezone.now())
        counted = reconciling.reconcile(timezone.now())
        assert counted == len(Counting.asked), Counting.asked
        return Counting.asked

    return one_round


def test_an_idle_site_asks_six_times_and_changes_nothing(
    floor: Floor, asked: Callable[[], list[str]]
) -> None:
    requests = asked()
    assert len(requests) == 6
    assert all(request.startswith("GET ") for request in requests)
    row = Reconciliation.objects.get()
    assert (row.requests, row.found, row.problem) == (6, 0, "")
    assert row.finished_at is not None


def test_a_round_costs_one_request_a_conversation_and_one_a_queue_in_use(
    floor: Floor, cast: Any, asked: Callable[[], list[str]]
) -> None:
    floor.on_duty(cast.alice)
    floor.on_duty(cast.bob)
    talk(floor, cast.alice)
    talk(floor, cast.bob)
    for _caller in range(3):
        floor.ring()
    floor.pass_seconds(10)
    floor.keep_beating(cast.alice, cast.bob)
    assert len(asked()) == 6 + 2 + 1


def test_with_more_than_a_round_takes_the_cost_is_bounded_and_everybody_has_a_turn(
    floor: Floor, cast: Any, asked: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "MOST_CONVERSATIONS", 1)
    monkeypatch.setattr(reconciling, "MOST_QUEUES", 1)
    floor.on_duty(cast.alice)
    floor.on_duty(cast.bob)
    talks = [talk(floor, cast.alice), talk(floor, cast.bob)]
    floor.ring(to="+14155550101")
    floor.ring(to="+14155550102")
    floor.pass_seconds(10)
    looked: list[str] = []
    for _round in range(2):
        requests = asked()
        assert len(requests) == 6 + 1 + 1
        looked += requests
    for _call, offer, _leg in talks:
        assert sum(f"{offer.conference_sid}/Participants" in one for one in looked) == 1
    for queue in (cast.sales, cast.support):
        waits = Segment.objects.get(queue=queue, kind="queue", ended_at=None)
        sid = waits.network_queue_sid
        assert sum(f"{sid}/Members" in one for one in looked) == 1


def test_whom_a_request_came_to_nothing_about_is_looked_at_before_others(
    floor: Floor, cast: Any, asked: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "MOST_CONVERSATIONS", 1)
    floor.on_duty(cast.alice)
    floor.on_duty(cast.bob)
    talk(floor, cast.alice)
    _call, second, _leg = talk(floor, cast.bob)
    floor.pass_seconds(10)
    given_up = commanding.command("mute", offer=second, conference_sid="CF", call_sid="CA")
    Command.objects.filter(pk=given_up.pk).update(
        outcome="gave_up", outcome_at=timezone.now() - timedelta(seconds=10)
    )
    for _round in range(2):
        assert any(f"{second.conference_sid}/Participants" in one for one in asked())


def test_of_several_clocks_one_makes_the_round(floor: Floor) -> None:
    now = timezone.now()
    assert reconciling.reconcile(now) == 6
    assert reconciling.reconcile(now) == 0
    assert reconciling.reconcile(now + timedelta(seconds=14)) == 0
    assert reconciling.reconcile(now + timedelta(seconds=15)) == 6


def test_a_clock_that_was_put_back_does_not_stop_it(floor: Floor) -> None:
    Reconciliation.objects.create(pk=1, due_at=timezone.now() + timedelta(hours=1))
    assert reconciling.reconcile(timezone.now()) == 6


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_list_that_cannot_be_read_proves_nothing_and_the_rest_goes_on(
    floor: Floor, cast: Any, lost: str
) -> None:
    floor.reconciles = False
    sid = floor.ring()
    floor.pass_seconds(20)
    CoreHttpClient.failures[:] = [lost, lost]  # the first list of lines, and the same once more
    asked = reconciling.reconcile(timezone.now())
    assert state_of(sid) == "queued"
    assert found() == []
    row = Reconciliation.objects.get()
    assert "census" in row.problem
    assert row.finished_at is None
    assert asked == 2 + 2 + 1 + 1, "the conferences, the queues and who is in them were read"
    assert row.due_at - timezone.now() == timedelta(seconds=5)
    reconciling.reconcile(timezone.now() + timedelta(seconds=5))
    assert Reconciliation.objects.get().problem == ""


def test_in_a_bad_hour_what_fails_is_read_once_more_and_one_round_is_enough(
    floor: Floor, cast: Any
) -> None:
    floor.reconciles = False
    sid = floor.ring()
    floor.fate = lose("/webhooks/")
    floor.hang_up(sid)
    floor.pass_seconds(10)
    # One of the lists of lines, one of conferences, and the second look at the line.
    CoreHttpClient.failures[:] = ["", "after", "", "", "before", "", "", "", "after"]
    assert reconciling.reconcile(timezone.now()) == 6 + 1 + 3
    assert state_of(sid) == "ended"
    row = Reconciliation.objects.get()
    assert (row.problem, row.finished_at is not None) == ("", True)


def test_one_subject_that_cannot_be_read_takes_no_turn_from_the_others(
    floor: Floor, cast: Any
) -> None:
    floor.reconciles = False
    sids = [floor.ring(), floor.ring()]
    floor.fate = lose("/webhooks/")
    for sid in sids:
        floor.hang_up(sid)
    floor.pass_seconds(10)
    CoreHttpClient.failures[:] = ["", "", "", "", "", "", "after", "after"]
    reconciling.reconcile(timezone.now())
    assert sorted(map(state_of, sids)) == ["ended", "queued"]
    reconciling.reconcile(timezone.now() + timedelta(seconds=5))
    assert [state_of(sid) for sid in sids] == ["ended", "ended"]


def test_nothing_is_asked_when_the_queue_is_unknown_to_the_network(
    floor: Floor, cast: Any, asked: Callable[[], list[str]]
) -> None:
    """A queue of the network exists from its first caller on."""
    Queue.objects.create(tenant=cast.tenant, name="New")
    assert len(asked()) == 6
