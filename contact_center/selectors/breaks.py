"""What an organisation says about a break, and what that means for one agent."""

from contact_center.domain.breaks import AfterBreak
from contact_center.models import Agent, BreakRule, PhoneLease


def rule_of(agent: Agent, code: str) -> BreakRule | None:
    """Return what the agent's organisation says about a type of break; None for nothing."""
    return BreakRule.objects.filter(tenant_id=agent.tenant_id, code=code).first()


def what_follows(agent: Agent) -> AfterBreak:
    """Return what follows the break the agent is on, as the rule says now.

    Nobody is made available whose phone cannot ring: they are reminded.
    """
    rule = rule_of(agent, agent.presence_reason)
    after = AfterBreak(rule.after) if rule is not None else AfterBreak.REMIND
    if after is AfterBreak.RETURN and not _can_ring(agent):
        return AfterBreak.REMIND
    return after


def _can_ring(agent: Agent) -> bool:
    return PhoneLease.objects.filter(
        agent=agent, silent_since=None, ring_heard_at__isnull=False, microphone_ok=True
    ).exists()
