"""What stands beside the calls of a queue: a script and a link, written by admins."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain import events as ev
from contact_center.domain.call_variables import (
    LONGEST_LINK,
    VARIABLES,
    BadLink,
    LinkFault,
    fault_of_link,
)
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import LONGEST_SCRIPT, Queue, QueueDesk, User
from contact_center.services.keeping_queues import queue_of

LONGEST_LABEL = 40

_FAULTS = {
    LinkFault.NOT_WEB: gettext_lazy(
        "The address has to begin with https:// or http://, like https://crm.example.com/?tel={number}."
    ),
    LinkFault.NO_SERVER: gettext_lazy(
        "After https:// comes the name of the other system, without a variable in it, like "
        "https://crm.example.com/?tel={number}."
    ),
    LinkFault.NOT_AN_ADDRESS: gettext_lazy("An address has no spaces. Write %20 for one."),
    LinkFault.BRACES: gettext_lazy(
        "A brace has lost its other one. A variable is written like {number}."
    ),
}


class BadAddress(NotAllowed):
    """An address that no button may lead to."""

    def __init__(self, bad: BadLink) -> None:
        if bad.fault is LinkFault.UNKNOWN_VARIABLE:
            known = ", ".join(f"{{{name}}}" for name in VARIABLES)
            said = _("There is no {%(word)s}. There are %(known)s.") % {
                "word": bad.word,
                "known": known,
            }
        else:
            said = str(_FAULTS[bad.fault])
        super().__init__(said)


@transaction.atomic
def set_beside_calls(
    *, queue_id: int, script: str, link_label: str, link_url: str, actor: User
) -> bool:
    """Write what stands beside calls of a queue; return whether anything is new.

    Raises BadAddress, and NotAllowed when the queue is gone or a text is too long.
    """
    queue = queue_of(actor, queue_id)
    script = script.replace("\r\n", "\n").replace("\x00", "").strip("\n")
    _want_short(script, LONGEST_SCRIPT)
    _want_short(link_url, LONGEST_LINK)
    _want_short(link_label, LONGEST_LABEL)
    bad = fault_of_link(link_url) if link_url else None
    if bad is not None:
        raise BadAddress(bad)
    if link_url and not link_label:
        raise NotAllowed(_("Say what the link's button says, like “Customer file”."))
    desk = desk_to_write(queue)
    what = ["script"] if desk.script != script else []
    if (desk.link_label, desk.link_url) != (link_label, link_url):
        what.append("link")
    if not what:
        return False
    desk.script, desk.link_label, desk.link_url = script, link_label, link_url
    desk.save()
    record(
        ev.QueueDeskChanged(
            tenant_id=queue.tenant_id, actor_id=actor.pk, queue_id=queue.pk, what=what
        )
    )
    return True


def desk_to_write(queue: Queue) -> QueueDesk:
    """Return the desk of a queue, made where there is none, and locked: two pages write parts."""
    QueueDesk.objects.get_or_create(queue=queue)
    return QueueDesk.objects.select_for_update(no_key=True).get(queue=queue)


def _want_short(text: str, most: int) -> None:
    if len(text) > most:
        raise NotAllowed(
            _("At most %(most)s letters; these are %(length)s.")
            % {"most": most, "length": len(text)}
        )
