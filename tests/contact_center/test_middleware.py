"""What every answer carries, and whose address counts."""

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.utils.module_loading import import_string

from contact_center.middleware import PermissionsPolicyMiddleware, client_address


def answered(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("well")


def test_every_answer_allows_the_microphone_and_no_camera() -> None:
    response = PermissionsPolicyMiddleware(answered)(RequestFactory().get("/"))
    policy = response.headers["Permissions-Policy"]
    assert "microphone=(self)" in policy
    assert "camera=()" in policy


def test_a_view_may_allow_less() -> None:
    def strict(request: HttpRequest) -> HttpResponse:
        response = answered(request)
        response.headers["Permissions-Policy"] = "microphone=()"
        return response

    response = PermissionsPolicyMiddleware(strict)(RequestFactory().get("/"))
    assert response.headers["Permissions-Policy"] == "microphone=()"


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "counts"),
    [
        (False, "", "203.0.113.9"),
        (False, "198.51.100.1", "203.0.113.9"),
        (True, "198.51.100.1", "198.51.100.1"),
        (True, "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        (True, "", "203.0.113.9"),
    ],
)
def test_nobody_can_pretend_to_ask_from_elsewhere(
    behind_proxy: bool, forwarded: str, counts: str
) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")
    if forwarded:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    with override_settings(BEHIND_PROXY=behind_proxy):
        assert client_address(request) == counts


def test_a_page_is_not_handed_from_thread_to_thread_by_each_middleware() -> None:
    """Django adapts what stands around a middleware that speaks no async to do without it, too."""
    innermost = import_string(settings.MIDDLEWARE[-1])
    assert not getattr(innermost, "async_capable", False)
