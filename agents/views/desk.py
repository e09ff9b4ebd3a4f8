"""The pages an agent sees."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agents import forms
from agents.doors import for_agents, painted
from contact_center.models import Agent
from contact_center.selectors import calling_out
from contact_center.selectors.own_calls import own_calls


@require_safe
@for_agents
def desk(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The desk itself, with the dial pad filled in where a link asks for it; nothing is dialled."""
    pad = calling_out.dial_pad(agent, request.GET.get("dial", ""))
    return render(request, "agents/desk.html", {"pad": pad})


@require_safe
@for_agents
def panels(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Every panel as it is now: what the page asks every few seconds while its socket is down."""
    return painted(agent)


@require_safe
@for_agents
def calls(request: HttpRequest, agent: Agent) -> HttpResponse:
    """This agent's own calls, newest first, as the address narrows them."""
    form = forms.CallsFilter(request.GET)
    context = own_calls(agent, form.sought(), request.GET.get("page", "")) | {"form": form}
    return render(request, "agents/calls.html", context, status=200 if form.is_valid() else 422)
