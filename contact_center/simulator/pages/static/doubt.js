// When nothing is heard for five seconds: what is probably wrong, and what to do about it.

import { icon } from "./icon.js";

export const PATIENCE_MS = 5000;

const CAUSES = {
  offline: [
    "This machine is offline.",
    "Some systems then close the paths within the machine too. Connect to any network, or start Chromium with --allow-loopback-in-peer-connection.",
  ],
  tunnel: [
    "The page comes through a tunnel or a proxy.",
    "Such a path carries web pages (TCP) but no sound (UDP). Open the page as http://localhost on the machine where the simulator runs.",
  ],
  vpn: [
    "A VPN or a firewall swallows the sound.",
    "Some send even packets for this machine into the tunnel, or block UDP. Switch the VPN off for a moment, or exempt local addresses.",
  ],
  container: [
    "The simulator runs in a container or a virtual machine.",
    "Its addresses cannot be reached from this browser. Run it with the host's network (docker run --network=host), or outside the container.",
  ],
};

// `arrives` says whether the network receives sound from here; null when it cannot be asked.
export function explain({ arrives }) {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.dataset.level = "warn";
  notice.setAttribute("role", "alert");
  const words = document.createElement("div");
  const head = document.createElement("b");
  head.textContent = "No sound has come for 5 s.";
  const first = document.createElement("span");
  first.textContent = ` ${direction(arrives)} The call itself goes on. What is probably wrong:`;
  const list = document.createElement("ul");
  for (const [what, remedy] of probable()) {
    const row = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = what;
    row.append(name, remedy);
    list.append(row);
  }
  words.append(head, first, list);
  notice.append(icon("triangle-alert"), words);
  return notice;
}

function direction(arrives) {
  if (arrives === null) {
    return "The phone network cannot be asked either: is the simulator still running?";
  }
  return arrives
    ? "Your own sound does reach the network, so only the way back is blocked."
    : "Nothing from you reaches the network either.";
}

function probable() {
  const far = !/^(localhost|127\.|\[::1\]|.*\.localhost$)/.test(window.location.hostname);
  const order = far ? ["tunnel", "vpn", "container"] : ["vpn", "container", "tunnel"];
  return (navigator.onLine ? order : ["offline", ...order]).map((name) => CAUSES[name]);
}
