"""The phone network is answered without what browsers need, and browsers are not."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from contact_center.webhooks.middleware import PhoneNetworkMiddleware
from tests.contact_center.webhooks.wire import PATHS, STRANGER, Wire, verbs

pytestmark = pytest.mark.django_db


def pages(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page")


@pytest.mark.parametrize("path", PATHS)
def test_no_webhook_comes_to_what_stands_below(path: str) -> None:
    request = RequestFactory().post(path)
    answer = PhoneNetworkMiddleware(pages)(request)
    # Nobody signed it, and the view itself said so.
    assert answer.status_code == 403
    assert request.resolver_match is not None
    assert request.resolver_match.view_name


@pytest.mark.parametrize("path", ["/", "/agents/", "/webhooks/", "/webhooks/voice/nowhere/"])
def test_everything_else_does(path: str) -> None:
    answer = PhoneNetworkMiddleware(pages)(RequestFactory().get(path))
    assert isinstance(answer, HttpResponse)
    assert answer.content == b"a page"


def test_a_caller_is_answered_and_no_browser_is_set_up(cast: object, wire: Wire) -> None:
    answer = wire.say("/webhooks/voice/", CallSid=STRANGER, From="+1", To="+14155550100")
    assert verbs(answer) == ["Gather"]
    assert not answer.cookies
    assert "Content-Security-Policy" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_page_keeps_its_policies() -> None:
    page = Client().get("/sign-in/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "microphone=(self)" in page.headers["Permissions-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"


def test_a_webhook_that_is_only_looked_at_is_refused() -> None:
    assert Client().get("/webhooks/status/").status_code == 405
