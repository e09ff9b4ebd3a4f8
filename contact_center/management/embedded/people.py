"""Who and what is in the demo: people, queues, a menu and three numbers."""

from dataclasses import dataclass

from contact_center.models import Role

#: What everybody in the demo signs in with; it is printed at every start and is no secret.
EVERYBODYS_WORD = "demo"

SALES, SUPPORT, IN_SPANISH = "Sales", "Support", "Ventas"
NORTH, SOUTH = "North", "South"
# Where the settings' own hours are, and hence the sample ones.
ALWAYS_OPEN, OFFICE_HOURS = "Around the clock", "Office hours"
ZONE, COUNTRY = "America/New_York", "US"


@dataclass(frozen=True)
class SamplePerson:
    """Somebody who can sign in to the demo; an agent serves the queues named."""

    username: str
    first_name: str
    last_name: str
    role: Role
    serves: tuple[str, ...] = ()
    #: Whose an agent is; whom a supervisor watches, everybody where nothing is said.
    team: str = ""


PEOPLE = (
    SamplePerson("alice", "Alice", "Adams", Role.AGENT, (SALES, SUPPORT), NORTH),
    SamplePerson("bob", "Bob", "Brown", Role.AGENT, (SALES, SUPPORT), NORTH),
    SamplePerson("chen", "Chen", "Wu", Role.AGENT, (SUPPORT,), SOUTH),
    SamplePerson("carol", "Carol", "Clark", Role.SUPERVISOR),
    SamplePerson("nora", "Nora", "Novak", Role.SUPERVISOR, team=NORTH),
    SamplePerson("dana", "Dana", "Diaz", Role.ADMIN),
)

GREETING = "Welcome to the demo."

CHOICES = (("1", "sales", SALES), ("2", "support", SUPPORT), ("3", "sales in Spanish", IN_SPANISH))

# (number, label, queue); a number without a queue leads to the menu.
NUMBERS = (
    ("+14155550100", "Main menu: 1 sales, 2 support, 3 Spanish", None),
    ("+14155550101", "Sales, directly", SALES),
    ("+14155550102", "Support, directly", SUPPORT),
)

# Two of the categories that AGENT.SKILL_CATEGORIES has when nothing else is said.
LANGUAGE, PRODUCT = "language", "product"
CATEGORIES = (LANGUAGE, PRODUCT)
SPANISH, FRENCH, BILLING, ROUTERS = "Spanish", "French", "Billing", "Routers"
#: (name, category, who has it and how well).
SKILLS = (
    (SPANISH, LANGUAGE, {"alice": 4, "bob": 2}),
    (FRENCH, LANGUAGE, {"chen": 5}),
    (BILLING, PRODUCT, {"alice": 3, "bob": 5}),
    (ROUTERS, PRODUCT, {"bob": 3, "chen": 4}),
)
#: What a queue of its own needs, so that whoever calls the others is served by anybody: (skill,
#: level), and (after so many seconds, the level that is enough then, 0 for none).
NEED = (SPANISH, 4)
STEPS = ((20, 2), (60, 0))
#: Who serves it, in which tier, and after how many seconds the second is rung.
TIERS = {"alice": 1, "bob": 2, "chen": 2}
TIER_SECONDS = 10
#: (number of a customer, skill, level): somebody who speaks Spanish wherever he calls.
CALLER = ("+14155550188", SPANISH, 2)

#: Whom the organisation knows, of those who ring on the simulator's phone page: (name, company,
#: number, notes, tags). The others are strangers.
CONTACTS = (
    (
        "Maren Oduya",
        "Quillmarsh Press",
        "+14155550142",
        "Prefers short answers. Her invoices go to the London office.",
        ("Press", "Invoices"),
    ),
    ("Tomás Rivera", "", "+14155550143", "Rings before he visits.", ("Regular",)),
)

DISPOSITIONS = ("Solved", "Will call back", "Passed on", "Wrong number")
