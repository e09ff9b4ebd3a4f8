// What the agent hears beside callers: the ring and a few short signals.
//
// Browsers play nothing before the first click on a page, and a muted tab plays into the void
// without saying so. So the ring is not only started but listened to: an analyser sits behind it.

export class Sound {
  #context;
  #files;
  #buffers = new Map();
  #out;
  #ringContext;
  #bell;
  #analyser;
  #ringing = null;

  /** `files` are the addresses of our sounds by name: "ring" and whatever is played. */
  constructor(files) {
    this.#files = files;
  }

  /** The audio context of everything but the ring; made on first use, best inside a click. */
  get context() {
    this.#make();
    return this.#context;
  }

  /** It may ring on another device than callers are heard on, so the ring has its own. */
  get #ringer() {
    this.#make();
    return this.#ringContext;
  }

  #make() {
    if (this.#context) return;
    this.#context = new AudioContext();
    this.#out = new GainNode(this.#context);
    this.#out.connect(this.#context.destination);
    this.#ringContext = new AudioContext();
    this.#analyser = new AnalyserNode(this.#ringContext, { fftSize: 1024 });
    this.#bell = new GainNode(this.#ringContext);
    this.#bell.connect(this.#analyser).connect(this.#ringContext.destination);
  }

  /** Whether this browser lets a page choose a device to be heard on. */
  get canChoose() {
    return "setSinkId" in AudioContext.prototype;
  }

  /** Play signals on the device `id` from now on; "" is the computer's own. */
  async playOn(id) {
    await this.#use(this.context, id);
  }

  /** Ring on the device `id` from now on, also if it rings already; "" is the computer's own. */
  async ringOn(id) {
    await this.#use(this.#ringer, id);
  }

  async #use(context, id) {
    if (this.canChoose && context.sinkId !== id) await context.setSinkId(id);
  }

  /** Whether the browser lets us be heard right now. */
  get isUnlocked() {
    return this.#context?.state === "running" && this.#ringContext.state === "running";
  }

  /** Ask the browser to let us be heard; only a click makes it say yes for sure. */
  async unlock() {
    if (this.isUnlocked) return true;
    await Promise.race([Promise.all([this.context.resume(), this.#ringer.resume()]), pause(1000)]);
    return this.isUnlocked;
  }

  /** Fetch the files now, so that the first ring is not late. */
  async prepare() {
    await Promise.all(Object.keys(this.#files).map((name) => this.#buffer(name)));
  }

  /** Start the ring, as loud as it is or less; it goes on until `stopRinging`. */
  async ring(volume = 1) {
    if (this.#ringing) return;
    const source = new AudioBufferSourceNode(this.#ringer, { loop: true });
    this.#ringing = source;
    source.buffer = await this.#buffer("ring");
    if (this.#ringing !== source) return;
    await this.unlock();
    source.connect(new GainNode(this.#ringer, { gain: volume })).connect(this.#bell);
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

  /** Play the ring so loud for `seconds`; return whether sound really came out of our end. */
  async testRing(volume = 1, seconds = 1.6) {
    if (!(await this.unlock())) return false;
    await this.ring(volume);
    const samples = new Float32Array(this.#analyser.fftSize);
    const began = this.#ringer.currentTime;
    let loudest = 0;
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until) {
      this.#analyser.getFloatTimeDomainData(samples);
      loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), loudest);
      await pause(50);
    }
    this.stopRinging();
    return this.isUnlocked && this.#ringer.currentTime > began && loudest > 0;
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
