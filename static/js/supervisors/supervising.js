// Listen, coach, barge, take over, leave: the supervisor's own line into somebody's conversation.
//
// Theory of operation. A button asks the server for a way in, and this page dials with the join
// token it is given. The network lets the line in muted, whatever was asked for; who hears it is then
// changed by the network alone, in one update, and shown when the bar says so, which the server
// paints. Nothing here decides who hears whom. The line lives in the page that dialled: while it is
// up, links open in a new tab so that nothing unloads it. The bar and its buttons work in any tab.

import { post } from "../api.js";
import { stayWhile } from "../door.js";
import { explained } from "../explained.js";
import { Microphone, wantsRaw } from "../microphone.js";
import { Softphone } from "../softphone.js";
import { Sound } from "../sound.js";
import * as speakForMe from "../speak-for-me.js";
import { notice, say, sayNow, text } from "../texts.js";

/** How long our line may outlive the server's word that it is over. */
const GRACE_MS = 1500;
/** How long an old line may take to go down before a new one is dialled. */
const DOWN_MS = 2000;
/** What is asked for has happened or failed by then. */
const ASKED_MS = 6000;
const SLOT = 0;

const place = document.getElementById("supervising");
const sure = document.getElementById("take-over-sure");
const data = place.dataset;

const sound = new Sound({});
const microphone = new Microphone({
  sound,
  simulatorUrl: data.simulatorUrl,
  raw: wantsRaw(data.rawMicrophone === "true"),
  toneHz: 700,
});
const softphone = new Softphone({
  token: () => post(data.tokenUrl, { lease }),
  microphone,
  sounds: { key: data.key, silence: data.silence },
  closing: text("closing"),
});

let lease = null; // this page's, once it has been the phone
let wasOpen = false; // the microphone, once
let busy = false; // a way in was asked for
let toTakeOver = null; // the offer to be taken over as soon as we are in
let muted = false; // by the supervisor's own hand, here
let said = "";
let failed = "";
const ending = new Map();

/** The bar of the conversation we are in, or nothing. */
function bar() {
  return document.querySelector("#supervision-bar [data-supervision]");
}

function isHere() {
  return softphone.lines.includes(bar()?.dataset.supervision);
}

function tell(words) {
  notice(words, "breach");
  sayNow(words);
}

/** Our own line did not come up; `cause` is why. */
class NotJoined extends Error {}

function rest(button) {
  if (button.dataset.outcome !== "asked") return;
  button.removeAttribute("aria-busy");
  delete button.dataset.outcome;
}

/** Show on `button` that it was pressed, until `deed` is done; what goes wrong is said. */
async function press(button, deed) {
  if (button.getAttribute("aria-busy") === "true") return false;
  button.setAttribute("aria-busy", "true");
  button.dataset.outcome = "asked";
  notice("");
  try {
    await deed();
    // From here on the panels say what is asked for; this is for what changed nothing.
    setTimeout(() => rest(button), ASKED_MS);
    return true;
  } catch (error) {
    button.removeAttribute("aria-busy");
    button.dataset.outcome = "failed";
    const why = explained(error instanceof NotJoined ? error.cause : error);
    tell(error instanceof NotJoined ? text("not-joined", { why }) : why);
    return false;
  }
}

// --- the way in --------------------------------------------------------------------------------

/** Make this page the supervisor's phone. */
async function claim() {
  lease = (await post(data.claimUrl)).lease;
  softphone.close(); // what was made for an older lease
}

async function askToJoin(url, values) {
  if (!lease) await claim();
  try {
    return await post(url, { lease, ...values });
  } catch (error) {
    if (error.code !== "phone-elsewhere") throw error;
    await claim();
    return post(url, { lease, ...values });
  }
}

/**
 * Once for each page, before the server is asked: a join token does not wait for somebody to say
 * yes. And a Device made before the browser tells the microphones' names takes their appearing for
 * a new microphone, and opens that one, in its own way, in the middle of a call.
 */
async function openMicrophone() {
  if (wasOpen) return;
  const stream = await microphone.open();
  for (const track of stream.getTracks()) track.stop();
  wasOpen = true;
}

