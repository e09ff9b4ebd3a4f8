"""The pages an agent sees."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agents import forms
from agents.doors import for_agents, painted
from contact_center.models import Agent
from contact_center.selectors import desk as selectors


@require_safe
@for_agents
def desk(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The desk itself."""
    return render(request, "agents/desk.html")


@require_safe
@for_agents
def panels(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Every panel as it is now: what the page asks every few seconds while its socket is down."""
    return painted(agent)


@require_safe
@for_agents
def calls(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The calls that came to this agent, newest first; of one caller when a number is given."""
    form = forms.CallsFilter(request.GET)
    number = form.cleaned_data["number"] if form.is_valid() else ""
    context = selectors.calls_page(agent, number) | {"form": form}
    return render(request, "agents/calls.html", context, status=200 if form.is_valid() else 422)
