// The two lights beside the status: is this page connected, can I be heard.

import { text } from "../texts.js";

const sprite = document.querySelector("#light-connection use").getAttribute("href").split("#")[0];

const CONNECTION = {
  connecting: ["plain", "signal"],
  live: ["ok", "signal"],
  lost: ["warn", "lost"],
  "line-reconnecting": ["warn", "lost"],
};

const MICROPHONE = {
  off: ["plain", "mic-off"],
  ready: ["plain", "mic"],
  on: ["ok", "mic"],
  muted: ["warn", "mic-off"],
  blocked: ["breach", "mic-off"],
  made: ["ok", "voice"],
};

function show(id, kind, states, state) {
  const light = document.getElementById(id);
  const [level, icon] = states[state];
  const words = text(`${kind}-${state}`);
  light.dataset.level = level;
  light.dataset.shows = state;
  light.title = words;
  light.querySelector(".word").textContent = words;
  light.querySelector("use").setAttribute("href", `${sprite}#${icon}`);
}

export const showConnection = (state) => show("light-connection", "connection", CONNECTION, state);
export const showMicrophone = (state) => show("light-microphone", "microphone", MICROPHONE, state);
