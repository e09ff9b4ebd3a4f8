"""Commands: rows that say what we ask of the phone network. One function sends those due.

Network requests never happen inside a transaction or a TwiML view. A service writes a command in
its transaction; the clock sends it. What became of it decides what follows (telephony/port.py):
applied and refused are final; *not sent* and *unknown* are asked again until the deadline, for
every command here is absolute (asking twice does no more than asking once). What makes something
looks it up before it is asked a second time (services/dialling.py), and keeps a pace (pacing.py).
"""

import logging
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from contact_center import metrics
from contact_center.domain import events as ev
from contact_center.event_stream import record
from contact_center.metrics.declared import COMMANDS
from contact_center.models import Call, Command, CommandOutcome, Offer
from contact_center.models.prepared import Given, Prepared, insert, update
from contact_center.services import pacing
from contact_center.telephony import network
from contact_center.telephony.port import NotSent, OutcomeUnknown, Refused, Telephony
from contact_center.wakeups import wake_clock

logger = logging.getLogger(__name__)

#: An intent older than this has no use any more, unless its service says otherwise.
DEADLINE_SECONDS = 30
#: What ends something is right however late it comes.
LASTING_SECONDS = {
    "end_call": 600,
    "end_conference": 600,
    "end_conversation": 600,
    "remove_participant": 600,
}
#: A clock that dies while sending gives the command back after so long. It is much shorter than a
#: deadline, so that another clock has time to send it, and often shorter than a request: whoever
#: sends renews his claim meanwhile (``renew_claims``).
CLAIM_SECONDS = 10
#: Repeats wait a random time up to a bound that doubles (full jitter), within these.
BACK_OFF_SECONDS = (0.2, 5.0)


@dataclass(frozen=True)
class Kind:
    """What sending a kind of command means, and what follows from its outcome.

    ``applied`` and ``refused`` run in the transaction that stores the outcome. ``wanted`` is asked
    right before each attempt: what was overtaken by events is not sent (again).
    """

    send: Callable[[Telephony, Command], Any]
    applied: Callable[[Command, Any], None] | None = None
    refused: Callable[[Command, str], None] | None = None
    wanted: Callable[[Command], bool] | None = None
    #: It begins a call, and waits for its turn to.
    is_paced: bool = False


KINDS: dict[str, Kind] = {}


def teach(
    kind: str,
    send: Callable[[Telephony, Command], Any],
    *,
    applied: Callable[[Command, Any], None] | None = None,
    refused: Callable[[Command, str], None] | None = None,
    wanted: Callable[[Command], bool] | None = None,
    is_paced: bool = False,
) -> None:
    """Name what a command of ``kind`` sends, what follows, and whether it is still of use."""
    KINDS[kind] = Kind(send, applied, refused, wanted, is_paced)


def command(
    kind: str,
    *,
    call: Call | None = None,
    offer: Offer | None = None,
    tenant_id: int | None = None,
    deadline_seconds: float | None = None,
    **params: Any,
) -> Command:
    """Ask the network for ``kind``; it is sent right after the present transaction commits.

    What is not sent within ``deadline_seconds`` (by default what its kind allows) is given up.
    """
    if deadline_seconds is None:
        deadline_seconds = LASTING_SECONDS.get(kind, DEADLINE_SECONDS)
    about = offer or call
    owner = about.tenant_id if about is not None else tenant_id
    if owner is None:
        raise ValueError("A command is about a call, an offer or an organisation.")
    now = timezone.now()
    asked = Command(
        tenant_id=owner,
        kind=kind,
        call=call or (offer.call if offer else None),
        offer=offer,
        params=params,
        asked_at=now,
        send_at=now,
        deadline=now + timedelta(seconds=deadline_seconds),
    )
    insert(asked)
    wake_clock()
    return asked


def due_commands(now: datetime, *, most: int = 50) -> Sequence[int]:
    """Return the ids of commands to be sent now, oldest first."""
    return [pk for (pk,) in _due(most).all(now=now)]


@cache
def _due(most: int) -> Prepared[tuple[int]]:
    free = Q(claimed_until=None) | Q(claimed_until__lt=Given("now"))
    waiting = Command.objects.filter(
        free, outcome=CommandOutcome.WAITING, send_at__lte=Given("now")
    )
    return Prepared(waiting.order_by("send_at", "pk").values_list("pk")[:most])


