"""Set-up of calls that agents make: who may, what is said to wrong input, and what is written."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contact_center.errors import NotAllowed
from contact_center.models import EventLog, PhoneNumber, Tenant
from contact_center.services import keeping_calling_out
from tests.builders import signed_in
from tests.cast import Cast
from tests.supervisors.reading import said

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE = reverse("supervisors:set-up:calling-out")


def post(cast: Cast, countries: str, *numbers: PhoneNumber) -> Any:
    data = {"countries": countries, "shown": [str(number.pk) for number in numbers]}
    return signed_in(cast.dana).post(PAGE, data, follow=True)


def allowed(cast: Cast) -> list[str]:
    return list(Tenant.objects.get(pk=cast.tenant.pk).calls_to)


def test_an_admin_sets_it_up_and_nobody_else_may_see_or_touch_it(cast: Cast) -> None:
    assert signed_in(cast.dana).get(PAGE).status_code == 200
    for ask in (Client().get, Client().post):
        assert ask(PAGE).headers["Location"].startswith(reverse("sign-in"))
    for person in (cast.carol, cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        assert browser.get(PAGE).status_code == 404
        assert browser.post(PAGE, {"countries": "DE"}).status_code == 404
    assert allowed(cast) == []


def test_countries_and_numbers_are_kept(cast: Cast) -> None:
    assert "Now: US." in said(signed_in(cast.dana).get(PAGE))
    answer = post(cast, "us, de  gb", cast.sales_number)
    assert "It holds from the next call on." in said(answer)
    assert allowed(cast) == ["DE", "GB", "US"]
    shown = PhoneNumber.objects.filter(tenant=cast.tenant, may_be_shown=True)
    assert list(shown) == [cast.sales_number]
    assert EventLog.objects.filter(name="calling_out.changed", actor_id=cast.dana.pk).count() == 1
    assert "It was so already." in said(post(cast, "DE GB US", cast.sales_number))
    assert EventLog.objects.filter(name="calling_out.changed").count() == 1
    post(cast, "", cast.sales_number)
    assert allowed(cast) == []


def test_what_is_no_country_is_named_and_nothing_is_written(cast: Cast) -> None:
    answer = post(cast, "US Germany", cast.sales_number)
    assert answer.status_code == 422
    assert "There is no country GERMANY." in said(answer)
    assert allowed(cast) == []
    assert PhoneNumber.objects.filter(tenant=cast.tenant, may_be_shown=False).count() == 0
    with pytest.raises(NotAllowed, match="no country XX"):
        keeping_calling_out.set_rules(countries=["XX"], shown=[], actor=cast.dana)


def test_a_number_of_somebody_else_cannot_be_chosen(cast: Cast) -> None:
    theirs = PhoneNumber.objects.create(tenant=cast.other_tenant, e164="+14155550190")
    assert post(cast, "", theirs).status_code == 422
