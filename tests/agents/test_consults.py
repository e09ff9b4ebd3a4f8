"""Consulting a colleague, at both desks: what is offered, what is said, and who may."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.consults import ConsultState, Over, Talk, Wish
from contact_center.domain.states import Presence
from contact_center.models import Agent, Call, Command, Consult, Contact, ContactNumber, Offer
from tests import builders
from tests.agents.test_desk import ringing
from tests.builders import signed_in
from tests.cast import Cast

pytestmark = pytest.mark.once


@pytest.fixture
def offer(cast: Cast) -> Offer:
    """Alice talks with a caller of Support; Bob is free."""
    builders.on_duty(cast.alice)
    builders.on_duty(cast.bob)
    return builders.talking(ringing(cast))


def consult_of(cast: Cast, offer: Offer, state: ConsultState, **values: Any) -> Consult:
    """Bob is asked or consulted, and the caller on hold."""
    now = timezone.now()
    doing = {"ringing": "ringing", "joining": "connecting", "live": "on_call"}.get(state)
    slot = cast.bob.slots.get(number=0)
    if doing is not None:
        slot.activity = doing
        slot.save()
    held_at = values.pop("held_at", now)
    Offer.objects.filter(pk=offer.pk).update(held_at=held_at)
    Call.objects.filter(pk=offer.call_id).update(state="on_hold" if held_at else "connected")
    if state is ConsultState.LIVE:
        values.setdefault("talk", Talk.COLLEAGUE.value)
    return Consult.objects.create(
        tenant=cast.tenant,
        call=offer.call,
        offer=offer,
        colleague=cast.bob,
        slot=slot if doing is not None else None,
        state=state.value,
        asked_at=now,
        rung_at=now,
        deadline=now + timedelta(seconds=20),
        accepted_at=now,
        ended_at=now if state is ConsultState.ENDED else None,
        **values,
    )


def desk_of(agent: Agent) -> str:
    """An agent's desk as their browser gets it."""
    answer = signed_in(agent.user).get(reverse("agents:desk"))
    assert answer.status_code == 200
    return answer.content.decode()


def words_of(page: str, element: str) -> str:
    """What the element with this id says, without its marks."""
    found = re.search(rf'<(\w+)[^>]* id="{element}".*?</\1>', page, re.S)
    assert found, element
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def post(cast: Cast, who: str, name: str, *ids: int, **values: object) -> int:
    person = getattr(cast, who)
    client = signed_in(getattr(person, "user", person))
    return client.post(reverse(f"agents:{name}", args=ids), values).status_code


def test_a_free_colleague_can_be_consulted_from_the_list(cast: Cast, offer: Offer) -> None:
    address = reverse("agents:transfer-targets", args=[offer.pk])
    page = signed_in(cast.alice.user).get(address).content.decode()
    assert 'aria-label="Consult Bob"' in page
    assert post(cast, "alice", "consult-ask", offer.pk, cast.bob.pk) == 200
    assert Consult.objects.get().state == "holding"
    assert Command.objects.filter(kind="hold").count() == 1


def test_while_he_goes_on_hold_nothing_but_cancel_is_offered(cast: Cast, offer: Offer) -> None:
    consult_of(cast, offer, ConsultState.HOLDING, held_at=None)
    page = desk_of(cast.alice)
    assert "being put on hold. Then Bob is rung" in words_of(page, "consult-said")
    assert 'id="consult-cancel"' in page
    for other in ("consult-complete", "consult-together", "call-hold", "call-transfer"):
        assert f'id="{other}"' not in page


def test_the_colleagues_desk_says_who_consults_and_about_whom(cast: Cast, offer: Offer) -> None:
    consult = consult_of(cast, offer, ConsultState.RINGING)
    page = desk_of(cast.bob)
    assert "Alice wants to consult you" in page
    assert reverse("agents:consult-accept", args=[consult.pk]) in page
    assert "If you decline, the caller stays with Alice." in page
    assert "Bob is being rung" in words_of(desk_of(cast.alice), "consult-said")


