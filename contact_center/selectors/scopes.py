"""What of an organisation somebody may see and help: all of it, or what concerns some teams.

A scope is plain values: it can be compared and sorted, so all who may see the same share one
painting of it. Whatever a supervisor's door, panel or socket looks up is looked up through one;
what is outside is not there, for all it matters.

Of a team are its agents, and its supervisors as far as they take calls themselves; the queues that
one of them serves; the calls that were offered to one of them, whatever came of it, and those that
are or were in one of these queues; the wallboards that show such queues and no other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, Q, QuerySet

from contact_center.models import (
    WHO_WAITS,
    Agent,
    Alert,
    Call,
    EventLog,
    HelpRequest,
    Offer,
    Queue,
    QueueMember,
    Segment,
    Team,
    TeamSupervisor,
    Wallboard,
)

#: Of so many scopes, those looked at last, a process keeps the statements it has prepared.
SCOPES = 128
#: More digits than any id has.
_LONGEST_ID = 15


def is_id(text: str) -> bool:
    """Whether what stands in an address can be the id of something."""
    return text.isdecimal() and len(text) <= _LONGEST_ID


@dataclass(frozen=True, order=True)
class Scope:
    """As far as somebody may see, and within that what is wanted to be seen."""

    tenant_id: int
    #: The teams somebody supervises; none: the whole organisation.
    team_ids: tuple[int, ...] = ()
    #: One team and one queue that are looked at alone; 0: all.
    team_id: int = 0
    queue_id: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether everything of the organisation may be seen."""
        return not self.team_ids

    @property
    def widest(self) -> "Scope":
        """All that may be seen, whatever is looked at."""
        return replace(self, team_id=0, queue_id=0)

    @property
    def all_queues(self) -> "Scope":
        """The same agents, whatever queue is looked at."""
        return replace(self, queue_id=0)

    @property
    def seen_teams(self) -> tuple[int, ...]:
        """The teams that are seen; none: all agents, those of no team included."""
        if not self.team_id:
            return self.team_ids
        # Wanting to see a team is no right to.
        may = self.is_whole or self.team_id in self.team_ids
        return (self.team_id,) if may else self.team_ids

    def covered(self, agent_ids: Iterable[int]) -> set[int]:
        """Return which of these agents of the organisation may be seen."""
        wanted = set(agent_ids)
        if self.is_whole or not wanted:
            return wanted
        return set(self.widest.agents().filter(pk__in=wanted).values_list("pk", flat=True))

    def teams(self) -> QuerySet[Team]:
        """Return the teams that may be seen."""
        rows = Team.objects.filter(tenant_id=self.tenant_id)
        return rows if self.is_whole else rows.filter(pk__in=self.team_ids)

    def agents(self) -> QuerySet[Agent]:
        """Return the agents."""
        rows = Agent.objects.filter(self._in_teams(""), tenant_id=self.tenant_id)
        if self.queue_id:
            rows = rows.filter(self._serves(OuterRef("pk")))
        return rows

    def queues(self) -> QuerySet[Queue]:
        """Return the queues."""
        rows = Queue.objects.filter(tenant_id=self.tenant_id)
        if self.queue_id:
            rows = rows.filter(pk=self.queue_id)
        if self.seen_teams:
            members = QueueMember.objects.filter(self._in_teams("agent__"), queue=OuterRef("pk"))
            rows = rows.filter(Exists(members))
        return rows

    def offers(self) -> QuerySet[Offer]:
        """Return the offers to these agents."""
        rows = Offer.objects.filter(self._in_teams("agent__"), tenant_id=self.tenant_id)
        return rows.filter(queue_id=self.queue_id) if self.queue_id else rows

    def calls(self) -> QuerySet[Call]:
        """Return the calls."""
        rows = Call.objects.filter(tenant_id=self.tenant_id)
        stays = Segment.objects.filter(call=OuterRef("pk"))
        if self.queue_id:
            rows = rows.filter(Exists(stays.filter(queue_id=self.queue_id)))
        if self.seen_teams:
            offered = Offer.objects.filter(self._in_teams("agent__"), call=OuterRef("pk"))
            in_line = stays.filter(queue__in=self.all_queues.queues().order_by().values("pk"))
            rows = rows.filter(Exists(offered) | Exists(in_line))
        return rows

    def waiting(self) -> QuerySet[Segment]:
        """Return the stays of those who wait in these queues now, on the line or to be called."""
        rows = Segment.objects.filter(WHO_WAITS, call__tenant_id=self.tenant_id, ended_at=None)
        if self.seen_teams or self.queue_id:
            rows = rows.filter(queue__in=self.queues().order_by().values("pk"))
        return rows

    def help_requests(self) -> QuerySet[HelpRequest]:
        """Return what these agents ask for."""
        return HelpRequest.objects.filter(
            self._in_teams("offer__agent__"), tenant_id=self.tenant_id
        )

    def alerts(self) -> QuerySet[Alert]:
        """Return the alerts about these agents, about these queues, and about the site itself."""
        rows = Alert.objects.filter(tenant_id=self.tenant_id)
        if not self.seen_teams:
            return rows
        queues = self.queues().order_by().values("pk")
        about_line = Q(agent=None) & (Q(queue=None) | Q(queue__in=queues))
        return rows.filter(about_line | (Q(agent__isnull=False) & self._in_teams("agent__")))

    def wallboards(self) -> QuerySet[Wallboard]:
        """Return the boards that show nothing but these queues; to who may see everything, all."""
        rows = Wallboard.objects.filter(tenant_id=self.tenant_id)
        if self.is_whole:
            return rows
        ours = self.widest.queues().order_by().values("pk")
        theirs = Wallboard.queues.through.objects.filter(wallboard=OuterRef("pk"))
        only_ours = Exists(theirs) & ~Exists(theirs.exclude(queue__in=ours))
        return rows.filter(only_ours, all_queues=False)

    def events(self) -> QuerySet[EventLog]:
        """Return what happened to these agents and calls; all of it to who may see everything."""
        rows = EventLog.objects.filter(tenant_id=self.tenant_id)
        if not self.seen_teams:
            return rows
        return rows.filter(
            Q(agent_id__in=self.agents().values("pk")) | Q(call_id__in=self.calls().values("pk"))
        )

    # --- inside ---

    def _in_teams(self, path: str) -> Q:
        """The condition that an agent, reached by ``path``, belongs to a team that is seen."""
        teams = self.seen_teams
        if not teams:
            return Q()
        # A supervisor who has taken a call over is an agent, too, and in no team as that.
        supervisors = TeamSupervisor.objects.filter(team_id__in=teams).values("user_id")
        return Q(**{f"{path}team_id__in": teams}) | Q(**{f"{path}user_id__in": supervisors})

    def _serves(self, agent: OuterRef) -> Exists:
        return Exists(QueueMember.objects.filter(agent=agent, queue_id=self.queue_id))
