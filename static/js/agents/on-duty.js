// Going on duty: this tab becomes the phone, the microphone is opened, the ring is played and
// listened to, the network is asked for a token; only then does the server let calls ring here.

import { post } from "../api.js";
import { explained } from "../explained.js";
import { NoMicrophone, showLevel } from "../microphone.js";
import { askToNotify, refresh as lookAtDevices, volume } from "./devices.js";
import { phoneTab } from "./phone-tab.js";
import { notice, say, text } from "../texts.js";

const shell = document.getElementById("shell");

let busy = false;
let outcome = "";
const results = new Map();

// The panel may be painted anew while the checks are under way, for instance when another tab
// gives the phone up: what is known is kept here and drawn into whatever panel there is.
function draw() {
  const panel = document.getElementById("go-on-duty");
  if (!panel) return;
  panel.querySelector("#duty-checks").hidden = results.size === 0;
  for (const [name, { state, words }] of results) {
    const row = panel.querySelector(`[data-check="${name}"]`);
    row.dataset.result = state;
    row.querySelector("[data-said]").textContent = words;
  }
  const button = panel.querySelector("#on-duty-button");
  button.toggleAttribute("aria-busy", false);
  if (outcome) button.dataset.outcome = outcome;
  else delete button.dataset.outcome;
  if (busy) button.setAttribute("aria-busy", "true");
}

document.addEventListener("panels:painted", draw);
// The button comes from the server as busy: until this line nobody would have heard a click on it.
draw();

function mark(check, state, words = "") {
  results.set(check, { state, words });
  draw();
}

function begin() {
  busy = true;
  outcome = "asked";
  for (const check of ["phone", "microphone", "ring", "network"]) mark(check, "waiting");
}

function end(failed) {
  busy = false;
  outcome = failed ? "failed" : "";
  draw();
  if (!failed) results.clear();
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
  begin();
  const unlocked = sound.unlock(); // inside the click, or the browser will not let us
  const onBreak = document.getElementById("own-status").dataset.presence === "break";
  let level;
  let stream;
  try {
    await check("phone", () => phoneTab.isHere || phoneTab.claim(), "check-phone-ok");
    stream = await check("microphone", () => microphone.open(), "check-microphone-ok");
    await lookAtDevices(); // the browser names them now
    await unlocked;
    level = showLevel(sound.context, stream, () =>
      document.querySelector("#go-on-duty [data-level-meter]"),
    );
    await check(
      "ring",
      async () => {
        if (!(await sound.testRing(volume()))) throw new NoMicrophone("ring-unheard");
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
  }
}
