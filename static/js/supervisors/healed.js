// What was put right: a line that says when the network was last compared, live; and the list,
// which is fetched anew when something was added, but never under a pointer or a focus.

import { Live } from "../live.js";
import { follow } from "./live-light.js";

const page = document.getElementById("main");
const showNew = document.getElementById("healed-new");
const live = new Live(page);

const list = () => document.getElementById("healed-list");
const news = () => document.getElementById("healed-news");

/** Whether the list may change by itself: its first page, and nobody points at it or is in it. */
function mayChange() {
  const isFirst = !new URLSearchParams(location.search).has("page");
  return isFirst && !list().matches(":hover, :focus-within");
}

async function refresh() {
  const response = await fetch(page.dataset.rows + location.search);
  if (!response.ok || response.redirected) return;
  const text = await response.text();
  const partial = `<hx-partial hx-target="#healed-list" hx-swap="outerMorph">${text}</hx-partial>`;
  await htmx.swap({ sourceElement: page, target: page, swap: "none", text: partial });
  showNew.hidden = true;
}

/** Look whether the page knows of something that the list does not show. */
function look() {
  if (news().dataset.newest === list().dataset.newest) return;
  if (mayChange()) refresh();
  else showNew.hidden = false;
}

page.addEventListener("htmx:after:swap", look);
live.addEventListener("tick", look);
follow(live);
showNew.addEventListener("click", () => {
  const chosen = new URLSearchParams(location.search);
  if (!chosen.has("page")) return refresh();
  chosen.delete("page");
  location.assign(`?${chosen}`); // what is new stands on the first page
});

live.start();
