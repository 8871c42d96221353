// Before anything is painted: the colours that the reader chose, so that a dark page does not flash white.
"use strict";
try {
  const theme = localStorage.getItem("llamarada.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing has no choice to remember.
}
