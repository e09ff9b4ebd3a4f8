// A caller on hold for as long as supervisors are told of: the card says so, with a soft tick, once.

import { now } from "../clock.js";
import { say } from "../texts.js";
import { phoneTab } from "./phone-tab.js";

let sound;
let reminded = new Set();

/** `parts` are {sound}. */
export function start(parts) {
  ({ sound } = parts);
  document.addEventListener("panels:painted", look);
  setInterval(look, 1000);
  look();
}

function look() {
  const holds = [...document.querySelectorAll("[data-remind-at]")];
  const here = new Set(holds.map((hold) => hold.id));
  reminded = new Set([...reminded].filter((id) => here.has(id)));
  for (const hold of holds) {
    if (reminded.has(hold.id) || now() < Number(hold.dataset.remindAt)) continue;
    reminded.add(hold.id);
    hold.hidden = false;
    say(hold.dataset.said);
    if (phoneTab.isHere) sound.play("key");
  }
}
