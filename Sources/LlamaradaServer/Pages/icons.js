// Line drawings of 24 by 24, each a list of SVG paths.

const DRAWINGS = {
  plus: ["M12 5v14", "M5 12h14"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  menu: ["M4 7h16", "M4 12h16", "M4 17h16"],
  more: ["M5 12h.01", "M12 12h.01", "M19 12h.01"],
  send: ["M12 19V5", "M6 11l6-6 6 6"],
  stop: ["M8 8h8v8H8z"],
  down: ["M12 5v14", "M6 13l6 6 6-6"],
  left: ["M14.5 6l-6 6 6 6"],
  right: ["M9.5 6l6 6-6 6"],
  attach: ["M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4l7.8-7.8"],
  file: ["M7 3h7l4 4v14H7z", "M14 3v4h4"],
  copy: ["M9 9h11v11H9z", "M5 15V4h11"],
  check: ["M5 13l4.5 4.5L19 7"],
  edit: ["M4 20l1-4L16.5 4.5l3 3L8 19z", "M14 7l3 3"],
  remove: ["M5 7h14", "M10 7V4h4v3", "M7 7l1 13h8l1-13"],
  again: ["M19 12a7 7 0 1 1-2-5", "M19 3v5h-5"],
  onward: ["M5 5v14l8-7z", "M14 5v14"],
  settings: ["M4 8h9", "M17 8h3", "M15 6v4", "M4 16h3", "M11 16h9", "M9 14v4"],
  theme: ["M12 4a8 8 0 1 0 0 16z", "M12 4a8 8 0 0 1 0 16"],
  export: ["M12 4v11", "M7 10l5 5 5-5", "M5 20h14"],
  import: ["M12 15V4", "M7 9l5-5 5 5", "M5 20h14"],
};

const SVG = "http://www.w3.org/2000/svg";

/** A drawing that screen readers pass over: the button around it has the name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  for (const drawing of DRAWINGS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", drawing);
    svg.append(path);
  }
  return svg;
}

/** Puts its drawing into each element of the page that names one in `data-icon`. */
export function drawIcons(root) {
  for (const node of root.querySelectorAll("[data-icon]")) node.prepend(icon(node.dataset.icon));
}
