// Whom the caller can be sent to: a list that is opened, searched, and renewed while it is open.

const AGAIN_MS = 2000;
const TYPED_MS = 150;

let again = null;
let typed = null;
let about = ""; // the conversation for which the list is open

export function start() {
  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-command="transfer"]')) toggle();
  });
  document.addEventListener("input", (event) => {
    if (event.target.id !== "transfer-words") return;
    clearTimeout(typed);
    typed = setTimeout(look, TYPED_MS);
  });
  document.addEventListener("keydown", keyPressed);
  document.addEventListener("panels:painted", painted);
}

function box() {
  return document.getElementById("transfer");
}

function toggle() {
  const button = document.getElementById("call-transfer");
  if (button.getAttribute("aria-busy") === "true") return;
  if (!box().hidden) close();
  else open();
}

function open() {
  const shown = box();
  shown.hidden = false;
  about = shown.dataset.about;
  document.getElementById("call-transfer").setAttribute("aria-expanded", "true");
  const words = document.getElementById("transfer-words");
  words.value = "";
  words.focus();
  look();
  again = setInterval(look, AGAIN_MS);
}

function close() {
  clearInterval(again);
  clearTimeout(typed);
  about = "";
  const shown = box();
  if (!shown) return;
  const hadFocus = shown.contains(document.activeElement);
  shown.hidden = true;
  document.getElementById("transfer-targets").replaceChildren();
  const button = document.getElementById("call-transfer");
  button.setAttribute("aria-expanded", "false");
  if (hadFocus) button.focus();
}

/** Another call, or none: what was open was about the one before. */
function painted() {
  if (!about) return;
  const button = document.getElementById("call-transfer");
  const isAsked = button?.dataset.outcome === "asked";
  if (box()?.dataset.about !== about || isAsked) close();
}

function look() {
  const shown = box();
  if (!shown || shown.hidden || document.hidden) return;
  htmx.ajax("GET", shown.dataset.url, {
    source: shown,
    target: "#transfer-targets",
    swap: "outerMorph",
    values: { q: document.getElementById("transfer-words").value },
  });
}

/** Down and up go through what can be chosen, beginning at the words; Escape closes. */
function keyPressed(event) {
  const shown = box();
  if (!shown || shown.hidden || !shown.contains(event.target)) return;
  if (event.key === "Escape") {
    event.preventDefault();
    close();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const stops = [document.getElementById("transfer-words"), ...shown.querySelectorAll("button")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  stops[stops.indexOf(document.activeElement) + step]?.focus();
}
