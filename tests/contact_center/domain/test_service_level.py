"""The formulas: a value worked out by hand for each, and what holds whatever the numbers are."""

import itertools
from collections import Counter
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.service_level import (
    Counts,
    Rules,
    Variant,
    Waits,
    abandonment,
    average_handle_time,
    average_wait,
    genesys_service_level,
    occupancy,
    percentile_wait,
    service_level,
    utilisation,
)

#: A hundred calls: 80 answered, 64 of them in time; 15 abandoned, 9 of them before the threshold,
#: 5 of those at once; 5 flowed out.
HUNDRED = Counts(
    answered=80, answered_in_time=64, abandoned=15, abandoned_in_time=9, short=5, flowed_out=5
)


@pytest.mark.parametrize(
    ("variant", "part", "of"),
    [
        (Variant.WITHOUT_SHORT, 64, 80 + 15 - 5),
        (Variant.ANSWERED, 64, 80),
        (Variant.ASTERISK_2, 64 + 9, 80 + 15),
        (Variant.OFFERED, 64, 100),
        (Variant.OFFERED_WITHOUT_SHORT, 64, 100 - 5),
        (Variant.LATE_ABANDONS, 64, 80 + 6),
        (Variant.GENESYS, 64, 80 + 15),
        (Variant.GENESYS_FLOW_OUTS, 64, 80 + 5),
    ],
)
def test_each_service_level_of_the_same_hundred_calls(variant: Variant, part: int, of: int) -> None:
    assert service_level(variant, HUNDRED) == pytest.approx(part / of)


def test_the_default_is_four_of_five_within_twenty_seconds_without_short_abandons() -> None:
    rules = Rules(threshold=20)
    assert (rules.variant, rules.goal, rules.short) == (Variant.WITHOUT_SHORT, 80, 5)


def test_genesys_and_its_three_switches() -> None:
    assert genesys_service_level(HUNDRED) == pytest.approx(64 / 95)
    assert genesys_service_level(HUNDRED, with_flow_outs=True) == pytest.approx(64 / 100)
    assert genesys_service_level(HUNDRED, without_short=True) == pytest.approx(64 / 90)
    assert genesys_service_level(HUNDRED, without_abandoned=True) == pytest.approx(64 / 80)
    everything = genesys_service_level(
        HUNDRED, with_flow_outs=True, without_short=True, without_abandoned=True
    )
    assert everything == pytest.approx(64 / 85)


def test_of_a_hundred_offered_calls_fifteen_were_abandoned() -> None:
    assert HUNDRED.offered == 100
    assert abandonment(HUNDRED) == pytest.approx(0.15)


def test_an_hour_of_which_ten_minutes_were_idle_is_five_sixths_occupied() -> None:
    assert occupancy(busy=50 * 60, idle=10 * 60) == pytest.approx(5 / 6)
    # … and of the hour and a half that somebody was signed in, half an hour of it on a break.
    assert utilisation(busy=50 * 60, signed_in=90 * 60) == pytest.approx(5 / 9)


def test_a_handle_time_holds_the_wrap_up_too() -> None:
    # Two calls: 3:00 talk, 0:30 hold, 0:30 wrap-up; and 1:00 talk, 1:00 wrap-up.
    assert average_handle_time(180 + 30 + 30 + 60 + 60, handled=2) == 180


def test_four_waits_have_an_average_a_median_and_a_p90() -> None:
    waits = waits_of([2, 4, 6, 40])
    assert average_wait(waits) == 13
    assert percentile_wait(waits, 50) == 4
    assert percentile_wait(waits, 90) == 40


def test_a_wait_of_exactly_the_threshold_is_in_time_and_of_exactly_the_short_one_is_not_short() -> (
    None
):
    waits = waits_of([19.99, 20.0, 20.01])
    assert waits.within(20) == 2
    assert waits.under(20) == 1


def test_of_nothing_there_is_no_share() -> None:
    for variant in Variant:
        assert service_level(variant, Counts()) is None
    assert genesys_service_level(Counts()) is None
    assert abandonment(Counts()) is None
    assert occupancy(0, 0) is None
    assert utilisation(0, 0) is None
    assert average_wait(Waits()) is None
    assert percentile_wait(Waits(), 50) is None
    assert average_handle_time(0, 0) is None


