"""I18, I22: nothing personal where it does not belong, and nobody sees another organisation."""

import logging
import re
from collections.abc import Iterable
from functools import cached_property
from urllib.parse import unquote, urlsplit

from django.db.models import F, Q

from contact_center.log_filters import MaskPhoneNumbers
from contact_center.models import Agent, Offer, PhoneNumber, Queue, User
from tests.universe.invariants.journal import DoorAnswer, Journal, Rest, Webhook
from tests.universe.violation import Violation

_DIGITS = re.compile(r"\d{10,}")
#: A telephone number as a screen writes it, with spaces and brackets.
_WRITTEN = re.compile(r"\+?\d[\d\s().\-]{8,18}\d")
_NOT_DIGITS = re.compile(r"\D")
#: Fields of webhooks and requests that name things, which the network keeps in its own logs.
NAMES = ("FriendlyName", "ParticipantLabel", "Label")


class Privacy:
    """Watches the log, the URLs and the names of a universe, and what desks are shown."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._numbers: dict[str, str] = {}
        self._webhooks = 0
        self._rests = 0
        self._seen: set[int] = set()
        people = User.objects.exclude(tenant=None).values_list("username", "first_name")
        names = {name for person in people for name in person if len(name) > 2}
        self._names = re.compile(
            r"\b(" + "|".join(map(re.escape, sorted(names))) + r")\b" if names else r"(?!)", re.I
        )
        self.log = _Log()
        logging.getLogger().addHandler(self.log)

    def close(self) -> None:
        """Listen to the log no more."""
        logging.getLogger().removeHandler(self.log)

    def judge(self) -> None:
        """I18, I22: look at what has come since the last time. Raises Violation."""
        webhooks = self._journal.sequence[self._webhooks :]
        self._webhooks += len(webhooks)
        for webhook in webhooks:
            self._learn_number(webhook)
            self._judge_webhook(webhook)
        for line in self.log.take():
            self._must_be_clean(line, "the log")
        rests = self._journal.rests[self._rests :]
        self._rests += len(rests)
        for rest in rests:
            self._judge_rest(rest)
        self._judge_doors(self._journal.take_doors())

    def _learn_number(self, webhook: Webhook) -> None:
        caller = webhook.form.get("From", "")
        if webhook.form.get("Direction") == "inbound" and not caller.startswith("client:"):
            digits = _NOT_DIGITS.sub("", caller)
            if len(digits) >= 10:
                self._numbers[digits[-10:]] = webhook.form.get("To", "")

    def _judge_webhook(self, webhook: Webhook) -> None:
        url = urlsplit(webhook.request.url)
        sid = webhook.request.leg_sid or ""
        self._must_be_clean(unquote(f"{url.path}?{url.query}"), f"the URL {url.path}", sid)
        for name in NAMES:
            if name in webhook.form:
                self._must_be_clean(webhook.form[name], f"{name} of a conference", sid)
        who = webhook.form.get("From", "")
        if who.startswith("client:"):
            self._must_be_clean(who, "the identity of a browser", sid)

    def _judge_rest(self, rest: Rest) -> None:
        self._must_be_clean(unquote(rest.path), f"the URL of {rest.method} {rest.path}")
        for name, value in rest.form:
            if name in NAMES or name.endswith("Url"):
                self._must_be_clean(unquote(value), f"{name} of {rest.method} {rest.path}")

    def _must_be_clean(self, text: str, where: str, call_sid: str = "") -> None:
        for found in _DIGITS.finditer(text):
            if found[0][-10:] in self._numbers or found[0][:10] in self._numbers:
                raise Violation("I18", f"A caller's number stands in {where}: {text}", call_sid)
        name = self._names.search(text)
        if name is not None:
            raise Violation("I18", f"The name {name[0]} stands in {where}: {text}", call_sid)

    # ---- what desks are shown

    @cached_property
    def _tenants(self) -> dict[int, int]:
        return dict(Agent.objects.values_list("pk", "tenant_id"))

    @cached_property
    def _strangers(self) -> dict[int, re.Pattern[str]]:
        """What may not be read by each organisation's agents: names that only others have."""
        names: dict[int, set[str]] = {tenant: set() for tenant in self._tenants.values()}
        for tenant, name in Queue.objects.values_list("tenant_id", "name"):
            names.setdefault(tenant, set()).add(name)
        for tenant, name in User.objects.exclude(tenant=None).values_list(
            "tenant_id", "first_name"
        ):
            if name and tenant is not None:
                names.setdefault(tenant, set()).add(name)
        patterns = {}
        for tenant, own in names.items():
            foreign = set().union(*(other for key, other in names.items() if key != tenant)) - own
            words = "|".join(map(re.escape, sorted(foreign)))
            patterns[tenant] = re.compile(rf"\b(?:{words})\b" if words else r"(?!)")
        return patterns

    @cached_property
    def _tenant_of_number(self) -> dict[str, int]:
        return dict(PhoneNumber.objects.values_list("e164", "tenant_id"))

    def _judge_doors(self, answers: Iterable[DoorAnswer]) -> None:
        for answer in answers:
            tenant = self._tenants.get(answer.agent_id)
            seen = hash((tenant, answer.body))
            if tenant is None or seen in self._seen:
                continue
            self._seen.add(seen)
            stranger = self._strangers[tenant].search(answer.body)
            if stranger is not None:
                raise Violation(
                    "I22", f"{answer.path} shows {stranger[0]!r}, which is another organisation's."
                )
            for written in _WRITTEN.finditer(answer.body):
                digits = _NOT_DIGITS.sub("", written[0])[-10:]
                dialled = self._numbers.get(digits)
                owner = self._tenant_of_number.get(dialled or "")
                if owner is not None and owner != tenant:
                    raise Violation(
                        "I22",
                        f"{answer.path} shows a caller of another organisation, {written[0]}.",
                    )


def nothing_is_shared() -> None:
    """I22: what belongs together belongs to one organisation. Raises Violation."""
    mixed = Offer.objects.filter(ended_at=None).exclude(
        Q(call__tenant=F("tenant"))
        & Q(agent__tenant=F("tenant"))
        & Q(queue__tenant=F("tenant"))
        & Q(segment__queue__tenant=F("tenant"))
    )
    found = mixed.select_related("call").first()
    if found is not None:
        raise Violation(
            "I22",
            f"Offer {found.pk} brings a caller of organisation {found.call.tenant_id} to an agent "
            "of another.",
            found.call.sid,
        )


class _Log(logging.Handler):
    """Keeps what a log would show, after the filter that every handler of ours has."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.addFilter(MaskPhoneNumbers())
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))

    def take(self) -> list[str]:
        lines, self._lines = self._lines, []
        return lines
