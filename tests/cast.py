"""The people of every test, made without the demo: who they are decides what a test says.

Alice and Bob answer calls for Sales and Support. Carol supervises them. Dana administers. Dave can
sign in and has no rights at all. Erin answers calls for another organisation: nothing of hers may
be seen in ours, and nothing of ours in hers.
"""

from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from django.contrib.auth.hashers import make_password
from django.db.models import Model
from django.db.models.signals import post_save
from django.utils import timezone

from contact_center.models import (
    Agent,
    AgentSlot,
    DispatchLock,
    Disposition,
    Menu,
    MenuChoice,
    MenuVersion,
    PhoneNumber,
    Queue,
    QueueMember,
    Role,
    Tenant,
    User,
)
from contact_center.models.prepared import insert

M = TypeVar("M", bound=Model)

PASSWORD = "a word that everybody in the tests knows"


@dataclass(frozen=True)
class Cast:
    """Everybody, and the few things they share. The numbers are the demo's."""

    tenant: Tenant
    alice: Agent
    bob: Agent
    carol: User
    dana: User
    dave: User
    sales: Queue
    support: Queue
    menu: MenuVersion
    main_number: PhoneNumber
    sales_number: PhoneNumber
    support_number: PhoneNumber
    other_tenant: Tenant
    erin: Agent
    other_queue: Queue


def make_cast() -> Cast:
    """Write everybody into the test's database."""
    tenant = make_tenant("ours", "Ours")
    # No queue of theirs calls back or takes messages, unless a test says so.
    sales = write(Queue(tenant=tenant, name="Sales", callback_key="", voicemail_key=""))
    support = write(Queue(tenant=tenant, name="Support", callback_key="", voicemail_key=""))
    version = make_menu(tenant, {"1": sales, "2": support})
    write(Disposition(tenant=tenant, label="Solved"))
    other_tenant = make_tenant("theirs", "Theirs")
    other_queue = write(Queue(tenant=other_tenant, name="Sales", callback_key="", voicemail_key=""))
    return Cast(
        tenant=tenant,
        alice=make_agent(tenant, "alice", sales, support),
        bob=make_agent(tenant, "bob", sales, support),
        carol=make_user(tenant, "carol", Role.SUPERVISOR),
        dana=make_user(tenant, "dana", Role.ADMIN),
        dave=make_user(tenant, "dave", Role.AGENT),
        sales=sales,
        support=support,
        menu=version,
        main_number=make_number(tenant, "+14155550100", menu=version.menu),
        sales_number=make_number(tenant, "+14155550101", queue=sales),
        support_number=make_number(tenant, "+14155550102", queue=support),
        other_tenant=other_tenant,
        erin=make_agent(other_tenant, "erin", other_queue),
        other_queue=other_queue,
    )


def write(row: M) -> M:
    """Write a new row, as `save` does it; thousands of tests begin with thirty of them."""
    insert(row)
    # Whoever keeps what was read is told (contact_center/selectors/).
    post_save.send(
        type(row), instance=row, created=True, update_fields=None, raw=False, using="default"
    )
    return row


def make_tenant(slug: str, name: str) -> Tenant:
    """An organisation, with the row that its dispatchers lock."""
    tenant = write(Tenant(slug=slug, name=name))
    write(DispatchLock(tenant=tenant))
    return tenant


def make_user(
    tenant: Tenant, username: str, role: Role, *, is_superuser: bool | None = None
) -> User:
    """A person who can sign in. An admin also runs the whole site, unless told otherwise."""
    return write(
        User(
            tenant=tenant,
            username=username,
            first_name=username.title(),
            role=role,
            is_staff=role == Role.ADMIN,
            is_superuser=role == Role.ADMIN if is_superuser is None else is_superuser,
            password=_hashed_once(),
        )
    )


def make_agent(tenant: Tenant, username: str, *queues: Queue, slots: int = 1) -> Agent:
    """A person with a desk for so many calls, off duty, who serves these queues."""
    agent = write(
        Agent(
            tenant=tenant,
            user=make_user(tenant, username, Role.AGENT),
            max_calls=slots if slots > 1 else None,
        )
    )
    for number in range(slots):
        write(AgentSlot(agent=agent, number=number))
    for queue in queues:
        write(QueueMember(queue=queue, agent=agent))
    return agent


def make_menu(tenant: Tenant, choices: dict[str, Queue]) -> MenuVersion:
    """A published menu: each key leads to a queue."""
    menu = write(Menu(tenant=tenant, name="Main menu"))
    version = write(
        MenuVersion(menu=menu, number=1, greeting="Welcome.", published_at=timezone.now())
    )
    for key, queue in choices.items():
        write(MenuChoice(version=version, key=key, label=queue.name.lower(), queue=queue))
    return version


def make_number(
    tenant: Tenant, e164: str, *, menu: Menu | None = None, queue: Queue | None = None
) -> PhoneNumber:
    """A number that customers ring, leading to a menu or straight into a queue."""
    return write(PhoneNumber(tenant=tenant, e164=e164, menu=menu, queue=queue))


@cache
def _hashed_once() -> str:
    """Hashing is slow on purpose; one hash does for everybody."""
    return make_password(PASSWORD)
