"""What stands beside a call: how it came, what is open for its number, script and link."""

import pytest
from django.urls import reverse
from django.utils import timezone

from contact_center.models import Call, Callback, Offer, Queue, SegmentKind
from contact_center.services import keeping_contacts, keeping_desks
from tests import builders
from tests.builders import CALLER, signed_in
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SCRIPT = "# Greeting\n1. Hello {name} from {company}.\n2. <b>Ask</b> {agent}"


def beside(cast: Cast, *, script: str = SCRIPT) -> None:
    """Dana writes what stands beside calls of Support."""
    keeping_desks.set_beside_calls(
        queue_id=cast.support.pk,
        script=script,
        link_label="Customer file",
        link_url="https://crm.example.com/find?tel={number}&who={name}",
        actor=cast.dana,
    )


def rings(cast: Cast, queue: Queue | None = None, caller: str = CALLER) -> Offer:
    builders.on_duty(cast.alice)
    return builders.offer(builders.waiting_call(queue or cast.support, caller), cast.alice)


def panels(offer: Offer) -> str:
    page = signed_in(offer.agent.user).get(reverse("agents:panels"), headers={"HX-Request": "true"})
    return " ".join(page.content.decode().split())


def callback(cast: Cast, number: str = CALLER) -> Call:
    """Bob has promised this number a call."""
    call = builders.waiting_call(cast.sales, number)
    Call.objects.filter(pk=call.pk).update(kind="callback", sid=f"W{call.pk:031d}")
    call.segments.update(kind=SegmentKind.CALLBACK)
    Callback.objects.create(
        call=call,
        owner=cast.bob,
        next_at=timezone.now(),
        expires_at=timezone.now(),
        notes="About the tent.",
    )
    return call


def test_the_link_carries_what_is_known_encoded_and_knows_nothing_of_ours(cast: Cast) -> None:
    beside(cast)
    keeping_contacts.write_contact(
        contact=None, name='Maren "&#/ Oduya', company="", email="", notes="", tags=[],
        numbers=[(CALLER, "")], is_shared=True, actor=cast.dana,
    )  # fmt: skip
    page = panels(rings(cast))
    assert (
        'href="https://crm.example.com/find?tel=%2B14155550142&amp;who=Maren%20%22%26%23%2F%20Oduya"'
        ' target="_blank" rel="noopener noreferrer"'
    ) in page


def test_the_script_is_filled_in_and_no_markup_of_it_is_ours(cast: Cast) -> None:
    beside(cast)
    page = panels(rings(cast))
    assert "<h4>Greeting</h4>" in page
    assert "<li>Hello … from ….</li><li>&lt;b&gt;Ask&lt;/b&gt; Alice</li>" in page
    assert "<b>Ask</b>" not in page


def test_the_calls_of_another_queue_have_neither(cast: Cast) -> None:
    beside(cast)
    page = panels(rings(cast, cast.sales))
    assert "pop-link" not in page
    assert "Greeting" not in page


def test_a_withheld_number_is_in_no_link(cast: Cast) -> None:
    beside(cast)
    page = panels(rings(cast, caller="anonymous"))
    assert "tel=&amp;who=" in page


def test_what_is_open_for_the_number_is_shown_and_nothing_of_others(cast: Cast) -> None:
    callback(cast)
    callback(cast, "+14155550177")
    done = callback(cast)
    Call.objects.filter(pk=done.pk).update(ended_at=timezone.now())
    theirs = builders.waiting_call(cast.other_queue)
    Call.objects.filter(pk=theirs.pk).update(kind="voicemail")
    page = panels(rings(cast))
    assert page.count("To be called back") == 1
    assert "Sales, by Bob. About the tent." in page
    assert "Voicemail, nobody" not in page


def test_a_message_that_nobody_has_dealt_with_is_among_it(cast: Cast) -> None:
    left = builders.waiting_call(cast.sales)
    Call.objects.filter(pk=left.pk).update(kind="voicemail")
    assert "Voicemail, nobody has dealt with it" in panels(rings(cast))


def test_callers_who_withhold_their_number_are_not_told_of_each_other(cast: Cast) -> None:
    callback(cast, "anonymous")
    assert "Still open" not in panels(rings(cast, caller="anonymous"))


def test_the_way_here_says_key_and_queues(cast: Cast) -> None:
    offer = rings(cast)
    Call.objects.filter(pk=offer.call_id).update(menu_key="1", menu_version=cast.menu)
    stay = offer.call.segments.get()
    offer.call.segments.create(
        kind=SegmentKind.QUEUE, queue=cast.sales, ended_at=timezone.now(),
        started_at=stay.started_at - timezone.timedelta(minutes=1),
    )  # fmt: skip
    page = panels(offer)
    assert "1: sales" in page
    way = page[page.index("Way here") :][:400]
    assert way.index("1: sales") < way.index("Sales") < way.index("Support")
