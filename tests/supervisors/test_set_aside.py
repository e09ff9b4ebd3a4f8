"""Who sees the reports that were not applied, what they read of them, and who acts on them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contact_center.models import Call, EventLog, Job, RawWebhook, Role
from contact_center.services import heavy_work, reporting
from tests.cast import Cast, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE = reverse("supervisors:set-aside")


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def report(sid: str, **fields: str) -> RawWebhook:
    """Something nobody can apply."""
    said = {"CallSid": sid, "CallStatus": "exploded", **fields}
    body = urlencode(said, errors="replace").encode()
    reporting.receive_report("status", "/webhooks/status/", said, body)
    return RawWebhook.objects.latest("pk")


def make_call(cast: Cast, digit: str = "5", tenant: Any = None) -> Call:
    now = timezone.now()
    return Call.objects.create(
        tenant=tenant or cast.tenant,
        sid="CA" + digit * 32,
        account_sid="AC",
        from_number="+14155550142",
        state="in_menu",
        arrived_at=now,
        heard_at=now,
    )


@pytest.fixture
def call(cast: Cast) -> Call:
    return make_call(cast)


def test_a_supervisor_reads_what_came_when_and_why_it_was_not_applied(
    cast: Cast, call: Call
) -> None:
    kept = report(call.sid, Note="hello & <b>")
    page = signed_in(cast.carol).get(PAGE).content.decode()
    assert "Not understood" in page
    assert "Status of a line: exploded" in page
    assert "A call is never &#x27;exploded&#x27;." in page
    assert timezone.localtime(kept.received_at).strftime("%H:%M:%S") in page
    assert "Note=hello+%26+%3Cb%3E" in page
    assert f'href="/supervisors/calls/{call.pk}/"' in page
    assert "+1 415 555 0142" in page


def test_nothing_in_a_report_is_more_than_text(cast: Cast, call: Call) -> None:
    hostile = "<script>alert(1)</script>\x00\x1b[31m"
    reporting.receive_report(
        "status",
        "/webhooks/status/",
        {"CallSid": call.sid, "CallStatus": hostile},
        b"CallStatus=" + hostile.encode() + b"\xff\xfe",
    )
    page = signed_in(cast.carol).get(PAGE).content.decode()
    assert "<script>alert" not in page
    assert "\x00" not in page
    assert "&lt;script&gt;" in page
    assert "\\xff\\xfe" in page


def test_a_long_report_is_shown_as_far_as_it_helps(cast: Cast, call: Call) -> None:
    report(call.sid, Digits="1" * 5000)
    page = signed_in(cast.carol).get(PAGE).content.decode()
    assert "characters more" in page
    assert "1" * 2001 not in page


def test_who_is_no_supervisor_learns_nothing(cast: Cast, call: Call) -> None:
    kept = report(call.sid)
    for person in (cast.alice.user, cast.dave):
        assert signed_in(person).get(PAGE).status_code == 404
    assert Client().get(PAGE).status_code == 302
    for name in ("try-again", "drop"):
        address = reverse(f"supervisors:{name}", args=[kept.pk])
        # A supervisor sees it, and leaves the deed to an admin.
        for person in (cast.alice.user, cast.dave, cast.carol):
            assert signed_in(person).post(address).status_code == 404
        assert signed_in(cast.dana).get(address).status_code == 405
        assert Client().post(address).status_code == 302
    kept.refresh_from_db()
    assert kept.set_aside == "quarantined"
    assert "Try again" not in signed_in(cast.carol).get(PAGE).content.decode()


def test_another_organisations_reports_are_not_there(cast: Cast) -> None:
    admin = make_user(cast.tenant, "gina", Role.ADMIN, is_superuser=False)
    theirs = report(make_call(cast, "6", cast.other_tenant).sid, Note="theirs")
    unowned = report("CA" + "7" * 32, Note="anybodys")
    page = signed_in(admin).get(PAGE + "?why=quarantined").content.decode()
    assert "theirs" not in page
    assert "anybodys" not in page
    for kept in (theirs, unowned):
        for name in ("try-again", "drop"):
            answer = signed_in(admin).post(
                reverse(f"supervisors:{name}", args=[kept.pk]), follow=True
            )
            assert "not set aside any more" in answer.content.decode()
        kept.refresh_from_db()
        assert kept.set_aside == "quarantined"
    their_admin = make_user(cast.other_tenant, "frank", Role.ADMIN)
    assert "theirs" in signed_in(their_admin).get(PAGE).content.decode()


def test_a_report_of_which_nobody_knows_whose_it_is_is_seen_by_who_runs_the_site(
    cast: Cast,
) -> None:
    unowned = report("CA" + "7" * 32, Note="anybodys")
    theirs = report(make_call(cast, "6", cast.other_tenant).sid, Note="theirs")
    assert unowned.tenant is None
    assert cast.dana.is_superuser
    dana = signed_in(cast.dana)
    page = dana.get(PAGE).content.decode()
    assert "anybodys" in page
    assert "theirs" not in page
    dana.post(reverse("supervisors:drop", args=[unowned.pk]))
    dana.post(reverse("supervisors:drop", args=[theirs.pk]))
    unowned.refresh_from_db(), theirs.refresh_from_db()
    assert (unowned.set_aside, theirs.set_aside) == ("dropped", "quarantined")


def test_an_admin_has_one_tried_again_and_lets_another_go(cast: Cast, call: Call) -> None:
    one, other = report(call.sid), report(call.sid, Note="other")
    dana = signed_in(cast.dana)
    page = dana.get(PAGE).content.decode()
    assert page.count("Try again") == 2
    answer = dana.post(reverse("supervisors:try-again", args=[one.pk]), follow=True)
    assert "It is being tried again." in answer.content.decode()
    answer = dana.post(reverse("supervisors:drop", args=[other.pk]), follow=True)
    assert "It was let go." in answer.content.decode()
    assert "Every report of the network was applied." in answer.content.decode()
    one.refresh_from_db(), other.refresh_from_db()
    assert (one.set_aside, one.attempts) == ("", 0)
    assert other.set_aside == "dropped"
    deeds = EventLog.objects.filter(actor_id=cast.dana.pk).order_by("pk")
    assert list(deeds.values_list("name", flat=True)) == ["report.tried_again", "report.dropped"]
    assert "Note=other" in dana.get(PAGE + "?why=dropped").content.decode()


def test_an_admin_has_all_of_them_tried_again_and_waits_for_none(cast: Cast, call: Call) -> None:
    for number in range(3):
        report(call.sid, SequenceNumber=str(number))
    dana = signed_in(cast.dana)
    assert "Try all again" in dana.get(PAGE).content.decode()
    assert "Try all again" not in signed_in(cast.carol).get(PAGE).content.decode()
    answer = dana.post(reverse("supervisors:try-all-again"), follow=True)
    assert "one after the other" in answer.content.decode()
    # The page was answered before any of it was done.
    assert RawWebhook.objects.filter(set_aside="quarantined").count() == 3
    assert Job.objects.get().kind == "try_all_again"
    assert heavy_work.do_job(Job.objects.get().pk) == "done"
    assert not RawWebhook.objects.exclude(set_aside="").exists()


def test_nobody_else_has_all_of_them_tried_again(cast: Cast) -> None:
    address = reverse("supervisors:try-all-again")
    for person in (cast.alice.user, cast.carol, cast.dave):
        assert signed_in(person).post(address).status_code == 404
    assert signed_in(cast.dana).get(address).status_code == 405
    assert not Job.objects.exists()


@pytest.mark.parametrize("query", ["", "?why=nonsense", "?why=abandoned", "?page=99", "?page=x"])
def test_any_address_shows_something_sensible(cast: Cast, query: str) -> None:
    answer = signed_in(cast.carol).get(PAGE + query)
    assert answer.status_code == 200
    assert "Nothing here" in answer.content.decode()


def test_many_are_shown_page_by_page_at_one_price(
    cast: Cast, call: Call, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(30):
        report(call.sid, SequenceNumber=str(number))
    carol = signed_in(cast.carol)
    with django_assert_max_num_queries(13):
        first = carol.get(PAGE).content.decode()
    assert first.count('id="report-') == 25
    assert "Page 1 of 2" in first
    second = carol.get(PAGE + "?page=2").content.decode()
    assert second.count('id="report-') == 5
    assert "SequenceNumber=0" in second
