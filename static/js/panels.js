// How htmx paints our panels.
//
// 1. Of two paints of a panel the one that was read later is never the older truth; an older one
//    that arrives late (an answer overtaken by a push) is dropped. `data-version` is the moment it
//    was read, in milliseconds.
// 2. What a module opened stays open: attributes named in `data-keep` are not repainted.
// 3. After every swap the modules are told, by `panels:painted` on the document.
//
// A plain script beside htmx and not a module, so that it is there before the first paint.
htmx.registerExtension("panels", {
  htmx_before_morph_node(element, { newNode }) {
    const shown = Number(element.dataset?.version);
    const offered = Number(newNode.dataset?.version);
    if (shown && offered && element.id === newNode.id && offered < shown) return false;
  },
  htmx_before_morph_attr(element, { attrName }) {
    if (element.dataset?.keep?.split(" ").includes(attrName)) return false;
  },
  // Not after:swap, which comes before the page gets its new title.
  htmx_finally_swap() {
    document.dispatchEvent(new CustomEvent("panels:painted"));
  },
});
