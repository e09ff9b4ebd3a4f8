// The page of alerts: the open ones are live; those that are over stay as the address narrowed them.

import { start as startClock } from "../clock.js";
import { Live } from "../live.js";
import { follow } from "./live-light.js";

const page = document.getElementById("main");
const live = new Live(page);

follow(live);

live.start();
startClock();
