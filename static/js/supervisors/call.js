// A call that goes on: where it is is pushed, and the timeline is fetched anew when something was
// added to it, as the address narrows it. What somebody has unfolded stays unfolded.

import { start as startClock } from "../clock.js";
import { Live } from "../live.js";
import { follow } from "./live-light.js";

const page = document.getElementById("main");
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
follow(live);

live.start();
startClock();
