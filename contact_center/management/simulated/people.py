"""Agents who are not there: their names, their desks, and a session for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.middleware.csrf import get_token

from contact_center.management.commands.seed_demo import (
    seed_organisation,
    seed_person,
    seed_queue,
)
from contact_center.management.embedded.people import (
    EVERYBODYS_WORD,
    NORTH,
    SALES,
    SOUTH,
    SUPPORT,
    SamplePerson,
)
from contact_center.models import Agent, Role

#: Each first name goes with each last name once.
MOST = 300

_FIRST_NAMES = (
    *("Amir", "Beatriz", "Cyril", "Daria", "Emeka", "Fatima", "Gustav", "Hana", "Igor", "Jia"),
    *("Kofi", "Leila", "Marco", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tove"),
)
_LAST_NAMES = (
    *("Almeida", "Bauer", "Castro", "Dahl", "Eriksen", "Ferrari", "Garcia", "Haddad"),
    *("Ito", "Jansen", "Kowalski", "Lopez", "Moreau", "Nakamura", "Okafor"),
)


@dataclass(frozen=True)
class SignedIn:
    """An agent who has signed in: whose desk it is, and what shows it at the doors."""

    username: str
    agent_id: int
    session_key: str
    csrf_token: str


def cast(number: int) -> Sequence[SamplePerson]:
    """The first ``number`` of them, at most MOST; spread over both queues and both teams."""
    people = []
    for n in range(number):
        turn, first = divmod(n, len(_FIRST_NAMES))
        people.append(
            SamplePerson(
                f"agent{n + 1:03}",
                _FIRST_NAMES[first],
                _LAST_NAMES[(turn + first) % len(_LAST_NAMES)],
                Role.AGENT,
                ((SALES,), (SUPPORT,), (SALES, SUPPORT))[n % 3],
                (NORTH, SOUTH)[n % 2],
            )
        )
    return people


def sign_in(people: Sequence[SamplePerson]) -> list[SignedIn]:
    """Add who is missing of them to the demo, and begin a session for each.

    Only the demo may do this; whoever calls has to ask. The password is hashed once for all and
    nobody goes through the sign-in page: both are slow, by intent.
    """
    tenant = seed_organisation()
    queues = {name: seed_queue(tenant, name) for name in (SALES, SUPPORT)}
    hashed = make_password(EVERYBODYS_WORD)
    for person in people:
        with transaction.atomic():  # one at a time: a busy site waits for none of it
            seed_person(tenant, person, queues, hashed=hashed)
    agents = {
        agent.user.username: agent
        for agent in Agent.objects.filter(
            user__username__in=[person.username for person in people]
        ).select_related("user")
    }
    return [_session_of(agents[person.username]) for person in people]


def sign_out(people: Sequence[SignedIn]) -> None:
    """End the sessions again."""
    for one in people:
        _sessions().SessionStore(one.session_key).delete()


def _session_of(agent: Agent) -> SignedIn:
    request = HttpRequest()
    request.session = _sessions().SessionStore()
    login(request, agent.user, backend="django.contrib.auth.backends.ModelBackend")
    request.session.save()
    get_token(request)
    return SignedIn(
        username=agent.user.username,
        agent_id=agent.pk,
        session_key=str(request.session.session_key),
        csrf_token=request.META["CSRF_COOKIE"],
    )


def _sessions() -> ModuleType:
    return import_module(settings.SESSION_ENGINE)
