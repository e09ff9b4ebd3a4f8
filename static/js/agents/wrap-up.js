// Notes and outcome: saved as they are written, during the call and after it.

import { post, Refused } from "../api.js";
import { text } from "./texts.js";

const WRITE_PAUSE_MS = 800;
const AGAIN_MS = 5000;

let timer = null;

export function start() {
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-notes]");
    if (form) later(form, event.target.type === "radio" ? 0 : WRITE_PAUSE_MS);
  });
  // Finishing sends the whole form itself.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-notes]")) return;
    clearTimeout(timer);
    event.preventDefault();
  });
}

function later(form, milliseconds) {
  clearTimeout(timer);
  show(form, text("notes-writing"));
  timer = setTimeout(() => save(form), milliseconds);
}

function show(form, words, wrong = false) {
  const place = document.getElementById("notes-saved");
  if (!place) return;
  place.textContent = words;
  place.toggleAttribute("data-wrong", wrong);
}

async function save(form) {
  if (!form.isConnected) return;
  const values = Object.fromEntries(new FormData(form));
  try {
    const { saved } = await post(form.dataset.url, values);
    show(form, text("notes-saved", { clock: saved }));
  } catch (error) {
    if (error instanceof Refused) {
      show(form, error.message, true);
    } else {
      show(form, text("notes-not-saved"), true);
      timer = setTimeout(() => save(form), AGAIN_MS);
    }
  }
}
