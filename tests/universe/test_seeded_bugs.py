"""The test of the test: versions of our own code with one fault each, and the universe finds it.

This is the one place where a test puts something else in the place of our code. Each fault is of a
kind that people really make, and only shows when things happen in an unlucky order.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from contact_center.domain import routing
from contact_center.domain.routing import WaitingCall
from contact_center.domain.states import CONNECT_SECONDS
from contact_center.domain.supervising import Mode
from contact_center.errors import OfferGone
from contact_center.models import Agent, AgentSlot, Call, Offer
from contact_center.services import answering, calling_back, offering, reserving, transferring
from contact_center.services.timing import cancel_timers, set_timer
from contact_center.services.transitions import lock_call
from contact_center.telephony import network
from tests.universe import clocks
from tests.universe.database import empty_database
from tests.universe.engine import Universe
from tests.universe.faults import kinds_named
from tests.universe.running import run_universe
from tests.universe.scenario import Scenario

pytestmark = [
    pytest.mark.django_db(transaction=True, reset_sequences=True),
    pytest.mark.long,
]

#: A seeded bug must be found within so many calls.
MOST_CALLS = 2000


@contextmanager
def instead(owner: Any, name: str, faulty: object) -> Iterator[None]:
    """Let ``owner`` have a faulty version of one of its own for a while."""
    right = getattr(owner, name)
    setattr(owner, name, faulty)
    try:
        yield
    finally:
        setattr(owner, name, right)


def invariant_found(*faults: str, calls: int = 40, seed: int = 1) -> str:
    """Run one universe after the other until something is found; return which invariant it was.

    Begins with the one of ``seed``: where a bug is known to show soon nobody waits for the others.
    Fails when MOST_CALLS callers have called and nobody noticed.
    """
    made = 0
    while made < MOST_CALLS:
        empty_database()
        outcome = run_universe(Scenario(seed=seed, calls=calls, faults=kinds_named(faults)))
        if outcome.violation is not None:
            return outcome.violation.invariant
        made += outcome.calls
        seed += 1
    raise AssertionError(f"{made} callers have called, and nobody noticed")


# --- missing compare-and-swap ---------------------------------------------------------------------


@transaction.atomic
def accept_without_looking(*, offer: Offer, agent: Agent, fence: int, lease_key: str) -> str:
    """Take the call, whatever has become of the offer since the desk rang."""
    call = lock_call(offer.call_id)
    lease = offering._held_phone(agent, lease_key)
    Offer.objects.filter(pk=offer.pk).update(
        state="accepted", accepted_at=timezone.now(), ended_at=None
    )
    Call.objects.filter(pk=call.pk).update(state="connecting")
    AgentSlot.objects.filter(pk=offer.slot_id).update(activity="connecting")
    set_timer("connect", after_seconds=CONNECT_SECONDS, tenant_id=offer.tenant_id, offer=offer)
    return offering._join_token(offer, lease)


def test_an_accept_without_compare_and_swap_is_found() -> None:
    with instead(offering, "accept_offer", accept_without_looking):
        assert invariant_found("webhooks", "people", calls=12) in {"I1", "I5", "I6", "crash"}


# --- missing lock ---------------------------------------------------------------------------------


def test_a_call_that_is_read_without_its_lock_is_found() -> None:
    """As if each process kept the calls it has seen, instead of locking and reading them anew."""
    seen: dict[int, Call] = {}

    def remembered(call_id: int) -> Call:
        call = seen.setdefault(call_id, Call.objects.get(pk=call_id))
        return Call(**{field.attname: getattr(call, field.attname) for field in call._meta.fields})

    with instead(offering, "lock_call", remembered):
        assert invariant_found("none", calls=12) in {"I1", "I2", "I4", "I15", "crash"}


# --- missing idempotency --------------------------------------------------------------------------


def answer_every_time(*, call_sid: str, path: str, produce: answering.Produce) -> str:
    """Do what the request asks for each time it comes, and keep no answer."""
    with transaction.atomic():
        return network().render(produce())


def test_an_answer_that_is_not_kept_is_found() -> None:
    with instead(answering, "answer_once", answer_every_time):
        found = invariant_found("duplicate", "repeat", "lose-answer", calls=10, seed=3)
        assert found in {"I8", "crash"}


# --- a lost wake-up with no tick to pick it up ----------------------------------------------------


def test_a_clock_that_only_listens_for_the_bell_is_found() -> None:
    with instead(clocks, "TICK_SECONDS", 1e9):
        # Where much is going on somebody else's bell helps; so let little go on, and often.
        assert invariant_found("wake-up", calls=3) in {"I2", "I4", "I15", "I19", "I20", "end"}


# --- wrong rank -----------------------------------------------------------------------------------


def by_the_newest(call: WaitingCall) -> tuple[int, bool, float, int]:
    """Serve whoever came last."""
    return (-call.priority, not call.at_head, -call.placed_at.timestamp(), -call.segment_id)


def test_a_line_that_is_served_from_its_end_is_found() -> None:
    with instead(routing, "line_order", by_the_newest):
        assert invariant_found("none", seed=8) == "I20"


# --- missing transaction --------------------------------------------------------------------------


def accept_in_two_steps(*, offer: Offer, agent: Agent, fence: int, lease_key: str) -> str:
    """Write down that she took the call; then, in another transaction, what follows from it."""
    with transaction.atomic():
        call = lock_call(offer.call_id)
        lease = offering._held_phone(agent, lease_key)
        pending = Offer.objects.filter(pk=offer.pk, state="pending", fence=fence)
        if pending.update(state="accepted", accepted_at=timezone.now()) != 1:
            raise OfferGone("It is over.")
    with transaction.atomic():
        Call.objects.filter(pk=call.pk).update(state="connecting")
        AgentSlot.objects.filter(pk=offer.slot_id).update(activity="connecting")
        cancel_timers("ring", offer=offer)
        set_timer("connect", after_seconds=CONNECT_SECONDS, tenant_id=offer.tenant_id, offer=offer)
    return offering._join_token(offer, lease)


@contextmanager
def kills_fall_on_who_accepts() -> Iterator[None]:
    """Let one in three who accept be killed at some statement, and nobody else."""
    usual = Universe.mortal

    def mortal(
        universe: Universe, process: str, deed: str, most: int, leg: str | None = None
    ) -> Any:
        if not deed.endswith("/accept/"):
            return nullcontext()
        universe.faults._rates["kill-web"] = 1 / 3
        return usual(universe, process, deed, most, leg)

    with instead(Universe, "mortal", mortal):
        yield


def test_an_accept_in_two_transactions_is_found() -> None:
    """Whoever is killed between them leaves an offer that is accepted, of a call that is not."""
    with instead(offering, "accept_offer", accept_in_two_steps), kills_fall_on_who_accepts():
        # The next dispatch counts an agent as busy whom the call knows nothing of.
        assert invariant_found("kill-web", seed=2) in {"I1", "I20"}


# --- a promise that is not kept -------------------------------------------------------------------


def at_the_end_of_the_line(call: Any, number: str, **stay: Any) -> Any:
    """Let whoever asked to be called back begin anew."""
    return put_in_line(call, number, **{**stay, "placed_at": stay["now"]})


put_in_line = calling_back._put_in_line


def nobody(tenant_id: int, queue_id: int, number: str) -> None:
    """Overlook the callback that waits already."""


def test_a_callback_that_loses_its_place_is_found() -> None:
    with instead(calling_back, "_put_in_line", at_the_end_of_the_line):
        assert invariant_found("none", calls=20, seed=15) == "callback"


def test_a_number_that_is_to_be_called_twice_is_found() -> None:
    with instead(calling_back, "waiting_callback", nobody):
        assert invariant_found("none", calls=60, seed=28) == "callback"


# --- a caller who is sent on and does not come back -----------------------------------------------


def goodbye_instead(call: Call, segment_id: int, status: str) -> None:
    """Overlook that an agent had sent him outside: whom nobody answers there hears the goodbye."""


def test_a_caller_whom_nobody_answers_outside_and_who_is_sent_home_is_found() -> None:
    with instead(transferring, "back_from_outside", goodbye_instead):
        assert invariant_found("none", calls=20, seed=3) in {"transfer", "I5"}


def test_a_caller_whom_the_colleague_does_not_take_and_who_stays_there_is_found() -> None:
    """As if the agent who had sent him on were not told that he is everybody's again."""
    with instead(reserving, "_TOLD", []):
        assert invariant_found("none", calls=60, seed=12) == "transfer"


