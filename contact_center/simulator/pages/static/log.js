// The log of the network: asks once a second for what is new, newest on top.

const KEEP = 1000;
const EVERY_MS = 1000;
const WORDS = { webhook: "Webhook", rest: "REST", leg: "Call", conference: "Conference", problem: "Problem" };

const PURPOSES = {
  twiml: "asks what to do",
  "twiml, not executed": "asks what to do; the queue's action decides",
  fallback: "asks what to do after a failure",
  wait: "asks what the waiting caller hears",
  "queue action": "tells how waiting ended and asks what is next",
  "dial action": "tells how the conference ended and asks what is next",
  "conference wait": "asks for music",
  status: "tells of the call",
  conference: "tells of the conference",
};

const entries = new Map(); // number → { entry, item }
const calls = new Map(); // leg SID → { from, to, status, item }
const list = document.getElementById("entries");
const callList = document.getElementById("calls");
const find = document.getElementById("find");
const pause = document.getElementById("pause");
const allCalls = document.getElementById("all-calls");
const nothing = document.getElementById("nothing");
const lost = document.getElementById("lost");
const asOf = document.getElementById("as-of");

let revision = 0;
let chosenCall = null;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function clock(seconds, withMilliseconds = true) {
  const time = new Date(seconds * 1000);
  const words = time.toLocaleTimeString("en-GB");
  return withMilliseconds ? `${words}.${String(time.getMilliseconds()).padStart(3, "0")}` : words;
}

// ---- one entry

function outcomeOf(entry) {
  const { detail, kind } = entry;
  if (kind === "webhook") {
    if (!("status" in detail)) return { text: "on its way", bad: false };
    const status = detail.status === null ? "no answer" : String(detail.status);
    return { text: `${status} in ${detail.took_ms} ms`, bad: Boolean(entry.problem) };
  }
  if (kind === "rest") return { text: String(detail.status), bad: detail.status >= 400 };
  return { text: "", bad: false };
}

function lineBelow(entry) {
  const { detail, kind } = entry;
  if (kind === "webhook") return PURPOSES[detail.purpose] ?? detail.purpose;
  if (kind === "leg" || kind === "problem") return `${detail.from} to ${detail.to}`;
  if (kind === "conference") return [detail.FriendlyName, detail.ParticipantLabel].filter(Boolean).join(", ");
  return "";
}

function pairs(title, list) {
  if (!list || !list.length) return null;
  const section = element("section");
  section.append(element("h2", "", title));
  const terms = element("dl");
  for (const [name, value] of list) terms.append(element("dt", "", name), element("dd", "", value));
  section.append(terms);
  return section;
}

function block(title, text) {
  if (!text) return null;
  const section = element("section");
  section.append(element("h2", "", title), element("pre", "", text));
  return section;
}

function detailOf(entry) {
  const { detail, kind } = entry;
  const box = element("div", "detail");
  const parts = [];
  if (entry.leg_sid) parts.push(pairs("Call", [["SID", entry.leg_sid]]));
  if (kind === "webhook") {
    parts.push(pairs("Address", [[detail.method, detail.url]]), pairs("Said", detail.params));
    parts.push(block(`Answered${detail.content_type ? `, ${detail.content_type}` : ""}`, detail.answer));
  } else if (kind === "rest") {
    parts.push(pairs("Address", [[detail.method, detail.path]]), pairs("Query", detail.query), pairs("Form", detail.form), block("Answered", readable(detail.answer)));
  } else {
    parts.push(pairs("Facts", Object.entries(detail).map(([name, value]) => [name, String(value)])));
  }
  box.append(...parts.filter(Boolean));
  return box;
}

function readable(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json; // long answers are cut, and then they are no JSON any more
  }
}

