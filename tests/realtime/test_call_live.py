"""The page of one call, kept up to date while the call goes on."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from contact_center.models import Call, Command, CommandOutcome
from contact_center.selectors.scopes import Scope
from realtime.hub import Hub
from realtime.rendering import call_views
from tests.realtime.conftest import CALM, OpenPage, Page
from tests.realtime.test_hub import catch_up, changed, fresh
from tests.realtime.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def looks_at(page: Page, call: Call) -> Page:
    """Say what the server shows on that page. The lanes grow with every second: not compared."""
    seen = call_views(call.pk, Scope(call.tenant_id))
    still = {view for view in seen if view.panel != "call-lanes"}
    page.subjects = dict.fromkeys(still, call.pk)
    return page


@pytest.mark.parametrize("pace", [CALM])
async def test_who_looks_at_a_call_sees_each_step_of_it(world: World, open_page: OpenPage) -> None:
    call = await sync_to_async(world.ring_in)()
    page = looks_at(await open_page(f"/ws/calls/{call.pk}/", world.carol), call)
    shown = await page.snapshot()
    assert set(shown) == {"call-now", "call-lanes", "call-facts", "supervision-bar"}

    async def after(what: Any, *args: Any) -> Any:
        before = dict(shown)
        result = await sync_to_async(what)(*args)
        await catch_up(page, shown)
        assert "call-now" in changed(before, shown)
        return result

    offer = await after(world.dispatch)
    assert "Rings now" in shown["call-facts"]
    await after(world.accept, offer)
    await after(world.connect, offer)
    assert "On call" in shown["call-now"]
    await after(world.hold, offer)
    assert "On hold" in shown["call-now"]
    await after(world.caller_hangs_up, call)
    assert "is wrapping up" in shown["call-now"]
    assert "data-over" not in shown["call-now"]
    await after(world.finish, offer)
    assert "data-over" in shown["call-now"]


@pytest.mark.parametrize("pace", [CALM])
async def test_another_call_paints_nothing_here(
    world: World, hub: Hub, open_page: OpenPage
) -> None:
    call = await sync_to_async(world.ring_in)()
    page = looks_at(await open_page(f"/ws/calls/{call.pk}/", world.carol), call)
    await page.snapshot()
    await sync_to_async(world.dispatch)()
    await page.frame_with("call-facts", "Rings now")  # and with it all that was before
    paintings = hub.paintings
    other = await sync_to_async(world.ring_in)()
    await sync_to_async(world.caller_hangs_up)(other)
    await sync_to_async(world.caller_hangs_up)(call)
    await page.frame_with("call-now", "Caller left while waiting")
    assert hub.paintings == paintings + 3


async def test_what_came_of_a_command_shows_without_an_event(
    world: World, open_page: OpenPage
) -> None:
    """The network says yes and nothing more happens: the page still learns that it did."""
    call = await sync_to_async(world.ring_in)()
    offer = await sync_to_async(world.dispatch)()
    await sync_to_async(world.accept)(offer)
    page = looks_at(await open_page(f"/ws/calls/{call.pk}/", world.carol), call)
    shown = await page.snapshot()
    command = await sync_to_async(Command.objects.create)(
        tenant=world.cast.tenant,
        kind="hold",
        call=call,
        asked_at=call.arrived_at,
        send_at=call.arrived_at,
        deadline=call.arrived_at,
    )
    await catch_up(page, shown)
    await sync_to_async(Command.objects.filter(pk=command.pk).update)(
        outcome=CommandOutcome.APPLIED, outcome_at=call.arrived_at
    )
    await catch_up(page, shown)
    assert shown["call-now"] != ""
    assert not changed(shown, await fresh(page))


async def test_nobody_may_look_who_may_not(world: World, open_page: OpenPage) -> None:
    call = await sync_to_async(world.ring_in)()
    for person in (world.mallory, world.alice.user, world.cast.dave):
        page = await open_page(f"/ws/calls/{call.pk}/", person)
        assert page.connected[0] is False
    page = await open_page(f"/ws/calls/{call.pk + 1}/", world.carol)
    assert page.connected[0] is False
    signed_out = await open_page(f"/ws/calls/{call.pk}/", None)
    assert await signed_out.close_code() == 4401
