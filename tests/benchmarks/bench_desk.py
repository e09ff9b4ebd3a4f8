"""The desk's first load: its bytes, when it can be used, and what moves while it is repainted.

A real Chromium that has never been here, the demo's own server. An agent who has signed in opens
the desk with an empty cache, LOADS times, in turns with an answer of a few bytes. The desk can be
used when *Go on duty* may be pressed and the page has kept nobody waiting for a tenth of a second:
what is called time to interactive, with less patience. Then the agent goes on duty and takes a
call, and callers come and go beside it: nothing may move under a hand that is about to press
(cumulative layout shift).
"""

import os
import statistics
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import sync_playwright

from tests.benchmarks.measures import Measure
from tests.harness.browser import Browser
from tests.harness.desk import Desk
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site

LOADS = int(os.environ.get("DESK_LOADS", "7"))
REPAINTS = int(os.environ.get("DESK_REPAINTS", "10"))
PATIENCE_MS = 20_000
OTHER_CALLER = "+14155550177"
DESK_IS_READY = "document.querySelector('#on-duty-button:not([aria-busy=true])')"
#: An answer of a few bytes, and nothing behind it.
BARE_PATH, BARE_IS_READY = "/health/", "document.readyState === 'complete'"

# Notes when the page was ready, and when it last kept somebody waiting.
WATCH_LOADING = """
  window.loading = { usable: null, busyUntil: 0 };
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) {
      window.loading.busyUntil = Math.max(window.loading.busyUntil, task.startTime + task.duration);
    }
  }).observe({ type: "longtask", buffered: true });
  const look = () => {
    if (IS_READY) window.loading.usable = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""
IS_USABLE = """
  () => window.loading.usable !== null
    && performance.now() > Math.max(window.loading.usable, window.loading.busyUntil) + 100
"""
USABLE_AT = "() => Math.max(window.loading.usable, window.loading.busyUntil)"

CHANGED = "(before) => document.querySelector('#queue-strip').innerHTML !== before"
# What the browser calls a shift, with what moved. What a click moves is expected, and not counted.
WATCH_SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) {
      if (shift.hadRecentInput) continue;
      const moved = shift.sources.map(({ node }) => node?.id || node?.className || node?.nodeName);
      window.shifts.push({ value: shift.value, moved });
    }
  }).observe({ type: "layout-shift" });
"""


def run() -> dict[str, object]:
    """Bytes, times and shifts of the desk, each with its bar."""
    with (
        TemporaryDirectory() as folder,
        Simulator(Path(folder)) as simulator,
        Site(Path(folder), simulator) as site,
        sync_playwright() as playwright,
        Browser(playwright, Path(folder), tone=440) as browser,
    ):
        Desk.of("alice", browser, site).page.close()
        loads, bare = [], []
        for _ in range(LOADS):
            bare.append(_load(browser, site.address_of("alice", BARE_PATH), BARE_IS_READY))
            loads.append(_load(browser, site.address_of("alice"), DESK_IS_READY))
        desk = Desk(browser.open(site.address_of("alice")), browser)
        desk.page.evaluate(WATCH_SHIFTS)
        desk.go_on_duty()
        call = simulator.call(SUPPORT_NUMBER, tone=1010)
        desk.rings()
        desk.accept()
        in_a_call = _shifts_while_callers_come_and_go(desk, simulator)
        simulator.hang_up(call)
        desk.wraps_up()
        in_wrap_up = _shifts_while_callers_come_and_go(desk, simulator)
    usable = [each.usable_ms for each in loads]
    bare_usable = statistics.median(each.usable_ms for each in bare)
    return {
        "bytes of the first load, with the Voice SDK": Measure(
            loads[0].bytes / 1000, "KB", at_most=600, note=f"{loads[0].files} files"
        ),
        "time to interactive, median": Measure(
            statistics.median(usable) / 1000,
            "s",
            at_most=1,
            note=f"{LOADS} loads, the slowest {max(usable):.0f} ms",
        ),
        "against a bare page of the site": Measure(
            statistics.median(usable) / bare_usable, note=f"bare {bare_usable:.0f} ms"
        ),
        "layout shift, in a call": _measure_of(in_a_call),
        "layout shift, in wrap-up": _measure_of(in_wrap_up),
    }


@dataclass(frozen=True)
class _Loaded:
    bytes: int
    files: int
    usable_ms: float


def _load(browser: Browser, url: str, is_ready: str) -> _Loaded:
    """Open a page in a tab whose cache is off, and wait until it can be used."""
    page = browser.context.new_page()
    received: list[int] = []
    protocol = browser.context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
    protocol.on("Network.loadingFinished", lambda end: received.append(end["encodedDataLength"]))
    page.add_init_script(WATCH_LOADING.replace("IS_READY", is_ready))
    page.goto(url)
    page.wait_for_function(IS_USABLE, timeout=PATIENCE_MS)
    usable: float = page.evaluate(USABLE_AT)
    page.wait_for_load_state("networkidle")
    page.close()
    return _Loaded(sum(map(int, received)), len(received), usable)


def _shifts_while_callers_come_and_go(desk: Desk, simulator: Simulator) -> list[dict[str, Any]]:
    """Let others repaint the desk's panels, and return what moved of itself."""
    waits = desk.page.locator("#queue-strip")
    desk.page.evaluate("window.shifts.length = 0")
    for _ in range(REPAINTS):
        before = waits.inner_html()
        call = simulator.call(SUPPORT_NUMBER, from_=OTHER_CALLER)
        desk.page.wait_for_function(CHANGED, arg=before, timeout=PATIENCE_MS)
        before = waits.inner_html()
        simulator.hang_up(call)
        desk.page.wait_for_function(CHANGED, arg=before, timeout=PATIENCE_MS)
    shifts: list[dict[str, Any]] = desk.page.evaluate("window.shifts")
    return shifts


def _measure_of(shifts: list[dict[str, Any]]) -> Measure:
    moved = sorted({str(name) for shift in shifts for name in shift["moved"]})
    note = f"{REPAINTS} callers came and went" + (f"; moved: {', '.join(moved)}" if moved else "")
    return Measure(sum(shift["value"] for shift in shifts), "", at_most=0, note=note)
