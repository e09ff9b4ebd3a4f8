"""The site with one view more: what a webhook is measured against.

The bare view goes through the same server and the same middleware, writes one row and commits.
"""

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from tests.benchmarks.load import TABLE


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    """Insert one row, commit, answer."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (body) VALUES (%s)", [request.POST.get("CallSid")])
    return HttpResponse("<Response/>", content_type="text/xml")


urlpatterns = [path("bare/", bare), path("", include("contact_center.webhooks.urls"))]
