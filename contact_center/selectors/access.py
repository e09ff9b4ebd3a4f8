"""Gatekeepers: who may see or touch what. Every door begins with one of these.

Whoever may not learns nothing, not even that the thing exists: the answer is 404, never 403.
Everything is looked up within the person's own organisation, and a supervisor of teams finds what
concerns these teams alone (``scope_of``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Model, Q
from django.http import Http404

from contact_center.models import (
    Agent,
    Alert,
    BlockedCaller,
    Calendar,
    Call,
    Callback,
    Consult,
    Contact,
    HelpRequest,
    Offer,
    Queue,
    QueueMember,
    Role,
    Segment,
    SegmentKind,
    Skill,
    TeamSupervisor,
    Tenant,
    User,
    Voicemail,
    Wallboard,
)
from contact_center.models.prepared import Given, Prepared, places, read_by_ids
from contact_center.selectors.scopes import Scope
from contact_center.selectors.voicemails import messages_of, sound_of

Person = User | AnonymousUser
Row = TypeVar("Row", bound=Model)

# Whatever an agent does begins with these two.
_AGENT = Prepared(
    Agent.objects.select_related("user", "tenant", "phone").filter(user_id=Given("user_id"))
)
_OFFER = Prepared(
    Offer.objects.select_related("call", "queue", "slot", "agent", "segment").filter(
        pk=Given("offer_id"), agent_id=Given("agent_id"), tenant_id=Given("tenant_id")
    )
)


# And whatever a supervisor does, or looks at, with this.
@lru_cache(maxsize=16)
def _teams(number: int) -> Prepared[tuple[int, int]]:
    """Who of so many supervises which teams of their own organisation."""
    return Prepared(
        TeamSupervisor.objects.filter(
            user__pk__in=places(number), team__tenant_id=F("user__tenant_id")
        )
        .order_by("team_id")
        .values_list("user_id", "team_id")
    )


SUPERVISING = (Role.SUPERVISOR, Role.ADMIN)


def agent_of(user: Person) -> Agent:
    """Return the agent that ``user`` is. Raises Http404 for everybody else."""
    agent = _AGENT.first(user_id=user.pk) if user.is_authenticated else None
    if agent is None or agent.tenant_id != getattr(user, "tenant_id", None):
        raise Http404
    return agent


def heard_voicemail(user: Person, name: str) -> Voicemail:
    """Return the message whose sound has this name, if it concerns ``user``. Else Http404.

    It concerns agents who serve its queue, or have or had it offered, and whoever may watch its
    queue or the call in which it was left.
    """
    message = sound_of(name)
    if message is None or not isinstance(user, User) or user.tenant_id != message.tenant_id:
        raise Http404
    agent = _AGENT.first(user_id=user.pk)
    if agent is not None:
        serves = QueueMember.objects.filter(agent=agent, queue_id=message.queue_id)
        offered = Offer.objects.filter(agent=agent, call__voicemail=message)
        if serves.exists() or offered.exists():
            return message
    if not may_supervise(user):
        raise Http404
    return supervised_voicemail(user, message.pk)


def supervised_voicemail(user: Person, voicemail_id: int) -> Voicemail:
    """Return a message that ``user`` may deal with. Raises Http404 for any other."""
    return _found(messages_of(scope_of(user)).filter(pk=voicemail_id).first())


def own_offer(agent: Agent, offer_id: int) -> Offer:
    """Return the offer that was made to this very agent. Raises Http404 for any other."""
    offer = _OFFER.first(offer_id=offer_id, agent_id=agent.pk, tenant_id=agent.tenant_id)
    if offer is None:
        raise Http404
    return offer


def own_consult(agent: Agent, consult_id: int) -> Consult:
    """Return the consult for which this very agent was asked. Raises Http404 for any other.

    Who was rung for a queue and did not come was asked, too: what they still press is answered.
    """
    was_asked = Q(colleague=agent) | Q(refused__has_key=str(agent.pk))
    rows = Consult.objects.filter(was_asked, pk=consult_id, tenant_id=agent.tenant_id)
    return _found(rows.select_related("slot", "offer__call").first())


def colleague(agent: Agent, agent_id: int) -> Agent:
    """Return somebody of the same organisation who takes calls. Raises Http404 for any other."""
    rows = Agent.objects.filter(pk=agent_id, tenant_id=agent.tenant_id, user__is_active=True)
    return _found(rows.select_related("user").first())


def queue_of_agent(agent: Agent, queue_id: int) -> Queue:
    """Return a queue of the agent's organisation. Raises Http404 for any other."""
    return _found(Queue.objects.filter(pk=queue_id, tenant_id=agent.tenant_id).first())


