"""How an alert is said: on a screen, in an e-mail, to a program. One way for all of them."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contact_center.domain.alerting import WATCHES, About, AlertKind, Unit
from contact_center.models import Alert

#: The short word of each kind.
KIND_WORDS = {
    AlertKind.LONGEST_WAIT: gettext_lazy("Long wait"),
    AlertKind.WAITING: gettext_lazy("Many callers waiting"),
    AlertKind.NOBODY_SIGNED_IN: gettext_lazy("Nobody signed in"),
    AlertKind.SERVICE_LEVEL: gettext_lazy("Service level low"),
    AlertKind.ABANDONMENT: gettext_lazy("Many callers gave up"),
    AlertKind.LONG_CALL: gettext_lazy("Long call"),
    AlertKind.LONG_HOLD: gettext_lazy("Long hold"),
    AlertKind.NOT_RESPONDING: gettext_lazy("Agent not responding"),
    AlertKind.MISSED_IN_A_ROW: gettext_lazy("Calls missed in a row"),
    AlertKind.NETWORK_FAILING: gettext_lazy("Phone network failing"),
    AlertKind.HEALED: gettext_lazy("Much had to be put right"),
    AlertKind.REPORT_ABANDONED: gettext_lazy("Reports given up"),
    AlertKind.FREE_AGENTS: gettext_lazy("Few agents free"),
}

#: What a rule of the kind means, with its threshold.
KIND_MEANINGS = {
    AlertKind.LONGEST_WAIT: gettext_lazy("The first caller in line has waited for so long."),
    AlertKind.WAITING: gettext_lazy("So many callers wait in one queue."),
    AlertKind.NOBODY_SIGNED_IN: gettext_lazy(
        "A caller has waited for so long in a queue that nobody on duty serves."
    ),
    AlertKind.SERVICE_LEVEL: gettext_lazy(
        "Of the last half hour's calls, fewer than this were answered in time."
    ),
    AlertKind.ABANDONMENT: gettext_lazy(
        "Of the last half hour's calls, so many gave up before an answer."
    ),
    AlertKind.LONG_CALL: gettext_lazy("A conversation has lasted for so long."),
    AlertKind.LONG_HOLD: gettext_lazy("A customer has been on hold for so long."),
    AlertKind.NOT_RESPONDING: gettext_lazy(
        "An agent's phone rang in vain, and the agent has not come back for so long."
    ),
    AlertKind.MISSED_IN_A_ROW: gettext_lazy(
        "So many calls in a row rang in vain at one agent's desk. One that is accepted begins anew."
    ),
    AlertKind.NETWORK_FAILING: gettext_lazy(
        "In five minutes the phone network refused so many requests, or did not answer them."
    ),
    AlertKind.HEALED: gettext_lazy(
        "In five minutes so many things differed from the phone network and were put right."
    ),
    AlertKind.REPORT_ABANDONED: gettext_lazy(
        "So many reports of the phone network could not be applied and wait to be looked at."
    ),
    AlertKind.FREE_AGENTS: gettext_lazy(
        "While somebody waits, fewer agents than this are free. It colours screens; nobody is told."
    ),
}


def kind_word(kind: str) -> str:
    """Return what a kind is called; one that this version does not know, by its name."""
    return str(KIND_WORDS[AlertKind(kind)]) if kind in set(AlertKind) else kind.replace("_", " ")


def figure(kind: str, value: float) -> str:
    """Return a figure of this kind as people read it: "2:05", "78 %", "12"."""
    unit = WATCHES[AlertKind(kind)].unit if kind in set(AlertKind) else Unit.PIECES
    if unit is Unit.SECONDS:
        return length(value)
    return f"{value:g} %" if unit is Unit.PERCENT else f"{value:g}"


def length(seconds: float) -> str:
    """Return a length of time: 0:42, 6:31, 1:21:40."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def subject_word(alert: Alert) -> str:
    """Return what an alert is about: a queue, an agent, or the site."""
    about = WATCHES[AlertKind(alert.kind)].about if alert.kind in set(AlertKind) else About.SITE
    if about is About.QUEUE:
        return alert.queue.name if alert.queue is not None else _("A queue that is gone")
    if about is About.AGENT:
        agent = alert.agent
        return agent.user.display_name if agent is not None else _("An agent who is gone")
    return _("Phone network")


