"""The line: who is next, in a queue and across queues, and how long at most anybody waits."""

import heapq
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.eligibility import QueueRules
from contact_center.domain.line import (
    By,
    Kind,
    Order,
    Term,
    WaitingCall,
    aged_order,
    line_order,
    longest_wait,
    stand_in_line,
    terms,
)
from contact_center.domain.routing import in_line, plan_offers
from tests.contact_center.domain.floors import FLOORS, NOON, Floor, call, free, seconds

FIVE_MINUTES = timedelta(minutes=5)
ORDERS, LEADS = 1, 2


def numbers(line: list[WaitingCall]) -> list[int]:
    """Who stands in line, next first."""
    return [one.segment_id for one in line]


def in_turn(*waiting: WaitingCall, ageing: timedelta | None = None, lifo: int = 0) -> list[int]:
    """Who stands in line, next first; perhaps with one lifo queue."""
    rules = {lifo: QueueRules(order=Order.LIFO)}
    return numbers(in_line(waiting, rules, ageing=ageing))


# --- priority -------------------------------------------------------------------------------------


def test_an_absolute_priority_goes_before_any_wait() -> None:
    ben, ana = call(1, priority=5, waited=1200), call(2, priority=7, waited=10)
    assert in_turn(ben, ana) == [2, 1]
    assert in_turn(ben, ana, ageing=timedelta(0)) == [2, 1]


def test_a_priority_that_is_worth_a_wait_is_a_head_start_of_so_much() -> None:
    ana = call(2, priority=7, waited=10)
    two_steps = 2 * 300 + 10
    for waited, first in ((1200, 1), (two_steps + 1, 1), (two_steps - 1, 2)):
        ben = call(1, priority=5, waited=waited)
        assert in_turn(ben, ana, ageing=FIVE_MINUTES)[0] == first


def test_of_equal_weight_the_longer_wait_goes_first() -> None:
    older, newer = call(9, priority=4, waited=310), call(1, priority=5, waited=10)
    assert aged_order(older, ageing=FIVE_MINUTES)[1] == aged_order(newer, ageing=FIVE_MINUTES)[1]
    assert in_turn(newer, older, ageing=FIVE_MINUTES) == [9, 1]


@given(FLOORS, st.integers(1, 9), st.integers(0, 600))
def test_two_who_wait_never_change_places(floor: Floor, tens: int, later: int) -> None:
    """The order by weight at any later moment is that of the keys, which know no moment."""
    ageing = seconds(10 * tens)
    waiting = [replace(one, at_head=False) for one in floor.waiting]
    now = NOON + seconds(later)

    def lightness(one: WaitingCall) -> tuple[timedelta, datetime, int]:
        weight = (now - one.placed_at) + one.standing * ageing
        return (-weight, one.placed_at, one.segment_id)

    line = stand_in_line(waiting, key=partial(aged_order, ageing=ageing))
    assert line == sorted(waiting, key=lightness)


def test_who_was_returned_stands_at_the_head_of_his_priority_or_of_the_whole_line() -> None:
    returned = call(1, priority=5, waited=1, at_head=True)
    older, urgent = call(2, priority=5, waited=600), call(3, priority=6, waited=1)
    assert in_turn(returned, older, urgent) == [3, 1, 2]
    assert in_turn(returned, older, urgent, ageing=FIVE_MINUTES)[0] == 1


def test_a_caller_who_kept_his_place_stands_where_he_stood() -> None:
    stayed, came_back = call(1, waited=100), call(7, waited=101)
    assert in_turn(stayed, came_back) == [7, 1]


# --- kinds ----------------------------------------------------------------------------------------


def test_callbacks_stand_in_the_line_of_live_callers_and_voicemails_three_steps_below() -> None:
    live = call(1, waited=20)
    callback = call(2, waited=30, kind=Kind.CALLBACK)
    voicemail = call(3, waited=900, kind=Kind.VOICEMAIL)
    lower = call(4, waited=5, priority=1)
    assert in_turn(live, callback, voicemail, lower) == [2, 1, 3, 4]


def test_with_ageing_a_voicemail_does_not_wait_for_ever() -> None:
    voicemail = call(1, waited=901, kind=Kind.VOICEMAIL)
    assert in_turn(voicemail, call(2, waited=0), ageing=FIVE_MINUTES) == [1, 2]
    assert in_turn(voicemail, call(2, waited=2), ageing=FIVE_MINUTES) == [2, 1]


