"""Set-up of breaks: who may, what is said to wrong input, and what is written."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contact_center.domain.breaks import AfterBreak
from contact_center.errors import NotAllowed
from contact_center.models import BreakRule, EventLog
from contact_center.services import keeping_breaks
from contact_center.services.presence import break_reasons
from tests.builders import signed_in
from tests.cast import Cast
from tests.supervisors.reading import said

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE = reverse("supervisors:set-up:breaks")


def sent(**changed: Any) -> dict[str, Any]:
    """What the form sends: nothing said of any break but what is named."""
    data: dict[str, Any] = {}
    for code in break_reasons():
        data |= {f"minutes_{code}": "", f"after_{code}": "remind"}
    return data | changed


def post(cast: Cast, **changed: Any) -> Any:
    return signed_in(cast.dana).post(PAGE, sent(**changed), follow=True)


def rules() -> dict[str, tuple[int, str]]:
    return {row.code: (row.most_minutes, row.after) for row in BreakRule.objects.all()}


def test_an_admin_says_how_long_breaks_last_and_nobody_else_may_see_or_touch_it(
    cast: Cast,
) -> None:
    assert signed_in(cast.dana).get(PAGE).status_code == 200
    for ask in (Client().get, Client().post):
        assert ask(PAGE).headers["Location"].startswith(reverse("sign-in"))
    for person in (cast.carol, cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        assert browser.get(PAGE).status_code == 404
        assert browser.post(PAGE, sent(minutes_lunch=30)).status_code == 404
    assert rules() == {}


def test_a_rule_is_made_changed_and_removed(cast: Cast) -> None:
    BreakRule.objects.create(tenant=cast.other_tenant, code="lunch", most_minutes=99)
    answer = post(cast, minutes_lunch=30, after_lunch="return", minutes_short=5)
    assert "Saved: 2 types of breaks were changed." in said(answer)
    BreakRule.objects.get(tenant=cast.other_tenant, most_minutes=99)
    BreakRule.objects.filter(tenant=cast.other_tenant).delete()
    assert rules() == {"lunch": (30, "return"), "short": (5, "remind")}
    assert 'value="30"' in answer.content.decode()
    again = post(cast, minutes_lunch=30, after_lunch="return", minutes_short=5)
    assert "It was so already." in said(again)
    assert "Saved: 1 type of break was changed." in said(
        post(cast, minutes_lunch=45, after_lunch="return", minutes_short=5)
    )
    post(cast, minutes_short=5)
    assert rules() == {"short": (5, "remind")}
    log = EventLog.objects.filter(name="break_rule.changed").order_by("pk")
    told = [(row.details["code"], row.details["minutes"]) for row in log]
    assert sorted(told[:2]) == [("lunch", 30), ("short", 5)]
    assert told[2:] == [("lunch", 45), ("lunch", None)]
    assert {row.actor_id for row in log} == {cast.dana.pk}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"minutes_lunch": "0"}, "Write a whole number from 1 to 720."),
        ({"minutes_lunch": "721"}, "Write a whole number from 1 to 720."),
        ({"minutes_lunch": "long"}, "Write a whole number from 1 to 720."),
        ({"minutes_lunch": "9" * 30}, "Write a whole number from 1 to 720."),
        ({"after_lunch": "sack"}, "Choose one from the list."),
        ({"after_lunch": ""}, "Choose one from the list."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    cast: Cast, wrong: dict[str, str], sentence: str
) -> None:
    answer = post(cast, **{"minutes_lunch": "30"} | wrong | {"minutes_short": "5"})
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert answer.content.decode().count('aria-invalid="true"') == 1
    assert rules() == {}


def test_a_type_that_is_not_offered_any_more_is_shown_and_may_be_removed(cast: Cast) -> None:
    BreakRule.objects.create(tenant=cast.tenant, code="yoga", most_minutes=20, after="remind")
    assert "yoga not offered any more" in said(signed_in(cast.dana).get(PAGE))
    assert "yoga" not in said(post(cast, minutes_yoga="", after_yoga="remind"))
    assert rules() == {}
    rule = keeping_breaks.Rule(most_minutes=20, after=AfterBreak.REMIND)
    with pytest.raises(NotAllowed, match="not offered any more"):
        keeping_breaks.set_rules(rules={"yoga": rule}, actor=cast.dana)
