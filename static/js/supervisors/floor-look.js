// How the floor is looked at stands in its address. Choosing changes the address and asks for that
// slice of the floor, without leaving the page: whoever is on somebody's call must not lose it.
//
// Links and the form work without this module, too; then they load the page anew.

import { post, Refused } from "../api.js";

const TYPED_MS = 250;
// As the server writes an address; two that say the same are the same.
const IN_ORDER = ["team", "queue", "state", "q", "sort", "page"];

/** Let links, form, menu and the back button change what `page` shows; `live` brings it. */
export function start(page, live) {
  const form = document.getElementById("floor-filter");
  const menu = () => document.getElementById("floor-views");
  const floor = page.dataset.floor;
  const panels = page.dataset.panels.split("?")[0];
  // What the socket's own address says; a new connection begins with it.
  const first = location.search;

  live.asks = () =>
    location.search === first
      ? { cmd: "snapshot" }
      : { cmd: "look", query: location.search.slice(1) };

  /** Show what the address says now. */
  function show() {
    const said = new URLSearchParams(location.search);
    page.dataset.panels = panels + location.search;
    for (const field of form.elements) {
      if (!field.name || field === document.activeElement) continue;
      field.value = said.get(field.name) ?? (field.name === "sort" ? "need" : "");
    }
    document.getElementById("floor-filter-all").hidden = !location.search;
    for (const link of menu().querySelectorAll("a[data-look]")) {
      if (link.search === location.search) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    // Whoever chooses anew wants to see it.
    if ("paused" in document.body.dataset) document.getElementById("pause").click();
    if (!live.send({ cmd: "look", query: location.search.slice(1) })) live.refresh();
  }

  function go(search, { replace = false } = {}) {
    if (search === location.search) return;
    history[replace ? "replaceState" : "pushState"](null, "", floor + search);
    show();
  }

  function chosen() {
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      const text = value.trim();
      if (text && !(name === "sort" && text === "need")) said.append(name, text);
    }
    return said.size ? `?${said}` : "";
  }

  /** Where a link leads. One of a panel changes what it was drawn to change, and no more: since then
      something else may have been chosen that the panel does not show yet. */
  function leadsTo(link) {
    const panel = link.closest("[data-query]");
    if (!panel) return link.search;
    const [drawn, wanted, said] = [panel.dataset.query, link.search, location.search].map(
      (query) => new URLSearchParams(query),
    );
    const asked = new URLSearchParams();
    for (const name of IN_ORDER) {
      const isKept = drawn.get(name) === wanted.get(name) && name !== "page";
      const from = isKept ? said : wanted;
      if (from.has(name)) asked.append(name, from.get(name));
    }
    return asked.size ? `?${asked}` : "";
  }

  page.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-look]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (menu().contains(link)) menu().hidePopover();
    go(leadsTo(link));
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(chosen());
  });
  form.addEventListener("change", (event) => event.target.matches("select") && go(chosen()));
  let typed = null;
  form.addEventListener("input", (event) => {
    if (!event.target.matches("input")) return;
    clearTimeout(typed);
    // One step back for a name, not one for each letter.
    const replace = new URLSearchParams(location.search).has("q");
    typed = setTimeout(() => go(chosen(), { replace }), TYPED_MS);
  });
  window.addEventListener("popstate", show);
  // Choosing shows at once; the button is for who has no scripts.
  document.getElementById("floor-filter-show").hidden = true;

  // --- saved views ---

  async function repaint() {
    const response = await fetch(menu().dataset.address + location.search);
    if (!response.ok || response.redirected) return;
    const text = await response.text();
    const partial = `<hx-partial hx-target="#floor-views" hx-swap="outerMorph">${text}</hx-partial>`;
    await htmx.swap({ sourceElement: page, target: page, swap: "none", text: partial });
  }

  async function keep(button, url, values, after = () => {}) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    const said = menu().querySelector("[data-said]");
    try {
      await post(url, values);
      after();
      said.hidden = true;
      await repaint();
    } catch (error) {
      const heard = error instanceof Refused && error.message;
      said.textContent = heard || said.closest("form").dataset.away;
      said.hidden = false;
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  page.addEventListener("submit", (event) => {
    const saving = event.target;
    if (!saving.matches("form[data-save-view]")) return;
    event.preventDefault();
    const url = saving.getAttribute("action") + location.search;
    const values = Object.fromEntries(new FormData(saving));
    keep(saving.querySelector("button"), url, values, () => saving.reset());
  });
  page.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-forget]");
    if (button) keep(button, button.dataset.forget, {});
  });
}
