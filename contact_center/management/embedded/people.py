"""Who and what is in the demo: people, queues, a menu and three numbers."""

from dataclasses import dataclass

from contact_center.models import Role

#: What everybody in the demo signs in with; it is printed at every start and is no secret.
EVERYBODYS_WORD = "demo"

SALES, SUPPORT = "Sales", "Support"
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

CHOICES = (("1", "sales", SALES), ("2", "support", SUPPORT))

# (number, label, queue); a number without a queue leads to the menu.
NUMBERS = (
    ("+14155550100", "Main menu: 1 sales, 2 support", None),
    ("+14155550101", "Sales, directly", SALES),
    ("+14155550102", "Support, directly", SUPPORT),
)

DISPOSITIONS = ("Solved", "Will call back", "Passed on", "Wrong number")
