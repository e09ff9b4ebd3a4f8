// A call that goes on: where it is is pushed, and the timeline is fetched anew when something was
// added to it, as the address narrows it. What somebody has unfolded stays unfolded.

import { start as startClock } from "../clock.js";
import { Live } from "../live.js";

const page = document.getElementById("main");
const light = document.getElementById("live-light");
const live = new Live(page);

const story = () => document.getElementById("call-story");
const now = () => document.getElementById("call-now");

let fetching = false;

/** Fetch the timeline when the page knows of more than it shows. */
async function look() {
  if (fetching || now().dataset.newest === story().dataset.newest) return;
  fetching = true;
  try {
    const response = await fetch(page.dataset.story + location.search);
    if (!response.ok || response.redirected) return;
    const text = await response.text();
    const partial = `<hx-partial hx-target="#call-story" hx-swap="outerMorph">${text}</hx-partial>`;
    await htmx.swap({ sourceElement: page, target: page, swap: "none", text: partial });
  } catch {
    // The server is away; the next second asks again.
  } finally {
    fetching = false;
  }
}

live.addEventListener("tick", look);
live.addEventListener("change", () => {
  light.querySelector(".live-on").hidden = !live.connected;
  light.querySelector(".live-off").hidden = live.connected;
  if (live.connected) delete document.body.dataset.stale;
  else document.body.dataset.stale = "";
});
live.addEventListener("as-of", (event) => {
  for (const age of document.querySelectorAll("[data-as-of-clock]")) age.textContent = event.detail;
});

live.start();
startClock();
