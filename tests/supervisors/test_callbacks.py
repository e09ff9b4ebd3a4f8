"""The page of callbacks: who sees which, and what its buttons do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contact_center.models import Call, Callback, Segment, SegmentKind, Tenant, name_without_leg
from tests.cast import Cast

pytestmark = pytest.mark.once


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


@time_machine.travel(datetime(2026, 3, 3, 19, 0, tzinfo=UTC))  # 11 in the morning where he lives
def test_its_buttons_move_and_cancel(client: Client, cast: Cast, ours: Callback) -> None:
    client.force_login(cast.carol)
    move = reverse("supervisors:callback-move", args=[ours.pk])
    answer = client.post(move, {"at": "not a time"})
    assert (answer.status_code, answer.json()["message"]) == (422, "Choose a day and a time.")
    too_late = f"{timezone.localtime() + timedelta(days=30):%Y-%m-%dT%H:%M}"
    assert client.post(move, {"at": too_late}).status_code == 409
    ours.refresh_from_db()
    assert ours.next_at is None
    at = timezone.localtime() + timedelta(hours=5)
    assert client.post(move, {"at": f"{at:%Y-%m-%dT%H:%M}"}).status_code == 200
    ours.refresh_from_db()
    assert ours.next_at == at.replace(second=0, microsecond=0)
    assert client.post(reverse("supervisors:callback-now", args=[ours.pk])).status_code == 200
    ours.refresh_from_db()
    assert ours.next_at is None
    client.post(reverse("supervisors:callback-cancel", args=[ours.pk]))
    assert Call.objects.get(pk=ours.call_id).end_reason == "callback_cancelled"
    assert client.get(move).status_code == 405


def test_the_lists_are_narrowed_to_a_queue_also_while_the_socket_is_away(
    client: Client, cast: Cast, ours: Callback
) -> None:
    client.force_login(cast.carol)
    for name in ("callbacks", "callbacks-panels"):
        address = reverse(f"supervisors:{name}")
        for queue, is_shown in (
            (cast.support.pk, True),
            (cast.sales.pk, False),
            (cast.other_queue.pk, True),  # not to be seen: as if it had not been asked for
        ):
            said = client.get(address, {"queue": queue}).content.decode()
            assert ("0142" in said) is is_shown, (name, queue)
    page = client.get(reverse("supervisors:callbacks"), {"queue": cast.sales.pk}).content.decode()
    assert f'hx-ws:connect="/ws/callbacks/?queue={cast.sales.pk}"' in page
    assert f'data-panels="/supervisors/callbacks/panels/?queue={cast.sales.pk}"' in page
    for somebody in (cast.alice.user, cast.dave):
        client.force_login(somebody)
        assert client.get(reverse("supervisors:callbacks-panels")).status_code == 404
