"""What can be set up, and where."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center.models import Calendar, Queue, Skill
from contact_center.selectors import access


@require_GET
@never_cache
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Every section, with what there is in it."""
    admin = access.administrator(request.user)
    shown = {
        "queues": Queue.objects.filter(tenant=admin.tenant).count(),
        "calendars": Calendar.objects.filter(tenant=admin.tenant).count(),
        "skills": Skill.objects.filter(tenant=admin.tenant).count(),
    }
    return render(request, "supervisors/set_up/index.html", shown)
