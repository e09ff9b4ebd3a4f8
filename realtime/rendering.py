"""Which event changes which panel, for whom; and the painting of panels.

``REPAINTS`` is the table: a row for every event there is. A *view* is one panel as one audience
sees it: a slice of an organisation's floor, the desk of an agent, a board on a wall, or the strip
that all who serve the same queues share. Views are painted once per process, however many screens
show them.
"""

import logging
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db import close_old_connections
from django.utils import translation

from contact_center.domain.events import WallboardLinkRevoked, WallboardRemoved
from contact_center.languages import language_of
from contact_center.models import Agent, Call, Wallboard
from contact_center.models.prepared import Given, Prepared
from contact_center.panels import paint
from contact_center.selectors.agents import AGENT_PANELS
from contact_center.selectors.alerts import ALERT_PANELS, PAGE_PANELS
from contact_center.selectors.callbacks import CALLBACK_PANELS
from contact_center.selectors.desk import DESK_PANELS
from contact_center.selectors.floor import FLOOR_PANELS
from contact_center.selectors.floor_page import floor_panels
from contact_center.selectors.grid import GRID_PANELS
from contact_center.selectors.healed import HEALED_PANELS
from contact_center.selectors.help_requests import HELP_PANELS
from contact_center.selectors.looks import Look
from contact_center.selectors.one_look import one_look
from contact_center.selectors.one_queue import QUEUE_PANELS
from contact_center.selectors.scopes import Scope
from contact_center.selectors.stories import CALL_PANELS, SeenCall
from contact_center.selectors.supervising import SUPERVISION_PANELS, supervision_bars
from contact_center.selectors.voicemails import VOICEMAIL_PANELS, MessagesLook
from contact_center.selectors.wallboards import WALL_PANELS
from realtime.groups import Fact

logger = logging.getLogger(__name__)

#: Panels of the desk that look the same to everybody who serves the same queues.
SHARED_BY_QUEUES = frozenset({"queue-strip"})
#: Panels that change by the mere passing of time (a wait comes over its limit).
CHANGED_BY_TIME = frozenset(
    {"floor-tiles", "floor-queues", "floor-calls", "healed-news"}
    # A call, a hold or a wrap-up has become a long one.
    | {"floor-agents"}
    # A wait comes over its limit, and what callers are told of it is no event.
    | {"queue-waiting"}
    # What the network reports of a call, and what came of a command, may come without an event.
    | {"call-now", "call-lanes"}
    # A snooze runs out.
    | {"alert-bell", "alert-strip", "alert-list"}
    | WALL_PANELS.keys()
)
#: After these a board on a wall may be somebody's to see no more.
ENDS_WALLS = frozenset({WallboardLinkRevoked.name, WallboardRemoved.name})

#: Every panel of a supervisor's pages.
_SUPERVISORS = ChainMap(
    ALERT_PANELS,
    PAGE_PANELS,
    FLOOR_PANELS,
    GRID_PANELS,
    HEALED_PANELS,
    HELP_PANELS,
    QUEUE_PANELS,
    CALLBACK_PANELS,
    VOICEMAIL_PANELS,
)


@dataclass(frozen=True)
class Repaint:
    """The panels an event changes, by whose they are."""

    #: On the floor of the organisation.
    floor: frozenset[str] = frozenset()
    #: On the floor, too, when the event concerns an agent.
    floor_of_agent: frozenset[str] = frozenset()
    #: On the desk of the agent whom the event concerns.
    agent: frozenset[str] = frozenset()
    #: On the desks of everybody who serves the queue it concerns.
    queue: frozenset[str] = frozenset()
    #: The boards on the walls of the organisation, for a reason of their own: what changes the
    #: floor's figures changes theirs anyway.
    walls: bool = False
    #: The agent's panels do not wait for the next tick: a phone rings, or stops ringing.
    at_once: bool = False


