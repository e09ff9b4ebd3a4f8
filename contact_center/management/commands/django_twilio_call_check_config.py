"""`manage.py django_twilio_call_check_config`: is everything set up so that a call can come in?

It names each problem with what to do about it and exits with 1 when there is an error. `--offline`
asks nobody outside this machine's own services; `--json` is for programs.
"""

import json
import secrets
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import urldefrag

import requests
from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from contact_center import addresses, conf
from contact_center.conf.twilio_account import E164, REQUIRED
from contact_center.kept_recordings import why_not_writable
from contact_center.models import PhoneNumber
from contact_center.telephony import network
from contact_center.telephony.port import ApplicationTruth, NumberTruth, Refused, RequestFailed

Status = Literal["ok", "warning", "failed", "skipped"]
_MARKS: dict[Status, str] = {"ok": "ok  ", "warning": "WARN", "failed": "FAIL", "skipped": "skip"}
_ASKED_ONLINE = "asked only without --offline"
_TWILIO_WAITS_SECONDS = 15
_UNSIGNED_ANSWERS = {403: "refuses what is not signed", 429: "answers; too many requests just now"}


@dataclass(frozen=True)
class Finding:
    """One line of the report: which check, about what, how it went, what to do."""

    check: str
    subject: str
    status: Status
    message: str
    hint: str = ""
    id: str = ""


class Command(BaseCommand):
    """Look at the settings, the account, its numbers, our public address and the cache."""

    help = "Check the configuration: settings, account, numbers, public address, cache."
    # It reports what the system checks find itself, instead of being stopped by them.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --offline and --json."""
        parser.add_argument(
            "--offline", action="store_true", help="ask neither the phone network nor our own URLs"
        )
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, offline: bool, json: bool, **options: Any) -> None:
        """Print the findings. Raises CommandError, exit code 1, when one of them is an error."""
        findings: list[Finding] = []
        for finding in _findings(offline=offline):
            findings.append(finding)
            if not json:
                self._print(finding)
        failed = sum(finding.status == "failed" for finding in findings)
        if json:
            self._print_json(findings, ok=not failed)
        if failed:
            noun = "error" if failed == 1 else "errors"
            raise CommandError(f"{failed} {noun}: calls will not work like this.", returncode=1)
        if not json:
            self.stdout.write("Everything that was checked is well.")

    def _print(self, finding: Finding) -> None:
        mark = _MARKS[finding.status]
        if finding.status == "failed":
            mark = self.style.ERROR(mark)
        elif finding.status == "warning":
            mark = self.style.WARNING(mark)
        self.stdout.write(f"{mark}  {finding.check}: {finding.subject} {finding.message}")
        if finding.hint:
            self.stdout.write(f"      {finding.hint}")

    def _print_json(self, findings: list[Finding], *, ok: bool) -> None:
        document = {"ok": ok, "findings": [asdict(finding) for finding in findings]}
        self.stdout.write(json.dumps(document, indent=2))


def _findings(*, offline: bool) -> Iterator[Finding]:
    configuration, problems = conf.load(settings)
    yield from _setting_findings(problems)
    account_is_usable = not any(
        problem.level == "error" and problem.key in {*REQUIRED, "TWILIO_REGION", "TWILIO_EDGE"}
        for problem in problems
    )
    why_not = _ASKED_ONLINE if offline else "" if account_is_usable else "the account is not set up"
    yield from _number_format_findings(configuration)
    if why_not:
        for check in ("credentials", "numbers", "webhooks"):
            yield Finding(check, "was not asked:", "skipped", why_not)
    else:
        yield from _account_findings()
        yield from _reachability_findings(configuration)
    yield _storage_finding(configuration)
    yield from _cache_findings()


# Row by row


def _setting_findings(problems: list[conf.Problem]) -> Iterator[Finding]:
    for problem in problems:
        yield Finding(
            "settings",
            problem.key,
            "failed" if problem.level == "error" else "warning",
            problem.message,
            problem.hint,
            f"contact_center.{problem.id}",
        )
    if not any(problem.level == "error" for problem in problems):
        yield Finding("settings", "all", "ok", "are there and can be obeyed")


