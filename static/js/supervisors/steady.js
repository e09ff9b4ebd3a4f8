// Rows are sorted by the server. While somebody points at a list or has the focus in it, its rows
// stay where they are: figures change in place, new rows come last, a row that ended stays and is
// grey. When pointer and focus have left, the page takes the server's order again.

const ROWS = "tbody > tr, .voicemail-list > li";
const IN_USE = [".table-wrap", ".voicemail-list"]
  .flatMap((list) => [`${list}:hover`, `${list}:focus-within`])
  .join();

function isInUse(panel) {
  return panel.querySelector(IN_USE) !== null;
}

function rows(panel) {
  return [...panel.querySelectorAll(ROWS)];
}

/** Give the rows of `next` the places they have in `shown`; return how many would have moved. */
function keepOrder(shown, next) {
  const list = rows(next)[0].parentElement;
  const come = new Map(rows(next).map((row) => [row.id, row]));
  const wanted = [...come.keys()];
  let moves = 0;
  const stayed = [];
  for (const row of rows(shown)) {
    const successor = come.get(row.id) ?? row.cloneNode(true);
    if (come.delete(row.id)) {
      stayed.push(row.id);
    } else {
      successor.dataset.gone = "";
      moves += 1;
    }
    list.append(successor);
  }
  for (const row of come.values()) list.append(row);
  const order = wanted.filter((id) => !come.has(id));
  return moves + come.size + stayed.filter((id, place) => id !== order[place]).length;
}

/**
 * Let no row of `page` move under a pointer. How many wait to move is said beside the panel's age,
 * in the words of `data-waiting-move` and `data-waiting-moves`.
 */
export function keepSteady(page, live) {
  const waiting = new Set();

  page.addEventListener("htmx:before:swap", (event) => {
    for (const task of event.detail.tasks) {
      const next = task.fragment.firstElementChild;
      const shown = next?.id ? document.getElementById(next.id) : null;
      // Somebody who sorts or filters wants the rows to move.
      if (shown && shown.dataset.query !== next.dataset.query) continue;
      if (!shown?.matches(".panel") || !rows(next).length || !isInUse(shown)) continue;
      const moves = keepOrder(shown, next);
      if (!moves) continue;
      waiting.add(shown.id);
      const flag = document.createElement("span");
      flag.className = "flag";
      const { waitingMove, waitingMoves } = page.dataset;
      flag.textContent = moves === 1 ? waitingMove : waitingMoves.replace("0", moves);
      next.querySelector("header .as-of").before(flag);
    }
  });

  function settle() {
    for (const id of waiting) {
      const panel = document.getElementById(id);
      if (panel && isInUse(panel)) return;
    }
    if (waiting.size) live.refresh();
    waiting.clear();
  }

  for (const leaving of ["pointerout", "focusout"]) {
    // The pointer is elsewhere, or the focus, only after this event.
    page.addEventListener(leaving, () => waiting.size && setTimeout(settle));
  }
}
