"""The websockets: an agent's desk, a supervisor's floor, one call, what was put right, and boards.

A consumer decides who may enter and what they see, and answers commands; painting and sending are
the hub's. Nothing a page sends can do more than ask for what it already shows, or say that the
agent's phone is alive.
"""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.utils.translation import gettext as _

from contact_center.languages import language_of
from contact_center.models import User
from contact_center.selectors import access, wallboards
from contact_center.selectors.access import Person
from contact_center.selectors.looks import look_at, queue_in
from contact_center.selectors.voicemails import look_at_messages
from contact_center.services import calling_back, displaying, presence
from realtime.hub import Hub, close_if_idle, hub_here, subject_of
from realtime.limits import MAX_MESSAGE, MAX_QUERY, MessageLimit
from realtime.rendering import (
    View,
    agent_views,
    alert_views,
    call_views,
    callback_views,
    desk_views,
    floor_views,
    healed_views,
    own_views,
    queue_views,
    voicemail_views,
    wall_views,
)
from realtime.sockets import SIGNED_OUT, TOO_MANY, LiveSocket
from realtime.straight import wire_below
from realtime.visits import visits_here

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Command = Callable[[dict[str, Any]], Awaitable[None]]
#: What a page shows, and for whom each view is read.
Views = dict[View, int]


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    """A page that is kept up to date for as long as its person is signed in."""

    #: Whether only somebody who is signed in may be here.
    needs_session = True
    #: Seconds between two looks at whether the person is still signed in and may still be here.
    session_check = 60.0

    hub: Hub
    socket: LiveSocket

    commands: ClassVar[tuple[str, ...]] = ("snapshot", "seen")

    def views_for(self, user: User) -> Views:
        """Return what ``user`` may see here. Raises Http404 for who may not; runs in a thread."""
        raise NotImplementedError

    async def connect(self) -> None:
        """Let in who may be here. The others learn what helps them, and nothing else.

        Without a session the page is told so (4401), which makes it go to the sign-in page;
        somebody without the right is refused as if nothing were here.
        """
        self._watch: asyncio.Task[None] | None = None
        self.limit = MessageLimit()
        try:
            views = await self._ask(self._enter)
        except Http404:
            await self.close()
            return
        await self.accept()
        if views is None:
            await self.close(code=SIGNED_OUT)
            return
        self.hub = hub_here()
        self.socket = LiveSocket(
            send=self._send_text, close=self._close_with, wire=wire_below(self.base_send)
        )
        self.hub.show(self.socket, frozenset(views), views)
        self._watch = asyncio.create_task(self._watch_right())

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Take what comes from the page, one message after the other.

        Channels would look for a channel layer, and listen to it and to the page in a task each.
        Only the hub subscribes; a channel for each socket would cost a receive loop for each.
        """
        self.scope, self.base_send, self.channel_layer = scope, send, None
        with suppress(StopConsumer):
            while True:
                await self.dispatch(await receive())
                # What has come already is received without a pause: the others have their turn.
                await asyncio.sleep(0)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Hand a message to its method.

        Channels would go to the thread of the database first, and close old connections there; only
        a visit (visits.py) uses any here, and closes them itself.
        """
        await getattr(self, get_handler_name(message))(message)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """End, without a way to that thread either."""
        await self.disconnect(message["code"])
        raise StopConsumer

    async def disconnect(self, code: int) -> None:
        """Forget the page; the last one to go ends the hub."""
        if self._watch is None:
            return
        if self._watch is not asyncio.current_task():
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        self.hub.leave(self.socket)
        await self.socket.stop()
        await close_if_idle(self.hub)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Do what the page asks. Every message is answered or done; none ends the connection."""
        if self._watch is None:
            return
        now = asyncio.get_running_loop().time()
        self.socket.heard_at = now
        if not self.limit.allows(now):
            if self.limit.is_hopeless:
                self.socket.drop(TOO_MANY)
            elif self.limit.is_first_refusal:
                self._refuse("slow-down", _("Too many messages at once. Ask again in a second."))
            return
        if text_data is None or len(text_data) > MAX_MESSAGE:
            self._refuse("unreadable", _("A message here is a short JSON text."))
            return
        try:
            message = json.loads(text_data)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            self._refuse("unreadable", _("A message here is a JSON object with a cmd."))
            return
        name = message.get("cmd")
        if not isinstance(name, str) or name not in self.commands:
            self._refuse("unknown-command", _("There is no such command here."))
            return
        command: Command = getattr(self, f"do_{name}")
        await command(message)

    # --- commands ---

    async def do_snapshot(self, message: dict[str, Any]) -> None:
        """Send everything the page shows."""
        if not await self.hub.snapshot(self.socket):
            self._refuse("not-painted", _("Part of this page cannot be shown at the moment."))

    async def do_seen(self, message: dict[str, Any]) -> None:
        """Note how far the page has come."""
        version = message.get("version")
        if isinstance(version, int):
            self.socket.seen(version)

    # --- inside ---

    def _refuse(self, code: str, sentence: str) -> None:
        self.socket.answer({"error": code, "message": sentence})

    def _send_text(self, text: str) -> Awaitable[None]:
        # Not a coroutine around the server's: four thousand frames a second go by here.
        return self.base_send({"type": "websocket.send", "text": text})

    async def _close_with(self, code: int) -> None:
        await self.close(code=code)

    async def _watch_right(self) -> None:
        """Close the page of who signed out, was switched off or may not be here any more."""
        while True:
            await self._next_look()
            views: Views | None
            try:
                views = await self._ask(self._views_now)
            except Http404:
                views = None
            except Exception:
                # A database that is away for a moment signs nobody out; ask again next time.
                logger.exception("live updates: the right to a page was not checked")
                continue
            if views is None:
                self.socket.drop(SIGNED_OUT)
                return
            self.hub.show(self.socket, frozenset(views), views)

    async def _next_look(self) -> None:
        """Wait for the next turn, or until the hub hears that the right may have ended.

        A thousand pages that came back in one moment must not ask in one moment ever after.
        """
        turn = self.session_check * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        try:
            async with asyncio.timeout(turn):
                await self.socket.look_again.wait()
        except TimeoutError:
            return
        self.socket.look_again.clear()

    async def _ask(self, deed: Callable[[Person], Answer]) -> Answer:
        """Return what ``deed`` returns, in the database's thread, for who is signed in here."""
        if not self.needs_session:
            return await visits_here().do(partial(deed, AnonymousUser()))
        key = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        return await visits_here().admit(key, deed)

    def _enter(self, user: Any) -> Views | None:
        """Return what the page shows, None to nobody; runs in a thread.

        Raises Http404 for who may not be here.
        """
        self.scope["user"] = user
        if self.needs_session and not user.is_authenticated:
            return None
        return self.views_for(user)

    def _views_now(self, user: Any) -> Views:
        """Return what may be shown now; runs in a thread.

        Raises Http404 when nothing may any more.
        """
        if user.pk != self.scope["user"].pk:
            raise Http404
        return self.views_for(user)