@pytest.mark.parametrize(
    ("talk", "held", "colleague_held", "alice_reads", "bob_reads"),
    [
        ("colleague", True, False, "You are talking with Bob.", "You are talking with Alice."),
        ("customer", False, True, "You are talking with the caller.", "You hear music"),
        ("together", False, False, "hear each other", "You are in the call"),
    ],
)
def test_both_desks_say_who_talks_with_whom(
    cast: Cast,
    offer: Offer,
    talk: str,
    held: bool,
    colleague_held: bool,
    alice_reads: str,
    bob_reads: str,
) -> None:
    now = timezone.now()
    consult_of(
        cast,
        offer,
        ConsultState.LIVE,
        talk=talk,
        held_at=now if held else None,
        colleague_held_at=now if colleague_held else None,
    )
    assert alice_reads in words_of(desk_of(cast.alice), "consult-said")
    assert bob_reads in words_of(desk_of(cast.bob), "consulted-said")
    assert 'id="call-hold"' not in desk_of(cast.alice)


def test_asked_is_shown_apart_from_happened(cast: Cast, offer: Offer) -> None:
    consult_of(cast, offer, ConsultState.LIVE, wish=Wish.TOGETHER.value)
    page = desk_of(cast.alice)
    assert words_of(page, "consult-together") == "Merging"
    assert "You are talking with Bob." in words_of(page, "consult-said")


def test_what_did_not_come_about_says_so_and_why(cast: Cast, offer: Offer) -> None:
    problem = {"asked": "customer", "reason": "The phone network has not confirmed it."}
    consult_of(cast, offer, ConsultState.LIVE, problem=problem)
    page = desk_of(cast.alice)
    said = words_of(page, "consult-problem")
    assert said.startswith("Swap did not work: The phone network has not confirmed it.")
    assert re.search(r'id="consult-customer"[^>]*data-outcome="failed"', page)


@pytest.mark.parametrize("over", [Over.DECLINED, Over.TIMED_OUT, Over.COLLEAGUE_LEFT, Over.BUSY])
def test_why_nobody_came_is_said_beside_resume(cast: Cast, offer: Offer, over: Over) -> None:
    consult_of(cast, offer, ConsultState.ENDED, end_reason=over.value)
    page = desk_of(cast.alice)
    assert "The caller is still on hold and hears music. Press Resume." in words_of(
        page, "consult-over"
    )
    assert words_of(page, "call-hold") == "Resume"
    assert 'id="consult-complete"' not in page


def test_what_the_agent_ended_needs_no_words(cast: Cast, offer: Offer) -> None:
    consult_of(cast, offer, ConsultState.ENDED, end_reason=Over.CANCELLED.value)
    assert "consult-over" not in desk_of(cast.alice)


PARTNER = "+14155550177"


def outside(cast: Cast, offer: Offer, state: ConsultState, **values: Any) -> Consult:
    """A partner outside is asked or consulted, and the caller on hold."""
    consult = consult_of(cast, offer, ConsultState.ENDED, **values)
    over = state is ConsultState.ENDED
    talk = Talk.COLLEAGUE.value if state is ConsultState.LIVE and not consult.talk else consult.talk
    consult.colleague, consult.to_number, consult.talk = None, PARTNER, talk
    consult.state, consult.ended_at = state.value, consult.ended_at if over else None
    consult.save()
    return consult


def test_a_number_that_is_typed_can_be_consulted_and_one_that_is_not_called_says_why(
    cast: Cast, offer: Offer
) -> None:
    address = reverse("agents:transfer-targets", args=[offer.pk])
    client = signed_in(cast.alice.user)
    page = client.get(address, {"q": "(415) 555-0177"}).content.decode()
    assert 'aria-label="Consult +1 415 555 0177"' in page
    for words, why in (
        ("911", "Nobody is sent to an emergency number."),
        ("+19005550123", "This number costs extra. Nobody is sent there."),
        ("+33 1 99 00 12 34", "Your organisation does not call this country. It calls: US."),
    ):
        page = client.get(address, {"q": words}).content.decode()
        assert words_of(page, "target-unfit") == why
        assert "consult-number" not in page
        assert post(cast, "alice", "consult-ask-number", offer.pk, number=words) == 409
    assert post(cast, "alice", "consult-ask-number", offer.pk, number="") == 422
    assert not Consult.objects.exists()
    assert post(cast, "alice", "consult-ask-number", offer.pk, number=PARTNER) == 200
    assert Consult.objects.get().to_number == PARTNER
    assert Command.objects.filter(kind="hold").count() == 1


