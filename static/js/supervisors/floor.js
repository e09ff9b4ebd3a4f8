// The floor: say whether it is live, how old it is, and let nothing move under the pointer.

import { start as startClock } from "../clock.js";
import { Live } from "../live.js";
import { start as startLook } from "./floor-look.js";
import { age } from "./live-light.js";
import { keepSteady } from "./steady.js";

const page = document.getElementById("main");
const lost = document.getElementById("live-lost");
const light = document.getElementById("live-light");
const live = new Live(page);

// While the floor is paused its figures stand still; who asks for help and what is over its limit
// comes through all the same.
const pause = document.getElementById("pause");
const NEVER_PAUSED = new Set(["floor-help", "alert-strip", "alert-bell", "supervision-bar", "floor-views"]);

const isPaused = () => "paused" in document.body.dataset;

function showLight() {
  const { connected } = live;
  light.querySelector(".live-paused").hidden = !isPaused();
  light.querySelector(".live-on").hidden = !connected || isPaused();
  light.querySelector(".live-off").hidden = connected !== false || isPaused();
}

pause.addEventListener("click", () => {
  if (isPaused()) {
    delete document.body.dataset.paused;
    live.refresh();
  } else {
    document.body.dataset.paused = "";
  }
  pause.setAttribute("aria-pressed", String(isPaused()));
  showLight();
});

live.addEventListener("change", () => {
  const { connected } = live;
  showLight();
  lost.hidden = connected;
  document.body.toggleAttribute("data-stale", !connected);
});

live.addEventListener("as-of", (event) => {
  if (!isPaused()) age(event.detail);
});

document.getElementById("live-retry").addEventListener("click", () => live.reconnect());

page.addEventListener("htmx:before:swap", (event) => {
  const { tasks } = event.detail;
  if (!isPaused()) return;
  const come = tasks.filter((task) => NEVER_PAUSED.has(task.fragment.firstElementChild?.id));
  tasks.splice(0, tasks.length, ...come);
});

keepSteady(page, live);
startLook(page, live);
live.start();
startClock();
