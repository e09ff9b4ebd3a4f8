// Whether a page is live and how old it is, beside its title (templates/supervisors/_live_light.html).

const light = document.getElementById("live-light");

/** Keep the light up to date with `live`. */
export function follow(live) {
  live.addEventListener("change", () => show(live.connected));
  live.addEventListener("as-of", (event) => age(event.detail));
}

/** What is not live any more is drawn so. */
export function show(isLive) {
  light.querySelector(".live-on").hidden = !isLive;
  light.querySelector(".live-off").hidden = isLive;
  document.body.toggleAttribute("data-stale", !isLive);
}

/** Say everywhere as of when it is. */
export function age(time) {
  for (const place of document.querySelectorAll("[data-as-of-clock]")) place.textContent = time;
}
