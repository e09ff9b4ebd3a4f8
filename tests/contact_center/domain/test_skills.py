"""What a call needs, and how it relaxes."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.skills import (
    Asker,
    Lack,
    RelaxingStep,
    all_needs,
    asked_by,
    asked_too,
    best_of_categories,
    lacking,
    next_relaxing,
    relaxed,
)
from tests.contact_center.domain.floors import BILLING, ROUTERS, SPANISH, seconds

AFTER_30 = RelaxingStep(after=seconds(30), skill=SPANISH, level=3)
AFTER_60 = RelaxingStep(after=seconds(60))

levels = st.dictionaries(st.integers(1, 4), st.integers(1, 5), max_size=3)
waits = st.integers(0, 100).map(seconds)
steps = st.lists(
    st.builds(
        RelaxingStep,
        after=waits,
        level=st.integers(0, 5),
        skill=st.none() | st.integers(1, 4),
    ),
    max_size=4,
)


def test_queue_number_branch_and_caller_add_their_needs_and_the_higher_level_holds() -> None:
    queue, number, caller = {SPANISH: 2}, {ROUTERS: 1}, {SPANISH: 4}
    assert all_needs(queue, number, {}, caller) == {SPANISH: 4, ROUTERS: 1}


def test_who_has_any_skill_of_a_category_has_what_stands_for_it_as_well_as_the_best() -> None:
    standing_for = {SPANISH: 9, BILLING: 9}
    assert best_of_categories({SPANISH: 2, BILLING: 4, ROUTERS: 5}, standing_for) == {9: 4}
    assert best_of_categories({ROUTERS: 5}, standing_for) == {}
    assert best_of_categories({SPANISH: 2}, {}) == {}


@given(levels, st.dictionaries(st.integers(1, 4), st.integers(8, 9)), st.integers(1, 5))
def test_any_of_a_category_is_had_exactly_by_who_has_one_of_it_so_well(
    has: dict[int, int], standing_for: dict[int, int], needed: int
) -> None:
    best = best_of_categories(has, standing_for)
    for whole in (8, 9):
        able = any(level >= needed for one, level in has.items() if standing_for.get(one) == whole)
        assert (lacking({whole: needed}, best) is None) == able


def test_after_thirty_seconds_level_three_is_enough_and_after_sixty_any() -> None:
    needs, by_steps = {SPANISH: 4, ROUTERS: 2}, [AFTER_60, AFTER_30]
    for waited, left in (
        (29.9, {SPANISH: 4, ROUTERS: 2}),
        (30, {SPANISH: 3, ROUTERS: 2}),
        (59.9, {SPANISH: 3, ROUTERS: 2}),
        (60, {}),
    ):
        assert relaxed(needs, by_steps, seconds(waited)) == left


def test_a_step_never_asks_for_more_nor_for_what_was_not_asked() -> None:
    step = RelaxingStep(after=seconds(10), level=3)
    assert relaxed({SPANISH: 2, ROUTERS: 5}, [step], seconds(10)) == {SPANISH: 2, ROUTERS: 3}
    assert relaxed({ROUTERS: 5}, [AFTER_30], seconds(30)) == {ROUTERS: 5}


def test_a_step_that_drops_one_skill_leaves_the_others() -> None:
    drop = RelaxingStep(after=seconds(10), skill=ROUTERS)
    assert relaxed({SPANISH: 2, ROUTERS: 5}, [drop], seconds(10)) == {SPANISH: 2}


def test_the_next_relaxing_is_told_and_steps_that_change_nothing_are_passed() -> None:
    idle = RelaxingStep(after=seconds(40), skill=SPANISH, level=4)
    by_steps = [AFTER_30, idle, AFTER_60]
    assert next_relaxing({SPANISH: 4}, by_steps, seconds(0)) == seconds(30)
    assert next_relaxing({SPANISH: 4}, by_steps, seconds(30)) == seconds(60)
    assert next_relaxing({SPANISH: 4}, by_steps, seconds(60)) is None
    assert next_relaxing({ROUTERS: 1}, by_steps, seconds(0)) == seconds(60)
    assert next_relaxing({}, by_steps, seconds(0)) is None


def test_the_first_skill_that_is_missing_is_named_with_what_there_is() -> None:
    assert lacking({SPANISH: 3, ROUTERS: 1}, {SPANISH: 2}) == Lack(skill=SPANISH, needed=3, has=2)
    assert lacking({SPANISH: 2, ROUTERS: 1}, {SPANISH: 2}) == Lack(skill=ROUTERS, needed=1, has=0)
    assert lacking({SPANISH: 2}, {SPANISH: 2, BILLING: 1}) is None
    assert lacking({}, {}) is None


@given(levels, steps, waits, waits, levels)
def test_whoever_is_able_is_able_ever_after(
    needs: dict[int, int],
    by_steps: list[RelaxingStep],
    waited: timedelta,
    longer: timedelta,
    has: dict[int, int],
) -> None:
    if lacking(relaxed(needs, by_steps, waited), has) is None:
        assert lacking(relaxed(needs, by_steps, waited + longer), has) is None


@given(levels, steps, waits)
def test_nothing_relaxes_before_the_moment_that_is_told_and_something_then(
    needs: dict[int, int], by_steps: list[RelaxingStep], waited: timedelta
) -> None:
    now = relaxed(needs, by_steps, waited)
    after = next_relaxing(needs, by_steps, waited)
    if after is None:
        assert relaxed(needs, by_steps, timedelta(days=1)) == now
    else:
        assert relaxed(needs, by_steps, after - timedelta(microseconds=1)) == now
        assert relaxed(needs, by_steps, after) != now


@given(st.lists(st.tuples(st.sampled_from(Asker), levels), max_size=5))
def test_a_call_keeps_what_each_asked_for_last_whatever_came_between(
    asked: list[tuple[Asker, dict[int, int]]],
) -> None:
    kept: dict[str, dict[str, int]] = {}
    for asker, some in asked:
        kept = asked_too(kept, asker, some)
    # It goes to the database and comes back.
    found = asked_by(json.loads(json.dumps(kept)), known=range(1, 5))
    assert found == {asker: some for asker, some in dict(asked).items() if some}


@given(levels, levels, st.sets(st.integers(1, 4)))
def test_nobody_asks_for_a_skill_that_was_removed(
    by_number: dict[int, int], by_caller: dict[int, int], known: set[int]
) -> None:
    kept = asked_too(asked_too({}, Asker.NUMBER, by_number), Asker.CALLER, by_caller)
    needs = all_needs(*asked_by(kept, known).values())
    assert needs.keys() == (by_number.keys() | by_caller.keys()) & known
    for skill, level in needs.items():
        assert level == max(by_number.get(skill, 0), by_caller.get(skill, 0))
