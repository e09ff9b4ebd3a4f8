"""Wallboards: supervisors make them, show them, and give out and withdraw the links to them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contact_center.errors import NotAllowed
from contact_center.models import User, Wallboard
from contact_center.panels import paint_all
from contact_center.selectors import access
from contact_center.selectors import wallboards as selector
from contact_center.services import displaying
from supervisors.doors import painted
from supervisors.views import wall
from supervisors.wallboard_forms import BoardForm, LinkForm


@require_GET
@never_cache
@login_required
def wallboards(request: HttpRequest) -> HttpResponse:
    """Every board that shows nothing but what one may see."""
    shown = {"boards": selector.boards(access.scope_of(request.user))}
    return render(request, "supervisors/wallboards/wallboards.html", shown)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Make a board."""
    supervisor = access.supervisor(request.user)
    written = request.POST if request.method == "POST" else None
    form = BoardForm(written, scope=access.scope_of(supervisor), board=None)
    if form.is_valid():
        try:
            made = displaying.make_wallboard(board=form.board(), actor=supervisor)
        except NotAllowed as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Made. Open it, or make a link for the screen."))
            return redirect("supervisors:wallboard", made.pk)
    return _show(request, None, form)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def wallboard(request: HttpRequest, wallboard_id: int) -> HttpResponse:
    """What a board shows, to be changed; and the links to it."""
    supervisor, board = _who_and_what(request, wallboard_id)
    written = request.POST if request.method == "POST" else None
    form = BoardForm(written, scope=access.scope_of(supervisor), board=board)
    if form.is_valid():
        try:
            displaying.change_wallboard(wallboard_id=board.pk, board=form.board(), actor=supervisor)
        except NotAllowed as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Saved. Screens that show it follow."))
            return redirect("supervisors:wallboard", board.pk)
    return _show(request, board, form)


@require_POST
@login_required
def remove(request: HttpRequest, wallboard_id: int) -> HttpResponse:
    """Remove a board and the links to it."""
    supervisor, board = _who_and_what(request, wallboard_id)
    try:
        displaying.remove_wallboard(wallboard_id=board.pk, actor=supervisor)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Removed. No link opens it any more."))
    return redirect("supervisors:wallboards")


@require_POST
@never_cache
@login_required
def make_link(request: HttpRequest, wallboard_id: int) -> HttpResponse:
    """Make a link, and show it this once."""
    supervisor, board = _who_and_what(request, wallboard_id)
    form = LinkForm(request.POST)
    address = ""
    if form.is_valid():
        try:
            _link, token = displaying.make_link(
                wallboard_id=board.pk, name=form.cleaned_data["name"], actor=supervisor
            )
        except NotAllowed as refusal:
            form.add_error("name", str(refusal))
        else:
            address = request.build_absolute_uri(reverse("wall", args=[token]))
    return _show(request, board, links=LinkForm() if address else form, address=address)


@require_POST
@login_required
def revoke_link(request: HttpRequest, wallboard_id: int, link_id: int) -> HttpResponse:
    """Withdraw a link; screens that use it stop."""
    supervisor, board = _who_and_what(request, wallboard_id)
    try:
        displaying.revoke_link(wallboard_id=board.pk, link_id=link_id, actor=supervisor)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn. The screens that used it show nothing any more."))
    return redirect("supervisors:wallboard", board.pk)


@require_GET
@never_cache
@login_required
def show(request: HttpRequest, wallboard_id: int) -> HttpResponse:
    """The board itself, for who is signed in."""
    _supervisor, board = _who_and_what(request, wallboard_id)
    return wall.draw_page(
        request,
        board,
        socket=f"/ws/wallboards/{board.pk}/",
        panels=reverse("supervisors:wallboard-panels", args=[board.pk]),
        at_the_end=reverse("supervisors:wallboards"),
    )


@require_GET
@never_cache
@login_required
def panels(request: HttpRequest, wallboard_id: int) -> HttpResponse:
    """The board's panel: what its page asks for while its socket is down."""
    _supervisor, board = _who_and_what(request, wallboard_id)
    return painted(paint_all(selector.WALL_PANELS, board))


def _who_and_what(request: HttpRequest, wallboard_id: int) -> tuple[User, Wallboard]:
    supervisor = access.supervisor(request.user)
    return supervisor, access.supervised_wallboard(supervisor, wallboard_id)


def _show(
    request: HttpRequest,
    board: Wallboard | None,
    form: BoardForm | None = None,
    *,
    links: LinkForm | None = None,
    address: str = "",
) -> HttpResponse:
    scope = access.scope_of(request.user)
    is_wrong = any(each is not None and each.is_bound for each in (form, links))
    shown: dict[str, Any] = {
        "board": board,
        "form": form or BoardForm(scope=scope, board=board),
        "link_form": links or LinkForm(),
        "links": selector.links_of(board) if board is not None else (),
        "address": address,
    }
    return render(
        request, "supervisors/wallboards/wallboard.html", shown, status=422 if is_wrong else 200
    )
