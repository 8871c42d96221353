// Questions in front of the page. <dialog> keeps the focus inside, closes by Escape and gives the focus back.

import { element } from "./dom.js";
import { icon } from "./icons.js";

let number = 0;

/**
 * Opens a dialog.
 *
 * `build(close)` gives the nodes of its form; `close(value)` ends it. Resolves with that value, or with null where it
 * was dismissed.
 */
export function openDialog(title, build, { wide = false } = {}) {
  return new Promise((resolve) => {
    let result = null;
    const heading = element("h2", { id: `dialog-${(number += 1)}`, text: title });
    const dialog = element("dialog", { "aria-labelledby": heading.id, class: wide ? "wide" : "" });
    const close = (value) => {
      result = value;
      dialog.close();
    };
    const dismiss = element("button", {
      type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => close(null) },
    }, icon("close"));
    dialog.append(element("div", { class: "dialog-head" }, heading, dismiss), ...build(close, dialog));
    // A click beside the dialog hits the dialog itself, one inside hits what it holds.
    dialog.addEventListener("pointerdown", (event) => {
      if (event.target !== dialog) return;
      const box = dialog.getBoundingClientRect();
      const isInside = event.clientX >= box.left && event.clientX <= box.right
        && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!isInside) close(null);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
  });
}

/** Whether the reader agrees; the button says to what. */
export async function confirmed(title, text, button) {
  return await openDialog(title, (close) => [
    element("p", { text }),
    element("div", { class: "dialog-foot" },
      element("button", { type: "button", text: "Cancel", autofocus: true, on: { click: () => close(null) } }),
      element("button", { type: "button", class: "danger", text: button, on: { click: () => close(true) } })),
  ]) === true;
}

/** A line of text, or null. */
export function asked(title, label, value, button) {
  return openDialog(title, (close) => {
    const field = element("input", { id: "asked", type: "text", value, maxlength: 200, autofocus: true, autocomplete: "off" });
    const form = element("form", { novalidate: true },
      element("label", { for: "asked", text: label }), field,
      element("div", { class: "dialog-foot" },
        element("button", { type: "button", text: "Cancel", on: { click: () => close(null) } }),
        element("button", { type: "submit", class: "primary", text: button })));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (field.value.trim()) close(field.value.trim());
    });
    queueMicrotask(() => field.select());
    return [form];
  });
}
