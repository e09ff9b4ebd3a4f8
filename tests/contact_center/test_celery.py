"""Celery finds our tasks in any app, the timetable names tasks that exist, and all is JSON."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from kombu.exceptions import EncodeError, OperationalError
from kombu.serialization import ContentDisallowed

from contact_center import celery as ours
from contact_center.models import Job
from contact_center.services import heavy_work
from contact_center.timetable import TIMETABLE

TASKS = {"contact_center.tasks.do_job", "contact_center.tasks.ask_for"}


@pytest.fixture
def app() -> Any:
    """Ours, as a worker has it when it has started."""
    ours.app.loader.import_default_modules()
    return ours.app


@pytest.fixture
def hosts_app() -> Iterator[Any]:
    """The app of a site that had one before us, made as Celery's manual says."""
    made = Celery("host", broker="memory://", set_as_current=False)
    made.config_from_object("django.conf:settings", namespace="CELERY")
    made.autodiscover_tasks(["contact_center"])
    made.conf.beat_schedule = {**TIMETABLE}
    made.loader.import_default_modules()
    made.finalize()
    yield made
    made.close()


def test_every_entry_of_the_timetable_is_a_task_that_exists(app: Any) -> None:
    assert app.conf.beat_schedule
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
        [kind] = entry["args"]
        assert kind in heavy_work.DEEDS
        assert kind in heavy_work.HOURLY


def test_the_app_of_a_host_has_our_tasks_and_every_entry_of_the_timetable(hosts_app: Any) -> None:
    assert set(hosts_app.tasks) >= TASKS
    for entry in hosts_app.conf.beat_schedule.values():
        assert entry["task"] in hosts_app.tasks


def test_every_task_is_held_to_the_time_limits_of_the_settings(app: Any, settings: Any) -> None:
    limits = {"TASK_TIME_LIMIT": 90, "TASK_SOFT_TIME_LIMIT": 70}
    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"ASYNC_TASKS": limits}
    for name in TASKS:
        assert (app.tasks[name].time_limit, app.tasks[name].soft_time_limit) == (90, 70)


def test_nothing_but_json_is_ever_sent_or_believed(app: Any) -> None:
    assert app.conf.task_serializer == "json"
    assert app.conf.result_serializer == "json"
    assert list(app.conf.accept_content) == ["json"]
    with Celery("x", broker="memory://", set_as_current=False) as other:
        other.conf.update(task_serializer="json", accept_content=["json"])
        with pytest.raises(EncodeError):
            other.send_task("contact_center.tasks.do_job", args=[object()])
        with other.connection() as connection, connection.SimpleQueue("pickles") as queue:
            queue.put({"a": 1}, serializer="pickle")
            consumer = queue.consumer
            consumer.accept = {"application/json"}
            with pytest.raises(ContentDisallowed):
                queue.get_nowait().decode()


@pytest.mark.django_db
def test_what_a_task_returns_is_json_and_its_outcome_is_asked_of_the_row(app: Any) -> None:
    asked = app.tasks["contact_center.tasks.ask_for"].apply(args=["tidy_up"]).get()
    again = app.tasks["contact_center.tasks.ask_for"].apply(args=["tidy_up"]).get()
    became = app.tasks["contact_center.tasks.do_job"].apply(args=[Job.objects.get().pk]).get()
    results = [asked, again, became]
    assert results == [True, False, "done"]
    assert json.loads(json.dumps(results)) == results
    # With or without a result back end: what became of it stands in the row.
    assert Job.objects.get().outcome == "done"


def test_giving_work_to_a_broker_that_is_down_fails_at_once(settings: Any) -> None:
    """It would be tried for ever by default; the row waits better than the process."""
    with Celery("x", broker="redis://127.0.0.1:1/0", set_as_current=False) as down:
        down.conf.broker_transport_options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
        with pytest.raises(OperationalError):
            down.send_task("contact_center.tasks.do_job", args=[1], retry=False)
