"""What every door of the desk has in common: who may, and how a refusal is said.

A door is three sentences: who may, do it, show it. ``for_agents`` is the first one, and it turns
what a service or a form refuses into an answer: the sentence for the person, and the panels as
they truly are.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache

from contact_center.errors import NotAllowed
from contact_center.models import Agent
from contact_center.panels import paint_all
from contact_center.selectors import access
from contact_center.selectors.desk import DESK_PANELS

Rest = ParamSpec("Rest")
Door = Callable[Concatenate[HttpRequest, Rest], HttpResponse]
AgentDoor = Callable[Concatenate[HttpRequest, Agent, Rest], HttpResponse]


class NonsenseInForm(Exception):
    """A form was sent that the page cannot have sent. Carries the form with its sentences."""

    def __init__(self, form: forms.Form) -> None:
        super().__init__("a form that is not valid")
        self.form = form


def for_agents(view: AgentDoor[Rest], /) -> Door[Rest]:
    """Let only agents in, and answer refusals; the view gets the agent as its second argument.

    Signed out: to the sign-in page (401 for the page's own requests). Not an agent: 404.
    """

    @never_cache
    @wraps(view)
    def door(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _signed_out() if asked_by_page(request) else _to_sign_in(request)
        agent = access.agent_of(request.user)
        try:
            return view(request, agent, *args, **kwargs)
        except NotAllowed as refusal:
            return refused(request, agent, str(refusal), refusal.status, refusal.code)
        except NonsenseInForm as nonsense:
            sentence = " ".join(str(e) for errors in nonsense.form.errors.values() for e in errors)
            return refused(request, agent, sentence, 422, "nonsense")

    return door


def checked(form: forms.Form) -> dict[str, Any]:
    """Return what the form says. Raises NonsenseInForm when it is not valid."""
    if not form.is_valid():
        raise NonsenseInForm(form)
    return form.cleaned_data


def asked_by_page(request: HttpRequest) -> bool:
    """Whether the page itself asks (htmx or our modules), not somebody who opens an address."""
    return bool(getattr(request, "htmx", False)) or wants_json(request)


def wants_json(request: HttpRequest) -> bool:
    """Whether one of our modules asks, which reads JSON."""
    return request.headers.get("Accept", "").startswith("application/json")


def painted(agent: Agent, *, sentence: str = "", status: int = 200) -> HttpResponse:
    """Answer with every panel of the desk as it is now, and with a sentence where there is one."""
    notice = render_to_string("agents/_notice.html", {"sentence": sentence})
    as_of = timezone.localtime().strftime("%H:%M:%S")
    body = paint_all(DESK_PANELS, agent) + (
        f'<hx-partial hx-target="#notice" hx-swap="outerMorph">{notice}</hx-partial>'
    )
    return HttpResponse(body, status=status, headers={"X-As-Of": as_of})


def answered(values: Mapping[str, Any] | None = None, *, status: int = 200) -> JsonResponse:
    """Answer one of our modules."""
    return JsonResponse(dict(values or {}), status=status)


def refused(
    request: HttpRequest, agent: Agent, sentence: str, status: int, code: str
) -> HttpResponse:
    """Say why not: to a module as JSON, to htmx as a notice beside panels that are true."""
    if wants_json(request):
        return answered({"error": code, "message": sentence}, status=status)
    return painted(agent, sentence=sentence, status=status)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")


def _signed_out() -> HttpResponse:
    # The page goes to sign in by itself, unless a call is on there (static/js/door.js).
    return JsonResponse({"error": "signed-out", "message": ""}, status=401)
