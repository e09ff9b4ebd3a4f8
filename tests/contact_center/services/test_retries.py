"""A report we stumbled over is tried again, and at last shown to somebody; never lost, never four
times."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from contact_center.errors import NotAllowed
from contact_center.models import Call, EventLog, PhoneNumber, RawWebhook, Tenant
from contact_center.services import reporting, setting_aside
from tests.harness.broken_database import without
from tests.universe.floor import Floor

#: What a call's end needs and a report does not: without it the end cannot be applied.
NEEDED = "segment"


def report(kind: str = "status", body: bytes = b"", **fields: str) -> RawWebhook:
    reporting.receive_report(
        kind, f"/webhooks/{kind}/", fields, body or urlencode(fields, errors="replace").encode()
    )
    return RawWebhook.objects.latest("pk")


@pytest.fixture
def ended(floor: Floor) -> Iterator[RawWebhook]:
    """Somebody hung up while we had no table for it: the report is kept, the call goes on."""
    floor.reconciles = False
    sid = floor.ring()
    with without(NEEDED):
        kept = report(CallSid=sid, CallStatus="completed")
        yield kept


def keep_trying(floor: Floor, seconds: float = 10) -> None:
    """The clock ticks for so long, and does nothing but this."""
    for _tick in range(int(seconds * 2)):
        floor.traveller.shift(0.5)
        reporting.apply_waiting_reports(timezone.now())


def set_aside(floor: Floor, failed: RawWebhook) -> RawWebhook:
    """The report, given up."""
    keep_trying(floor)
    failed.refresh_from_db()
    assert failed.set_aside == "abandoned"
    return failed


def told() -> list[dict[str, Any]]:
    rows = EventLog.objects.filter(name="report.set_aside").order_by("pk")
    return list(rows.values_list("details", flat=True))


# --- trying again ---------------------------------------------------------------------------------


def test_what_failed_is_tried_again_with_growing_pauses(floor: Floor, ended: RawWebhook) -> None:
    moments = []
    for _tick in range(16):
        ended.refresh_from_db()
        if not moments or ended.attempts > len(moments):
            moments.append((timezone.now() - ended.received_at).total_seconds())
        keep_trying(floor, 0.5)
    assert moments == [0, 1, 6]


def test_after_three_attempts_it_is_given_up_and_never_tried_a_fourth_time(
    floor: Floor, ended: RawWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    set_aside(floor, ended)
    assert ended.attempts == 3
    assert "segment" in ended.problem
    call = Call.objects.get()
    [event] = told()
    assert event == {
        "kind": "status",
        "why": "abandoned",
        "report_id": ended.pk,
        "attempts": 3,
    }
    assert EventLog.objects.get(name="report.set_aside").call_id == call.pk
    [alert] = [r for r in caplog.records if "was given up" in r.getMessage()]
    assert alert.levelname == "ERROR"


def test_what_was_given_up_stays_so_though_the_cause_is_mended(floor: Floor) -> None:
    floor.reconciles = False
    sid = floor.ring()
    with without(NEEDED):
        failed = set_aside(floor, report(CallSid=sid, CallStatus="completed"))
    floor.traveller.shift(3600)
    reporting.apply_waiting_reports(timezone.now())
    failed.refresh_from_db()
    assert (failed.attempts, failed.applied_at) == (3, None)
    assert len(told()) == 1


def test_what_goes_well_at_the_second_attempt_is_simply_applied(floor: Floor) -> None:
    floor.reconciles = False
    sid = floor.ring()
    with without(NEEDED):
        kept = report(CallSid=sid, CallStatus="completed")
        assert (kept.attempts, kept.applied_at) == (1, None)
        assert Call.objects.get().state == "queued"
    floor.pass_seconds(1)
    assert Call.objects.get().state == "ended"
    kept.refresh_from_db()
    assert kept.applied_at is not None
    assert kept.set_aside == ""
    assert not told()


@pytest.mark.parametrize(("allowed", "made"), [(0, 1), (1, 1), (2, 2), (5, 5)])
def test_as_many_attempts_are_made_as_the_setting_says(
    floor: Floor, settings: Any, allowed: int, made: int
) -> None:
    settings.DJANGO_TWILIO_CALL_WEBHOOKS = {"MAX_RETRIES": allowed}
    floor.reconciles = False
    sid = floor.ring()
    with without(NEEDED):
        kept = report(CallSid=sid, CallStatus="completed")
        for _minute in range(10):
            floor.traveller.shift(60)
            reporting.apply_waiting_reports(timezone.now())
    kept.refresh_from_db()
    assert (kept.set_aside, kept.attempts) == ("abandoned", made)


def test_without_retries_a_failure_is_only_recorded(floor: Floor, settings: Any) -> None:
    settings.DJANGO_TWILIO_CALL_WEBHOOKS = {"RETRY_FAILED": False}
    floor.reconciles = False
    sid = floor.ring()
    with without(NEEDED):
        kept = report(CallSid=sid, CallStatus="completed")
    assert (kept.set_aside, kept.attempts) == ("failed", 1)
    assert "segment" in kept.problem
    keep_trying(floor, 60)
    kept.refresh_from_db()
    assert (kept.set_aside, kept.attempts, kept.applied_at) == ("failed", 1, None)
    assert Call.objects.get().state == "queued"
    assert [event["why"] for event in told()] == ["failed"]


def test_without_retries_a_report_still_waits_for_its_call(floor: Floor, settings: Any) -> None:
    settings.DJANGO_TWILIO_CALL_WEBHOOKS = {"RETRY_FAILED": False}
    sid = "CA" + "5" * 32
    early = report(CallSid=sid, CallStatus="completed")
    floor.pass_seconds(5)
    make_call(sid)
    floor.pass_seconds(1)
    early.refresh_from_db()
    assert early.applied_at is not None


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing after it runs."""


