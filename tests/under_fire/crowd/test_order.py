"""The judge of the crowd sees what it is there to see, and accuses nobody else."""

from datetime import UTC, datetime, timedelta

from tests.under_fire.crowd.order import Caller, Offered, passed_over, rung_twice

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ANNA, BERT = 1, 2
SALES, SUPPORT = 10, 20


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def caller(call: int, placed: float, *, queue: int = SALES, priority: int = 5) -> Caller:
    """Somebody who has waited since `placed` and waits for ever."""
    return Caller(call, queue, priority, at(placed), [(at(placed), None)])


def offer(
    call: int, agent: int, moment: float, *, pk: int = 1, over: float | None = None
) -> Offered:
    """An offer planned at `moment` and committed a tenth of a second later."""
    ended = None if over is None else at(over)
    return Offered(pk, call, agent, at(moment), at(moment + 0.1), ended)


def served(caller: Caller, when: float) -> Caller:
    """The same caller, who was offered at that moment."""
    caller.free = [(caller.placed_at, at(when + 0.1))]
    return caller


SERVES = {ANNA: {SALES, SUPPORT}, BERT: {SUPPORT}}


def test_who_is_a_second_older_and_still_waits_was_passed_over() -> None:
    callers = [caller(1, 0), served(caller(2, 1), 5)]
    [sentence] = passed_over([offer(2, ANNA, 5)], callers, SERVES)
    assert sentence == "offer 1 of call 2 to agent 1 passed call 1, who was 1.000 s older"


def test_another_queue_of_the_same_agent_counts_as_the_same_line() -> None:
    callers = [caller(1, 0, queue=SUPPORT), served(caller(2, 1), 5)]
    assert passed_over([offer(2, ANNA, 5)], callers, SERVES)


def test_nobody_is_passed_by_an_agent_who_does_not_serve_him() -> None:
    callers = [caller(1, 0), served(caller(2, 1, queue=SUPPORT), 5)]
    assert not passed_over([offer(2, BERT, 5)], callers, SERVES)


def test_a_fifth_of_a_second_is_no_age() -> None:
    callers = [caller(1, 0.8), served(caller(2, 1), 5)]
    assert not passed_over([offer(2, ANNA, 5)], callers, SERVES)


def test_another_rank_is_another_line() -> None:
    callers = [caller(1, 0, priority=4), served(caller(2, 1), 5)]
    assert not passed_over([offer(2, ANNA, 5)], callers, SERVES)


def test_who_was_offered_in_the_same_breath_was_not_passed() -> None:
    callers = [served(caller(1, 0), 5), served(caller(2, 1), 5)]
    assert not passed_over([offer(2, ANNA, 5)], callers, SERVES)


def test_who_was_committed_too_late_to_be_seen_was_not_passed() -> None:
    late = Caller(1, SALES, 5, at(0), [(at(5.01), None)])
    assert not passed_over([offer(2, ANNA, 5)], [late, served(caller(2, 1), 5)], SERVES)


def test_who_declined_him_may_be_offered_the_next() -> None:
    first = caller(1, 0)
    first.refused_by.add(ANNA)
    assert not passed_over([offer(2, ANNA, 5)], [first, served(caller(2, 1), 5)], SERVES)


def test_two_desks_that_ring_for_one_caller_are_seen() -> None:
    both = [offer(1, ANNA, 1, over=9), offer(1, BERT, 2, pk=2, over=3)]
    assert rung_twice(both) == ["call 1 had offers 1 and 2 at the same moment"]


def test_one_agent_with_two_calls_is_seen() -> None:
    both = [offer(1, ANNA, 1), offer(2, ANNA, 2, pk=2, over=3)]
    assert rung_twice(both) == ["agent 1 had offers 1 and 2 at the same moment"]


def test_one_after_the_other_is_as_it_should_be() -> None:
    assert not rung_twice([offer(1, ANNA, 1, over=1.9), offer(1, ANNA, 2, pk=2, over=3)])
