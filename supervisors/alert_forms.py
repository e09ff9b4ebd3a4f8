"""What an admin may say about alerts, and what is said when it cannot be understood."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.alerting import (
    REPEAT_MINUTES,
    WATCHES,
    AlertKind,
    Level,
    Unit,
    colours_figures,
    near_by_default,
)
from contact_center.models import AlertRule
from contact_center.selectors import alert_words
from contact_center.selectors.alerts import RuleRow
from contact_center.services.alerting import Said

_ON_OFF = {"on": True, "off": False, "": None}
#: Nobody waits longer than a day for anything that is watched.
LONGEST_SECONDS = 86_400
MOST_PIECES = 10_000


class RuleForm(forms.Form):
    """One rule. What is left empty follows the more general word, which is shown beside it."""

    is_on = forms.ChoiceField(label=gettext_lazy("Watched"), required=False)
    threshold = forms.CharField(
        label=gettext_lazy("From"),
        required=False,
        max_length=10,
        error_messages={"max_length": gettext_lazy("That is too long for a limit.")},
    )
    near = forms.CharField(
        label=gettext_lazy("Near the limit from"),
        required=False,
        max_length=10,
        error_messages={"max_length": gettext_lazy("That is too long for a limit.")},
    )
    level = forms.ChoiceField(label=gettext_lazy("How pressing"), required=False)
    by_email = forms.ChoiceField(label=gettext_lazy("By e-mail"), required=False)
    by_webhook = forms.ChoiceField(label=gettext_lazy("By webhook"), required=False)
    repeat_minutes = forms.IntegerField(
        label=gettext_lazy("Sent again every, minutes"),
        required=False,
        min_value=0,
        max_value=1440,
        help_text=gettext_lazy("While it goes on and nobody has acknowledged it. 0: never."),
        error_messages={
            "invalid": gettext_lazy("Write whole minutes, like 30."),
            "min_value": gettext_lazy("Write 0 (never) or more minutes."),
            "max_value": gettext_lazy("A day has 1440 minutes. Write that or less."),
        },
    )

    def __init__(
        self,
        data: Any = None,
        *,
        kind: AlertKind,
        row: AlertRule | None,
        above: RuleRow | None,
    ) -> None:
        self.kind = kind
        super().__init__(data, initial=_initial(kind, row))
        watch = WATCHES[kind]
        holds = above.limits if above is not None else None
        threshold = holds.threshold if holds is not None else watch.threshold
        self._holds = threshold, holds.near if holds is not None else None
        level = holds.level if holds is not None else watch.level
        self._choose("is_on", True if holds is None else holds.is_on)
        self._choose("by_email", watch.by_email if holds is None else holds.by_email)
        self._choose("by_webhook", True if holds is None else holds.by_webhook)
        words = {Level.WARN: _("Warning"), Level.BREACH: _("Over the limit")}
        self._choices("level", [("", self._default(words[level])), *words.items()])
        repeat = REPEAT_MINUTES if holds is None else holds.repeat_minutes
        self.fields["repeat_minutes"].help_text = _(
            "While it goes on and nobody has acknowledged it. 0: never. Empty: every %(n)s."
        ) % {"n": repeat}
        self.fields["threshold"].help_text = _help(kind) % {
            "default": alert_words.figure(kind, threshold)
        }
        self.fields["near"].help_text = _near_help(kind) % {
            "default": alert_words.figure(kind, self._near_where_nothing_is_said())
        }
        if not colours_figures(kind) or kind is AlertKind.SERVICE_LEVEL:
            # A service level is near its limit below the goal, which is the queue's.
            del self.fields["near"]
        if watch.only_on_screens:
            for name in ("level", "by_email", "by_webhook", "repeat_minutes"):
                del self.fields[name]
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "input"
            if self.is_bound and name in self.errors:
                field.widget.attrs["aria-invalid"] = "true"

    def clean_threshold(self) -> int | None:
        """Return the limit in seconds, pieces or percent."""
        said = self.cleaned_data["threshold"].strip()
        return read_threshold(self.kind, said) if said else None

    def clean_near(self) -> int | None:
        """Return from where on it is near the limit, which must be on the good side of it."""
        said = self.cleaned_data["near"].strip()
        if not said:
            return None
        near = read_threshold(self.kind, said)
        limit = self.cleaned_data.get("threshold") or self._holds[0]
        if WATCHES[self.kind].low_is_bad:
            if near < limit:
                raise ValidationError(
                    _("The limit is %(limit)s. Write that or more.")
                    % {"limit": alert_words.figure(self.kind, limit)}
                )
        elif near > limit:
            raise ValidationError(
                _("The limit is %(limit)s. Write that or less.")
                % {"limit": alert_words.figure(self.kind, limit)}
            )
        return near

    def said(self) -> Said:
        """Return what was said, for the service."""
        clean = self.cleaned_data
        level = clean.get("level", "")
        return Said(
            is_on=_ON_OFF[clean["is_on"]],
            threshold=clean["threshold"],
            level=Level(level) if level else None,
            by_email=_ON_OFF[clean.get("by_email", "")],
            by_webhook=_ON_OFF[clean.get("by_webhook", "")],
            repeat_minutes=clean.get("repeat_minutes"),
            near=clean.get("near"),
        )

    def _near_where_nothing_is_said(self) -> int:
        limit, near = self._holds
        return near if near is not None else near_by_default(self.kind, limit)

    def _choose(self, name: str, default: bool) -> None:
        words = {"on": _("Yes"), "off": _("No")}
        shown = self._default(words["on" if default else "off"])
        self._choices(name, [("", shown), *words.items()])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # as declared above
        field.choices = choices

    def _default(self, word: str) -> str:
        return _("default (%(word)s)") % {"word": word}


def read_threshold(kind: AlertKind, said: str) -> int:
    """Return a limit as a person writes it. Raises ValidationError with a sentence."""
    match WATCHES[kind].unit:
        case Unit.SECONDS:
            found = re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,4}):([0-5]\d)|(\d{1,5})", said)
            if found is None:
                raise ValidationError(
                    _(
                        "“%(said)s” is no length of time. Write minutes and seconds like 2:00, or "
                        "seconds like 120."
                    )
                    % {"said": said}
                )
            hours, minutes, seconds, alone = (int(part or 0) for part in found.groups())
            total = hours * 3600 + minutes * 60 + seconds + alone
            if not 1 <= total <= LONGEST_SECONDS:
                raise ValidationError(_("Write a time between 0:01 and 24 hours."))
            return total
        case Unit.PERCENT:
            digits = said.removesuffix("%").strip()
            if not re.fullmatch(r"\d{1,3}", digits) or not 1 <= int(digits) <= 100:
                raise ValidationError(
                    _("“%(said)s” is no share. Write a whole number from 1 to 100.")
                    % {"said": said}
                )
            return int(digits)
    # "Fewer than none" is a limit that is never passed.
    fewest = 0 if WATCHES[kind].low_is_bad else 1
    if not re.fullmatch(r"\d{1,5}", said) or not fewest <= int(said) <= MOST_PIECES:
        raise ValidationError(
            _("“%(said)s” is no count. Write a whole number from %(fewest)s to 10000.")
            % {"said": said, "fewest": fewest}
        )
    return int(said)


def _help(kind: AlertKind) -> str:
    match WATCHES[kind].unit:
        case Unit.SECONDS:
            return _("Minutes and seconds, like 2:00. Empty: %(default)s.")
        case Unit.PERCENT:
            return _("Percent. Empty: %(default)s.")
    if WATCHES[kind].low_is_bad:
        return _("A number; over the limit is what is less. 0: never. Empty: %(default)s.")
    return _("A number. Empty: %(default)s.")


def _near_help(kind: AlertKind) -> str:
    if WATCHES[kind].low_is_bad:
        return _("What is less is shown as near the limit, in amber. Empty: %(default)s.")
    return _("From here on screens show it as near the limit, in amber. Empty: %(default)s.")


def _initial(kind: AlertKind, row: AlertRule | None) -> dict[str, Any]:
    if row is None:
        return {}
    words = {True: "on", False: "off", None: ""}
    return {
        "is_on": words[row.is_on],
        "threshold": ""
        if row.threshold is None
        else alert_words.figure(kind, row.threshold).removesuffix(" %"),
        "near": "" if row.near is None else alert_words.figure(kind, row.near).removesuffix(" %"),
        "level": row.level,
        "by_email": words[row.by_email],
        "by_webhook": words[row.by_webhook],
        "repeat_minutes": row.repeat_minutes,
    }
