"""What of a panel goes over the wire: what is new of it, and enough to have the whole again."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from realtime.changes import Drawing
from tests.harness.live_screen import Frame, Panels, frame_of, timeless

SCRIPTS = Path(__file__).resolve().parents[2] / "static/js"
#: Rows by number, with what they say and for how long it has been so.
Rows = Mapping[int, tuple[str, int]]


def panel(rows: Rows, *, title: str = "Calls", version: int = 1) -> str:
    """A panel as it is painted."""
    said = "".join(
        f'<tr id="row-{number}"><th>{number}</th><td><span>{words}</span></td>'
        f'<td><time data-since="5" datetime="PT{seconds}S">0:{seconds:02}</time></td></tr>\n'
        for number, (words, seconds) in rows.items()
    )
    table = f"<table><tbody>\n{said}</tbody></table>" if rows else "<p>Nobody.</p>"
    return (
        '<hx-partial hx-target="#calls" hx-swap="outerMorph">'
        f'<section id="calls" data-version="{version}"><h2>{title}</h2>{table}</section>'
        "</hx-partial>"
    )


def drawings(*paintings: str) -> list[Drawing]:
    """The panel as it was painted each time."""
    drawn: list[Drawing] = []
    for serial, html in enumerate(paintings, start=1):
        drawn.append(Drawing(html, serial, drawn[-1] if drawn else None))
    return drawn


def message(drawing: Drawing, since: int | None = None) -> Frame:
    """The frame in which a page is sent it that has the painting ``since``, or nothing."""
    return frame_of(
        {
            "snapshot": since is None,
            "as_of": "2026-11-29T12:00:00+00:00",
            "content": drawing.html if since is None else "",
            "changes": {} if since is None else {"calls": json.loads(drawing.since(since))},
        }
    )


def test_a_row_that_changed_is_sent_as_the_piece_that_did() -> None:
    rows = {n: (f"call {n}", 3) for n in range(30)}
    _before, after = drawings(panel(rows), panel(rows | {7: ("ringing", 3)}))
    change = json.loads(after.since(1))
    assert list(change["blocks"]) == ["row-7"]
    assert list(change["blocks"]["row-7"].values()) == ["<span>ringing</span></td>"]
    assert "order" not in change


def test_that_time_has_passed_is_not_sent() -> None:
    _before, after = drawings(panel({1: ("waits", 3)}), panel({1: ("waits", 4)}))
    assert json.loads(after.since(1)) == {"blocks": {}}


def test_who_comes_and_goes_is_sent_with_the_order_and_nobody_else_is() -> None:
    rows = {1: ("a", 0), 2: ("b", 0), 3: ("c", 0)}
    _before, after = drawings(panel(rows), panel({3: ("c", 1), 1: ("a", 1), 4: ("d", 0)}))
    change = json.loads(after.since(1))
    assert change["order"] == ["", "row-3", "row-1", "row-4", "/"]
    assert list(change["blocks"]) == ["row-4"]


def test_who_was_gone_for_a_moment_is_sent_again() -> None:
    there, gone = panel({1: ("a", 0), 2: ("b", 0)}), panel({1: ("a", 0)})
    _first, _second, third = drawings(there, gone, there)
    assert list(json.loads(third.since(2))["blocks"]) == ["row-2"]
    # A page that has not heard of it is not told that nothing happened, either.
    assert list(json.loads(third.since(1))["blocks"]) == ["row-2"]


def test_rows_that_share_an_id_are_sent_whole() -> None:
    twice = panel({1: ("a", 0), 2: ("b", 0)}).replace("row-2", "row-1")
    _before, after = drawings(panel({1: ("a", 0)}), twice)
    shown = Panels()
    shown.take(message(_before))
    assert shown.take(message(after, 1)) == {"calls": _inside(twice)}


_paintings = st.lists(
    st.tuples(
        st.dictionaries(
            st.integers(1, 6),
            st.tuples(st.sampled_from(["a", "b <i>c</i>", "d"]), st.integers(0, 59)),
            max_size=6,
        ),
        st.sampled_from(["Calls", "Calls <b>1</b>"]),
    ),
    min_size=2,
    max_size=6,
)


@given(_paintings)
def test_a_page_that_has_any_painting_comes_to_the_newest(
    paintings: Sequence[tuple[Rows, str]],
) -> None:
    drawn = drawings(
        *(panel(rows, title=title, version=n) for n, (rows, title) in enumerate(paintings))
    )
    want = timeless(_inside(drawn[-1].html))
    for older in drawn[:-1]:
        page = Panels()
        page.take(message(older))
        brought = page.take(message(drawn[-1], older.serial))
        assert brought is not None
        assert timeless(brought["calls"]) == want
    # And whoever was told of each.
    page = Panels()
    page.take(message(drawn[0]))
    for before, after in pairwise(drawn):
        brought = page.take(message(after, before.serial))
    assert brought is not None
    assert timeless(brought["calls"]) == want


def test_a_browser_puts_together_what_we_do() -> None:
    steps = drawings(
        panel({1: ("a", 0), 2: ("b", 0), 3: ("c", 0)}),
        panel({3: ("c", 1), 1: ("x", 1), 4: ("d", 0)}, version=2),
        panel({}, title="Calls <b>0</b>", version=3),
        panel({5: ("e", 0)}, version=4),
    )
    changes = [json.loads(after.since(after.serial - 1)) for after in steps[1:]]
    program = f"""
        import {{ Panels }} from "{SCRIPTS / "changes.js"}";
        const [whole, changes] = JSON.parse(process.argv[1]);
        const panels = new Panels();
        if (panels.know({{ calls: changes[0] }})) throw new Error("knows what it never had");
        panels.keep(whole);
        console.log(JSON.stringify(changes.map((calls) => panels.change({{ calls }})[0])));
    """
    said = subprocess.run(
        ["node", "--input-type=module", "-e", program, json.dumps([steps[0].html, changes])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [timeless(html) for html in json.loads(said.stdout)] == [
        timeless(drawing.html) for drawing in steps[1:]
    ]


def _inside(html: str) -> str:
    return html.removeprefix('<hx-partial hx-target="#calls" hx-swap="outerMorph">').removesuffix(
        "</hx-partial>"
    )
