// "Speak for me": on machines without a microphone a made voice or a tone. Simulated network only.

import { explained } from "./explained.js";
import { text } from "./texts.js";

/** `isTalking()` says whether a line is up: what is chosen then counts from the next one on. */
export function start({ microphone, isTalking, chosen = () => {} }) {
  async function choose() {
    const source = document.getElementById("speak-source").value;
    document.querySelector("[data-speak-text]").hidden = source !== "voice";
    const note = document.querySelector("[data-speak-note]");
    try {
      await microphone.choose(source, document.getElementById("speak-text").value);
      note.textContent = isTalking() ? text("speak-next-call") : "";
    } catch (error) {
      note.textContent = explained(error);
    }
    await chosen();
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("#speak-source, #speak-text")) choose();
  });
}
