"""The timetable names tasks that exist, and whatever travels is JSON."""

import json

import pytest

from contact_center.celery import app


@pytest.fixture(autouse=True)
def as_in_a_worker() -> None:
    """A worker looks for tasks when it starts."""
    app.loader.import_default_modules()


def test_every_entry_of_the_timetable_is_a_task_that_exists() -> None:
    assert app.conf.beat_schedule
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks


def test_nothing_but_json_is_ever_sent_or_believed() -> None:
    assert app.conf.task_serializer == "json"
    assert app.conf.result_serializer == "json"
    assert list(app.conf.accept_content) == ["json"]


@pytest.mark.django_db
def test_what_a_task_returns_is_json() -> None:
    result = app.tasks["contact_center.tasks.tidy_up"].apply().get()
    assert json.loads(json.dumps(result)) == result