def send_command(pk: int) -> bool:
    """Send one command unless somebody else is doing it; return whether it was ours to send."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    claimed = Command.objects.filter(free, pk=pk, outcome=CommandOutcome.WAITING).update(
        claimed_until=now + timedelta(seconds=CLAIM_SECONDS), attempts=F("attempts") + 1
    )
    if claimed != 1:
        return False
    asked = _WITH_ITS_CALL.first(pk=pk)
    if asked is None:
        raise Command.DoesNotExist
    kind = KINDS[asked.kind]
    if kind.wanted is not None and not kind.wanted(asked):
        _drop(asked)
        return True
    if now > asked.deadline:
        _finish(asked, CommandOutcome.GAVE_UP, "It could not be sent in time.", kind)
        return True
    turn = pacing.take_turn(now) if kind.is_paced else None
    if turn is not None:
        # As if it had not been tried: nobody looks up what was never sent.
        Command.objects.filter(pk=pk).update(
            send_at=turn, claimed_until=None, attempts=asked.attempts - 1
        )
        return False
    try:
        result = kind.send(network(), asked)
    except Refused as error:
        _finish(asked, CommandOutcome.REFUSED, str(error), kind)
    except (NotSent, OutcomeUnknown) as error:
        _again_or_never(asked, error, kind)
    except Exception as error:
        # A fault of ours. Whether anything was sent is unknown, and what is due after it is not
        # to wait; it is tried until its deadline like everything else.
        logger.exception("command %s could not be sent", asked.kind)
        _again_or_never(asked, OutcomeUnknown(reason=repr(error)), kind)
    else:
        _finish(asked, CommandOutcome.APPLIED, "", kind, result)
    return True


_WITH_ITS_CALL = Prepared(Command.objects.select_related("call", "offer").filter(pk=Given("pk")))


def renew_claims(pks: Collection[int]) -> None:
    """Keep what this process is sending from being taken for a dead clock's.

    A claim that has lapsed already is not taken back: another clock may be sending by now.
    """
    if not pks:
        return
    now = timezone.now()
    Command.objects.filter(
        pk__in=pks, outcome=CommandOutcome.WAITING, claimed_until__gt=now
    ).update(claimed_until=now + timedelta(seconds=CLAIM_SECONDS))


def run_due_commands(now: datetime) -> int:
    """Send every command that is due, one after the other; return how many were ours."""
    return sum(send_command(pk) for pk in due_commands(now))


def _again_or_never(asked: Command, error: NotSent | OutcomeUnknown, kind: Kind) -> None:
    now = timezone.now()
    wait = error.retry_after_seconds
    if wait is None:
        low, high = BACK_OFF_SECONDS
        # Not a secret: a spread that keeps many clocks from asking in step.
        wait = random.uniform(low, min(high, low * 2.0**asked.attempts))  # noqa: S311
    send_at = now + timedelta(seconds=wait)
    if send_at > asked.deadline:
        _finish(asked, CommandOutcome.GAVE_UP, str(error), kind)
        return
    logger.info("command %s is asked again in %.1f s: %s", asked.kind, wait, error)
    Command.objects.filter(pk=asked.pk).update(
        send_at=send_at, claimed_until=None, answer=str(error)[:2000]
    )


def _drop(asked: Command) -> None:
    """Nothing is to be done any more, and nothing has failed."""
    logger.info("command %s was overtaken by events", asked.kind)
    Command.objects.filter(pk=asked.pk).update(
        outcome=CommandOutcome.GAVE_UP,
        outcome_at=timezone.now(),
        answer="It was overtaken by events.",
        claimed_until=None,
    )


def _finish(
    asked: Command, outcome: CommandOutcome, answer: str, kind: Kind, result: Any = None
) -> None:
    with transaction.atomic():
        transaction.on_commit(lambda: metrics.count(COMMANDS, asked.kind, outcome.value))
        update(
            Command,
            {"pk": asked.pk},
            outcome=outcome,
            outcome_at=timezone.now(),
            answer=answer[:2000],
            claimed_until=None,
        )
        if outcome is CommandOutcome.APPLIED:
            if kind.applied is not None:
                kind.applied(asked, result)
            return
        logger.warning("command %s came to nothing: %s", asked.kind, answer)
        record(
            ev.CommandFailed(
                tenant_id=asked.tenant_id,
                call_id=asked.call_id,
                offer_id=asked.offer_id,
                agent_id=asked.offer.agent_id if asked.offer else None,
                command=asked.kind,
                reason=answer[:500],
            )
        )
        if kind.refused is not None:
            kind.refused(asked, answer)
