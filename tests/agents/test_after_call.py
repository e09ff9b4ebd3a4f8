"""What a queue wants to know after a call: asked at the desk, kept as typed."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.form_fields import FieldKind
from contact_center.models import (
    Disposition,
    EventLog,
    Offer,
    OfferState,
    Queue,
    WrapUpAnswer,
    WrapUpField,
)
from contact_center.selectors import access
from contact_center.selectors.after_call import after_call
from contact_center.services import keeping_forms, overruling, timing
from contact_center.services.keeping_forms import Field, Outcome
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


def asks(cast: Cast, *fields: Field, queue: Queue | None = None) -> list[WrapUpField]:
    """Dana lets this be asked in Support, or in another queue."""
    keeping_forms.set_wrap_up_form(queue=queue or cast.support, fields=fields, actor=cast.dana)
    return list(WrapUpField.objects.filter(queue=queue or cast.support))


def wants_an_outcome(cast: Cast) -> Disposition:
    keeping_forms.set_outcomes(
        queue=cast.support,
        outcomes=[Outcome("Part sent", "Repair")],
        required=True,
        actor=cast.dana,
    )
    return Disposition.objects.get(label="Part sent")


def wrapping_up(cast: Cast) -> Offer:
    builders.on_duty(cast.alice)
    return builders.wrapping_up(builders.offer(builders.waiting_call(cast.support), cast.alice))


def post(
    offer: Offer, name: str, values: dict[str, Any], headers: dict[str, str] = HTMX
) -> HttpResponse:
    return signed_in(offer.agent.user).post(
        reverse(f"agents:wrap-up-{name}", args=[offer.pk]), values, headers=headers
    )


def panels(offer: Offer) -> str:
    client = signed_in(offer.agent.user)
    page = client.get(reverse("agents:panels"), headers=HTMX).content.decode()
    return " ".join(page.split())


def events(name: str) -> list[EventLog]:
    return list(EventLog.objects.filter(name=name))


# --- outcomes ------------------------------------------------------------------------------------


def test_alice_does_not_finish_a_call_that_needs_an_outcome_without_one(cast: Cast) -> None:
    sent = wants_an_outcome(cast)
    offer = wrapping_up(cast)
    answer = post(offer, "finish", {"notes": "Sleeve torn."})
    assert answer.status_code == 409
    assert "Before this call is finished, say: Outcome." in answer.content.decode()
    offer.refresh_from_db()
    # What she typed is kept all the same, and the time goes on.
    assert (offer.state, offer.notes) == (OfferState.WRAPPING_UP, "Sleeve torn.")
    assert not events("wrap_up.finished")
    assert post(offer, "finish", {"disposition": sent.pk}).status_code == 200
    offer.refresh_from_db()
    assert (offer.state, offer.disposition, offer.lacking) == (OfferState.ENDED, sent, "")
    assert offer.notes == "Sleeve torn."


def test_a_queue_without_an_outcome_to_choose_keeps_nobody_at_the_desk(cast: Cast) -> None:
    wants_an_outcome(cast)
    Disposition.objects.update(is_active=False)
    offer = wrapping_up(cast)
    assert post(offer, "finish", {"notes": ""}).status_code == 200


def test_the_time_that_runs_out_frees_alice_and_says_what_was_missing(cast: Cast) -> None:
    wants_an_outcome(cast)
    (order,) = asks(cast, Field("Order number", is_required=True))
    offer = wrapping_up(cast)
    timing.set_timer("wrap_up", after_seconds=42, tenant_id=cast.tenant.pk, offer=offer)
    post(offer, "save", {f"answer-{order.pk}": " "}, JSON)
    timing.run_due_timers(timezone.now() + timedelta(seconds=43))
    offer.refresh_from_db()
    assert (offer.state, offer.lacking) == (OfferState.ENDED, "Outcome, Order number")
    (ended,) = events("wrap_up.timed_out")
    assert ended.details["lacking"] == ["Outcome", "Order number"]
    assert "Not said: Outcome, Order number" in panels(offer)
    page = signed_in(cast.carol).get(reverse("supervisors:call", args=[offer.call_id]))
    assert "still missing: Outcome, Order number" in page.content.decode()


def test_outcomes_stand_in_groups_and_many_are_found_by_letters(cast: Cast) -> None:
    rows = [Outcome(f"Repair {n}", "Repair") for n in range(4)]
    rows += [Outcome(f"Money {n}", "Money") for n in range(4)]
    keeping_forms.set_outcomes(queue=cast.support, outcomes=rows, required=True, actor=cast.dana)
    offer = wrapping_up(cast)
    form = after_call(offer)
    # "Solved" is of every queue, and of no group.
    assert [(group, len(found)) for group, found in form.groups] == [
        ("", 1), ("Repair", 4), ("Money", 4),
    ]  # fmt: skip
    page = panels(offer)
    assert "data-find-outcome" in page
    assert 'role="group" aria-label="Money"' in page
    assert "Still to be said: Outcome." in page


def test_an_outcome_is_chosen_during_the_call_and_notes_do_not_take_it_away(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = builders.talking(builders.offer(builders.waiting_call(cast.support), cast.alice))
    solved = Disposition.objects.get(label="Solved")
    assert 'id="call-form"' in panels(offer)
    post(offer, "save", {"disposition": solved.pk}, JSON)
    post(offer, "save", {"notes": "Torn sleeve."}, JSON)
    offer.refresh_from_db()
    assert (offer.disposition, offer.notes) == (solved, "Torn sleeve.")


# --- the form ------------------------------------------------------------------------------------


def test_what_is_typed_is_there_after_a_reload_though_it_says_nothing_yet(cast: Cast) -> None:
    price, text = asks(cast, Field("Price", FieldKind.NUMBER), Field("Order"))
    offer = wrapping_up(cast)
    saved = post(offer, "save", {f"answer-{price.pk}": "12,", f"answer-{text.pk}": "<A & B>"}, JSON)
    assert saved.status_code == 200
    page = panels(offer)
    assert f'id="answer-{offer.pk}-{price.pk}" name="answer-{price.pk}" value="12,"' in page
    assert 'value="&lt;A &amp; B&gt;"' in page
    assert "<A & B>" not in page


def test_answers_are_kept_with_their_type_and_the_question_as_it_was(cast: Cast) -> None:
    fields = asks(
        cast,
        Field("Order"),
        Field("Price", FieldKind.NUMBER),
        Field("Product", FieldKind.CHOICE, ["Tent", "Stove"]),
        Field("Bought", FieldKind.DATE),
        Field("By mail?", FieldKind.CHECK),
    )
    offer = wrapping_up(cast)
    typed = ["A-1", "12,5", "Tent", "2026-11-03", "yes"]
    values = {f"answer-{field.pk}": say for field, say in zip(fields, typed, strict=True)}
    assert post(offer, "finish", {**values, "checks": fields[4].pk}).status_code == 200
    asks(cast, Field("Order number", id=fields[0].pk))  # and the others are asked no more
    answers = list(WrapUpAnswer.objects.values_list("label", "value"))
    assert answers == [
        ("Order", "A-1"), ("Price", 12.5), ("Product", "Tent"), ("Bought", "2026-11-03"),
        ("By mail?", True),
    ]  # fmt: skip
    page = signed_in(cast.carol).get(reverse("supervisors:call", args=[offer.call_id]))
    shown = " ".join(page.content.decode().split())
    assert "<dt>Order</dt><dd>A-1</dd><dt>Price</dt><dd>12,5</dd>" in shown
    assert "<dt>Bought</dt><dd>3 Nov 2026</dd><dt>By mail?</dt><dd>yes</dd>" in shown
    assert "Order number" not in shown


def test_a_box_is_unticked_where_the_form_has_it_and_left_alone_where_not(cast: Cast) -> None:
    (mail,) = asks(cast, Field("By mail?", FieldKind.CHECK))
    offer = wrapping_up(cast)
    post(offer, "save", {"checks": mail.pk, f"answer-{mail.pk}": "yes"}, JSON)
    post(offer, "save", {"notes": "Only notes."}, JSON)
    assert WrapUpAnswer.objects.get().value is True
    post(offer, "save", {"checks": mail.pk}, JSON)
    assert WrapUpAnswer.objects.get().value is None


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        (Field("Price", FieldKind.NUMBER), "a lot", "Write a number like 12 or 12.5"),
        (Field("Bought", FieldKind.DATE), "in May", "Write a date, like 2026-11-29"),
        (Field("Product", FieldKind.CHOICE, ["Tent"]), "Boat", "Choose one from the list"),
        (Field("Order", is_required=True), "", "say: Order."),
        (Field("Agreed", FieldKind.CHECK, is_required=True), "", "say: Agreed."),
    ],
)
def test_finish_says_beside_the_field_what_is_wrong(
    cast: Cast, field: Field, typed: str, sentence: str
) -> None:
    (row,) = asks(cast, field)
    offer = wrapping_up(cast)
    answer = post(offer, "finish", {f"answer-{row.pk}": typed})
    assert answer.status_code == 409
    assert sentence in answer.content.decode()
    offer.refresh_from_db()
    assert offer.state == OfferState.WRAPPING_UP


def test_an_answer_that_is_too_long_is_refused_with_a_sentence(cast: Cast) -> None:
    (order,) = asks(cast, Field("Order"))
    answer = post(wrapping_up(cast), "save", {f"answer-{order.pk}": "x" * 1001}, JSON)
    assert answer.status_code == 409
    assert answer.json()["message"] == "“Order” can have 1000 characters; these are 1001."
    assert not WrapUpAnswer.objects.exists()


def test_fields_of_other_queues_and_organisations_take_no_answer(cast: Cast) -> None:
    theirs = WrapUpField.objects.create(tenant=cast.other_tenant, label="Theirs")
    (sales,) = asks(cast, Field("Budget"), queue=cast.sales)
    offer = wrapping_up(cast)
    values = {f"answer-{theirs.pk}": "x", f"answer-{sales.pk}": "x", "answer-x": "x"}
    assert post(offer, "save", values, JSON).status_code == 200
    assert not WrapUpAnswer.objects.exists()
    page = panels(offer)
    assert "Theirs" not in page
    assert "Budget" not in page


def test_nobody_writes_in_the_form_of_alices_call_but_alice(cast: Cast) -> None:
    (order,) = asks(cast, Field("Order"))
    offer = wrapping_up(cast)
    for person in (cast.bob.user, cast.erin.user, cast.dave, cast.carol):
        for name in ("save", "finish"):
            address = reverse(f"agents:wrap-up-{name}", args=[offer.pk])
            assert signed_in(person).post(address, {f"answer-{order.pk}": "x"}).status_code == 404
    assert not WrapUpAnswer.objects.exists()
    assert access.own_offer(cast.alice, offer.pk) == offer


def test_a_supervisor_who_ends_a_wrap_up_needs_no_outcome_and_the_call_says_so(cast: Cast) -> None:
    wants_an_outcome(cast)
    offer = wrapping_up(cast)
    overruling.end_wrap_up(offer=offer, why="The line is long.", actor=cast.carol)
    offer.refresh_from_db()
    assert (offer.state, offer.lacking) == (OfferState.ENDED, "Outcome")
