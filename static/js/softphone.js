// The lines of a person at a desk: the only file that says Twilio.
//
// Theory of operation. The browser pulls itself into a call: after the server said yes, `connect`
// dials with a join token and the network asks our server what to do. So no Device is registered and
// no call ever "comes in" here. A line is named by what it was dialled for: an agent's by the offer,
// a supervisor's by the supervision. Each slot has a Device of its own, because one Device holds one
// call. A token is fetched before a Device is made and renewed before it ends. `accept` of the SDK
// means that our leg has reached the network, never that the customer is there: the screen says "on
// call" only when the server does.
//
// What the SDK reports is translated once, in the tables below.

import { pause } from "./sound.js";

/** Codes of the SDK → a key of the page's texts, which say what is wrong and what to do. */
const CAUSES = new Map([
  ...[20101, 31202, 20151, 31201, 31203, 31204].map((code) => [code, "line-not-admitted"]),
  ...[20104, 31205].map((code) => [code, "line-token-old"]),
  [31207, "line-misconfigured"],
  [31206, "line-busy"],
  ...[31000, 31005, 31009, 53000, 53001].map((code) => [code, "line-unreachable"]),
  [31002, "line-refused"],
  [31003, "line-slow"],
  [31008, "line-cancelled"],
  [31401, "microphone-refused"],
  [31402, "microphone-busy"],
  ...[53400, 53402, 53405].map((code) => [code, "line-no-audio"]),
  ...[31400, 31404, 31480, 31486, 31603].map((code) => [code, "line-refused"]),
]);

/** Warnings of the SDK that a person can do something about. */
const WARNINGS = {
  "high-rtt": "line-poor",
  "high-jitter": "line-poor",
  "low-mos": "line-poor",
  "high-packet-loss": "line-poor",
  "high-packets-lost-fraction": "line-poor",
  "low-bytes-received": "line-silent",
  "low-bytes-sent": "line-unheard",
  "constant-audio-input-level": "microphone-silent",
  "ice-connectivity-lost": "line-poor",
};

/** What went wrong with a line; `cause` is a key of the page's texts. */
export class LineProblem extends Error {
  constructor(cause, code = 0, message = "") {
    super(message);
    this.cause = cause;
    this.code = code;
  }

  static of(error) {
    if (error instanceof LineProblem) return error;
    const cause = error.cause && typeof error.cause === "string" ? error.cause : undefined;
    return new LineProblem(cause ?? CAUSES.get(error.code) ?? "line-failed", error.code, error.message);
  }
}

/** A token younger than this is not fetched again without need. */
const YOUNG_MS = 20 * 60 * 1000;

/** Seconds in which the network must answer; the server gives up after ten. */
const ANSWER_SECONDS = 9;

/**
 * Events: "up", "down", "problem", "reconnecting", "reconnected", "warning", "warning-cleared",
 * "volume"; `detail` has `line` and what belongs to it.
 */
export class Softphone extends EventTarget {
  #token;
  #microphone;
  #sounds;
  #closing;
  #devices = new Map();
  #fetchedAt = new Map();
  #speaker = ""; // what was chosen; "" is the computer's own
  #noMicrophone = null; // why the last attempt had none
  #lines = new Map();

  /**
   * `token(slot)` fetches {token, gateway, edge}; `microphone` gives streams; `sounds` are our own
   * files {silence, key}; `closing` is said when a tab with a live line is closed.
   */
  constructor({ token, microphone, sounds, closing }) {
    super();
    this.#token = token;
    this.#microphone = microphone;
    this.#sounds = sounds;
    this.#closing = closing;
  }

