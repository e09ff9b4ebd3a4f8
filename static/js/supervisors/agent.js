// One agent, live: the panels are pushed; an open dialog stays open while they are.

import { start as startClock } from "../clock.js";
import { Live } from "../live.js";

const light = document.getElementById("live-light");
const live = new Live(document.getElementById("main"));

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
