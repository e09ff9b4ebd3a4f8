"""Heavy work is done once, whoever does it, and nobody on the phone waits for it."""

import itertools
import json
import socket
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from contact_center.domain.events import Event
from contact_center.models import Call, EventLog, Job, RawWebhook, Role, StoredAnswer
from contact_center.services import heavy_work, reporting, setting_aside
from contact_center.services import tidying as tidying  # its job is known then
from tests.cast import make_user
from tests.universe.floor import Floor

#: What each kind of job was seen doing, in order.
done: list[Any] = []

FAILS = RuntimeError("the printer is on fire")


@heavy_work.on_job("note_it_down")
def note_it_down(job: Job, time_left: heavy_work.TimeLeft) -> bool:
    """Something simple."""
    done.append(job.params)
    return True


@heavy_work.on_job("count_up")
def count_up(job: Job, time_left: heavy_work.TimeLeft) -> bool:
    """Something long: ten steps, of which each is done once, in as many runs as it takes."""
    for number in range(len(done), 10):
        if time_left.is_over():
            return False
        done.append(number)
        CLOCKS[0].shift(1)
    return True


@heavy_work.on_job("stumble")
def stumble(job: Job, time_left: heavy_work.TimeLeft) -> bool:
    """Something that raises what it was told to."""
    done.append(job.params)
    raise ERRORS[0]


#: Set by a test: whose time passes in a long job, and what a stumbling one raises.
CLOCKS: list[Any] = []
ERRORS: list[BaseException] = []


@pytest.fixture(autouse=True)
def nothing_done_yet(floor: Floor) -> Iterator[None]:
    done.clear()
    CLOCKS[:] = [floor.traveller]
    ERRORS[:] = [FAILS]
    yield
    heavy_work.worker_is_here.clear()


@pytest.fixture
def here(settings: Any) -> None:
    """Without Celery: whoever takes a job up does it."""
    limits = {"USE_CELERY": False, "TASK_TIME_LIMIT": 60, "TASK_SOFT_TIME_LIMIT": 5}
    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"ASYNC_TASKS": limits}


def take_up_all() -> int:
    """What the clock does at a tick; returns how many jobs were due."""
    due = heavy_work.due_jobs(timezone.now())
    for pk in due:
        heavy_work.take_up(pk)
    return len(due)


# --- who does it ----------------------------------------------------------------------------------


def test_without_celery_it_is_done_where_it_is_taken_up(here: None) -> None:
    heavy_work.ask("note_it_down", what="a call")
    assert not done
    take_up_all()
    assert done == [{"what": "a call"}]
    assert Job.objects.get().outcome == "done"
    assert take_up_all() == 0


class Broker:
    """Takes connections and never says a word, or is not there at all."""

    def __init__(self, *, answers: bool) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0)
        self.port = self.socket.getsockname()[1]
        if not answers:
            self.socket.close()

    def __enter__(self) -> "Broker":
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def was_spoken_to(self) -> bool:
        """Whether anybody connected since the last time this was asked."""
        try:
            self.socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True


queues = itertools.count()
#: The app that a test's settings name.
app = Celery("of a test", set_as_current=False)


def use_broker(settings: Any, url: str) -> None:
    settings.CELERY_APP = f"{__name__}.app"
    settings.CELERY_BROKER_URL = url
    globals()["app"] = Celery("of a test", broker=url, set_as_current=False)
    app.conf.update(
        broker_transport_options=dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS),
        task_serializer=settings.CELERY_TASK_SERIALIZER,
        # A broker in memory outlives the test that filled it.
        task_default_queue=f"queue {next(queues)}",
    )


def ask_when_a_call_ends(events: Sequence[Event]) -> None:
    """What a plug-in of a site may do."""
    for event in events:
        if event.name == "call.ended":
            heavy_work.ask("note_it_down", call_id=event.call_id)


def test_a_webhook_that_causes_heavy_work_speaks_to_no_broker(floor: Floor, settings: Any) -> None:
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.ask_when_a_call_ends"]
    with Broker(answers=True) as broker:
        use_broker(settings, f"redis://127.0.0.1:{broker.port}/0")
        sid = floor.ring()
        floor.hang_up(sid)
        ended = Call.objects.get()
        assert ended.state == "ended"
        assert RawWebhook.objects.filter(payload__CallStatus="completed").exists()
        assert not broker.was_spoken_to()
    assert Job.objects.get().params == {"call_id": ended.pk}
    assert not done


