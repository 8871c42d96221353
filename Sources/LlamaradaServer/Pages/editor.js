// The form in which a message that was sent is changed.

import { element, isTouch } from "./dom.js";

/** A form with a text. `cancel()` and `save(text)` end it. */
export function editor(text, cancel, save) {
  const field = element("textarea", { rows: "3", "aria-label": "Your message" });
  field.value = text;
  const form = element("form", { class: "editor", novalidate: true }, field,
    element("p", { class: "quiet", text: "The old version and what followed it remain, as another branch." }),
    element("div", { class: "buttons" },
      element("button", { type: "button", text: "Cancel", on: { click: cancel } }),
      element("button", { type: "submit", class: "primary", text: "Send" })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) save(field.value.trim());
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      cancel();
    }
    if (event.target === field && isSending(event)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  return form;
}

/** Whether a key sends: Enter, but not with Shift, nor where it only ends the composing of a character. */
export function isSending(event) {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && !isTouch();
}
