"""What the softphone of a supervisor says: every key has its words, and no words are for nobody."""

import re

import pytest
from django.conf import settings

from contact_center.softphone_texts import softphone_texts
from supervisors.texts import page_texts

MODULES = settings.BASE_DIR / "static/js"
SHARED = ("softphone", "microphone", "sound", "explained", "speak-for-me")
FILES = [MODULES / "supervisors/supervising.js", *(MODULES / f"{name}.js" for name in SHARED)]


def source() -> str:
    return "\n".join(path.read_text() for path in FILES)


def test_every_text_a_module_asks_for_is_there() -> None:
    code = source()
    used = set(re.findall(r'text\(\s*"([^"]+)"', code))
    used |= set(re.findall(r'"((?:line|microphone|voice)-[a-z-]+)"', code))
    used -= {"line-mute"}  # the id of a button
    assert len(used) > 25
    assert used <= set(page_texts())


@pytest.mark.parametrize("key", page_texts())
def test_no_text_is_kept_for_nobody(key: str) -> None:
    assert f'"{key}"' in source()


def test_agents_and_supervisors_read_the_same_of_a_line() -> None:
    shared = softphone_texts()
    assert {key: page_texts()[key] for key in shared} == shared