def test_with_celery_a_worker_is_told_the_number_of_the_row_and_nothing_else(
    settings: Any,
) -> None:
    use_broker(settings, "memory://")
    heavy_work.worker_is_here.set()
    heavy_work.ask("note_it_down", what="+14155550142")
    take_up_all()
    assert not done
    with (
        app.connection() as connection,
        connection.SimpleQueue(app.conf.task_default_queue) as queue,
    ):
        message = queue.get_nowait()
    assert message.headers["task"] == "contact_center.tasks.do_job"
    assert message.content_type == "application/json"
    assert json.loads(message.body)[0] == [Job.objects.get().pk]
    assert take_up_all() == 0, "it was given away"

    assert heavy_work.do_job(Job.objects.get().pk) == "done"
    assert done == [{"what": "+14155550142"}]


def test_a_broker_in_memory_that_no_worker_hears_is_given_nothing(settings: Any) -> None:
    """A clock of its own, on a site without Redis: else the work would wait for ever."""
    use_broker(settings, "memory://")
    heavy_work.ask("note_it_down", what="a call")
    take_up_all()
    assert len(done) == 1


def test_a_broker_that_is_down_delays_the_work_and_loses_none(
    floor: Floor, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    use_broker(settings, f"redis://127.0.0.1:{Broker(answers=False).port}/0")
    heavy_work.ask("note_it_down", what="a call")
    take_up_all()
    assert "The broker took no work" in caplog.text
    assert take_up_all() == 0, "it is not asked at every tick"
    floor.traveller.shift(11)
    assert take_up_all() == 1
    # It is back, or the site goes on without.
    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"ASYNC_TASKS": {"USE_CELERY": False}}
    floor.traveller.shift(11)
    take_up_all()
    assert done == [{"what": "a call"}]


def test_what_a_broker_forgot_is_given_again(floor: Floor, settings: Any) -> None:
    use_broker(settings, "memory://")
    heavy_work.worker_is_here.set()
    heavy_work.ask("note_it_down", what="a call")
    take_up_all()
    floor.traveller.shift(119)
    assert take_up_all() == 0
    floor.traveller.shift(2)
    assert take_up_all() == 1
    pk = Job.objects.get().pk
    assert [heavy_work.do_job(pk), heavy_work.do_job(pk)] == ["done", ""]
    assert len(done) == 1


# --- time limits ----------------------------------------------------------------------------------


def test_a_long_job_stops_at_the_soft_limit_and_goes_on_later(floor: Floor, here: None) -> None:
    heavy_work.ask("count_up")
    assert take_up_all() == 1
    assert done == [0, 1, 2, 3, 4]
    half = Job.objects.get()
    assert (half.outcome, half.runs, half.failures) == ("waiting", 1, 0)
    while take_up_all():
        pass
    assert done == list(range(10))
    assert Job.objects.get().outcome == "done"


def test_a_longer_soft_limit_lets_it_go_on_longer(floor: Floor, here: None, settings: Any) -> None:
    limits = {"USE_CELERY": False, "TASK_TIME_LIMIT": 60, "TASK_SOFT_TIME_LIMIT": 50}
    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"ASYNC_TASKS": limits}
    heavy_work.ask("count_up")
    take_up_all()
    assert len(done) == 10


def test_a_long_job_stops_when_its_process_ends(floor: Floor, here: None) -> None:
    heavy_work.ask("count_up")
    heavy_work.take_up(Job.objects.get().pk, lambda: len(done) >= 2)
    assert done == [0, 1]
    assert Job.objects.get().outcome == "waiting"


def test_a_step_that_is_interrupted_is_taken_up_again_later(floor: Floor, here: None) -> None:
    """What Celery's worker does to a job that does not stop by itself."""
    ERRORS[:] = [SoftTimeLimitExceeded()]
    heavy_work.ask("stumble")
    take_up_all()
    job = Job.objects.get()
    assert (job.outcome, job.failures) == ("waiting", 1)
    assert "TASK_SOFT_TIME_LIMIT" in job.problem
    assert take_up_all() == 0
    floor.traveller.shift(10)
    assert take_up_all() == 1


def test_after_the_hard_limit_somebody_else_may_do_it(
    floor: Floor, here: None, settings: Any
) -> None:
    heavy_work.ask("stumble", what="dies")
    ERRORS[:] = [Killed()]
    with pytest.raises(Killed):
        take_up_all()
    floor.traveller.shift(69)
    assert take_up_all() == 0
    floor.traveller.shift(2)
    ERRORS[:] = [FAILS]
    assert take_up_all() == 1
    assert len(done) == 2


def test_who_took_too_long_has_no_say_any_more(floor: Floor, here: None) -> None:
    """A thread cannot be ended; what it comes to after its time counts for nothing."""

    @heavy_work.on_job("overtaken")
    def overtaken(job: Job, time_left: heavy_work.TimeLeft) -> bool:
        done.append(job.runs)
        if job.runs == 1:
            floor.traveller.shift(71)
            assert heavy_work.do_job(job.pk) == "done"
        return job.runs == 2

    heavy_work.ask("overtaken")
    pk = Job.objects.get().pk
    assert heavy_work.do_job(pk) == ""
    job = Job.objects.get()
    assert (job.outcome, job.runs, done) == ("done", 2, [1, 2])


