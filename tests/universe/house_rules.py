"""What the queues of a universe are set up to do: each rule in some universes, by the seed.

Nobody changes them while it runs; the hours of a queue end or begin in its midst, though.
"""

from collections.abc import Sequence
from datetime import time

from contact_center.domain.breaks import AfterBreak
from contact_center.models import (
    Agent,
    AgentSkill,
    Announce,
    BreakRule,
    Calendar,
    CalendarSpan,
    CallbackFirst,
    OverflowTo,
    Queue,
    QueueMember,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Skill,
    Tenant,
    WhenNobody,
)
from contact_center.services import presence
from tests.universe.draws import stream

#: How many universes have a rule.
HOW_OFTEN = {
    "skills": 0.5,
    "tiers": 0.5,
    "priorities": 0.6,
    "limits": 0.5,
    "patience": 0.5,
    "nobody": 0.4,
    "hours": 0.4,
    "breaks": 0.5,
    "words": 0.5,
    "callbacks": 0.5,
    "transfers": 0.5,
}
MONDAY = 0


#: Where callers overflow to in every house. A message and an outside number are not judged yet
#: (invariants/ending.py: who ended a call, and why).
OVERFLOWS = (OverflowTo.NOWHERE, OverflowTo.QUEUE, OverflowTo.SENTENCE)
#: The key by which a caller asks to be called back.
CALLBACK_KEY = "1"


def rules_of(seed: int) -> frozenset[str]:
    """Return which of the rules this universe has."""
    return frozenset(
        rule for rule, often in HOW_OFTEN.items() if stream(seed, "rule", rule).random() < often
    )


def set_up(seed: int, tenant: Tenant, queues: Sequence[Queue]) -> None:
    """Write the rules of this universe's queues into the database."""
    rules = rules_of(seed)
    everybody = list(Agent.objects.filter(tenant=tenant).order_by("pk"))
    if "skills" in rules:
        _skills(seed, tenant, queues, everybody)
    if "tiers" in rules:
        _tiers(seed, queues)
    if "priorities" in rules:
        _priorities(seed, tenant, queues)
    if "nobody" in rules:
        _nobody(seed, queues)
    if "limits" in rules or "nobody" in rules:
        _limits(seed, queues, full="limits" in rules)
    if "patience" in rules:
        _patience(seed, queues)
    if "hours" in rules:
        _hours(seed, tenant, queues)
    if "breaks" in rules:
        _breaks(seed, tenant)
    if "words" in rules:
        _words(seed, queues)
    if "callbacks" in rules:
        _callbacks(seed, queues)
    for queue in queues:
        queue.save()


def _skills(seed: int, tenant: Tenant, queues: Sequence[Queue], everybody: Sequence[Agent]) -> None:
    draw = stream(seed, "skills")
    skills = [
        Skill.objects.create(tenant=tenant, category="language", name=name)
        for name in ("Spanish", "Portuguese")
    ]
    for agent in everybody:
        for skill in skills:
            if draw.random() < 0.6:
                AgentSkill.objects.create(agent=agent, skill=skill, level=draw.randint(1, 5))
    for queue in queues:
        for skill in skills:
            if draw.random() < 0.4:
                QueueSkill.objects.create(queue=queue, skill=skill, level=draw.randint(1, 5))
        if draw.random() < 0.8:
            RelaxingStep.objects.create(
                queue=queue,
                skill=draw.choice([None, *skills]),
                after_seconds=draw.randint(3, 20),
                level=draw.randint(1, 3),
            )
            RelaxingStep.objects.create(queue=queue, after_seconds=draw.randint(15, 45))


def _tiers(seed: int, queues: Sequence[Queue]) -> None:
    draw = stream(seed, "tiers")
    for queue in queues:
        for member in QueueMember.objects.filter(queue=queue).order_by("pk"):
            member.tier = draw.choice([1, 1, 2, 2, 3])
            member.level = draw.randint(1, 3)
            member.position = draw.randint(0, 5)
            member.save()
        for tier in (2, 3):
            if draw.random() < 0.7:
                after = draw.randint(2, 20)
                QueueTier.objects.create(queue=queue, tier=tier, after_seconds=after)


