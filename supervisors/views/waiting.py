"""What a supervisor does with a waiting caller: moves, gives to an agent, pulls, prioritises."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from contact_center.models import Segment, User
from contact_center.selectors import access
from contact_center.selectors.arranging import arrangeable
from contact_center.services import arranging
from supervisors import forms
from supervisors.doors import answered, checked, for_supervisors


@require_GET
@for_supervisors
def arrange(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Show what can be done with a caller now: what the dialog of a page is filled with."""
    supervisor, stay = _stay_of(request, stay_id)
    context = arrangeable(stay, access.scope_of(supervisor), supervisor)
    return render(request, "supervisors/_arrange.html", context)


@require_POST
@for_supervisors
def move(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Move a caller to another queue; the age is kept."""
    supervisor, stay = _stay_of(request, stay_id)
    said = checked(forms.MoveForm(request.POST))
    to = access.supervised_queue(supervisor, said["queue"])
    arranging.move(stay=stay, to=to, actor=supervisor)
    return answered()


@require_POST
@for_supervisors
def give(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Keep a caller for an agent; nobody else is rung."""
    supervisor, stay = _stay_of(request, stay_id)
    said = checked(forms.GiveForm(request.POST))
    agent = access.supervised_agent_of(supervisor, said["agent"])
    arranging.give(stay=stay, agent=agent, actor=supervisor)
    return answered()


@require_POST
@for_supervisors
def pull(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Let a caller ring at the supervisor's own desk."""
    supervisor, stay = _stay_of(request, stay_id)
    arranging.pull(stay=stay, actor=supervisor)
    return answered()


@require_POST
@for_supervisors
def give_to_nobody(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Let everybody have a caller again who was kept for an agent."""
    supervisor, stay = _stay_of(request, stay_id)
    arranging.give_to_nobody(stay=stay, actor=supervisor)
    return answered()


@require_POST
@for_supervisors
def prioritise(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Give a caller another priority, or the queue's own again."""
    supervisor, stay = _stay_of(request, stay_id)
    said = checked(forms.PriorityForm(request.POST))
    arranging.prioritise(stay=stay, priority=said["priority"], actor=supervisor)
    return answered()


def _stay_of(request: HttpRequest, stay_id: int) -> tuple[User, Segment]:
    supervisor = access.supervisor(request.user)
    return supervisor, access.supervised_stay(supervisor, stay_id)
