// Asking the server: one way, with one kind of failure for each thing that can go wrong.

import { renewSecret, signedOut } from "./door.js";

/** The server answered, and the answer is no. `message` is a sentence for the person. */
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** No answer came: the server is away, or the network between. */
export class Unreachable extends Error {}

/**
 * Post `values` as a form; return the JSON answer. Throws Refused or Unreachable.
 * With `keepalive` it is sent even while the page goes away.
 * Somebody who is signed out is taken to the sign-in page, where no call is on (door.js).
 */
export async function post(url, values = {}, { seconds = 10, keepalive = false, again = false } = {}) {
  let response;
  let answer;
  try {
    response = await fetch(url, {
      method: "POST",
      keepalive,
      body: new URLSearchParams(values),
      headers: { Accept: "application/json", "X-CSRFToken": document.body.dataset.csrf },
      signal: AbortSignal.timeout(seconds * 1000),
    });
    answer = response.headers.get("Content-Type")?.startsWith("application/json")
      ? await response.json()
      : {};
  } catch (error) {
    throw new Unreachable(error.message);
  }
  if (response.status === 401) {
    signedOut();
    throw new Refused(401, "signed-out", "");
  }
  // Not a word of ours: the request was not believed, and is with the secret of a newer session.
  if (response.status === 403 && !answer.error && !again) {
    await renewSecret().catch(() => {}); // the server is away, and the next request says so
    return post(url, values, { seconds, keepalive, again: true });
  }
  if (response.status >= 500) throw new Unreachable(`status ${response.status}`);
  if (!response.ok) throw new Refused(response.status, answer.error ?? "", answer.message ?? "");
  return answer;
}
