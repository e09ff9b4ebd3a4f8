"""The list of who is blocked: who may, what is said, and the way from a call's page."""

import pytest
from django.test import Client
from django.urls import reverse

from contact_center.models import BlockedCaller, Team, TeamSupervisor
from contact_center.services import blocking
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast
from tests.supervisors.reading import said

pytestmark = pytest.mark.django_db

PAGE = reverse("supervisors:blocked")
CUSTOMER = "+14155550142"


def test_a_supervisor_blocks_and_unblocks(cast: Cast) -> None:
    browser = signed_in(cast.carol)
    sent = {"number": "+1 (415) 555-0142", "reason": "Threats", "days": "7"}
    answer = browser.post(PAGE, sent, follow=True)
    assert "Blocked: calls with this number are refused" in said(answer)
    row = BlockedCaller.objects.get()
    assert (row.number, row.reason, row.blocked_by) == (CUSTOMER, "Threats", cast.carol)
    assert "Carol" in answer.content.decode()
    answer = browser.post(reverse("supervisors:unblock", args=[row.pk]), follow=True)
    assert "this number may call again" in said(answer)
    assert not BlockedCaller.objects.exists()


def test_wrong_input_is_said_where_it_is_wrong(cast: Cast) -> None:
    browser = signed_in(cast.dana)
    for sent, words in (
        ({"number": "", "reason": "x"}, "Write the number."),
        ({"number": "555", "reason": "x"}, "with a plus and its country"),
        ({"number": CUSTOMER, "reason": ""}, "Say why"),
        ({"number": CUSTOMER, "reason": "x", "days": "400"}, "from 1 to 365"),
    ):
        answer = browser.post(PAGE, sent)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert not BlockedCaller.objects.exists()


def test_the_page_of_a_call_leads_here_with_its_number(cast: Cast) -> None:
    call = builders.waiting_call(cast.support, CUSTOMER)
    browser = signed_in(cast.carol)
    page = browser.get(reverse("supervisors:call", args=[call.pk])).content.decode()
    assert f'href="{PAGE}?call={call.pk}"' in page
    assert f'value="{CUSTOMER}"' in browser.get(f"{PAGE}?call={call.pk}").content.decode()
    assert browser.get(f"{PAGE}?call=99999").status_code == 404
    assert browser.get(f"{PAGE}?call=x").status_code == 200


def test_nobody_else_may_see_or_touch_it(cast: Cast) -> None:
    theirs = blocking.block(number=CUSTOMER, reason="Theirs", days=None, actor=cast.erin.user)
    assert Client().get(PAGE).status_code == 302
    team = Team.objects.create(tenant=cast.tenant, name="Some")
    one = signed_in(cast.carol)
    assert CUSTOMER not in one.get(PAGE).content.decode()
    assert one.post(reverse("supervisors:unblock", args=[theirs.pk])).status_code == 404
    TeamSupervisor.objects.create(team=team, user=cast.carol)
    for person in (cast.carol, cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        assert browser.get(PAGE).status_code == 404
        assert browser.post(PAGE, {"number": CUSTOMER, "reason": "x"}).status_code == 404
    assert BlockedCaller.objects.count() == 1
