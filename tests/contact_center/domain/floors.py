"""Callers, agents and queues for the tests of routing: by hand, and any floor at all."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from contact_center.domain.eligibility import QueueRules
from contact_center.domain.line import Kind, Order, WaitingCall
from contact_center.domain.members import Candidate, Membership, Standing
from contact_center.domain.ranking import Ranking
from contact_center.domain.routing import Plan, plan_offers
from contact_center.domain.skills import Asker, Levels, RelaxingStep, best_of_categories

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SALES, SUPPORT = 1, 2
ALICE, BOB, CHEN, DINA = 11, 12, 13, 14
SPANISH, ROUTERS, BILLING = 1, 2, 3


def seconds(number: float) -> timedelta:
    """So long."""
    return timedelta(seconds=number)


def ago(number: float) -> datetime:
    """So many seconds before noon."""
    return NOON - seconds(number)


def call(
    number: int,
    *,
    queue: int = SALES,
    waited: float = 10,
    priority: int = 5,
    needs: Levels | None = None,
    **more: Any,
) -> WaitingCall:
    """A caller who has waited so many seconds, and who asks for these skills."""
    return WaitingCall(
        segment_id=number,
        call_id=100 + number,
        queue_id=queue,
        priority=priority,
        placed_at=ago(waited),
        asked={Asker.CALLER: needs} if needs else {},
        **more,
    )


def free(
    agent: int,
    *,
    idle: float = 60,
    rung: float | None = None,
    queues: tuple[int, ...] = (SALES,),
    member: Membership | None = None,
    **more: Any,
) -> Candidate:
    """An agent who has been idle, and was last rung, so many seconds ago."""
    last = None if rung is None else ago(rung)
    return Candidate(
        agent_id=agent,
        slot_id=agent,
        idle_since=ago(idle),
        queues=dict.fromkeys(queues, last),
        memberships={} if member is None else dict.fromkeys(queues, member),
        **more,
    )


def pairs(plans: list[Plan]) -> list[tuple[int, int]]:
    """Who is rung for which segment, in the order planned."""
    return [(plan.call.segment_id, plan.candidate.agent_id) for plan in plans]


# --- any floor ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Floor:
    """Everything that a plan is made of."""

    waiting: list[WaitingCall]
    agents: list[Candidate]
    rules: dict[int, QueueRules]
    ageing: timedelta | None

    def plan(self, now: datetime = NOON) -> list[Plan]:
        """The plan for it."""
        return plan_offers(self.waiting, self.agents, self.rules, now, ageing=self.ageing)

    def rules_of(self, call: WaitingCall) -> QueueRules:
        """The rules of a call's queue."""
        return self.rules.get(call.queue_id, QueueRules())


#: Few distinct moments, so that ties and limits are met often.
SECONDS = st.integers(0, 9).map(lambda tens: tens * 10.0)


