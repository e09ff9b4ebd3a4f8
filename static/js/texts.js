// What our modules say to people. The words come with the page, in its language.

const catalogue = JSON.parse(document.getElementById("texts").textContent);

/** The text named `key`, its {holes} filled from `values`. */
export function text(key, values = {}) {
  const words = catalogue[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
}

/** Read out politely: what may wait until the listener has a moment. */
export function say(words) {
  document.getElementById("said-politely").textContent = words;
}

/** Read out at once: ringing, and what goes wrong in a call. */
export function sayNow(words) {
  document.getElementById("said-now").textContent = words;
}

/** Show a sentence above the page until it is closed or replaced; an empty one takes it away. */
export function notice(words, level = "warn") {
  const box = document.getElementById("notice");
  box.hidden = !words;
  box.dataset.level = level;
  box.setAttribute("role", "alert");
  box.querySelector("[data-said]").textContent = words;
}
