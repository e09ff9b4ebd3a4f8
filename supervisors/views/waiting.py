"""What a supervisor does with a waiting caller: moves, gives to an agent, pulls, prioritises."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contact_center.models import Segment, User
from contact_center.selectors import access
from contact_center.selectors.arranging import arrangeable
from contact_center.services import arranging
from supervisors import forms
from supervisors.doors import checked, deed, for_supervisors


@require_GET
@for_supervisors
def arrange(request: HttpRequest, stay_id: int) -> HttpResponse:
    """Show what can be done with a caller now: what the dialog of a page is filled with."""
    supervisor = access.supervisor(request.user)
    stay = access.supervised_stay(supervisor, stay_id)
    context = arrangeable(stay, access.scope_of(supervisor), supervisor)
    return render(request, "supervisors/_arrange.html", context)


@deed(access.supervised_stay)
def move(supervisor: User, stay: Segment, sent: QueryDict) -> None:
    """Move a caller to another queue; the age is kept."""
    said = checked(forms.MoveForm(sent))
    to = access.supervised_queue(supervisor, said["queue"])
    arranging.move(stay=stay, to=to, actor=supervisor)


@deed(access.supervised_stay)
def give(supervisor: User, stay: Segment, sent: QueryDict) -> None:
    """Keep a caller for an agent; nobody else is rung."""
    said = checked(forms.GiveForm(sent))
    agent = access.supervised_agent_of(supervisor, said["agent"])
    arranging.give(stay=stay, agent=agent, actor=supervisor)


@deed(access.supervised_stay)
def pull(supervisor: User, stay: Segment, sent: QueryDict) -> None:
    """Let a caller ring at the supervisor's own desk."""
    arranging.pull(stay=stay, actor=supervisor)


@deed(access.supervised_stay)
def give_to_nobody(supervisor: User, stay: Segment, sent: QueryDict) -> None:
    """Let everybody have a caller again who was kept for an agent."""
    arranging.give_to_nobody(stay=stay, actor=supervisor)


@deed(access.supervised_stay)
def prioritise(supervisor: User, stay: Segment, sent: QueryDict) -> None:
    """Give a caller another priority, or the queue's own again."""
    said = checked(forms.PriorityForm(sent))
    arranging.prioritise(stay=stay, priority=said["priority"], actor=supervisor)