/** One line at a time: put the old one down and wait until it is. */
async function putDown() {
  for (const line of softphone.lines) {
    const isDown = new Promise((done) => {
      softphone.addEventListener("down", done, { once: true });
      setTimeout(done, DOWN_MS);
    });
    softphone.hangUp(line);
    await isDown;
  }
}

async function join(url, values) {
  if (busy) return;
  busy = true;
  muted = false;
  try {
    sound.unlock(); // inside the click, for a made voice
    await openMicrophone();
    const { supervision, join: token } = await askToJoin(url, values);
    await putDown();
    const line = String(supervision);
    try {
      await softphone.connect({ line, slot: SLOT, join: token });
    } catch (error) {
      toTakeOver = null;
      const reason = `${error.cause ?? "unknown"} ${error.code ?? ""}`.trim();
      post(urlOf(data.failedUrl, line), { reason }).catch(() => {}); // its time limit ends it too
      throw new NotJoined("", { cause: error });
    }
    await post(urlOf(data.joinedUrl, line)).catch(() => {}); // one of several ways to know
  } finally {
    busy = false;
  }
}

function urlOf(pattern, line) {
  return pattern.replace("/0/", `/${line}/`);
}

// --- what is pressed -----------------------------------------------------------------------------

/** A mode was chosen, on the bar or on a row: change it, or come in first. */
function choose(button) {
  const { mode } = button.dataset;
  const acts = button.closest(".acts");
  const mine = bar()?.dataset;
  if (acts && acts.dataset.offer !== mine?.offer) {
    toTakeOver = null;
    const values = { mode, private: "private" in button.dataset };
    return press(button, () => join(acts.dataset.join, values));
  }
  if (mine.mode === mode && !mine.asked) return undefined;
  const url = document.getElementById("mode-listen").dataset.modeUrl;
  return press(button, () => post(url, { mode }));
}

/** Taking over cannot be taken back, so it is asked once more, with what it means. */
function askToTakeOver(button) {
  const { offer, agent, caller } = button.closest("[data-offer]").dataset;
  sure.querySelector("[data-said]").textContent = text("take-over-sure", { agent, caller });
  sure.dataset.offer = offer;
  sure.pressed = button;
  sure.showPopover({ source: button });
  document.getElementById("take-over-now").focus();
}

function takeOver() {
  const { offer } = sure.dataset;
  sure.hidePopover();
  const acts = document.getElementById(`agent-actions-${offer}`);
  const button = sure.pressed?.isConnected ? sure.pressed : acts?.querySelector("[data-take-over]");
  if (!button) return undefined; // the conversation is over
  button.focus();
  if (bar()?.dataset.offer === offer) return press(button, () => sendTakeOver());
  toTakeOver = offer;
  return press(button, () => join(acts.dataset.join, { mode: "listen" }));
}

function sendTakeOver() {
  toTakeOver = null;
  return post(urlOf(data.takeOverUrl, bar().dataset.supervision));
}

/** One key, one press: our end goes down at once, whatever the server says. */
async function leave() {
  const button = document.getElementById("leave");
  if (!button || button.getAttribute("aria-busy") === "true") return;
  toTakeOver = null;
  const { supervision } = bar().dataset;
  await press(button, async () => {
    const heard = post(button.dataset.leave);
    try {
      await heard;
    } finally {
      softphone.hangUp(supervision);
    }
  });
}

/** What leaves this computer is in our own hands. */
function mute() {
  muted = !muted;
  draw();
}

document.addEventListener("click", (event) => {
  const closest = (selector) => event.target.closest(selector);
  const button = closest("button");
  if (closest("[data-close-notice]")) notice("");
  if (closest("[data-close-over]")) closest(".notice").hidden = true;
  if (!button) return;
  if (button.id === "line-mute") mute();
  else if (button.id === "take-over-now") takeOver();
  else if ("leave" in button.dataset) leave();
  else if ("takeOver" in button.dataset) askToTakeOver(button);
  else if ("lineUrl" in button.dataset) press(button, () => post(button.dataset.lineUrl));
  else if (button.matches("[data-mode]")) choose(button);
});

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || event.repeat || event.isComposing) return;
    // Esc closes what is open first; a search field it empties.
    if (document.querySelector("dialog[open], :popover-open")) return;
    if (event.target.matches?.('input[type="search"]') && event.target.value) return;
    leave();
  },
  true,
);

