// The telephone line: the only file that says Twilio. Turns the Voice SDK's events into ours.
//
//   const line = new Line({getUserMedia});
//   line.on("phase", ({phase, sid, error, from}) => …)     idle, calling, ringing, talking
//   line.on("sound", (received) => …)                bytes received in total, once a second
//   await line.ring({from, to});  line.press("1");  line.hangUp();
//   await line.own(number);  line.answer();  line.refuse();

const SOUNDS = ["incoming", "outgoing", "disconnect", ..."0123456789sh".split("").map((k) => `dtmf${k}`)];

export class Line extends EventTarget {
  #device = null;
  #call = null;
  #identity = "";
  #getUserMedia;

  constructor({ getUserMedia }) {
    super();
    this.#getUserMedia = getUserMedia;
  }

  on(name, listener) {
    this.addEventListener(name, (event) => listener(event.detail));
  }

  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  get remoteStream() {
    return this.#call?.getRemoteStream();
  }

  async ring({ from, to }) {
    if (this.#call) {
      return;
    }
    this.#say("phase", { phase: "calling" });
    try {
      const device = await this.#deviceWithToken();
      const call = await device.connect({
        params: { From: from, To: to },
        rtcConstraints: { audio: true },
      });
      this.#follow(call);
    } catch (problem) {
      this.#call = null;
      this.#say("phase", { phase: "idle", error: explained(problem) });
    }
  }

  // Calls to this number ring here from now on; an empty one takes that back. Rejects with a sentence.
  async own(number) {
    if (!number && !this.#device) {
      return;
    }
    const device = await this.#deviceWithToken();
    if (number && device.state !== "registered") {
      await device.register();
    }
    const response = await fetch("/phone/number", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ identity: this.#identity, number }),
    });
    if (!response.ok) {
      throw new Error(await response.text());
    }
    if (!number && device.state === "registered") {
      await device.unregister();
    }
  }

  answer() {
    this.#call?.accept({ rtcConstraints: { audio: true } });
  }

  refuse() {
    this.#call?.reject();
  }

  press(key) {
    this.#call?.sendDigits(key);
  }

  hangUp() {
    if (this.#call) {
      this.#call.disconnect();
    } else {
      this.#device?.disconnectAll();
    }
  }

  async #deviceWithToken() {
    const token = await this.#fetchToken();
    if (this.#device) {
      this.#device.updateToken(token);
      return this.#device;
    }
    const { Device } = window.Twilio;
    const device = new Device(token, {
      chunderw: window.location.host,
      publishEvents: false,
      logLevel: "silent",
      codecPreferences: ["pcmu"],
      enableImprovedSignalingErrorPrecision: true,
      maxCallSignalingTimeoutMs: 30000,
      getUserMedia: this.#getUserMedia,
      sounds: Object.fromEntries(
        SOUNDS.map((name) => [name, `${window.location.origin}/phone/sounds/${name}.wav`]),
      ),
    });
    device.on("tokenWillExpire", async () => device.updateToken(await this.#fetchToken()));
    device.on("error", (problem) => this.#say("trouble", explained(problem)));
    device.on("incoming", (call) => {
      if (this.#call) {
        call.reject();
        return;
      }
      this.#follow(call);
      const { CallSid: sid, From: from } = call.parameters;
      this.#say("phase", { phase: "ringing", sid, from });
    });
    this.#device = device;
    return device;
  }

  async #fetchToken() {
    const response = await fetch(`/phone/token?identity=${encodeURIComponent(this.#identity)}`);
    if (!response.ok) {
      throw new Error(await response.text());
    }
    const { identity, token } = await response.json();
    this.#identity = identity;
    return token;
  }

  #follow(call) {
    let error = null;
    const over = () => {
      if (this.#call === call) {
        this.#call = null;
        this.#say("phase", { phase: "idle", error, sid: call.parameters.CallSid });
      }
    };
    this.#call = call;
    call.on("ringing", () => this.#say("phase", { phase: "calling", sid: call.parameters.CallSid }));
    call.on("accept", () => this.#say("phase", { phase: "talking", sid: call.parameters.CallSid }));
    call.on("sample", (sample) => this.#say("sound", sample.totals.bytesReceived));
    call.on("reconnecting", () => this.#say("trouble", "The connection is being restored."));
    call.on("reconnected", () => this.#say("trouble", ""));
    call.on("error", (problem) => {
      error = explained(problem);
    });
    call.on("disconnect", over);
    call.on("cancel", over);
    call.on("reject", over);
  }
}

const SENTENCES = {
  31401: "The browser was not allowed to use the microphone. Allow it beside the address, or let the page speak for you.",
  31402: "The microphone could not be opened: another program may hold it. Let the page speak for you instead.",
  31404: "There is no such number. Choose one from the list.",
  31480: "Nobody answered.",
  31486: "The number is busy: the contact center turned the call away.",
  31005: "The network could not complete the call. The network log says why.",
  31002: "The network refused this telephone. Reload the page.",
  31209: "The phone network was restarted; this call is over.",
  53000: "The phone network does not answer. Is the simulator still running?",
  53405: "No sound could be exchanged, so the call ended.",
};

function explained(problem) {
  return SENTENCES[problem?.code] || problem?.message || String(problem);
}
