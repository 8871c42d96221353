// Light, dark, or as the system has it.

import { byId } from "./dom.js";
import { announce } from "./announcer.js";

const KEY = "llamarada.theme";
const NEXT = { system: "light", light: "dark", dark: "system" };
const NAMES = { system: "as the system", light: "light", dark: "dark" };

function current() { return document.documentElement.dataset.theme ?? "system"; }

function show(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const label = `Colours: ${NAMES[theme]}. Change to ${NAMES[NEXT[theme]]}`;
  byId("theme").setAttribute("aria-label", label);
  byId("theme").title = label;
}

/** Makes the button work, in this tab and in others. */
export function startTheme() {
  show(current());
  byId("theme").addEventListener("click", () => {
    const theme = NEXT[current()];
    show(theme);
    announce(`Colours: ${NAMES[theme]}`);
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // It then lasts as long as this page.
    }
  });
  addEventListener("storage", (event) => {
    if (event.key === KEY) show(event.newValue in NEXT ? event.newValue : "system");
  });
}
