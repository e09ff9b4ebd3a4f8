// The page of alerts: the open ones are live; those that are over stay as the address narrowed them.

import { start as startClock } from "../clock.js";
import { Live } from "../live.js";

const page = document.getElementById("main");
const light = document.getElementById("live-light");
const live = new Live(page);

live.addEventListener("change", () => {
  light.querySelector(".live-on").hidden = !live.connected;
  light.querySelector(".live-off").hidden = live.connected;
});
live.addEventListener("as-of", (event) => {
  for (const age of document.querySelectorAll("[data-as-of-clock]")) age.textContent = event.detail;
});

live.start();
startClock();
