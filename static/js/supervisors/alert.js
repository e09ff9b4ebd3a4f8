// A page of alerts that has no socket: what one did is seen by loading the page again.

import { start as startClock } from "../clock.js";

const page = document.getElementById("main");

if (page.hasAttribute("data-reload-after-deed")) {
  const busy = new MutationObserver((changes) => {
    for (const { target, oldValue } of changes) {
      const isDone = oldValue === "true" && !target.hasAttribute("aria-busy");
      if (isDone && document.getElementById("deed-said").hidden) location.reload();
    }
  });
  busy.observe(page, { attributeFilter: ["aria-busy"], attributeOldValue: true, subtree: true });
}

startClock();
