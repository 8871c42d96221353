// Copying, also where the page came over plain HTTP from another machine and `navigator.clipboard` is missing.

import { element } from "./dom.js";

/** Whether the text is on the clipboard now. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const before = document.activeElement;
  const field = element("textarea", { class: "hidden", "aria-hidden": "true", tabindex: "-1" });
  field.value = text;
  document.body.append(field);
  field.select();
  // Not recommended any more, and all there is without a secure context.
  const isCopied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return isCopied;
}
