"""The site with two views more: what a webhook is measured against.

Both write one row and commit. The bare view goes through the site's middleware, as any view of
Django does; the straight one goes past what serves browsers, as our webhooks do.
"""

from collections.abc import Callable

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from tests.benchmarks.load import STRAIGHT, TABLE


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    """Insert one row, commit, answer."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (body) VALUES (%s)", [request.POST.get("CallSid")])
    return HttpResponse("<Response/>", content_type="text/xml")


class Straight:
    """Answers at STRAIGHT where the webhooks' own middleware stands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer like the bare view, or pass the request on."""
        return bare(request) if request.path_info == STRAIGHT else self.get_response(request)


urlpatterns = [path("bare/", bare), path("", include("contact_center.webhooks.urls"))]
