"""The lists of callbacks and of messages and the page of a queue, kept up to date for whoever may.

Bob serves Support, Alice serves Sales; Nora supervises the team of Alice alone. Mallory supervises
the other organisation.
"""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from contact_center.domain.overflow import Reason
from contact_center.models import Callback, Offer, Queue, User
from contact_center.selectors.scopes import Scope
from contact_center.selectors.voicemails import look_at_messages
from contact_center.services import (
    arranging,
    calling_back,
    choosing,
    connecting,
    dialling,
    listening,
)
from contact_center.services.transitions import lock_call
from realtime.rendering import View, callback_views, queue_views, voicemail_views
from tests.realtime.conftest import CALM, OpenPage, Page, Teams
from tests.realtime.test_hub import catch_up, changed
from tests.realtime.world import World
from tests.supervisors.test_voicemails import message_for

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("pace", [CALM]),
]


def asked_back(world: World) -> Callback:
    """Somebody who waits in Support asks to be called back."""
    Queue.objects.update(callback_from_hour=0, callback_until_hour=24)
    waiting = world.ring_in("+14155550102")
    with transaction.atomic():
        call = lock_call(waiting.pk)
        stay = call.segments.get(ended_at=None)
        now = timezone.now()
        callback, is_new = calling_back.ask(call, stay, call.from_number, now)
        choosing.leave_line(call, stay, "callback", Reason.CALLED_BACK, now)
    assert is_new
    return callback


async def open_as(open_page: OpenPage, path: str, user: User, views: frozenset[View]) -> Page:
    page: Page = await open_page(path, user)
    assert page.connected[0], path
    page.subjects = dict.fromkeys(views, user.tenant_id)
    return page


async def test_every_step_of_a_callback_is_on_the_list_and_nothing_of_it_elsewhere(
    world: World,
    teams: Teams,
    open_page: OpenPage,
) -> None:
    cast = world.cast
    support, sales = cast.support.pk, cast.sales.pk
    whole, ours = Scope(cast.tenant.pk), Scope(cast.tenant.pk, (teams.north.pk,))
    pages = {
        "all": await open_as(open_page, "/ws/callbacks/", world.carol, callback_views(whole)),
        "support": await open_as(
            open_page,
            f"/ws/callbacks/?queue={support}",
            world.carol,
            callback_views(Scope(cast.tenant.pk, queue_id=support)),
        ),
        "sales": await open_as(
            open_page,
            f"/ws/callbacks/?queue={sales}",
            world.carol,
            callback_views(Scope(cast.tenant.pk, queue_id=sales)),
        ),
        "nora": await open_as(
            open_page, f"/ws/callbacks/?queue={support}", teams.nora, callback_views(ours)
        ),
        "mallory": await open_as(
            open_page,
            f"/ws/callbacks/?queue={support}",
            world.mallory,
            callback_views(Scope(cast.other_tenant.pk)),
        ),
    }
    shown = {name: await page.snapshot() for name, page in pages.items()}
    at_first = {name: dict(panels) for name, panels in shown.items()}

    async def after(what: Any, *args: Any, panel: str, says: str, **more: Any) -> Any:
        before = {name: dict(panels) for name, panels in shown.items()}
        result = await sync_to_async(what)(*args, **more)
        for name, page in pages.items():
            await catch_up(page, shown[name])
        for name in ("all", "support"):
            assert panel in changed(before[name], shown[name])
            assert says in shown[name][panel]
        return result

    callback = await after(asked_back, world, panel="callbacks-waiting", says="7001")
    later = timezone.now() + timedelta(hours=3)
    by_carol: dict[str, Any] = {"callback": callback, "actor": world.carol}
    await after(
        calling_back.move, **by_carol, at=later, panel="callbacks-later", says=f"{callback.pk}"
    )
    await after(calling_back.move, **by_carol, panel="callbacks-waiting", says="7001")
    offer: Offer = await sync_to_async(world.dispatch)()
    assert offer.call_id == callback.call_id
    await after(_dial, world, offer, panel="callbacks-waiting", says="7001")
    await after(_busy, offer, panel="callbacks-later", says="Busy")
    await after(calling_back.cancel, **by_carol, panel="callbacks-ended", says="7001")
    for name in ("sales", "nora", "mallory"):
        assert not changed(at_first[name], shown[name]), name
        assert "7001" not in "".join(shown[name].values())


def _dial(world: World, offer: Offer) -> None:
    world.accept(offer)
    offer.refresh_from_db()
    with transaction.atomic():
        connecting.agent_joined(offer, conference_sid=f"CF{offer.pk:032x}")
        assert dialling.live_attempt(lock_call(offer.call_id)) is not None


def _busy(offer: Offer) -> None:
    with transaction.atomic():
        call = lock_call(offer.call_id)
        attempt = dialling.live_attempt(call)
        assert attempt is not None
        dialling.not_reached(call, attempt, dialling.Tried.BUSY)