def test_the_desk_says_how_it_is_with_a_number(cast: Cast, offer: Offer) -> None:
    consult = outside(cast, offer, ConsultState.RINGING)
    assert "+1 415 555 0177 is being rung" in words_of(desk_of(cast.alice), "consult-said")
    Consult.objects.filter(pk=consult.pk).update(state="live", talk="together")
    Offer.objects.filter(pk=offer.pk).update(held_at=None)
    page = desk_of(cast.alice)
    assert "You, the caller and +1 415 555 0177 hear each other." in words_of(page, "consult-said")
    assert words_of(page, "consult-cancel") == "Remove +1 415 555 0177"
    assert words_of(page, "consult-colleague") == "Only +1 415 555 0177"
    assert "talk on until both hang up" in page
    # Nobody else's desk shows it.
    assert "consulted" not in desk_of(cast.bob)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (Over.ENGAGED, "+1 415 555 0177 is engaged."),
        (Over.NO_ANSWER, "Nobody answered at +1 415 555 0177."),
        (Over.NOT_REACHED, "+1 415 555 0177 could not be reached."),
        (Over.REFUSED, "The phone network would not ring +1 415 555 0177: error 21219"),
        (Over.COLLEAGUE_LEFT, "+1 415 555 0177 has left."),
    ],
)
def test_why_a_number_is_not_there_is_said_beside_resume(
    cast: Cast, offer: Offer, over: Over, said: str
) -> None:
    problem = {"asked": "dial", "reason": "error 21219"} if over is Over.REFUSED else {}
    outside(cast, offer, ConsultState.ENDED, end_reason=over.value, problem=problem)
    page = desk_of(cast.alice)
    told = words_of(page, "consult-over")
    assert told.startswith(said)
    assert told.endswith("The caller is still on hold and hears music. Press Resume.")
    assert words_of(page, "call-hold") == "Resume"


# --- a queue --------------------------------------------------------------------------------------


def of_sales(cast: Cast, offer: Offer, state: ConsultState, **values: Any) -> Consult:
    """Sales is asked; Bob is who rings for it, where anybody does."""
    consult = consult_of(cast, offer, state, **values)
    consult.queue, consult.rings = cast.sales, 1
    if state in (ConsultState.HOLDING, ConsultState.WAITING):
        consult.colleague, consult.slot = None, None
    consult.save()
    return consult


def test_a_queue_can_be_consulted_from_the_list_where_somebody_else_answers(
    cast: Cast, offer: Offer
) -> None:
    address = reverse("agents:transfer-targets", args=[offer.pk])
    client = signed_in(cast.alice.user)
    page = client.get(address).content.decode()
    assert 'aria-label="Consult Sales"' in page
    assert "1 free" in words_of(page, f"target-queue-{cast.sales.pk}")
    builders.present(cast.bob, Presence.BREAK, "lunch")
    page = client.get(address).content.decode()
    assert 'aria-label="Consult Sales"' not in page
    assert "nobody else to consult" in words_of(page, f"target-queue-{cast.sales.pk}")
    assert post(cast, "alice", "consult-ask-queue", offer.pk, cast.sales.pk) == 409
    assert not Consult.objects.exists()
    builders.present(cast.bob, Presence.AVAILABLE)
    assert post(cast, "alice", "consult-ask-queue", offer.pk, cast.sales.pk) == 200
    assert post(cast, "alice", "consult-ask-queue", offer.pk, cast.sales.pk) == 200
    assert Consult.objects.get().queue == cast.sales
    assert Command.objects.filter(kind="hold").count() == 1


def test_nobody_asks_a_queue_of_another_organisation(cast: Cast, offer: Offer) -> None:
    assert post(cast, "alice", "consult-ask-queue", offer.pk, cast.other_queue.pk) == 404
    assert post(cast, "bob", "consult-ask-queue", offer.pk, cast.sales.pk) == 404
    assert not Consult.objects.exists()


def test_while_nobody_is_free_the_desk_says_that_it_waits_and_since_when(
    cast: Cast, offer: Offer
) -> None:
    asked_at = timezone.now() - timedelta(seconds=75)
    consult = of_sales(cast, offer, ConsultState.WAITING)
    Consult.objects.filter(pk=consult.pk).update(asked_at=asked_at)
    page = desk_of(cast.alice)
    assert words_of(page, "consult-said") == (
        "Waiting until somebody of Sales is free. The caller hears music."
    )
    assert words_of(page, "consult-h") == "Consulting Sales"
    assert "1:15" in words_of(page, "consult")
    assert 'id="consult-cancel"' in page
    for other in ("consult-complete", "consult-together", "call-hold", "call-transfer"):
        assert f'id="{other}"' not in page
    assert "consulted" not in desk_of(cast.bob)
    Consult.objects.filter(pk=consult.pk).update(refused={str(cast.bob.pk): asked_at.isoformat()})
    assert "Nobody of Sales has come yet." in words_of(desk_of(cast.alice), "consult-said")