def sentence(alert: Alert) -> str:
    """Return what is wrong, with its limit, in one sentence that stays true."""
    limit = figure(alert.kind, alert.threshold)
    number = alert.threshold
    match alert.kind:
        case AlertKind.LONGEST_WAIT:
            return _("the first caller has waited for over %(limit)s") % {"limit": limit}
        case AlertKind.WAITING:
            return ngettext("%(n)s caller or more waits", "%(n)s callers or more wait", number) % {
                "n": number
            }
        case AlertKind.NOBODY_SIGNED_IN:
            return _("somebody waits and nobody on duty serves this queue")
        case AlertKind.SERVICE_LEVEL:
            return _("less than %(limit)s of the last half hour's calls were answered in time") % {
                "limit": limit
            }
        case AlertKind.ABANDONMENT:
            return _("%(limit)s or more of the last half hour's callers gave up") % {"limit": limit}
        case AlertKind.LONG_CALL:
            return _("in one conversation for over %(limit)s") % {"limit": limit}
        case AlertKind.LONG_HOLD:
            return _("the customer has been on hold for over %(limit)s") % {"limit": limit}
        case AlertKind.NOT_RESPONDING:
            return _("has not responded for over %(limit)s and is offered no calls") % {
                "limit": limit
            }
        case AlertKind.MISSED_IN_A_ROW:
            return ngettext(
                "missed %(n)s call or more in a row", "missed %(n)s calls or more in a row", number
            ) % {"n": number}
        case AlertKind.NETWORK_FAILING:
            return ngettext(
                "%(n)s request or more was refused or not answered in five minutes",
                "%(n)s requests or more were refused or not answered in five minutes",
                number,
            ) % {"n": number}
        case AlertKind.HEALED:
            return ngettext(
                "%(n)s thing or more differed in five minutes and was put right",
                "%(n)s things or more differed in five minutes and were put right",
                number,
            ) % {"n": number}
        case AlertKind.REPORT_ABANDONED:
            return ngettext(
                "%(n)s report or more could not be applied and waits to be looked at",
                "%(n)s reports or more could not be applied and wait to be looked at",
                number,
            ) % {"n": number}
    return kind_word(alert.kind)


def headline(alert: Alert, news: str) -> str:
    """Return the subject of a message: what happened, to what."""
    said = {"kind": kind_word(alert.kind), "subject": subject_word(alert)}
    if news == "ended":
        return _("Over: %(subject)s, %(kind)s") % said
    if news == "again":
        return _("Still: %(subject)s, %(kind)s") % said
    return _("%(subject)s: %(kind)s") % said


def letter(alert: Alert, news: str, *, address: str) -> str:
    """Return the body of an e-mail. No caller's number is in it: e-mail is read by many."""
    lines = [f"{subject_word(alert)}: {sentence(alert)}.", ""]
    lines.append(_("Began at %(at)s.") % {"at": _moment(alert.began_at)})
    if alert.ended_at is not None:
        lines.append(
            _("Over since %(at)s. The worst was %(worst)s.")
            % {"at": _moment(alert.ended_at), "worst": figure(alert.kind, alert.worst)}
        )
    elif news == "again":
        lines.append(_("It goes on, and nobody has said that they take care of it."))
    lines += ["", address]
    return "\n".join(lines)


def for_programs(alert: Alert, news: str, *, address: str, at: datetime) -> dict[str, Any]:
    """Return what a webhook is told. Times are ISO 8601; no caller's number is in it."""
    known = alert.kind in set(AlertKind)
    return {
        "event": f"alert.{news}",
        "sent_at": at.isoformat(),
        "organisation": alert.tenant.slug,
        "alert": {
            "id": alert.pk,
            "kind": alert.kind,
            "level": alert.level,
            "about": subject_word(alert),
            "queue_id": alert.queue_id,
            "agent_id": alert.agent_id,
            "call_id": alert.call_id,
            "unit": WATCHES[AlertKind(alert.kind)].unit if known else "",
            "threshold": alert.threshold,
            "value": alert.value,
            "worst": alert.worst,
            "began_at": alert.began_at.isoformat(),
            "ended_at": alert.ended_at.isoformat() if alert.ended_at else None,
            "sentence": f"{subject_word(alert)}: {sentence(alert)}.",
            "address": address,
        },
    }


def _moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S %Z")
