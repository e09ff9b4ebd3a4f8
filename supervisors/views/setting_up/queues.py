"""Queues: made, set up and removed, and who serves them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contact_center.conf import current
from contact_center.errors import NotAllowed
from contact_center.models import Queue, Tenant, User
from contact_center.selectors import access, queue_pages
from contact_center.services import keeping_music, keeping_queues
from supervisors.queue_forms import MembersForm, MusicForm, QueueForm


@require_GET
@never_cache
@login_required
def queues(request: HttpRequest) -> HttpResponse:
    """Every queue: its hours now, who serves it, what it has and what it inherits."""
    shown = {"rows": queue_pages.queue_rows(_tenant(access.administrator(request.user)))}
    return render(request, "supervisors/set_up/queues/queues.html", shown)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Make a queue."""
    admin = access.administrator(request.user)
    form = QueueForm(_sent(request), tenant=_tenant(admin), queue=None)
    if form.is_valid():
        try:
            made = keeping_queues.make_queue(values=form.values(), actor=admin)
        except NotAllowed as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Made. Say who serves it, then lead callers here."))
            return redirect("supervisors:set-up:queues-queue", made.pk)
    return _show(request, None, form=form)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def queue(request: HttpRequest, queue_id: int) -> HttpResponse:
    """One queue with all that can be said about it."""
    admin, row = _who_and_what(request, queue_id)
    if request.method != "POST":
        return _show(request, row)
    # A form writes into its row while it looks for mistakes; what the page says of it is so.
    form = QueueForm(
        request.POST, tenant=_tenant(admin), queue=access.administered_queue(admin, row.pk)
    )
    if form.is_valid():
        try:
            keeping_queues.change_queue(queue_id=row.pk, values=form.values(), actor=admin)
        except NotAllowed as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Saved. It holds for who waits and for the next call."))
            return redirect("supervisors:set-up:queues-queue", row.pk)
    return _show(request, row, form=form)


@require_GET
@never_cache
@login_required
def members(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Who serves a queue and who could, while one looks for a name."""
    _admin, row = _who_and_what(request, queue_id)
    shown = {"queue": row, "who": _members(request, row)}
    return render(request, "supervisors/set_up/queues/_queue_members.html", shown)


@require_POST
@never_cache
@login_required
def add_members(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Let agents serve a queue."""

    def add(row: Queue, agent_ids: list[int], admin: User) -> str:
        count = keeping_queues.add_members(queue_id=row.pk, agent_ids=agent_ids, actor=admin)
        return ngettext("%(n)s agent added.", "%(n)s agents added.", count) % {"n": count}

    return _change_members(request, queue_id, add)


@require_POST
@never_cache
@login_required
def remove_members(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Let agents serve a queue no more."""

    def remove(row: Queue, agent_ids: list[int], admin: User) -> str:
        count = keeping_queues.remove_members(queue_id=row.pk, agent_ids=agent_ids, actor=admin)
        return ngettext(
            "%(n)s agent removed. A call at the desk goes on.",
            "%(n)s agents removed. Calls at their desks go on.",
            count,
        ) % {"n": count}

    return _change_members(request, queue_id, remove)


@require_POST
@login_required
def remove(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Remove a queue in which no call has ever been."""
    admin, row = _who_and_what(request, queue_id)
    try:
        keeping_queues.remove_queue(queue_id=row.pk, actor=admin)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return redirect("supervisors:set-up:queues-queue", row.pk)
    messages.success(request, _("Removed."))
    return redirect("supervisors:set-up:queues")


@require_POST
@never_cache
@login_required
def music(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Let callers hear a file while they wait."""
    admin, row = _who_and_what(request, queue_id)
    form = MusicForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, row, wrong_music=form.errors["file"])
    try:
        keeping_music.give_music(
            queue_id=row.pk, content=form.content(), label=form.label(), actor=admin
        )
    except NotAllowed as refusal:
        return _show(request, row, wrong_music=[str(refusal)])
    messages.success(request, _("Callers hear it from the next round on."))
    return redirect("supervisors:set-up:queues-queue", row.pk)


@require_POST
@never_cache
@login_required
def remove_music(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Let callers hear what they would without a file."""
    admin, row = _who_and_what(request, queue_id)
    try:
        keeping_music.take_music_away(queue_id=row.pk, actor=admin)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Removed."))
    return redirect("supervisors:set-up:queues-queue", row.pk)


# --- what they have in common --------------------------------------------------------------------


def _tenant(admin: User) -> Tenant:
    assert admin.tenant is not None  # the gatekeeper saw to it
    return admin.tenant


def _who_and_what(request: HttpRequest, queue_id: int) -> tuple[User, Queue]:
    admin = access.administrator(request.user)
    return admin, access.administered_queue(admin, queue_id)


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _change_members(
    request: HttpRequest, queue_id: int, deed: Callable[[Queue, list[int], User], str]
) -> HttpResponse:
    admin, row = _who_and_what(request, queue_id)
    form = MembersForm(request.POST, tenant=_tenant(admin))
    if not form.is_valid():
        return _show(request, row, wrong=form.errors["agents"])
    try:
        messages.success(request, deed(row, form.agent_ids(), admin))
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    return redirect("supervisors:set-up:queues-queue", row.pk)


def _members(request: HttpRequest, row: Queue) -> queue_pages.Members:
    asked = request.GET if request.method == "GET" else request.POST
    chosen = {int(said) for said in asked.getlist("agents") if said.isdecimal() and len(said) < 19}
    # PostgreSQL knows no NUL in a text.
    called = asked.get("called", "")[:100].replace("\0", "")
    return queue_pages.members_of(row, called=called, chosen=chosen)


def _show(
    request: HttpRequest,
    row: Queue | None,
    *,
    form: QueueForm | None = None,
    wrong: Any = None,
    wrong_music: Any = None,
) -> HttpResponse:
    is_wrong = bool(wrong or wrong_music) or (form is not None and form.is_bound)
    tenant = _tenant(access.administrator(request.user))
    shown: dict[str, Any] = {
        "queue": row,
        "form": form or QueueForm(tenant=tenant, queue=row),
        "wrong": wrong,
        "wrong_music": wrong_music,
        "music_form": MusicForm().refused() if wrong_music else MusicForm(),
    }
    if row is not None:
        shown |= {
            "who": _members(request, row),
            "music_name": (row.music.name or "").rpartition("/")[2],
            "stays": keeping_queues.why_it_stays(row),
            "called": request.GET.get("called", "")[:100],
            "is_default": row.name == current().queue.default_name,
        }
    status = 422 if is_wrong else 200
    return render(request, "supervisors/set_up/queues/queue.html", shown, status=status)