# --- failures -------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here, as by kill -9."""


def test_what_fails_is_tried_again_with_pauses_and_given_up_aloud(
    floor: Floor, here: None, cast: Any, caplog: pytest.LogCaptureFixture
) -> None:
    heavy_work.ask("stumble", tenant=cast.tenant)
    started, moments = timezone.now(), []
    for _time in range(360):
        if take_up_all():
            moments.append((timezone.now() - started).total_seconds())
        floor.traveller.shift(10)
    assert moments == [0, 10, 40, 130, 400]
    job = Job.objects.get()
    assert (job.outcome, job.runs) == ("failed", 5)
    assert "on fire" in job.problem
    [event] = EventLog.objects.filter(name="job.failed")
    assert event.details == {"kind": "stumble", "job_id": job.pk}
    assert "was given up" in caplog.text


def test_a_job_that_takes_its_process_down_does_not_do_so_for_ever(
    floor: Floor, here: None
) -> None:
    ERRORS[:] = [Killed()]
    heavy_work.ask("stumble")
    deaths = 0
    for _time in range(20):
        try:
            take_up_all()
        except Killed:
            deaths += 1
        floor.traveller.shift(100)
    assert deaths == 5
    assert Job.objects.get().outcome == "failed"


def test_only_what_travels_as_json_is_asked_for() -> None:
    with pytest.raises(TypeError):
        heavy_work.ask("note_it_down", when=timezone.now())
    with pytest.raises(KeyError):
        heavy_work.ask("no such thing")


# --- what there is to do --------------------------------------------------------------------------


def test_however_many_ask_the_hours_work_is_done_once_an_hour(
    floor: Floor, here: None, settings: Any
) -> None:
    for _minute in range(120):
        for _clock in range(2):
            heavy_work.ask_by_the_clock(timezone.now())
        take_up_all()
        floor.traveller.shift(60)
    assert heavy_work.ask_hourly("tidy_up") is True
    assert heavy_work.ask_hourly("tidy_up") is False
    assert Job.objects.filter(kind="tidy_up").count() == 3


def test_where_a_beat_asks_the_clock_does_not(floor: Floor, settings: Any) -> None:
    heavy_work.worker_is_here.set()
    heavy_work.ask_by_the_clock(timezone.now() + timedelta(minutes=30))
    assert not Job.objects.exists()


def test_tidying_deletes_what_is_old_and_nothing_else_in_steps(floor: Floor, here: None) -> None:
    now = timezone.now()
    StoredAnswer.objects.bulk_create(
        StoredAnswer(
            call_sid=f"CA{number:032x}",
            path="/",
            body="",
            created_at=now - timedelta(days=3 if number else 1),
        )
        for number in range(2501)
    )
    heavy_work.ask("tidy_up")
    pk = Job.objects.get().pk
    asked = []

    def is_stopping() -> bool:
        asked.append(1)
        return len(asked) > 2

    assert heavy_work.do_job(pk, is_stopping) == "waiting"
    assert StoredAnswer.objects.count() == 501
    assert heavy_work.do_job(pk) == "done"
    assert StoredAnswer.objects.count() == 1


def test_an_admin_has_everything_tried_again_that_was_set_aside_by_then(
    floor: Floor, here: None, cast: Any
) -> None:
    sid = floor.ring()
    # Dana runs the whole site, and so sees what is nobody's; Gina is an admin of one organisation.
    gina = make_user(cast.tenant, "gina", Role.ADMIN, is_superuser=False)

    def report(number: int, **fields: str) -> None:
        said = {"CallSid": sid, "CallStatus": "exploded", "SequenceNumber": str(number), **fields}
        reporting.receive_report("status", "/webhooks/status/", said)

    for number in range(3):
        report(number)
    setting_aside.drop(report_id=RawWebhook.objects.latest("pk").pk, actor=gina)
    report(9, CallSid="CA" + "7" * 32)  # whose, nobody knows
    setting_aside.try_all_again(actor=gina)
    floor.traveller.shift(1)
    report(10)
    take_up_all()
    tried = EventLog.objects.filter(name="report.tried_again")
    assert tried.count() == 2
    assert set(tried.values_list("actor_id", flat=True)) == {gina.pk}
    assert RawWebhook.objects.filter(set_aside="dropped").count() == 1
    assert RawWebhook.objects.filter(set_aside="quarantined").count() == 2
