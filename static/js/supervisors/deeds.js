// What a supervisor does: a button with `data-deed` posts to that address. What has changed is
// shown by the panels; a refusal is said beside them. A button pressed twice asks once.
//
// A button with `data-dialog` first opens the dialog of that id; its form posts what was chosen.

import { post, Refused } from "../api.js";

const box = document.getElementById("deed-said");

function say(sentence) {
  box.querySelector("[data-said]").textContent = sentence;
  box.hidden = !sentence;
}

async function ask(url, values, button) {
  if (button.getAttribute("aria-busy") === "true") return false;
  button.setAttribute("aria-busy", "true");
  button.dataset.outcome = "asked";
  try {
    await post(url, values);
    say("");
    return true;
  } catch (error) {
    say(error instanceof Refused && error.message ? error.message : box.dataset.away);
    return false;
  } finally {
    button.removeAttribute("aria-busy");
    delete button.dataset.outcome;
  }
}

document.addEventListener("click", (event) => {
  const closest = (selector) => event.target.closest(selector);
  const deed = closest("button[data-deed]");
  if (deed) ask(deed.dataset.deed, {}, deed);
  const opens = closest("button[data-dialog]");
  if (opens) document.getElementById(opens.dataset.dialog).showModal();
  if (closest("[data-close-dialog]")) closest("dialog").close();
  if (closest("[data-close-said]")) say("");
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-deed-form]")) return;
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form, event.submitter));
  if (await ask(form.action, values, event.submitter)) form.reset();
  form.closest("dialog")?.close();
});
