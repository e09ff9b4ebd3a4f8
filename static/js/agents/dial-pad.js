// The dial pad: a number is typed, pressed or filled in by a link; Call dials it, and nothing else does.

import { post } from "../api.js";
import { explained } from "../explained.js";
import { notice, sayNow, text } from "../texts.js";
import { take } from "./call-offer.js";
import { live } from "./live.js";
import { phoneTab } from "./phone-tab.js";

/** The key that followed a link, held down a little long, is not to dial. */
const SETTLE_MS = 600;

const shell = document.getElementById("shell");

let parts;
let filledAt = 0;
let isAsking = false;

/** `parts` are {softphone}. */
export function start(given) {
  parts = given;
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "dial-form") return;
    event.preventDefault();
    if (performance.now() - filledAt > SETTLE_MS) call(event.target);
  });
  document.addEventListener("click", clicked);
  document.addEventListener("input", (event) => {
    if (event.target.id === "dial-number") problem("");
  });
  document.addEventListener("htmx:after:swap", arrived);
  arrived();
}

export function toggle() {
  const pad = document.getElementById("dial-pad");
  if (!pad) return;
  pad.open = !pad.open;
  if (pad.open) number().focus();
}

function number() {
  return document.getElementById("dial-number");
}

/** A link has filled it in: whoever followed it goes on at the number, and nothing is dialled. */
function arrived() {
  const links = document.getElementById("dial-links");
  if (links) links.hidden = !("registerProtocolHandler" in navigator);
  const pad = document.getElementById("dial-pad");
  if (!pad || !("filled" in pad.dataset)) return;
  delete pad.dataset.filled;
  filledAt = performance.now();
  number().focus();
}

function clicked(event) {
  const key = event.target.closest("[data-dial-key]");
  if (key) press(key.dataset.dialKey);
  const last = event.target.closest("#dial-last");
  if (last) {
    number().value = last.dataset.number;
    number().focus();
    problem("");
  }
  if (event.target.closest("#dial-links")) openLinksHere();
  const link = event.target.closest('a[href^="tel:" i]');
  if (link) {
    event.preventDefault();
    const url = `${shell.dataset.deskUrl}?${new URLSearchParams({ dial: link.getAttribute("href") })}`;
    htmx.ajax("GET", url, { source: shell, target: "#main", select: "#main", swap: "outerHTML", push: url });
  }
}

function press(key) {
  const field = number();
  const at = field.selectionStart ?? field.value.length;
  field.setRangeText(key, at, field.selectionEnd ?? at, "end");
  problem("");
}

/** The browser asks its user; from then on it opens the links of other pages at this desk. */
function openLinksHere() {
  const url = `${location.origin}${shell.dataset.deskUrl}?dial=%s`;
  try {
    navigator.registerProtocolHandler("tel", url);
    notice(text("links-asked"), "info");
  } catch {
    notice(text("links-not-taken"));
  }
}

function problem(words) {
  const box = document.getElementById("dial-problem");
  if (!box) return;
  box.hidden = !words;
  box.querySelector("[data-said]").textContent = words;
  number().setAttribute("aria-invalid", words ? "true" : "false");
}

/** The server first, then our line. An answer that was lost on its way calls nobody twice. */
async function call(form) {
  if (isAsking) return;
  if (!phoneTab.isHere) {
    problem(text(`phone-${phoneTab.place === "nowhere" ? "nowhere" : "elsewhere"}`));
    return;
  }
  const button = document.getElementById("dial-call");
  isAsking = true;
  button.setAttribute("aria-busy", "true");
  problem("");
  try {
    const values = Object.fromEntries(new FormData(form));
    const made = await take(form.dataset.url, { ...values, lease: phoneTab.lease });
    document.getElementById("dial-pad")?.removeAttribute("open");
    remember(made.number);
    live.refresh().catch(() => {});
    await connect(made);
  } catch (error) {
    problem(explained(error));
    sayNow(explained(error));
  } finally {
    isAsking = false;
    button.removeAttribute("aria-busy");
  }
}

/** The pad is not painted again while one works at it: what was called last is told to it here. */
function remember(called) {
  const last = document.getElementById("dial-last");
  if (!last) return;
  last.dataset.number = called;
  last.hidden = false;
}

async function connect({ offer, slot, join, joined, failed }) {
  try {
    await parts.softphone.connect({ line: String(offer), slot, join });
  } catch (error) {
    await post(failed, { reason: `${error.cause ?? "unknown"} ${error.code ?? ""}`.trim() }).catch(() => {});
    await live.refresh().catch(() => {});
    const ended = document.getElementById("call-not-reached");
    // Who has hung up meanwhile knows why.
    if (ended?.dataset.outcomeWas === "no_line") notice(text("call-out-no-line", { why: explained(error) }), "breach");
    return;
  }
  await post(joined).catch(() => {}); // one of four ways for the server to know
}
