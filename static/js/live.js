// A page that is kept up to date by its socket, and says so when it is not.
//
// The element with `hx-ws:connect` is the page: htmx connects and swaps in the panels; this module
// watches, and makes whole panels of what a frame says is new of them. Every frame has a number. A
// gap, a silence longer than the heartbeats or a fresh connection makes the page ask for one
// snapshot. While the socket is away the page polls `data-panels`, and everything it shows is called
// as old as it is.

import { Panels } from "./changes.js";
import { signedOut } from "./door.js";

/** While there is no socket the page asks this often. */
export const POLL_SECONDS = 5;
const SILENCE_SECONDS = 16;
const SIGNED_OUT = 4401;
// The server drops a page that lags two million characters behind; say well before that it does not.
const SAY_SEEN_AFTER = 250_000;

export class Live extends EventTarget {
  #page;
  #socket = null;
  #version = 0;
  #panels = new Panels();
  #missed = false;
  #heardAt = Date.now();
  #polling = false;
  #unsaid = 0;
  #polls = false;
  #everySecond;

  /** Whether the socket brings the panels at the moment; null before anything was heard. */
  connected = null;

  /** What a page asks for when its socket opens; a page whose address can change says more. */
  asks = () => ({ cmd: "snapshot" });

  /** `everySecond(tick)` calls `tick` once a second; a page in the background needs a worker. */
  constructor(page, everySecond = (tick) => setInterval(tick, 1000)) {
    super();
    this.#page = page;
    this.#polls = page.hasAttribute("data-polls");
    this.#everySecond = everySecond;
  }

  /**
   * Begin to watch. Events: "change" (look at `connected`), "as-of" with the time of day, "answer"
   * with what the server says to a message of the page's own, "tick" once a second.
   */
  start() {
    const page = this.#page;
    page.addEventListener("htmx:ws:after:connection", (event) => {
      this.#socket = event.detail.connection.socket;
      this.#version = 0;
      this.#panels = new Panels();
      this.#missed = false;
      this.#heard();
      this.send(this.asks());
    });
    page.addEventListener("htmx:ws:before:message:incoming", (event) => this.#incoming(event));
    page.addEventListener("htmx:ws:close", (event) => {
      this.#gone();
      if (event.detail.code === SIGNED_OUT) signedOut(page.dataset.signIn);
    });
    // A page that comes back from the history was closed when it went there.
    window.addEventListener("pageshow", (event) => event.persisted && this.reconnect());
    let ticks = 0;
    this.#everySecond(() => {
      this.dispatchEvent(new Event("tick"));
      this.#watch();
      if (++ticks % POLL_SECONDS === 0 && !this.connected) this.#poll();
    });
  }

  /** Look now instead of at the next turn. */
  reconnect() {
    htmx.trigger(this.#page, "live:connect");
    this.#poll();
  }

  /** Ask for every panel once, by the socket or else by a request. */
  async refresh() {
    if (!this.send({ cmd: "snapshot" })) await this.#poll();
  }

  /** Send a message by the socket; returns whether there was one to take it. */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #incoming(event) {
    const { data } = event.detail.message;
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    this.#heard();
    if ("content" in message) {
      event.detail.message.data = this.#painted(message);
      this.#unsaid += data.length;
      if (this.#unsaid > SAY_SEEN_AFTER) this.#seen();
    } else if ("heartbeat" in message) {
      if (message.version !== this.#version) this.#miss();
      this.#seen();
    } else if ("answer" in message) {
      this.dispatchEvent(new CustomEvent("answer", { detail: message }));
    }
    if (message.clock) this.#asOf(message.clock);
  }

  /** The panels of a frame, whole; what htmx swaps in. */
  #painted({ version, snapshot, content, changes }) {
    const missed = version > this.#version + 1 || !this.#panels.know(changes);
    this.#version = version;
    this.#panels.keep(content);
    if (snapshot) this.#missed = false;
    else if (missed && !this.#missed) this.#miss();
    return this.#missed ? content : content + this.#panels.change(changes).join("");
  }

  /** What is new of a panel says nothing any more, until there is a snapshot. */
  #miss() {
    this.#missed = true;
    this.send({ cmd: "snapshot" });
  }

  #seen() {
    this.#unsaid = 0;
    this.send({ cmd: "seen", version: this.#version });
  }

  #heard() {
    this.#heardAt = Date.now();
    this.#change(true);
  }

  #gone() {
    this.#socket = null;
    this.#change(false);
  }

  #watch() {
    if (this.#socket && Date.now() - this.#heardAt > SILENCE_SECONDS * 1000) {
      // It looks open and says nothing: begin again rather than trust it.
      this.#socket.close(3000, "silent");
      this.#gone();
    } else if (this.#polls) {
      return; // no socket was promised: a page that asks every few seconds has lost nothing
    } else if (this.connected === null && Date.now() - this.#heardAt > POLL_SECONDS * 1000) {
      this.#change(false);
    }
  }

  async #poll() {
    if (this.#polling) return;
    this.#polling = true;
    try {
      const response = await fetch(this.#page.dataset.panels, {
        headers: { "HX-Request": "true" },
        signal: AbortSignal.timeout(POLL_SECONDS * 1000),
      });
      if (response.redirected || [401, 404].includes(response.status)) {
        signedOut(this.#page.dataset.signIn);
      } else if (response.ok) {
        const text = await response.text();
        await htmx.swap({ sourceElement: this.#page, target: this.#page, swap: "none", text });
        this.#asOf(response.headers.get("X-As-Of"));
      }
    } catch {
      // Still away. What is shown keeps its age, and the next turn asks again.
    } finally {
      this.#polling = false;
    }
  }

  #asOf(clock) {
    if (clock) this.dispatchEvent(new CustomEvent("as-of", { detail: clock }));
  }

  #change(connected) {
    if (this.connected === connected) return;
    this.connected = connected;
    this.dispatchEvent(new Event("change"));
  }
}
