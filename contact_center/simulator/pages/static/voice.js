// What this telephone says: a microphone, a made voice or a tone, all through one mixing point, so
// that it can be changed in the middle of a call without the network noticing.

const PAUSE_SECONDS = 2.5;
const TONE_HZ = 1010;
const TONE_GAIN = 0.2;

export class Voice {
  #audio = null;
  #out = null;
  #source = null;
  #kind = "speech";
  #words = "";
  #generation = 0;
  #microphone = null;

  // The Voice SDK asks here instead of at the microphone.
  getUserMedia = async () => {
    await this.wake();
    const [track] = this.#out.stream.getAudioTracks();
    return new MediaStream([track.clone()]);
  };

  // Browsers let a page make sound only after a press of a key or a button: call it from one.
  async wake() {
    if (!this.#audio) {
      this.#audio = new AudioContext();
      this.#out = this.#audio.createMediaStreamDestination();
      // A graph without any source sends no packets at all; silence is a sound too.
      const silence = this.#audio.createConstantSource();
      silence.offset.value = 0;
      silence.connect(this.#out);
      silence.start();
      await this.#speak();
    }
    await this.#audio.resume();
    return this.#audio;
  }

  get output() {
    return this.#out;
  }

  get audio() {
    return this.#audio;
  }

  // kind: "microphone", "speech", "tone" or "nothing". Rejects with a sentence.
  async choose(kind, words) {
    this.#kind = kind;
    this.#words = words;
    if (this.#audio) {
      await this.#speak();
    }
  }

  async #speak() {
    const mine = ++this.#generation;
    let source = null;
    try {
      source = await this.#make();
    } finally {
      // Also when it could not be made: nothing else may be heard in its place.
      if (mine === this.#generation) {
        this.#replaceWith(source);
      }
    }
  }

  #replaceWith(source) {
    this.#source?.disconnect();
    this.#source?.stop?.();
    if (this.#kind !== "microphone") {
      this.#microphone?.getTracks().forEach((track) => track.stop());
      this.#microphone = null;
    }
    this.#source = source;
    source?.connect(this.#out);
    source?.start?.();
  }

  async #make() {
    switch (this.#kind) {
      case "microphone":
        return this.#microphoneSource();
      case "speech":
        return this.#words.trim() ? this.#speechSource() : null;
      case "tone":
        return this.#toneSource();
      default:
        return null;
    }
  }

  async #microphoneSource() {
    try {
      this.#microphone ??= await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (problem) {
      throw new Error(
        problem?.name === "NotAllowedError"
          ? "The browser was not allowed to use the microphone. Allow it beside the address, or let the page speak for you."
          : "No microphone was found. Plug one in, or let the page speak for you.",
      );
    }
    return this.#audio.createMediaStreamSource(this.#microphone);
  }

  async #speechSource() {
    const response = await fetch(
      `/simulator/voice.wav?${new URLSearchParams({ text: this.#words, language: "en-US" })}`,
    );
    if (!response.ok) {
      throw new Error(`The voice could not be made: ${await response.text()}`);
    }
    const spoken = await this.#audio.decodeAudioData(await response.arrayBuffer());
    const pause = Math.round(PAUSE_SECONDS * spoken.sampleRate);
    const loop = this.#audio.createBuffer(1, spoken.length + pause, spoken.sampleRate);
    loop.copyToChannel(spoken.getChannelData(0), 0);
    return new AudioBufferSourceNode(this.#audio, { buffer: loop, loop: true });
  }

  #toneSource() {
    const tone = new OscillatorNode(this.#audio, { frequency: TONE_HZ });
    const quieter = new GainNode(this.#audio, { gain: TONE_GAIN });
    tone.connect(quieter);
    return {
      connect: (target) => quieter.connect(target),
      disconnect: () => quieter.disconnect(),
      start: () => tone.start(),
      stop: () => tone.stop(),
    };
  }
}