# --- fifo and lifo --------------------------------------------------------------------------------


def test_in_a_lifo_queue_the_newest_is_next() -> None:
    waiting = [call(1, waited=30), call(2, waited=5), call(3, waited=10)]
    assert in_turn(*waiting, lifo=waiting[0].queue_id) == [2, 3, 1]


def test_in_a_lifo_queue_priority_and_the_head_of_the_line_still_go_first() -> None:
    waiting = [
        call(1, waited=5),
        call(2, waited=60, priority=6),
        call(3, waited=90, at_head=True),
    ]
    for ageing in (None, FIVE_MINUTES):
        assert in_turn(*waiting, lifo=waiting[0].queue_id, ageing=ageing) == [2, 3, 1]


def test_each_queue_sends_who_is_next_in_it_and_of_these_the_one_goes_who_came_first() -> None:
    a, b = call(1, queue=ORDERS, waited=600), call(2, queue=ORDERS, waited=240)
    x, y = call(3, queue=LEADS, waited=540), call(4, queue=LEADS, waited=360)
    assert in_turn(a, b, x, y, lifo=LEADS) == [1, 4, 3, 2]


def merged(floor: Floor) -> list[WaitingCall]:
    """The queues merged by hand: again and again the best of those who are next."""
    key: Any = partial(aged_order, ageing=floor.ageing) if floor.ageing else line_order
    queues: dict[int, list[WaitingCall]] = {}
    for one in floor.waiting:
        queues.setdefault(one.queue_id, []).append(one)
    for queue_id, own in queues.items():
        if floor.rules.get(queue_id, QueueRules()).order is Order.LIFO:
            own.sort(
                key=lambda one: (one.standing, one.at_head, one.placed_at, one.segment_id),
                reverse=True,
            )
        else:
            own.sort(key=key)
    line = []
    while any(queues.values()):
        best = min((own for own in queues.values() if own), key=lambda own: key(own[0]))
        line.append(best.pop(0))
    return line


@given(FLOORS)
def test_the_one_line_is_what_merging_the_queues_comes_to(floor: Floor) -> None:
    assert in_line(floor.waiting, floor.rules, ageing=floor.ageing) == merged(floor)


@given(FLOORS)
def test_nobody_of_a_fifo_queue_is_overtaken_by_somebody_of_a_lifo_queue_who_came_later(
    floor: Floor,
) -> None:
    ageing = floor.ageing or seconds(30)
    key = partial(aged_order, ageing=ageing)
    line = in_line(floor.waiting, floor.rules, ageing=ageing)
    for place, one in enumerate(line):
        if floor.rules_of(one).order is Order.FIFO:
            assert all(key(before) < key(one) for before in line[:place])


# --- as a table's order ---------------------------------------------------------------------------


def by_terms(by: tuple[By, ...], ageing: timedelta, waiting: list[WaitingCall]) -> list[int]:
    """The order that a database would give: one stable sort for each term, the last one first."""
    values = {
        Term.STANDING: lambda one: one.standing,
        Term.AT_HEAD: lambda one: one.at_head,
        Term.PLACED_AT: lambda one: one.placed_at,
        Term.AS_IF_PLACED_AT: lambda one: one.placed_at - one.standing * ageing,
        Term.SEGMENT: lambda one: one.segment_id,
    }
    rows = list(waiting)
    for one in reversed(by):
        rows.sort(key=values[one.term], reverse=one.downwards)
    return numbers(rows)


@given(FLOORS, st.sampled_from(Order))
def test_whoever_reads_the_head_of_a_queue_by_its_terms_reads_the_same_callers(
    floor: Floor, order: Order
) -> None:
    rules = {queue: QueueRules(order=order) for queue in range(1, 4)}
    for queue in rules:
        own = [one for one in floor.waiting if one.queue_id == queue]
        by = terms(order, ageing=floor.ageing)
        expected = numbers(in_line(own, rules, ageing=floor.ageing))
        assert by_terms(by, floor.ageing or timedelta(0), own) == expected


# --- the bound ------------------------------------------------------------------------------------

