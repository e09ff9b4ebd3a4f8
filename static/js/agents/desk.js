// The desk: puts its parts together. What each does stands in its own module.

import * as clock from "../clock.js";
import { post, Refused } from "../api.js";
import { isSignedOut, renewSecret, stayWhile } from "../door.js";
import { explained } from "../explained.js";
import { Microphone, wantsRaw } from "../microphone.js";
import { Softphone } from "../softphone.js";
import { Sound } from "../sound.js";
import * as speakForMe from "../speak-for-me.js";
import { notice, text } from "../texts.js";
import * as backInCall from "./back-in-call.js";
import * as callCard from "./call-card.js";
import * as callOffer from "./call-offer.js";
import * as devices from "./devices.js";
import * as dialPad from "./dial-pad.js";
import { showMicrophone } from "./lights.js";
import * as holdReminder from "./hold-reminder.js";
import * as live from "./live.js";
import { goOnDuty } from "./on-duty.js";
import * as outcomes from "./outcomes.js";
import { phoneTab } from "./phone-tab.js";
import * as transfer from "./transfer.js";
import * as wrapUp from "./wrap-up.js";

const shell = document.getElementById("shell");

const { ring, lost, coach, key, silence } = shell.dataset;
const sound = new Sound({ ring, lost, coach, key });
const microphone = new Microphone({
  sound,
  simulatorUrl: shell.dataset.simulatorUrl,
  raw: wantsRaw(shell.dataset.rawMicrophone === "true"),
});
const softphone = new Softphone({
  token: (slot) => post(shell.dataset.tokenUrl, { lease: phoneTab.lease, slot }),
  microphone,
  sounds: { key, silence },
  closing: text("closing"),
});
const parts = { sound, microphone, softphone, microphoneState };

let permission = "unknown";

function microphoneState() {
  const call = callCard.shownCall();
  const talking = softphone.lines.length > 0;
  if (permission === "denied") showMicrophone("blocked");
  else if (talking && call?.dataset.muted === "true") showMicrophone("muted");
  else if (talking && microphone.source !== "microphone") showMicrophone("made");
  else if (talking) showMicrophone("on");
  else showMicrophone(phoneTab.isHere ? "ready" : "off");
}

async function watchPermission() {
  const before = permission;
  permission = await microphone.permission();
  microphoneState();
  if (permission === "denied" && before !== "denied" && phoneTab.isHere) {
    notice(text("microphone-refused"), "breach");
    await report({ microphone_ok: false });
  }
  if (permission === "granted" && before === "denied" && phoneTab.isHere) {
    notice("");
    await report({ microphone_ok: true });
  }
}

async function report(values) {
  try {
    await post(shell.dataset.reportUrl, { lease: phoneTab.lease, ...values });
  } catch (error) {
    if (!(error instanceof Refused)) return; // the server is away; the next change tells it
    notice(explained(error));
  }
}

// --- the phone tab -------------------------------------------------------------------------------

function placeChanged() {
  showPlace();
  if (phoneTab.isHere) wakeUp();
  // A call that is on here goes on here; the lines are given up when it is over.
  else if (!softphone.lines.length) softphone.close();
  microphoneState();
}

/** Where the phone is, when it is not here though the agent is on duty. */
function showPlace() {
  const box = document.getElementById("phone-place");
  const offDuty = document.getElementById("own-status").dataset.presence === "offline";
  const words = softphone.lines.length ? "phone-moved-in-call" : `phone-${phoneTab.place}`;
  box.hidden = phoneTab.isHere || phoneTab.place === "unknown" || offDuty;
  box.querySelector("[data-said]").textContent = box.hidden ? "" : text(words);
}

/** After a reload: sound again, and lines ready before the first call rings. */
async function wakeUp() {
  await watchPermission();
  if (!(await sound.unlock())) showSoundBlocked(true);
  await sound.prepare().catch(() => {}); // fetched again when it is needed
}

function showSoundBlocked(blocked) {
  const box = document.getElementById("sound-blocked");
  box.hidden = !(blocked && phoneTab.isHere);
  box.querySelector("[data-said]").textContent = text("sound-blocked");
}

async function testRing() {
  const heard = await sound.testRing(devices.volume());
  showSoundBlocked(!heard);
  if (heard) notice(text("ring-played"), "ok");
  else notice(text("ring-unheard"));
  if (phoneTab.isHere) await report({ ring_heard: heard });
}

softphone.addEventListener("down", () => {
  if (phoneTab.place === "elsewhere" && !softphone.lines.length) placeChanged();
});

// --- what is clicked and typed -------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const closest = (selector) => event.target.closest(selector);
  if (closest("[data-go-on-duty], [data-take-over]")) goOnDuty(parts);
  if (closest("[data-test-ring]")) testRing();
  if (closest("[data-close-notice]")) notice("");
  if (closest("[data-close-word]")) closest(".notice").hidden = true;
  if (closest("[data-closes-menu]")) closest("[popover]")?.hidePopover();
});

// The first click anywhere lets the browser make sound again.
document.addEventListener(
  "pointerdown",
  async () => {
    if (phoneTab.isHere && !sound.isUnlocked && (await sound.unlock())) showSoundBlocked(false);
  },
  true,
);

