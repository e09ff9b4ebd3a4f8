// The panels of a page as the server sent them, and what it says is new of them. How a panel is cut
// into blocks and pieces is told in realtime/changes.py; both sides must cut alike.

const PARTIAL = /<hx-partial hx-target="#([\w-]+)"[^>]*>[^]*?<\/hx-partial>/g;
const ROW = /(?=<tr id=")/;
const ROW_ID = /^<tr id="([^"]+)"/;
const PIECE = /(?=<[a-z])/;
const [HEAD, TAIL] = ["", "/"];

/** Cut the html of a panel; in the order in which the blocks stand. */
export function blocksOf(html) {
  const first = html.indexOf('<tr id="');
  if (first < 0) return new Map([[HEAD, html]]);
  const end = Math.max(html.lastIndexOf("</tbody>"), html.lastIndexOf("</tr>") + "</tr>".length);
  const rows = html.slice(first, end).split(ROW);
  const blocks = new Map([[HEAD, html.slice(0, first)]]);
  for (const row of rows) blocks.set(row.match(ROW_ID)[1], row);
  blocks.set(TAIL, html.slice(end));
  return blocks.size === rows.length + 2 ? blocks : new Map([[HEAD, html]]);
}

function changed(block, change) {
  if (typeof change === "string") return change;
  const pieces = block.split(PIECE);
  for (const [place, piece] of Object.entries(change)) pieces[place] = piece;
  return pieces.join("");
}

export class Panels {
  #blocks = new Map();

  /** Take whole panels, as they stand in a frame. */
  keep(content) {
    for (const [html, id] of content.matchAll(PARTIAL)) this.#blocks.set(id, blocksOf(html));
  }

  /** Whether each of these changes is of a panel that was kept. */
  know(changes) {
    return Object.keys(changes).every((id) => this.#blocks.has(id));
  }

  /** Change the panels that were kept; returns them whole, as they would stand in a frame. */
  change(changes) {
    return Object.entries(changes).map(([id, { order, blocks }]) => this.#change(id, order, blocks));
  }

  #change(id, order, blocks) {
    const had = this.#blocks.get(id);
    const has = new Map();
    for (const name of order ?? had.keys()) {
      has.set(name, name in blocks ? changed(had.get(name), blocks[name]) : had.get(name));
    }
    this.#blocks.set(id, has);
    return [...has.values()].join("");
  }
}
