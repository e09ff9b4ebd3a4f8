"""Whose turn it is to be looked at: everybody has one, however many there are."""

from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.healing import in_turn, next_after

IDS = st.sets(st.integers(min_value=1, max_value=1000), min_size=1, max_size=60)


def test_the_turn_goes_on_where_it_stopped_and_begins_again_at_the_end() -> None:
    assert in_turn([5, 1, 3], after=0, most=2) == [1, 3]
    assert in_turn([5, 1, 3], after=3, most=2) == [5, 1]
    assert in_turn([], after=3, most=2) == []


def test_who_is_urgent_comes_first_and_does_not_move_the_turn() -> None:
    chosen = in_turn([1, 2, 3, 4], after=1, most=2, first={4})
    assert chosen == [4, 2]
    assert next_after(chosen, 2, after=1, first={4}) == 2
    assert next_after(chosen, 1, after=1, first={4}) == 1


@given(IDS, st.integers(min_value=1, max_value=20), st.integers(min_value=0, max_value=1001))
def test_everybody_has_a_turn_within_as_many_rounds_as_it_takes(
    subjects: set[int], most: int, after: int
) -> None:
    seen: list[int] = []
    for _round in range(-(-len(subjects) // most)):
        chosen = in_turn(subjects, after=after, most=most)
        assert len(chosen) <= most
        assert len(set(chosen)) == len(chosen)
        after = next_after(chosen, len(chosen), after=after)
        seen += chosen
    assert set(seen) == subjects


@given(IDS, IDS, st.integers(min_value=1, max_value=20))
def test_who_comes_and_goes_meanwhile_takes_no_turn_from_those_who_stay(
    stay: set[int], come: set[int], most: int
) -> None:
    """Newcomers have higher ids than everybody before, as rows of a table do."""
    after, seen = 0, set[int]()
    newcomers = sorted(one + 1000 for one in come)
    rounds = -(-len(stay) // most)
    for round_ in range(rounds):
        present = stay | set(newcomers[: round_ * most])
        chosen = in_turn(present, after=after, most=most)
        after = next_after(chosen, len(chosen), after=after)
        seen |= set(chosen)
    assert stay <= seen


@given(IDS, st.integers(min_value=1, max_value=20), st.integers(min_value=0, max_value=20))
def test_a_round_that_stopped_early_goes_on_with_the_one_it_did_not_reach(
    subjects: set[int], most: int, had: int
) -> None:
    chosen = in_turn(subjects, after=0, most=most)
    had = min(had, len(chosen))
    after = next_after(chosen, had, after=0)
    following = in_turn(subjects, after=after, most=len(subjects))
    if had < len(chosen):
        assert following[0] == chosen[had]
