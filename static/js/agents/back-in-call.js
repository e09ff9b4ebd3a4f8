// A page that is loaded anew in the middle of a call: its line breaks with it, the person is here all
// the same. The page that comes says so for them, and their desk takes the call that comes back
// (`brings_back` of an offer) without a hand.

import { phoneTab } from "./phone-tab.js";

/** For so long the server keeps a caller for whose line broke. */
const KEPT_MS = 20_000;

const hint = "talked here until";

let isDue = false;

/** `softphone` has the lines that would break. */
export function start(softphone) {
  const until = Number(sessionStorage.getItem(hint));
  sessionStorage.removeItem(hint);
  isDue = Date.now() - until < KEPT_MS;
  // Before the SDK takes its lines apart: it listens to the same, and later.
  addEventListener("pagehide", () => {
    if (softphone.lines.length) sessionStorage.setItem(hint, Date.now());
  });
  document.addEventListener("panels:painted", comeBack);
  phoneTab.addEventListener("changed", comeBack);
}

/** Press "I am back", once, when the server has heard that the line broke. */
function comeBack() {
  const button = document.getElementById("come-back");
  if (!isDue || !phoneTab.isHere || !button) return;
  isDue = false;
  button.click();
}
