// What can be done with a waiting caller: a button with `data-arrange` opens the dialog with what
// that address says at this moment. Its forms are deeds (deeds.js), which say a refusal and close
// it; what has changed is shown by the panels.

import { signedOut } from "../door.js";

const dialog = document.getElementById("arrange-dialog");
const box = document.getElementById("deed-said");

function say(sentence) {
  box.querySelector("[data-said]").textContent = sentence;
  box.hidden = !sentence;
}

async function open(button) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(button.dataset.arrange, { signal: AbortSignal.timeout(10000) });
    if (response.status === 401) return signedOut();
    if (!response.ok) throw new Error(`status ${response.status}`);
    dialog.innerHTML = await response.text();
    say("");
    dialog.showModal();
  } catch {
    say(box.dataset.away);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-arrange]");
  if (button) open(button);
});