def visible_contact(user: Person, contact_id: int) -> Contact:
    """Return a contact that ``user`` may see: everybody's, or their own. Raises Http404."""
    rows = Contact.objects.filter(Q(owner=None) | Q(owner_id=user.pk), pk=contact_id)
    tenant_id = getattr(user, "tenant_id", None)
    if tenant_id is None:
        raise Http404
    return _found(rows.filter(tenant_id=tenant_id).select_related("owner").first())


def supervised_tenant(user: Person) -> Tenant:
    """Return the organisation whose floor ``user`` may watch. Raises Http404 for everybody else."""
    if not isinstance(user, User) or user.role not in SUPERVISING or user.tenant is None:
        raise Http404
    return user.tenant


def supervisor(user: Person) -> User:
    """Return ``user``, who may watch and help. Raises Http404 for everybody else."""
    supervised_tenant(user)
    assert isinstance(user, User)
    return user


def scope_of(user: Person) -> Scope:
    """Return what ``user`` may watch and help. Raises Http404 for who may watch nothing.

    An admin, and a supervisor to whom no team was given, may the whole organisation; a supervisor
    of teams may what concerns these. Every door, panel and socket looks things up in it.
    """
    tenant = supervised_tenant(user)
    assert isinstance(user, User)
    if user.role == Role.ADMIN:
        return Scope(tenant.pk)
    crowd = _crowd.get()
    if crowd is None or user.pk not in crowd:
        crowd = _Crowd([user])
    return Scope(tenant.pk, crowd.teams_of(user.pk))


@contextmanager
def together(people: Iterable[Person]) -> Iterator[None]:
    """Let ``scope_of`` read within once what all of these people may watch.

    It is as new as the first of them who is asked for: nobody holds it open for longer than it
    takes to let in who has come.
    """
    before = _crowd.set(_Crowd(people))
    try:
        yield
    finally:
        _crowd.reset(before)


class _Crowd:
    """The teams of several supervisors, read together when the first of them is asked for."""

    def __init__(self, people: Iterable[Person]) -> None:
        supervisors = (one for one in people if isinstance(one, User))
        self._ids = {one.pk for one in supervisors if one.role == Role.SUPERVISOR}
        self._read: dict[int, tuple[int, ...]] | None = None

    def __contains__(self, user_id: int) -> bool:
        return user_id in self._ids

    def teams_of(self, user_id: int) -> tuple[int, ...]:
        """Return the teams that one of them supervises; none: the whole organisation."""
        if self._read is None:
            found: dict[int, list[int]] = defaultdict(list)
            for supervisor_id, team_id in read_by_ids(_teams, self._ids):
                found[supervisor_id].append(team_id)
            self._read = {pk: tuple(teams) for pk, teams in found.items()}
        return self._read.get(user_id, ())


_crowd: ContextVar[_Crowd | None] = ContextVar("crowd", default=None)


def overseer(user: Person) -> User:
    """Return ``user``, who may watch the whole organisation. Raises Http404 for everybody else."""
    if not scope_of(user).is_whole:
        raise Http404
    assert isinstance(user, User)
    return user


def supervised_agent_of(user: Person, agent_id: int) -> Agent:
    """Return an agent whom ``user`` may watch and help. Raises Http404 for any other."""
    agents = scope_of(user).agents().select_related("user", "tenant")
    return _found(agents.filter(pk=agent_id).first())


def supervised_offer(user: Person, offer_id: int) -> Offer:
    """Return an offer to an agent whom ``user`` may help. Raises Http404 for any other."""
    offers = scope_of(user).offers().select_related("call", "queue", "slot", "agent__user")
    return _found(offers.filter(pk=offer_id).first())


def supervised_call(user: Person, call_id: int) -> Call:
    """Return a call that ``user`` may follow. Raises Http404 for any other."""
    calls = scope_of(user).calls().select_related("tenant", "queue", "number")
    return _found(calls.filter(pk=call_id).first())


