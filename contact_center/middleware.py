"""What every HTTP answer carries, and who is really asking."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from contact_center.languages import language_of
from contact_center.models import User

#: Pages that everybody has, beside those of the desk, in one's own language.
_OF_EVERYBODY = ("home", "password")


class LanguageMiddleware:
    """Speak to whoever has signed in as they chose, at the desk; English on every other page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Have the language hold for this request alone."""
        before = translation.get_language()
        try:
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "")
            return response
        finally:
            translation.activate(before or settings.LANGUAGE_CODE)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Find out for whom the page is, and whose it is."""
        match = request.resolver_match
        if match is None:
            return
        if {"supervisors", "admin"} & set(match.app_names):
            translation.activate(settings.LANGUAGE_CODE)
            return
        is_for_them = "agents" in match.app_names or match.url_name in _OF_EVERYBODY
        if is_for_them and isinstance(request.user, User):
            translation.activate(language_of(request.user))


class PermissionsPolicyMiddleware:
    """Say which browser features our pages may use: the microphone and the choice of speaker."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the Permissions-Policy header unless the view has set its own."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response


def client_address(request: HttpRequest) -> str:
    """Return the address of whoever asks, for sign-in throttling.

    Behind a proxy (`BEHIND_PROXY`) it is the last entry of X-Forwarded-For, the one our own proxy
    wrote; entries before it are whatever the client liked to claim.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.BEHIND_PROXY:
        return peer
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return forwarded or peer
