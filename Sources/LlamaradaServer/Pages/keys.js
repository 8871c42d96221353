// The key that a server with keys asks for: for this tab, or for this browser where the reader says so.

import { element } from "./dom.js";
import { openDialog } from "./dialogs.js";

const NAME = "llamarada.key";
let memory = null;

/** Whether a key can be sent: a field of HTTP takes no more, and the browser refuses the whole request. */
function isSendable(value) { return /^[\x20-\x7e]+$/.test(value); }

/** The key, or null. */
export function key() {
  let value = memory;
  try {
    value = sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME) ?? memory;
  } catch {
    // Nothing is kept: it lasts as long as this page.
  }
  return value !== null && isSendable(value) ? value : null;
}

/** Has the key asked for again. */
export function forgetKey() {
  memory = null;
  try {
    sessionStorage.removeItem(NAME);
    localStorage.removeItem(NAME);
  } catch {
    // Nothing was kept.
  }
}

function keep(value, isKept) {
  memory = value;
  try {
    sessionStorage.setItem(NAME, value);
    if (isKept) localStorage.setItem(NAME, value);
    else localStorage.removeItem(NAME);
  } catch {
    // It then lasts as long as this page.
  }
}

let asking = null;

/** Asks for the key, once however many need it; resolves with whether one was given. */
export function askForKey() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

async function ask() {
  const wasWrong = key() !== null;
  const answer = await openDialog("This server asks for a key", (close) => {
    const field = element("input", {
      id: "key", type: "password", autofocus: true, autocomplete: "current-password", spellcheck: "false",
      "aria-invalid": wasWrong ? "true" : false, "aria-describedby": "key-words",
    });
    const isKept = element("input", { id: "key-kept", type: "checkbox" });
    const words = element("p", {
      id: "key-words", role: "status",
      text: wasWrong ? "The key was refused. Whoever started the server knows the right one."
        : "It was started with a key. Whoever started it knows it.",
    });
    const form = element("form", { novalidate: true }, words,
      element("label", { for: "key", text: "Key" }), field,
      element("label", { class: "check" }, isKept, "Keep it in this browser, also when the tab is closed"),
      element("div", { class: "dialog-foot" },
        element("button", { type: "submit", class: "primary", text: "Use this key" })));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const value = field.value.trim();
      if (!value) return;
      if (isSendable(value)) return close({ value, isKept: isKept.checked });
      words.textContent = "This is no key that a browser can send: keys have only the letters, digits and signs of ASCII.";
      field.setAttribute("aria-invalid", "true");
      field.focus();
    });
    return [form];
  });
  if (!answer) return false;
  keep(answer.value, answer.isKept);
  return true;
}
