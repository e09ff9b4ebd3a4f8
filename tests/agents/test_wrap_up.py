"""Notes and outcome: saved as typed, checked, and closed when the agent is done."""

import pytest
from django.http import HttpResponse
from django.urls import reverse

from contact_center.domain.states import Activity
from contact_center.models import Disposition, Offer, OfferState
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast

pytestmark = pytest.mark.once

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


def post(offer: Offer, name: str, headers: dict[str, str] = HTMX, **values: object) -> HttpResponse:
    return signed_in(offer.agent.user).post(
        reverse(f"agents:wrap-up-{name}", args=[offer.pk]), values, headers=headers
    )


def wrapping_up(cast: Cast) -> Offer:
    builders.on_duty(cast.alice)
    return builders.wrapping_up(builders.offer(builders.waiting_call(cast.support), cast.alice))


def test_notes_are_kept_as_they_are_typed_during_the_call_already(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = builders.talking(builders.offer(builders.waiting_call(cast.support), cast.alice))
    answer = post(offer, "save", JSON, notes="  Sleeve\ntorn.  ")
    assert answer.status_code == 200
    assert answer.json()["saved"].count(":") == 2
    offer.refresh_from_db()
    assert offer.notes.strip() == "Sleeve\ntorn."


def test_an_outcome_is_kept_with_them(cast: Cast) -> None:
    offer = wrapping_up(cast)
    solved = Disposition.objects.get(label="Solved")
    post(offer, "save", JSON, notes="", disposition=solved.pk)
    offer.refresh_from_db()
    assert offer.disposition == solved


@pytest.mark.parametrize("name", ["save", "finish"])
@pytest.mark.parametrize("disposition", ["x", "999999", "-1", "9" * 30])
def test_an_outcome_that_is_not_in_the_list_is_refused_and_nothing_is_written(
    cast: Cast, name: str, disposition: str
) -> None:
    offer = wrapping_up(cast)
    answer = post(offer, name, notes="Sleeve torn.", disposition=disposition)
    assert answer.status_code == 422
    assert "That outcome is not in the list any more." in answer.content.decode()
    offer.refresh_from_db()
    assert (offer.notes, offer.state) == ("", OfferState.WRAPPING_UP)


def test_the_outcomes_of_other_queues_and_other_people_are_not_in_the_list(cast: Cast) -> None:
    offer = wrapping_up(cast)
    for stranger in (
        Disposition.objects.create(tenant=cast.other_tenant, label="Theirs"),
        Disposition.objects.create(tenant=cast.tenant, label="Ordered", queue=cast.sales),
        Disposition.objects.create(tenant=cast.tenant, label="Fax", is_active=False),
    ):
        assert post(offer, "save", JSON, disposition=stranger.pk).status_code == 422
    offer.refresh_from_db()
    assert offer.disposition is None


@pytest.mark.parametrize("name", ["save", "finish"])
def test_notes_that_are_too_long_say_by_how_much_and_keep_the_old_ones(
    cast: Cast, name: str
) -> None:
    offer = wrapping_up(cast)
    post(offer, "save", JSON, notes="Before.")
    answer = post(offer, name, notes="x" * 10_001)
    assert answer.status_code == 422
    assert "10000 characters; these have 10001" in answer.content.decode()
    offer.refresh_from_db()
    assert (offer.notes, offer.state) == ("Before.", OfferState.WRAPPING_UP)


def test_notes_of_exactly_the_allowed_length_are_kept(cast: Cast) -> None:
    offer = wrapping_up(cast)
    assert post(offer, "save", JSON, notes="x" * 10_000).status_code == 200


def test_a_nul_in_the_notes_is_refused_with_a_sentence(cast: Cast) -> None:
    offer = wrapping_up(cast)
    answer = post(offer, "save", JSON, notes="a\x00b")
    assert answer.status_code == 422
    assert answer.json()["message"]


def test_finish_saves_what_stands_there_and_makes_alice_free(cast: Cast) -> None:
    offer = wrapping_up(cast)
    page = post(offer, "finish", notes="New tent sent.")
    assert "Ready for calls" in page.content.decode()
    offer.refresh_from_db()
    assert (offer.notes, offer.state) == ("New tent sent.", OfferState.ENDED)
    assert cast.alice.slots.get().activity == Activity.IDLE


def test_a_second_finish_does_nothing_and_does_not_complain(cast: Cast) -> None:
    offer = wrapping_up(cast)
    post(offer, "finish", notes="First.")
    again = post(offer, "finish", notes="Second.")
    assert again.status_code == 200
    offer.refresh_from_db()
    assert offer.notes == "First."


def test_a_call_that_is_still_on_cannot_be_finished_and_nothing_is_half_saved(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = builders.talking(builders.offer(builders.waiting_call(cast.support), cast.alice))
    answer = post(offer, "finish", notes="Too early.")
    assert answer.status_code == 409
    assert "The call is not over yet." in answer.content.decode()
    offer.refresh_from_db()
    assert offer.notes == ""


def test_more_time_is_given_as_often_as_the_queue_allows(cast: Cast) -> None:
    cast.support.wrap_up_extensions = 1
    cast.support.save()
    offer = wrapping_up(cast)
    before = offer.wrap_up_until
    assert post(offer, "extend").status_code == 200
    offer.refresh_from_db()
    assert before is not None
    assert offer.wrap_up_until is not None
    assert offer.wrap_up_until > before
    refused = post(offer, "extend")
    assert refused.status_code == 409
    assert "as often as the queue allows" in refused.content.decode()


def test_notes_of_a_call_that_is_wrapped_up_cannot_be_changed_here(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = builders.handled(builders.offer(builders.waiting_call(cast.support), cast.alice))
    answer = post(offer, "save", JSON, notes="Later thought.")
    assert answer.status_code == 409
    offer.refresh_from_db()
    assert offer.notes == ""
