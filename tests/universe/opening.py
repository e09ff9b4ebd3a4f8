"""How a phone network is set up beside our site: the same numbers, pointed at our addresses."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import time_machine
from django.test import override_settings

from contact_center import addresses
from contact_center.conf import current
from contact_center.models import PhoneNumber
from contact_center.simulator.core.account import Account
from contact_center.simulator.core.network import Network
from contact_center.simulator.core.readings import Readings
from contact_center.telephony import network as our_network
from tests.universe.http_client import CoreHttpClient

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@contextmanager
def open_network(
    *, rng: random.Random, readings: Readings | None = None, **settings: object
) -> Iterator[tuple[Network, time_machine.Traveller]]:
    """Open a network whose numbers are those in our database, at noon; time stands still.

    ``settings`` override ours while it is open.
    """
    twilio = current().twilio
    network = Network(
        Account(
            sid=twilio.account_sid,
            auth_token=twilio.auth_token.get_secret_value(),
            api_keys={twilio.api_key_sid: twilio.api_key_secret.get_secret_value()},
        ),
        rng,
        readings,
    )
    for e164 in PhoneNumber.objects.order_by("pk").values_list("e164", flat=True):
        network.add_number(e164)
    network.add_application(twilio.twiml_app_sid)
    with override_settings(**settings), time_machine.travel(NOON, tick=False) as traveller:
        network.tick(NOON.timestamp())
        CoreHttpClient.network = network
        CoreHttpClient.failures = []
        try:
            _point_at_us(network)
            yield network, traveller
        finally:
            CoreHttpClient.network = None


def _point_at_us(network: Network) -> None:
    for number in network.numbers:
        our_network().point_number(
            number=number.phone_number,
            voice_url=addresses.arrival(),
            fallback_url=addresses.fallback(),
            status_url=addresses.status(),
        )
    for application in network.applications:
        our_network().point_application(
            application_sid=application.sid,
            voice_url=addresses.browser(),
            status_url=addresses.status(),
        )