def test_the_desk_that_rings_says_who_consults_which_queue_about_whom(
    cast: Cast, offer: Offer
) -> None:
    of_sales(cast, offer, ConsultState.RINGING)
    page = desk_of(cast.bob)
    assert "Alice consults Sales about +1 415 555 0142" in page
    assert "If you decline, the next of Sales is asked." in page
    assert "Bob of Sales is being rung." in words_of(desk_of(cast.alice), "consult-said")
    contact = Contact.objects.create(tenant=cast.tenant, name="Anna Keller")
    ContactNumber.objects.create(tenant=cast.tenant, contact=contact, number=offer.call.from_number)
    assert "Alice consults Sales about Anna Keller" in desk_of(cast.bob)


def test_who_is_there_is_said_by_name(cast: Cast, offer: Offer) -> None:
    of_sales(cast, offer, ConsultState.LIVE)
    assert "You are talking with Bob." in words_of(desk_of(cast.alice), "consult-said")
    assert "You are talking with Alice." in words_of(desk_of(cast.bob), "consulted-said")


def test_that_nobody_came_is_said_beside_resume(cast: Cast, offer: Offer) -> None:
    consult = of_sales(cast, offer, ConsultState.ENDED, end_reason=Over.NOBODY_CAME.value)
    Consult.objects.filter(pk=consult.pk).update(colleague=None)
    page = desk_of(cast.alice)
    assert words_of(page, "consult-over") == (
        "Nobody of Sales could answer in 5 minutes. "
        "The caller is still on hold and hears music. Press Resume."
    )
    assert words_of(page, "call-hold") == "Resume"


def test_who_declined_may_press_again_and_answers_for_nobody(cast: Cast, offer: Offer) -> None:
    consult = of_sales(cast, offer, ConsultState.RINGING)
    lease = cast.bob.phone.key
    assert post(cast, "bob", "consult-decline", consult.pk, fence=1) == 200
    assert post(cast, "bob", "consult-decline", consult.pk, fence=1) == 200
    assert post(cast, "bob", "consult-accept", consult.pk, lease=lease, fence=1) == 410
    assert post(cast, "alice", "consult-decline", consult.pk, fence=1) == 404
    consult.refresh_from_db()
    assert (consult.state, consult.colleague) == ("waiting", None)


@pytest.mark.parametrize("who", ["bob", "erin", "carol"])
def test_nobody_asks_for_anything_in_alices_consult_but_alice(
    cast: Cast, offer: Offer, who: str
) -> None:
    consult_of(cast, offer, ConsultState.LIVE)
    for wish in Wish:
        assert post(cast, who, f"consult-{wish.value}", offer.pk) == 404
    assert post(cast, who, "consult-ask", offer.pk, cast.bob.pk) == 404
    assert post(cast, who, "consult-ask-number", offer.pk, number=PARTNER) == 404
    assert not Consult.objects.exclude(wish="").exists()


@pytest.mark.parametrize("who", ["alice", "erin", "carol"])
def test_nobody_answers_for_bob_but_bob(cast: Cast, offer: Offer, who: str) -> None:
    consult = consult_of(cast, offer, ConsultState.RINGING)
    for deed in ("accept", "decline", "joined", "failed", "leave"):
        assert post(cast, who, f"consult-{deed}", consult.pk, lease="x", fence=0) == 404
    consult.refresh_from_db()
    assert consult.state == "ringing"


def test_nobody_of_another_organisation_is_consulted(cast: Cast, offer: Offer) -> None:
    builders.on_duty(cast.erin)
    assert post(cast, "alice", "consult-ask", offer.pk, cast.erin.pk) == 404
    assert not Consult.objects.exists()


def test_nothing_is_done_by_opening_an_address(cast: Cast, offer: Offer) -> None:
    consult_of(cast, offer, ConsultState.LIVE)
    for wish in Wish:
        address = reverse(f"agents:consult-{wish.value}", args=[offer.pk])
        assert signed_in(cast.alice.user).get(address).status_code == 405
