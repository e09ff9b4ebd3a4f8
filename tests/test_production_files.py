"""The files an operator copies name processes, commands and ports that exist."""

import re
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[1]
FILES = ROOT / "deploy/production"
UNITS = sorted(FILES.glob("*.service"))


def test_every_command_of_a_unit_or_of_the_page_is_one_of_ours() -> None:
    texts = [path.read_text() for path in (*UNITS, ROOT / "docs/production.md")]
    named = {name for text in texts for name in re.findall(r"manage\.py (\w+)", text)}
    assert "clock" in named
    assert named <= set(get_commands())


def test_nginx_sends_requests_where_the_units_listen() -> None:
    sent_to = set(re.findall(r"127\.0\.0\.1:(\d+)", (FILES / "nginx.conf").read_text()))
    units = " ".join(path.read_text() for path in UNITS)
    listening = set(re.findall(r"--bind 127\.0\.0\.1:(\d+)|tcp:port=(\d+)", units))
    assert sent_to == {port for pair in listening for port in pair if port}


def test_every_unit_is_on_the_page() -> None:
    page = (ROOT / "docs/production.md").read_text()
    for unit in UNITS:
        assert unit.stem in page
