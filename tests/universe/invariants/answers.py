"""I8, I13: the same request twice is answered once; what is not signed writes nothing."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.db.models import Model, Q
from django.db.models.functions import Coalesce

from contact_center.models import (
    Call,
    Command,
    EventLog,
    Leg,
    Offer,
    Segment,
    StoredAnswer,
    Timer,
)
from tests.universe.invariants.journal import Copy, Webhook
from tests.universe.violation import Violation

#: These answer from the present, each time (DESIGN, part 5), and reports answer nothing.
FROM_THE_PRESENT = re.compile(r"/(wait|hold)/\d+/$|/fallback/$|^/static/")
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE)\b", re.IGNORECASE)


class Answers:
    """What each request for instructions was answered, and that it stays so."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], bytes] = {}

    def judge(self, webhook: Webhook, copy: Copy) -> None:
        """I8: the same request again gets the same bytes. Raises Violation."""
        path = urlsplit(webhook.request.url).path
        if webhook.is_report or copy.status != 200 or FROM_THE_PRESENT.search(path):
            return
        if _asks_to_come_again(copy.body, path):
            return  # we were in trouble; nothing was done and nothing is kept
        key = (webhook.form.get("CallSid", ""), path)
        given = self._given.setdefault(key, copy.body)
        if given != copy.body:
            raise Violation(
                "I8",
                f"{path} was answered in two ways: {given.decode()!r}, then "
                f"{copy.body.decode()!r}.",
                key[0],
            )


def _asks_to_come_again(body: bytes, path: str) -> bool:
    return b"<Redirect" in body and path.encode() in body.partition(b"<Redirect")[2]


@contextmanager
def one_set_of_effects(call_sid: str, path: str) -> Iterator[None]:
    """I8: what happens in the block, a request that was answered before, changes nothing."""
    if FROM_THE_PRESENT.search(path):
        yield
        return
    before = _everything_of(call_sid)
    yield
    after = _everything_of(call_sid)
    changed = [name for name in before if before[name] != after[name]]
    if changed:
        what = "; ".join(f"{name}: {before[name]} → {after[name]}" for name in changed)
        raise Violation("I8", f"{path} came once more and had effects again: {what}.", call_sid)


def _everything_of(call_sid: str) -> dict[str, Any]:
    about_leg = Coalesce("offer__call_id", "supervision__call_id")
    leg = Leg.objects.filter(sid=call_sid).values_list(about_leg, flat=True).first()
    call = Call.objects.filter(sid=call_sid).values("pk", "state", "turn", "ended_at").first()
    pk = call["pk"] if call else leg
    about: dict[type[Model], Q] = {
        Segment: Q(call_id=pk),
        Offer: Q(call_id=pk),
        Command: Q(call_id=pk) | Q(offer__call_id=pk),
        Timer: Q(call_id=pk) | Q(offer__call_id=pk),
        EventLog: Q(call_id=pk),
        Leg: Q(offer__call_id=pk) | Q(supervision__call_id=pk),
        StoredAnswer: Q(call_sid=call_sid),
    }
    found: dict[str, Any] = {"Call": call}
    for model, which in about.items():
        rows = model._default_manager.filter(which)
        found[model.__name__] = list(rows.order_by("pk").values_list("pk", flat=True))
    return found


@dataclass
class Refusal:
    """What came of a request that must be refused; the engine says its status."""

    status: int | None = None


@contextmanager
def refused() -> Iterator[Refusal]:
    """I13: what happens in the block, a request with a bad signature, writes nothing."""
    written: list[str] = []

    def look(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if WRITES.match(sql):
            written.append(sql)
        return execute(sql, params, many, context)

    seen = Refusal()
    with connection.execute_wrapper(look):
        yield seen
    if written:
        raise Violation("I13", f"A request with a bad signature wrote: {written[0][:200]}.")
    if seen.status not in (None, 403):
        raise Violation("I13", f"A request with a bad signature was answered {seen.status}.")
