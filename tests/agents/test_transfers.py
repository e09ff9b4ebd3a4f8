"""Sending the caller on from the desk: whom the list shows, how it is doing, and who may."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.transfers import Returned
from contact_center.domain.waits import Measured, Predictor
from contact_center.models import (
    Calendar,
    Offer,
    OfferState,
    Queue,
    QueueEstimate,
    QueueMember,
    Transfer,
    TransferState,
)
from contact_center.selectors import estimates
from tests import builders
from tests.agents.test_desk import buttons, desk_of, ringing
from tests.builders import signed_in
from tests.cast import Cast, make_agent

pytestmark = pytest.mark.once


@pytest.fixture
def offer(cast: Cast) -> Offer:
    """Alice talks with a caller of Support."""
    builders.on_duty(cast.alice)
    return builders.talking(ringing(cast))


def list_of(cast: Cast, offer: Offer, words: str = "") -> str:
    """The list as Alice's browser gets it."""
    address = reverse("agents:transfer-targets", args=[offer.pk])
    answer = signed_in(cast.alice.user).get(address, {"q": words})
    assert answer.status_code == 200
    return answer.content.decode()


def line_of(page: str, name: str) -> str:
    """What one line of the list says, without its marks."""
    for line in re.findall(r"<li .*?</li>", page, re.S):
        said = " ".join(re.sub(r"<[^>]+>", " ", line).split())
        if said.startswith(name):
            return said
    raise AssertionError(f"{name} is not in the list")


def test_a_colleague_says_whether_a_call_would_ring_there(cast: Cast, offer: Offer) -> None:
    assert "off duty" in line_of(list_of(cast, offer), "Bob")
    assert "cannot answer" in line_of(list_of(cast, offer), "Bob")
    builders.on_duty(cast.bob)
    free = line_of(list_of(cast, offer), "Bob")
    assert free == "Bob free Consult Transfer"
    builders.talking(builders.offer(builders.waiting_call(cast.sales), cast.bob))
    assert "on a call" in line_of(list_of(cast, offer), "Bob")


def test_a_queue_says_who_is_free_and_who_waits(cast: Cast, offer: Offer) -> None:
    builders.on_duty(cast.bob)
    builders.waiting_call(cast.sales)
    said = line_of(list_of(cast, offer), "Sales")
    assert said.startswith("Sales 1 free, 1 waits, the first")
    assert said.endswith("Transfer")


def test_a_queue_that_is_closed_says_so_and_cannot_be_chosen(cast: Cast, offer: Offer) -> None:
    closed = Calendar.objects.create(tenant=cast.tenant, name="Never", zone="UTC")
    Queue.objects.filter(pk=cast.sales.pk).update(calendar=closed)
    cast.sales.refresh_from_db()
    cast.sales.save()
    assert line_of(list_of(cast, offer), "Sales") == "Sales closed now cannot answer"


def test_a_queue_in_which_nobody_is_free_says_the_wait_wherever_its_name_stands(
    cast: Cast, offer: Offer
) -> None:
    # Nobody is on duty for any of these, so they stand below.
    for number in range(9):
        Queue.objects.create(tenant=cast.tenant, name=f"Aisle {number}")
    measured = Measured(200, 40.0, 0.3, 1.0, 0.8, 1.25, 0.1)
    QueueEstimate.objects.create(
        queue=cast.support,
        looked_at=timezone.now(),
        gap=60.0,
        last_wait=30.0,
        predictor="queue_length",
        measured=estimates.as_written({Predictor.QUEUE_LENGTH: measured}),
    )
    for _number in range(4):
        builders.waiting_call(cast.support)
    page = list_of(cast, offer)
    said = line_of(page, "Support")
    assert re.match(r"Support nobody free, a wait of \d+ to \d+ min, 4 wait, the first", said), said
    builders.on_duty(cast.bob)
    QueueMember.objects.get_or_create(agent=cast.bob, queue=cast.support)
    assert "a wait of" not in line_of(list_of(cast, offer), "Support"), "where somebody is free"


def test_typing_finds_by_name_and_by_number(cast: Cast, offer: Offer) -> None:
    make_agent(cast.tenant, "beatrix", cast.sales)
    page = list_of(cast, offer, "bEa")
    assert "Beatrix" in page
    assert ">Bob<" not in page
    assert "Sales" not in page
    page = list_of(cast, offer, "+1 415 555 0177")
    assert 'hx-vals=\'{"number": "+14155550177"}\'' in page
    assert "Nobody like that" in list_of(cast, offer, "zzz")
    assert "to-number" not in list_of(cast, offer, "911")


