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
WAITING = CallRow(
    call_id=4,
    caller="+14155550199",
    state="queued",
    queue="Sales",
    agent="",
    arrived_at=SINCE,
    waiting_since=SINCE,
    level="",
    stay_id=7,
    stands_in_line=True,
    place=1,
)
#: As a page shows a row, and as it shows one with something beside it.
A_ROW = Template("{% load kept %}{% kept template row %}")
A_ROW_IN_ITS_PLACE = Template("{% load kept %}{% kept template row place=place %}")
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
                "level": "breach",
                "stay_id": 8,
                "kept_for": "Ann",
                "own_priority": 3,
                "on_the_way": True,
                "kind": "voicemail",
                "stands_in_line": False,
                "place": 2,
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
    before = drawn(template, row)
    for name, value in changes.items():
        changed = drawn(template, replace(row, **{name: value}))
        assert timeless(changed) != timeless(before), f"{name} is in the row and not on the screen"
    assert timeless(drawn(template, row)) == timeless(before)


def drawn(template: str, row: AgentRow | CallRow | EndedRow) -> str:
    """As the floor draws it: of a call, with the place in the line beside it."""
    if not isinstance(row, CallRow):
        return A_ROW.render(Context({"template": template, "row": row}))
    return in_its_place(row, row.place)


def in_its_place(row: CallRow, place: object) -> str:
    return A_ROW_IN_ITS_PLACE.render(
        Context({"template": "supervisors/_call_row.html", "row": row, "place": place})
    )


def test_what_has_not_changed_is_not_drawn_again() -> None:
    drawn("supervisors/_call_row.html", WAITING)
    drawn("supervisors/_call_row.html", replace(WAITING))
    assert keeping._drawn.cache_info().hits == 1


def test_when_the_first_of_a_line_leaves_the_others_move_up_and_are_not_drawn_again() -> None:
    third = drawn("supervisors/_call_row.html", replace(WAITING, place=3))
    second = drawn("supervisors/_call_row.html", replace(WAITING, place=2))
    assert keeping._drawn.cache_info().hits == 1
    assert timeless(second) == timeless(third).replace(">3</td>", ">2</td>")
    assert ">3</td>" in third
    assert ">3</td>" not in second


def test_what_is_given_beside_a_row_is_escaped_like_everything() -> None:
    html = in_its_place(WAITING, "<b>1</b>")
    assert "&lt;b&gt;1&lt;/b&gt;" in html
    assert "<b>1" not in html


def test_nothing_can_be_given_beside_a_row_that_is_not_kept() -> None:
    """Who shows such a row by itself is told so, and not shown a row with a hole in it."""
    with pytest.raises(LookupError):
        Template('{% include "supervisors/_call_row.html" %}').render(Context({"row": WAITING}))


def test_how_long_somebody_has_waited_goes_on_in_a_row_that_was_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for minutes, said in ((1, "1:00"), (2, "2:00")):
        moment = SINCE + timedelta(minutes=minutes)
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        html = drawn("supervisors/_call_row.html", WAITING)
        assert html.count(f">{said}</time>") == 2, "since ringing in, and waiting"
    assert keeping._drawn.cache_info().hits == 1


def test_a_row_is_kept_in_the_language_it_was_drawn_in() -> None:
    said = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            pieces, _holes = keeping._drawn(YES_OR_NO, True, translation.get_language(), "/")
            said += pieces
    assert said == ["yes", "Ja", "yes"]
    assert keeping._drawn.cache_info().hits == 1


def test_a_name_that_looks_like_a_place_of_ours_breaks_nothing() -> None:
    html = drawn("supervisors/_agent_row.html", replace(BUSY, name="Ann \ue000 <b>"))
    assert "Ann \ue000 &lt;b&gt;" in html
    assert html.index("<time") > html.index("</th>"), "the moment stands where it belongs"


def timeless(html: str) -> str:
    """Without how long ago something is."""
    return re.sub(r'datetime="PT\d+S">[\d:]+<', "", html)


def test_it_is_what_the_template_gives_by_itself() -> None:
    html = Template('{% include "supervisors/_agent_row.html" %}').render(Context({"row": BUSY}))
    assert timeless(drawn("supervisors/_agent_row.html", BUSY)) == timeless(html)
