// The desk's socket (../live.js), what is said of it on the desk, and the phone tab's heartbeat.

import { post } from "../api.js";
import { now } from "../clock.js";
import { Live, POLL_SECONDS } from "../live.js";
import { showConnection } from "./lights.js";
import { say, text } from "../texts.js";

const shell = document.getElementById("shell");
const lost = document.getElementById("live-lost");
let shownClock = new Date(now()).toLocaleTimeString([], { hour12: false });

function inAWorker(tick) {
  new Worker(shell.dataset.heart).onmessage = tick;
}

/** Besides its own events: "held" with whether this tab still is the phone. */
export const live = new Live(shell, inAWorker);

/** Say that the phone tab is alive, by the socket or else by a request. */
export async function beat(lease) {
  if (live.send({ cmd: "beat", lease })) return;
  try {
    const { held } = await post(shell.dataset.beatUrl, { lease });
    live.dispatchEvent(new CustomEvent("held", { detail: held }));
  } catch {
    // The server is away; the next beat asks again.
  }
}

function isLive() {
  showConnection("live");
  if (!lost.hidden) say(text("live-again"));
  lost.hidden = true;
  delete document.body.dataset.stale;
}

function isLost() {
  showConnection("lost");
  document.body.dataset.stale = "";
  const words = text("live-lost", { clock: shownClock, seconds: POLL_SECONDS });
  const said = lost.querySelector("[data-said]");
  if (said.textContent !== words) said.textContent = words;
  lost.hidden = false;
}

export function start() {
  if (shell.hasAttribute("data-polls")) showConnection("live");
  live.addEventListener("change", () => (live.connected ? isLive() : isLost()));
  live.addEventListener("as-of", ({ detail: clock }) => {
    shownClock = clock;
    for (const place of document.querySelectorAll("[data-as-of]")) {
      place.textContent = text("as-of", { clock });
    }
    if (live.connected === false) isLost();
  });
  live.addEventListener("answer", ({ detail }) => {
    if (detail.answer !== "beat") return;
    live.dispatchEvent(new CustomEvent("held", { detail: detail.held }));
  });
  lost.querySelector("[data-try-now]").addEventListener("click", () => live.reconnect());
  live.start();
}
