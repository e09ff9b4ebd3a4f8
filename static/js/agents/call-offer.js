// The ringing call: sound, title, notification, focus; Accept and what follows from it.

import { post, Unreachable } from "../api.js";
import { now } from "../clock.js";
import { explained } from "../explained.js";
import { pause } from "../sound.js";
import { notifies, volume } from "./devices.js";
import { live } from "./live.js";
import { phoneTab } from "./phone-tab.js";
import { notice, sayNow, text } from "../texts.js";

const TYPED_LATELY_MS = 1000;
const REPAINT_MS = 500;
/** How loud it rings for who is just talking. */
const BESIDE_A_CALL = 0.25;
// While no answer comes, Accept is said again: at once, then once a second.
const AGAIN_MS = [0, 1000, 1000, 1000];

// So long it rings at least before it is taken by itself: nobody's ear is met unprepared.
const HEARD_FIRST_MS = 500;

const shell = document.getElementById("shell");

let plainTitle = document.title;
let ringingTitle = "";

let ringing = null; // the id of the offer we ring for
let alerted = null; // the id of the offer that rang aloud here
let brought = false;
let before = null; // where the focus was
let notification = null;
let typedAt = 0;
let byItself = 0; // the timer of the queue that has its calls taken without a hand
let parts;

/** `parts` are {sound, softphone}. */
export function start(given) {
  parts = given;
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) typedAt = Date.now();
    },
    true,
  );
  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-command="accept"]')) accept();
    if (event.target.closest('[data-command="decline"]')) quiet();
  });
  document.addEventListener("panels:painted", painted);
  phoneTab.addEventListener("changed", painted);
  painted();
}

/** The offer on the screen, if one rings. */
export function shownOffer() {
  return document.getElementById("call-offer");
}

function painted() {
  const offer = shownOffer();
  const id = offer?.dataset.offer ?? null;
  // While the desk is not the page shown, the status in the bar still tells that it rings.
  const rings = document.getElementById("own-status").dataset.state === "ringing";
  if (!rings) brought = false;
  if (rings && !brought && !document.querySelector("main[data-desk]")) return bringDeskBack();
  if (id !== ringing) {
    if (ringing !== null) stop();
    if (id !== null) begin(offer);
  }
  // After a reload the offer is there before this tab knows that it is the phone.
  if (id !== null && phoneTab.isHere && alerted !== id) alertAgent(offer);
  return retitle();
}

/** The tab says that it rings, whichever page is shown; afterwards it says the page again. */
function retitle() {
  if (document.title !== ringingTitle) plainTitle = document.title;
  document.title = ringing === null ? plainTitle : ringingTitle;
}

/** Once for each time it rings: who goes away again does so on purpose. */
function bringDeskBack() {
  brought = true;
  htmx.ajax("GET", shell.dataset.deskUrl, {
    source: shell,
    target: "#main",
    select: "#main",
    swap: "outerHTML",
    push: shell.dataset.deskUrl,
  });
}

function begin(offer) {
  ringing = offer.dataset.offer;
  const { caller, queue } = offer.dataset;
  sayNow(text("rings", { caller, queue }));
  ringingTitle = text("title-ringing", { caller });
}

function alertAgent(offer) {
  const { caller, queue } = offer.dataset;
  alerted = offer.dataset.offer;
  parts.sound.ring(volume() * (parts.softphone.lines.length ? BESIDE_A_CALL : 1));
  notify(caller, queue);
  before = document.activeElement;
  if (Date.now() - typedAt > TYPED_LATELY_MS) document.getElementById("accept")?.focus();
  takeByItself(offer);
}

/** Some queues have their calls taken without a hand, by whoever is at nothing else. */
function takeByItself({ dataset: { offer, answersAt } }) {
  if (!answersAt) return;
  const wait = Math.max(Number(answersAt) - now(), HEARD_FIRST_MS);
  byItself = setTimeout(() => {
    // The offer that is shown by then decides: in a call of another queue it says nothing of it.
    const shown = shownOffer();
    if (shown?.dataset.offer === offer && shown.dataset.answersAt) accept();
  }, wait);
}

function quiet() {
  clearTimeout(byItself);
  parts.sound.stopRinging();
  notification?.close();
  notification = null;
}

function stop() {
  quiet();
  ringing = null;
  alerted = null; // somebody of a queue can be asked to the same consult again
  const focused = document.activeElement;
  if (focused === document.body && before?.isConnected) before.focus();
  before = null;
}

function notify(caller, queue) {
  const isAllowed = notifies() && globalThis.Notification?.permission === "granted";
  if (!isAllowed || document.hasFocus()) return;
  notification = new Notification(text("title-ringing", { caller }), {
    body: text("rings", { caller, queue }),
    tag: "ringing",
    requireInteraction: true,
  });
  notification.onclick = () => {
    window.focus();
    notification?.close();
  };
}

/** Our line did not come up: the server puts the caller back, the agent reads why. */
async function tellFailure(url, error) {
  let heard = true;
  const reason = `${error.cause ?? "unknown"} ${error.code ?? ""}`.trim();
  try {
    await post(url, { reason });
    await live.refresh();
    await pause(REPAINT_MS);
  } catch {
    heard = false; // its own time limit ends it as well
  }
  // Had the caller left or the agent cancelled, then nothing went wrong here.
  const { state } = document.getElementById("own-status").dataset;
  if (heard && state !== "not-responding") return;
  const words = text("call-not-connected", { why: explained(error) });
  notice(words, "breach");
  sayNow(words);
}

/**
 * Ask for the call until somebody answers. An answer that was lost on its way loses no call: asked
 * again from the same tab, the server gives the same one.
 */
export async function take(url, values) {
  for (const wait of AGAIN_MS) {
    try {
      return await post(url, values);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
    }
    await pause(wait);
  }
  return post(url, values);
}

/** Take the call: the server first, then our line. */
export async function accept() {
  const button = document.getElementById("accept");
  const offer = shownOffer();
  if (!button || !offer || button.getAttribute("aria-busy") === "true") return;
  if (!phoneTab.isHere) {
    notice(text("phone-elsewhere"));
    return;
  }
  const { url, joinedUrl, failedUrl } = button.dataset;
  const id = offer.dataset.offer;
  quiet();
  button.setAttribute("aria-busy", "true");
  button.dataset.outcome = "asked";
  let taken;
  try {
    taken = await take(url, { lease: phoneTab.lease, fence: offer.dataset.fence });
  } catch (error) {
    button.removeAttribute("aria-busy");
    delete button.dataset.outcome;
    notice(explained(error));
    sayNow(explained(error));
    return;
  }
  if (!taken.join) {
    // A voicemail: no line is needed, and what the server shows is all there is.
    await live.refresh().catch(() => {});
    return;
  }
  try {
    await parts.softphone.connect({ line: id, slot: taken.slot, join: taken.join });
  } catch (error) {
    await tellFailure(failedUrl, error);
    return;
  }
  await post(joinedUrl).catch(() => {}); // one of four ways for the server to know
}
