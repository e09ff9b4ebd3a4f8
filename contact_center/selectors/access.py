"""Gatekeepers: who may see or touch what. Every door begins with one of these.

Whoever may not learns nothing, not even that the thing exists: the answer is 404, never 403.
Everything is looked up within the person's own organisation.
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import Http404

from contact_center.models import Agent, Offer, Role, Tenant, User

Person = User | AnonymousUser

SUPERVISING = (Role.SUPERVISOR, Role.ADMIN)


def agent_of(user: Person) -> Agent:
    """Return the agent that ``user`` is. Raises Http404 for everybody else."""
    agent = (
        Agent.objects.select_related("user", "tenant", "phone").filter(user_id=user.pk).first()
        if user.is_authenticated
        else None
    )
    if agent is None or agent.tenant_id != getattr(user, "tenant_id", None):
        raise Http404
    return agent


def own_offer(agent: Agent, offer_id: int) -> Offer:
    """Return the offer that was made to this very agent. Raises Http404 for any other."""
    offer = (
        Offer.objects.select_related("call", "queue", "slot", "agent", "segment")
        .filter(pk=offer_id, agent=agent, tenant_id=agent.tenant_id)
        .first()
    )
    if offer is None:
        raise Http404
    return offer


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


def is_agent(user: Person) -> bool:
    """Whether ``user`` has a desk."""
    return user.is_authenticated and Agent.objects.filter(user_id=user.pk).exists()


def may_supervise(user: Person) -> bool:
    """Whether ``user`` may watch the floor of an organisation."""
    return isinstance(user, User) and user.role in SUPERVISING and user.tenant_id is not None
