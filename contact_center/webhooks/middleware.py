"""The phone network's requests go straight to their views.

What stands below this in ``MIDDLEWARE`` serves browsers: sessions, languages, forms, people, and
policies for pages. The network has none of them, and it asks thousands of times a minute; what it
needs (who may speak, how large, how long) is in requests.py, around every view.
"""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, get_resolver

from contact_center import metrics
from contact_center.metrics.declared import WEBHOOKS
from contact_center.webhooks.requests import Apology


class PhoneNetworkMiddleware:
    """Answer what webhooks/urls.py has an address for; pass on everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the view's answer, or that of whoever stands below."""
        try:
            match = get_resolver("contact_center.webhooks.urls").resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.resolver_match = match
        response = cast("HttpResponseBase", match.func(request, *match.args, **match.kwargs))
        metrics.count(WEBHOOKS, match.url_name or "", _result(response))
        return response


def _result(response: HttpResponseBase) -> str:
    if isinstance(response, Apology):
        return "trouble"
    if response.status_code < 400:
        return "ok"
    return "refused" if response.status_code < 500 else "failed"
