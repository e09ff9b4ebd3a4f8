"""The page of callbacks: who sees which, and what its buttons do."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contact_center.models import Call, Callback, Segment, SegmentKind, Tenant, name_without_leg
from tests.cast import Cast


def a_callback(tenant: Tenant, queue_id: int, number: str) -> Callback:
    """Somebody in line to be called back."""
    now = timezone.now()
    call = Call.objects.create(
        tenant=tenant,
        kind="callback",
        sid=name_without_leg(),
        account_sid="AC1",
        from_number=number,
        to_number="+14155550102",
        state="queued",
        queue_id=queue_id,
        arrived_at=now,
        heard_at=now,
    )
    Segment.objects.create(
        call=call,
        kind=SegmentKind.CALLBACK,
        queue_id=queue_id,
        started_at=now,
        placed_at=now,
        wait_started_at=now,
    )
    return Callback.objects.create(call=call, expires_at=now + timedelta(hours=48))


@pytest.fixture
def ours(cast: Cast) -> Callback:
    return a_callback(cast.tenant, cast.support.pk, "+14155550142")


@pytest.fixture
def theirs(cast: Cast) -> Callback:
    return a_callback(cast.other_tenant, cast.other_queue.pk, "+14155550143")


def test_a_supervisor_sees_the_own_organisation_and_nobody_else_sees_anything(
    client: Client, cast: Cast, ours: Callback, theirs: Callback
) -> None:
    for somebody, status in ((cast.alice.user, 404), (cast.dave, 404), (cast.carol, 200)):
        client.force_login(somebody)
        answer = client.get(reverse("supervisors:callbacks"))
        assert answer.status_code == status
    page = answer.content.decode()
    assert "+1 415 555 0142" in page
    assert "0143" not in page


@pytest.mark.parametrize("deed", ["cancel", "now", "move"])
def test_nobody_touches_what_is_not_theirs(
    client: Client, cast: Cast, ours: Callback, theirs: Callback, deed: str
) -> None:
    for somebody, callback in ((cast.carol, theirs), (cast.alice.user, ours)):
        client.force_login(somebody)
        answer = client.post(reverse(f"supervisors:callback-{deed}", args=[callback.pk]))
        assert answer.status_code == 404
    assert Call.objects.filter(state="queued").count() == 2


def test_its_buttons_move_and_cancel(client: Client, cast: Cast, ours: Callback) -> None:
    client.force_login(cast.carol)
    move = reverse("supervisors:callback-move", args=[ours.pk])
    page = client.post(move, {"at": "not a time"}, follow=True).content.decode()
    assert "Choose a day and a time." in page
    at = timezone.localtime() + timedelta(hours=5)
    page = client.post(move, {"at": f"{at:%Y-%m-%dT%H:%M}"}, follow=True).content.decode()
    assert "The time was changed." in page
    ours.refresh_from_db()
    assert ours.next_at == at.replace(second=0, microsecond=0)
    client.post(reverse("supervisors:callback-cancel", args=[ours.pk]))
    assert Call.objects.get(pk=ours.call_id).end_reason == "callback_cancelled"
