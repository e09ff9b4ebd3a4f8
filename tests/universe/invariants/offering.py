"""I14, I15, I20: who is rung for whom, who is set free, and that nobody waits for nothing."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from contact_center.domain.states import Activity, Presence
from contact_center.models import (
    AgentSlot,
    Offer,
    OfferOutcome,
    QueueMember,
)
from contact_center.simulator.core.legs import FINAL
from tests.universe.invariants.facts import Facts, Wrong
from tests.universe.invariants.house import IN_LINE, House, read_waiting
from tests.universe.invariants.journal import Webhook
from tests.universe.invariants.rows import CallRow, OfferRow

#: Who declined, did not answer or did not come about rests so long for the same call …
REST_SECONDS = 60.0
#: … or so long where nobody else on duty could take it, or it is kept for this agent alone.
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
        offered_at, queue_id, kept_for = Offer.objects.values_list(
            "offered_at", "queue_id", "segment__reserved_for"
        ).get(pk=offer.pk)
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
        alone = kept_for == offer.agent_id or not _others_on_duty(queue_id, offer.agent_id)
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


def the_right_one_is_rung(facts: Facts) -> Iterator[Wrong]:
    """I20: an agent is rung who may have the call, and nobody before it in line could have had."""
    if facts.row is None:
        return
    for offer in _new_offers(facts.row, facts.before):
        offered_at, segment_id, tenant_id = Offer.objects.values_list(
            "offered_at", "segment_id", "tenant_id"
        ).get(pk=offer.pk)
        [chosen] = read_waiting(pk=segment_id)
        agent_id = offer.agent_id
        if not facts.house.is_able(agent_id, chosen, offered_at):
            yield Wrong("I20", f"Agent {agent_id} is rung, who may not have this caller (yet).")
        others = read_waiting(
            **IN_LINE,
            call__tenant_id=tenant_id,
            wait_started_at__lte=offered_at,
        )
        # Who was offered in the same moment stood in that line, too.
        beside = read_waiting(offers__offered_at=offered_at, offers__tenant_id=tenant_id)
        resting = _refusals_of(agent_id, offered_at)
        for other in facts.house.line({*others, *beside, chosen}):
            if other == chosen:
                break
            if (
                other in others
                # Who was promised a call for later and is called now stands there, too.
                and other.placed_at <= offered_at
                and other.call_id not in resting
                and not other.waits_for_another(agent_id, offered_at)
                and facts.house.is_able(agent_id, other, offered_at)
            ):
                yield Wrong(
                    "I20",
                    f"Agent {agent_id} is rung for this caller, although {other.sid} stands "
                    "before him in line.",
                )


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


def nobody_waits_for_nothing(house: House) -> Iterator[tuple[str, Wrong]]:
    """I20: yield every caller who waits although somebody able is free, by the call's SID."""
    waiting = read_waiting(**IN_LINE)
    free = _free_agents() if waiting else []
    if not free:
        return
    now = timezone.now()
    refused = _refusals({caller.call_id for caller in waiting}, now)
    for caller in waiting:
        able = [
            agent_id
            for agent_id in free
            if agent_id not in refused[caller.call_id]
            and not caller.waits_for_another(agent_id, now)
            and house.is_able(agent_id, caller, now)
        ]
        if able:
            agents = ", ".join(str(agent_id) for agent_id in able)
            yield (
                caller.sid,
                Wrong(
                    "I20",
                    f"The caller waits in queue {caller.queue_id} while agent {agents} is free and "
                    "able.",
                    MEET_SECONDS,
                    subject="line",
                    excusable=False,
                ),
            )


def _free_agents() -> list[int]:
    slots = AgentSlot.objects.filter(
        activity=Activity.IDLE,
        agent__presence=Presence.AVAILABLE,
        agent__phone__isnull=False,
        agent__phone__silent_since=None,
    )
    return sorted(set(slots.values_list("agent_id", flat=True)))


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
