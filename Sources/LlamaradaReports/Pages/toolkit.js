// What every page's scripts share: the report, elements, numbers, tips, choices, sorted tables.

const byId = (id) => document.getElementById(id);
const report = JSON.parse(byId("report").textContent);

// An element of HTML or SVG with attributes and children.
const svgNames = new Set(["svg", "g", "rect", "text", "line", "path", "circle"]);
function node(name, attributes = {}, ...children) {
  const made = svgNames.has(name)
    ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  made.append(...children);
  return made;
}

// A picture that scripts fill; `label` says to those who don't see it what it is.
const picture = (width, height, label) =>
  node("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });

// A new element in `parent`.
function draw(name, attributes, parent, ...children) {
  const made = node(name, attributes, ...children);
  parent.append(made);
  return made;
}

// A coloured dot with a word.
function legendItem(colour, text) {
  const dot = node("i", { class: "dot" });
  dot.style.background = colour;
  return node("span", {}, dot, text);
}

// Numbers as people read them. JSON has null for what is not finite.
const digits = (x) => x >= 99.5 ? x.toFixed(0) : x >= 9.95 ? x.toFixed(1) : x.toPrecision(3);
function number(x) {
  if (x === null) return "∞";
  if (x === 0) return "0";
  const isPlain = Math.abs(x) >= 0.01 && Math.abs(x) < 1e4;
  return isPlain ? String(+x.toPrecision(3)) : x.toExponential(1).replace("e+", "e");
}
function percent(part, digits = 1) {
  if (part === null) return "–";
  const least = 10 ** -digits;
  return part === 0 ? "0 %" : 100 * part < least && part > 0 ? `< ${least} %` : (100 * part).toFixed(digits) + " %";
}
function duration(ns) {
  const units = ["ns", "µs", "ms", "s"];
  let i = 0;
  while (Math.abs(ns) >= 999.5 && i < 3) { ns /= 1000; i++; }
  return (i === 0 ? ns.toFixed(0) : digits(ns)) + " " + units[i];
}
const rate = (perSecond) => digits(perSecond / 1e9);

// The tip beside the pointer: a title, and rows of a name and a value, or of a text alone.
const tip = byId("tip");
function showTip(event, title, rows) {
  tip.replaceChildren(node("b", {}, title), node("table", {}, ...rows.map((row) =>
    Array.isArray(row) ? node("tr", {}, ...row.map((cell) => node("td", {}, String(cell))))
      : node("tr", {}, node("td", { colspan: 2 }, row)))));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const below = event.clientY + 16;
  tip.style.left = Math.max(0, Math.min(event.clientX + 14, innerWidth - width - 8)) + "px";
  tip.style.top = Math.max(0, below + height > innerHeight ? event.clientY - height - 12 : below) + "px";
}
const hideTip = () => { tip.hidden = true; };
function hover(target, title, rows) {
  target.addEventListener("mousemove", (event) => showTip(event, title, rows));
  target.addEventListener("mouseleave", hideTip);
}

// Buttons for a list of [title, action], of which one is pressed; `chosen` is at once.
function choices(holder, list, chosen) {
  const press = (one) => made.forEach((button) => button.setAttribute("aria-pressed", String(button === one)));
  const made = list.map(([title, action]) => {
    const button = node("button", { type: "button" }, title);
    button.addEventListener("click", () => { press(button); action(); });
    return button;
  });
  holder.append(...made);
  if (chosen === undefined) return;
  press(made[chosen]);
  list[chosen][1]();
}

// A click on a head sorts its table, large numbers first; a second one brings back the first order.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0], original = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const compare = (a, b) => {
    const [x, y] = [a.dataset.order, b.dataset.order];
    if (x === undefined && y === undefined) return a.textContent.localeCompare(b.textContent, "en", { numeric: true });
    const [p, q] = [x, y].map((text) => text === undefined ? -Infinity : text === "inf" ? Infinity : parseFloat(text));
    return p === q ? 0 : q > p ? 1 : -1;
  };
  heads.forEach((head, index) => head.addEventListener("click", () => {
    const isSorted = head.hasAttribute("aria-sort");
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    if (!isSorted) head.setAttribute("aria-sort", head.className === "text" ? "ascending" : "descending");
    body.append(...(isSorted ? original : [...original].sort((a, b) => compare(a.cells[index], b.cells[index]))));
  }));
}