def supervised_stay(user: Person, stay_id: int) -> Segment:
    """Return a stay in a queue that ``user`` may watch. Raises Http404 for any other."""
    scope = scope_of(user)
    stays = Segment.objects.filter(
        kind=SegmentKind.QUEUE,
        call__tenant_id=scope.tenant_id,
        queue__in=scope.queues().order_by().values("pk"),
    ).select_related("call", "queue", "reserved_for__user", "reserved_by")
    return _found(stays.filter(pk=stay_id).first())


def supervised_queue(user: Person, queue_id: int) -> Queue:
    """Return a queue that ``user`` may watch. Raises Http404 for any other."""
    return _found(scope_of(user).queues().filter(pk=queue_id).first())


def scope_of_queue(user: Person, queue_id: int) -> Scope:
    """Return what ``user`` may see of one queue. Raises Http404 for one they may not watch."""
    return replace(scope_of(user), queue_id=supervised_queue(user, queue_id).pk)


def supervised_help(user: Person, request_id: int) -> HelpRequest:
    """Return a request for help that reaches ``user``. Raises Http404 for any other."""
    requests = scope_of(user).help_requests().select_related("offer__agent__user", "answered_by")
    return _found(requests.filter(pk=request_id).first())


def supervised_alert(user: Person, alert_id: int) -> Alert:
    """Return an alert that concerns ``user``. Raises Http404 for any other."""
    alerts = (
        scope_of(user)
        .alerts()
        .select_related("queue", "agent__user", "call", "acknowledged_by", "snoozed_by", "tenant")
    )
    return _found(alerts.filter(pk=alert_id).first())


def supervised_wallboard(user: Person, wallboard_id: int) -> Wallboard:
    """Return a board that shows nothing ``user`` may not see. Raises Http404 for any other."""
    boards = scope_of(user).wallboards().select_related("tenant")
    return _found(boards.filter(pk=wallboard_id).first())


def blocked_caller(user: Person, blocked_id: int) -> BlockedCaller:
    """Return an entry of the list of who is blocked. Raises Http404 for any other."""
    tenant = overseer(user).tenant
    return _found(BlockedCaller.objects.filter(pk=blocked_id, tenant=tenant).first())


def supervised_callback(user: Person, callback_id: int) -> Callback:
    """Return a callback of a call that ``user`` may follow. Raises Http404 for any other."""
    calls = scope_of(user).calls().order_by().values("pk")
    return _found(Callback.objects.filter(pk=callback_id, call__in=calls).first())


def reports_of(user: User) -> Q:
    """Return which reports of the network ``user`` may see: those of the own organisation.

    Whoever runs the site (a superuser) also sees those of which nobody knows whose they are; to
    anybody else of several organisations they may be somebody else's.
    """
    theirs = Q(tenant__isnull=False, tenant=user.tenant_id)
    return theirs | Q(tenant=None) if user.is_superuser else theirs


def administrator(user: Person) -> User:
    """Return ``user``, who may set an organisation up. Raises Http404 for everybody else."""
    if not isinstance(user, User) or user.role != Role.ADMIN or user.tenant is None:
        raise Http404
    return user


def administered_calendar(user: Person, calendar_id: int) -> Calendar:
    """Return opening hours that ``user`` may set up. Raises Http404 for any other."""
    calendars = Calendar.objects.filter(tenant=administrator(user).tenant)
    return _found(calendars.select_related("emergency_by").filter(pk=calendar_id).first())


def administered_queue(user: Person, queue_id: int) -> Queue:
    """Return a queue that ``user`` may set up. Raises Http404 for any other."""
    queues = Queue.objects.filter(tenant=administrator(user).tenant)
    return _found(queues.select_related("calendar").filter(pk=queue_id).first())


def administered_skill(user: Person, skill_id: int) -> Skill:
    """Return a skill that ``user`` may set up. Raises Http404 for any other."""
    skills = Skill.objects.filter(tenant=administrator(user).tenant)
    return _found(skills.filter(pk=skill_id).first())


def is_agent(user: Person) -> bool:
    """Whether ``user`` has a desk."""
    return user.is_authenticated and Agent.objects.filter(user_id=user.pk).exists()


def may_supervise(user: Person) -> bool:
    """Whether ``user`` may watch the floor of an organisation."""
    return isinstance(user, User) and user.role in SUPERVISING and user.tenant_id is not None


def _found(row: Row | None) -> Row:
    if row is None:
        raise Http404
    return row
