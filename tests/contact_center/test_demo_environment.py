"""Processes of one demo agree on its secrets, even when they start at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from contact_center.demo_environment import demo_environment


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(demo_environment, [data] * 32))
    assert all(each == drawn[0] for each in drawn)
    assert [path.name for path in data.iterdir()] == ["demo.env"]


def test_only_the_owner_may_read_the_secrets(tmp_path: Path) -> None:
    demo_environment(tmp_path)
    assert (tmp_path / "demo.env").stat().st_mode & 0o777 == 0o600


def test_what_is_drawn_passes_for_an_account(tmp_path: Path) -> None:
    drawn = demo_environment(tmp_path)
    assert drawn["TWILIO_ACCOUNT_SID"].startswith("AC")
    assert len(drawn["TWILIO_ACCOUNT_SID"]) == 34
    assert drawn["TWILIO_PHONE_NUMBER"] == "+14155550100"
    assert all(drawn.values())