def test_nobody_of_another_organisation_is_in_it(cast: Cast, offer: Offer) -> None:
    builders.on_duty(cast.erin)
    page = list_of(cast, offer)
    assert "Erin" not in page
    assert "Alice" not in page, "nor oneself"


@pytest.mark.parametrize("deed", ["to-queue", "to-agent"])
def test_nobody_is_sent_to_another_organisation(cast: Cast, offer: Offer, deed: str) -> None:
    other = cast.other_queue.pk if deed == "to-queue" else cast.erin.pk
    answer = signed_in(cast.alice.user).post(
        reverse(f"agents:transfer-{deed}", args=[offer.pk, other])
    )
    assert answer.status_code == 404
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("who", ["bob", "erin", "carol", "dave"])
def test_nobody_sends_on_or_looks_for_alices_caller_but_alice(
    cast: Cast, offer: Offer, who: str
) -> None:
    person = getattr(cast, who)
    client = signed_in(getattr(person, "user", person))
    assert client.get(reverse("agents:transfer-targets", args=[offer.pk])).status_code == 404
    for address, said in (
        (reverse("agents:transfer-to-queue", args=[offer.pk, cast.sales.pk]), {}),
        (reverse("agents:transfer-to-agent", args=[offer.pk, cast.bob.pk]), {}),
        (reverse("agents:transfer-to-number", args=[offer.pk]), {"number": "+14155550177"}),
    ):
        assert client.post(address, said).status_code == 404
    assert not Transfer.objects.exists()


def test_sending_him_on_is_asked_for_and_shown_as_asked(cast: Cast, offer: Offer) -> None:
    answer = signed_in(cast.alice.user).post(
        reverse("agents:transfer-to-queue", args=[offer.pk, cast.sales.pk]),
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    page = desk_of(cast)
    assert "Transferring" in buttons(page)
    assert "Sending the caller to Sales. Until the network has done it" in page
    assert re.search(r'id="call-transfer"[^>]*data-outcome="asked" aria-busy="true"', page)
    assert Offer.objects.get().state == OfferState.CONNECTED


@pytest.mark.parametrize("written", ["", "0" * 41, "911", "12"])
def test_a_number_that_is_none_is_refused_in_a_sentence(
    cast: Cast, offer: Offer, written: str
) -> None:
    answer = signed_in(cast.alice.user).post(
        reverse("agents:transfer-to-number", args=[offer.pk]), {"number": written}
    )
    assert answer.status_code in (409, 422)
    assert "number" in answer.content.decode()
    assert not Transfer.objects.exists()


def test_a_transfer_that_failed_says_that_the_caller_is_still_there(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    problem = {"asked": "transfer", "reason": "The phone network has not confirmed it."}
    builders.talking(ringing(cast), control_problem=problem)
    page = desk_of(cast)
    assert "The transfer did not work" in page
    assert "The caller is still with you." in page
    assert re.search(r'id="call-transfer"[^>]*data-outcome="failed"', page)


def test_who_gets_a_caller_that_was_sent_on_reads_from_whom_and_what_was_written(
    cast: Cast, offer: Offer
) -> None:
    Offer.objects.filter(pk=offer.pk).update(
        notes="Wants to <b>cancel</b>.", ended_at=timezone.now(), state="ended"
    )
    builders.on_duty(cast.bob)
    rings = builders.offer(builders.waiting_call(cast.sales), cast.bob)
    Offer.objects.filter(pk=rings.pk).update(fence=2)
    transfer = Transfer.objects.create(
        tenant=cast.tenant,
        call=rings.call,
        offer=offer,
        kind="agent",
        to_agent=cast.bob,
        state=TransferState.GONE,
        asked_at=timezone.now() - timedelta(seconds=5),
        stay=rings.segment,
    )
    page = signed_in(cast.bob.user).get(reverse("agents:desk")).content.decode()
    assert "Sent to you by Alice" in page
    assert "Wants to &lt;b&gt;cancel&lt;/b&gt;." in page
    Transfer.objects.filter(pk=transfer.pk).update(
        state=TransferState.RETURNED, returned=Returned.DECLINED
    )
    page = signed_in(cast.bob.user).get(reverse("agents:desk")).content.decode()
    assert "Comes back: Bob declined." in page