// --- nothing unloads the phone -------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || !softphone.lines.length || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const isInPage = link.getAttribute("href").startsWith("#") || link.hasAttribute("download");
  if (isInPage || link.target || link.matches("[hx-get], [hx-boost]")) return;
  event.preventDefault();
  window.open(link.href, "_blank", "noopener");
  say(text("in-new-tab"));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!softphone.lines.length || event.defaultPrevented) return;
  if (form.matches("[data-sign-out]")) {
    event.preventDefault();
    tell(text("in-a-call"));
  } else if (!form.matches("[data-deed-form], [hx-get], [hx-post], [method=dialog]")) {
    form.target = "_blank";
  }
});

// --- what the line says ----------------------------------------------------------------------------

softphone.addEventListener("up", draw);
stayWhile(
  () => softphone.lines.length > 0,
  () => tell(text("signed-out-in-call")),
);

softphone.addEventListener("down", ({ detail }) => {
  clearTimeout(ending.get(detail.line));
  ending.delete(detail.line);
  draw();
});
softphone.addEventListener("reconnecting", () => tell(text("line-reconnecting-said")));
softphone.addEventListener("reconnected", () => {
  notice("");
  say(text("line-back"));
});
softphone.addEventListener("problem", ({ detail }) => {
  if (softphone.lines.length) tell(text(detail.problem.cause));
});

// --- what was painted --------------------------------------------------------------------------------

function painted() {
  announce();
  const mine = bar()?.dataset;
  if (toTakeOver && mine?.offer === toTakeOver && mine.state === "live") {
    sendTakeOver().catch((error) => tell(explained(error)));
  }
  if (!mine && !busy) toTakeOver = null;
  putDownWhatIsOver(mine?.supervision);
  draw();
}

/** Say aloud what has happened, never what was only asked; a failure at once. */
function announce() {
  const mine = bar()?.dataset;
  const words = mine?.mode ? mine.said : "";
  if (words !== said) {
    const over = document.querySelector("[data-over-said]");
    if (words) say(words);
    else say(over?.textContent ?? text("said-left"));
    said = words;
  }
  const sentence = bar()?.querySelector("#supervision-problem")?.textContent.trim() ?? "";
  if (sentence && sentence !== failed) sayNow(sentence);
  failed = sentence;
}

/** The server says that we are out: should the network forget our line, we put it down. */
function putDownWhatIsOver(alive) {
  for (const line of softphone.lines) {
    if (line === alive) {
      clearTimeout(ending.get(line));
      ending.delete(line);
    } else if (!ending.has(line) && !busy) {
      ending.set(line, setTimeout(() => softphone.hangUp(line), GRACE_MS));
    }
  }
}

/** What only this page knows: whose row is ours, whether the line is here, whether we are muted. */
function draw() {
  const section = bar();
  const mine = section?.dataset ?? {};
  document.body.dataset.line = section ? (isHere() ? "here" : "elsewhere") : "none";
  const button = document.getElementById("line-mute");
  if (button) {
    button.setAttribute("aria-pressed", String(muted));
    section.querySelector("[data-muted-note]").hidden = !muted;
    softphone.mute(mine.supervision, muted);
  } else {
    muted = false;
  }
  for (const acts of document.querySelectorAll(".acts[data-offer]")) {
    const isOurs = acts.dataset.offer === mine.offer && !("owner" in mine);
    acts.hidden = acts.dataset.user === data.user;
    acts.closest("tr")?.toggleAttribute("data-ours", isOurs);
    acts.querySelector("[data-leave]").hidden = !isOurs;
    for (const one of acts.querySelectorAll("[data-mode]:not([data-private])")) {
      one.setAttribute("aria-pressed", String(isOurs && one.dataset.mode === mine.mode));
      if (isOurs && one.dataset.mode === mine.asked) one.dataset.outcome = "asked";
    }
  }
}

document.addEventListener("panels:painted", painted);
speakForMe.start({ microphone, isTalking: () => softphone.lines.length > 0 });
said = bar()?.dataset.mode ? bar().dataset.said : "";
draw();
document.documentElement.dataset.ready = "";
