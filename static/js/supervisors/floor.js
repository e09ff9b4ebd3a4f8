// The floor: say whether it is live, how old it is, and let nothing move under the pointer.

import { start as startClock } from "../clock.js";
import { Live } from "../live.js";
import { start as startLook } from "./floor-look.js";

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
  if (connected) delete document.body.dataset.stale;
  else document.body.dataset.stale = "";
});

live.addEventListener("as-of", (event) => {
  if (isPaused()) return;
  for (const age of document.querySelectorAll("[data-as-of-clock]")) {
    age.textContent = event.detail;
  }
});

document.getElementById("live-retry").addEventListener("click", () => live.reconnect());

// Rows are sorted by the server. While somebody points at a table or has the focus in it, its rows
// stay where they are: figures change in place, new rows come last, a row that ended stays and is
// grey. When pointer and focus have left, the page takes the server's order again.
const waiting = new Set();

function isInUse(panel) {
  return panel.querySelector(".table-wrap:hover, .table-wrap:focus-within") !== null;
}

function rows(panel) {
  return [...panel.querySelectorAll("tbody > tr")];
}

/** Give the rows of `next` the places they have in `shown`; return how many would have moved. */
function keepOrder(shown, next) {
  const body = next.querySelector("tbody");
  const come = new Map(rows(next).map((row) => [row.id, row]));
  const wanted = [...come.keys()];
  let moves = 0;
  const stayed = [];
  for (const row of rows(shown)) {
    const successor = come.get(row.id) ?? row.cloneNode(true);
    if (come.delete(row.id)) {
      stayed.push(row.id);
    } else {
      successor.dataset.gone = "";
      moves += 1;
    }
    body.append(successor);
  }
  for (const row of come.values()) body.append(row);
  const order = wanted.filter((id) => !come.has(id));
  return moves + come.size + stayed.filter((id, place) => id !== order[place]).length;
}

page.addEventListener("htmx:before:swap", (event) => {
  const { tasks } = event.detail;
  if (isPaused()) {
    const come = tasks.filter((task) => NEVER_PAUSED.has(task.fragment.firstElementChild?.id));
    tasks.splice(0, tasks.length, ...come);
  }
  for (const task of tasks) {
    const next = task.fragment.firstElementChild;
    const shown = next?.id ? document.getElementById(next.id) : null;
    // Somebody who sorts or filters wants the rows to move.
    if (shown && shown.dataset.query !== next.dataset.query) continue;
    if (!shown?.matches(".panel") || !next.querySelector("tbody") || !isInUse(shown)) continue;
    const moves = keepOrder(shown, next);
    if (!moves) continue;
    waiting.add(shown.id);
    const flag = document.createElement("span");
    flag.className = "flag";
    const { waitingMove, waitingMoves } = page.dataset;
    flag.textContent = moves === 1 ? waitingMove : waitingMoves.replace("0", moves);
    next.querySelector("header .as-of").before(flag);
  }
});

function settle() {
  for (const id of waiting) {
    const panel = document.getElementById(id);
    if (panel && isInUse(panel)) return;
  }
  if (waiting.size) live.refresh();
  waiting.clear();
}

for (const leaving of ["pointerout", "focusout"]) {
  // The pointer is elsewhere, or the focus, only after this event.
  page.addEventListener(leaving, () => waiting.size && setTimeout(settle));
}

startLook(page, live);
live.start();
startClock();
