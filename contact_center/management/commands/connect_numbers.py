"""Points the account's phone numbers, and the application browsers call through, at this site."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contact_center import addresses
from contact_center.conf import current
from contact_center.models import PhoneNumber
from contact_center.telephony import network
from contact_center.telephony.port import ApplicationTruth, NumberTruth, RequestFailed


class Command(BaseCommand):
    """Writes only what differs, says each change, and ends with an error if one was not possible.

    Run it once after setting up, and again whenever the site's public address changes.
    """

    help = (
        "Tell the phone network to ask this site when our numbers ring and when browsers call. "
        "Changes only what is not so yet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which numbers, and whether only to look."""
        parser.add_argument(
            "numbers",
            nargs="*",
            metavar="+14155550100",
            help="the numbers to connect (default: every number that is set up here)",
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing; say what would change, and fail if anything would",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Connect everything; raise CommandError when something is not connected in the end."""
        if not current().twilio.webhook_base_url:
            raise CommandError(
                "TWILIO_WEBHOOK_BASE_URL is missing: the phone network would not know where we "
                "are. Set it to this site's public address."
            )
        self.verbosity: int = options["verbosity"]
        self.only_check: bool = options["check"]
        wanted: list[str] = options["numbers"] or list(
            PhoneNumber.objects.values_list("e164", flat=True)
        )
        self.unconnected = 0
        try:
            self._connect_application(current().twilio.twiml_app_sid)
            owned = {truth.number: truth for truth in network().fetch_numbers()}
            for number in wanted:
                self._connect_number(number, owned.get(number))
        except RequestFailed as error:
            raise CommandError(str(error)) from error
        if not wanted:
            self._say("No phone numbers are set up here yet. Add one, or name it to this command.")
        if self.unconnected:
            raise CommandError(
                f"Not connected: {self.unconnected} of {len(wanted) + 1}, see above."
            )

    def _connect_application(self, sid: str) -> None:
        if not sid:
            self._trouble("TWILIO_TWIML_APP_SID is not set: browsers cannot call.")
            return
        truth = network().fetch_application(application_sid=sid)
        if truth is None:
            self._trouble(f"{sid}: the account has no such application.")
            return
        self._settle(
            f"application {sid}",
            list(_application_changes(truth)),
            lambda: network().point_application(
                application_sid=sid, voice_url=addresses.browser(), status_url=addresses.status()
            ),
        )

    def _connect_number(self, number: str, truth: NumberTruth | None) -> None:
        if truth is None:
            self._trouble(f"{number}: the account has no such number.")
            return
        if truth.trunk_sid:
            self._trouble(
                f"{number} is routed by the trunk {truth.trunk_sid}, which ignores our addresses. "
                "Take the number off the trunk first."
            )
            return
        self._settle(
            number,
            list(_number_changes(truth)),
            lambda: network().point_number(
                number=number,
                voice_url=addresses.arrival(),
                fallback_url=addresses.fallback(),
                status_url=addresses.status(),
            ),
        )

    def _settle(self, what: str, changes: list[str], connect: Callable[[], object]) -> None:
        if not changes:
            self._say(f"{what}: connected already")
            return
        if self.only_check:
            self.unconnected += 1
        else:
            connect()
        self._say(f"{what}: {'not connected' if self.only_check else 'connected'}")
        for change in changes:
            self._say(f"    {change}")

    def _trouble(self, sentence: str) -> None:
        self.unconnected += 1
        self.stderr.write(sentence)

    def _say(self, line: str) -> None:
        if self.verbosity > 0:
            self.stdout.write(line)


def _number_changes(truth: NumberTruth) -> Iterator[str]:
    yield from _change("asked when it rings", truth.voice_url, addresses.arrival())
    yield from _change("asked when that fails", truth.fallback_url, addresses.fallback())
    yield from _change("told how calls are doing", truth.status_url, addresses.status())
    if truth.application_sid:
        yield f"answered by application: {truth.application_sid} -> (none)"


def _application_changes(truth: ApplicationTruth) -> Iterator[str]:
    yield from _change("asked when a browser calls", truth.voice_url, addresses.browser())
    yield from _change("told how calls are doing", truth.status_url, addresses.status())


def _change(what: str, now: str, wanted: str) -> Iterator[str]:
    if now != wanted:
        yield f"{what}: {now or '(nothing)'} -> {wanted}"