async def test_a_message_changes_the_list_as_it_is_narrowed_and_no_other_one(
    world: World,
    teams: Teams,
    open_page: OpenPage,
) -> None:
    cast = world.cast
    whole, ours = Scope(cast.tenant.pk), Scope(cast.tenant.pk, (teams.north.pk,))
    message = await sync_to_async(message_for)(cast.support, "+14155550111")
    old = await sync_to_async(message_for)(
        cast.sales, "+14155550122", done_at=timezone.now(), done_by=world.alice.user
    )

    async def open_list(user: User, scope: Scope, query: str = "") -> Page:
        asked = dict(pair.split("=") for pair in query.split("&") if pair)
        look = await sync_to_async(look_at_messages)(scope, asked)
        return await open_as(open_page, f"/ws/voicemails/?{query}", user, voicemail_views(look))

    pages = {
        "all": await open_list(world.carol, whole),
        "new": await open_list(world.carol, whole, "stands=new"),
        "done": await open_list(world.carol, whole, "stands=done"),
        "nora": await open_list(teams.nora, ours, f"queue={cast.support.pk}"),
        "mallory": await open_list(world.mallory, Scope(cast.other_tenant.pk)),
    }
    shown = {name: (await page.snapshot())["voicemails-list"] for name, page in pages.items()}

    async def after(what: Any, *args: Any, **more: Any) -> dict[str, str]:
        await sync_to_async(what)(*args, **more)
        for name, page in pages.items():
            panels = {"voicemails-list": shown[name]}
            await catch_up(page, panels)
            shown[name] = panels["voicemails-list"]
        return shown

    def on_list(name: str) -> list[bool]:
        return [f'id="voicemail-{one.pk}"' in shown[name] for one in (message, old)]

    assert (on_list("all"), on_list("new"), on_list("done")) == (
        [True, True],
        [True, False],
        [False, True],
    )
    before = dict(shown)
    await after(world.caller_hangs_up, message.left_in)
    await after(world.caller_hangs_up, old.left_in)
    await after(_offered, world, message.call_id)
    assert (on_list("all"), on_list("new")) == ([True, True], [False, False])
    await after(listening.mark_done, voicemail=message, actor=world.carol)
    assert (on_list("new"), on_list("done")) == ([False, False], [True, True])
    assert "carol" in shown["done"].lower()
    assert on_list("nora") == [False, True], "the queue of another team is not narrowed to"
    assert on_list("mallory") == [False, False]
    assert shown["nora"] == before["nora"]
    assert shown["mallory"] == before["mallory"]


def _offered(world: World, call_id: int) -> None:
    world.dispatch()
    assert Offer.objects.filter(call_id=call_id, ended_at=None).exists()


async def test_the_page_of_a_queue_shows_who_waits_there_and_what_is_arranged(
    world: World,
    teams: Teams,
    open_page: OpenPage,
) -> None:
    support: Queue = world.cast.support
    path = f"/ws/queues/{support.pk}/"
    scope = Scope(world.cast.tenant.pk, queue_id=support.pk)
    page = await open_as(open_page, path, world.carol, queue_views(scope))
    shown = await page.snapshot()
    assert "Bob" in shown["queue-agents"]
    assert "Alice" not in shown["queue-agents"]
    await sync_to_async(world.take_a_break)(world.bob)
    call = await sync_to_async(world.ring_in)("+14155550102")
    await sync_to_async(world.ring_in)("+14155550101")
    await catch_up(page, shown)
    assert 'data-state="break"' in shown["queue-agents"]
    assert "7001" in shown["queue-waiting"]
    assert "7002" not in shown["queue-waiting"]
    stay = await sync_to_async(call.segments.get)(ended_at=None)
    await sync_to_async(arranging.prioritise)(stay=stay, priority=9, actor=world.carol)
    await catch_up(page, shown)
    assert "Priority 9" in shown["queue-waiting"]
    assert f'data-arrange="/supervisors/waiting/{stay.pk}/"' in shown["queue-waiting"]
    await sync_to_async(world.caller_hangs_up)(call)
    await catch_up(page, shown)
    assert "Nobody waits" in shown["queue-waiting"]


async def test_who_may_not_look_opens_none_of_these_pages(
    world: World,
    teams: Teams,
    open_page: OpenPage,
    settings: Any,
) -> None:
    support = world.cast.support.pk
    lists = ("/ws/callbacks/", "/ws/voicemails/")
    for user, paths in (
        (world.alice.user, (*lists, f"/ws/queues/{support}/")),
        (teams.nora, (f"/ws/queues/{support}/",)),
        (world.mallory, (f"/ws/queues/{support}/",)),
    ):
        for path in paths:
            assert not (await open_page(path, user)).connected[0], (user, path)
    assert (await open_page(f"/ws/queues/{world.cast.sales.pk}/", teams.nora)).connected[0]
    settings.DJANGO_TWILIO_CALL_CALL = {"CALLBACK_ENABLED": False}
    assert not (await open_page("/ws/callbacks/", world.carol)).connected[0]
