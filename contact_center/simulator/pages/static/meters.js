// Level meters: how loud one says and hears something, ten times a second.

const FLOOR_DB = -60;
const SILENT_DB = -55;
const EVERY_MS = 100;
const PEAK_FALLS_DB = 1.5;

export class Meter {
  #row;
  #name;
  #analyser = null;
  #buffer = null;
  #peak = FLOOR_DB;
  #said = "";

  constructor(row) {
    this.#row = row;
    this.#name = row.querySelector("span").textContent;
  }

  // `node` is a WebAudio node to listen to; without one the meter rests.
  listen(node) {
    this.#analyser?.disconnect();
    this.#analyser = null;
    if (node) {
      this.#analyser = new AnalyserNode(node.context, { fftSize: 1024 });
      this.#buffer = new Float32Array(this.#analyser.fftSize);
      node.connect(this.#analyser);
    }
    this.draw();
  }

  #level() {
    if (!this.#analyser) {
      return FLOOR_DB;
    }
    this.#analyser.getFloatTimeDomainData(this.#buffer);
    const power = this.#buffer.reduce((sum, x) => sum + x * x, 0) / this.#buffer.length;
    return Math.max(FLOOR_DB, 10 * Math.log10(power || 1e-12));
  }

  draw() {
    const level = this.#level();
    this.#peak = Math.max(level, this.#peak - PEAK_FALLS_DB);
    const percent = (db) => `${Math.min(100, (100 * (db - FLOOR_DB)) / -FLOOR_DB).toFixed(1)}%`;
    this.#row.querySelector(".now").setAttribute("width", percent(level));
    this.#row.querySelector(".peak").setAttribute("x", percent(this.#peak));
    if (level > SILENT_DB) {
      this.#row.dataset.level = "ok";
    } else {
      delete this.#row.dataset.level;
    }
    const words = level > SILENT_DB ? `−${Math.round(-level)} dB` : "silent";
    if (words !== this.#said) {
      this.#said = words;
      this.#row.querySelector(".end").textContent = words;
      this.#row.querySelector("[role=img]").setAttribute("aria-label", `${this.#name}: ${words}`);
    }
  }
}

export function keepDrawing(meters) {
  window.setInterval(() => meters.forEach((meter) => meter.draw()), EVERY_MS);
}
