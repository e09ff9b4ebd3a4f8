"""Several clocks at once on PostgreSQL: one of them makes the attempt, one of them does the job."""

import threading
from typing import Any

import pytest
from django.utils import timezone

from contact_center.models import Call, EventLog, Job, RawWebhook
from contact_center.services import heavy_work, reporting
from contact_center.services import tidying as tidying  # its job is known then
from tests.under_fire.races.threads import all_at_once
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres

CLOCKS = 8

#: Every run of a job, by whoever did it.
runs: list[int] = []


@heavy_work.on_job("noted_by_all")
def noted_by_all(job: Job, time_left: heavy_work.TimeLeft) -> bool:
    """Something that is to happen once."""
    runs.append(threading.get_ident())
    return True


@pytest.fixture(autouse=True)
def by_themselves(settings: Any) -> None:
    """Clocks that do the work themselves."""
    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"ASYNC_TASKS": {"USE_CELERY": False}}
    runs.clear()


def waiting_report(floor: Floor) -> RawWebhook:
    """A report that waited for its call, which has appeared."""
    sid = "CA" + "5" * 32
    now = timezone.now()
    reporting.receive_report(
        "status", "/webhooks/status/", {"CallSid": sid, "CallStatus": "completed"}
    )
    Call.objects.create(
        tenant_id=Call.objects.get(sid=floor.ring()).tenant_id,
        sid=sid,
        account_sid="AC",
        state="in_menu",
        arrived_at=now,
        heard_at=now,
    )
    return RawWebhook.objects.get(sid=sid)


def test_one_clock_applies_a_report_and_the_call_ends_once(floor: Floor) -> None:
    report = waiting_report(floor)
    applied = all_at_once(*[lambda: reporting.apply_report(report.pk)] * CLOCKS)
    assert sorted(applied) == [False] * (CLOCKS - 1) + [True]
    assert EventLog.objects.filter(name="call.ended").count() == 1


def test_clocks_that_stumble_together_make_one_attempt(floor: Floor) -> None:
    report = waiting_report(floor)
    # In a state that no table has, so that its end cannot be written.
    Call.objects.filter(sid=report.sid).update(state="no_such")
    results = all_at_once(*[lambda: reporting.apply_report(report.pk)] * CLOCKS)
    assert not any(results)
    report.refresh_from_db()
    assert (report.attempts, report.set_aside) == (1, "")


def test_however_many_clocks_ask_there_is_one_job_and_one_does_it(floor: Floor) -> None:
    asked = all_at_once(*[lambda: heavy_work.ask("noted_by_all", key="just one")] * CLOCKS)
    assert any(asked)
    job = Job.objects.get()
    became = all_at_once(*[lambda: heavy_work.do_job(job.pk)] * CLOCKS)
    assert sorted(became) == [""] * (CLOCKS - 1) + ["done"]
    assert len(runs) == 1
