// What the agent hears beside callers: the ring and a few short signals.
//
// Browsers play nothing before the first click on a page, and a muted tab plays into the void
// without saying so. So the ring is not only started but listened to: an analyser sits behind it.

export class Sound {
  #context;
  #files;
  #buffers = new Map();
  #out;
  #analyser;
  #ringing = null;

  /** `files` are the addresses of our sounds by name: "ring" and whatever is played. */
  constructor(files) {
    this.#files = files;
  }

  /** The one audio context of the page; made on first use, best inside a click. */
  get context() {
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#analyser = new AnalyserNode(this.#context, { fftSize: 1024 });
      this.#out = new GainNode(this.#context);
      this.#out.connect(this.#analyser).connect(this.#context.destination);
    }
    return this.#context;
  }

  /** Whether the browser lets us be heard right now. */
  get isUnlocked() {
    return this.#context?.state === "running";
  }

  /** Ask the browser to let us be heard; only a click makes it say yes for sure. */
  async unlock() {
    if (this.context.state === "running") return true;
    await Promise.race([this.context.resume(), pause(1000)]);
    return this.isUnlocked;
  }

  /** Fetch the files now, so that the first ring is not late. */
  async prepare() {
    await Promise.all(Object.keys(this.#files).map((name) => this.#buffer(name)));
  }

  /** Start the ring, as loud as it is or less; it goes on until `stopRinging`. */
  async ring(volume = 1) {
    if (this.#ringing) return;
    const source = new AudioBufferSourceNode(this.context, { loop: true });
    this.#ringing = source;
    source.buffer = await this.#buffer("ring");
    if (this.#ringing !== source) return;
    await this.unlock();
    source.connect(new GainNode(this.context, { gain: volume })).connect(this.#out);
    if (this.#ringing === source) source.start();
  }

  stopRinging() {
    const source = this.#ringing;
    this.#ringing = null;
    if (!source) return;
    source.disconnect();
    if (source.buffer) {
      try {
        source.stop();
      } catch {
        // It had not been started yet; disconnected it never will be heard.
      }
    }
  }

  get isRinging() {
    return this.#ringing !== null;
  }

  /** Play a short signal once. */
  async play(name) {
    if (!(await this.unlock())) return;
    const source = new AudioBufferSourceNode(this.context, { buffer: await this.#buffer(name) });
    source.connect(this.#out);
    source.start();
  }

  /** Play the ring for `seconds`; return whether sound really came out of our end. */
  async testRing(seconds = 1.6) {
    if (!(await this.unlock())) return false;
    await this.ring();
    const samples = new Float32Array(this.#analyser.fftSize);
    const began = this.context.currentTime;
    let loudest = 0;
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until) {
      this.#analyser.getFloatTimeDomainData(samples);
      loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), loudest);
      await pause(50);
    }
    this.stopRinging();
    return this.isUnlocked && this.context.currentTime > began && loudest > 0.01;
  }

  async #buffer(name) {
    if (!this.#buffers.has(name)) {
      const response = await fetch(this.#files[name]);
      this.#buffers.set(name, await this.context.decodeAudioData(await response.arrayBuffer()));
    }
    return this.#buffers.get(name);
  }
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
