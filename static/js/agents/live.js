// Is what the desk shows still true? The socket brings panels; while it is away the page polls.
//
// Every frame has a number. A gap, a silence longer than the heartbeats or a fresh connection makes
// the page ask for one snapshot. A lost socket is said in one amber sentence; nothing is blanked.

import { now } from "../clock.js";
import { post } from "../api.js";
import { showConnection } from "./lights.js";
import { say, text } from "./texts.js";

const POLL_SECONDS = 5;
const SILENCE_SECONDS = 16;

const shell = document.getElementById("shell");
const lost = document.getElementById("live-lost");
/** No socket was promised: the page asks every few seconds, and nothing is lost by it. */
const polls = shell.hasAttribute("data-polls");

let socket = null;
let version = 0;
let heardAt = Date.now();
let shownClock = new Date(now()).toLocaleTimeString([], { hour12: false });
let down = false;

/**
 * Events: "tick" once a second, in the background, too; "held" with whether this tab still is the
 * phone.
 */
export const live = new EventTarget();

function send(message) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(message));
  return true;
}

/** Say that the phone tab is alive, by the socket or else by a request. */
export async function beat(lease) {
  if (send({ cmd: "beat", lease })) return;
  try {
    const { held } = await post(shell.dataset.beatUrl, { lease });
    live.dispatchEvent(new CustomEvent("held", { detail: held }));
  } catch {
    // The server is away; the next beat asks again.
  }
}

function isLive() {
  heardAt = Date.now();
  if (down) say(text("live-again"));
  down = false;
  lost.hidden = true;
  document.body.removeAttribute("data-stale");
  showConnection("live");
}

function isLost() {
  showConnection("lost");
  document.body.dataset.stale = "";
  const words = text("live-lost", { clock: shownClock, seconds: POLL_SECONDS });
  const said = lost.querySelector("[data-said]");
  if (said.textContent !== words) said.textContent = words;
  lost.hidden = false;
  down = true;
}

/** Ask for every panel once, by the socket or else by a request. */
export async function refresh() {
  if (send({ cmd: "snapshot" })) return;
  await htmx.ajax("GET", shell.dataset.panelsUrl, { source: shell, target: shell, swap: "none" });
}

function incoming(event) {
  let message;
  try {
    message = JSON.parse(event.detail.message.data);
  } catch {
    return;
  }
  isLive();
  if ("content" in message) {
    if (!message.snapshot && message.version > version + 1) send({ cmd: "snapshot" });
    version = message.version;
    asOf(message.clock);
  } else if ("heartbeat" in message) {
    if (message.version !== version) send({ cmd: "snapshot" });
    asOf(message.clock);
    send({ cmd: "seen", version });
  } else if (message.answer === "beat") {
    live.dispatchEvent(new CustomEvent("held", { detail: message.held }));
  }
}

/** What is shown is true as of `clock`, whether or not anything changed. */
function asOf(clock) {
  shownClock = clock;
  for (const place of document.querySelectorAll("[data-as-of]")) {
    place.textContent = text("as-of", { clock });
  }
}

export function start() {
  if (polls) showConnection("live");
  shell.addEventListener("htmx:ws:after:connection", (event) => {
    socket = event.detail.connection.socket;
    version = 0;
    isLive();
    send({ cmd: "snapshot" });
  });
  shell.addEventListener("htmx:ws:before:message:incoming", incoming);
  shell.addEventListener("htmx:ws:close", (event) => {
    if (event.detail.code === 4401) location.assign("/sign-in/");
    else isLost();
  });
  lost.querySelector("[data-try-now]").addEventListener("click", poll);
  document.addEventListener("panels:painted", () => {
    // Panels that were asked for are as true as those that were pushed.
    const painted = document.querySelector("#queue-strip [data-as-of]")?.dataset.asOf;
    if (down && painted) shownClock = painted;
  });
  const heart = new Worker(shell.dataset.heart);
  let ticks = 0;
  heart.onmessage = () => {
    live.dispatchEvent(new Event("tick"));
    watch();
    if ((down || polls) && ++ticks % POLL_SECONDS === 0) poll();
  };
}

function watch() {
  if (!down && socket && Date.now() - heardAt > SILENCE_SECONDS * 1000) {
    // The connection looks open and says nothing: begin again rather than trust it.
    socket.close(3000, "silent");
    socket = null;
  }
  if (down) isLost();
}

async function poll() {
  try {
    await refresh();
  } catch {
    // Still away; the sentence stands, and the next round asks again.
  }
}