HANDLING = 60
LOW, HIGH = 1, 10


def served_at(
    arrivals: list[WaitingCall], *, agents: int, ageing: timedelta | None
) -> dict[int, float]:
    """How long each caller waited, in seconds: the real planner, at every arrival and every end."""
    to_come = sorted(arrivals, key=lambda one: one.placed_at, reverse=True)
    waiting: dict[int, WaitingCall] = {}
    idle = dict.fromkeys(range(1, agents + 1), NOON)
    busy: list[tuple[datetime, int]] = []
    waits: dict[int, float] = {}
    while to_come or waiting:
        moments = [one.placed_at for one in to_come[-1:]] + [until for until, _ in busy[:1]]
        now = min(moments)
        while to_come and to_come[-1].placed_at <= now:
            one = to_come.pop()
            waiting[one.segment_id] = one
        while busy and busy[0][0] <= now:
            until, agent = heapq.heappop(busy)
            idle[agent] = until
        candidates = [replace(free(agent), idle_since=since) for agent, since in idle.items()]
        for plan in plan_offers(waiting.values(), candidates, {}, now, ageing=ageing):
            served, agent = plan.call.segment_id, plan.candidate.agent_id
            waits[served] = (now - waiting.pop(served).placed_at).total_seconds()
            del idle[agent]
            heapq.heappush(busy, (now + seconds(HANDLING), agent))
    return waits


def a_bad_morning(*, agents: int, load: float, burst: int) -> list[WaitingCall]:
    """Calls at once, then at a rate: all of high priority, but for one of the lowest at noon."""
    rate = load * agents / HANDLING
    at = [0.0] * burst + [number / rate for number in range(1, 400)]
    high = [
        call(number, priority=HIGH, waited=-moment) for number, moment in enumerate(at, start=2)
    ]
    return [call(1, priority=LOW, waited=0), *high]


def test_with_ageing_and_load_below_capacity_nobody_waits_longer_than_the_bound() -> None:
    for agents, load, burst, ageing in ((1, 0.95, 10, 60), (3, 0.9, 6, 30), (2, 0.98, 1, 120)):
        bound = longest_wait(
            ageing=seconds(ageing),
            steps=HIGH - LOW,
            load=load,
            burst=burst + 1,  # he himself is one of those who come at once
            agents=agents,
            handling=seconds(HANDLING),
        ).total_seconds()
        morning = a_bad_morning(agents=agents, load=load, burst=burst)
        waits = served_at(morning, agents=agents, ageing=seconds(ageing))
        assert len(waits) == len(morning)
        assert waits[1] <= bound
        assert max(waits.values()) <= bound


def test_without_ageing_the_same_morning_exceeds_it() -> None:
    bound = longest_wait(
        ageing=seconds(60),
        steps=HIGH - LOW,
        load=0.95,
        burst=11,
        agents=1,
        handling=seconds(HANDLING),
    ).total_seconds()
    waits = served_at(a_bad_morning(agents=1, load=0.95, burst=10), agents=1, ageing=None)
    assert waits[1] > 5 * bound


def test_the_bound_is_nearly_met_so_it_is_not_merely_large() -> None:
    ageing, load, burst, agents = 600, 0.98, 1, 1
    bound = longest_wait(
        ageing=seconds(ageing),
        steps=HIGH - LOW,
        load=load,
        burst=burst + 1,
        agents=agents,
        handling=seconds(HANDLING),
    ).total_seconds()
    morning = a_bad_morning(agents=agents, load=load, burst=burst + 2)
    assert served_at(morning, agents=agents, ageing=seconds(ageing))[1] > bound / 2


def test_the_bound_grows_with_the_steps_and_there_is_none_when_agents_cannot_keep_up() -> None:
    def bound(steps: int, load: float = 0.9) -> timedelta:
        return longest_wait(
            ageing=FIVE_MINUTES, steps=steps, load=load, burst=4, agents=2, handling=FIVE_MINUTES
        )

    assert bound(4) == timedelta(minutes=33)
    assert {later - sooner for sooner, later in pairwise(map(bound, range(10)))} == {
        0.9 * FIVE_MINUTES
    }
    with pytest.raises(ValueError, match="no wait is bounded at a load of 1"):
        bound(1, load=1)
