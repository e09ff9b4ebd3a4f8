// Notes and outcome: saved as they are written, during the call and after it.

import { post, Refused } from "../api.js";
import { text } from "../texts.js";

const WRITE_PAUSE_MS = 800;
const AGAIN_MS = 5000;

// What is written and not saved yet, by where it goes: the field, and all that stood in its form. The
// form may be another one when the pause is over (the call became a wrap-up) or none at all.
const unsaved = new Map();
let timer = null;

export function start() {
  document.addEventListener("input", ({ target }) => {
    const form = target.closest("form[data-notes]");
    if (!form || !target.name) return;
    const { url } = form.dataset;
    unsaved.set(url, { field: target, values: valuesOf(form) });
    show(url, text("notes-writing"));
    later(["radio", "checkbox", "select-one"].includes(target.type) ? 0 : WRITE_PAUSE_MS);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-notes]")) return;
    event.preventDefault();
    // Finishing sends the whole form itself.
    unsaved.delete(event.target.dataset.url);
    if (!unsaved.size) clearTimeout(timer);
  });
  addEventListener("pagehide", flush);
}

/** Save now what is not saved yet: the page is about to show something else. */
export async function flush() {
  clearTimeout(timer);
  await Promise.all([...unsaved.keys()].map(save));
}

function later(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(flush, milliseconds);
}

function valuesOf(form) {
  return Object.fromEntries(new FormData(form));
}

function show(url, words, wrong = false) {
  const place = document.querySelector(`form[data-url="${url}"] [data-notes-saved]`);
  if (!place) return;
  place.textContent = words;
  place.toggleAttribute("data-wrong", wrong);
}

/** What still has to be said, beside what was just said. */
function showLacking(url, words) {
  const place = document.querySelector(`form[data-url="${url}"] [data-lacking]`);
  if (place) place.textContent = words;
}

async function save(url) {
  const saving = unsaved.get(url);
  const form = saving.field.isConnected ? saving.field.form : null;
  try {
    const values = form ? valuesOf(form) : saving.values;
    const { saved, lacking } = await post(url, values, { keepalive: true });
    showLacking(url, lacking);
    if (unsaved.get(url) !== saving) return; // somebody typed on meanwhile
    unsaved.delete(url);
    show(url, text("notes-saved", { clock: saved }));
  } catch (error) {
    if (unsaved.get(url) !== saving) return;
    if (error instanceof Refused) {
      unsaved.delete(url); // said again it would be refused again
      show(url, error.message, true);
    } else {
      show(url, text("notes-not-saved"), true);
      later(AGAIN_MS);
    }
  }
}
