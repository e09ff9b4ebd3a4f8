"""What the modules say: every key they use has its words, and no words are kept for nobody."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from agents.texts import page_texts

MODULES = settings.BASE_DIR / "static/js"
FILES = [
    *sorted((MODULES / "agents").glob("*.js")),
    *(
        MODULES / f"{name}.js"
        for name in ("softphone", "microphone", "sound", "explained", "speak-for-me")
    ),
]


def source() -> str:
    return "\n".join(path.read_text() for path in FILES)


def used_keys() -> set[str]:
    """Keys written out, and those put together from a beginning and one of our states."""
    code = source()
    written = set(re.findall(r'text\(\s*"([^"]+)"', code))
    written |= set(re.findall(r'new NoMicrophone\("([^"]+)"', code))
    written |= set(re.findall(r'new LineProblem\("([^"]+)"', code))
    return written


def test_every_text_a_module_asks_for_is_there() -> None:
    assert used_keys() <= set(page_texts())


def test_every_cause_of_the_voice_sdk_has_a_sentence() -> None:
    softphone = (MODULES / "softphone.js").read_text()
    tables = softphone.partition("const CAUSES")[2].partition("/** What went wrong")[0]
    causes = set(re.findall(r'"((?:line|microphone)-[a-z-]+)"', tables))
    assert len(causes) > 10
    assert causes <= set(page_texts())


def test_every_light_has_its_word() -> None:
    lights = (MODULES / "agents/lights.js").read_text()
    for kind, table in (("connection", "CONNECTION"), ("microphone", "MICROPHONE")):
        rows = lights.partition(f"const {table} = {{")[2].partition("};")[0]
        states = re.findall(r'^\s+"?([a-z-]+)"?: \[', rows, re.M)
        assert states
        assert {f"{kind}-{state}" for state in states} <= set(page_texts())


@pytest.mark.parametrize("key", page_texts())
def test_no_text_is_kept_for_nobody(key: str) -> None:
    # `check-${name}`, `said-${state}` and the like are put together at run time.
    put_together = ("connection-", "microphone-", "phone-", "said-", "check-", "device-gone-")
    assert f'"{key}"' in source() or key.startswith(put_together)


def test_a_sentence_about_a_failure_ends_as_a_sentence() -> None:
    for key, words in page_texts().items():
        if key.startswith("line-") and " " in words and key not in LABELS:
            assert words.endswith("."), words


#: Short labels beside the call, not sentences.
LABELS = {"line-poor", "line-silent", "line-unheard"}


def test_only_one_module_says_twilio() -> None:
    saying = [
        path.name
        for path in Path(MODULES).rglob("*.js")
        if re.search(r"\btwilio\b", path.read_text(), re.I)
    ]
    assert saying == ["softphone.js"]
