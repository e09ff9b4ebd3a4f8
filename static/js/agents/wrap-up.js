// Notes and outcome: saved as they are written, during the call and after it.

import { post, Refused } from "../api.js";
import { text } from "../texts.js";

const WRITE_PAUSE_MS = 800;
const AGAIN_MS = 5000;

// What is written and not saved yet: the field, where it goes, and all that stood in its form. The
// form may be another one when the pause is over (the call became a wrap-up) or none at all.
let unsaved = null;
let timer = null;

export function start() {
  document.addEventListener("input", ({ target }) => {
    const form = target.closest("form[data-notes]");
    if (!form) return;
    unsaved = { field: target, url: form.dataset.url, values: valuesOf(form) };
    show(text("notes-writing"));
    later(target.type === "radio" ? 0 : WRITE_PAUSE_MS);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-notes]")) return;
    event.preventDefault();
    // Finishing sends the whole form itself.
    clearTimeout(timer);
    unsaved = null;
  });
  addEventListener("pagehide", flush);
}

/** Save now what is not saved yet: the page is about to show something else. */
export async function flush() {
  clearTimeout(timer);
  if (unsaved) await save();
}

function later(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(save, milliseconds);
}

function valuesOf(form) {
  return Object.fromEntries(new FormData(form));
}

function show(words, wrong = false) {
  const place = document.getElementById("notes-saved");
  if (!place) return;
  place.textContent = words;
  place.toggleAttribute("data-wrong", wrong);
}

async function save() {
  const saving = unsaved;
  const form = saving.field.isConnected ? saving.field.form : null;
  try {
    const values = form ? valuesOf(form) : saving.values;
    const { saved } = await post(saving.url, values, { keepalive: true });
    if (unsaved !== saving) return; // somebody typed on meanwhile
    unsaved = null;
    show(text("notes-saved", { clock: saved }));
  } catch (error) {
    if (unsaved !== saving) return;
    if (error instanceof Refused) {
      show(error.message, true);
    } else {
      show(text("notes-not-saved"), true);
      later(AGAIN_MS);
    }
  }
}