def _ids(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NONE: frozenset[str] = frozenset()
_NOTHING = Repaint()
_CALLS = _ids("floor-tiles floor-calls")
_LINE = _ids("floor-tiles floor-queues floor-calls")
_PEOPLE = _ids("floor-tiles floor-queues floor-agents")
_BOTH = _LINE | _PEOPLE
_TALK = _ids("floor-queues floor-agents floor-calls")
_OWN = _ids("own-status middle")
_OWN_AND_LAST = _OWN | _ids("last-calls")
_MIDDLE = _ids("middle")
_STRIP = _ids("queue-strip")
#: What a supervisor did is said at the agent's desk at once.
_WORD = _ids("supervisor-word")
_ALERT = Repaint(floor=_ids("alert-bell alert-strip alert-list"))
#: Whoever is with a conversation is shown on the floor, and at once to agent and supervisor.
_WITH = Repaint(floor=_ids("floor-agents floor-calls"), agent=_MIDDLE, at_once=True)
#: The lists of those who are called back, and of messages: what is offered is on them, too.
_TO_CALL = _ids("callbacks-waiting callbacks-later callbacks-ended")
_MESSAGES = _ids("voicemails-list")
_OFFERED = _BOTH | _TO_CALL | _MESSAGES
#: Who was promised a call stands on the desk of who promised it.
_CALLBACKS = Repaint(floor=_TO_CALL, agent=_ids("own-callbacks"))
#: A colleague who is consulted has no other call meanwhile.
_CONSULT = Repaint(floor=_PEOPLE | _ids("floor-calls"), agent=_OWN, at_once=True)
_HELP = Repaint(floor=_ids("floor-help floor-agents"), agent=_MIDDLE, at_once=True)

REPAINTS: Mapping[str, Repaint] = {
    "call.arrived": Repaint(floor=_CALLS),
    "menu.entered": Repaint(floor=_CALLS),
    "menu.key_pressed": _NOTHING,
    "menu.timed_out": _NOTHING,
    "language.chosen": _NOTHING,
    "room.entered": Repaint(floor=_CALLS),
    "call.queued": Repaint(floor=_LINE, queue=_STRIP),
    "call.turned_away": Repaint(floor=_CALLS),
    "call.overflowed": Repaint(floor=_LINE, queue=_STRIP),
    "call.sent_outside": Repaint(floor=_LINE, queue=_STRIP),
    "outside.ended": Repaint(floor=_CALLS),
    # The line that was left; the other one says that the call is queued in it.
    "call.moved": Repaint(floor=_LINE | _TO_CALL, queue=_STRIP),
    "call.reserved": Repaint(floor=_ids("floor-calls")),
    "reservation.ended": Repaint(floor=_ids("floor-calls")),
    "call.prioritised": Repaint(floor=_ids("floor-calls"), queue=_STRIP),
    "wait.started": _NOTHING,
    "wait.expired": Repaint(floor=_LINE, queue=_STRIP),
    "line.left": Repaint(floor=_LINE, queue=_STRIP),
    "message.asked": Repaint(floor=_LINE, queue=_STRIP),
    "message.left": Repaint(floor=_CALLS | _ids("floor-ended") | _MESSAGES),
    "message.empty": Repaint(floor=_CALLS | _ids("floor-ended") | _MESSAGES),
    "voicemail.missing": Repaint(floor=_MESSAGES),
    "voicemail.kept": Repaint(floor=_MESSAGES),
    "voicemail.opened": Repaint(floor=_BOTH | _MESSAGES, agent=_OWN, at_once=True),
    "voicemail.done": Repaint(floor=_BOTH | _MESSAGES, agent=_OWN_AND_LAST, at_once=True),
    "voicemail.put_back": Repaint(floor=_BOTH | _MESSAGES, agent=_OWN_AND_LAST, at_once=True),
    "voicemail.dropped": Repaint(floor=_BOTH | _MESSAGES, agent=_OWN_AND_LAST, at_once=True),
    "call.offered": Repaint(floor=_OFFERED, agent=_OWN, queue=_STRIP, at_once=True),
    "offer.accepted": Repaint(floor=_OFFERED, agent=_OWN, queue=_STRIP, at_once=True),
    "offer.declined": Repaint(floor=_OFFERED, agent=_OWN_AND_LAST, queue=_STRIP, at_once=True),
    "offer.timed_out": Repaint(floor=_OFFERED, agent=_OWN_AND_LAST, queue=_STRIP, at_once=True),
    "offer.withdrawn": Repaint(floor=_OFFERED, agent=_OWN_AND_LAST, queue=_STRIP, at_once=True),
    "offer.failed": Repaint(floor=_OFFERED, agent=_OWN_AND_LAST, queue=_STRIP, at_once=True),
    "agent.joined": Repaint(agent=_MIDDLE),
    "call.connected": Repaint(floor=_OFFERED, agent=_OWN, queue=_STRIP, at_once=True),
    "hold.asked": Repaint(agent=_MIDDLE),
    "call.held": Repaint(floor=_TALK, agent=_OWN, at_once=True),
    "resume.asked": Repaint(agent=_MIDDLE),
    "call.resumed": Repaint(floor=_TALK, agent=_OWN, at_once=True),
    "mute.asked": Repaint(agent=_MIDDLE),
    "agent.muted": Repaint(agent=_MIDDLE, at_once=True),
    "agent.unmuted": Repaint(agent=_MIDDLE, at_once=True),
    "hang_up.asked": Repaint(agent=_MIDDLE),
    "control.confirmed": Repaint(agent=_MIDDLE, at_once=True),
    "control.failed": Repaint(agent=_MIDDLE, at_once=True),
    "conversation.ended": Repaint(floor=_OFFERED, agent=_OWN_AND_LAST, at_once=True),
    "agent.lost": Repaint(floor=_OFFERED, agent=_OWN_AND_LAST, at_once=True),
    "call.ended": Repaint(
        floor=_LINE | _ids("floor-ended") | _TO_CALL | _MESSAGES,
        floor_of_agent=_PEOPLE,
        agent=_OWN_AND_LAST,
        queue=_STRIP,
        at_once=True,
    ),
    "callback.asked": _CALLBACKS,
    "callback.merged": _CALLBACKS,
    "callback.replaced": _CALLBACKS,
    "callback.due": _CALLBACKS,
    "callback.delayed": _CALLBACKS,
    "callback.moved": _CALLBACKS,
    "call.made": Repaint(floor=_BOTH, agent=_OWN, at_once=True),
    "calling_out.changed": _NOTHING,
    "call.refused": Repaint(floor=_CALLS),
    "caller.blocked": _NOTHING,
    "caller.unblocked": _NOTHING,
    "customer.dialled": Repaint(floor=_TO_CALL, agent=_MIDDLE, at_once=True),
    "customer.answered": Repaint(floor=_TO_CALL, agent=_MIDDLE, at_once=True),
    "customer.not_reached": Repaint(
        floor=_BOTH | _TO_CALL,
        agent=_OWN_AND_LAST | _ids("own-callbacks"),
        queue=_STRIP,
        at_once=True,
    ),
    "help.asked": _HELP,
    "help.answered": _HELP,
    "help.withdrawn": _HELP,
    "help.ended": _HELP,
    "supervision.asked": _WITH,
    "supervision.began": _WITH,
    "supervision.mode_asked": _WITH,
    "supervision.mode_changed": _WITH,
    "supervision.mode_failed": _WITH,
    "supervision.coach_reset": _WITH,
    # The hold itself repaints the others.
    "supervision.hold_changed": _NOTHING,
    "supervision.ended": _WITH,
    "agent.relieved": Repaint(floor=_BOTH, agent=_OWN_AND_LAST | _WORD, at_once=True),
    "call.taken_over": Repaint(floor=_BOTH, agent=_OWN, at_once=True),
    "transfer.asked": Repaint(agent=_MIDDLE, at_once=True),
    "call.transferred": Repaint(floor=_BOTH, agent=_OWN_AND_LAST, at_once=True),
    "transfer.returned": Repaint(floor=_ids("floor-calls"), agent=_OWN, at_once=True),
    "consult.asked": Repaint(agent=_MIDDLE, at_once=True),
    "consult.waits": Repaint(agent=_MIDDLE, at_once=True),
    "consult.rings": _CONSULT,
    "consult.accepted": _CONSULT,
    "consult.declined": _CONSULT,
    "consult.unanswered": _CONSULT,
    "consult.joined": _CONSULT,
    "consult.missed": _CONSULT,
    "consult.wished": Repaint(agent=_MIDDLE, at_once=True),
    "consult.changed": Repaint(floor=_ids("floor-calls"), agent=_MIDDLE, at_once=True),
    "consult.wish_failed": Repaint(agent=_MIDDLE, at_once=True),
    "consult.ended": _CONSULT,
    "call.handed_over": Repaint(floor=_BOTH, agent=_OWN_AND_LAST, at_once=True),
    "call.left_outside": Repaint(floor=_BOTH, agent=_OWN_AND_LAST, at_once=True),
    # Saving must not repaint the place where the agent is typing.
    "wrap_up.saved": Repaint(agent=_ids("last-calls")),
    "wrap_up.extended": Repaint(floor=_ids("floor-agents"), agent=_MIDDLE),
    "wrap_up.finished": Repaint(floor=_PEOPLE, agent=_OWN_AND_LAST | _WORD, at_once=True),
    "wrap_up.timed_out": Repaint(floor=_PEOPLE, agent=_OWN_AND_LAST, at_once=True),
    "presence.changed": Repaint(floor=_PEOPLE, agent=_OWN | _WORD, at_once=True),
    "break.over": Repaint(floor=_ids("floor-agents"), agent=_OWN, at_once=True),
    "next_presence.chosen": Repaint(
        floor=_ids("floor-agents"), agent=_ids("own-status") | _WORD, at_once=True
    ),
    "agent.signed_out": Repaint(floor=_PEOPLE, agent=_OWN | _WORD, at_once=True),
    "phone.claimed": Repaint(floor=_ids("floor-agents"), agent=_OWN, at_once=True),
    "phone.silent": Repaint(floor=_ids("floor-agents"), agent=_OWN),
    "phone.heard": Repaint(floor=_ids("floor-agents"), agent=_OWN),
    "agent.returned": Repaint(floor=_PEOPLE, agent=_OWN, at_once=True),
    "command.failed": _NOTHING,
    "reality.healed": Repaint(
        floor=_OFFERED | _ids("floor-ended"), agent=_OWN_AND_LAST, queue=_STRIP, at_once=True
    ),
    "report.set_aside": _NOTHING,
    "report.tried_again": _NOTHING,
    "report.dropped": _NOTHING,
    "job.failed": _NOTHING,
    "alert.began": _ALERT,
    "alert.ended": _ALERT,
    "alert.acknowledged": _ALERT,
    "alert.snoozed": _ALERT,
    # The colours follow the limits, and so does what is called long.
    "alert_rule.changed": Repaint(floor=_LINE | _ids("floor-agents")),
    "alert_webhook.changed": _NOTHING,
    # Calendars decide about calls to come; nothing that is shown live changes by them.
    "calendar.made": _NOTHING,
    "calendar.changed": _NOTHING,
    "calendar.removed": _NOTHING,
    "calendar.closed": _NOTHING,
    "calendar.reopened": _NOTHING,
    # Names, limits and who serves what stand on the floor, on desks and on walls.
    "queue.made": Repaint(floor=_LINE),
    "queue.changed": Repaint(floor=_OFFERED | _ids("floor-ended"), queue=_STRIP),
    "queue.members_changed": Repaint(floor=_BOTH, queue=_STRIP),
    "queue.removed": Repaint(floor=_LINE),
    # The desk shows them with its next paint; who is typing is not disturbed.
    "outcomes.changed": _NOTHING,
    "wrap_up_form.changed": _NOTHING,
    "queue_desk.changed": _NOTHING,
    # So do skills and what routing goes by: who is rung by them is told by the offer.
    "skill.made": _NOTHING,
    "skill.changed": _NOTHING,
    "skill.removed": _NOTHING,
    "agent_skill.changed": _NOTHING,
    # Whoever writes a contact sees it in the answer; others with the next paint of their desk.
    "contact.made": _NOTHING,
    "contact.changed": _NOTHING,
    "contacts.brought_together": _NOTHING,
    "contact.removed": _NOTHING,
    "contacts.imported": _NOTHING,
    "contacts.exported": _NOTHING,
    "ageing.changed": _NOTHING,
    "queue_routing.changed": _NOTHING,
    "skills.asked": _NOTHING,
    "place.kept": _NOTHING,
    "needs.changed": _NOTHING,
    "break_rule.changed": _NOTHING,
    "wallboard.made": _NOTHING,
    "wallboard.changed": Repaint(walls=True),
    "wallboard.removed": _NOTHING,
    "wallboard_link.made": _NOTHING,
    "wallboard_link.revoked": _NOTHING,
}


@dataclass(frozen=True, order=True)
class Floor:
    """Everybody who may see the same of an organisation, and wants to see it alike.

    The floor, one queue, the lists of work, and what was put right. A panel that heeds no filter is
    painted for the scope alone, so that those who sort the agents differently still share all the
    rest.
    """

    seen: Scope | Look | MessagesLook

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # A hub looks its views up all the time, for each of a thousand screens.
        return hash((Floor, self.seen))

    @property
    def tenant_id(self) -> int:
        """The organisation."""
        return (self.seen if isinstance(self.seen, Scope) else self.seen.scope).tenant_id


@dataclass(frozen=True, order=True)
class Desk:
    """The pages of one agent."""

    agent_id: int


@dataclass(frozen=True, order=True)
class Servers:
    """The desks of all agents of an organisation who serve exactly these queues."""

    tenant_id: int
    queue_ids: frozenset[int]
    #: In which the panels they share speak.
    language: str


@dataclass(frozen=True, order=True)
class OneAgent:
    """The supervisors who look at one agent. Every event about the agent changes what they see."""

    agent_id: int


@dataclass(frozen=True, order=True)
class OneSupervisor:
    """The pages of one supervisor: what they themselves are with."""

    user_id: int


@dataclass(frozen=True, order=True)
class OneCall:
    """Who looks at one call and may see the same. Every event of the call changes what they see."""

    call_id: int
    #: It decides to which of the agents in the call the page leads, and whom one may help.
    scope: Scope


@dataclass(frozen=True, order=True)
class Wall:
    """The screens that show one wallboard, by whatever link or person they were opened."""

    tenant_id: int
    wallboard_id: int


Audience = Floor | Desk | Servers | OneAgent | OneSupervisor | OneCall | Wall
#: Of these an event may concern any that somebody looks as; the others it names.
MANY = (Floor, Servers, OneCall, Wall)
#: What the page of one queue shows as the floor does.
_OF_ONE_QUEUE = {"floor-calls": "queue-waiting", "floor-agents": "queue-agents"}
#: What on the floor shows the same figures as a wallboard.
_ON_WALLS = _ids("floor-tiles floor-queues")


class View(NamedTuple):
    """One panel as one audience sees it."""

    panel: str
    audience: Audience


def own_views(user_id: int) -> frozenset[View]:
    """Return what every page of a supervisor on which they can be with a call shows of that."""
    return frozenset(View(panel, OneSupervisor(user_id)) for panel in SUPERVISION_PANELS)


@lru_cache(maxsize=1024)
def floor_views(look: Look) -> frozenset[View]:
    """Return what a page of the floor shows."""
    return frozenset(View(shown.panel_id, Floor(shown.seen)) for shown in floor_panels(look))


def queue_views(scope: Scope) -> frozenset[View]:
    """Return what the page of the queue that ``scope`` names shows live."""
    return frozenset(View(panel, Floor(scope)) for panel in QUEUE_PANELS)


def callback_views(scope: Scope) -> frozenset[View]:
    """Return what the page of callbacks shows live, narrowed to the queue of ``scope``."""
    return frozenset(View(panel, Floor(scope)) for panel in CALLBACK_PANELS)


def voicemail_views(look: MessagesLook) -> frozenset[View]:
    """Return what the page of messages shows live, narrowed as ``look`` says."""
    return frozenset(View(panel, Floor(look)) for panel in VOICEMAIL_PANELS)


def alert_views(scope: Scope) -> frozenset[View]:
    """Return what the page of alerts shows live."""
    return frozenset(View(panel, Floor(scope)) for panel in PAGE_PANELS)


def healed_views(scope: Scope) -> frozenset[View]:
    """Return what the page of what was put right shows live."""
    return frozenset(View(panel, Floor(scope)) for panel in HEALED_PANELS)


def agent_views(agent_id: int) -> frozenset[View]:
    """Return what a supervisor's page of one agent shows live."""
    return frozenset(View(panel, OneAgent(agent_id)) for panel in AGENT_PANELS)


def call_views(call_id: int, scope: Scope) -> frozenset[View]:
    """Return what the page of one call shows live to who may see ``scope``."""
    return frozenset(View(panel, OneCall(call_id, scope)) for panel in CALL_PANELS)


def wall_views(tenant_id: int, wallboard_id: int) -> frozenset[View]:
    """Return what the screens of one wallboard show."""
    return frozenset(View(panel, Wall(tenant_id, wallboard_id)) for panel in WALL_PANELS)


def desk_views(
    agent_id: int, tenant_id: int, queue_ids: Iterable[int], language: str
) -> frozenset[View]:
    """Return what a desk shows: the agent's own panels, and those shared by who serves alike."""
    servers = Servers(tenant_id, frozenset(queue_ids), language)
    return frozenset(
        View(panel, servers if panel in SHARED_BY_QUEUES else Desk(agent_id))
        for panel in DESK_PANELS
    )


def views_changed_by(fact: Fact, shown: Iterable[Audience]) -> tuple[set[View], set[View]]:
    """Return the views that show ``fact``: those that wait for the tick, and those that do not.

    ``shown`` are the audiences of ``MANY`` that somebody here is looking as: every slice of the
    organisation's floor may show it, whoever looks at the call, the boards on walls, and a queue
    concerns those who serve it. What names a supervisor is shown on that supervisor's pages. An
    event that the table does not know (a newer process sent it) changes nothing here.
    """
    repaint = REPAINTS.get(fact.name, _NOTHING)
    later: set[View] = set()
    if fact.agent_id is not None:
        later |= agent_views(fact.agent_id)
    floor = repaint.floor | (repaint.floor_of_agent if fact.agent_id is not None else _NONE)
    floor |= {_OF_ONE_QUEUE[panel] for panel in floor & _OF_ONE_QUEUE.keys()}
    on_walls = repaint.walls or bool(floor & _ON_WALLS)
    for audience in shown:
        match audience:
            case Floor() if audience.tenant_id == fact.tenant_id:
                later |= {View(panel, audience) for panel in floor}
            case OneCall() if audience.call_id == fact.call_id:
                later |= call_views(audience.call_id, audience.scope)
            case Wall() if on_walls and audience.tenant_id == fact.tenant_id:
                later |= wall_views(audience.tenant_id, audience.wallboard_id)
            case Servers() if fact.queue_id in audience.queue_ids:
                later |= {View(panel, audience) for panel in repaint.queue}
    own: set[View] = set()
    if fact.agent_id is not None:
        own = {View(panel, Desk(fact.agent_id)) for panel in repaint.agent}
    if fact.supervisor_id is not None:
        bars = own_views(fact.supervisor_id)
        return (later, own | bars) if repaint.at_once else (later | own, set(bars))
    return (later, own) if repaint.at_once else (later | own, set())


def paint_views(views: Sequence[tuple[View, int]]) -> list[str | None]:
    """Paint each view; in a thread of its own, never in the event loop.

    Each view comes with the id of whom to read it for: a call, or an agent of the audience; a slice
    of the floor says itself what it is. A view that cannot be painted gives None, and the log says
    why: one broken panel must not blank the others.
    """
    close_old_connections()
    try:
        bars = _Bars(views)
        with one_look():
            return [_paint_view(view, subject_id, bars) for view, subject_id in views]
    finally:
        close_old_connections()


class _Bars:
    """The bars of the supervisors in one go, read together when the first of them is painted."""

    def __init__(self, views: Sequence[tuple[View, int]]) -> None:
        self._ids = {user_id for view, user_id in views if isinstance(view.audience, OneSupervisor)}
        self._read: dict[int, dict[str, Any]] | None = None

    def of(self, user_id: int) -> dict[str, Any]:
        """Return what the bar of one of them shows."""
        if self._read is None:
            self._read = supervision_bars(self._ids)
        return self._read[user_id]


_AGENT = Prepared(Agent.objects.select_related("user", "tenant").filter(pk=Given("agent_id")))


def _paint_view(view: View, subject_id: int, bars: _Bars) -> str | None:
    try:
        if isinstance(view.audience, Floor):
            return paint(view.panel, _SUPERVISORS[view.panel], view.audience.seen)
        if isinstance(view.audience, OneCall):
            seen = SeenCall(Call.objects.get(pk=subject_id), view.audience.scope)
            return paint(view.panel, CALL_PANELS[view.panel], seen)
        if isinstance(view.audience, Wall):
            board = Wallboard.objects.select_related("tenant").get(pk=subject_id)
            return paint(view.panel, WALL_PANELS[view.panel], board)
        if isinstance(view.audience, OneSupervisor):
            bar = replace(SUPERVISION_PANELS[view.panel], context=bars.of)
            return paint(view.panel, bar, subject_id)
        agent = _AGENT.first(agent_id=subject_id)
        if isinstance(view.audience, OneAgent):
            return paint(view.panel, AGENT_PANELS[view.panel], agent)
        if agent is None:
            raise Agent.DoesNotExist
        audience = view.audience
        speaks = audience.language if isinstance(audience, Servers) else language_of(agent.user)
        with translation.override(speaks):
            return paint(view.panel, DESK_PANELS[view.panel], agent)
    except Exception:
        # Whatever one panel does, the others are painted.
        logger.exception("the panel %s could not be painted for %s", view.panel, view.audience)
        return None
