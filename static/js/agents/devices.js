// Which microphone, which speaker and what it rings on: chosen under Sound, kept by this computer.
//
// Theory of operation. A choice outlives its device: while a chosen headset is not connected the
// computer's own is used and that is said; when it is there again, so is the choice. Devices come
// and go in the middle of a call, which goes on. Browsers name devices only to a page that may hear.

import { notice, text } from "../texts.js";

const STORE = "desk-sound";
/** What is chosen → the kind of device, as browsers call it. */
const KINDS = { microphone: "audioinput", speaker: "audiooutput", ring: "audiooutput" };
/** The names that browsers give to whatever the computer prefers at the moment. */
const OF_THE_COMPUTER = new Set(["", "default", "communications"]);
/** A ring is never quite silent: who wants no calls goes off duty. */
const QUIETEST = 5;

let parts;
let known = []; // the devices that there are
let chosen = read();
const missing = new Set();

function read() {
  const nothing = { microphone: null, speaker: null, ring: null, volume: 100, notifies: true };
  try {
    return { ...nothing, ...JSON.parse(localStorage.getItem(STORE)) };
  } catch {
    return nothing; // somebody else's words under our name
  }
}

function keep(changes) {
  chosen = { ...chosen, ...changes };
  localStorage.setItem(STORE, JSON.stringify(chosen));
}

/** How loud the ring is, from 0 to 1. */
export const volume = () => Math.max(Number(chosen.volume) || 0, QUIETEST) / 100;

/** Whether a call is shown on the desktop while another window is in front. */
export const notifies = () => chosen.notifies !== false;

/** `parts` are {sound, microphone, softphone, isPhone}; the last says whether calls ring in this tab. */
export async function start(given) {
  parts = given;
  document.addEventListener("change", changed);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-test-speaker]")) parts.sound.play("coach");
  });
  document.getElementById("sound").addEventListener("toggle", (event) => {
    if (event.newState === "open") refresh();
  });
  navigator.mediaDevices?.addEventListener("devicechange", refresh);
  await refresh();
}

/** Look what is connected, use it, and say what has gone or come back. */
export async function refresh() {
  if (!navigator.mediaDevices) return;
  const before = known;
  known = await navigator.mediaDevices.enumerateDevices();
  const sentences = Object.keys(KINDS).map(noticed).filter(Boolean);
  if (parts.isPhone() && of("audioinput").length === 0 && before.some(isMicrophone)) {
    notice(text("microphone-missing"), "breach");
  } else if (sentences.length) {
    const [words, level] = sentences[0];
    notice(words, level);
  }
  draw();
  await use();
}

const isMicrophone = (device) => device.kind === "audioinput";
const of = (kind) => known.filter((device) => device.kind === kind);
const find = (name) => of(KINDS[name]).find(({ deviceId }) => deviceId === chosen[name]?.id);

/** What to say of one choice: its device went away, or is there again. */
function noticed(name) {
  const choice = chosen[name];
  // Without names there are no devices to compare: the browser does not tell yet.
  if (!choice || !of(KINDS[name]).some(({ label }) => label)) return null;
  if (find(name)) {
    return missing.delete(name) ? [text("device-back", { device: choice.label }), "ok"] : null;
  }
  if (missing.has(name)) return null;
  missing.add(name);
  return [text(`device-gone-${name}`, { device: choice.label }), "warn"];
}

async function use() {
  const { microphone, softphone } = parts;
  const id = (name) => find(name)?.deviceId ?? "";
  const isOther = microphone.device !== id("microphone");
  microphone.device = id("microphone");
  try {
    await Promise.all([
      isOther && softphone.changeMicrophone(),
      softphone.speakOn(id("speaker")),
      parts.sound.playOn(id("speaker")),
      parts.sound.ringOn(id("ring")),
    ]);
  } catch (error) {
    notice(text("device-failed", { why: error.message }));
  }
}

async function changed({ target }) {
  const name = target.dataset?.device;
  if (name) {
    const device = of(KINDS[name]).find(({ deviceId }) => deviceId === target.value);
    keep({ [name]: device ? { id: device.deviceId, label: device.label } : null });
    missing.delete(name);
    draw();
    await use();
  } else if (target.matches?.("[data-ring-volume]")) {
    keep({ volume: Number(target.value) });
    draw();
  } else if (target.matches?.("[data-notifies]")) {
    keep({ notifies: target.checked });
    if (target.checked) await askToNotify();
    draw();
  }
}

/** A desktop notification helps when another window is in front; no is an answer, too. */
export async function askToNotify() {
  if (!notifies() || globalThis.Notification?.permission !== "default") return;
  await Notification.requestPermission();
  draw();
}

function draw() {
  for (const name of Object.keys(KINDS)) drawChoice(name);
  const slider = document.querySelector("[data-ring-volume]");
  slider.value = Math.round(volume() * 100);
  slider.setAttribute("aria-valuetext", text("ring-volume", { n: slider.value }));
  document.querySelector("[data-notifies]").checked = notifies();
  document.getElementById("notifies-refused").hidden =
    !notifies() || globalThis.Notification?.permission !== "denied";
}

function drawChoice(name) {
  const select = document.querySelector(`[data-device="${name}"]`);
  const devices = of(KINDS[name]).filter(({ deviceId }) => !OF_THE_COMPUTER.has(deviceId));
  const isNamed = devices.some(({ label }) => label);
  const choice = chosen[name];
  const options = [new Option(text("device-of-computer"), "")];
  if (isNamed) options.push(...devices.map(({ label, deviceId }) => new Option(label, deviceId)));
  if (choice && !find(name)) {
    options.push(new Option(text("device-not-connected", { device: choice.label }), choice.id));
  }
  select.replaceChildren(...options);
  select.value = choice?.id ?? "";
  const cannot = name !== "microphone" && !parts.sound.canChoose;
  select.disabled = cannot || (!isNamed && !choice);
  const hint = document.getElementById(`device-${name}-hint`);
  hint.textContent = cannot ? text("device-no-choice") : isNamed ? "" : text("device-unnamed");
  hint.hidden = !hint.textContent;
}
