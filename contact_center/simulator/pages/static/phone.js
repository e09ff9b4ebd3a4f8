// The customer's telephone: puts the line, the voice and the page together.

import { PATIENCE_MS, explain } from "./doubt.js";
import { icon } from "./icon.js";
import { Line } from "./line.js";
import { Meter, keepDrawing } from "./meters.js";
import { Story } from "./story.js";
import { Voice } from "./voice.js";

const $ = (id) => document.getElementById(id);
const KEYS = /^[0-9*#]$/;
const OTHER = "other";
const WORDS = (name) => `Hello, this is ${name}. I would like to ask about my last order.`;

const voice = new Voice();
const line = new Line({ getUserMedia: voice.getUserMedia });
const story = new Story($("story"));
const says = new Meter($("says"));
const hears = new Meter($("hears"));

let phase = "idle";
let talkingSince = 0;
let received = -1;
let receivedAt = 0;
let doubted = false;
let descriptions = new Map();

// Phases ---------------------------------------------------------------------------------------

const PILLS = {
  calling: ["ringing", "phone-outgoing", "Calling"],
  ringing: ["ringing", "phone-incoming", "Rings"],
  talking: ["on-call", "phone", "In call"],
};

function enter(next, { sid, error, from } = {}) {
  const before = phase;
  if (next === "ringing") {
    isRung(from);
  }
  phase = next;
  const idle = next === "idle";
  $("reading").dataset.phase = next;
  $("pill").hidden = idle;
  if (!idle) {
    const [state, name, word] = PILLS[next];
    $("pill").dataset.state = state;
    $("pill-icon").setAttribute("href", `/phone/icons.svg#${name}`);
    $("pill-word").textContent = word;
  }
  $("timer").hidden = next !== "talking";
  $("number").readOnly = !idle;
  $("own-number").hidden = !idle;
  $("levels").hidden = idle;
  showBigButtons(next);
  for (const button of document.querySelectorAll("#numbers .button")) {
    button.setAttribute("aria-disabled", String(!idle));
  }
  story.follow(sid);
  if (next === "talking" && before !== "talking") {
    talkingSince = Date.now();
    $("timer").textContent = "0:00";
    received = -1;
    receivedAt = talkingSince;
    says.listen(voice.output && sourceOf(voice.output.stream));
    say("The call is answered.");
  }
  if (idle) {
    hang(error);
  }
  describe();
}

// Ring, Hang up, and Answer with Refuse share one place; the focus stays on it.
const BIG_BUTTONS = { idle: ["ring"], ringing: ["answer", "refuse"] };

function showBigButtons(next) {
  const shown = (BIG_BUTTONS[next] ?? ["hang-up"]).map($);
  const all = ["ring", "answer", "refuse", "hang-up"].map($);
  const focused = all.includes(document.activeElement) && !shown.includes(document.activeElement);
  for (const button of all) {
    button.hidden = !shown.includes(button);
  }
  if (focused || document.activeElement?.closest("#numbers")) {
    shown[0].focus();
  }
}

function isRung(from) {
  $("number").value = pretty(from);
  beginStory(`${pretty(from)} rings you`, "", "phone-incoming");
  document.title = "Ringing · Phone";
  tell(`${pretty(from)} rings you.`);
}

function beginStory(text, detail, name) {
  $("help").hidden = true;
  $("story").hidden = false;
  $("story-title").textContent = "What happened so far";
  doubt(false);
  story.begin(text, detail, name);
}

function hang(error) {
  document.title = "Phone";
  doubted = false; // the explanation stays to be read until the next call
  says.listen(null);
  hears.listen(null);
  if (error) {
    story.add("triangle-alert", "The call could not go on", error, "warn");
    tell(error);
  } else {
    say("The call is over.");
  }
  story.stop();
}

function sourceOf(stream) {
  return voice.audio.createMediaStreamSource(stream);
}

line.on("phase", ({ phase: next, ...more }) => enter(next, more));
line.on("trouble", (sentence) => sentence && story.add("triangle-alert", sentence, "", "warn"));
line.on("sound", (bytes) => {
  if (bytes > received) {
    if (received <= 0 && bytes > 0) {
      const stream = line.remoteStream;
      hears.listen(stream && sourceOf(stream));
    }
    received = bytes;
    receivedAt = Date.now();
  }
});

// Once a second: the clock, and whether one still hears something.
window.setInterval(() => {
  if (phase !== "talking") {
    return;
  }
  const seconds = Math.floor((Date.now() - talkingSince) / 1000);
  $("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  document.title = `In call ${$("timer").textContent} · Phone`;
  const doubtful = Date.now() - receivedAt > PATIENCE_MS;
  if (doubtful !== doubted) {
    doubt(doubtful);
  }
}, 500);

function doubt(doubtful) {
  doubted = doubtful;
  $("doubt").replaceChildren(...(doubtful ? [explain({ arrives: story.soundArrives })] : []));
  describe();
}

// Ringing --------------------------------------------------------------------------------------

function caller() {
  const chosen = $("caller").value;
  return chosen === OTHER ? plain($("other-number").value) : chosen;
}

async function ring(to) {
  if (phase !== "idle") {
    return;
  }
  const number = plain(to);
  if (!number) {
    $("number-note").textContent = "Type a number first, or choose one from the list.";
    $("number").focus();
    return;
  }
  $("number").value = pretty(number);
  beginStory(`You rang ${pretty(number)}`, `from ${pretty(caller())}`);
  enter("calling");
  await wakeVoice();
  await line.ring({ from: caller(), to: number });
}

$("handset").addEventListener("submit", (event) => {
  event.preventDefault();
  ring($("number").value);
});
async function wakeVoice() {
  try {
    await voice.wake();
    noVoiceTrouble();
  } catch (problem) {
    voiceTrouble(problem);
  }
}

$("hang-up").addEventListener("click", () => line.hangUp());
$("answer").addEventListener("click", async () => {
  await wakeVoice();
  line.answer();
});
$("refuse").addEventListener("click", () => line.refuse());

// Being rung: this telephone takes calls to the number that one has chosen to be.
async function beReachable() {
  try {
    await line.own($("reachable").checked ? caller() : "");
    $("reachable-trouble").hidden = true;
  } catch (problem) {
    $("reachable").checked = false;
    $("reachable-trouble").textContent = problem.message;
    $("reachable-trouble").hidden = false;
  }
}

for (const id of ["reachable", "caller", "other-number"]) {
  $(id).addEventListener("change", beReachable);
}
$("caller").addEventListener("change", () => {
  $("other-caller").hidden = $("caller").value !== OTHER;
  introduce();
});
$("number").addEventListener("input", describe);
$("erase").addEventListener("click", () => {
  $("number").value = $("number").value.trimEnd().slice(0, -1);
  describe();
});

// Keys -----------------------------------------------------------------------------------------

function press(key) {
  const button = document.querySelector(`#keypad [data-key="${CSS.escape(key)}"]`);
  button.dataset.pressed = "";
  window.setTimeout(() => delete button.dataset.pressed, 150);
  if (phase === "idle") {
    $("number").value += key;
    describe();
  } else if (phase !== "ringing") {
    line.press(key);
  }
}

$("keypad").addEventListener("click", (event) => {
  const button = event.target.closest("[data-key]");
  if (button) {
    press(button.dataset.key);
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("textarea, input:not([readonly]):not([type=radio]), select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS.test(event.key)) {
    return;
  }
  event.preventDefault();
  press(event.key);
});

// What one says --------------------------------------------------------------------------------

async function chooseVoice() {
  const kind = document.querySelector("[name=voice]:checked").value;
  $("words-field").hidden = kind !== "speech";
  noVoiceTrouble();
  try {
    await voice.choose(kind, $("words").value);
  } catch (problem) {
    voiceTrouble(problem);
  }
}

function voiceTrouble(problem) {
  $("voice-trouble").textContent = problem.message;
  $("voice-trouble").hidden = false;
}

function noVoiceTrouble() {
  $("voice-trouble").hidden = true;
}

for (const choice of document.querySelectorAll("[name=voice]")) {
  choice.addEventListener("change", async () => {
    if (choice.value === "microphone") {
      await voice.wake(); // asks for the microphone now, not in the middle of a call
    }
    await chooseVoice();
  });
}
$("words").addEventListener("change", chooseVoice);

// The made voice says the caller's name, until somebody gives it other words.
function introduce() {
  if ($("caller").value === OTHER) {
    return;
  }
  const names = [...$("caller").options].map((option) => option.text.split(/[ ,]/)[0]);
  if (names.some((name) => $("words").value === WORDS(name))) {
    $("words").value = WORDS(names[$("caller").selectedIndex]);
    chooseVoice();
  }
}

// What one reads -------------------------------------------------------------------------------

function plain(number) {
  return number.replace(/[^+0-9*#a-z:]/gi, "");
}

function pretty(number) {
  return number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2 $3");
}

function describe() {
  if (doubted) {
    const why = document.createElement("a");
    why.href = "#doubt";
    why.textContent = "No sound is coming: what is probably wrong";
    $("number-note").replaceChildren(why);
    return;
  }
  const number = plain($("number").value);
  const known = descriptions.get(number);
  $("number-note").textContent =
    known || (number ? "\u00a0" : "Type a number, or choose one from the list.");
}

function say(sentence) {
  $("polite").textContent = sentence;
}

function tell(sentence) {
  $("assertive").textContent = sentence;
}

function listNumbers(numbers) {
  descriptions = new Map(numbers.map((each) => [each.number, each.description]));
  if (numbers.length === 0) {
    const empty = document.createElement("li");
    const words = document.createElement("span");
    words.className = "empty muted";
    words.textContent = "This phone network has no numbers: start it with --number +14155550100.";
    empty.append(words);
    $("numbers").replaceChildren(empty);
    return;
  }
  $("numbers").replaceChildren(
    ...numbers.map(({ number, description, connected }) => {
      const row = document.createElement("li");
      const words = document.createElement("span");
      words.textContent = pretty(number);
      const note = document.createElement("small");
      note.textContent = connected ? description : "nobody is connected to it yet";
      words.append(note);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small";
      button.textContent = "Ring";
      button.setAttribute("aria-label", `Ring ${pretty(number)}`);
      button.setAttribute("aria-disabled", String(phase !== "idle"));
      button.addEventListener("click", () => ring(number));
      row.append(icon("phone"), words, button);
      return row;
    }),
  );
}

async function configure() {
  const { numbers, callers, desk_url: desk } = await (await fetch("/phone/config")).json();
  listNumbers(numbers);
  if ($("caller").options.length === 0) {
    for (const { name, number } of callers) {
      $("caller").add(new Option(`${name}, ${pretty(number)}`, number));
    }
    $("caller").add(new Option("Another number", OTHER));
    // Whoever types quicker than the numbers come keeps what is typed.
    $("number").value ||= pretty(numbers[0]?.number ?? "");
  }
  describe();
  if (desk) {
    $("desk").href = desk;
    $("desk").hidden = false;
  }
  describe();
}

// The product may name its numbers after this page was opened.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    configure();
  }
});

keepDrawing([says, hears]);
if (!window.isSecureContext || !navigator.mediaDevices) {
  voiceTrouble(
    new Error(
      `Browsers allow calls only on secure pages. Open http://localhost:${window.location.port}/phone on the machine where the simulator runs.`,
    ),
  );
}
await configure();
await chooseVoice();
