// The bell on every page of a supervisor. Where a socket keeps it fresh there is nothing to do; on any
// other page, or while the socket is away, it asks by itself.

const BELL_SECONDS = 10;

async function ring() {
  const bell = document.getElementById("alert-bell");
  if (!bell || document.hidden) return;
  if (Date.now() - Number(bell.dataset.version) < BELL_SECONDS * 1000) return;
  try {
    const response = await fetch(bell.dataset.bell, { signal: AbortSignal.timeout(5000) });
    if (!response.ok || response.redirected) return;
    const text = await response.text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("alert-bell");
    if (!fresh) return;
    // In place, so that the sentence for who does not see is announced once, and focus stays.
    for (const name of ["data-level", "data-version"]) {
      if (fresh.hasAttribute(name)) bell.setAttribute(name, fresh.getAttribute(name));
      else bell.removeAttribute(name);
    }
    const said = bell.querySelector("[role=status]");
    const count = bell.querySelector(".count");
    const next = fresh.querySelector(".count");
    if (count && next) count.textContent = next.textContent;
    else if (count) count.remove();
    else if (next) said.before(next);
    const sentence = fresh.querySelector("[role=status]").textContent;
    if (said.textContent !== sentence) said.textContent = sentence;
  } catch {
    // Away for a moment; the next turn asks again.
  }
}

setInterval(ring, BELL_SECONDS * 1000);