class _Drawing:
    """Values by lot.

    On some floors nothing is in anybody's way, so that the order of the line shows; on others much.
    """

    def __init__(self, seed: int) -> None:
        self.lot = random.Random(seed)
        self.in_the_way = self.lot.choice([0.0, 0.4, 1.0])

    def seconds(self) -> float:
        return 10.0 * self.lot.randrange(10)

    def moment(self) -> datetime:
        return ago(self.seconds())

    def maybe(self, likely: float) -> bool:
        return self.lot.random() < likely

    def hinders(self, likely: float) -> bool:
        return self.maybe(likely * self.in_the_way)

    def some(self, keys: range, most: int, value: Callable[[], Any]) -> dict[int, Any]:
        """A mapping with up to so many keys, at least half of the time empty."""
        if not self.hinders(0.5):
            return {}
        return {key: value() for key in self.lot.sample(keys, self.lot.randint(1, most))}

    def level(self) -> int:
        return self.lot.randint(1, 5)

    def caller(self, number: int) -> WaitingCall:
        lot = self.lot
        return WaitingCall(
            segment_id=number,
            call_id=100 + lot.randrange(10) * 100 + number,
            queue_id=lot.choice(QUEUES),
            priority=lot.randint(1, 3),
            placed_at=self.moment(),
            at_head=self.maybe(0.2),
            kind=lot.choice(list(Kind)),
            preferred_agent_id=lot.choice(AGENTS) if self.hinders(0.3) else None,
            preferred_until=NOON + seconds(self.seconds() - 30) if self.maybe(0.7) else None,
            reserved_for=lot.choice(AGENTS) if self.hinders(0.2) else None,
            refused_by=self.some(AGENTS, 2, self.moment),
            asked={asker: self.some(NEEDED, 2, self.level) for asker in Asker if self.hinders(0.5)},
        )

    def agent(self, number: int) -> Candidate:
        lot = self.lot
        capacity = lot.randint(1, 3)
        skills = {skill: self.level() for skill in SKILLS if self.maybe(0.5)}
        return Candidate(
            agent_id=number,
            slot_id=lot.randrange(1_000),
            idle_since=self.moment(),
            queues={
                queue: self.moment() if self.maybe(0.7) else None
                for queue in lot.sample(QUEUES, lot.randint(1, 3))
            },
            memberships=self.some(
                QUEUES,
                3,
                lambda: Membership(
                    tier=lot.randint(1, 3), level=lot.randint(1, 2), position=lot.randrange(3)
                ),
            ),
            skills=skills,
            categories=best_of_categories(skills, STANDING_FOR),
            in_use=lot.randint(0, capacity) if self.hinders(0.5) else 0,
            capacity=capacity,
            handled=lot.randrange(3),
            talk_seconds=self.seconds(),
            standing=lot.choice(list(Standing)) if self.hinders(0.3) else Standing.FREE,
        )

    def queue(self) -> QueueRules:
        lot = self.lot
        return QueueRules(
            ranking=lot.choice(list(Ranking)),
            on_duty=lot.choice([None, 1, 2]),
            order=Order.LIFO if self.maybe(0.3) else Order.FIFO,
            needs=self.some(NEEDED, 1, self.level),
            relaxing=tuple(
                RelaxingStep(
                    after=seconds(self.seconds()),
                    level=lot.randrange(5),
                    skill=lot.choice([None, *NEEDED]),
                )
                for _ in range(lot.randrange(3))
            ),
            tier_delays=self.some(range(1, 4), 2, lambda: seconds(self.seconds())),
            tiers_on_duty=(
                frozenset(lot.sample(range(1, 4), lot.randrange(4))) if self.maybe(0.5) else None
            ),
        )


QUEUES, AGENTS, SKILLS = range(1, 4), range(1, 7), range(1, 4)
#: Two of the skills are of a category that another one stands for, which calls may need too.
ANY_OF_A_CATEGORY = 4
STANDING_FOR = {1: ANY_OF_A_CATEGORY, 2: ANY_OF_A_CATEGORY}
NEEDED = range(1, 5)


def any_floor(callers: int, agents: int, seed: int) -> Floor:
    """The floor with so many callers and agents that a seed stands for."""
    drawing = _Drawing(seed)
    return Floor(
        waiting=[drawing.caller(number) for number in range(1, callers + 1)],
        agents=[drawing.agent(number) for number in AGENTS[:agents]],
        rules={queue: drawing.queue() for queue in QUEUES if drawing.maybe(0.8)},
        ageing=seconds(drawing.seconds()) if drawing.maybe(0.5) else None,
    )


#: Floors by lot rather than drawn value by value: a dozen times as many in the same time. What
#: fails is still made smaller, in callers and agents.
FLOORS = st.builds(
    any_floor,
    callers=st.integers(0, 12),
    agents=st.integers(0, len(AGENTS)),
    seed=st.integers(0, 2**32 - 1),
)
