"""How webhooks travel in a universe: with the network's own patience, and what befalls them.

A webhook is attempted as often as the fragment of its URL allows. What the network hears of an
attempt decides whether it tries again; what our site made of it is another matter: an answer may be
lost, and an attempt that was given up may arrive half a minute later.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from contact_center.simulator.core.effects import RequestOutcome, SendRequest
from contact_center.simulator.server.overrides import TOTAL_SECONDS, Failure, overrides_in
from tests.universe.draws import stream
from tests.universe.invariants.journal import REPORTS
from tests.universe.kills import Killed
from tests.universe.posting import post_signed

if TYPE_CHECKING:
    from tests.universe.engine import Universe

#: A killed process is killed after at most so many statements of a request.
MOST_STATEMENTS = 16
#: For so long an answered request may be sent once more.
REPEATED_WITHIN = 40.0

KILLED = RequestOutcome(None, error="read")


@dataclass
class Delivery:
    """A webhook under way."""

    request: SendRequest
    sent_at: float
    attempts_left: int
    #: Whatever the network tries, it will not get through.
    hopeless: bool = False
    answered: bool = False

    @property
    def path(self) -> str:
        """The path it is for."""
        return urlsplit(self.request.url).path

    @property
    def is_report(self) -> bool:
        """Whether nobody waits for instructions."""
        return self.request.purpose in REPORTS


class Deliveries:
    """Everything the network sends us."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self._faults = universe.faults
        self._latency = stream(universe.scenario.seed, "latency")
        self.under_way = 0

    def send(self, request: SendRequest) -> None:
        """Begin to deliver a webhook that the network wants sent."""
        universe = self._universe
        universe.journal.sent(request, universe.moment)
        delivery = Delivery(request, universe.moment, 1 + overrides_in(request.url).retries)
        self.under_way += 1
        if delivery.is_report:
            delivery.hopeless = self._faults.blacks_out() or self._faults.strike("lost")
        elif (
            delivery.attempts_left > 1
            and request.purpose != "conference wait"  # nobody is asked again for a hold's music
            and self._faults.strike("unreachable")
        ):
            delivery.hopeless = True
            universe.excuse(request.leg_sid)
        if delivery.hopeless:
            self._note(delivery, "lost, and every retry of it")
            self._fail(delivery, "rt", after=2.0)
            return
        wait = self._way()
        if self._faults.strike("reorder"):
            extra = self._faults.between("reorder", 0.1, 2.5)
            self._note(delivery, f"overtaken by others, {extra:.1f} s late")
            wait += extra
        self._attempt_after(delivery, wait)

    def _way(self) -> float:
        return self._latency.uniform(0.01, 0.12)

    def _note(self, delivery: Delivery, what: str) -> None:
        universe = self._universe
        universe.journal.faulted(delivery.request.request_id, universe.moment, what)

    def _attempt_after(self, delivery: Delivery, seconds: float) -> None:
        universe = self._universe
        universe.later(
            seconds,
            f"webhook {delivery.path}",
            lambda: self._attempt(delivery),
            legs=(delivery.request.leg_sid or "",),
        )

    def _attempt(self, delivery: Delivery) -> None:
        """Make one attempt; what the network hears of it comes later."""
        delivery.attempts_left -= 1
        faults = self._faults
        patience = overrides_in(delivery.request.url)
        if faults.strike("refuse"):
            self._note(delivery, "our site took no connection")
            self._fail(
                delivery, "ct", after=faults.between("refuse", 0.0, patience.connect_seconds)
            )
            return
        if faults.strike("drop"):
            self._note(delivery, "lost on its way")
            self._fail(delivery, "rt", after=patience.read_seconds)
            return
        if faults.strike("delay"):
            late = faults.between("delay", 1.0, 30.0)
            self._note(delivery, f"{late:.1f} s late")
            if late < patience.read_seconds:
                self._serve_after(delivery, late, "delayed", counts=True)
            else:
                self._serve_after(delivery, late, "long given up", counts=False)
                self._fail(delivery, "rt", after=patience.read_seconds)
            return
        if faults.strike("duplicate"):
            self._note(delivery, "doubled")
            self._serve_after(
                delivery, faults.between("duplicate", 0.0, 3.0), "doubled", counts=False
            )
        outcome = self._serve(delivery, "")
        if outcome is not KILLED and faults.strike("lose-answer"):
            self._note(delivery, "our answer was lost")
            self._fail(delivery, "rt", after=patience.read_seconds)
            return
        self._heard(delivery, outcome)

    def _serve_after(self, delivery: Delivery, seconds: float, fault: str, *, counts: bool) -> None:
        def arrive() -> None:
            outcome = self._serve(delivery, fault)
            if counts:
                self._heard(delivery, outcome)

        self._universe.later(
            seconds,
            f"webhook {delivery.path} ({fault})",
            arrive,
            legs=(delivery.request.leg_sid or "",),
        )

    def _serve(self, delivery: Delivery, fault: str) -> RequestOutcome:
        """Let our site answer one copy."""
        universe, request = self._universe, delivery.request
        try:
            with universe.mortal("web", f"POST {delivery.path}", MOST_STATEMENTS, request.leg_sid):
                outcome = post_signed(universe.client, request)
        except Killed:
            outcome = KILLED
            fault = (fault + ", " if fault else "") + "killed"
        universe.journal.arrived(
            request.request_id, universe.moment, outcome.status, outcome.body, fault
        )
        universe.saw(f"{delivery.path} {outcome.status} {fault}", outcome.body)
        return outcome

    def _heard(self, delivery: Delivery, outcome: RequestOutcome) -> None:
        """Our answer is on its way to the network."""
        failure = _failure(outcome)
        if failure is not None:
            self._fail(delivery, failure, after=self._way(), outcome=outcome)
            return
        self._answer_after(delivery, self._way(), outcome)

    def _fail(
        self,
        delivery: Delivery,
        failure: Failure,
        *,
        after: float,
        outcome: RequestOutcome | None = None,
    ) -> None:
        """An attempt came to nothing: there is another, or that is the network's last word."""
        universe = self._universe
        spent = universe.moment - delivery.sent_at + after
        retry = (
            delivery.attempts_left > 0
            and not delivery.hopeless
            and overrides_in(delivery.request.url).retries_after(failure)
            and spent < TOTAL_SECONDS
        )
        if retry:
            self._attempt_after(delivery, after + self._way())
            return
        if not delivery.is_report:
            universe.excuse(delivery.request.leg_sid)
        error = "connect" if failure == "ct" else "timeout"
        left = max(TOTAL_SECONDS - (universe.moment - delivery.sent_at), 0.0)
        self._answer_after(delivery, min(after, left), outcome or RequestOutcome(None, error=error))

    def _answer_after(self, delivery: Delivery, seconds: float, outcome: RequestOutcome) -> None:
        universe, request = self._universe, delivery.request

        def hear() -> None:
            if delivery.answered:
                return
            delivery.answered = True
            self.under_way -= 1
            universe.journal.answered(request.request_id, universe.moment)
            universe.network.request_answered(request.request_id, outcome)
            if outcome.status is not None:
                self._perhaps_again(delivery)

        universe.later(
            seconds,
            f"the network hears {outcome.status or outcome.error} from {delivery.path}",
            hear,
            legs=(request.leg_sid or "",),
        )

    def _perhaps_again(self, delivery: Delivery) -> None:
        if self._faults.strike("repeat"):
            late = self._faults.between("repeat", 0.5, REPEATED_WITHIN)
            self._note(delivery, "sent once more after it was answered")
            self._universe.later(late, f"again {delivery.path}", lambda: self._repeat(delivery))
        if "/webhooks/" in delivery.path and self._faults.strike("forged"):
            late = self._faults.between("forged", 0.0, 5.0)
            self._universe.later(late, f"forged {delivery.path}", lambda: self._forge(delivery))

    def _repeat(self, delivery: Delivery) -> None:
        """The network sends once more what was answered before."""
        universe, request = self._universe, delivery.request
        with universe.watch.same_again(request.leg_sid or "", delivery.path):
            outcome = post_signed(universe.client, request)
        universe.journal.arrived(
            request.request_id, universe.moment, outcome.status, outcome.body, "sent once more"
        )
        universe.saw(f"again {delivery.path} {outcome.status}", outcome.body)

    def _forge(self, delivery: Delivery) -> None:
        """Somebody who cannot sign sends what was sent before."""
        universe = self._universe
        with universe.watch.refused() as seen:
            outcome = post_signed(universe.client, delivery.request, token="not the token")
            seen.status = outcome.status
        universe.saw(f"forged {delivery.path} {outcome.status}", b"")


def _failure(outcome: RequestOutcome) -> Failure | None:
    if outcome.status is None:
        return "ct" if outcome.error == "connect" else "rt"
    if 400 <= outcome.status < 500:
        return "4xx"
    return "5xx" if outcome.status >= 500 else None