def _priorities(seed: int, tenant: Tenant, queues: Sequence[Queue]) -> None:
    draw = stream(seed, "priorities")
    for queue in queues:
        queue.priority = draw.randint(1, 10)
    tenant.ageing_minutes = draw.choice([None, 1, 1, 5])
    tenant.save()


def _nobody(seed: int, queues: Sequence[Queue]) -> None:
    """In some queues callers go on when nobody is there; often one has nobody at all."""
    draw = stream(seed, "nobody")
    for queue in queues:
        queue.when_nobody = draw.choice(WhenNobody.values)
    if draw.random() < 0.6:
        QueueMember.objects.filter(queue=draw.choice(queues)).delete()


def _limits(seed: int, queues: Sequence[Queue], *, full: bool) -> None:
    """Callers overflow along a chain, which may be a circle."""
    draw = stream(seed, "limits")
    for number, queue in enumerate(queues):
        if full:
            queue.capacity = draw.choice([None, 1, 2, 3, 5, 8])
            queue.overflow_percent = draw.choice([None, 40, 80, 100])
        queue.overflow_to = draw.choice(OVERFLOWS)
        if queue.overflow_to == OverflowTo.QUEUE:
            queue.overflow_queue = queues[(number + 1) % len(queues)]


def _patience(seed: int, queues: Sequence[Queue]) -> None:
    draw = stream(seed, "patience")
    for queue in queues:
        queue.max_wait_seconds = draw.choice([None, 10, 15, 30, 60])


def _hours(seed: int, tenant: Tenant, queues: Sequence[Queue]) -> None:
    """A queue closes, or opens, a few minutes after the first call."""
    draw = stream(seed, "hours")
    moment = time(12, draw.randint(1, 4))
    closes = draw.random() < 0.75
    calendar = Calendar.objects.create(tenant=tenant, name="Mondays", zone="UTC")
    CalendarSpan.objects.create(
        calendar=calendar,
        weekday=MONDAY,
        start=time(0) if closes else moment,
        end=moment if closes else time(23),
    )
    for queue in draw.sample(queues, draw.randint(1, len(queues))):
        queue.calendar = calendar


def _breaks(seed: int, tenant: Tenant) -> None:
    draw = stream(seed, "breaks")
    for code in presence.break_reasons():
        BreakRule.objects.create(
            tenant=tenant, code=code, most_minutes=1, after=draw.choice(list(AfterBreak)).value
        )


def _callbacks(seed: int, queues: Sequence[Queue]) -> None:
    """Callers may be called back by day and by night: it is noon in London only."""
    draw = stream(seed, "callbacks")
    for queue in queues:
        queue.callback_key = draw.choice([CALLBACK_KEY, CALLBACK_KEY, ""])
        queue.callback_first = draw.choice(CallbackFirst.values)
        queue.callback_attempts = draw.choice([1, 1, 2])
        queue.callback_retry_minutes = 1
        queue.callback_from_hour, queue.callback_until_hour = 0, 24
        if queue.overflow_to == OverflowTo.SENTENCE and draw.random() < 0.5:
            queue.overflow_to = OverflowTo.CALLBACK


def _words(seed: int, queues: Sequence[Queue]) -> None:
    draw = stream(seed, "words")
    for queue in queues:
        queue.announce = draw.choice(Announce.values)
        queue.announce_first_after = draw.choice([0, 0, 10])
        queue.announce_every = draw.choice([20, 30])
        queue.announce_only_if_better = draw.random() < 0.5
        queue.comfort_every = draw.choice([None, 20, 30])
        queue.closing_text = draw.choice(["", "We are sorry, nobody can take your call."])
