"""Where a caller goes when his queue does not take him."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.overflow import (
    Limits,
    Line,
    Reason,
    Target,
    Way,
    chain,
    is_near,
    way_of,
)

OUTSIDE = "+14155550177"


def to_queue(target: int, *, capacity: int = 100, percent: int = 80, **more: bool) -> Limits:
    return Limits(capacity, percent, 300, Target.QUEUE, target, **more)


def to_sentence(*, capacity: int = 100, percent: int = 80, **more: bool) -> Limits:
    return Limits(capacity, percent, 300, Target.SENTENCE, **more)


def to_number(*, capacity: int = 100, percent: int = 80, **more: bool) -> Limits:
    return Limits(capacity, percent, 300, Target.NUMBER, target_number=OUTSIDE, **more)


def to_nowhere(*, capacity: int = 100) -> Limits:
    return Limits(capacity, 80, 300)


def way(limits: dict[int, Limits], **waiting: int) -> Way:
    """Where somebody goes who comes to queue 1; ``q2=5``: five wait in queue 2."""
    lines = {queue_id: Line(waiting.get(f"q{queue_id}", 0)) for queue_id in limits}
    return way_of(chain(1, limits), limits, lines)


@pytest.mark.parametrize(
    ("capacity", "percent", "most"),
    [(100, 80, 80), (100, 100, 100), (100, 1, 1), (3, 80, 3), (1, 80, 1), (10, 75, 8), (7, 50, 4)],
)
def test_callers_overflow_from_the_percentage_on_and_not_before(
    capacity: int, percent: int, most: int
) -> None:
    limits = {1: to_sentence(capacity=capacity, percent=percent)}
    assert way(limits, q1=most - 1) == Way(1)
    assert way(limits, q1=most) == Way(None, Reason.OVERFLOWED)


def test_the_eighty_first_of_a_hundred_goes_to_the_other_queue() -> None:
    limits = {1: to_queue(2), 2: to_nowhere()}
    assert way(limits, q1=79) == Way(1)
    assert way(limits, q1=80) == Way(2, Reason.OVERFLOWED)


def test_without_a_target_callers_wait_until_the_queue_is_full() -> None:
    assert way({1: to_nowhere()}, q1=99) == Way(1)
    assert way({1: to_nowhere()}, q1=100) == Way(None, Reason.FULL)


def test_a_chain_goes_on_to_the_first_queue_with_room() -> None:
    limits = {1: to_queue(2), 2: to_queue(3), 3: to_nowhere()}
    assert way(limits, q1=80, q2=80) == Way(3, Reason.OVERFLOWED)
    assert way(limits, q1=80, q2=79) == Way(2, Reason.OVERFLOWED)


def test_a_chain_may_end_with_a_sentence() -> None:
    limits = {1: to_queue(2), 2: to_sentence()}
    assert way(limits, q1=80, q2=80) == Way(None, Reason.OVERFLOWED)


def test_a_chain_may_end_with_an_outside_number() -> None:
    limits = {1: to_queue(2), 2: to_number()}
    assert way(limits, q1=80, q2=79) == Way(2, Reason.OVERFLOWED)
    assert way(limits, q1=80, q2=80) == Way(None, Reason.OVERFLOWED, OUTSIDE)
    assert way({1: to_number()}, q1=80) == Way(None, Reason.OVERFLOWED, OUTSIDE)
    assert way({1: to_number()}, q1=79) == Way(1)


def test_a_number_that_is_not_the_target_is_not_rung() -> None:
    limits = {1: Limits(100, 80, 300, Target.SENTENCE, target_number=OUTSIDE)}
    assert way(limits, q1=80) == Way(None, Reason.OVERFLOWED)


def test_two_queues_that_overflow_into_each_other_are_no_circle() -> None:
    limits = {1: to_queue(2), 2: to_queue(1)}
    assert chain(1, limits) == [1, 2]
    assert way(limits, q1=80, q2=10) == Way(2, Reason.OVERFLOWED)


def test_where_no_queue_has_room_to_spare_the_caller_waits_where_he_came() -> None:
    limits = {1: to_queue(2), 2: to_queue(1)}
    assert way(limits, q1=80, q2=80) == Way(1)
    assert way(limits, q1=100, q2=80) == Way(2, Reason.OVERFLOWED)
    assert way(limits, q1=100, q2=100) == Way(None, Reason.FULL)


def test_nobody_is_sent_to_a_queue_that_is_closed() -> None:
    limits = {1: to_queue(2), 2: to_nowhere()}
    lines = {1: Line(80), 2: Line(0, is_open=False)}
    assert way_of([1, 2], limits, lines) == Way(1)
    lines = {1: Line(100), 2: Line(0, is_open=False)}
    assert way_of([1, 2], limits, lines) == Way(None, Reason.FULL)


def test_with_nobody_signed_in_callers_overflow_only_where_the_queue_says_so() -> None:
    lines = {1: Line(0, is_staffed=False), 2: Line(0)}
    limits = {1: to_queue(2, when_nobody=True), 2: to_nowhere()}
    assert way_of([1, 2], limits, lines) == Way(2, Reason.NOBODY_SIGNED_IN)
    limits = {1: to_queue(2), 2: to_nowhere()}
    assert way_of([1, 2], limits, lines) == Way(1)


def test_nobody_comes_again_to_a_queue_he_has_been_in() -> None:
    limits = {1: to_queue(2), 2: to_queue(3), 3: to_nowhere()}
    assert chain(2, limits, visited={1, 2}) == []
    assert chain(2, limits, visited={1}) == [2, 3]
    assert chain(None, limits) == []


QUEUES = st.integers(1, 5)
LIMITS = st.builds(
    Limits,
    capacity=st.integers(1, 6),
    percent=st.integers(1, 100),
    max_wait_seconds=st.just(300),
    target=st.sampled_from(Target),
    target_queue_id=QUEUES,
    when_nobody=st.booleans(),
)
LINES = st.builds(Line, waiting=st.integers(0, 7), is_open=st.booleans(), is_staffed=st.booleans())


@given(
    st.fixed_dictionaries(dict.fromkeys(range(1, 6), LIMITS)),
    st.fixed_dictionaries(dict.fromkeys(range(1, 6), LINES)),
    st.sets(QUEUES, max_size=4),
)
def test_whatever_is_set_up_no_chain_is_a_circle_and_no_queue_is_overfull(
    limits: dict[int, Limits], lines: dict[int, Line], visited: set[int]
) -> None:
    queues = chain(1, limits, visited)
    assert len(queues) == len(set(queues))
    assert visited.isdisjoint(queues)
    if not queues:
        return
    found = way_of(queues, limits, lines)
    if found.queue_id is None:
        assert found.reason is not None
    else:
        assert lines[found.queue_id].waiting < limits[found.queue_id].capacity
        assert lines[found.queue_id].is_open
        assert (found.reason is None) == (found.queue_id == queues[0]) or not lines[1].is_open


@given(LIMITS, st.integers(0, 10), st.integers(0, 5))
def test_who_is_far_from_the_end_would_not_have_been_refused(
    limits: Limits, waiting: int, others: int
) -> None:
    if not is_near(limits, waiting, margin=others):
        assert waiting + others < limits.most <= limits.capacity
