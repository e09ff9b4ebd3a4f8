"""What every HTTP answer carries, and who is really asking."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


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
