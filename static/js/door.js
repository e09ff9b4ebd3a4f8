// Who is signed out is taken to the sign-in page, but not out of a call: the line would break with
// the page.

let isNeeded = () => false;
let tell = () => {};
let isOut = false;

/** While `needed()` is true the page stays, and `told()` says so. */
export function stayWhile(needed, told) {
  isNeeded = needed;
  tell = told;
}

/** The server does not know us any more; `way` leads to where one signs in. */
export function signedOut(way = "/sign-in/") {
  isOut = isNeeded();
  if (isOut) tell();
  else location.assign(way);
}

/** Whether the page has stayed though we were signed out, and nobody has signed in since. */
export function isSignedOut() {
  return isOut;
}

/**
 * Fetch the secret by which our requests are believed: a session that began in another tab has
 * another one. Without a session we are signed out.
 */
export async function renewSecret() {
  isOut = false;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (response.redirected) return signedOut();
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  document.body.dataset.csrf = page.body.dataset.csrf;
}
