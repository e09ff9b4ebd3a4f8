"""How a browser gets into a conference: by a token that says which one, and as a guest of it.

A browser can invent everything that it sends, so the token alone decides: it is signed, bound to
one tab's identity, and worth nothing after JOIN_TOKEN_SECONDS. Whoever reads it spends it.
"""

from datetime import datetime

from django.core import signing

from contact_center import addresses
from contact_center.models import Consult, Leg, LegKind, Offer, Supervision
from contact_center.telephony.instructions import JoinConference

#: A join token is worth nothing after this; the browser connects at once or not at all.
JOIN_TOKEN_SECONDS = 30


def join_token(what: str, pk: int, *, salt: str, identity: str) -> str:
    """Return what lets the browser of ``identity`` into the conference of ``what`` number ``pk``.

    ``what`` is offer, consult or supervision; each has a ``salt`` of its own.
    """
    return signing.TimestampSigner(salt=salt).sign_object({what: pk, "identity": identity})


def read_join_token(token: str, what: str, *, salt: str, identity: str) -> int | None:
    """Return the number a join token speaks of; None when it is forged, old or somebody else's."""
    try:
        claims = signing.TimestampSigner(salt=salt).unsign_object(token, max_age=JOIN_TOKEN_SECONDS)
    except signing.BadSignature:
        return None
    if not isinstance(claims, dict) or claims.get("identity") != identity:
        return None
    pk = claims.get(what)
    return pk if isinstance(pk, int) else None


def let_guest_in(
    guest: Consult | Supervision, into: Offer, *, leg_sid: str, now: datetime, muted: bool = False
) -> JoinConference:
    """Write the line of a colleague or a supervisor; return what takes it into the conference.

    A guest neither begins nor ends it, and makes no sound. Must run under ``lock_call``.
    """
    is_supervisor = isinstance(guest, Supervision)
    Leg.objects.create(
        tenant_id=guest.tenant_id,
        sid=leg_sid,
        kind=LegKind.SUPERVISOR if is_supervisor else LegKind.AGENT,
        started_at=now,
        **{"supervision" if is_supervisor else "consult": guest},
    )
    return JoinConference(
        name=into.conference_name,
        participant_label=guest.label,
        status_callback=addresses.conference(),
        start_on_enter=False,
        end_on_exit=False,
        muted=muted,
    )
