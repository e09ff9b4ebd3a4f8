"""What people set up: boards, hours, queues, desks, contacts, skills, needs and breaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contact_center.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class WallboardMade(Event):
    """A supervisor made a board for a screen on the wall."""

    name = "wallboard.made"
    wallboard_id: int = 0


@dataclass(frozen=True, kw_only=True)
class WallboardChanged(Event):
    """A supervisor changed what a board shows."""

    name = "wallboard.changed"
    wallboard_id: int = 0


@dataclass(frozen=True, kw_only=True)
class WallboardRemoved(Event):
    """A supervisor removed a board, and every link to it."""

    name = "wallboard.removed"
    wallboard_id: int = 0


@dataclass(frozen=True, kw_only=True)
class WallboardLinkMade(Event):
    """A supervisor made a link that opens a board with nobody signed in."""

    name = "wallboard_link.made"
    wallboard_id: int = 0
    link_id: int = 0


@dataclass(frozen=True, kw_only=True)
class WallboardLinkRevoked(Event):
    """A supervisor withdrew such a link: screens that show the board by it stop at once."""

    name = "wallboard_link.revoked"
    wallboard_id: int = 0
    link_id: int = 0


@dataclass(frozen=True, kw_only=True)
class CalendarMade(Event):
    """An admin wrote a calendar of opening hours."""

    name = "calendar.made"
    calendar_id: int = 0


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Event):
    """An admin changed one: its week, its holidays, what is different once, or who follows it.

    ``what`` is "week", "exceptions" or "queues".
    """

    name = "calendar.changed"
    calendar_id: int = 0
    what: str = ""


@dataclass(frozen=True, kw_only=True)
class CalendarRemoved(Event):
    """An admin removed a calendar that no queue followed any more."""

    name = "calendar.removed"
    calendar_id: int = 0


@dataclass(frozen=True, kw_only=True)
class CalendarClosed(Event):
    """An admin closed every queue that follows a calendar, at once and until further notice."""

    name = "calendar.closed"
    calendar_id: int = 0


@dataclass(frozen=True, kw_only=True)
class CalendarReopened(Event):
    """An admin took an emergency back: the calendar's own hours hold again."""

    name = "calendar.reopened"
    calendar_id: int = 0


@dataclass(frozen=True, kw_only=True)
class QueueMade(Event):
    """An admin made a queue."""

    name = "queue.made"


@dataclass(frozen=True, kw_only=True)
class QueueChanged(Event):
    """An admin changed a queue. ``changes`` says of each field what it was and what it is."""

    name = "queue.changed"
    changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class QueueMembersChanged(Event):
    """An admin said who serves a queue; ids of agents."""

    name = "queue.members_changed"
    added: Sequence[int] = field(default_factory=list)
    removed: Sequence[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class QueueRemoved(Event):
    """An admin removed a queue in which no call has ever been."""

    name = "queue.removed"
    #: Its name; there is no row to look it up in any more.
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class OutcomesChanged(Event):
    """An admin changed what calls can come to: of the queue, or of every queue where it has none.

    ``required`` is whether a call of the queue needs an outcome from now on, None as before.
    """

    name = "outcomes.changed"
    added: int = 0
    changed: int = 0
    removed: int = 0
    required: bool | None = None


@dataclass(frozen=True, kw_only=True)
class WrapUpFormChanged(Event):
    """An admin changed what is asked after calls of the queue; of every queue without one."""

    name = "wrap_up_form.changed"
    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True, kw_only=True)
class QueueDeskChanged(Event):
    """An admin changed what stands beside calls of the queue: ``what`` is "script", "link"."""

    name = "queue_desk.changed"
    what: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ContactMade(Event):
    """Somebody wrote down who calls."""

    name = "contact.made"
    contact_id: int = 0


@dataclass(frozen=True, kw_only=True)
class ContactChanged(Event):
    name = "contact.changed"
    contact_id: int = 0


@dataclass(frozen=True, kw_only=True)
class ContactsBroughtTogether(Event):
    """Two contacts are one from now on."""

    name = "contacts.brought_together"
    contact_id: int = 0
    dropped_contact_id: int = 0


@dataclass(frozen=True, kw_only=True)
class ContactRemoved(Event):
    name = "contact.removed"
    contact_id: int = 0


@dataclass(frozen=True, kw_only=True)
class ContactsImported(Event):
    """An admin wrote the contacts of a file; each has an event of its own, too."""

    name = "contacts.imported"
    made: int = 0
    changed: int = 0
    merged: int = 0
    refused: int = 0


@dataclass(frozen=True, kw_only=True)
class ContactsExported(Event):
    """An admin took everybody's contacts away in a file."""

    name = "contacts.exported"
    contacts: int = 0


@dataclass(frozen=True, kw_only=True)
class SkillMade(Event):
    """An admin named something that agents can do and queues may need."""

    name = "skill.made"
    skill_id: int = 0


@dataclass(frozen=True, kw_only=True)
class SkillChanged(Event):
    """An admin gave a skill another name or category."""

    name = "skill.changed"
    skill_id: int = 0


@dataclass(frozen=True, kw_only=True)
class SkillRemoved(Event):
    """An admin removed a skill that no queue needed any more."""

    name = "skill.removed"
    skill_id: int = 0


@dataclass(frozen=True, kw_only=True)
class AgentSkillChanged(Event):
    """An admin said how well an agent can do something; level 0: not at all."""

    name = "agent_skill.changed"
    skill_id: int = 0
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class AgeingChanged(Event):
    """An admin said how many minutes of waiting a step of priority is worth; None: no wait is."""

    name = "ageing.changed"
    minutes: int | None = None


@dataclass(frozen=True, kw_only=True)
class QueueRoutingChanged(Event):
    """An admin changed what routing goes by in a queue.

    ``what`` is "needs", "steps" or "members".
    """

    name = "queue_routing.changed"
    what: str = ""


@dataclass(frozen=True, kw_only=True)
class NeedsChanged(Event):
    """An admin changed what a number, a menu's key or a caller asks for.

    ``of`` is a domain.skills.Asker; level 0: not asked for any more. Which caller, no event says.
    """

    name = "needs.changed"
    of: str = ""
    number_id: int | None = None
    menu_id: int | None = None
    key: str = ""
    skill_id: int = 0
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class BreakRuleChanged(Event):
    """An admin said how long a type of break may last; no minutes: as long as it lasts."""

    name = "break_rule.changed"
    code: str = ""
    minutes: int | None = None
    after: str = ""