  /** Make ready a line for `slot`, or renew its token. Throws what fetching the token throws. */
  async prepare(slot) {
    const { token, gateway, edge } = await this.#token(slot);
    this.#fetchedAt.set(slot, Date.now());
    const known = this.#devices.get(slot);
    if (known) {
      known.updateToken(token);
      return known;
    }
    const device = new Twilio.Device(token, this.#options(gateway, edge));
    device.on("tokenWillExpire", () => this.#renew(slot));
    device.on("error", (error) => this.#emit("problem", { problem: LineProblem.of(error) }));
    device.audio.setAudioConstraints(this.#microphone.constraints);
    this.#devices.set(slot, device);
    await this.#speakOn(device);
    return device;
  }

  /**
   * Hear callers on this speaker from now on, in calls that go on, too; "" is the computer's own.
   * Throws what the browser does that cannot.
   */
  async speakOn(id) {
    this.#speaker = id;
    for (const device of this.#devices.values()) await this.#speakOn(device);
  }

  /**
   * Open the microphone anew in calls that go on. Which device that is, the microphone knows: to the
   * SDK it is always the computer's own, which it opens by itself whenever devices come and go.
   */
  async changeMicrophone() {
    for (const { isBusy, audio } of this.#devices.values()) {
      if (!isBusy) continue;
      if (audio.inputDevice) await audio.setAudioConstraints(this.#microphone.constraints);
      else await audio.setInputDevice(audio.availableInputDevices.keys().next().value);
    }
  }

  /** Dial in with a join token; the line is called `line`. Throws LineProblem when it fails. */
  async connect({ line, slot, join }) {
    const device = this.#devices.get(slot) ?? (await this.prepare(slot));
    this.#noMicrophone = null;
    let call;
    try {
      call = await device.connect({
        params: { join },
        rtcConstraints: { audio: this.#microphone.constraints },
      });
      this.#lines.set(line, call);
      this.#listen(call, line);
      await this.#answered(call, line);
    } catch (error) {
      this.#lines.delete(line);
      call?.disconnect();
      // The SDK tells two causes apart; we know more.
      throw LineProblem.of(this.#noMicrophone ?? error);
    }
  }

  /** The lines that are open here. */
  get lines() {
    return [...this.#lines.keys()];
  }

  /** Let nobody on `line` hear us, at once and without asking the network. */
  mute(line, muted) {
    this.#lines.get(line)?.mute(muted);
  }

  /** Press a key of the telephone. */
  press(line, digit) {
    this.#lines.get(line)?.sendDigits(digit);
  }

  /** Put `line` down, if it is still up. */
  hangUp(line) {
    this.#lines.get(line)?.disconnect();
  }

  /** Take every line apart: this tab is no phone any more. */
  close() {
    for (const device of this.#devices.values()) device.destroy();
    this.#devices.clear();
    this.#lines.clear();
  }

  /** Fetch fresh tokens where they have grown old, for instance while the machine slept. */
  async renew() {
    for (const slot of this.#devices.keys()) {
      if (Date.now() - this.#fetchedAt.get(slot) > YOUNG_MS) await this.#renew(slot);
    }
  }

  #options(gateway, edge) {
    const { silence: quiet, key } = this.#sounds;
    const names = ["dtmfs", "dtmfh", ...Array.from({ length: 10 }, (_, digit) => `dtmf${digit}`)];
    const options = {
      closeProtection: this.#closing,
      codecPreferences: gateway ? ["pcmu", "opus"] : ["opus", "pcmu"],
      enableImprovedSignalingErrorPrecision: true,
      getUserMedia: (constraints) => this.#microphoneStream(constraints),
      logLevel: "silent",
      maxCallSignalingTimeoutMs: 12_000,
      // Our own files: an unreachable sound holds up a call, and nothing is fetched from elsewhere.
      sounds: {
        incoming: quiet,
        outgoing: quiet,
        disconnect: quiet,
        ...Object.fromEntries(names.map((name) => [name, key])),
      },
      tokenRefreshMs: 300_000,
    };
    // Only the simulated network is found by an address of its own, and has no use for metrics.
    if (gateway) return { ...options, chunderw: gateway, publishEvents: false };
    return edge ? { ...options, edge } : options;
  }

  async #microphoneStream(constraints) {
    try {
      return await this.#microphone.open(constraints);
    } catch (error) {
      this.#noMicrophone = error;
      throw error;
    }
  }

  #listen(call, line) {
    call.on("disconnect", () => this.#gone(line, call));
    call.on("cancel", () => this.#gone(line, call));
    call.on("error", (error) => this.#emit("problem", { line, problem: LineProblem.of(error) }));
    call.on("reconnecting", () => this.#emit("reconnecting", { line }));
    call.on("reconnected", () => this.#emit("reconnected", { line }));
    call.on("volume", (input) => this.#emit("volume", { line, input }));
    call.on("warning", (name) => {
      if (WARNINGS[name]) this.#emit("warning", { line, name, cause: WARNINGS[name] });
    });
    call.on("warning-cleared", (name) => this.#emit("warning-cleared", { line, name }));
  }

  async #speakOn(device) {
    const { audio } = device;
    const isThere = this.#speaker && (await knows(audio, audio.availableOutputDevices, this.#speaker));
    if (isThere && audio.isOutputSelectionSupported) {
      await audio.speakerDevices.set(this.#speaker);
    } else if (audio.speakerDevices.get().size) {
      await audio.speakerDevices.set("default").catch(() => {});
    }
  }

  #answered(call, line) {
    return new Promise((resolve, reject) => {
      const slow = setTimeout(() => {
        reject(new LineProblem("line-slow"));
        call.disconnect();
      }, ANSWER_SECONDS * 1000);
      call.once("accept", () => {
        clearTimeout(slow);
        this.#emit("up", { line });
        resolve();
      });
      call.once("error", (error) => {
        clearTimeout(slow);
        reject(LineProblem.of(error));
      });
      call.once("disconnect", () => {
        clearTimeout(slow);
        reject(new LineProblem("line-refused"));
      });
    });
  }

  #gone(line, call) {
    if (this.#lines.get(line) !== call) return;
    this.#lines.delete(line);
    this.#letGoOfMicrophones();
    this.#emit("down", { line });
  }

  /** A microphone that was changed in mid-call stays open until it is let go. */
  #letGoOfMicrophones() {
    for (const { isBusy, audio } of this.#devices.values()) {
      if (!isBusy && audio.inputDevice) audio.unsetInputDevice();
    }
  }

  async #renew(slot) {
    try {
      await this.prepare(slot);
    } catch (error) {
      this.#emit("problem", { problem: LineProblem.of(error) });
    }
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/**
 * Wait until the SDK knows a device, for a second at most; say whether it does. It asks the browser
 * by itself, and later than we do.
 */
async function knows(audio, devices, id) {
  if (!devices.has(id)) {
    await Promise.race([new Promise((heard) => audio.once("deviceChange", heard)), pause(1000)]);
  }
  return devices.has(id);
}
