// Every time on the page that runs on: `data-since` counts up, `data-until` counts down, both in
// milliseconds since 1970 by the server's clock. All of them tick together, once a second.

let ahead = null;

/** The server's time in milliseconds. Paints say when they were read, which corrects us. */
export function now() {
  return Date.now() - (ahead ?? 0);
}

/** 42 → 0:42, 391 → 6:31, 4900 → 1:21:40. */
export function written(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function notice() {
  // A paint is always a little late, never early: the smallest lag seen is the nearest to true.
  for (const panel of document.querySelectorAll("[data-version]")) {
    const lag = Date.now() - Number(panel.dataset.version);
    if (panel.noticedVersion === panel.dataset.version) continue;
    panel.noticedVersion = panel.dataset.version;
    if (ahead === null || lag < ahead) ahead = lag;
  }
}

function tick() {
  // A page that stands still says what was; a time that ran on would say what is not.
  if ("paused" in document.body.dataset) return;
  const moment = now();
  for (const time of document.querySelectorAll("time[data-since], time[data-until]")) {
    const { since, until } = time.dataset;
    const seconds = since ? (moment - Number(since)) / 1000 : (Number(until) - moment) / 1000;
    const text = written(since ? seconds : Math.ceil(seconds));
    if (time.textContent !== text) time.textContent = text;
  }
  for (const bar of document.querySelectorAll("[data-bar-until]")) {
    const [from, until] = [Number(bar.dataset.barFrom), Number(bar.dataset.barUntil)];
    const left = Math.min(1, Math.max(0, (until - moment) / (until - from)));
    bar.setAttribute("width", `${(left * 100).toFixed(1)}%`);
  }
}

/** Let the times of this page run. */
export function start() {
  notice();
  tick();
  document.addEventListener("panels:painted", () => {
    notice();
    tick();
  });
  // Just after each full second of the server, so that neighbours change together.
  const next = () => {
    tick();
    setTimeout(next, 1000 - (now() % 1000) + 20);
  };
  next();
}