def test_who_only_had_short_abandons_has_no_service_level() -> None:
    only_short = Counts(abandoned=3, abandoned_in_time=3, short=3)
    assert service_level(Variant.WITHOUT_SHORT, only_short) is None
    assert service_level(Variant.OFFERED, only_short) == 0


def waits_of(seconds: list[float]) -> Waits:
    """The waits as they are read: by second."""
    return Waits(
        seconds=dict(Counter(floor(one) for one in seconds)),
        on_the_second=dict(Counter(int(one) for one in seconds if one == int(one))),
        total=sum(seconds),
    )


a_wait = st.integers(min_value=0, max_value=4_000).map(lambda quarters: quarters / 4)
some_waits = st.lists(a_wait, max_size=40)
a_threshold = st.integers(min_value=1, max_value=300)


def counts_of(answered: list[float], abandoned: list[float], flowed_out: int, t: int) -> Counts:
    """The same counts, from the lists themselves."""
    return Counts(
        answered=len(answered),
        answered_in_time=sum(wait <= t for wait in answered),
        abandoned=len(abandoned),
        abandoned_in_time=sum(wait <= t for wait in abandoned),
        short=sum(wait < min(5, t) for wait in abandoned),
        flowed_out=flowed_out,
    )


some_counts = st.builds(counts_of, some_waits, some_waits, st.integers(0, 20), a_threshold)


@given(some_waits, a_threshold, st.integers(1, 100))
def test_waits_by_the_second_say_what_the_list_of_them_says(
    waits: list[float], seconds: int, percent: int
) -> None:
    kept = waits_of(waits)
    assert kept.count == len(waits)
    assert kept.within(seconds) == sum(wait <= seconds for wait in waits)
    assert kept.under(seconds) == sum(wait < seconds for wait in waits)
    if waits:
        rank = -(-percent * len(waits) // 100)
        assert percentile_wait(kept, percent) == floor(sorted(waits)[rank - 1])
        assert average_wait(kept) == pytest.approx(sum(waits) / len(waits))


@given(some_waits, some_waits)
def test_waits_can_be_added(ones: list[float], others: list[float]) -> None:
    both = waits_of(ones) + waits_of(others)
    together = waits_of(ones + others)
    assert both.seconds == together.seconds
    assert both.on_the_second == together.on_the_second
    assert both.total == pytest.approx(together.total)


@given(some_counts)
def test_a_service_level_is_a_share_or_there_is_none(counts: Counts) -> None:
    for variant in Variant:
        level = service_level(variant, counts)
        assert level is None or 0 <= level <= 1


@given(some_counts)
def test_the_stricter_the_denominator_the_lower_the_service_level(counts: Counts) -> None:
    strict_to_kind = [
        service_level(variant, counts)
        for variant in (
            Variant.OFFERED,
            Variant.GENESYS,
            Variant.WITHOUT_SHORT,
            Variant.LATE_ABANDONS,
            Variant.ANSWERED,
        )
    ]
    known = [level for level in strict_to_kind if level is not None]
    assert known == sorted(known)


@given(some_waits, some_waits, st.integers(0, 20), a_threshold, a_threshold)
def test_a_longer_threshold_never_answers_fewer_in_time(
    answered: list[float], abandoned: list[float], flowed_out: int, one: int, other: int
) -> None:
    short, long = sorted((one, other))
    strict = service_level(Variant.OFFERED, counts_of(answered, abandoned, flowed_out, short))
    kind = service_level(Variant.OFFERED, counts_of(answered, abandoned, flowed_out, long))
    assert strict is None or kind is None or strict <= kind


@given(some_counts)
def test_every_setting_of_the_switches_of_genesys_is_one_of_the_variants(counts: Counts) -> None:
    levels = {service_level(variant, counts) for variant in Variant}
    for flow_outs, short, abandoned in itertools.product((False, True), repeat=3):
        assert (
            genesys_service_level(
                counts,
                with_flow_outs=flow_outs,
                without_short=short,
                without_abandoned=abandoned,
            )
            in levels
        )


@given(some_counts, some_counts)
def test_counts_can_be_added(one: Counts, other: Counts) -> None:
    both = one + other
    assert both.offered == one.offered + other.offered
    assert both.answered == one.answered + other.answered
    assert both.short == one.short + other.short
