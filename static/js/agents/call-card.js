// During a call: asked is shown at once, happened when the panel says so; keys, mute, hang-up.

import { renewSecret, signedOut } from "../door.js";
import { phoneTab } from "./phone-tab.js";
import { showConnection } from "./lights.js";
import { notice, say, sayNow, text } from "../texts.js";

/** How long our own line may outlive the call it belonged to. */
const GRACE_MS = 2500;

let parts;
let said = "";
let withUs = new Map(); // supervisors in the call: what each of them does
const ending = new Map();
const warned = new Map();
const labels = new WeakMap(); // what a button said before it was pressed

/** `parts` are {sound, softphone, microphone, microphoneState}. */
export function start(given) {
  parts = given;
  document.addEventListener("click", clicked);
  document.addEventListener("panels:painted", painted);
  document.addEventListener("htmx:before:request", onlyOnce);
  document.addEventListener("htmx:error", (event) => failedToAsk(event.target));
  document.addEventListener("htmx:response:error", (event) => {
    const { status, headers } = event.detail.ctx.response;
    // What we refuse comes with the panels as they are; this came from before our doors.
    const isNotBelieved = status === 403 && !headers.get("X-As-Of");
    if (status === 401) signedOut();
    if (isNotBelieved) renewSecret();
    if (status === 401 || isNotBelieved || status >= 500) failedToAsk(event.target);
  });
  listenToLines(parts.softphone);
  painted();
}

/** The card of the call, if one is on the screen. */
export function shownCall() {
  return document.getElementById("active-call") ?? document.getElementById("consulted");
}

function listenToLines(softphone) {
  softphone.addEventListener("up", () => parts.microphoneState());
  softphone.addEventListener("down", ({ detail }) => {
    warned.clear();
    showQuality();
    parts.microphoneState();
    clearTimeout(ending.get(detail.line));
    ending.delete(detail.line);
  });
  softphone.addEventListener("reconnecting", () => {
    showConnection("line-reconnecting");
    sayNow(text("line-reconnecting-said"));
    notice(text("line-reconnecting-said"));
  });
  softphone.addEventListener("reconnected", () => {
    showConnection("live");
    notice("");
  });
  softphone.addEventListener("problem", ({ detail }) => {
    if (softphone.lines.length) notice(text(detail.problem.cause), "breach");
  });
  softphone.addEventListener("warning", ({ detail }) => {
    warned.set(detail.name, detail.cause);
    showQuality();
  });
  softphone.addEventListener("warning-cleared", ({ detail }) => {
    warned.delete(detail.name);
    showQuality();
  });
}

function showQuality() {
  const place = document.querySelector("[data-line-quality]");
  const [cause] = warned.values();
  // On hold and muted the line is silent on purpose.
  const { held, muted } = shownCall()?.dataset ?? {};
  const expected = held === "true" || muted === "true";
  if (place) place.textContent = cause && !expected ? text(cause) : "";
}

function clicked(event) {
  const key = event.target.closest("[data-digit]");
  if (key) return press(key.dataset.digit);
  const button = event.target.closest("[data-command]");
  if (button?.dataset.command === "keypad") toggleKeypad(button);
  if (button?.dataset.command === "mute") muteHere(button);
  return undefined;
}

/** What leaves this computer is in our own hands: nothing is heard from the press on. */
function muteHere(button) {
  const { offer } = button.closest("[data-offer]").dataset;
  parts.softphone.mute(offer, button.getAttribute("aria-pressed") !== "true");
}

function toggleKeypad(button) {
  const keypad = document.getElementById("keypad");
  keypad.hidden = !keypad.hidden;
  button.setAttribute("aria-expanded", String(!keypad.hidden));
  if (!keypad.hidden) keypad.querySelector("[data-digit]").focus();
}

function press(digit) {
  const offer = shownCall()?.dataset.offer;
  if (!parts.softphone.lines.includes(offer)) return notice(text("keys-elsewhere"));
  parts.softphone.press(offer, digit);
  const sent = document.getElementById("keypad-sent");
  sent.value = (sent.value + digit).slice(-24);
  return undefined;
}

