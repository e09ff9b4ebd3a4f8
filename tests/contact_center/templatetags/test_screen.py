"""Times, numbers and icons as people read them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from contact_center.icons import LUCIDE, sprite
from contact_center.templatetags import screen

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0:00"),
        (42, "0:42"),
        (59.9, "0:59"),
        (391, "6:31"),
        (3600, "1:00:00"),
        (4900, "1:21:40"),
        (-3, "0:00"),
        (timedelta(minutes=2), "2:00"),
        (None, "—"),
    ],
)
def test_a_length_of_time_is_written_as_clocks_show_it(
    seconds: float | timedelta | None, written: str
) -> None:
    assert screen.clock(seconds) == written


@given(st.integers(min_value=0, max_value=360_000))
def test_what_is_written_can_be_counted_back(seconds: int) -> None:
    total = 0
    for part in screen.clock(seconds).split(":"):
        total = total * 60 + int(part)
    assert total == seconds


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+14155550142", "+1 415 555 0142"),
        ("+442079460958", "+44 20 7946 0958"),
        ("", "Number withheld"),
        ("anonymous", "Number withheld"),
        ("+", "+"),
        ("+1", "+1"),
        ("client:u_7_ab_0", "client:u_7_ab_0"),
        ("<b>", "<b>"),
    ],
)
def test_a_number_is_written_so_that_it_can_be_read_out(number: str, written: str) -> None:
    assert screen.phone(number) == written


@given(st.text(max_size=70))
def test_whatever_the_network_sends_as_a_number_can_be_shown(number: str) -> None:
    assert isinstance(screen.phone(number), str)


def test_a_running_time_says_since_when_to_people_and_to_the_browser() -> None:
    with time_machine.travel(NOON, tick=False):
        drawn = screen.ticking(NOON - timedelta(seconds=66), "Call time")
    assert ">1:06</time>" in drawn
    assert f'data-since="{int((NOON - timedelta(seconds=66)).timestamp() * 1000)}"' in drawn
    assert 'aria-label="Call time"' in drawn
    assert 'aria-live="off"' in drawn, "nobody wants to hear every second"


def test_a_time_that_is_over_is_zero_and_not_less() -> None:
    with time_machine.travel(NOON, tick=False):
        assert ">0:00</time>" in screen.remaining(NOON - timedelta(seconds=5))


def test_no_moment_draws_nothing() -> None:
    assert screen.ticking(None) == ""
    assert screen.remaining(None) == ""
    assert screen.milliseconds(None) == ""


@pytest.mark.parametrize("name", LUCIDE)
def test_every_icon_is_in_the_sprite_and_never_read_aloud(name: str) -> None:
    assert f'<symbol id="{name}"' in sprite()
    assert 'aria-hidden="true"' in screen.icon(name)


def test_an_icon_that_does_not_exist_is_a_mistake_and_not_an_empty_place() -> None:
    with pytest.raises(KeyError):
        screen.icon("unicorn")


def test_the_sprite_holds_drawings_and_nothing_that_runs() -> None:
    assert "<script" not in sprite()
    assert "style=" not in sprite()
