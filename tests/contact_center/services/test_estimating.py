"""Lines are looked at, their past is replayed, and callers are told of the wait, or nothing."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contact_center.domain.waits import Ending, Estimate, Predictor, Stay
from contact_center.models import Job, Queue, QueueEstimate, Segment
from contact_center.selectors import estimates
from contact_center.selectors.estimates import Silence
from contact_center.services import estimating, heavy_work, presence
from contact_center.services import tidying as tidying  # its job is known then
from tests import builders
from tests.contact_center.domain.queues_of_the_past import queue_of_the_past
from tests.contact_center.past import write_past
from tests.universe.floor import Floor

#: Enough to choose a predictor by, in a queue in which people wait for some minutes.
BUSY = queue_of_the_past(3, agents=4, load=1.4, calls=250, patience_seconds=600)


def look() -> int:
    return estimating.look(timezone.now())


def measure() -> int:
    """Do every measurement that was asked for; return how many there were."""
    asked = list(Job.objects.filter(kind=estimating.KIND, outcome="waiting"))
    for job in asked:
        assert heavy_work.do_job(job.pk) == "done"
    return len(asked)


def estimate_for_the_last(queue: Queue) -> Estimate | Silence:
    """What the last caller in line would be told."""
    segment = Segment.objects.filter(queue=queue, kind="queue", ended_at=None).latest("pk")
    now = timezone.now()
    row = QueueEstimate.objects.filter(queue=queue).first()
    return estimates.estimate_or_silence(row, estimates.spot_of(segment, now), now)


def last_document(floor: Floor) -> str:
    """What the caller who asked last was given to hear."""
    asked = [request for request in floor.requests if "/wait/" in request.url]
    return floor.answers[asked[-1].request_id]


@pytest.fixture
def busy(floor: Floor, cast: Any) -> Queue:
    """Support has had a busy day. Alice talks with somebody, and four callers wait."""
    write_past(cast.support, BUSY, timezone.now())
    floor.on_duty(cast.alice)
    floor.conversation(cast.alice)
    for number in range(4):
        floor.ring(from_=f"+1415555015{number}")
    return cast.support


# --- from the clock's look to the caller's ear ----------------------------------------------------


def test_a_caller_hears_the_wait_once_the_past_of_the_queue_is_known(
    floor: Floor, busy: Queue, cast: Any
) -> None:
    assert "You are number 4 in line. Thank you" in last_document(floor)
    look()
    assert measure() == 1
    floor.ring(from_="+14155550160")
    said = estimate_for_the_last(busy)
    assert isinstance(said, Estimate)
    heard = last_document(floor)
    assert "You are number 5 in line. The wait is " in heard
    assert f"{said.high // 60} minutes. Thank you for waiting." in heard
    told = Segment.objects.latest("pk")
    assert (told.told_place, told.told_wait) == (5, said.high)


def test_who_stands_further_back_is_not_told_of_a_shorter_wait(floor: Floor, busy: Queue) -> None:
    look()
    measure()
    now = timezone.now()
    row = QueueEstimate.objects.get()
    line = Segment.objects.filter(queue=busy, kind="queue", ended_at=None).order_by(
        "placed_at", "pk"
    )
    said = [
        estimates.estimate_or_silence(row, estimates.spot_of(segment, now), now) for segment in line
    ]
    highs = [each.high for each in said if isinstance(each, Estimate)]
    assert len(highs) == 4
    assert highs == sorted(highs)


def test_nobody_hears_of_a_wait_while_nobody_is_on_duty(
    floor: Floor, busy: Queue, cast: Any
) -> None:
    look()
    measure()
    cast.alice.refresh_from_db()
    builders.present(cast.alice, "break", "lunch")
    floor.ring(from_="+14155550160")
    assert estimate_for_the_last(busy) is Silence.NOBODY_ON_DUTY
    assert "You are number 5 in line. Thank you" in last_document(floor)


def test_an_agent_who_talks_is_on_duty_and_one_whose_phone_is_silent_is_not(
    floor: Floor, busy: Queue, cast: Any
) -> None:
    segment = Segment.objects.latest("pk")
    assert estimates.spot_of(segment, timezone.now()).on_duty == 1
    floor.pass_seconds(60)
    assert presence.notice_silent_phones(timezone.now()) == 0  # it was noticed on the way
    assert estimates.spot_of(segment, timezone.now()).on_duty == 0


def test_a_queue_with_a_short_past_keeps_silent(floor: Floor, cast: Any) -> None:
    write_past(cast.support, BUSY[:30], timezone.now())
    floor.on_duty(cast.alice)
    floor.conversation(cast.alice)
    floor.ring()
    look()
    measure()
    row = QueueEstimate.objects.get()
    assert row.predictor == ""
    assert row.measured_at is not None
    assert estimate_for_the_last(cast.support) is Silence.TOO_FEW
    assert "You are next in line. Thank you" in last_document(floor)


def test_a_queue_whose_waits_nobody_could_have_foretold_keeps_silent(
    floor: Floor, busy: Queue
) -> None:
    look()
    measure()
    row = QueueEstimate.objects.get()
    row.measured[row.predictor] |= {"mean_error": 300, "relative_error": 1.2}
    row.save()
    assert estimate_for_the_last(busy) is Silence.TOO_WRONG


def test_a_line_that_no_clock_has_looked_at_for_a_minute_is_not_known(
    floor: Floor, busy: Queue, cast: Any
) -> None:
    look()
    measure()
    floor.traveller.shift(59)
    assert isinstance(estimate_for_the_last(busy), Estimate)
    floor.traveller.shift(2)
    assert estimate_for_the_last(busy) is Silence.NOT_LOOKED_AT
    look()
    assert isinstance(estimate_for_the_last(busy), Estimate)


def test_the_first_caller_after_a_quiet_hour_hears_what_the_quiet_line_was_like(
    floor: Floor, busy: Queue, cast: Any
) -> None:
    look()
    measure()
    for sid in [call.sid for call in busy.calls.filter(state="queued")]:
        floor.hang_up(sid)
    floor.traveller.shift(5)
    look()
    assert QueueEstimate.objects.get().is_quiet
    floor.traveller.shift(240)
    floor.keep_beating(cast.alice)
    floor.ring(from_="+14155550160")
    assert isinstance(estimate_for_the_last(busy), Estimate)
    # Somebody waits now; where no look follows, no clock runs.
    floor.traveller.shift(61)
    assert estimate_for_the_last(busy) is Silence.NOT_LOOKED_AT


# --- the clock's look -----------------------------------------------------------------------------


def test_a_look_sees_the_pace_the_last_wait_and_who_gives_up(floor: Floor, cast: Any) -> None:
    stays = [Stay(0, 30.0 * (n + 1), Ending.ANSWERED) for n in range(8)]
    stays.append(Stay(0, 60, Ending.ABANDONED))
    write_past(cast.support, stays, timezone.now())
    floor.ring()
    look()
    row = QueueEstimate.objects.get()
    assert row.queue == cast.support
    assert (row.gap, row.last_wait) == (pytest.approx(30), 240)
    assert row.leaving == pytest.approx(1 / sum(stay.left for stay in stays))


def test_callers_of_another_queue_change_nothing(floor: Floor, cast: Any) -> None:
    write_past(cast.sales, BUSY, timezone.now())
    floor.ring()
    look()
    row = QueueEstimate.objects.get()
    assert (row.queue, row.gap, row.last_wait) == (cast.support, None, None)
    # Nothing was ever answered here: there is nothing to measure.
    assert measure() == 0


def test_an_empty_center_is_looked_at_and_nothing_is_written(cast: Any) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert look() == 0
    assert len(asked) == 2
    assert not QueueEstimate.objects.exists()
    assert not Job.objects.exists()


def test_a_quiet_line_is_looked_at_every_five_minutes_and_a_waiting_one_at_once(
    floor: Floor, cast: Any
) -> None:
    sid = floor.ring()
    assert look() == 1
    floor.traveller.shift(2)
    assert look() == 0  # another clock was just here
    floor.traveller.shift(3)
    assert look() == 1
    floor.hang_up(sid)
    floor.traveller.shift(5)
    assert look() == 1  # once more: now nobody waits
    floor.traveller.shift(200)
    assert look() == 0
    floor.ring(from_="+14155550160")
    assert look() == 1
    floor.hang_up(busy_sid(cast.support))
    floor.traveller.shift(5)
    look()
    floor.traveller.shift(301)
    assert look() == 1


def busy_sid(queue: Queue) -> str:
    return queue.calls.get(state="queued").sid


def test_a_look_asks_at_most_so_many_statements(cast: Any) -> None:
    """One for each line, and four for them all."""
    queues = [cast.tenant.queues.create(name=f"Queue {number}") for number in range(6)]
    for queue in queues:
        builders.waiting_call(queue)
    look()
    QueueEstimate.objects.update(looked_at=None)
    with CaptureQueriesContext(connection) as asked:
        assert look() == 6
    texts = [query["sql"] for query in asked.captured_queries]
    reads = [text for text in texts if text.startswith(("SELECT", "UPDATE", "INSERT"))]
    assert len(reads) == 6 + 4, reads


def test_four_clocks_that_look_at_once_make_one_row(cast: Any) -> None:
    builders.waiting_call(cast.support)
    start = threading.Barrier(4)
    troubles: list[BaseException] = []

    def clock() -> None:
        try:
            start.wait(10)
            look()
        except BaseException as trouble:
            troubles.append(trouble)
        finally:
            connections.close_all()

    clocks = [threading.Thread(target=clock) for _number in range(4)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join(30)
    assert troubles == []
    assert QueueEstimate.objects.count() == 1


# --- the measurement ------------------------------------------------------------------------------


def test_a_queue_is_measured_once_a_quarter_of_an_hour(floor: Floor, busy: Queue) -> None:
    look()
    look()
    assert measure() == 1
    row = QueueEstimate.objects.get()
    assert row.predictor in list(Predictor)
    assert set(row.measured) == set(Predictor)
    floor.traveller.shift(600)
    look()
    assert measure() == 0
    floor.traveller.shift(301)
    look()
    assert measure() == 1


def test_the_choice_is_kept_while_no_other_is_clearly_better(floor: Floor, cast: Any) -> None:
    patient = queue_of_the_past(1, agents=30, load=1.15, calls=400, patience_seconds=900)
    write_past(cast.support, patient, timezone.now())
    builders.waiting_call(cast.support)
    look()
    measure()
    row = QueueEstimate.objects.get()
    errors = {name: its["mean_error"] for name, its in row.measured.items()}
    first, second, *_others = sorted(errors, key=lambda name: errors[name])
    assert errors[second] * 0.9 < errors[first] < errors[second]
    assert row.predictor == first
    QueueEstimate.objects.update(predictor=second)
    estimating.measure_queue(QueueEstimate.objects.get(), timezone.now())
    assert QueueEstimate.objects.get().predictor == second


def test_a_measurement_out_of_time_goes_on_where_it_stopped(floor: Floor, cast: Any) -> None:
    for queue in (cast.sales, cast.support):
        write_past(queue, BUSY, timezone.now())
        builders.waiting_call(queue)
    look()
    job = Job.objects.get(kind=estimating.KIND)
    over = heavy_work.TimeLeft(timezone.now() - timedelta(seconds=1))
    assert estimating.measure_queues(job, over) is False
    assert not QueueEstimate.objects.exclude(predictor="").exists()
    assert heavy_work.do_job(job.pk) == "done"
    assert QueueEstimate.objects.exclude(predictor="").count() == 2


def test_what_is_older_than_a_week_is_not_measured(floor: Floor, cast: Any) -> None:
    write_past(cast.support, BUSY, timezone.now() - timedelta(days=8))
    builders.waiting_call(cast.support)
    look()
    assert QueueEstimate.objects.get().gap is None
    assert measure() == 0
