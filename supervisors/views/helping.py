"""A supervisor answers an agent who asks for help."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from contact_center.selectors import access
from contact_center.services import helping
from supervisors.doors import answered, for_supervisors


@require_POST
@for_supervisors
def answer(request: HttpRequest, request_id: int) -> HttpResponse:
    """Say that one comes. Of two who do, the second is told who was first."""
    supervisor = access.supervisor(request.user)
    asked = access.supervised_help(supervisor, request_id)
    helping.answer_help(request=asked, supervisor=supervisor)
    return answered()
