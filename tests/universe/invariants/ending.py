"""At the end of a universe our database equals the network's truth."""

from collections.abc import Iterator

from django.db.models import Count, Model, Q, QuerySet

from contact_center.domain.line import Kind
from contact_center.domain.states import Activity, Presence
from contact_center.models import (
    AgentSlot,
    Call,
    Command,
    CommandOutcome,
    EventLog,
    Leg,
    Offer,
    Segment,
    Supervision,
    Timer,
)
from contact_center.simulator.core.world import World as NetworkInside
from tests.universe.invariants.callbacks import every_callback_ended
from tests.universe.invariants.doors import hours_are_kept
from tests.universe.invariants.facts import inside_of, is_outside
from tests.universe.invariants.outcomes import outcomes_are_true
from tests.universe.invariants.stays import stays_add_up
from tests.universe.invariants.transfers import every_transfer_ended
from tests.universe.invariants.world import World
from tests.universe.violation import Violation

#: What a slot may do when everybody has gone home.
AT_REST = (Activity.IDLE.value, Activity.NOT_RESPONDING.value)


def equals_the_truth(world: World) -> None:
    """Raise Violation unless every call ended once and truly, and nothing is left over."""
    inside = inside_of(world)
    _the_network_is_quiet(inside)
    _every_call_ended(world, inside)
    _ended_once()
    _stays()
    _nothing_is_left()
    hours_are_kept()
    every_callback_ended()
    every_transfer_ended(world, inside)
    outcomes_are_true(world, inside)


def is_at_rest() -> bool:
    """Whether every call has ended and nothing is left over, by our database."""
    return not Call.objects.filter(ended_at=None).exists() and not any(
        rows.exists() for rows, _what in _left_over()
    )


def _the_network_is_quiet(inside: NetworkInside) -> None:
    for leg in inside.legs.values():
        if not leg.over:
            whose = "an agent's leg" if leg.from_.startswith("client:") else "a caller's leg"
            whose = "the line of somebody outside" if is_outside(leg) else whose
            raise Violation("end", f"{whose} goes on in the network: {leg.place}.", leg.sid)
    for queue in inside.queues.values():
        if queue.members:
            raise Violation("end", f"Somebody waits in {queue.friendly_name}.")


def _every_call_ended(world: World, inside: NetworkInside) -> None:
    ended = {
        sid: (state, ended_at)
        for sid, state, ended_at in Call.objects.values_list("sid", "state", "ended_at")
    }
    # Who is called back may have had several legs, or none.
    called = set(Call.objects.filter(kind=Kind.CALLBACK).values_list("sid", flat=True))
    for leg in inside.legs.values():
        if leg.direction != "inbound" or leg.from_.startswith("client:"):
            continue
        if leg.sid not in ended:
            heard = [w for w in world.journal.by_leg[leg.sid] if not w.is_report and w.arrived_at]
            if heard:
                raise Violation("end", "We answered the caller and know nothing of it.", leg.sid)
            continue
        state, ended_at = ended.pop(leg.sid)
        if state != "ended" or ended_at is None:
            raise Violation("I5", f"The caller is gone; the call is {state} for ever.", leg.sid)
    for sid in ended.keys() - called:
        raise Violation("end", "Our database has a call that the network never had.", sid)


def _ended_once() -> None:
    endings = EventLog.objects.filter(name="call.ended").values("call_id")
    twice = endings.annotate(times=Count("pk")).filter(times__gt=1).order_by("call_id").first()
    if twice is not None:
        raise Violation("I5", f"A call ended {twice['times']} times.", _sid(twice["call_id"]))
    told = EventLog.objects.filter(name="call.ended").values("call_id")
    silent = Call.objects.filter(state="ended").exclude(pk__in=told).first()
    if silent is not None:
        raise Violation("I5", "A call ended and no event says so.", silent.sid)
    for call in Call.objects.filter(Q(ended_by="") | Q(end_reason="")).iterator():
        raise Violation(
            "I5", f"It ended by {call.ended_by!r}, because of {call.end_reason!r}.", call.sid
        )


def _stays() -> None:
    stays: dict[int, list[tuple[str, object, object]]] = {}
    for call_id, *stay in Segment.objects.order_by("pk").values_list(
        "call_id", "kind", "started_at", "ended_at"
    ):
        stays.setdefault(call_id, []).append(tuple(stay))
    for call in Call.objects.only("sid", "arrived_at", "ended_at").order_by("pk").iterator():
        stays_add_up(call, stays.get(call.pk, []))


def _nothing_is_left() -> None:
    for rows, what in _left_over():
        row = rows.first()
        if row is not None:
            more = rows.count() - 1
            others = f" (and {more} more)" if more else ""
            raise Violation("end", f"{what}: {row}{others}.", _sid(getattr(row, "call_id", None)))


def _left_over() -> Iterator[tuple[QuerySet[Model], str]]:
    yield Offer.objects.filter(ended_at=None), "An offer has not ended"
    yield AgentSlot.objects.exclude(activity__in=AT_REST), "An agent is stuck"
    yield Command.objects.filter(outcome=CommandOutcome.WAITING), "A command still waits"
    yield Leg.objects.filter(ended_at=None), "We believe that an agent's leg goes on"
    yield Supervision.objects.filter(ended_at=None), "A supervisor is with nobody for ever"
    # Whoever is still on duty has one for the end of the shift, and on a break one for its end.
    timers = Timer.objects.exclude(kind="shift").exclude(
        kind="break", agent__presence=Presence.BREAK
    )
    yield timers, "A timer is left over"


def _sid(call_id: int | None) -> str:
    return Call.objects.filter(pk=call_id).values_list("sid", flat=True).first() or ""
