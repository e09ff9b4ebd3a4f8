"""``/metrics``: what Prometheus reads. The library is loaded only where it is used."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center.conf import current


@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with everything in Prometheus' text format; 404 unless that is where metrics go."""
    monitoring = current().monitoring
    if not monitoring.enable_metrics or monitoring.metrics_backend != "prometheus":
        raise Http404
    from contact_center.metrics import scraping

    return HttpResponse(
        scraping.everything(monitoring.statsd_prefix), content_type=scraping.CONTENT_TYPE
    )
