"""What happened in a universe, as it happened: the material of judgements and stories.

The engine tells the journal of every webhook the network wanted sent (before any fault), of what
became of each copy, of every REST request we made, of every door's answer and of what people did.
Times are seconds of the universe. The reports of conferences, as they were *sent*, are also the
truth of who was in one and when: they are made by the network itself, whatever is lost afterwards.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from contact_center.simulator.core.effects import SendRequest

#: Webhooks that ask for nothing; everything else is a request for instructions.
REPORTS = frozenset({"status", "conference", "recording", "amd"})


@dataclass
class Copy:
    """One time that a webhook reached our site. ``status`` None: killed while it was served."""

    at: float
    status: int | None
    body: bytes
    fault: str

    @property
    def served(self) -> bool:
        """Whether our site has done what there was to do."""
        return self.status is not None and self.status < 500


@dataclass
class Webhook:
    """A webhook of the network and everything that was done to it."""

    request: SendRequest
    at: float
    copies: list[Copy] = field(default_factory=list)
    #: What was done to it on the way: (when, what).
    faults: list[tuple[float, str]] = field(default_factory=list)
    answered_at: float | None = None
    #: Its form, for reading.
    form: dict[str, str] = field(default_factory=dict)

    @property
    def is_report(self) -> bool:
        """Whether nobody waits for instructions."""
        return self.request.purpose in REPORTS

    @property
    def arrived_at(self) -> float | None:
        """When it first reached our site and was served; None while it has not."""
        return next((copy.at for copy in self.copies if copy.served), None)


@dataclass(frozen=True)
class Rest:
    """A REST request of ours. ``status`` None: no answer came back.

    ``until`` is when we knew how it went, ``asker`` which part of the clock had asked.
    """

    at: float
    method: str
    path: str
    form: tuple[tuple[str, str], ...]
    status: int | None
    fault: str
    until: float
    asker: str = ""


@dataclass(frozen=True)
class Deed:
    """What a person did, or what befell somebody."""

    at: float
    who: str
    deed: str
    call_sid: str


@dataclass(frozen=True)
class DoorAnswer:
    """What an agent's browser was answered."""

    at: float
    agent_id: int
    path: str
    status: int
    body: str


class Journal:
    """Everything that was told; see the module."""

    def __init__(self) -> None:
        self.webhooks: dict[int, Webhook] = {}
        #: The same in the order they were sent.
        self.sequence: list[Webhook] = []
        self.rests: list[Rest] = []
        self.deeds: list[Deed] = []
        #: Legs that something was said about since the last look.
        self.touched: set[str] = set()
        #: Answers of doors since the last look.
        self.doors: list[DoorAnswer] = []
        self.by_leg: dict[str, list[Webhook]] = defaultdict(list)
        self.by_conference: dict[str, list[Webhook]] = defaultdict(list)
        self._in_flight: dict[str, int] = defaultdict(int)
        self._unjudged: list[tuple[Webhook, Copy]] = []

    # ---- told by the engine

    def sent(self, request: SendRequest, at: float) -> None:
        """The network wants this webhook sent."""
        webhook = Webhook(request, at, form=dict(request.params))
        self.webhooks[request.request_id] = webhook
        self.sequence.append(webhook)
        if request.leg_sid:
            self.by_leg[request.leg_sid].append(webhook)
            self.touched.add(request.leg_sid)
            if not webhook.is_report:
                self._in_flight[request.leg_sid] += 1
        if request.purpose == "conference":
            self.by_conference[webhook.form["FriendlyName"]].append(webhook)

    def arrived(
        self, request_id: int, at: float, status: int | None, body: bytes, fault: str = ""
    ) -> None:
        """A copy of it was served by our site."""
        webhook = self.webhooks[request_id]
        copy = Copy(at, status, body, fault)
        webhook.copies.append(copy)
        self._unjudged.append((webhook, copy))
        if webhook.request.leg_sid:
            self.touched.add(webhook.request.leg_sid)

    def faulted(self, request_id: int, at: float, fault: str) -> None:
        """Something was done to it on its way."""
        self.webhooks[request_id].faults.append((at, fault))

    def answered(self, request_id: int, at: float) -> None:
        """The network knows how it went; it is no longer under way."""
        webhook = self.webhooks[request_id]
        leg_sid = webhook.request.leg_sid
        if webhook.answered_at is None and leg_sid:
            self.touched.add(leg_sid)
            if not webhook.is_report:
                self._in_flight[leg_sid] -= 1
        webhook.answered_at = at

    def rest(
        self,
        at: float,
        method: str,
        path: str,
        form: tuple[tuple[str, str], ...],
        status: int | None,
        fault: str = "",
        *,
        until: float | None = None,
        asker: str = "",
    ) -> None:
        """We asked this of the network; it took until ``until``, or no time."""
        over = at if until is None else until
        self.rests.append(Rest(at, method, path, form, status, fault, over, asker))

    def act(self, at: float, who: str, deed: str, call_sid: str = "") -> None:
        """A person did this."""
        self.deeds.append(Deed(at, who, deed, call_sid))

    def fault(self, at: float, text: str, call_sid: str = "") -> None:
        """Something befell us: a kill, a lost wake-up, a clock that jumps."""
        self.deeds.append(Deed(at, "fault", text, call_sid))

    def door(self, at: float, agent_id: int, path: str, status: int, body: str) -> None:
        """An agent's browser was answered."""
        self.doors.append(DoorAnswer(at, agent_id, path, status, body))

    # ---- asked by the invariants

    def under_way(self, leg_sid: str) -> bool:
        """Whether the network waits for instructions for this leg."""
        return self._in_flight.get(leg_sid, 0) > 0

    def take_touched(self) -> set[str]:
        """Legs that something was said about since the last time."""
        touched, self.touched = self.touched, set()
        return touched

    def take_copies(self) -> list[tuple[Webhook, Copy]]:
        """Copies that were served since the last time."""
        copies, self._unjudged = self._unjudged, []
        return copies

    def take_doors(self) -> list[DoorAnswer]:
        """Answers of doors since the last time."""
        doors, self.doors = self.doors, []
        return doors

    def reports_of(self, leg_sid: str, conference: str) -> list[Webhook]:
        """Every report about a leg or a conference, in the order they were sent."""
        found = [webhook for webhook in self.by_leg.get(leg_sid, ()) if webhook.is_report]
        if conference:
            mine = self.by_conference.get(conference, ())
            found += [webhook for webhook in mine if webhook.request.leg_sid != leg_sid]
        return found
