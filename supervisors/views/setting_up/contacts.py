"""Contacts: from a file, with a trial first, and into one."""

import base64
import binascii
from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from contact_center.domain.contact_files import (
    MOST_BYTES,
    MOST_LINES,
    BadFile,
    ContactFile,
    FileFault,
    read_file,
)
from contact_center.models import Contact, Tenant, User
from contact_center.selectors import access
from contact_center.selectors.contacts import home_region
from contact_center.services import importing_contacts
from contact_center.services.importing_contacts import Fate, LineFate

#: Lines of a trial that are shown, those with something to say first.
MOST_SHOWN = 200

_FAULTS = {
    FileFault.EMPTY: gettext_lazy(
        "Nothing is in this file. Choose one with a line for each contact."
    ),
    FileFault.TOO_BIG: gettext_lazy("A file has at most 1 MB. Make several of it."),
    FileFault.NO_TEXT: gettext_lazy("This is no text. Save the table as CSV, in UTF-8."),
    FileFault.NO_NAMES: gettext_lazy(
        "No column is called “Name”. The first line says what the columns are."
    ),
    FileFault.TWICE: gettext_lazy("Two columns are the same: %(word)s. Leave one out."),
    FileFault.TOO_MANY_LINES: gettext_lazy("A file has at most 1000 lines. Make several of it."),
    FileFault.QUOTES: gettext_lazy(
        "A quotation mark is never closed. Save the table as CSV again."
    ),
}
_ENDS = {fate: place for place, fate in enumerate((Fate.REFUSED, Fate.MERGED, Fate.CHANGED))}


@require_GET
@never_cache
@login_required
def contacts(request: HttpRequest) -> HttpResponse:
    """How many there are, and the ways in and out."""
    return _show(request, access.administrator(request.user))


@require_POST
@never_cache
@login_required
def try_file(request: HttpRequest) -> HttpResponse:
    """Say what an import of a file would do, line by line, and do nothing."""
    admin = access.administrator(request.user)
    sent: Any = request.FILES.get("file")
    if sent is None:
        return _show(request, admin, wrong=_("Choose a file first."))
    content = sent.read(MOST_BYTES + 1)
    try:
        file = read_file(content)
    except BadFile as bad:
        return _show(request, admin, wrong=_fault_words(bad))
    region = home_region(_tenant(admin).pk)
    fates = importing_contacts.try_import(file=file, region=region, actor=admin)
    return _show(request, admin, file=file, fates=fates, content=content)


@require_POST
@never_cache
@login_required
def import_file(request: HttpRequest) -> HttpResponse:
    """Write the contacts of the file that was tried."""
    admin = access.administrator(request.user)
    try:
        content = base64.b64decode(request.POST.get("content", ""), validate=True)
        file = read_file(content)
    except (binascii.Error, ValueError):
        return _show(request, admin, wrong=_("The file is not here any more. Choose it again."))
    region = home_region(_tenant(admin).pk)
    fates = importing_contacts.import_contacts(file=file, region=region, actor=admin)
    counts = Counter(fate.fate for fate in fates)
    messages.success(
        request,
        _(
            "Imported: %(made)d new, %(changed)d changed, %(merged)d merged, %(same)d known "
            "already, %(refused)d refused."
        )
        % {fate.value: counts[fate] for fate in Fate},
    )
    return redirect("supervisors:set-up:contacts")


@require_POST
@never_cache
@login_required
def export(request: HttpRequest) -> HttpResponse:
    """Everybody's contacts as CSV. It is written down who took them."""
    admin = access.administrator(request.user)
    return HttpResponse(
        importing_contacts.export_contacts(actor=admin),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="contacts.csv"'},
    )


# --- what they have in common --------------------------------------------------------------------


def _tenant(admin: User) -> Tenant:
    assert admin.tenant is not None  # the gatekeeper saw to it
    return admin.tenant


def _fault_words(bad: BadFile) -> str:
    words = str(_FAULTS[bad.fault])
    return words % {"word": bad.word} if bad.fault is FileFault.TWICE else words


def _show(
    request: HttpRequest,
    admin: User,
    *,
    wrong: str = "",
    file: ContactFile | None = None,
    fates: list[LineFate] | None = None,
    content: bytes = b"",
) -> HttpResponse:
    fates = fates or []
    counts = Counter(fate.fate for fate in fates)
    told = sorted(fates, key=lambda fate: (_ENDS.get(fate.fate, len(_ENDS)), fate.number))
    shown: dict[str, Any] = {
        "shared": Contact.objects.filter(tenant=_tenant(admin), owner=None).count(),
        "wrong": wrong,
        "file": file,
        "counts": {fate.value: counts[fate] for fate in Fate},
        "would_write": counts[Fate.MADE] + counts[Fate.CHANGED] + counts[Fate.MERGED],
        "fates": told[:MOST_SHOWN],
        "not_shown": max(len(told) - MOST_SHOWN, 0),
        "most_lines": MOST_LINES,
        "content": base64.b64encode(content).decode() if file is not None else "",
    }
    status = 422 if wrong else 200
    return render(request, "supervisors/set_up/contacts/contacts.html", shown, status=status)
