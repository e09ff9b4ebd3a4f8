"""Whether a page in the browser can be used by everybody: by axe, and by its width."""

import json
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"

# A colour that is still on its way to another one is no finding.
RUN = """
new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))).then(() =>
  Promise.allSettled(document.getAnimations()
    .filter((one) => one instanceof CSSTransition)
    .map((one) => one.finished))
).then(() => axe.run(document, {resultTypes: ["violations"]})).then((result) => JSON.stringify(
  result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`)
))
"""


def findings(page: Page) -> list[str]:
    """What axe has to say. It runs in a world of its own, because the page lets no script in."""
    devtools = page.context.new_cdp_session(page)
    frame = devtools.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = devtools.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})
    context = {"contextId": world["executionContextId"]}
    devtools.send("Runtime.evaluate", {"expression": AXE.read_text(), **context})
    asked = {"expression": RUN, "awaitPromise": True, "returnByValue": True, **context}
    answer = devtools.send("Runtime.evaluate", asked)
    devtools.detach()
    found: list[str] = json.loads(answer["result"]["value"])
    return found


def looks_right(page: Page, what: str) -> None:
    """Nobody is shut out of this state, and nothing sticks out of the screen."""
    assert findings(page) == [], what
    sticks_out = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert sticks_out == 0, f"{what} is {sticks_out} px wider than the screen"
