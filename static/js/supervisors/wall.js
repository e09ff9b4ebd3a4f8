// A board on the wall: its pages take turns, it says whether it is live, and how old it is.
//
// All pages are there; one is shown. A page stands for `data-seconds` of the board. Nothing turns by
// itself for who asked for no motion, while Space or the button let a page stand, or while somebody
// moves the pointer. A pointer that rests does not count: a screen on a wall may have one for ever.
// Arrow keys turn in any case.

import { now, start as startClock } from "../clock.js";
import { Live } from "../live.js";

const HAND_SECONDS = 15;

const page = document.getElementById("main");
const lost = document.getElementById("live-lost");
const light = document.getElementById("live-light");
const turning = document.getElementById("wall-turning");
const stop = document.getElementById("wall-stop");
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const live = new Live(page);

let shown = 0;
let stands = false;
let turnedAt = Date.now();
let movedAt = 0;

const pages = () => [...document.querySelectorAll("#wall-board > .wall-page")];

/** Show the page of that place; after the last comes the first. */
function show(place) {
  const all = pages();
  shown = (place + all.length) % all.length;
  for (const [at, each] of all.entries()) each.hidden = at !== shown;
  turning.hidden = all.length < 2;
  const { words } = turning.dataset;
  const number = words.replace("1", shown + 1).replace(/2(?!.*2)/, all.length);
  document.getElementById("wall-number").textContent = number;
}

function turn(by) {
  show(shown + by);
  turnedAt = Date.now();
}

function letStand(wanted) {
  stands = wanted;
  stop.setAttribute("aria-pressed", String(stands));
  document.getElementById("wall-stands").hidden = !stands;
  turnedAt = Date.now();
}

function tick() {
  for (const clock of document.querySelectorAll("[data-wall-clock]")) {
    const local = new Date(now() + Number(clock.dataset.offset) * 60_000);
    const text = local.toISOString().slice(11, 16);
    if (clock.textContent !== text) clock.textContent = text;
  }
  const moment = Date.now();
  if (stands || stillness.matches || moment - movedAt < HAND_SECONDS * 1000) return;
  const seconds = Number(document.getElementById("wall-board").dataset.seconds);
  if (moment - turnedAt >= seconds * 1000) turn(1);
}

document.getElementById("wall-previous").addEventListener("click", () => turn(-1));
document.getElementById("wall-next").addEventListener("click", () => turn(1));
stop.addEventListener("click", () => letStand(!stands));
document.addEventListener("pointermove", () => { movedAt = Date.now(); });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (["ArrowRight", "PageDown"].includes(event.key)) turn(1);
  else if (["ArrowLeft", "PageUp"].includes(event.key)) turn(-1);
  else if (event.key === " " && !event.target.closest("button")) letStand(!stands);
  else return;
  event.preventDefault();
});
// A board may have grown or lost a page.
document.addEventListener("panels:painted", () => show(Math.min(shown, pages().length - 1)));

live.addEventListener("tick", tick);
live.addEventListener("change", () => {
  const { connected } = live;
  light.querySelector(".live-on").hidden = !connected;
  light.querySelector(".live-off").hidden = connected;
  lost.hidden = connected;
  if (connected) delete document.body.dataset.stale;
  else document.body.dataset.stale = "";
});
live.addEventListener("as-of", (event) => {
  for (const age of document.querySelectorAll("[data-as-of-clock]")) age.textContent = event.detail;
});

show(0);
live.start();
startClock();