@contextmanager
def stopped_at(words: str, by: BaseException) -> Iterator[None]:
    """Whoever sends the database a statement with these words gets no further."""

    def stop(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if words in sql:
            raise by
        return execute(sql, params, many, context)

    with connection.execute_wrapper(stop):
        yield


def test_a_report_that_takes_the_process_down_does_not_do_so_for_ever(floor: Floor) -> None:
    floor.reconciles = False
    sid = "CA" + "5" * 32
    early = report(CallSid=sid, CallStatus="completed")
    make_call(sid)
    deaths = 0
    with stopped_at('UPDATE "contact_center_call"', Killed()):
        for _minute in range(10):
            floor.traveller.shift(60)
            try:
                reporting.apply_waiting_reports(timezone.now())
            except Killed:
                deaths += 1
    assert deaths == 3
    early.refresh_from_db()
    assert early.set_aside == "abandoned"
    assert "process ended" in early.problem


def test_one_report_that_fails_holds_up_no_other(floor: Floor) -> None:
    floor.reconciles = False
    first, second = floor.ring(), "CA" + "5" * 32
    with without(NEEDED):
        bad = report(CallSid=first, CallStatus="completed")
        good = report(CallSid=second, CallStatus="in-progress")
        make_call(second)
        floor.traveller.shift(1)
        assert reporting.apply_waiting_reports(timezone.now()) == 1
    bad.refresh_from_db(), good.refresh_from_db()
    assert (bad.attempts, bad.applied_at) == (2, None)
    assert good.applied_at is not None


def test_a_report_that_is_applied_late_never_turns_anything_back(floor: Floor) -> None:
    floor.reconciles = False
    sid = floor.ring()
    with stopped_at('UPDATE "contact_center_call"', OperationalError("deadlock")):
        late = report(CallSid=sid, CallStatus="in-progress", SequenceNumber="2")
    assert (late.attempts, late.applied_at) == (1, None)
    report(CallSid=sid, CallStatus="completed", SequenceNumber="3")
    ended = Call.objects.values().get(sid=sid)
    assert ended["state"] == "ended"
    floor.pass_seconds(2)
    late.refresh_from_db()
    assert late.applied_at is not None
    assert Call.objects.values().get(sid=sid) == ended


# --- what is about no call of ours ----------------------------------------------------------------


def test_a_report_of_nobody_is_set_aside_after_an_hour(floor: Floor) -> None:
    stray = report(CallSid="CA" + "5" * 32, CallStatus="completed", To="+14155550102")
    floor.traveller.shift(timedelta(minutes=59))
    floor.pass_seconds(1)
    stray.refresh_from_db()
    assert (stray.set_aside, stray.attempts) == ("", 0)
    floor.traveller.shift(timedelta(minutes=2))
    floor.pass_seconds(1)
    stray.refresh_from_db()
    assert (stray.set_aside, stray.attempts, stray.applied_at) == ("unclaimed", 0, None)
    assert [event["why"] for event in told()] == ["unclaimed"]


def test_a_report_of_nobody_is_not_looked_at_all_the_time(floor: Floor) -> None:
    """Thousands of them, which another program of the account may cause, cost next to nothing."""
    stray = report(CallSid="CA" + "5" * 32, CallStatus="completed")
    floor.traveller.shift(60)
    looks = 0
    for _tick in range(120):
        floor.traveller.shift(0.5)
        before = RawWebhook.objects.get(pk=stray.pk).next_attempt_at
        reporting.apply_waiting_reports(timezone.now())
        looks += RawWebhook.objects.get(pk=stray.pk).next_attempt_at != before
    assert looks == 6


# --- whose it is ----------------------------------------------------------------------------------


def test_a_report_belongs_to_the_organisation_of_its_call(floor: Floor, cast: Any) -> None:
    sid = floor.ring()
    assert report(CallSid=sid, CallStatus="on fire").tenant == cast.tenant


def test_a_report_of_an_unknown_call_belongs_to_the_number_that_was_rung(
    floor: Floor, cast: Any
) -> None:
    PhoneNumber.objects.create(
        tenant=cast.other_tenant, e164="+14155550199", queue=cast.other_queue
    )
    stray = report(CallSid="CA" + "5" * 32, CallStatus="on fire", To="+14155550199")
    assert stray.tenant == cast.other_tenant
    assert EventLog.objects.get(name="report.set_aside").tenant == cast.other_tenant


def test_what_may_be_anybodys_is_shown_to_nobody_unless_there_is_only_one(
    floor: Floor, cast: Any
) -> None:
    assert report(CallSid="CA" + "5" * 32, CallStatus="on fire").tenant is None
    assert not told()
    only = Tenant.objects.exclude(pk=cast.other_tenant.pk).get()
    remove(cast.other_tenant)
    assert report(CallSid="CA" + "6" * 32, CallStatus="on fire").tenant == only


# --- what can never be applied --------------------------------------------------------------------

SID = "CA" + "5" * 32


@pytest.mark.parametrize(
    ("fields", "body", "fault"),
    [
        ({"CallStatus": "com\x00pleted"}, b"", "'CallStatus' holds a NUL"),
        ({"CallStatus": "completed", "No\x00te": "1"}, b"", "'Note' holds a NUL"),
        ({"CallStatus": "completed", "CallerName": "\ud800"}, b"", "no text"),
        ({"CallStatus": "completed", "CallerName": "\ufffd"}, b"CallerName=%ED%A0%80", "no text"),
        ({"CallStatus": "exploded"}, b"", "never 'exploded'"),
        ({"CallStatus": ""}, b"", "never ''"),
        ({"CallStatus": "completed", "CallSid": "CA12"}, b"", "'CA12' is no call"),
        ({"CallStatus": "completed"}, b"x" * 70_000, "70,000 bytes long"),
    ],
)
def test_a_damaged_report_is_quarantined_as_it_came(
    floor: Floor, fields: dict[str, str], body: bytes, fault: str
) -> None:
    kept = report(body=body, **{"CallSid": SID, **fields})
    assert kept.set_aside == "quarantined"
    assert fault in kept.problem
    came = body or urlencode({"CallSid": SID, **fields}, errors="replace").encode()
    assert bytes(kept.body or b"") == came[: 64 * 1024]
    assert kept.applied_at is None
    floor.pass_seconds(30)
    kept.refresh_from_db()
    assert (kept.attempts, kept.set_aside) == (0, "quarantined")


def test_the_same_damage_twice_is_kept_once(floor: Floor) -> None:
    for _time in range(2):
        report(CallSid=SID, CallStatus="exploded")
    assert RawWebhook.objects.count() == 1


@pytest.mark.parametrize("name", ["Jos\u00e9", "\U0001f4de", "\ufffd as somebody wrote it", "a\tb"])
def test_an_unusual_name_is_no_damage(floor: Floor, name: str) -> None:
    sid = floor.ring()
    kept = report(CallSid=sid, CallStatus="in-progress", CallerName=name)
    assert (kept.set_aside, kept.body) == ("", None)
    assert kept.applied_at is not None


# --- what people do -------------------------------------------------------------------------------


def test_an_admin_has_it_tried_again_and_this_time_it_is_applied(floor: Floor, cast: Any) -> None:
    floor.reconciles = False
    sid = floor.ring()
    with without(NEEDED):
        failed = set_aside(floor, report(CallSid=sid, CallStatus="completed"))
    setting_aside.try_again(report_id=failed.pk, actor=cast.dana)
    floor.pass_seconds(1)
    assert Call.objects.get().state == "ended"
    failed.refresh_from_db()
    assert failed.applied_at is not None
    event = EventLog.objects.get(name="report.tried_again")
    assert (event.actor_id, event.call_id) == (cast.dana.pk, Call.objects.get().pk)


def test_what_fails_again_is_set_aside_again_after_three_more(
    floor: Floor, cast: Any, ended: RawWebhook
) -> None:
    set_aside(floor, ended)
    setting_aside.try_again(report_id=ended.pk, actor=cast.dana)
    set_aside(floor, ended)
    assert ended.attempts == 3
    assert len(told()) == 2


def test_what_is_damaged_stays_so_however_often_it_is_tried(floor: Floor, cast: Any) -> None:
    kept = report(CallSid=floor.ring(), CallStatus="exploded")
    setting_aside.try_again(report_id=kept.pk, actor=cast.dana)
    floor.pass_seconds(1)
    kept.refresh_from_db()
    assert kept.set_aside == "quarantined"


def test_what_an_admin_drops_is_out_of_the_way_and_not_deleted(floor: Floor, cast: Any) -> None:
    kept = report(CallSid=floor.ring(), CallStatus="exploded")
    setting_aside.drop(report_id=kept.pk, actor=cast.dana)
    kept.refresh_from_db()
    assert kept.set_aside == "dropped"
    assert EventLog.objects.get(name="report.dropped").actor_id == cast.dana.pk
    with pytest.raises(NotAllowed, match="not set aside any more"):
        setting_aside.drop(report_id=kept.pk, actor=cast.dana)
    assert EventLog.objects.filter(name__startswith="report.").count() == 2
    setting_aside.try_again(report_id=kept.pk, actor=cast.dana)
    with pytest.raises(NotAllowed, match="not set aside any more"):
        setting_aside.try_again(report_id=kept.pk, actor=cast.dana)


def test_nobody_acts_on_a_report_of_another_organisation(floor: Floor, cast: Any) -> None:
    kept = report(CallSid=floor.ring(), CallStatus="exploded")
    for deed in (setting_aside.drop, setting_aside.try_again):
        with pytest.raises(NotAllowed):
            deed(report_id=kept.pk, actor=cast.erin.user)
    kept.refresh_from_db()
    assert kept.set_aside == "quarantined"


def make_call(sid: str) -> Call:
    """A call that is in the menu."""
    now = timezone.now()
    return Call.objects.create(
        tenant=Tenant.objects.order_by("pk").first(),
        sid=sid,
        account_sid="AC",
        state="in_menu",
        arrived_at=now,
        heard_at=now,
    )


def remove(tenant: Tenant) -> None:
    """An organisation leaves, with everything of its own."""
    from contact_center.models import Agent, Queue, QueueMember, User

    QueueMember.objects.filter(agent__tenant=tenant).delete()
    Agent.objects.filter(tenant=tenant).delete()
    User.objects.filter(tenant=tenant).delete()
    Queue.objects.filter(tenant=tenant).delete()
    tenant.delete()
