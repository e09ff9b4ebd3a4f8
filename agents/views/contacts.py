"""Whom an agent knows: the list, one contact, and what may be done with it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.contact_forms import ContactForm
from agents.doors import for_agents
from contact_center.domain.telephone_numbers import typed_number
from contact_center.errors import NotAllowed
from contact_center.models import Agent, Contact
from contact_center.selectors import access
from contact_center.selectors import contacts as selectors
from contact_center.services import keeping_contacts


@require_safe
@for_agents
def contacts(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Everybody's contacts and one's own, by name; found by words and digits."""
    words = request.GET.get("q", "")[:100]
    which = request.GET.get("which", "")
    which = which if which in selectors.WHICH else "all"
    page = selectors.contacts_page(
        agent.user, words=words, which=which, page=request.GET.get("page", "")
    )
    shown = {"page": page, "q": words, "which": which}
    return render(request, "agents/contacts.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@for_agents
def new(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Write down somebody new, whose number may be known already."""
    number = typed_number(request.GET.get("number", "")) or ""
    return _written(request, agent, None, number)


@require_http_methods(["GET", "HEAD", "POST"])
@for_agents
def contact(request: HttpRequest, agent: Agent, contact_id: int) -> HttpResponse:
    """One contact: what is known, and the last conversations."""
    return _written(request, agent, access.visible_contact(agent.user, contact_id))


@require_POST
@for_agents
def remove(request: HttpRequest, agent: Agent, contact_id: int) -> HttpResponse:
    """Remove a contact."""
    row = access.visible_contact(agent.user, contact_id)
    try:
        keeping_contacts.remove_contact(contact=row, actor=agent.user)
    except NotAllowed as refusal:
        return _show(request, agent, row, refusal=str(refusal))
    return redirect("agents:contacts")


@require_POST
@for_agents
def bring_together(
    request: HttpRequest, agent: Agent, contact_id: int, other_id: int
) -> HttpResponse:
    """Make one contact of two."""
    kept = access.visible_contact(agent.user, contact_id)
    dropped = access.visible_contact(agent.user, other_id)
    try:
        keeping_contacts.bring_together(kept=kept, dropped=dropped, actor=agent.user)
    except NotAllowed as refusal:
        return _show(request, agent, kept, refusal=str(refusal))
    return redirect("agents:contact", kept.pk)


def _written(
    request: HttpRequest, agent: Agent, row: Contact | None, number: str = ""
) -> HttpResponse:
    if request.method != "POST":
        return _show(request, agent, row, number=number)
    region = selectors.home_region(agent.tenant_id)
    form = ContactForm(request.POST, contact=row, region=region)
    if not form.is_valid():
        return _show(request, agent, row, form=form)
    try:
        made = keeping_contacts.write_contact(contact=row, actor=agent.user, **form.values())
    except keeping_contacts.NumberTaken as taken:
        return _show(request, agent, row, form=form, refusal=str(taken), other=taken.other)
    except NotAllowed as refusal:
        return _show(request, agent, row, form=form, refusal=str(refusal))
    return redirect("agents:contact", made.pk)


def _show(
    request: HttpRequest,
    agent: Agent,
    row: Contact | None,
    *,
    form: ContactForm | None = None,
    number: str = "",
    refusal: str = "",
    other: Contact | None = None,
) -> HttpResponse:
    region = selectors.home_region(agent.tenant_id)
    shown: dict[str, Any] = {
        "contact": row,
        "form": form or ContactForm(None, contact=row, region=region, number=number),
        "refusal": refusal,
        "other": other,
        "history": selectors.history_of(row) if row is not None else [],
    }
    is_wrong = bool(refusal) or (form is not None and form.is_bound)
    return render(request, "agents/contact.html", shown, status=422 if is_wrong else 200)
