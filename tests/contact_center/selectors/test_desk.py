"""What a desk shows, read whole and with few questions to the database."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from contact_center.domain.states import Activity, Presence
from contact_center.domain.status import ShownState
from contact_center.models import (
    Call,
    Disposition,
    EndedBy,
    Offer,
    OfferOutcome,
    QueueMember,
)
from contact_center.selectors import desk
from contact_center.selectors.figures import agent_figures, midnight
from contact_center.selectors.scopes import Scope
from tests import builders
from tests.cast import Cast


@pytest.fixture
def noon() -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        yield


# --- the own status ---


def test_alice_is_off_duty_when_her_day_begins(cast: Cast) -> None:
    shown = desk.own_status(cast.alice)
    assert shown["status"].state is ShownState.OFFLINE
    assert shown["phone"] is None


@pytest.mark.usefixtures("noon")
def test_the_state_has_lasted_since_it_was_chosen(cast: Cast) -> None:
    since = timezone.now() - timedelta(minutes=3)
    builders.present(cast.alice, Presence.BREAK, "lunch", presence_since=since)
    shown = desk.own_status(cast.alice)
    assert shown["since"] == since
    assert shown["break_label"] == dict(desk.break_types())["lunch"]


@pytest.mark.usefixtures("noon")
def test_who_comes_out_of_a_call_is_available_since_then_not_since_the_morning(cast: Cast) -> None:
    morning = timezone.now() - timedelta(hours=3)
    builders.present(cast.alice, Presence.AVAILABLE, presence_since=morning)
    builders.doing(cast.alice, Activity.IDLE)
    assert desk.own_status(cast.alice)["since"] == timezone.now()


@pytest.mark.usefixtures("noon")
def test_on_a_call_the_time_is_that_of_the_call(cast: Cast) -> None:
    builders.present(
        cast.alice, Presence.AVAILABLE, presence_since=timezone.now() - timedelta(hours=3)
    )
    slot = builders.doing(cast.alice, Activity.ON_CALL)
    shown = desk.own_status(cast.alice)
    assert shown["status"].state is ShownState.ON_CALL
    assert shown["since"] == slot.activity_since


def test_the_status_is_read_from_the_database_and_not_from_an_old_copy(cast: Cast) -> None:
    old_copy = cast.alice
    builders.present(type(old_copy).objects.get(pk=old_copy.pk), Presence.BREAK, "lunch")
    assert desk.own_status(old_copy)["status"].state is ShownState.BREAK


def test_a_break_that_is_no_longer_offered_keeps_a_name(cast: Cast) -> None:
    builders.present(cast.alice, Presence.BREAK, "yoga")
    assert desk.own_status(cast.alice)["break_label"] == "yoga"


def test_the_status_takes_two_questions(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    builders.on_duty(cast.alice)
    with django_assert_num_queries(2):
        desk.own_status(cast.alice)


# --- my queues ---


def test_alice_sees_who_waits_in_her_queues_and_for_how_long(cast: Cast) -> None:
    builders.waiting_call(cast.support, waited_seconds=30)
    first = builders.waiting_call(cast.support, waited_seconds=90)
    lines = {line.queue.name: line for line in desk.queue_strip(cast.alice)["lines"]}
    assert lines["Support"].waiting == 2
    assert lines["Support"].first_since == first.segments.get().placed_at
    assert lines["Sales"].waiting == 0
    assert lines["Sales"].first_since is None


def test_a_caller_who_left_does_not_wait_any_more(cast: Cast) -> None:
    builders.end(builders.waiting_call(cast.support), EndedBy.CUSTOMER, "abandoned")
    assert [line.waiting for line in desk.queue_strip(cast.alice)["lines"]] == [0, 0]


def test_alice_sees_neither_queues_she_does_not_serve_nor_those_of_others(cast: Cast) -> None:
    QueueMember.objects.filter(agent=cast.alice, queue=cast.sales).delete()
    builders.waiting_call(cast.sales)
    builders.waiting_call(cast.other_queue)
    lines = desk.queue_strip(cast.alice)["lines"]
    assert [(line.queue, line.waiting) for line in lines] == [(cast.support, 0)]


def test_the_queues_take_two_questions_however_many_wait(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        builders.waiting_call(cast.support)
    with django_assert_num_queries(2):
        desk.queue_strip(cast.alice)


# --- the one middle ---


def test_the_ringing_call_stands_in_the_middle_with_its_story(cast: Cast) -> None:
    call = builders.waiting_call(cast.support)
    Call.objects.filter(pk=call.pk).update(menu_version=cast.menu, menu_key="2")
    offer = builders.offer(call, cast.alice)
    shown = desk.middle(cast.alice)
    assert shown["offers"] == [offer]
    assert shown["status"].state is ShownState.RINGING
    assert shown["chosen_key"].queue == cast.support


def test_earlier_calls_of_the_same_number_are_shown_with_who_took_them(cast: Cast) -> None:
    before = builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.bob))
    stranger = builders.waiting_call(cast.sales, "+14155550199")
    builders.handled(builders.offer(stranger, cast.bob))
    builders.handled(builders.offer(builders.waiting_call(cast.other_queue), cast.erin))
    builders.offer(builders.waiting_call(cast.support), cast.alice)
    assert desk.middle(cast.alice)["earlier_calls"] == [before]


@pytest.mark.parametrize("withheld", ["", "anonymous"])
def test_callers_who_withhold_their_number_are_not_taken_for_one_person(
    cast: Cast, withheld: str
) -> None:
    builders.handled(builders.offer(builders.waiting_call(cast.sales, withheld), cast.bob))
    builders.offer(builders.waiting_call(cast.support, withheld), cast.alice)
    assert desk.middle(cast.alice)["earlier_calls"] == []


def test_outcomes_are_those_of_the_queue_and_those_of_all(cast: Cast) -> None:
    for label, queue, active in [
        ("Exchange sent", cast.support, True),
        ("Ordered", cast.sales, True),
        ("Fax sent", cast.support, False),
    ]:
        Disposition.objects.create(
            tenant=cast.tenant, label=label, queue=queue, is_active=active, position=1
        )
    Disposition.objects.create(tenant=cast.other_tenant, label="Theirs")
    builders.wrapping_up(builders.offer(builders.waiting_call(cast.support), cast.alice))
    form = desk.middle(cast.alice)["wrap_up_form"]
    assert [outcome.label for outcome in form.outcomes] == ["Solved", "Exchange sent"]


def test_somebody_elses_call_is_not_in_my_middle(cast: Cast) -> None:
    builders.offer(builders.waiting_call(cast.support), cast.bob)
    assert desk.middle(cast.alice)["offers"] == []


# --- several calls ---


def talks(cast: Cast, number: int = 0, **values: Any) -> Offer:
    """Alice talks in the slot of that number, which is made."""
    cast.alice.slots.get_or_create(number=number)
    call = builders.waiting_call(cast.sales)
    return builders.talking(builders.offer(call, cast.alice, slot=number), **values)


def cards(cast: Cast) -> desk.Cards:
    shown: desk.Cards = desk.middle(cast.alice)["cards"]
    return shown


def test_a_call_rings_beside_the_one_that_is_on_and_its_caller_is_told_of(cast: Cast) -> None:
    on = talks(cast)
    cast.alice.slots.create(number=1)
    rings = builders.offer(builders.waiting_call(cast.support), cast.alice, slot=1)
    shown = cards(cast)
    assert (shown.ringing, shown.front, shown.others) == (rings, on, ())
    assert shown.about == rings
    assert shown.is_heard


def test_of_several_calls_the_one_that_is_heard_is_in_front(cast: Cast) -> None:
    now = timezone.now()
    first, heard = talks(cast, 0, held_at=now), talks(cast, 1)
    third = talks(cast, 2, held_at=now)
    shown = cards(cast)
    assert (shown.front, shown.others) == (heard, (first, third))


def test_a_call_that_is_being_put_through_is_in_front_of_the_one_it_holds(cast: Cast) -> None:
    first = talks(cast)
    cast.alice.slots.create(number=1)
    second = builders.offer(builders.waiting_call(cast.support), cast.alice, slot=1)
    builders.accepted(second)
    shown = cards(cast)
    assert (shown.front, shown.others) == (second, (first,))
    assert not shown.is_heard


def test_a_held_call_is_in_front_only_where_it_is_alone(cast: Cast) -> None:
    now = timezone.now()
    first = talks(cast, 0, held_at=now)
    assert cards(cast).front == first
    second = talks(cast, 1, held_at=now)
    assert (cards(cast).front, cards(cast).others) == (None, (first, second))
    Offer.objects.filter(pk=first.pk).update(hold_asked="resume")
    assert (cards(cast).front, cards(cast).others) == (first, (second,))


def test_a_wrap_up_is_written_beside_a_call_and_a_second_one_after_it(cast: Cast) -> None:
    first, second = talks(cast, 0), talks(cast, 1, held_at=timezone.now())
    builders.wrapping_up(first)
    shown = cards(cast)
    assert (shown.front, shown.wrap_up, shown.others) == (None, first, (second,))
    builders.wrapping_up(second)
    assert (cards(cast).wrap_up, cards(cast).others) == (first, (second,))
    builders.over(first, OfferOutcome.HANDLED)
    assert (cards(cast).wrap_up, cards(cast).others) == (second, ())


def test_the_middle_takes_few_questions_whatever_is_in_it(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.bob))
    # Three of them for her occupancy, which is kept for a while where anything is.
    with django_assert_max_num_queries(8):
        desk.middle(cast.alice)
    builders.wrapping_up(builders.offer(builders.waiting_call(cast.support), cast.alice))
    # Six more: who is calling, whether a call was promised, what the queue asks, the way here,
    # and what else is open for the number.
    with django_assert_max_num_queries(11):
        desk.middle(cast.alice)


# --- my day ---


@pytest.mark.usefixtures("noon")
def test_my_day_counts_what_i_handled_and_what_i_missed_since_midnight(cast: Cast) -> None:
    for _ in range(2):
        builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.alice))
    missed = builders.offer(builders.waiting_call(cast.sales), cast.alice)
    builders.over(missed, OfferOutcome.TIMED_OUT)
    builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.bob))
    yesterday = builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.alice))
    yesterday.offered_at = timezone.now() - timedelta(hours=13)
    yesterday.save()
    day = desk.middle(cast.alice)["day"]
    assert (day.handled, day.missed) == (2, 1)
    assert day.talked == timedelta(seconds=2 * 552)
    assert day.talked_each == timedelta(seconds=552)


@pytest.mark.usefixtures("noon")
def test_hold_is_in_my_day_and_is_no_talk(cast: Cast) -> None:
    held = builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.alice))
    held.held_for = timedelta(seconds=52)
    held.save()
    builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.alice))
    day = desk.middle(cast.alice)["day"]
    assert (day.held, day.talked) == (timedelta(seconds=52), timedelta(seconds=2 * 552 - 52))


def test_my_occupancy_is_mine_alone(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T11:00:00Z", tick=False) as traveller:
        for agent in (cast.alice, cast.bob):
            agent.presence, agent.presence_since = Presence.AVAILABLE, timezone.now()
            agent.save()
        traveller.shift(timedelta(minutes=30))
        call = builders.offer(builders.waiting_call(cast.sales), cast.alice)
        traveller.shift(timedelta(minutes=15))
        builders.handled(call)
        traveller.shift(timedelta(minutes=15))
        assert desk.middle(cast.bob)["work"].occupancy == 0
        mine, now = desk.middle(cast.alice)["work"], timezone.now()
        everybody = agent_figures(Scope(cast.tenant.pk), since=midnight(now), until=now)
    assert mine.signed_in == 3600
    assert mine.occupancy == 0.25
    assert mine == everybody[cast.alice.pk].work


def test_a_day_without_calls_has_no_average(cast: Cast) -> None:
    day = desk.middle(cast.alice)["day"]
    assert (day.handled, day.missed, day.talked, day.held) == (0, 0, timedelta(), timedelta())
    assert day.talked_each is None


# --- my last calls ---


def test_my_last_calls_are_the_newest_first_and_only_mine(cast: Cast) -> None:
    older = builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.alice))
    newer = builders.over(
        builders.offer(builders.waiting_call(cast.sales), cast.alice), OfferOutcome.DECLINED
    )
    builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.bob))
    assert desk.last_calls(cast.alice)["offers"] == [newer, older]


def test_a_call_that_is_still_on_is_not_among_the_last(cast: Cast) -> None:
    builders.talking(builders.offer(builders.waiting_call(cast.sales), cast.alice))
    assert desk.last_calls(cast.alice)["offers"] == []


def test_the_list_is_short_and_takes_one_question(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(desk.LAST_CALLS + 2):
        builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.alice))
    with django_assert_num_queries(1):
        shown = desk.last_calls(cast.alice)["offers"]
    assert len(shown) == desk.LAST_CALLS


# --- times ---


def test_the_talk_time_ends_with_the_conversation_and_not_with_the_wrap_up(cast: Cast) -> None:
    offer = builders.wrapping_up(builders.offer(builders.waiting_call(cast.sales), cast.alice))
    assert offer.conversation_ended_at
    assert offer.connected_at
    assert desk.talk_time(offer) == offer.conversation_ended_at - offer.connected_at


def test_who_never_talked_has_no_talk_time(cast: Cast) -> None:
    assert desk.talk_time(builders.offer(builders.waiting_call(cast.sales), cast.alice)) is None


def test_a_paint_is_as_old_as_the_moment_before_it_was_read(cast: Cast) -> None:
    before = timezone.now()
    for panel in desk.DESK_PANELS.values():
        as_of = panel.context(cast.alice)["as_of"]
        assert before <= as_of <= timezone.now()