/** Keys of the keyboard are keys of the telephone while the keypad is open. */
export function typedKey(event) {
  const keypad = document.getElementById("keypad");
  if (!keypad || keypad.hidden || event.ctrlKey || event.altKey || event.metaKey) return false;
  if (!/^[0-9*#]$/.test(event.key) || isWriting(event.target)) return false;
  press(event.key);
  return true;
}

export function isWriting(element) {
  return element.matches?.("input, textarea, select, [contenteditable]") ?? false;
}

function onlyOnce(event) {
  const button = event.target;
  if (!button.matches?.("button[hx-post]")) return;
  if (button.getAttribute("aria-busy") === "true" || button.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    return;
  }
  if (!button.dataset.command) return;
  button.setAttribute("aria-busy", "true");
  button.dataset.outcome = "asked";
  const label = button.querySelector(".label");
  if (label && button.dataset.asking && button.dataset.command !== "mute") {
    labels.set(button, label.textContent);
    label.textContent = button.dataset.asking;
  }
}

function failedToAsk(button) {
  if (!button.matches?.("button[hx-post]")) return;
  button.removeAttribute("aria-busy");
  if (button.dataset.command) button.dataset.outcome = "failed";
  if (labels.has(button)) button.querySelector(".label").textContent = labels.get(button);
  const words = text("not-asked");
  notice(words, "breach");
  sayNow(words);
}

function painted() {
  const call = shownCall();
  announce(call);
  announceSupervisors(call);
  if (call && phoneTab.isHere && call.dataset.muted) {
    const asked = call.querySelector('[data-command="mute"]')?.dataset.outcome === "asked";
    if (!asked) parts.softphone.mute(call.dataset.offer, call.dataset.muted === "true");
  }
  if (phoneTab.isHere) muteTheOthers(call?.dataset.offer);
  putDownWhatIsOver();
  showQuality();
  parts.microphoneState();
}

/** What one says to the caller in front is not for whoever else is in the other conferences. */
function muteTheOthers(front) {
  for (const { dataset } of document.querySelectorAll("[data-offer][data-live]")) {
    if (dataset.offer !== front) parts.softphone.mute(dataset.offer, true);
  }
}

/** Say aloud what has happened, never what was only asked. */
function announce(call) {
  const { state, muted = "", offer } = call?.dataset ?? {};
  const words = call ? `${state} ${muted} ${offer}` : "";
  if (words === said) return;
  const [, wasMuted, wasOffer] = said.split(" ");
  if (call && said && offer === wasOffer) {
    if (muted !== wasMuted) say(text(muted === "true" ? "said-muted" : "said-unmuted"));
    else say(text(`said-${state}`));
  } else if (call && state === "on-call") {
    const others = document.querySelector('[data-live][data-state="hold"]');
    say(text(others ? "said-on-call-other-held" : "said-on-call"));
  }
  said = words;
}

/** A coach is heard by the agent alone; so are the two tones that say one has come. */
function announceSupervisors(call) {
  const present = [...(call?.querySelectorAll("[data-with]") ?? [])];
  const before = withUs;
  withUs = new Map(present.map((row) => [row.id, row.dataset.with]));
  for (const row of present) {
    const { with: mode, name } = row.dataset;
    if (before.get(row.id) === mode || !["coach", "barge"].includes(mode)) continue;
    say(text(mode === "coach" ? "said-coach" : "said-barge", { name }));
    if (mode === "coach" && phoneTab.isHere) parts.sound.play("coach");
  }
}

/** The server says the call is over: should the network forget our line, we put it down. */
function putDownWhatIsOver() {
  if (!document.querySelector("main[data-desk]")) return;
  const alive = new Set(
    [...document.querySelectorAll("[data-offer][data-live]")].map((card) => card.dataset.offer),
  );
  for (const offer of parts.softphone.lines) {
    if (alive.has(offer) && ending.has(offer)) {
      clearTimeout(ending.get(offer));
      ending.delete(offer);
    }
    if (!alive.has(offer) && !ending.has(offer)) {
      ending.set(
        offer,
        setTimeout(() => {
          ending.delete(offer);
          parts.softphone.hangUp(offer);
        }, GRACE_MS),
      );
    }
  }
}
