// A page with live lists, narrowed as its address says: callbacks, voicemails, one queue.

import { start as startClock } from "../clock.js";
import { Live } from "../live.js";
import { follow } from "./live-light.js";
import { keepSteady } from "./steady.js";

const page = document.getElementById("main");
const live = new Live(page);

follow(live);

keepSteady(page, live);
live.start();
startClock();