function drawn(entry) {
  const kind = entry.kind;
  const item = element("li");
  item.dataset.kind = kind;
  const details = element("details");
  const summary = element("summary");
  const title = element("span", "title", entry.title);
  const below = lineBelow(entry);
  if (below) title.append(element("small", "", below));
  if (entry.problem) title.append(element("small", "problem", entry.problem));
  const outcome = outcomeOf(entry);
  const end = element("span", "outcome", outcome.text);
  if (outcome.bad) end.dataset.bad = "";
  summary.append(element("time", "", clock(entry.at)), element("span", "pill", WORDS[kind]), title, end);
  details.append(summary);
  // What is inside is drawn when somebody looks: a thousand closed entries stay light.
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(detailOf(entry));
  });
  item.append(details);
  return item;
}

function take(entry) {
  const known = entries.get(entry.number);
  const item = drawn(entry);
  if (known) {
    const wasOpen = known.item.querySelector("details").open;
    known.item.replaceWith(item);
    item.querySelector("details").open = wasOpen;
  } else {
    list.prepend(item);
  }
  entries.set(entry.number, { entry, item });
  item.hidden = !fits(entry);
  if (entry.kind === "leg") takeCall(entry);
  if (entries.size > KEEP) {
    const [oldest, { item: gone }] = entries.entries().next().value;
    gone.remove();
    entries.delete(oldest);
  }
}

// ---- calls

function takeCall(entry) {
  const { from, to, status } = entry.detail;
  const known = calls.get(entry.leg_sid);
  const item = element("li");
  const button = element("button", "call");
  button.type = "button";
  const pill = element("span", "pill", status);
  pill.dataset.status = status;
  const since = known ? known.since : entry.at;
  button.append(element("span", "from", from), pill, element("small", "", `to ${to || "its application"}`), element("small", "figure", clock(since, false)));
  button.setAttribute("aria-pressed", String(chosenCall === entry.leg_sid));
  button.addEventListener("click", () => choose(chosenCall === entry.leg_sid ? null : entry.leg_sid));
  item.append(button);
  if (known) {
    const hadFocus = known.item.contains(document.activeElement);
    known.item.replaceWith(item);
    if (hadFocus) button.focus();
  } else {
    if (calls.size === 0) callList.replaceChildren();
    callList.prepend(item);
  }
  calls.set(entry.leg_sid, { item, since });
}

function choose(sid) {
  chosenCall = sid;
  allCalls.hidden = sid === null;
  for (const [of, { item }] of calls) item.firstChild.setAttribute("aria-pressed", String(of === sid));
  filter();
}

// ---- what is shown

function fits(entry) {
  const kinds = new Set([...document.querySelectorAll("[name=kind]:checked")].map((box) => box.value));
  const onlyProblems = document.querySelector("[name=problems]").checked;
  if (onlyProblems ? !entry.problem : entry.kind !== "problem" && !kinds.has(entry.kind)) return false;
  const words = JSON.stringify(entry);
  if (chosenCall && !words.includes(chosenCall)) return false;
  return words.toLowerCase().includes(find.value.trim().toLowerCase());
}

function filter() {
  for (const { entry, item } of entries.values()) item.hidden = !fits(entry);
  tellIfNothing();
}

function tellIfNothing() {
  nothing.hidden = [...entries.values()].some(({ item }) => !item.hidden);
}

// ---- asking

async function ask() {
  if (pause.getAttribute("aria-pressed") !== "true") {
    try {
      const answer = await fetch(`/simulator/log.json?since=${revision}`);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const news = await answer.json();
      if (news.revision < revision) {
        location.reload(); // another network has taken this one's place
        return;
      }
      news.entries.sort((one, other) => one.number - other.number).forEach(take);
      revision = news.revision;
      asOf.textContent = clock(news.now, false);
      lost.hidden = true;
      tellIfNothing();
    } catch {
      document.getElementById("lost-since").textContent = asOf.textContent;
      lost.hidden = false;
    }
  }
  setTimeout(ask, EVERY_MS);
}

document.querySelector(".tools").addEventListener("input", filter);
allCalls.addEventListener("click", () => choose(null));
pause.addEventListener("click", () => {
  const paused = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", String(paused));
  pause.textContent = paused ? "Go on" : "Pause";
});
ask();
