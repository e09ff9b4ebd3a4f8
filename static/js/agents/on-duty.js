// Going on duty: this tab becomes the phone, the microphone is opened, the ring is played and
// listened to, the network is asked for a token; only then does the server let calls ring here.

import { post, Refused } from "../api.js";
import { NoMicrophone, showLevel } from "../microphone.js";
import { LineProblem } from "../softphone.js";
import { phoneTab } from "./phone-tab.js";
import { notice, say, text } from "./texts.js";

const shell = document.getElementById("shell");

let busy = false;

function mark(check, state, words = "") {
  const row = document.querySelector(`#go-on-duty [data-check="${check}"]`);
  if (!row) return;
  row.dataset.result = state;
  row.querySelector("[data-said]").textContent = words;
}

function begin() {
  const list = document.getElementById("duty-checks");
  if (list) list.hidden = false;
  for (const check of ["phone", "microphone", "ring", "network"]) mark(check, "waiting");
  const button = document.getElementById("on-duty-button");
  button?.setAttribute("aria-busy", "true");
  if (button) button.dataset.outcome = "asked";
}

function end(failed) {
  const button = document.getElementById("on-duty-button");
  button?.removeAttribute("aria-busy");
  if (!button) return;
  if (failed) button.dataset.outcome = "failed";
  else delete button.dataset.outcome;
}

/** The sentence for whatever went wrong. */
export function explained(error) {
  if (error instanceof Refused) return error.message || text("server-refused");
  if (error instanceof NoMicrophone || error instanceof LineProblem) return text(error.cause);
  return text("server-away");
}

async function check(name, deed, done) {
  mark(name, "asked", text(`check-${name}`));
  try {
    const result = await deed();
    mark(name, "ok", text(done));
    return result;
  } catch (error) {
    mark(name, "failed", explained(error));
    throw error;
  }
}

/**
 * Take the whole way, from the click on. Returns whether the agent is on duty; what went wrong is
 * shown beside its check and above the page.
 */
export async function goOnDuty({ sound, microphone, softphone }) {
  if (busy) return false;
  busy = true;
  begin();
  const unlocked = sound.unlock(); // inside the click, or the browser will not let us
  const onBreak = document.getElementById("own-status").dataset.presence === "break";
  let level;
  let stream;
  try {
    await check("phone", () => phoneTab.claim(), "check-phone-ok");
    begin();
    mark("phone", "ok", text("check-phone-ok"));
    stream = await check("microphone", () => microphone.open(), "check-microphone-ok");
    await unlocked;
    const meter = document.querySelector("#go-on-duty [data-level-meter]");
    if (meter) level = showLevel(sound.context, stream, meter);
    await check(
      "ring",
      async () => {
        if (!(await sound.testRing())) throw new NoMicrophone("ring-unheard");
      },
      "check-ring-ok",
    );
    await post(shell.dataset.reportUrl, {
      lease: phoneTab.lease,
      ring_heard: true,
      microphone_ok: true,
    });
    await check("network", () => softphone.prepare(0), "check-network-ok");
    if (!onBreak) await post(shell.dataset.onDutyUrl, { lease: phoneTab.lease });
    notice("");
    say(text("on-duty"));
    askToNotify();
    end(false);
    return true;
  } catch (error) {
    end(true);
    notice(explained(error));
    return false;
  } finally {
    level?.stop();
    for (const track of stream?.getTracks() ?? []) track.stop();
    busy = false;
  }
}

/** A desktop notification helps when another window is in front; no is an answer, too. */
function askToNotify() {
  if (globalThis.Notification?.permission === "default") Notification.requestPermission();
}
