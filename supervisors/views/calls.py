"""One call: the facts, and its story in order."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center.selectors import access, stories


@require_GET
@never_cache
@login_required
def call(request: HttpRequest, call_id: int) -> HttpResponse:
    """Show how a call went, who ended it and why. Another organisation's call is a 404."""
    tenant = access.supervised_tenant(request.user)
    told = stories.call_of(tenant, call_id)
    return render(request, "supervisors/call.html", stories.story(told))