class NarrowedConsumer(LiveConsumer):
    """A page that is narrowed as its address says; its socket's address takes the same words."""

    query = ""

    async def connect(self) -> None:
        """Let in who may be here, to what the address says."""
        self.query = self.scope["query_string"].decode("latin-1")
        await super().connect()

    @property
    def asked(self) -> dict[str, str]:
        """What the address asks for. What cannot be read, or is too much, is not heeded."""
        try:
            words = parse_qsl(self.query[:MAX_QUERY], max_num_fields=20, errors="replace")
        except ValueError:
            return {}
        return dict(words)


class FloorConsumer(NarrowedConsumer):
    """The floor as far as a supervisor may see it, narrowed and sorted as the page's address says.

    ``look`` changes the address without a new connection, so a page shows one slice at a time,
    however often its person sorts and filters.
    """

    commands = ("snapshot", "seen", "look")

    def views_for(self, user: User) -> Views:
        """Return the panels of the floor, for supervisors and admins."""
        look = look_at(access.scope_of(user), self.asked)
        return {view: subject_of(view) for view in floor_views(look) | own_views(user.pk)}

    async def do_look(self, message: dict[str, Any]) -> None:
        """Show the floor as this query has it, at once and from now on."""
        query = message.get("query")
        if not isinstance(query, str) or len(query) > MAX_QUERY:
            self._refuse("unreadable", _("A look names a query, as it stands in the address."))
            return
        self.query = query.removeprefix("?")
        try:
            views = await visits_here().do(partial(self.views_for, self.scope["user"]))
        except Http404:
            self.socket.drop(SIGNED_OUT)
            return
        self.hub.show(self.socket, frozenset(views), views)
        await self.do_snapshot(message)


class QueueConsumer(LiveConsumer):
    """One queue of the supervisor's organisation."""

    def views_for(self, user: User) -> Views:
        """Return the live panels of the queue's page, for supervisors and admins."""
        queue_id = int(self.scope["url_route"]["kwargs"]["queue_id"])
        ours = access.scope_of_queue(user, queue_id)
        return {view: subject_of(view) for view in queue_views(ours)}


