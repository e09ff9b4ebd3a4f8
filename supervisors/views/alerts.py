"""Alerts: what is wrong now, what was, who takes care of it, and who was told."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from contact_center.models import Role, User
from contact_center.panels import draw, paint_all
from contact_center.selectors import access
from contact_center.selectors import alerts as selector
from contact_center.services import alerting
from supervisors.doors import answered, for_supervisors, painted


@require_GET
@never_cache
@login_required
def alerts(request: HttpRequest) -> HttpResponse:
    """The open alerts, live, and those that are over, as the address narrows them."""
    scope = access.scope_of(request.user)
    shown = selector.alert_history(scope, request.GET.dict())
    shown["open_alerts"] = draw(selector.PAGE_PANELS["alert-list"], scope)
    shown["may_set_up"] = getattr(request.user, "role", "") == Role.ADMIN
    return render(request, "supervisors/alerts/alerts.html", shown)


@require_GET
@never_cache
@login_required
def panels(request: HttpRequest) -> HttpResponse:
    """The live panels of the page: what it asks for while its socket is down."""
    scope = access.scope_of(request.user)
    return painted(paint_all(selector.PAGE_PANELS, scope))


@require_GET
@never_cache
@login_required
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone: what a page without a socket of its own asks for."""
    scope = access.scope_of(request.user)
    return HttpResponse(draw(selector.ALERT_PANELS[selector.BELL], scope))


@require_GET
@never_cache
@login_required
def alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """One alert, and every message about it. Another organisation's is a 404."""
    shown = access.supervised_alert(request.user, alert_id)
    return render(
        request,
        "supervisors/alerts/alert.html",
        {
            "alert": shown,
            "told": selector.messages_of(shown),
            "snoozes": alerting.SNOOZES,
            "as_of": timezone.now(),
        },
    )


@require_POST
@for_supervisors
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Say that one takes care of it."""
    alerting.acknowledge(alert_id=alert_id, actor=_supervisor(request, alert_id))
    return answered()


@require_POST
@for_supervisors
def snooze(request: HttpRequest, alert_id: int, minutes: int) -> HttpResponse:
    """Let it be quiet for a while; 0 minutes take that back."""
    alerting.snooze(alert_id=alert_id, minutes=minutes, actor=_supervisor(request, alert_id))
    return answered()


def _supervisor(request: HttpRequest, alert_id: int) -> User:
    supervisor = access.supervisor(request.user)
    access.supervised_alert(supervisor, alert_id)
    return supervisor


@require_GET
@never_cache
@login_required
def mail(request: HttpRequest) -> HttpResponse:
    """The e-mail that was kept because no mail server is set up; it is about all teams."""
    tenant = access.supervised_tenant(access.overseer(request.user))
    return render(
        request,
        "supervisors/alerts/mail.html",
        {"page": selector.kept_mail(tenant, request.GET.get("page", "")), "as_of": timezone.now()},
    )
