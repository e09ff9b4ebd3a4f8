// Which tab is the agent's phone. The server's lease decides; the browser's lock only makes sure
// that of two tabs in one browser one at most believes it is (a duplicated tab copies everything
// that sessionStorage holds, the lease's key included).

import { post } from "../api.js";
import { beat, live } from "./live.js";

const BEAT_SECONDS = 5;

const shell = document.getElementById("shell");
const hint = `lease of agent ${shell.dataset.agent}`;
const lockName = `phone of agent ${shell.dataset.agent}`;

/** Events: "changed" with the new place: "here", "elsewhere" or "nowhere". */
class PhoneTab extends EventTarget {
  place = "unknown";
  lease = null;
  #claimed = 0;
  #letGo = null;
  #asked = 0;

  get isHere() {
    return this.place === "here";
  }

  /** After a page load: is this tab the phone already (a reload), or another one, or none? */
  async restore() {
    const key = sessionStorage.getItem(hint);
    if (key && (await this.#lock({ ifAvailable: true }))) {
      const { held } = await post(shell.dataset.beatUrl, { lease: key }).catch(() => ({}));
      if (held) {
        this.lease = key;
        this.#claimed = this.#claimedByServer();
        return this.#become("here");
      }
      this.#unlock();
    }
    return this.#become(this.#isElsewhere() ? "elsewhere" : "nowhere");
  }

  /** Make this tab the phone. Throws what the server refuses. */
  async claim() {
    const answer = await post(shell.dataset.claimUrl);
    this.lease = answer.lease;
    this.#claimed = answer.claimed;
    sessionStorage.setItem(hint, answer.lease);
    await this.#lock({ steal: true });
    this.#become("here");
  }

  /** A paint told which claim is the newest. */
  painted() {
    const claimed = this.#claimedByServer();
    if (this.isHere && claimed > this.#claimed) this.#lose();
    else if (this.place === "nowhere" && this.#isElsewhere()) this.#become("elsewhere");
    else if (this.place === "elsewhere" && !this.#isElsewhere()) this.#become("nowhere");
  }

  start() {
    let ticks = 0;
    live.addEventListener("tick", () => {
      if (++ticks % BEAT_SECONDS === 0 && this.isHere) beat(this.lease);
    });
    live.addEventListener("held", ({ detail: held }) => {
      if (this.isHere && held === false) this.#lose();
    });
    document.addEventListener("panels:painted", () => this.painted());
  }

  #claimedByServer() {
    return Number(document.getElementById("own-status")?.dataset.phoneClaimed);
  }

  #isElsewhere() {
    const own = document.getElementById("own-status")?.dataset ?? {};
    return Boolean(own.phoneClaimed && !own.phoneSilent && own.presence !== "offline");
  }

  #lose() {
    sessionStorage.removeItem(hint);
    this.lease = null;
    this.#unlock();
    this.#become("elsewhere");
  }

  #become(place) {
    if (this.place === place) return;
    this.place = place;
    document.body.dataset.phone = place;
    this.dispatchEvent(new CustomEvent("changed", { detail: place }));
  }

  async #lock(options) {
    if (!navigator.locks) return true; // not a secure page: the server alone decides
    const asked = ++this.#asked;
    return new Promise((resolve) => {
      navigator.locks
        .request(lockName, options, (lock) => {
          resolve(lock !== null);
          if (!lock) return undefined;
          return new Promise((letGo) => {
            this.#letGo = letGo;
          });
        })
        .catch(() => {
          // Another tab of this browser took it over, unless we asked anew ourselves.
          if (this.isHere && asked === this.#asked) this.#lose();
          resolve(false);
        });
    });
  }

  #unlock() {
    this.#letGo?.();
    this.#letGo = null;
  }
}

export const phoneTab = new PhoneTab();