class CallbacksConsumer(NarrowedConsumer):
    """Who is to be called back in the supervisor's organisation."""

    def views_for(self, user: User) -> Views:
        """Return the lists, for supervisors and admins, where anybody is called back."""
        scope = access.scope_of(user)
        if not calling_back.is_enabled():
            raise Http404
        ours = replace(scope, queue_id=queue_in(scope, self.asked))
        return {view: subject_of(view) for view in callback_views(ours)}


class VoicemailsConsumer(NarrowedConsumer):
    """The messages that callers left with the supervisor's organisation."""

    def views_for(self, user: User) -> Views:
        """Return the list, for supervisors and admins."""
        look = look_at_messages(access.scope_of(user), self.asked)
        return {view: subject_of(view) for view in voicemail_views(look)}


class AlertsConsumer(LiveConsumer):
    """The open alerts of the supervisor's organisation."""

    def views_for(self, user: User) -> Views:
        """Return the live panels of the page, for supervisors and admins."""
        return {view: subject_of(view) for view in alert_views(access.scope_of(user))}


class HealedConsumer(LiveConsumer):
    """What was put right in the supervisor's organisation."""

    def views_for(self, user: User) -> Views:
        """Return the live panel of the page, for supervisors and admins."""
        return {view: subject_of(view) for view in healed_views(access.scope_of(user))}


class AgentConsumer(LiveConsumer):
    """One agent of the supervisor's organisation."""

    def views_for(self, user: User) -> Views:
        """Return the live panels of the agent's page, for supervisors and admins."""
        agent_id = int(self.scope["url_route"]["kwargs"]["agent_id"])
        agent = access.supervised_agent_of(user, agent_id)
        return {view: subject_of(view) for view in agent_views(agent.pk) | own_views(user.pk)}


class CallConsumer(LiveConsumer):
    """One call of the supervisor's organisation."""

    def views_for(self, user: User) -> Views:
        """Return the live panels of the call's page, for supervisors and admins."""
        call_id = int(self.scope["url_route"]["kwargs"]["call_id"])
        call = access.supervised_call(user, call_id)
        seen = call_views(call.pk, access.scope_of(user))
        return {view: subject_of(view) for view in seen | own_views(user.pk)}


class WallboardConsumer(LiveConsumer):
    """One wallboard of the supervisor's organisation."""

    def views_for(self, user: User) -> Views:
        """Return the board, for supervisors and admins."""
        wallboard_id = int(self.scope["url_route"]["kwargs"]["wallboard_id"])
        board = access.supervised_wallboard(user, wallboard_id)
        return {view: subject_of(view) for view in wall_views(board.tenant_id, board.pk)}


class WallConsumer(LiveConsumer):
    """One wallboard on a screen at which nobody is signed in: its link is the right to see it.

    Whoever may be signed in in that browser gains nothing by it here.
    """

    needs_session = False
    #: Withdrawing a link is told at once; should that be lost, it is found out soon.
    session_check = 10.0

    def views_for(self, user: User) -> Views:
        """Return the board that the link opens. Raises Http404 when it opens none any more."""
        link = wallboards.link_with(self.scope["url_route"]["kwargs"]["token"])
        displaying.note_seen(link=link)
        board = link.wallboard
        return {view: subject_of(view) for view in wall_views(board.tenant_id, board.pk)}


class DeskConsumer(LiveConsumer):
    """The desk of one agent, in any of the agent's tabs."""

    commands = ("snapshot", "seen", "beat")

    def views_for(self, user: User) -> Views:
        """Return the panels of the agent's desk."""
        agent = access.agent_of(user)
        self.agent = agent
        queue_ids = agent.memberships.values_list("queue_id", flat=True)
        return {
            view: subject_of(view, agent_id=agent.pk)
            for view in desk_views(agent.pk, agent.tenant_id, queue_ids, language_of(user))
        }

    async def do_beat(self, message: dict[str, Any]) -> None:
        """Note that the tab which is the agent's phone is alive; say whether it still is that."""
        lease_key = message.get("lease")
        if not isinstance(lease_key, str) or not lease_key.isalnum() or len(lease_key) > 32:
            self._refuse("unreadable", _("A beat names the lease of its tab."))
            return
        held = await visits_here().do(partial(presence.beat, agent=self.agent, lease_key=lease_key))
        self.socket.answer({"answer": "beat", "held": held})
