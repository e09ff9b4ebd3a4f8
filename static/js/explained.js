// The sentence for whatever went wrong between this page, the server and the phone network.

import { Refused } from "./api.js";
import { NoMicrophone } from "./microphone.js";
import { LineProblem } from "./softphone.js";
import { text } from "./texts.js";

export function explained(error) {
  // The page has stayed because of a call, or is on its way to sign in (door.js).
  if (error instanceof Refused && error.code === "signed-out") return text("signed-out-in-call");
  if (error instanceof Refused) return error.message || text("server-refused");
  if (error instanceof NoMicrophone || error instanceof LineProblem) return text(error.cause);
  return text("server-away");
}
