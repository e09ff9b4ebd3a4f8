"""Who and what is in the demo: people, queues, a menu and three numbers."""

from dataclasses import dataclass

from contact_center.domain.form_fields import FieldKind
from contact_center.models import Role
from contact_center.services.keeping_forms import Field

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

#: Who has set the demo up.
ADMIN = "dana"

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
#: What stands for a whole category, for whoever wants to ask for any of it.
ANY_LANGUAGE = ("Any language", LANGUAGE)
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
#: What else a call of one queue can come to, as (outcome, group), and the fields of its form.
QUEUE_WITH_A_FORM = SUPPORT
OUTCOMES = (
    ("Exchange sent", "Repair and exchange"),
    ("Part sent", "Repair and exchange"),
    ("Explained on the phone", "Repair and exchange"),
    ("Invoice corrected", "Money"),
    ("Money sent back", "Money"),
)
FIELDS = (
    Field("Order number"),
    Field("Product", FieldKind.CHOICE, ["Tent", "Sleeping bag", "Stove"]),
    Field("Price, USD", FieldKind.NUMBER),
    Field("Bought on", FieldKind.DATE),
    Field("May we write to them?", FieldKind.CHECK),
)

#: What stands beside the calls of that queue. Nothing answers at the address: .example is nobody's.
SCRIPT = """# Greeting
1. Hello {name}, you have reached {queue}. I am {agent}.
2. Ask for the order number before anything else.

# If it is broken
- A part is sent at once, without the old one.
- A whole tent is exchanged within two years.

# Goodbye
Say again what happens next, and when."""
LINK_LABEL, LINK_URL = "Customer file", "https://crm.example/customers?tel={number}&queue={queue}"
