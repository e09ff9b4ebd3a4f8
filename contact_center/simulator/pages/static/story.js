// What happened so far: the network's story of this call, and what this page itself saw.

import { icon } from "./icon.js";

const EVERY_MS = 1000;

export class Story {
  #list;
  #steps = new Map();
  #timer = null;
  #sid = "";

  // Whether the network receives sound from here: true, false, or null while nobody knows.
  soundArrives = null;

  constructor(list) {
    this.#list = list;
  }

  begin(text, detail, name = "phone-outgoing") {
    this.stop();
    this.#sid = "";
    this.#steps.clear();
    this.soundArrives = null;
    this.add(name, text, detail);
  }

  add(name, text, detail = "", level = "") {
    const at = Date.now() / 1000;
    const id = `page ${this.#steps.size}`;
    this.#steps.set(id, { id, at, icon: name, text, detail, level });
    this.#draw();
  }

  follow(sid) {
    if (sid && sid !== this.#sid) {
      this.#sid = sid;
      this.#timer ??= window.setInterval(() => this.#fetch(), EVERY_MS);
      this.#fetch();
    }
  }

  // One last look, then no more.
  stop() {
    window.clearInterval(this.#timer);
    this.#timer = null;
    if (this.#sid) {
      this.#fetch();
    }
  }

  async #fetch() {
    const sid = this.#sid;
    let answer;
    try {
      const response = await fetch(`/simulator/calls/${sid}/story`);
      if (!response.ok) {
        return;
      }
      answer = await response.json();
    } catch {
      return; // the next look may find the network again
    }
    if (sid !== this.#sid) {
      return;
    }
    this.soundArrives = answer.sound_arrives;
    for (const step of answer.steps) {
      this.#steps.set(step.id, step);
    }
    this.#draw();
  }

  #draw() {
    const steps = [...this.#steps.values()].sort((a, b) => a.at - b.at);
    const drawn = new Set([...this.#list.children].map((item) => item.dataset.id));
    if (steps.length === drawn.size && steps.every((step) => drawn.has(step.id))) {
      return;
    }
    this.#list.replaceChildren(...steps.map(item));
  }
}

function item(step) {
  const row = document.createElement("li");
  row.dataset.id = step.id;
  if (step.level) {
    row.dataset.level = step.level;
  }
  const time = document.createElement("time");
  const at = new Date(step.at * 1000);
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString("en-GB");
  const words = document.createElement("span");
  words.textContent = step.text;
  if (step.detail) {
    const small = document.createElement("small");
    small.textContent = step.detail;
    words.append(small);
  }
  row.append(time, icon(step.icon), words);
  return row;
}
