"""The estimate of a wait: formulas worked out by hand, honesty, and queues as theory has them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_center.domain.waits import (
    ASKED_AFTER,
    BETTER_BY,
    LEAST_COMPARED,
    LONGEST_SAID,
    PREDICTORS,
    Ending,
    Estimate,
    Kind,
    Known,
    Line,
    Measured,
    Predictor,
    Stay,
    choose,
    estimate,
    head_of_line,
    in_steps,
    last_answered,
    measure,
    queue_length,
    replay,
    rounded_up,
)
from tests.contact_center.domain.queues_of_the_past import queue_of_the_past

#: Three are ahead and a fourth came later; the line moves every half minute.
FOURTH = Known(ahead=3, others=4, head_wait=100, last_wait=120, gap=30)
GOOD = Measured(
    compared=200,
    mean_error=40,
    relative_error=0.3,
    median_ratio=1.0,
    low_ratio=0.8,
    high_ratio=1.25,
    late_share=0.1,
)

seconds = st.floats(min_value=0, max_value=20_000)


# --- the predictors -------------------------------------------------------------------------------


def test_where_nobody_gives_up_the_line_is_as_long_as_its_answers() -> None:
    assert queue_length(FOURTH) == pytest.approx(4 * 30)


def test_who_gives_up_shortens_the_wait_of_those_behind() -> None:
    """1 / (1/30) + 1 / (1/30 + 1/300) + 1 / (1/30 + 2/300): 30 + 27.27 + 25."""
    third = replace(FOURTH, ahead=2, leaving=1 / 300)
    assert queue_length(third) == pytest.approx(30 + 300 / 11 + 25)


def test_who_has_just_entered_is_told_what_the_first_in_line_has_waited() -> None:
    assert head_of_line(replace(FOURTH, ahead=4)) == pytest.approx(100)
    assert last_answered(replace(FOURTH, ahead=4)) == pytest.approx(120)


def test_who_has_moved_up_waits_for_the_part_of_the_line_still_ahead() -> None:
    assert head_of_line(FOURTH) == pytest.approx(100 * 4 / 5)
    assert last_answered(FOURTH) == pytest.approx(120 * 4 / 5)


@given(
    st.integers(0, 300), st.integers(0, 300), seconds, seconds, seconds, st.floats(0, 1),
)  # fmt: skip
def test_a_prediction_is_never_below_nothing_and_never_less_from_further_behind(
    ahead: int, behind: int, head: float, last: float, gap: float, leaving: float
) -> None:
    known = Known(ahead, ahead + behind + 1, head, last, gap, leaving)
    for predict in PREDICTORS.values():
        assert 0 <= predict(known) <= predict(replace(known, ahead=ahead + 1)) + 1e-6


# --- a line ---------------------------------------------------------------------------------------


def test_a_line_of_which_too_little_was_seen_says_nothing() -> None:
    line = Line()
    for key in range(4):
        line.enters(key, key * 10.0)
        line.leaves(key, key * 10 + 5.0, Stay(key * 10, key * 10 + 5, Ending.ANSWERED))
    assert line.known(60) is None
    line.enters(4, 60)
    line.leaves(4, 65, Stay(60, 65, Ending.ANSWERED))
    assert line.known(70) == Known(0, 0, 0.0, 5.0, 5.0, 0.0)


def test_the_pace_is_of_the_time_in_which_somebody_waited() -> None:
    """Ten callers at once, one answered every 20 seconds; then an hour in which nobody calls."""
    line = Line()
    stays = [Stay(0, 20.0 * (key + 1), Ending.ANSWERED) for key in range(10)]
    for key in range(10):
        line.enters(key, 0)
    for key, stay in enumerate(stays):
        line.leaves(key, stay.left, stay)
    line.enters(10, 3800)
    assert line.gap(3800) == pytest.approx(20)
    known = line.known(3805, key=10, entered=3800)
    assert known is not None
    assert (known.ahead, known.others, known.last_wait, known.head_wait) == (0, 0, 200, 5)


def test_a_pause_longer_than_usual_slows_the_pace_before_it_is_over() -> None:
    line = Line()
    for key in range(12):
        line.enters(key, 0)
    for key in range(10):
        line.leaves(key, 20.0 * (key + 1), Stay(0, 20.0 * (key + 1), Ending.ANSWERED))
    assert line.gap(215) == pytest.approx(20)
    assert line.gap(200 + 350) == pytest.approx((9 * 20 + 350) / 10)


def test_who_came_back_stands_in_the_way_and_is_no_example() -> None:
    line = Line()
    for key in range(6):
        line.enters(key, 100.0 * key)
        line.leaves(key, 100.0 * key + 50, Stay(100 * key, 100 * key + 50, Ending.ANSWERED))
    line.enters(6, 600)
    line.enters(7, 610, at_head=True)
    behind = line.known(620, key=6, entered=600)
    assert behind is not None
    assert (behind.ahead, behind.others) == (1, 1)
    line.leaves(7, 630, Stay(610, 630, Ending.ANSWERED, at_head=True))
    assert line.last_wait == 50


# --- the back-test --------------------------------------------------------------------------------


@st.composite
def pasts(draw: st.DrawFn) -> list[Stay]:
    """Some stays, many of them at the same moments; or a busy queue, in which promises are made."""
    if draw(st.booleans()):
        return queue_of_the_past(draw(st.integers(0, 99)), agents=5, load=1.5, calls=120)
    count = draw(st.integers(1, 60))
    stays = []
    for _each in range(count):
        entered = draw(st.integers(0, 300))
        length = draw(st.one_of(st.just(0), st.integers(0, 200)))
        how = draw(st.sampled_from([Ending.ANSWERED, Ending.ANSWERED, *Ending]))
        stays.append(Stay(entered, entered + length, how, draw(st.integers(0, 9)) == 0))
    return stays


@settings(max_examples=100, deadline=None)
@given(pasts(), st.integers(0, 3000), st.integers(1, 500), st.sampled_from(Ending))
def test_the_back_test_never_looks_ahead(
    stays: list[Stay], moment: int, later: int, how: Ending
) -> None:
    """Whatever comes after a moment, what was said up to it stays the same."""
    otherwise = [
        replace(stay, left=stay.left + later, how=how) if stay.left > moment else stay
        for stay in stays
        if stay.entered <= moment
    ]

    def said(asked_of: list[Stay]) -> list[object]:
        return [
            (each.at, each.stay.entered, each.predicted, each.promised)
            for each in replay(asked_of)
            if each.at <= moment and each.stay.left > moment
        ]

    assert said(stays) == said(otherwise)


def test_the_busy_queue_above_is_one_in_which_promises_are_made() -> None:
    asked = replay(queue_of_the_past(1, agents=5, load=1.5, calls=120))
    assert sum(each.promised[Predictor.QUEUE_LENGTH] is not None for each in asked) > 20


@settings(max_examples=50, deadline=None)
@given(pasts())
def test_only_who_still_waits_is_asked_and_nobody_of_nothing(stays: list[Stay]) -> None:
    for each in replay(stays):
        assert each.at == each.stay.entered + ASKED_AFTER
        assert each.waited > 0
        assert not each.stay.at_head
        answers = [s for s in stays if s.how is Ending.ANSWERED and s.left <= each.at]
        assert len(answers) >= 5


def test_a_line_that_moves_like_a_clock_is_predicted_like_one() -> None:
    """A caller every 20 seconds, each answered after two minutes exactly."""
    stays = [Stay(20.0 * n, 20.0 * n + 120, Ending.ANSWERED) for n in range(200)]
    measured = measure(stays)
    for its in measured.values():
        assert its.mean_error < 20
        assert its.late_share is not None
        assert its.late_share < 0.05


def test_of_no_past_nothing_is_measured() -> None:
    assert measure([]) == {}
    assert measure([Stay(0, 100, Ending.ABANDONED)] * 40) == {}


def test_who_gave_up_after_the_promised_time_was_promised_too_little() -> None:
    """Others wait a minute; then twenty callers wait for an hour and hang up."""
    calm = [Stay(20.0 * n, 20.0 * n + 60, Ending.ANSWERED) for n in range(100)]
    kept = measure(calm)[Predictor.HEAD_OF_LINE].late_share
    end = calm[-1].left
    given_up = [Stay(end + n, end + n + 3600, Ending.ABANDONED) for n in range(20)]
    broken = measure([*calm, *given_up])[Predictor.HEAD_OF_LINE].late_share
    assert kept == 0
    assert broken == pytest.approx(20 / (20 + len(compared(calm))), abs=0.01)


def compared(stays: list[Stay]) -> list[object]:
    """Who would have been told something, and learnt whether it was true."""
    asked = [each for each in replay(stays) if each.promised[Predictor.HEAD_OF_LINE] is not None]
    return [each for each in asked if each.stay.how is Ending.ANSWERED]


# --- queues as theory has them --------------------------------------------------------------------

QUEUES = {
    "ten agents, too many calls": {"agents": 10, "load": 1.2},
    "ten agents, nearly too many": {"agents": 10, "load": 0.95},
    "three agents": {"agents": 3, "load": 1.1},
    "thirty agents, patient callers": {"agents": 30, "load": 1.1, "patience_seconds": 600},
    "far too many calls, very patient": {"agents": 10, "load": 1.6, "patience_seconds": 900},
}


@pytest.mark.parametrize("name", QUEUES)
def test_every_predictor_is_of_use_and_the_chosen_one_hardly_worse_than_the_best(
    name: str,
) -> None:
    past = queue_of_the_past(1, calls=1500, **QUEUES[name])  # type: ignore[arg-type]
    half = len(past) // 2
    measured = measure(past[:half])
    for its in measured.values():
        assert its.is_believed
        assert its.late_share is not None
        # One in five was to wait longer before the rounding up, which is in the callers' favour.
        assert its.late_share <= 0.25
    chosen = choose(measured)
    assert chosen is not None
    # Chosen on one half, judged on the other, which it has not seen.
    after = measure(past[half:])
    best = min(its.mean_error for its in after.values())
    assert after[chosen].mean_error <= best * 1.15


def test_in_a_queue_that_forgets_nothing_its_length_says_the_most() -> None:
    """What Ibrahim and Whitt find: QLm before HOL before LES."""
    measured = measure(queue_of_the_past(2, agents=10, load=1.2, calls=3000))
    errors = [
        measured[each].mean_error
        for each in (Predictor.QUEUE_LENGTH, Predictor.HEAD_OF_LINE, Predictor.LAST_ANSWERED)
    ]
    assert errors == sorted(errors)


# --- choosing -------------------------------------------------------------------------------------


def errors(**mean: float) -> dict[Predictor, Measured]:
    """Predictors that are off by so many seconds."""
    return {Predictor(name): replace(GOOD, mean_error=error) for name, error in mean.items()}


def test_the_smallest_error_is_chosen() -> None:
    measured = errors(queue_length=50, head_of_line=40, last_answered=60)
    assert choose(measured) is Predictor.HEAD_OF_LINE


def test_the_present_one_stays_until_another_is_clearly_better() -> None:
    measured = errors(queue_length=50, head_of_line=46, last_answered=60)
    assert choose(measured, Predictor.QUEUE_LENGTH) is Predictor.QUEUE_LENGTH
    measured = errors(queue_length=50, head_of_line=44, last_answered=60)
    assert choose(measured, Predictor.QUEUE_LENGTH) is Predictor.HEAD_OF_LINE


@given(
    st.floats(min_value=1, max_value=500), st.floats(min_value=1, max_value=500),
)  # fmt: skip
def test_a_choice_made_twice_on_the_same_past_is_made_for_good(one: float, two: float) -> None:
    measured = errors(queue_length=one, head_of_line=two)
    for present in (None, *PREDICTORS):
        chosen = choose(measured, present)
        assert chosen is not None
        assert choose(measured, chosen) is chosen
        best = min(one, two)
        assert measured[chosen].mean_error * (1 - BETTER_BY) <= best


def test_on_too_few_calls_none_is_chosen() -> None:
    thin = {
        Predictor.QUEUE_LENGTH: replace(GOOD, compared=LEAST_COMPARED - 1),
    }
    assert choose(thin) is None
    assert choose({}) is None
    assert choose(thin, Predictor.QUEUE_LENGTH) is None


# --- what is said ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0, 20, (Kind.LESS_THAN, 0, 1)),
        (10, 60, (Kind.LESS_THAN, 0, 1)),
        (61, 119, (Kind.ABOUT, 2, 2)),
        (200, 240, (Kind.ABOUT, 4, 4)),
        (170, 230, (Kind.ABOUT, 3, 4)),
        (230, 590, (Kind.BETWEEN, 4, 10)),
        (30, 240, (Kind.LESS_THAN, 0, 4)),
        (1000, 1750, (Kind.BETWEEN, 20, 30)),
        (2500, 2600, (Kind.ABOUT, 50, 50)),
        (3700, 5300, (Kind.ABOUT, 90, 90)),
    ],
)
def test_a_wait_is_put_as_people_put_it(
    low: float, high: float, said: tuple[Kind, int, int]
) -> None:
    kind, least, most = said
    assert in_steps(low, high) == Estimate(kind, least * 60, most * 60)


@given(seconds, seconds)
def test_more_seconds_are_never_rounded_to_less(one: float, two: float) -> None:
    less, more = sorted((one, two))
    assert rounded_up(less) <= rounded_up(more)
    assert rounded_up(less) >= less


@given(st.integers(1, 14_400))
def test_what_is_said_is_whole_minutes_and_coarser_the_longer_it_is(length: int) -> None:
    said = rounded_up(length)
    assert said >= 60
    minutes, rest = divmod(said, 60)
    assert rest == 0
    assert (
        minutes % (1 if minutes <= 10 else 5 if minutes <= 30 else 10 if minutes <= 60 else 30) == 0
    )
    # Rounded to itself: no second rounding makes it longer.
    assert rounded_up(said) == said


@given(seconds, seconds)
def test_nobody_is_told_less_than_the_longest_they_may_wait(one: float, two: float) -> None:
    said = in_steps(one, two)
    longest = max(one, two)
    if said is None:
        assert longest > LONGEST_SAID
        return
    assert said.high >= longest
    assert 0 <= said.low <= said.high
    assert (said.low > 0) is (said.kind is not Kind.LESS_THAN)
    # So one minute needs no words but "less than a minute".
    assert said.high > 60 or said.kind is Kind.LESS_THAN


def test_a_wide_spread_makes_an_answer_vague_and_a_narrow_one_makes_it_plain() -> None:
    known = replace(FOURTH, ahead=15, others=15, gap=35)
    kinds = [
        said.kind
        for low, high in ((0.95, 1.0), (0.7, 1.3), (0.1, 2.0))
        if (
            said := estimate(
                Predictor.QUEUE_LENGTH,
                replace(GOOD, low_ratio=low, high_ratio=high),
                known,
                on_duty=3,
            )
        )
    ]
    assert kinds == [Kind.ABOUT, Kind.BETWEEN, Kind.LESS_THAN]


def test_nothing_is_said_while_nobody_is_on_duty() -> None:
    assert estimate(Predictor.QUEUE_LENGTH, GOOD, FOURTH, on_duty=1) is not None
    assert estimate(Predictor.QUEUE_LENGTH, GOOD, FOURTH, on_duty=0) is None


def test_nothing_is_said_on_too_few_calls_or_after_too_great_errors() -> None:
    thin = replace(GOOD, compared=LEAST_COMPARED - 1)
    wrong = replace(GOOD, mean_error=200, relative_error=0.9)
    vanishing = replace(GOOD, mean_error=20, relative_error=0.9)
    said = [
        estimate(Predictor.QUEUE_LENGTH, each, FOURTH, on_duty=3)
        for each in (thin, wrong, vanishing)
    ]
    assert said[:2] == [None, None]
    assert said[2] is not None


def test_a_wait_too_long_to_be_of_help_is_not_told() -> None:
    assert (
        estimate(Predictor.LAST_ANSWERED, GOOD, replace(FOURTH, last_wait=1e5), on_duty=3) is None
    )
