"""In which language the desk speaks to its agent."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from agents import forms
from agents.doors import checked, for_agents
from contact_center.models import Agent
from contact_center.services.speaking import speak


@require_POST
@for_agents
def choose(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Speak that language from now on, and show again the page on which it was chosen."""
    said = checked(forms.LanguageForm(request.POST))
    speak(said["language"], to=agent.user)
    is_ours = url_has_allowed_host_and_scheme(said["next"], allowed_hosts=None)
    return redirect(said["next"] if is_ours else reverse("agents:desk"))
