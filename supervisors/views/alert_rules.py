"""From where on people are told, and by what: supervisors read it, an admin sets it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contact_center.conf import current
from contact_center.domain.alerting import WATCHES, AlertKind
from contact_center.errors import NotAllowed
from contact_center.models import Agent, AlertRule, Queue, Role, Team
from contact_center.selectors import access, alerts
from contact_center.services import alerting, telling
from supervisors.alert_forms import RuleForm


@require_GET
@never_cache
@login_required
def rules(request: HttpRequest) -> HttpResponse:
    """Every kind of alert, what holds, and where messages go."""
    return _show(request)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def rule(request: HttpRequest, kind: str) -> HttpResponse:
    """Say from where on a kind is too much: for everybody, or for the subject that is named."""
    admin = access.administrator(request.user)
    tenant = access.supervised_tenant(admin)
    if kind not in set(AlertKind):
        raise Http404
    watched = AlertKind(kind)
    subject = alerts.exception_subject(tenant, watched, request.GET.dict())
    about: dict[str, Any] = {
        "queue": subject if isinstance(subject, Queue) else None,
        "agent": subject if isinstance(subject, Agent) else None,
        "team": subject if isinstance(subject, Team) else None,
    }
    row = AlertRule.objects.filter(tenant=tenant, kind=watched, **about).first()
    above = alerts.holds_above(tenant, watched, subject) if subject is not None else None
    written = request.POST if request.method == "POST" else None
    form = RuleForm(written, kind=watched, row=row, above=above)
    if form.is_valid():
        alerting.set_rule(kind=watched, said=form.said(), actor=admin, **about)
        messages.success(request, _("Saved. It holds from now on."))
        return redirect("supervisors:alert-rules")
    return render(
        request,
        "supervisors/alerts/rule.html",
        {
            "form": form,
            "kind": watched,
            "subject": subject,
            "subjects": [] if subject else alerts.subjects(tenant, WATCHES[watched].about),
            "teams": [] if subject else alerts.teams(tenant, WATCHES[watched].about),
            "about": WATCHES[watched].about,
            "is_fault": WATCHES[watched].is_fault and not current().general.alert_on_error,
        },
        status=422 if form.is_bound else 200,
    )


@require_POST
@login_required
def add_webhook(request: HttpRequest) -> HttpResponse:
    """Have an address told."""
    admin = access.administrator(request.user)
    url = request.POST.get("url", "")
    try:
        telling.add_webhook(url=url, actor=admin)
    except NotAllowed as refusal:
        return _show(request, url=url, problem=str(refusal), status=422)
    messages.success(request, _("It is told of alerts from now on."))
    return redirect("supervisors:alert-rules")


@require_POST
@login_required
def webhook(request: HttpRequest, webhook_id: int, deed: str) -> HttpResponse:
    """Stop telling an address, begin again, or forget it."""
    admin = access.administrator(request.user)
    try:
        match deed:
            case "start" | "stop":
                telling.switch_webhook(webhook_id=webhook_id, is_on=deed == "start", actor=admin)
            case "remove":
                telling.remove_webhook(webhook_id=webhook_id, actor=admin)
            case _:
                raise Http404
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    return redirect("supervisors:alert-rules")


def _show(
    request: HttpRequest, *, url: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    tenant = access.supervised_tenant(request.user)
    return render(
        request,
        "supervisors/alerts/rules.html",
        {
            "kinds": alerts.alert_rules(access.scope_of(request.user)),
            "webhooks": alerts.webhooks(tenant),
            "people": alerts.people_told(tenant),
            "hosts": settings.ALERT_WEBHOOK_HOSTS + settings.ALERT_WEBHOOK_LOCAL_HOSTS,
            "mail_is_kept": not settings.EMAIL_HOST,
            "faults_told": current().general.alert_on_error,
            "may_set_up": getattr(request.user, "role", "") == Role.ADMIN,
            "url": url,
            "problem": problem,
        },
        status=status,
    )
