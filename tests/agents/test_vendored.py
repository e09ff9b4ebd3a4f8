"""The browser code of others is the one that was locked, and nothing is fetched from elsewhere."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from tests.builders import signed_in
from tests.cast import Cast

LOCKED = json.loads((settings.BASE_DIR / "package-lock.json").read_text())["packages"]


def text_of(path: str) -> str:
    """A static file as it would be served."""
    found = finders.find(path)
    assert isinstance(found, str), f"{path} is not among the static files; run npm ci"
    return Path(found).read_text(encoding="utf-8")


def test_the_voice_sdk_that_is_served_is_the_one_that_was_locked() -> None:
    """Its hidden option for another gateway may change with any version."""
    version = LOCKED["node_modules/@twilio/voice-sdk"]["version"]
    assert f'RELEASE_VERSION="{version}"' in text_of("vendor/voice-sdk/twilio.min.js")


def test_the_htmx_that_is_served_is_the_one_that_was_locked() -> None:
    version = LOCKED["node_modules/htmx.org"]["version"]
    assert f'"{version}"' in text_of("vendor/htmx/htmx.min.js").replace("'", '"')


@pytest.mark.parametrize("name", ["agents:desk", "agents:calls", "password"])
def test_every_file_a_page_names_is_served_from_here(cast: Cast, name: str) -> None:
    page = signed_in(cast.alice.user).get(reverse(name)).content.decode()
    named = re.findall(r'(?:src|href|data-\w+)="(/static/[^"]+)"', page)
    assert named
    for address in named:
        path = address.removeprefix(settings.STATIC_URL)
        assert finders.find(path), f"{address} is named in the page and is not there"
    assert not re.findall(r'(?:src|href)="https?://', page)


def test_the_modules_import_one_another_by_paths_that_exist() -> None:
    folder = settings.BASE_DIR / "static/js"
    for path in folder.rglob("*.js"):
        for imported in re.findall(r'from "(\.[^"]+)"', path.read_text()):
            assert (path.parent / imported).resolve().is_file(), f"{path.name}: {imported}"


def test_on_the_simulator_the_shim_comes_before_the_sdk(cast: Cast) -> None:
    page = signed_in(cast.alice.user).get(reverse("agents:desk")).content.decode()
    assert page.index("voice-shim.js") < page.index("twilio.min.js") < page.index("htmx.min.js")


def test_on_the_real_network_there_is_no_shim_and_no_made_voice(
    cast: Cast, settings: object
) -> None:
    settings.MOCK_TWILIO = False  # type: ignore[attr-defined]
    page = signed_in(cast.alice.user).get(reverse("agents:desk")).content.decode()
    assert "voice-shim.js" not in page
    assert "Speak for me" not in page
    assert 'data-raw-microphone="false"' in page