const SHORTCUTS = {
  KeyA: () => callOffer.accept(),
  KeyR: () => document.getElementById("decline")?.click(),
  KeyM: () => document.getElementById("call-mute")?.click(),
  KeyH: () => document.getElementById("call-hold")?.click(),
  KeyD: () => document.getElementById("call-keypad")?.click(),
  KeyF: () => document.getElementById("call-transfer")?.click(),
  KeyE: () => document.getElementById("call-help")?.click(),
  KeyX: () => document.querySelector('[data-command="resume"]')?.click(),
  KeyL: () => dialPad.toggle(),
  KeyS: () => document.getElementById("status-menu")?.togglePopover(),
  KeyO: () => outcomes.find(),
  Digit1: () => endOrFinish(),
};

let endedAt = 0;

/** One key ends the call and, pressed again a moment later, the wrap-up. */
function endOrFinish() {
  const hangUp =
    document.getElementById("call-hang-up") ??
    document.getElementById("consult-leave") ??
    document.getElementById("voicemail-done");
  if (hangUp) {
    endedAt = Date.now();
    hangUp.click();
  } else if (Date.now() - endedAt > 1000) {
    document.getElementById("finish")?.click();
  }
}

/** Who uses a screen reader or another program that wants these keys switches them off here. */
const keysAreOn = () => localStorage.getItem("desk-keys") !== "off";

const keysBox = document.querySelector("[data-keys-on]");
keysBox.checked = keysAreOn();
keysBox.addEventListener("change", () => {
  localStorage.setItem("desk-keys", keysBox.checked ? "on" : "off");
});

document.addEventListener("keydown", (event) => {
  const isOurs = event.ctrlKey && event.shiftKey && !event.altKey && SHORTCUTS[event.code];
  if (isOurs && keysAreOn()) {
    event.preventDefault();
    if (!event.repeat) SHORTCUTS[event.code]();
  } else if (keysAreOn() && event.key === "?" && !callCard.isWriting(event.target)) {
    document.getElementById("keys").togglePopover();
  } else if (callCard.typedKey(event)) {
    event.preventDefault();
  }
});

// --- what htmx sends -----------------------------------------------------------------------------

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method === "GET") return;
  request.headers["X-CSRFToken"] = document.body.dataset.csrf;
  if (phoneTab.lease) request.body.set("lease", phoneTab.lease);
});

// --- moving about inside without unloading the phone -----------------------------------------------

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-inner]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  link.closest("[popover]")?.hidePopover();
  show(link.href);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-sign-out]") && softphone.lines.length) {
    event.preventDefault();
    notice(text("sign-out-in-call"));
  }
  if (!form.matches("form[data-inner]")) return;
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  if (form.method === "get") show(`${form.action}?${new URLSearchParams(values)}`);
  else show(form.action, "POST", values);
});

async function show(url, verb = "GET", values = {}) {
  await wrapUp.flush();
  htmx.ajax(verb, url, {
    source: shell,
    target: "#main",
    select: "#main",
    swap: "outerHTML",
    values,
    ...(verb === "GET" ? { push: url } : {}),
  });
}

// --- signed out in the middle of a call ----------------------------------------------------------

stayWhile(
  () => softphone.lines.length > 0,
  () => {
    notice(text("signed-out-in-call"), "breach");
    // A socket that was opened before knows nothing of it. Without one the page asks again and again.
    if (live.live.connected) live.live.reconnect();
  },
);

// Somebody has signed in again in another tab, and we are answered.
live.live.addEventListener("as-of", async () => {
  if (!isSignedOut()) return;
  if (!live.live.connected) live.live.reconnect();
  await renewSecret();
  if (!isSignedOut()) notice("");
});

function arrived() {
  const away = !document.querySelector("main[data-desk]");
  document.getElementById("call-goes-on").hidden = !(away && softphone.lines.length);
  for (const link of document.querySelectorAll("a[data-inner]")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// --- what has to be heard even by who looks away -----------------------------------------------------

let shownState = document.getElementById("own-status").dataset.state;

function soundOfState() {
  const { state } = document.getElementById("own-status").dataset;
  const becameLost = state === "not-responding" && shownState !== state;
  shownState = state;
  if (becameLost && phoneTab.isHere) sound.play("lost");
}

// --- focus that would be lost -------------------------------------------------------------------------

let focused = null;

document.addEventListener("focusin", (event) => {
  focused = event.target.closest("#middle") ? event.target : null;
});

/** What had the focus is gone with its panel: go on at the heading of what came in its place. */
function keepPlace() {
  if (!focused || focused.isConnected || document.activeElement !== document.body) return;
  document.querySelector("#middle h1")?.focus({ preventScroll: true });
}

// --- begin ---------------------------------------------------------------------------------------

// Going back to where one began is a swap as well.
history.replaceState({ htmx: true }, "", location.href);
clock.start();
live.start();
phoneTab.addEventListener("changed", placeChanged);
phoneTab.start();
backInCall.start(softphone);
callCard.start(parts);
callOffer.start(parts);
dialPad.start(parts);
transfer.start();
holdReminder.start(parts);
wrapUp.start();
outcomes.start();
speakForMe.start({
  microphone,
  isTalking: () => softphone.lines.length > 0,
  chosen: watchPermission,
});
microphone.addEventListener("permission", watchPermission);
document.addEventListener("panels:painted", arrived);
document.addEventListener("panels:painted", showPlace);
document.addEventListener("panels:painted", keepPlace);
document.addEventListener("panels:painted", soundOfState);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && phoneTab.isHere && !softphone.lines.length) softphone.renew();
});
addEventListener("online", () => phoneTab.isHere && softphone.renew());
await phoneTab.restore();
await devices.start({ sound, microphone, softphone, isPhone: () => phoneTab.isHere });
document.documentElement.dataset.ready = "";
