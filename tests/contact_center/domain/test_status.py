"""What a person's state is called: a function of presence and activity, and of nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.states import Activity, Presence
from contact_center.domain.status import PRESSING, ShownState, shown_status

presences = st.sampled_from(Presence)
activities = st.lists(st.sampled_from(Activity), max_size=3)
IDLE = [Activity.IDLE]


def test_who_does_nothing_is_what_they_chose() -> None:
    assert shown_status(Presence.AVAILABLE, IDLE).state is ShownState.AVAILABLE
    assert shown_status(Presence.BREAK, IDLE).state is ShownState.BREAK
    assert shown_status(Presence.OFFLINE, []).state is ShownState.OFFLINE


def test_a_call_that_rings_is_shown_before_one_that_is_on() -> None:
    status = shown_status(Presence.AVAILABLE, [Activity.ON_CALL, Activity.RINGING])
    assert status.state is ShownState.RINGING


def test_who_chose_a_break_during_a_call_is_shown_on_the_call() -> None:
    status = shown_status(Presence.BREAK, [Activity.ON_CALL])
    assert status.state is ShownState.ON_CALL
    assert status.is_busy
    assert status.is_talking


def test_who_did_not_answer_is_told_why_and_may_choose_again() -> None:
    status = shown_status(Presence.AVAILABLE, [Activity.NOT_RESPONDING], "no_answer")
    assert status.state is ShownState.NOT_RESPONDING
    assert status.problem == "no_answer"
    assert not status.is_busy


def test_wrapping_up_is_busy_but_no_longer_talking() -> None:
    status = shown_status(Presence.AVAILABLE, [Activity.WRAPPING_UP])
    assert status.is_busy
    assert not status.is_talking


@given(presences, activities)
def test_nobody_is_shown_available_while_anything_goes_on(
    presence: Presence, doing: list[Activity]
) -> None:
    status = shown_status(presence, doing)
    if set(doing) - {Activity.IDLE}:
        assert status.state not in (ShownState.AVAILABLE, ShownState.BREAK, ShownState.OFFLINE)
        assert status.activity in doing
    else:
        assert status.activity is None


@given(presences, activities, st.data())
def test_the_order_of_the_slots_does_not_matter(
    presence: Presence, doing: list[Activity], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(doing))
    assert shown_status(presence, shuffled) == shown_status(presence, doing)


@given(presences, activities, activities)
def test_more_going_on_never_shows_something_less_pressing(
    presence: Presence, some: list[Activity], more: list[Activity]
) -> None:
    order = [activity for activity, _state in PRESSING]

    def rank(activity: Activity | None) -> int:
        return order.index(activity) if activity in order else len(order)

    before = shown_status(presence, some).activity
    assert rank(shown_status(presence, some + more).activity) <= rank(before)


@given(presences, activities, st.text(max_size=10))
def test_a_problem_is_told_exactly_when_not_responding_is_shown(
    presence: Presence, doing: list[Activity], problem: str
) -> None:
    status = shown_status(presence, doing, problem)
    shown = status.state is ShownState.NOT_RESPONDING
    assert status.problem == (problem if shown else "")


def test_every_activity_but_idle_has_a_state_of_its_own() -> None:
    assert {activity for activity, _state in PRESSING} == set(Activity) - {Activity.IDLE}
    assert len({state for _activity, state in PRESSING}) == len(PRESSING)


def test_of_several_calls_the_others_are_counted_beside_the_one_that_is_shown() -> None:
    talking, held, missed = Activity.ON_CALL, Activity.ON_HOLD, Activity.NOT_RESPONDING
    for doing, state, beside in [
        ([talking], ShownState.ON_CALL, (0, 0, False)),
        ([held, talking, held], ShownState.ON_CALL, (0, 2, False)),
        ([held, held], ShownState.HOLD, (0, 1, False)),
        ([talking, Activity.RINGING, held], ShownState.RINGING, (1, 1, False)),
        ([Activity.WRAPPING_UP, held], ShownState.HOLD, (0, 0, False)),
        ([talking, missed], ShownState.ON_CALL, (0, 0, True)),
        ([missed, Activity.IDLE], ShownState.NOT_RESPONDING, (0, 0, False)),
    ]:
        status = shown_status(Presence.AVAILABLE, doing)
        assert status.state is state
        assert (status.also_talking, status.also_held, status.also_missed) == beside
