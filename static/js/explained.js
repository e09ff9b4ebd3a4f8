// The sentence for whatever went wrong between this page, the server and the phone network.

import { Refused } from "./api.js";
import { NoMicrophone } from "./microphone.js";
import { LineProblem } from "./softphone.js";
import { text } from "./texts.js";

export function explained(error) {
  if (error instanceof Refused) return error.message || text("server-refused");
  if (error instanceof NoMicrophone || error instanceof LineProblem) return text(error.cause);
  return text("server-away");
}
