// One agent, live: the panels are pushed; an open dialog stays open while they are.

import { start as startClock } from "../clock.js";
import { Live } from "../live.js";
import { follow } from "./live-light.js";

const live = new Live(document.getElementById("main"));

follow(live);

live.start();
startClock();
