"""I14, I15, I20: who is rung for whom, who is set free, and that nobody waits for nothing."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.states import Activity, Presence
from contact_center.models import (
    AgentSlot,
    Offer,
    OfferOutcome,
    QueueMember,
    Segment,
)
from contact_center.simulator.core.legs import FINAL
from tests.universe.invariants.facts import Facts, Wrong
from tests.universe.invariants.journal import Webhook
from tests.universe.invariants.rows import CallRow, OfferRow

#: Who declined, did not answer or did not come about rests so long for the same call …
REST_SECONDS = 60.0
#: … or so long where nobody else on duty could take it.
REST_ALONE_SECONDS = 15.0
#: A caller who hangs up frees the agent within so long of the webhook that says so.
FREE_SECONDS = 2.0
#: A caller and an agent who are both free meet within so long: a tick, and some patience.
MEET_SECONDS = 3.0
REFUSALS = (OfferOutcome.DECLINED, OfferOutcome.TIMED_OUT, OfferOutcome.FAILED)


def declined_is_left_alone(facts: Facts) -> Iterator[Wrong]:
    """I14: who declined is not rung again for the same call within a minute, unless alone."""
    row, before = facts.row, facts.before
    if row is None:
        return
    for offer in _new_offers(row, before):
        if offer.fence == 1:
            continue
        offered_at, queue_id = Offer.objects.values_list("offered_at", "queue_id").get(pk=offer.pk)
        last = (
            Offer.objects.filter(call_id=row.pk, agent_id=offer.agent_id, outcome__in=REFUSALS)
            .exclude(pk=offer.pk)
            .order_by("-ended_at")
            .values_list("ended_at", "outcome")
            .first()
        )
        if last is None or last[0] is None:
            continue
        passed = (offered_at - last[0]).total_seconds()
        alone = not _others_on_duty(queue_id, offer.agent_id)
        if passed < (REST_ALONE_SECONDS if alone else REST_SECONDS):
            company = "nobody else is" if alone else "others are"
            yield Wrong(
                "I14",
                f"Agent {offer.agent_id}, for whom this call {last[1].replace('_', ' ')} "
                f"{passed:.1f} s ago, is rung for it again while {company} on duty.",
            )


def _new_offers(row: CallRow, before: CallRow | None) -> list[OfferRow]:
    """Return the offers that the last step has made."""
    known = {offer.pk for offer in before.offers} if before else set()
    return [one for one in row.offers if one.pk not in known and one.state == "pending"]


def nobody_is_passed(facts: Facts) -> Iterator[Wrong]:
    """I20: an agent is rung for whoever stands first in line of those the agent may have.

    First is a higher priority, then who was returned to the head, then who has waited longest.
    """
    if facts.row is None:
        return
    for offer in _new_offers(facts.row, facts.before):
        chosen = Offer.objects.select_related("segment__queue").get(pk=offer.pk)
        own = _standing(chosen.segment)
        others = _WAITING.filter(
            queue__members__agent_id=offer.agent_id,
            wait_started_at__lte=chosen.offered_at,
            placed_at__lte=chosen.offered_at,
        )
        resting = _refusals_of(offer.agent_id, chosen.offered_at)
        for other in others.select_related("queue", "call"):
            waits_for_another = (
                other.preferred_agent_id not in (None, offer.agent_id)
                and other.preferred_until is not None
                and chosen.offered_at < other.preferred_until
            )
            if other.call_id in resting or waits_for_another or _standing(other) >= own:
                continue
            yield Wrong(
                "I20",
                f"Agent {offer.agent_id} is rung for this caller, although {other.call.sid} stands "
                "before him in line.",
            )


_WAITING = Segment.objects.filter(
    kind="queue", ended_at=None, wait_started_at__isnull=False, call__state="queued"
)


def _standing(stay: Segment) -> tuple[int, bool, datetime, int]:
    """Return the place of a waiting caller among all that one agent may have; smaller is first."""
    assert stay.queue is not None
    assert stay.placed_at is not None
    priority = stay.queue.priority or current().queue.default_priority
    return (-priority, not stay.at_head, stay.placed_at, stay.pk)


def _refusals_of(agent_id: int, now: datetime) -> set[int]:
    """Return the calls for which this agent may be resting."""
    recent = Offer.objects.filter(
        agent_id=agent_id, outcome__in=REFUSALS, ended_at__gt=now - timedelta(seconds=REST_SECONDS)
    )
    return set(recent.values_list("call_id", flat=True))


def _others_on_duty(queue_id: int, agent_id: int) -> bool:
    on_duty = QueueMember.objects.filter(
        queue_id=queue_id,
        agent__presence=Presence.AVAILABLE,
        agent__phone__isnull=False,
        agent__phone__silent_since=None,
    )
    return on_duty.exclude(agent_id=agent_id).exists()


def hanging_up_frees(facts: Facts) -> Iterator[Wrong]:
    """I15: two seconds after we hear that a caller is gone nobody is rung or held for him."""
    row, leg = facts.row, facts.leg
    if row is None or row.offer is None or not leg.over or leg.ended_at is None:
        return
    told = [
        webhook.arrived_at
        for webhook in facts.journal.by_leg.get(facts.sid, ())
        if _says_gone(webhook) and webhook.arrived_at is not None
    ]
    if told:
        yield Wrong(
            "I15",
            f"The caller is gone, we were told, and offer {row.offer.pk} is still "
            f"{row.offer.state}: agent {row.offer.agent_id} is {row.offer.activity}.",
            FREE_SECONDS,
            since=min(told),
            excusable=False,
        )


def _says_gone(webhook: Webhook) -> bool:
    if webhook.request.purpose == "status":
        return webhook.form.get("CallStatus") in FINAL
    return webhook.form.get("QueueResult") == "hangup"


@dataclass(frozen=True)
class _Free:
    agent_id: int
    queue_ids: frozenset[int]


def nobody_waits_for_nothing() -> Iterator[tuple[str, Wrong]]:
    """I20: yield every caller who waits although somebody able is free, by the call's SID."""
    waiting = list(
        _WAITING.values_list(
            "call__sid", "call_id", "queue_id", "preferred_agent_id", "preferred_until"
        )
    )
    if not waiting:
        return
    free = _free_agents()
    if not free:
        return
    now = timezone.now()
    refused = _refusals({call_id for _sid, call_id, *_rest in waiting}, now)
    for sid, call_id, queue_id, preferred_id, preferred_until in waiting:
        able = [one.agent_id for one in free if queue_id in one.queue_ids]
        if preferred_id and preferred_until and now < preferred_until:
            able = [agent_id for agent_id in able if agent_id == preferred_id]
        able = [agent_id for agent_id in able if agent_id not in refused[call_id]]
        if able:
            agents = ", ".join(str(agent_id) for agent_id in able)
            yield (
                sid,
                Wrong(
                    "I20",
                    f"The caller waits in queue {queue_id} while agent {agents} is free and able.",
                    MEET_SECONDS,
                    subject="line",
                    excusable=False,
                ),
            )


def _free_agents() -> list[_Free]:
    queues: dict[int, set[int]] = defaultdict(set)
    slots = AgentSlot.objects.filter(
        activity=Activity.IDLE,
        agent__presence=Presence.AVAILABLE,
        agent__phone__isnull=False,
        agent__phone__silent_since=None,
    )
    for agent_id, queue_id in slots.values_list("agent_id", "agent__memberships__queue_id"):
        queues[agent_id].add(queue_id)
    return [_Free(agent_id, frozenset(ids)) for agent_id, ids in sorted(queues.items())]


def _refusals(call_ids: set[int], now: datetime) -> dict[int, set[int]]:
    """Return who rests for which call, taken at its longest: what is unsure is no violation."""
    refused: dict[int, set[int]] = defaultdict(set)
    recent = Offer.objects.filter(
        call_id__in=call_ids,
        outcome__in=REFUSALS,
        ended_at__gt=now - timedelta(seconds=REST_SECONDS),
    )
    for call_id, agent_id in recent.values_list("call_id", "agent_id"):
        refused[call_id].add(agent_id)
    return refused
