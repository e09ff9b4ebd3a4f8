// Who is signed out is taken to the sign-in page, but not out of a call: the line would break with
// the page.

let isNeeded = () => false;
let tell = () => {};
let waits = false;

/** While `needed()` is true the page stays, and `told()` says so. */
export function stayWhile(needed, told) {
  isNeeded = needed;
  tell = told;
}

/** The server does not know us any more; `way` leads to where one signs in. */
export function signedOut(way = "/sign-in/") {
  if (isNeeded()) {
    waits = true;
    tell();
  } else {
    location.assign(way);
  }
}

/** Whether the page stayed though we are signed out; only once for each time. */
export function hasStayed() {
  const stayed = waits;
  waits = false;
  return stayed;
}

/**
 * Fetch the secret by which our requests are believed: a session that began in another tab has
 * another one. Without a session we are signed out.
 */
export async function renewSecret(url = location.href) {
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  if (response.redirected) return signedOut();
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  document.body.dataset.csrf = page.body.dataset.csrf;
}
