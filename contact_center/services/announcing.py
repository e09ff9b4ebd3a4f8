"""What a waiting caller is told before the music: the place in line, the wait, a comfort message.

What was told is written with the heartbeat of the same request, in one statement, so that a caller
is never told twice for want of a row.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contact_center.conf import current
from contact_center.domain import announcing as rules_of
from contact_center.domain.sentences import Sentence
from contact_center.models import Announce, Queue, Segment
from contact_center.selectors import estimates
from contact_center.services import choosing, saying
from contact_center.telephony.instructions import Say


@dataclass(frozen=True)
class Announcement:
    """What is said, and what has to be written of it; both may be nothing."""

    said: list[Say] = field(default_factory=list)
    written: dict[str, Any] = field(default_factory=dict)


def announce(segment: Segment, now: datetime) -> Announcement:
    """Return what the caller of ``segment`` is told now."""
    queue = segment.queue
    if queue is None:
        return Announcement()
    entered, language = segment.started_at, segment.call.language
    keys = choosing.offers(queue, language)
    rules = announcement_rules(queue, keys=bool(keys))
    told = rules_of.Told(
        segment.announced_at, segment.told_place, segment.told_wait, segment.comforted_at
    )
    if rules_of.is_due(rules, told, entered=entered, now=now):
        news = _news(segment, queue, rules, told, now)
        return Announcement([*news.said, *keys], {"announced_at": now, **news.written})
    if rules_of.is_comforted(rules, told, entered=entered, now=now):
        return Announcement([comfort(queue, language)], {"comforted_at": now})
    return Announcement()


def _news(
    segment: Segment, queue: Queue, rules: rules_of.Rules, told: rules_of.Told, now: datetime
) -> Announcement:
    """Return what there is to say of place and wait; it costs a look into the line."""
    if not (rules.place or rules.wait):
        return Announcement()
    spot = estimates.spot_of(segment, now)
    estimate = estimates.estimate_at(queue, spot, now) if rules.wait else None
    place, wait = rules_of.news(rules, told, spot.place, estimate)
    written: dict[str, Any] = {}
    if place is not None:
        written["told_place"] = place
    if wait is not None:
        written["told_wait"] = wait.high
    said = place is not None or wait is not None
    return Announcement(
        [saying.waiting(place, wait, segment.call.language)] if said else [], written
    )


def announcement_rules(queue: Queue, *, keys: bool) -> rules_of.Rules:
    """Return what ``queue`` tells its callers, and when."""
    return rules_of.Rules(
        place=queue.announce in (Announce.BOTH, Announce.PLACE),
        wait=queue.announce in (Announce.BOTH, Announce.WAIT),
        keys=keys,
        first_after=queue.announce_first_after,
        every=queue.announce_every,
        only_if_better=queue.announce_only_if_better,
        comfort_every=queue.comfort_every or 0,
    )


def comfort(queue: Queue, language: str = "") -> Say:
    """Return the comfort message of ``queue``: its own where it is in the caller's language."""
    default = current().ivr.default_language
    if queue.comfort_text and (language or default) == default:
        return saying.say(queue.comfort_text)
    return saying.tell(Sentence.STILL_IN_LINE, language)
