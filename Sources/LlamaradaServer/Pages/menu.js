// A short list of actions beside the button that opened it.

import { byId, element } from "./dom.js";
import { icon } from "./icons.js";

/** Opens it at a button. `actions` are `{ label, icon, run, danger }`. */
export function openMenu(button, actions) {
  const menu = byId("menu");
  menu.replaceChildren(...actions.map((action) => element("button", {
    type: "button", class: action.danger ? "danger" : "",
    on: {
      click: () => {
        menu.hidePopover();
        action.run();
      },
    },
  }, icon(action.icon), action.label)));
  button.setAttribute("aria-expanded", "true");
  menu.ontoggle = (event) => button.setAttribute("aria-expanded", String(event.newState === "open"));
  menu.onkeydown = move;
  menu.showPopover();
  place(menu, button);
  menu.querySelector("button").focus();
}

/** Below the button, above it where there is no room, never outside of the window. */
function place(menu, button) {
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const top = at.bottom + size.height + 8 > innerHeight ? at.top - size.height - 4 : at.bottom + 4;
  menu.style.top = `${Math.max(8, top)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8))}px`;
}

function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Tab") byId("menu").hidePopover();
  if (!step) return;
  event.preventDefault();
  const buttons = [...byId("menu").querySelectorAll("button")];
  const index = buttons.indexOf(document.activeElement) + step;
  buttons[(index + buttons.length) % buttons.length].focus();
}