def _storage_finding(configuration: conf.Configuration) -> Finding:
    path = configuration.storage.local_path
    if not configuration.call.voicemail_enabled:
        return Finding("storage", path, "skipped", "nothing is recorded here")
    wrong = why_not_writable()
    if wrong:
        hint = "Name a folder that this process can make and write, or let it."
        return Finding("storage", path, "failed", wrong, hint, "contact_center.E023")
    return Finding("storage", path, "ok", "can be written")


def _our_numbers() -> list[str]:
    """Return the numbers people ring, from the settings and the database."""
    rows = PhoneNumber.objects.order_by("e164").values_list("e164", flat=True)
    return list(dict.fromkeys([*filter(None, [conf.current().twilio.phone_number]), *rows]))


def _number_format_findings(configuration: conf.Configuration) -> Iterator[Finding]:
    if configuration.twilio.phone_number:
        yield Finding("numbers", "TWILIO_PHONE_NUMBER", "ok", "is in E.164 form")
    try:
        numbers = _our_numbers()
    except DatabaseError as error:
        hint = "Its numbers were not checked. Is DATABASE_URL right? Run manage.py migrate."
        yield Finding("numbers", "the database", "warning", f"cannot be read: {error}", hint)
        return
    for number in numbers:
        if not E164.fullmatch(number):
            hint = "Write it as +14155550100 in the admin, under phone numbers."
            yield Finding("numbers", repr(number), "failed", "is not in E.164 form", hint)


def _account_findings() -> Iterator[Finding]:
    try:
        account = network().fetch_account()
    except RequestFailed as error:
        yield _unreached("credentials", "the account", error)
        return
    well = account.status == "active"
    yield Finding(
        "credentials",
        f"account {account.sid}",
        "ok" if well else "failed",
        f"is {account.status}",
        "" if well else "Twilio answers no calls for it; look at the Twilio Console.",
    )
    try:
        numbers = {number.number: number for number in network().fetch_numbers()}
        application_sid = conf.current().twilio.twiml_app_sid
        application = network().fetch_application(application_sid=application_sid)
    except RequestFailed as error:
        yield _unreached("numbers", "the account's numbers", error)
        return
    try:
        ours = _our_numbers()
    except DatabaseError:
        ours = [conf.current().twilio.phone_number]
    for number in ours:
        yield from _ownership_findings(number, numbers.get(number))
    yield from _application_findings(application_sid, application)


def _unreached(check: str, subject: str, error: RequestFailed) -> Finding:
    if isinstance(error, Refused) and error.status in {401, 403}:
        hint = "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN do not belong together."
    else:
        hint = "Is the network reachable from here, and TWILIO_REGION right?"
    return Finding(check, subject, "failed", f"could not be read: {error}", hint)


def _ownership_findings(number: str, truth: NumberTruth | None) -> Iterator[Finding]:
    if truth is None:
        hint = "Buy it, or move it to this account; a number of another one cannot be called from."
        yield Finding("numbers", number, "failed", "does not belong to the account", hint)
        return
    yield Finding("numbers", number, "ok", "belongs to the account")
    if truth.application_sid or truth.trunk_sid:
        user = truth.application_sid or truth.trunk_sid
        hint = "Take it off in the Twilio Console, or the number will never ask us."
        yield Finding("webhooks", number, "failed", f"is answered by {user}, not by its URL", hint)
        return
    # Where a node may be missing at any time, a caller must have somewhere else to be answered.
    has_to: Status = "failed" if conf.current().general.high_availability else "warning"
    compared: tuple[tuple[str, str, str, Status], ...] = (
        ("a call comes in", addresses.arrival(), truth.voice_url, "failed"),
        ("primary handler fails", addresses.fallback(), truth.fallback_url, has_to),
        ("call status changes", addresses.status(), truth.status_url, "warning"),
    )
    for name, wanted, found, otherwise in compared:
        yield _compared(number, name, wanted, found, otherwise)


