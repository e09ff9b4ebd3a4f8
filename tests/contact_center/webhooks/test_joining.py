"""The join token: who may step into an offer's conference, once, from one tab, within 30 s."""

from typing import Any
from xml.etree import ElementTree

import pytest
from django.core import signing

from contact_center.models import Leg, Offer, PhoneLease
from contact_center.services import offering, presence
from contact_center.services.joining import JOIN_TOKEN_SECONDS
from contact_center.services.offering import JOIN_SALT
from tests.contact_center.webhooks.wire import Wire, everything_written, verbs
from tests.universe.floor import Floor

BROWSER = "/webhooks/voice/browser/"
#: What is whispered to the agent, and the conference.
LET_IN = ["Say", "Dial"]
LEG = "CA" + "7" * 32
OTHER_LEG = "CA" + "8" * 32


def accepted(floor: Floor, cast: Any) -> tuple[Offer, PhoneLease, str]:
    """Alice has pressed Accept; her browser has not connected yet."""
    lease = floor.on_duty(cast.alice)
    floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    token = offering.accept_offer(
        offer=offer, agent=cast.alice, fence=offer.fence, lease_key=lease.key
    )
    return offer, lease, token


def connects(wire: Wire, identity: str, token: str, leg: str = LEG) -> list[str]:
    return verbs(wire.say(BROWSER, CallSid=leg, From=f"client:{identity}", To="", join=token))


def turned_away(wire: Wire, identity: str, token: str, leg: str = LEG) -> None:
    """Told to hang up, and nothing has happened but that the answer is kept."""
    before = everything_written()
    assert connects(wire, identity, token, leg) == ["Hangup"]
    after = everything_written()
    before.pop("StoredAnswer")
    after.pop("StoredAnswer")
    assert after == before


def test_the_agents_own_browser_joins_the_conference_of_her_offer(
    floor: Floor, wire: Wire, cast: Any
) -> None:
    offer, lease, token = accepted(floor, cast)
    answer = wire.say(BROWSER, CallSid=LEG, From=f"client:{lease.identity(0)}", join=token)
    conference = ElementTree.fromstring(answer.content).find("Dial/Conference")
    assert conference is not None
    assert conference.text == offer.conference_name
    assert conference.get("participantLabel") == f"agent-{offer.pk}"
    assert conference.get("endConferenceOnExit") == "false"
    assert Leg.objects.get().sid == LEG


def test_a_token_opens_once(floor: Floor, wire: Wire, cast: Any) -> None:
    _offer, lease, token = accepted(floor, cast)
    assert connects(wire, lease.identity(0), token) == LET_IN
    turned_away(wire, lease.identity(0), token, OTHER_LEG)
    # The same leg asking again is the same request, not a second use.
    assert connects(wire, lease.identity(0), token) == LET_IN
    assert Leg.objects.count() == 1


def test_of_two_tokens_for_one_offer_one_opens(floor: Floor, wire: Wire, cast: Any) -> None:
    """The answer to Accept may be lost and asked for again."""
    offer, lease, first = accepted(floor, cast)
    floor.traveller.shift(1)
    second = offering.accept_offer(
        offer=offer, agent=cast.alice, fence=offer.fence, lease_key=lease.key
    )
    assert first != second
    assert connects(wire, lease.identity(0), second) == LET_IN
    turned_away(wire, lease.identity(0), first, OTHER_LEG)


def test_a_token_is_worth_nothing_after_half_a_minute(floor: Floor, wire: Wire, cast: Any) -> None:
    _offer, lease, token = accepted(floor, cast)
    floor.traveller.shift(JOIN_TOKEN_SECONDS + 1)
    turned_away(wire, lease.identity(0), token)


def test_a_token_in_its_last_second_still_opens(floor: Floor, wire: Wire, cast: Any) -> None:
    _offer, lease, token = accepted(floor, cast)
    floor.traveller.shift(JOIN_TOKEN_SECONDS - 1)
    assert connects(wire, lease.identity(0), token) == LET_IN


@pytest.mark.parametrize("whose", ["another agent", "another tab", "another slot", "nobody"])
def test_a_token_opens_to_one_person_in_one_tab_for_one_slot(
    floor: Floor, wire: Wire, cast: Any, whose: str
) -> None:
    _offer, lease, token = accepted(floor, cast)
    bobs = presence.claim_phone(agent=cast.bob)
    identity = {
        "another agent": bobs.identity(0),
        "another tab": f"u_{cast.alice.user_id}_{'0' * 32}_0",
        "another slot": lease.identity(1),
        "nobody": "",
    }[whose]
    turned_away(wire, identity, token)
    # And it was not used up by the attempt.
    assert connects(wire, lease.identity(0), token, OTHER_LEG) == LET_IN


def test_a_forged_token_opens_nothing(floor: Floor, wire: Wire, cast: Any) -> None:
    offer, lease, token = accepted(floor, cast)
    identity = lease.identity(0)
    claims = {"offer": offer.pk, "identity": identity}
    forged = [
        "",
        "nonsense",
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.split(":", 1)[-1],
        signing.TimestampSigner(salt="another door").sign_object(claims),
        signing.TimestampSigner(key="another key", salt=JOIN_SALT).sign_object(claims),
        signing.TimestampSigner(salt=JOIN_SALT).sign_object([offer.pk]),
        signing.TimestampSigner(salt=JOIN_SALT).sign_object({"offer": "1", "identity": identity}),
        signing.TimestampSigner(salt=JOIN_SALT).sign_object(
            {"offer": 10**30, "identity": identity}
        ),
        "x" * 10_000,
    ]
    for number, each in enumerate(forged):
        turned_away(wire, identity, each, f"CA{number:032x}")
    assert not Leg.objects.exists()


def test_the_token_of_an_offer_that_has_ended_opens_nothing(
    floor: Floor, wire: Wire, cast: Any
) -> None:
    offer, lease, token = accepted(floor, cast)
    floor.hang_up(offer.call.sid)
    floor.pass_seconds(2)
    turned_away(wire, lease.identity(0), token)
    assert cast.alice.slots.get().activity == "idle"


def test_the_token_of_one_call_does_not_open_the_next(floor: Floor, wire: Wire, cast: Any) -> None:
    offer, lease, old = accepted(floor, cast)
    floor.hang_up(offer.call.sid)
    floor.pass_seconds(1)
    floor.ring(from_="+14155550143")
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    turned_away(wire, lease.identity(0), old)
    pending = floor.pending(cast.alice)
    assert pending is not None
    offering.accept_offer(offer=pending, agent=cast.alice, fence=pending.fence, lease_key=lease.key)
    turned_away(wire, lease.identity(0), old, OTHER_LEG)


def test_a_ringing_phone_that_was_not_answered_opens_nothing(
    floor: Floor, wire: Wire, cast: Any
) -> None:
    """Only who accepted joins: a token cannot be had before, and a made-up one is worth nothing."""
    lease = floor.on_duty(cast.alice)
    floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    genuine = signing.TimestampSigner(salt=JOIN_SALT).sign_object(
        {"offer": offer.pk, "identity": lease.identity(0)}
    )
    turned_away(wire, lease.identity(0), genuine)
    assert cast.alice.slots.get().activity == "ringing"
