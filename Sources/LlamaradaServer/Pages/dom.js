// Elements by name. Text goes in as text: nothing here, and nothing in the page, reads HTML from a string.

/**
 * An element with attributes and children.
 *
 * Children may be lists of children: as arguments of their own, very many would be too many.
 *
 * Of the attributes `class`, `text`, `on` (listeners by event) and `data` are special; false, null and undefined leave
 * one out, true sets it empty.
 */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "class") node.className = value;
    else if (key === "text") node.textContent = value;
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) node.append(child);
  return node;
}

/** The element with an id, which must be there. */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no #${id}`);
  return node;
}

/** A number as people read it: 4096 as "4,096". */
export function count(number) { return number.toLocaleString("en"); }

/** "1 token", "2 tokens". */
export function plural(number, noun) { return `${count(number)} ${noun}${number === 1 ? "" : "s"}`; }

/** Bytes as people read them. */
export function bytes(number) {
  if (number < 1000) return plural(number, "byte");
  return number < 1e6 ? `${(number / 1e3).toFixed(1)} kB` : `${(number / 1e6).toFixed(1)} MB`;
}

/** Whether the pointer is a finger: then the keyboard covers the page and has no Shift+Enter. */
export function isTouch() { return matchMedia("(hover: none) and (pointer: coarse)").matches; }

/** Goes to the message box; with a finger to the messages instead, since a keyboard would cover them. */
export function focusMessage() { (isTouch() ? byId("thread") : byId("message")).focus({ preventScroll: true }); }

/** A random name of 128 bits; `crypto.randomUUID` is missing where the page came over plain HTTP from another machine. */
export function newID() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
