// What others hear of us: the microphone, or on the simulator a made voice or a tone.

/** Why there is no microphone; `cause` is a key of the page's texts. */
export class NoMicrophone extends Error {
  constructor(cause, message = "") {
    super(message);
    this.cause = cause;
  }
}

const CAUSES = {
  NotAllowedError: "microphone-refused",
  SecurityError: "microphone-refused",
  NotFoundError: "microphone-missing",
  OverconstrainedError: "microphone-missing",
  NotReadableError: "microphone-busy",
  AbortError: "microphone-busy",
};

/** The device is not there, for one reason or the other. */
const GONE = new Set(["NotFoundError", "OverconstrainedError"]);

/**
 * Echo cancellation takes a test's pure tone for noise. Where it is allowed (the demo), a browser
 * that says it is driven by a program gets its microphone as it is; so does ?microphone=raw, for
 * this tab.
 */
export function wantsRaw(isAllowed) {
  if (!isAllowed) return false;
  if (navigator.webdriver) return true;
  const asked = new URLSearchParams(location.search).get("microphone");
  if (asked) sessionStorage.setItem("microphone", asked);
  return sessionStorage.getItem("microphone") === "raw";
}

export class Microphone extends EventTarget {
  #sound;
  #simulatorUrl;
  #raw;
  #toneHz;
  #made = null;
  source = "microphone";
  /** The id of the device that was chosen; "" is the computer's own. */
  device = "";
  text = "";

  /** `raw` switches echo cancellation and the like off; `toneHz` is what "tone" hums. */
  constructor({ sound, simulatorUrl, raw, toneHz = 440 }) {
    super();
    this.#toneHz = toneHz;
    this.#sound = sound;
    this.#simulatorUrl = simulatorUrl;
    this.#raw = raw;
  }

  /** What to ask the browser for. */
  get constraints() {
    return this.#raw
      ? { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
      : {};
  }

  /** Choose what speaks: "microphone", "voice" (says `text`) or "tone". */
  async choose(source, text = "") {
    this.source = source;
    this.text = text;
    if (this.#made) {
      this.#made.stop();
      this.#made = null;
    }
    if (source !== "microphone") await this.#make();
    this.dispatchEvent(new Event("chosen"));
  }

  /** A stream for a call or a check. Throws NoMicrophone. The taker stops its tracks. */
  async open(constraints = { audio: this.constraints }) {
    if (this.source !== "microphone") {
      const made = this.#made ?? (await this.#make());
      return new MediaStream(made.destination.stream.getAudioTracks().map((t) => t.clone()));
    }
    if (!navigator.mediaDevices) throw new NoMicrophone("microphone-insecure");
    try {
      return (await this.#openChosen(constraints)) ?? (await this.#ask(constraints));
    } catch (error) {
      throw new NoMicrophone(CAUSES[error.name] ?? "microphone-refused", error.message);
    }
  }

  /** The device that was chosen, if it is there: one that has just been pulled out loses no call. */
  async #openChosen({ audio }) {
    if (!this.device) return null;
    try {
      return await this.#ask({ audio: { ...audio, deviceId: { exact: this.device } } });
    } catch (error) {
      if (GONE.has(error.name)) return null;
      throw error;
    }
  }

  #ask(constraints) {
    return navigator.mediaDevices.getUserMedia(constraints);
  }

  /** How the browser stands to our asking: "granted", "denied", "prompt" or "unknown". */
  async permission() {
    if (this.source !== "microphone") return "granted";
    try {
      const status = await navigator.permissions.query({ name: "microphone" });
      status.onchange = () => this.dispatchEvent(new Event("permission"));
      return status.state;
    } catch {
      return "unknown"; // Firefox does not tell
    }
  }

  async #make() {
    const context = this.#sound.context;
    await this.#sound.unlock();
    const destination = new MediaStreamAudioDestinationNode(context);
    const node = this.source === "tone" ? this.#tone(context) : await this.#voice(context);
    node.connect(destination);
    node.start();
    this.#made = { destination, stop: () => node.stop() };
    return this.#made;
  }

  #tone(context) {
    return new OscillatorNode(context, { frequency: this.#toneHz });
  }

  async #voice(context) {
    const url = `${this.#simulatorUrl}/simulator/voice.wav?text=${encodeURIComponent(this.text)}`;
    let response;
    try {
      response = await fetch(url);
    } catch (error) {
      throw new NoMicrophone("voice-missing", error.message);
    }
    if (!response.ok) throw new NoMicrophone("voice-missing", `status ${response.status}`);
    const said = await context.decodeAudioData(await response.arrayBuffer());
    // A breath between two rounds.
    const whole = context.createBuffer(1, said.length + context.sampleRate, said.sampleRate);
    whole.copyToChannel(said.getChannelData(0), 0);
    return new AudioBufferSourceNode(context, { buffer: whole, loop: true });
  }
}

/**
 * Show how loud `stream` is until the returned stop(), on whatever `meter()` gives at the moment:
 * an SVG with a `.now` bar, or nothing.
 */
export function showLevel(context, stream, meter) {
  const source = context.createMediaStreamSource(stream);
  const analyser = new AnalyserNode(context, { fftSize: 512 });
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const draw = (percent) => {
    const drawing = meter();
    drawing?.querySelector(".now").setAttribute("width", `${percent}%`);
    drawing?.setAttribute("aria-valuenow", String(percent));
  };
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // −60 dB is nothing, −10 dB is full.
    const level = Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 60) / 50));
    draw(Math.round(level * 100));
  }, 80);
  return {
    stop() {
      clearInterval(timer);
      source.disconnect();
      draw(0);
    },
  };
}
