"""When an alert begins, goes on, settles and ends; and whose word holds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain import alerting as rules
from contact_center.domain.alerting import AlertKind, Level, Rule, Rules, Step

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KINDS = st.sampled_from(list(AlertKind))


def default(kind: AlertKind) -> rules.Limits:
    return Rules().limits(kind)


def test_everything_is_watched_from_the_first_minute_without_a_rule() -> None:
    assert set(rules.WATCHES) == set(AlertKind)
    for kind in AlertKind:
        assert default(kind).is_on
        assert default(kind).threshold >= 1 or rules.WATCHES[kind].only_on_screens


def test_a_wait_begins_an_alert_at_its_limit_and_not_before() -> None:
    limits = default(AlertKind.LONGEST_WAIT)
    assert limits.threshold == 120
    assert rules.look(AlertKind.LONGEST_WAIT, limits, 119.9, NOON) is Step.NOTHING
    assert rules.look(AlertKind.LONGEST_WAIT, limits, 120, NOON) is Step.BEGIN
    assert rules.look(AlertKind.LONGEST_WAIT, limits, None, NOON) is Step.NOTHING


def test_a_low_service_level_is_bad_and_a_high_one_is_not() -> None:
    limits = default(AlertKind.SERVICE_LEVEL)
    assert rules.look(AlertKind.SERVICE_LEVEL, limits, 59.9, NOON) is Step.BEGIN
    assert rules.look(AlertKind.SERVICE_LEVEL, limits, 60, NOON) is Step.NOTHING
    is_open = {"is_open": True, "well_since": NOON - timedelta(minutes=5)}
    # Just over the limit is not well yet.
    assert rules.look(AlertKind.SERVICE_LEVEL, limits, 64.9, NOON, **is_open) is Step.GO_ON
    assert rules.look(AlertKind.SERVICE_LEVEL, limits, 65, NOON, **is_open) is Step.END


def test_an_alert_goes_on_while_the_figure_is_just_below_its_limit() -> None:
    kind, limits = AlertKind.LONGEST_WAIT, default(AlertKind.LONGEST_WAIT)
    assert rules.look(kind, limits, 100, NOON, is_open=True) is Step.GO_ON
    assert rules.look(kind, limits, 95, NOON, is_open=True) is Step.SETTLE
    since = NOON - timedelta(seconds=rules.WATCHES[kind].settle_seconds)
    assert rules.look(kind, limits, 95, NOON, is_open=True, well_since=since) is Step.END
    just = since + timedelta(seconds=1)
    assert rules.look(kind, limits, 95, NOON, is_open=True, well_since=just) is Step.SETTLE


@given(kind=KINDS, value=st.none() | st.floats(0, 1e6), threshold=st.integers(1, 5000))
def test_what_is_switched_off_never_begins_and_ends_at_once(
    kind: AlertKind, value: float | None, threshold: int
) -> None:
    off = Rules([Rule(kind, is_on=False, threshold=threshold)]).limits(kind)
    assert rules.look(kind, off, value, NOON) is Step.NOTHING
    assert rules.look(kind, off, value, NOON, is_open=True) is Step.END


@given(kind=KINDS, value=st.floats(0, 1e6), threshold=st.integers(1, 100))
def test_no_figure_is_bad_and_well_at_once(kind: AlertKind, value: float, threshold: int) -> None:
    assert not (rules.is_bad(kind, threshold, value) and rules.is_well(kind, threshold, value))


@given(
    kind=KINDS,
    figures=st.lists(st.tuples(st.none() | st.floats(0, 4000), st.integers(1, 30)), max_size=60),
)
def test_whatever_a_figure_does_an_alert_never_flaps(
    kind: AlertKind, figures: list[tuple[float | None, int]]
) -> None:
    """Between an end and the bad figure before it lies at least the time to settle."""
    limits, now = default(kind), NOON
    is_open, well_since, last_bad = False, None, NOON
    for value, seconds in figures:
        now += timedelta(seconds=seconds)
        if value is not None and not rules.is_well(kind, limits.threshold, value):
            last_bad = now
        match rules.look(kind, limits, value, now, is_open=is_open, well_since=well_since):
            case Step.BEGIN:
                assert not is_open
                assert value is not None
                assert rules.is_bad(kind, limits.threshold, value)
                is_open = True
            case Step.END:
                assert is_open
                settle = timedelta(seconds=rules.WATCHES[kind].settle_seconds)
                assert now - last_bad >= settle
                is_open, well_since = False, None
            case Step.SETTLE:
                assert is_open
                well_since = well_since or now
            case Step.GO_ON:
                assert is_open
                well_since = None
            case Step.NOTHING:
                assert not is_open


def test_the_word_for_one_queue_counts_before_the_word_for_all() -> None:
    said = Rules(
        [
            Rule(AlertKind.WAITING, threshold=7, by_email=True),
            Rule(AlertKind.WAITING, queue_id=3, threshold=2, level=Level.BREACH),
            Rule(AlertKind.LONG_CALL, agent_id=5, is_on=False),
        ]
    )
    everybody = said.limits(AlertKind.WAITING, queue_id=4)
    assert (everybody.threshold, everybody.level, everybody.by_email) == (7, Level.WARN, True)
    sales = said.limits(AlertKind.WAITING, queue_id=3)
    # What it does not say it takes from the general word.
    assert (sales.threshold, sales.level, sales.by_email) == (2, Level.BREACH, True)
    assert not said.limits(AlertKind.LONG_CALL, agent_id=5).is_on
    assert said.limits(AlertKind.LONG_CALL, agent_id=6).is_on
    assert said.nearest(AlertKind.WAITING) == 2
    assert said.nearest(AlertKind.LONG_HOLD) == rules.WATCHES[AlertKind.LONG_HOLD].threshold


@pytest.mark.parametrize(
    ("minutes", "acknowledged", "snoozed", "again"),
    [
        (31, False, None, True),
        (29, False, None, False),
        (31, True, None, False),
        (31, False, 10, False),
        (31, False, -10, True),
    ],
)
def test_people_are_told_again_of_what_nobody_took_up(
    minutes: int, acknowledged: bool, snoozed: int | None, again: bool
) -> None:
    assert (
        rules.is_told_again(
            default(AlertKind.LONGEST_WAIT),
            NOON,
            told_at=NOON - timedelta(minutes=minutes),
            is_acknowledged=acknowledged,
            snoozed_until=None if snoozed is None else NOON + timedelta(minutes=snoozed),
        )
        is again
    )


def test_who_was_never_told_is_not_told_again_and_zero_minutes_are_never() -> None:
    limits = default(AlertKind.LONGEST_WAIT)
    quiet = {"is_acknowledged": False, "snoozed_until": None}
    assert not rules.is_told_again(limits, NOON, told_at=None, **quiet)
    never = Rules([Rule(AlertKind.LONGEST_WAIT, repeat_minutes=0)]).limits(AlertKind.LONGEST_WAIT)
    assert not rules.is_told_again(never, NOON, told_at=NOON - timedelta(days=2), **quiet)


def test_attempts_come_ever_more_rarely_and_come_to_an_end() -> None:
    pauses = [rules.pause_seconds(n) for n in range(1, rules.MOST_ATTEMPTS)]
    assert pauses == [10, 40, 160, 640, 2400]


def test_the_word_for_a_team_counts_for_its_agents_before_the_word_for_all() -> None:
    kind = AlertKind.LONG_HOLD
    said = Rules(
        [
            Rule(kind, threshold=100, near=90, by_email=True),
            Rule(kind, team_id=2, threshold=60),
            Rule(kind, agent_id=5, level=Level.BREACH),
        ],
        team_of={5: 2, 6: 2, 7: 3},
    )
    assert said.limits(kind).threshold == 100
    assert said.limits(kind, team_id=2).threshold == 60
    for agent_id, threshold in ((5, 60), (6, 60), (7, 100), (8, 100)):
        assert said.limits(kind, agent_id=agent_id).threshold == threshold
    # Each word takes what it does not say from the next more general one.
    own = said.limits(kind, agent_id=5)
    assert (own.level, own.by_email) == (Level.BREACH, True)
    # … but 90 is not near 60.
    assert said.limits(kind, agent_id=6).near == rules.near_by_default(kind, 60)
    assert said.nearest(kind) == 60
