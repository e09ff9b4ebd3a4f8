// Why a caller waits, why an agent gets no calls: the page asks again every two seconds, as long as
// somebody looks at it and there is something to ask. Between two answers its times tick.

import { start as startClock } from "../clock.js";
import { Live } from "../live.js";
import { age, show } from "./live-light.js";

const EVERY_SECONDS = 2;
/** Older than this is not called live any more. */
const OLD_SECONDS = 8;

const page = document.getElementById("main");
const light = document.getElementById("live-light");
// It has no socket: `start` would wait for one. What it asks for is asked for here.
const live = new Live(page);
let heardAt = Date.now();

live.addEventListener("as-of", (event) => {
  heardAt = Date.now();
  age(event.detail);
});

const asking = setInterval(async () => {
  if (document.hidden) return;
  await live.refresh();
  show(Date.now() - heardAt < OLD_SECONDS * 1000);
  if (page.querySelector("[data-over]")) {
    clearInterval(asking);
    light.hidden = true;
  }
}, EVERY_SECONDS * 1000);

startClock();