# --- two requests for what is one -----------------------------------------------------------------


def unmute_first(
    self: Any, *, conference_sid: str, call_sid: str, mode: Mode, coached_sid: str = ""
) -> None:
    """Let a supervisor be heard, and say in a second request by whom."""
    participant = self._client.conferences(conference_sid).participants(call_sid)
    participant.update(muted=mode is Mode.LISTEN)
    coaching = {"call_sid_to_coach": coached_sid} if mode is Mode.COACH else {}
    participant.update(coaching=mode is Mode.COACH, **coaching)


def test_a_coach_who_is_unmuted_first_is_found() -> None:
    adapter = type(network())
    with instead(adapter, "supervise", unmute_first):
        assert invariant_found("rest", calls=30, seed=3) == "I10"


# --- and a rule that is left out ------------------------------------------------------------------


def never_rests(board: Any, call: WaitingCall, agent_id: int, now: datetime) -> bool:
    """Ring who has just declined."""
    assert timedelta(0) < routing.REST_AFTER_DECLINE
    return False


def test_an_agent_who_is_rung_again_at_once_is_found() -> None:
    with instead(routing._Board, "_rests", never_rests):
        assert invariant_found("none", calls=10, seed=8) == "I14"


def test_our_own_code_goes_through_the_same_universes_unharmed() -> None:
    for faults in (("webhooks", "people"), ("wake-up",), ("duplicate", "repeat", "lose-answer")):
        empty_database()
        outcome = run_universe(Scenario(seed=1, calls=6, faults=kinds_named(faults)))
        assert outcome.violation is None, f"{outcome.violation}\n{outcome.story}"
