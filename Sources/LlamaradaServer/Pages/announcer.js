// What a screen reader is told without being asked: little, and only what is over.

import { byId } from "./dom.js";

let timer = 0;

/** Has a sentence read out when the reader has finished what it says. */
export function announce(text) {
  const node = byId("announcer");
  // The same sentence twice is a change only with nothing in between.
  node.textContent = "";
  clearTimeout(timer);
  timer = setTimeout(() => { node.textContent = text; }, 50);
}

let ending = 0;

/** Shows a short word at the edge for some seconds; it is read out as well. */
export function toast(text) {
  const node = byId("toast");
  node.hidden = false;
  node.textContent = text;
  clearTimeout(ending);
  ending = setTimeout(() => { node.hidden = true; }, 5000 + 40 * text.length);
}
