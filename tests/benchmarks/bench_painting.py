"""From an agent who becomes free to the offer painted in the browser, against a bare consumer.

A real Chromium at the desk, daphne and a clock, PostgreSQL and Redis. A thousand times a caller is
in line and the agent's break ends; what is measured goes from just before that is written until the
frame after the offer is in the page. In turns a bare consumer echoes an event of the layer to the
same page, which writes it into an element and waits for its frame, too.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.measures import Measure, percentile
from tests.harness.browser import Browser
from tests.harness.desk import Desk
from tests.harness.processes import ROOT
from tests.harness.services import TemporaryPostgres, TemporaryRedis
from tests.harness.simulator import Simulator
from tests.harness.site import Site

CALLS = int(os.environ.get("PAINTED_CALLS", "1000"))
PATIENCE_MS = 15_000

# Notes the moment at which an offer, and an echo, are on the screen: the frame after the change.
WATCH = """
  window.painted = {};
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  const note = (key) => requestAnimationFrame(() => (window.painted[key] ??= now()));
  let shown = null;
  new MutationObserver(() => {
    const offer = document.querySelector("#call-offer")?.dataset.offer ?? null;
    if (offer !== shown) note(offer ?? "none");
    shown = offer;
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
  const echo = document.body.appendChild(document.createElement("p"));
  const socket = new WebSocket(`ws://${location.host}/ws/bare/`);
  socket.onmessage = ({ data }) => { echo.textContent = data; note(data); };
  new Promise((open) => (socket.onopen = open))
"""


def run() -> dict[str, object]:
    """The 99th percentiles of both, over a thousand calls."""
    with (
        TemporaryDirectory() as folder,
        TemporaryPostgres() as postgres,
        TemporaryRedis() as redis,
        Simulator(Path(folder)) as simulator,
        Site(
            Path(folder),
            simulator,
            database_url=postgres.url,
            redis_url=redis.url,
            settings={"DJANGO_SETTINGS_MODULE": "tests.benchmarks.painting_settings"},
        ) as site,
        sync_playwright() as playwright,
        Browser(playwright, Path(folder), tone=440) as browser,
    ):
        desk = Desk.of("alice", browser, site)
        desk.go_on_duty()
        with _Driver(site) as driver:
            ours, bare = _measure(desk.page, driver)
    p99, bare_p99 = percentile(ours, 99), percentile(bare, 99)
    spread = ", ".join(f"p{p} {percentile(ours, p) * 1000:.0f} ms" for p in (50, 95))
    return {
        "calls": len(ours),
        "agent free to offer painted, p99": Measure(
            p99 * 1000, "ms", at_most=150, note=f"{spread}"
        ),
        "against the bare consumer's p99": Measure(
            p99 / bare_p99, at_most=3, note=f"bare {bare_p99 * 1000:.0f} ms"
        ),
    }


class _Driver:
    def __init__(self, site: Site) -> None:
        self._site = site

    def __enter__(self) -> "_Driver":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.painting_driver", "alice"],
            cwd=ROOT,
            env=self._site.environment | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *failure: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)

    def ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def _measure(page: Page, driver: _Driver) -> tuple[list[float], list[float]]:
    page.evaluate(WATCH)
    driver.ask("clear")
    ours, bare = [], []
    for number in range(CALLS):
        bare.append(-driver.ask(f"bare echo-{number}")["at"] + _painted(page, f"echo-{number}"))
        page.evaluate("window.painted = {}")
        began = driver.ask("free")["at"]
        page.wait_for_selector("#call-offer", timeout=PATIENCE_MS)
        offer = page.locator("#call-offer").get_attribute("data-offer")
        ours.append(_painted(page, str(offer)) - began)
        driver.ask("clear")
        page.wait_for_selector("#call-offer", state="detached", timeout=PATIENCE_MS)
    return ours, bare


def _painted(page: Page, key: str) -> float:
    page.wait_for_function("(key) => window.painted[key]", arg=key, timeout=PATIENCE_MS)
    moment: float = page.evaluate("(key) => window.painted[key]", key)
    return moment
