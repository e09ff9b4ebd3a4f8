"""Texts that are written to a page at once: whole, in order with all others, or as usual."""

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from realtime.straight import wire_below
from tests.harness.processes import Server, bare_environment, free_port

#: Of each kind that the protocol writes the length of in another way: 7, 16 and 64 bits.
SHORT, MIDDLE, LONG = 1, 1_000, 40_000
#: More than Twisted writes at once.
HUGE = 300_000


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("straight")
    port = free_port()
    endpoint = f"tcp:port={port}:interface=127.0.0.1"
    server = Server(
        "daphne",
        [sys.executable, "-m", "daphne", "-e", endpoint, "tests.realtime.straight_app:application"],
        log=folder / "daphne.log",
        environment=bare_environment()
        | {
            "DJANGO_SETTINGS_MODULE": "contact_center.settings",
            "ENV_FILE": "tests/test.env",
            "DATA_DIR": str(folder),
        },
    )
    server.start()
    try:
        server.wait_for_port(port)
        yield f"ws://127.0.0.1:{port}/"
        assert "Error" not in server.log.read_text()
    finally:
        server.stop()


@pytest.mark.alone
async def test_what_nothing_stands_before_goes_straight_and_arrives_whole(url: str) -> None:
    sizes = [SHORT, MIDDLE, LONG]
    assert await sent(url, sizes) == (sizes, 3)


@pytest.mark.alone
async def test_what_comes_after_something_that_went_as_usual_does_not_overtake_it(url: str) -> None:
    """After the third, a heartbeat goes as usual, and waits for the next turn of the loop."""
    sizes = [SHORT, SHORT, SHORT, MIDDLE, LONG, SHORT]
    assert await sent(url, sizes) == (sizes, 3)


@pytest.mark.alone
async def test_what_the_kernel_does_not_take_at_once_is_sent_behind_it_and_before_the_next(
    url: str,
) -> None:
    sizes = [HUGE, MIDDLE, HUGE, SHORT]
    assert await sent(url, sizes) == (sizes, 1)


@pytest.mark.alone
async def test_the_next_goes_straight_again_when_all_has_been_sent(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(url, max_msg_size=0) as page:
        assert await asked(page, [HUGE, SHORT]) == ([HUGE, SHORT], 1)
        assert await asked(page, [SHORT]) == ([SHORT], 2)


@pytest.mark.alone
async def test_nothing_is_written_behind_a_farewell(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as page:
        await page.send_str(json.dumps({"sizes": [SHORT], "close": 4401}))
        assert content_of(json.loads((await page.receive()).data)) == SHORT
        assert (await page.receive()).type is aiohttp.WSMsgType.CLOSE
        assert page.close_code == 4401


def test_another_server_is_written_to_as_usual() -> None:
    async def send(to: object, message: dict[str, Any]) -> None:
        raise AssertionError("nothing is sent by looking")

    assert wire_below(send) is None
    assert wire_below(partial(send)) is None
    assert wire_below(partial(send, object())) is None


async def sent(url: str, sizes: list[int]) -> tuple[list[int], int]:
    """As of a page of its own, what is ``asked`` of it."""
    async with aiohttp.ClientSession() as session, session.ws_connect(url, max_msg_size=0) as page:
        return await asked(page, sizes)


async def asked(page: Any, sizes: list[int]) -> tuple[list[int], int]:
    """Return the sizes that came, in their order, and how many have gone straight so far."""
    await page.send_str(json.dumps({"sizes": sizes, "told": True}))
    came: list[int] = []
    version = None
    while "straight" not in (message := json.loads((await page.receive()).data)):
        if "heartbeat" in message:
            assert message["version"] == version, "a heartbeat names the frame it came behind"
            continue
        assert version is None or message["version"] == version + 1
        version = message["version"]
        came.append(content_of(message))
    return came, message["straight"]


def content_of(message: dict[str, Any]) -> int:
    assert set(message["content"]) == {"é"}
    return len(message["content"])