def _application_findings(sid: str, truth: ApplicationTruth | None) -> Iterator[Finding]:
    if truth is None:
        hint = "Make a TwiML App in the same account and region; agents' phones need it."
        yield Finding("webhooks", f"TwiML App {sid}", "failed", "does not exist", hint)
        return
    yield _compared(sid, "request URL", addresses.browser(), truth.voice_url, "failed")


def _compared(subject: str, name: str, wanted: str, found: str, otherwise: Status) -> Finding:
    """Compare a URL at the network with ours; how it is to be retried (the fragment) is free."""
    wanted, found = urldefrag(wanted).url, urldefrag(found).url
    if wanted == found:
        return Finding("webhooks", subject, "ok", f'has our address under "{name}"')
    said = f"has {found!r} under {name!r}" if found else f"has nothing under {name!r}"
    hint = f"Run manage.py connect_numbers, or write {wanted} there, method POST."
    return Finding("webhooks", subject, otherwise, said, hint)


def _reachability_findings(configuration: conf.Configuration) -> Iterator[Finding]:
    base = configuration.twilio.webhook_base_url
    paths = (configuration.webhooks.voice_path, configuration.webhooks.status_path)
    for path in paths:
        yield _probed(base + path, configuration)


def _probed(url: str, configuration: conf.Configuration) -> Finding:
    """Post to one of our public URLs as a stranger would: it has to answer, and to say no."""
    try:
        answer = requests.post(url, timeout=_TWILIO_WAITS_SECONDS, allow_redirects=False)
    except requests.exceptions.SSLError as error:
        hint = "Twilio refuses it, too: renew the certificate, with its whole chain."
        return Finding("webhooks", url, "failed", f"has a bad certificate: {error}", hint)
    except requests.exceptions.Timeout:
        hint = "Is the site running, and does the firewall let Twilio in?"
        said = f"did not answer within {_TWILIO_WAITS_SECONDS} s, for which Twilio waits"
        return Finding("webhooks", url, "failed", said, hint)
    except requests.exceptions.RequestException as error:
        hint = "Is TWILIO_WEBHOOK_BASE_URL right, the site running, its name in the DNS?"
        return Finding("webhooks", url, "failed", f"cannot be reached: {error}", hint)
    if answer.status_code in _UNSIGNED_ANSWERS:
        return Finding("webhooks", url, "ok", _UNSIGNED_ANSWERS[answer.status_code])
    if answer.is_redirect:
        to = answer.headers.get("Location", "")
        hint = "A redirected POST loses what it carries: make TWILIO_WEBHOOK_BASE_URL the target."
        return Finding("webhooks", url, "failed", f"redirects to {to}", hint)
    if answer.ok and configuration.webhooks.validate_signature:
        hint = "Is it this site that answers there? Compare TWILIO_WEBHOOK_BASE_URL."
        return Finding("webhooks", url, "failed", "accepts what nobody has signed", hint)
    if answer.ok:
        return Finding("webhooks", url, "ok", "answers; signatures are not checked")
    hint = "Is it this site that answers there? Its log says more."
    return Finding("webhooks", url, "failed", f"answers with HTTP {answer.status_code}", hint)


def _cache_findings() -> Iterator[Finding]:
    backend = settings.CACHES["default"]["BACKEND"]
    subject = backend.rpartition(".")[2]
    key, value = f"check-config-{secrets.token_hex(8)}", secrets.token_hex(8)
    try:
        cache.set(key, value, timeout=60)
        kept = cache.get(key) == value
        cache.delete(key)
        forgotten = cache.get(key) is None
    except Exception as error:  # each kind of cache raises its own
        hint = "Is REDIS_URL right, and the server running?"
        yield Finding("cache", subject, "failed", f"cannot be used: {error}", hint)
        return
    if not (kept and forgotten):
        hint = "Is REDIS_URL right, and the server running?"
        yield Finding("cache", subject, "failed", "does not keep what it is given", hint)
    elif "locmem" in backend and not getattr(settings, "DEMO", False):
        hint = "With more than one process set REDIS_URL, or each will know something else."
        yield Finding("cache", subject, "warning", "works, for one process only", hint)
    else:
        yield Finding("cache", subject, "ok", "keeps and forgets what it is told to")
