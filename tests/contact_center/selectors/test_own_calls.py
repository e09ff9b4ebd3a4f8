"""An agent's own calls: what each search finds, and what it must not."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from contact_center.domain.line import Kind
from contact_center.models import Call, Offer, OfferOutcome, User
from contact_center.selectors.own_calls import PER_PAGE, CameTo, Sought, own_calls
from contact_center.services.keeping_contacts import write_contact
from tests import builders
from tests.cast import Cast

pytestmark = pytest.mark.django_db

MAREN, OTTO = "+14155550142", "+14155550199"


def a_call(cast: Cast, number: str, outcome: OfferOutcome = OfferOutcome.HANDLED) -> Offer:
    offered = builders.offer(builders.waiting_call(cast.support, number), cast.alice)
    if outcome is OfferOutcome.HANDLED:
        return builders.handled(offered)
    return builders.over(offered, outcome)


def found(cast: Cast, sought: Sought) -> list[Offer]:
    return [row.offer for row in own_calls(cast.alice, sought)["rows"]]


def known(owner: User, name: str, number: str, *, is_shared: bool, company: str = "") -> None:
    write_contact(
        contact=None, name=name, company=company, email="", notes="", tags=(),
        numbers=[(number, "")], actor=owner, is_shared=is_shared,
    )  # fmt: skip


def test_it_lists_what_is_over_the_newest_first_and_nobody_elses(cast: Cast) -> None:
    older, newer = a_call(cast, MAREN), a_call(cast, OTTO)
    builders.handled(builders.offer(builders.waiting_call(cast.sales), cast.bob))
    builders.talking(builders.offer(builders.waiting_call(cast.sales), cast.alice))
    assert found(cast, Sought()) == [newer, older]


@pytest.mark.parametrize("who", ["+14155550142", "(415) 555-0142", "0142", "555 0142"])
def test_any_part_of_a_number_finds_it_however_it_is_written(cast: Cast, who: str) -> None:
    wanted = a_call(cast, MAREN)
    a_call(cast, OTTO)
    assert found(cast, Sought(who=who)) == [wanted]


@pytest.mark.parametrize("who", ["maren", "Voss", "voss maren", "North"])
def test_a_name_or_a_company_finds_the_calls_of_whoever_has_it(cast: Cast, who: str) -> None:
    known(cast.bob.user, "Maren Voss", MAREN, is_shared=True, company="Northwind")
    wanted = a_call(cast, MAREN)
    a_call(cast, OTTO)
    assert found(cast, Sought(who=who)) == [wanted]


def test_what_only_a_colleague_or_another_organisation_knows_is_neither_found_nor_named(
    cast: Cast,
) -> None:
    known(cast.bob.user, "Secret Bob", MAREN, is_shared=False)
    known(cast.erin.user, "Secret Erin", MAREN, is_shared=True)
    a_call(cast, MAREN)
    assert found(cast, Sought(who="secret")) == []
    assert [row.name for row in own_calls(cast.alice, Sought())["rows"]] == [""]


def test_ones_own_name_for_somebody_goes_before_everybodys(cast: Cast) -> None:
    known(cast.bob.user, "Ms Voss", MAREN, is_shared=True)
    known(cast.alice.user, "Maren", MAREN, is_shared=False)
    a_call(cast, MAREN)
    assert [row.name for row in own_calls(cast.alice, Sought())["rows"]] == ["Maren"]


@pytest.mark.parametrize("kind", list(Kind))
def test_who_called_whom_is_told_apart(cast: Cast, kind: Kind) -> None:
    made = {one: a_call(cast, MAREN) for one in Kind}
    for one, offer in made.items():
        Call.objects.filter(pk=offer.call_id).update(kind=one)
    assert found(cast, Sought(kind=kind)) == [made[kind]]


def test_every_outcome_is_found_by_one_word_and_one_only(cast: Cast) -> None:
    made = {outcome: a_call(cast, MAREN, outcome) for outcome in OfferOutcome}
    by_word = {word: found(cast, Sought(came_to=word)) for word in CameTo}
    assert by_word[CameTo.MISSED] == [made[OfferOutcome.TIMED_OUT]]
    assert by_word[CameTo.DECLINED] == [made[OfferOutcome.DECLINED]]
    assert by_word[CameTo.NOT_REACHED] == [made[OfferOutcome.NOT_REACHED]]
    every = [offer.pk for offers in by_word.values() for offer in offers]
    assert sorted(every) == sorted(offer.pk for offer in made.values())


def test_days_are_whole_days_of_the_sites_time_zone(cast: Cast) -> None:
    day = date(2026, 3, 2)
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    moments = {
        "before": midnight - timedelta(seconds=1),
        "first": midnight,
        "last": midnight + timedelta(hours=23, minutes=59, seconds=59),
        "after": midnight + timedelta(days=1),
    }
    made = {name: a_call(cast, MAREN) for name in moments}
    for name, offer in made.items():
        Offer.objects.filter(pk=offer.pk).update(offered_at=moments[name])
    assert found(cast, Sought(since=day, until=day)) == [made["last"], made["first"]]
    assert found(cast, Sought(since=day)) == [made["after"], made["last"], made["first"]]
    assert found(cast, Sought(until=day)) == [made["last"], made["first"], made["before"]]


def test_a_long_history_comes_page_by_page(cast: Cast) -> None:
    oldest = a_call(cast, OTTO)
    for _ in range(PER_PAGE):
        a_call(cast, MAREN)
    first = own_calls(cast.alice, Sought())
    assert len(first["rows"]) == PER_PAGE
    assert oldest not in [row.offer for row in first["rows"]]
    assert [row.offer for row in own_calls(cast.alice, Sought(), "2")["rows"]] == [oldest]
