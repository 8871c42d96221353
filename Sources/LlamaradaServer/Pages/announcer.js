// What a screen reader is told without being asked: little, and only what is over.

import { byId } from "./dom.js";

let waiting = [];

/** Has a sentence read out when the reader has finished what it says; what comes in one moment is read together. */
export function announce(text) {
  const node = byId("announcer");
  // The same sentence twice is a change only with nothing in between.
  node.textContent = "";
  waiting.push(text);
  if (waiting.length > 1) return;
  setTimeout(() => {
    node.textContent = waiting.join(" ");
    waiting = [];
  }, 50);
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
