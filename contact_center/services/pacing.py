"""Calls are begun one after the other, no faster than the phone network begins them.

The network takes as many requests to call somebody as it is sent, and rings them at the pace of the
account: whoever asks faster only fills a queue there, in which nothing can be put in order and an
agent waits for a telephone that does not ring yet. So the pace is kept here, a fifth below that of
the account, in a row that all processes share.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from contact_center.models import DialPace

#: The share of the account's pace that is used; the rest is for what else the account calls.
SHARE = 0.8
#: The one row of DialPace.
ROW = 1


def seconds_between_calls() -> float:
    """Return how far apart two calls are begun."""
    return 1 / (SHARE * settings.CALLS_PER_SECOND)


@transaction.atomic
def take_turn(now: datetime) -> datetime | None:
    """Take the turn to begin a call; return None, or when the next turn is.

    A date further off than one turn comes of a clock that was put back, and is not waited for.
    """
    apart = timedelta(seconds=seconds_between_calls())
    DialPace.objects.get_or_create(pk=ROW, defaults={"next_at": now})
    pace = DialPace.objects.select_for_update().get(pk=ROW)
    if now < pace.next_at <= now + apart:
        return pace.next_at
    pace.next_at = now + apart
    pace.save(update_fields=["next_at"])
    return None
