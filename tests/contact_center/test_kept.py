"""Rows that are kept: drawn again when anything in them differs, and never older than they say."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from contact_center.domain.status import ShownState, ShownStatus
from contact_center.selectors.floor import CallRow, EndedRow
from contact_center.selectors.grid import AgentRow, Help, LiveOffer, Long
from contact_center.templatetags import kept as keeping
from contact_center.templatetags.kept import kept

SINCE = datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("UTC"))
BUSY = AgentRow(
    agent_id=1,
    user_id=2,
    name="Ann",
    status=ShownStatus(ShownState.ON_CALL, None),
    since=SINCE,
    offer=LiveOffer(3, "connected", "Sales", 4, "+14155550199"),
    is_silent=False,
    next_presence="",
    help=None,
    supervisors=(),
    too_long=None,
    missed=0,
    calls=5,
    talked=timedelta(minutes=6),
    may_coach=True,
)
WAITING = CallRow(4, "+14155550199", "queued", "Sales", "", SINCE, SINCE, 1, "")
#: Said by Django in every language.
YES_OR_NO = Template("{{ row|yesno }}")
OVER = EndedRow(4, "+14155550199", "customer", "abandoned", "Sales", "", timedelta(1), SINCE)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    keeping._drawn.cache_clear()


@pytest.mark.parametrize(
    ("template", "row", "changes"),
    [
        (
            "supervisors/_agent_row.html",
            BUSY,
            {
                "agent_id": 9,
                "user_id": 9,
                "name": "Ben",
                "status": ShownStatus(ShownState.HOLD, None),
                "since": SINCE + timedelta(seconds=1),
                "offer": LiveOffer(3, "wrapping_up", "Sales", 4, "+14155550199"),
                "is_silent": True,
                "next_presence": "break",
                "help": Help.ASKED,
                "too_long": Long.CALL,
                "missed": 3,
                "calls": 6,
                "talked": timedelta(minutes=7),
                "may_coach": False,
            },
        ),
        (
            "supervisors/_call_row.html",
            WAITING,
            {
                "call_id": 9,
                "caller": "+14155550111",
                "state": "offered",
                "queue": "Support",
                "agent": "Ann",
                "arrived_at": SINCE - timedelta(seconds=1),
                "waiting_since": SINCE + timedelta(seconds=1),
                "place": 2,
                "level": "breach",
            },
        ),
        (
            "supervisors/_ended_row.html",
            OVER,
            {
                "call_id": 9,
                "caller": "+14155550111",
                "ended_by": "agent",
                "end_reason": "agent_hung_up",
                "queue": "Support",
                "agent": "Ann",
                "lasted": timedelta(2),
                "ended_at": SINCE + timedelta(minutes=1),
            },
        ),
    ],
)
def test_whatever_differs_in_a_row_is_seen(
    template: str, row: AgentRow | CallRow | EndedRow, changes: dict[str, object]
) -> None:
    before = kept(template, row)
    for name, value in changes.items():
        changed = kept(template, replace(row, **{name: value}))
        assert timeless(changed) != timeless(before), f"{name} is in the row and not on the screen"
    assert timeless(kept(template, row)) == timeless(before)


def test_what_has_not_changed_is_not_drawn_again() -> None:
    kept("supervisors/_call_row.html", WAITING)
    kept("supervisors/_call_row.html", replace(WAITING))
    assert keeping._drawn.cache_info().hits == 1


def test_how_long_somebody_has_waited_goes_on_in_a_row_that_was_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for minutes, said in ((1, "1:00"), (2, "2:00")):
        moment = SINCE + timedelta(minutes=minutes)
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        html = kept("supervisors/_call_row.html", WAITING)
        assert html.count(f">{said}</time>") == 2, "since ringing in, and waiting"
    assert keeping._drawn.cache_info().hits == 1


def test_a_row_is_kept_in_the_language_it_was_drawn_in() -> None:
    said = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            pieces, _moments = keeping._drawn(YES_OR_NO, True, translation.get_language(), "/")
            said += pieces
    assert said == ["yes", "Ja", "yes"]
    assert keeping._drawn.cache_info().hits == 1


def test_a_name_that_looks_like_a_place_of_ours_breaks_nothing() -> None:
    html = kept("supervisors/_agent_row.html", replace(BUSY, name="Ann \ue000 <b>"))
    assert "Ann \ue000 &lt;b&gt;" in html
    assert html.index("<time") > html.index("</th>"), "the moment stands where it belongs"


def timeless(html: str) -> str:
    """Without how long ago something is."""
    return re.sub(r'datetime="PT\d+S">[\d:]+<', "", html)


def test_it_is_what_the_template_gives_by_itself() -> None:
    html = Template('{% include "supervisors/_agent_row.html" %}').render(Context({"row": BUSY}))
    assert timeless(kept("supervisors/_agent_row.html", BUSY)) == timeless(html)
