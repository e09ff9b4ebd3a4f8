"""What every door through which a supervisor acts has in common: who may, how a refusal is said.

A module of the page (static/js/supervisors/deeds.js) asks and reads JSON; what has changed is shown
by the panels, which the event repaints.
"""

from collections.abc import Callable, Mapping
from functools import update_wrapper, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from contact_center.errors import NotAllowed
from contact_center.models import User
from contact_center.selectors import access
from supervisors.forms import sentences

Rest = ParamSpec("Rest")
Thing = TypeVar("Thing")
Door = Callable[Concatenate[HttpRequest, Rest], HttpResponse]


class NonsenseInForm(Exception):
    """A form was sent that the page cannot have sent. ``str`` is what is said to it."""


def for_supervisors(view: Door[Rest], /) -> Door[Rest]:
    """Let only supervisors and admins in, and answer what a service refuses with its sentence.

    Signed out: 401, and the page goes to sign in. Not a supervisor: 404.
    """

    @never_cache
    @wraps(view)
    def door(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return answered({"error": "signed-out", "message": ""}, status=401)
        access.supervised_tenant(request.user)
        try:
            return view(request, *args, **kwargs)
        except NonsenseInForm as nonsense:
            return answered({"error": "nonsense", "message": str(nonsense)}, status=422)
        except NotAllowed as refusal:
            said = {"error": refusal.code, "message": str(refusal)}
            return answered(said, status=refusal.status)

    return door


def deed(
    whose: Callable[[User, int], Thing],
) -> Callable[[Callable[[User, Thing, QueryDict], None]], Door[...]]:
    """Make a door of what a supervisor does to one thing, whose id stands in the address.

    ``whose`` finds the thing and raises Http404 for one that is not the supervisor's.
    """

    def door_to(do: Callable[[User, Thing, QueryDict], None]) -> Door[...]:
        @require_POST
        @for_supervisors
        def door(request: HttpRequest, /, **named: int) -> HttpResponse:
            supervisor = access.supervisor(request.user)
            [thing_id] = named.values()
            do(supervisor, whose(supervisor, thing_id), request.POST)
            return answered()

        return update_wrapper(door, do)

    return door_to


def painted(body: str) -> HttpResponse:
    """Answer a page that asks for its panels while its socket is down, with what time it is."""
    as_of = timezone.localtime().strftime("%H:%M:%S")
    return HttpResponse(body, headers={"X-As-Of": as_of})


def checked(form: forms.Form) -> dict[str, Any]:
    """Return what the form says. Raises NonsenseInForm when it is not valid."""
    if not form.is_valid():
        raise NonsenseInForm(sentences(form))
    return form.cleaned_data


def answered(values: Mapping[str, Any] | None = None, *, status: int = 200) -> JsonResponse:
    """Answer one of our modules."""
    return JsonResponse(dict(values or {}), status=status)
