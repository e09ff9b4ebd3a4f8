"""How screens say what else somebody with several calls is doing."""

from django import template
from django.utils.translation import gettext as _

from contact_center.domain.status import ShownStatus

register = template.Library()


@register.filter
def other_calls(status: ShownStatus) -> str:
    """Return "+1 on call, +1 held" for the calls beside the one whose state is shown, or ""."""
    said = []
    if status.also_talking:
        said.append(_("+%(n)s on call") % {"n": status.also_talking})
    if status.also_held:
        said.append(_("+%(n)s held") % {"n": status.also_held})
    return ", ".join(said)
