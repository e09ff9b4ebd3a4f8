"""The list of messages: who sees which, what it can be narrowed to, and what is done from it."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from contact_center.domain.line import Kind
from contact_center.models import (
    Call,
    Queue,
    Team,
    TeamSupervisor,
    Voicemail,
    VoicemailStatus,
)
from contact_center.selectors import voicemails
from tests.builders import accepted, offer, signed_in, talking, waiting_call
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LIST = reverse("supervisors:voicemails")


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Any) -> None:
    settings.DJANGO_TWILIO_CALL_STORAGE = {"LOCAL_PATH": str(tmp_path)}


def message_for(queue: Queue, caller: str, **values: Any) -> Voicemail:
    """A message in line, left by this caller."""
    left_in, work = (waiting_call(queue, caller) for _n in range(2))
    Call.objects.filter(pk=work.pk).update(kind=Kind.VOICEMAIL)
    work.segments.update(kind="voicemail")
    return Voicemail.objects.create(
        tenant=queue.tenant,
        queue=queue,
        left_in=left_in,
        **{
            "call": work,
            "status": VoicemailStatus.KEPT,
            "asked_at": timezone.now(),
            "seconds": 42,
            "recording_sid": f"RE{work.pk:032x}",
            "sound": f"ab/{work.pk:032x}.mp3",
        }
        | values,
    )


def page(user: Any, query: str = "") -> str:
    answer = signed_in(user).get(LIST + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_each_message_is_listed_with_its_player_and_can_be_narrowed(cast: Cast) -> None:
    new = message_for(cast.support, "+14155550111")
    done = message_for(cast.sales, "+14155550122", done_at=timezone.now(), done_by=cast.alice.user)
    rung = message_for(cast.sales, "+14155550133")
    assert rung.call is not None
    talking(accepted(offer(rung.call, cast.alice)))
    everything = page(cast.carol)
    for message in (new, done, rung):
        assert message.sound.url in everything
        assert f'id="voicemail-{message.pk}"' in everything
    assert "0:42" in everything
    assert "Alice has it" in everything
    for stands, shown in (("new", new), ("offered", rung), ("done", done)):
        narrowed = page(cast.carol, f"?stands={stands}")
        assert [f'id="voicemail-{m.pk}"' in narrowed for m in (new, done, rung)] == [
            m == shown for m in (new, done, rung)
        ]
    assert f'id="voicemail-{new.pk}"' not in page(cast.carol, f"?queue={cast.sales.pk}")
    assert 'id="voicemail-' in page(cast.carol, "?stands=nonsense&queue=nothing&page=x")


def test_what_never_came_is_said_and_what_nobody_left_is_not_listed(cast: Cast) -> None:
    gone = message_for(
        cast.support, "+14155550111", call=None, sound="", status="absent", problem="It is gone."
    )
    message_for(cast.support, "+14155550122", call=None, sound="", status="empty")
    shown = page(cast.carol)
    assert "Without its sound" in shown
    assert "It is gone." in shown
    assert "0122" not in shown
    signed_in(cast.carol).post(reverse("supervisors:voicemail-done", args=[gone.pk]))
    gone.refresh_from_db()
    assert gone.done_by == cast.carol


def test_who_presses_done_after_somebody_else_changes_nothing(cast: Cast) -> None:
    message = message_for(cast.support, "+14155550111")
    door = reverse("supervisors:voicemail-done", args=[message.pk])
    assert f'data-deed="{door}"' in page(cast.carol)
    assert signed_in(cast.carol).post(door).status_code == 200
    message.refresh_from_db()
    assert message.done_by == cast.carol
    assert message.call is not None
    assert message.call.state == "ended"
    assert signed_in(cast.dana).post(door).status_code == 200
    message.refresh_from_db()
    assert message.done_by == cast.carol


def test_the_list_is_narrowed_and_paged_also_while_the_socket_is_away(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voicemails, "PAGE_SIZE", 1)
    older, newer = (message_for(cast.support, f"+1415555{n}") for n in ("0111", "0122"))
    message_for(cast.sales, "+14155550133")
    query = f"stands=new&queue={cast.support.pk}"
    panels = reverse("supervisors:voicemails-panels")
    carol = signed_in(cast.carol)
    for address in (LIST, panels):
        first, second = (
            carol.get(f"{address}?{query}{page}").content.decode() for page in ("", "&page=2")
        )
        assert [f'id="voicemail-{m.pk}"' in first for m in (newer, older)] == [True, False]
        assert [f'id="voicemail-{m.pk}"' in second for m in (newer, older)] == [False, True]
        assert f'href="?{query.replace("&", "&amp;")}&amp;page=2"' in first
        assert "0133" not in first + second
    shown = carol.get(f"{LIST}?{query}&page=2").content.decode()
    assert f'hx-ws:connect="/ws/voicemails/?{query}&amp;page=2"'.replace(
        "&queue", "&amp;queue"
    ) in (shown)
    assert signed_in(cast.alice.user).get(panels).status_code == 404


def test_nobody_sees_or_ends_what_is_not_theirs(cast: Cast) -> None:
    ours = message_for(cast.support, "+14155550111")
    theirs = message_for(cast.other_queue, "+14155550122")
    team = Team.objects.create(tenant=cast.tenant, name="Sales team")
    TeamSupervisor.objects.create(team=team, user=cast.carol)  # of which nobody serves Support
    assert "0111" not in page(cast.carol)
    assert "0122" not in page(cast.dana)
    for user, message in ((cast.carol, ours), (cast.dana, theirs), (cast.alice.user, ours)):
        door = reverse("supervisors:voicemail-done", args=[message.pk])
        assert signed_in(user).post(door).status_code == 404
    assert signed_in(cast.alice.user).get(LIST).status_code == 404
    assert not Voicemail.objects.filter(done_at__isnull=False).exists()


def test_the_page_of_the_call_plays_the_message_that_was_left_in_it(cast: Cast) -> None:
    message = message_for(cast.support, "+14155550111")
    browser = signed_in(cast.carol)
    left_in = browser.get(reverse("supervisors:call", args=[message.left_in_id])).content.decode()
    assert "Left a voicemail" in left_in
    assert message.sound.url in left_in
    work = browser.get(reverse("supervisors:call", args=[message.call_id])).content.decode()
    assert message.sound.url in work
    assert "The call in which it was left" in work
    assert "data-mode=" not in work
