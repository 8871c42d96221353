// Markdown on the page, also while it is being written.
//
// Of a text that grows only its end is read again: a block that another one follows is done. Elements that stay as they
// are stay on the page, so what the reader selected or scrolled remains. Nothing is made of HTML: all is createElement
// and textContent.

import { element } from "./dom.js";
import { announce } from "./announcer.js";
import { copyText } from "./clipboard.js";
import { highlighted } from "./highlight.js";
import { icon } from "./icons.js";
import { parseBlocks } from "./blocks.js";
import { parseInline, safeAddress } from "./inline.js";

/** What a last line may begin with whose meaning only what follows decides: it waits. */
const UNDECIDED = /^(?:[-*_=#>~`|+: \t]*|\d{1,9}[.)]?|(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX]?\]?)$/;

/** A text in an element. */
export class Markdown {
  constructor(root) {
    this.root = root;
    this.reset();
  }

  reset() {
    this.root.replaceChildren();
    this.text = "";
    // How much of the text is done, and the depth of headings there.
    this.settled = 0;
    this.level = 2;
    this.tail = [];
    /** Whether all that is there is the text as it was written, since it could not be read as Markdown. */
    this.isPlain = false;
  }

  /** Shows a text; `isDone` says that nothing follows. Costs what its last blocks cost where it only grew. */
  show(text, isDone) {
    try {
      if (this.isPlain) this.reset();
      this.draw(text, isDone);
    } catch (error) {
      // Whatever a model writes can be read.
      console.error(error);
      this.reset();
      this.root.append(element("p", { class: "plain", text }));
      this.isPlain = true;
    }
  }

  draw(text, isDone) {
    // What is done is not looked at again: texts only grow.
    if (!text.startsWith(this.text.slice(this.settled), this.settled)) this.reset();
    this.text = text;
    const lines = this.text.slice(this.settled).split("\n").map((line) => line.replace(/\r$/, ""));
    const visible = isDone ? lines : withoutUndecided(lines);
    const blocks = parseBlocks(visible, !isDone);
    this.tail = patch(this.root, this.tail, blocks, { level: this.level });
    if (!isDone) this.settle(blocks, visible);
  }

  /** All but the last block is done; a block that so far is half a line may yet turn out to belong to the one before. */
  settle(blocks, lines) {
    let count = blocks.length - 1;
    if (count > 0 && blocks[count].first === lines.length - 1) count -= 1;
    if (count <= 0) return;
    const rest = this.text.slice(this.settled).split("\n");
    for (let line = 0; line < blocks[count].first; line += 1) this.settled += rest[line].length + 1;
    const done = this.tail.splice(0, count);
    for (const part of done) this.level = part.level ?? this.level;
  }
}

function withoutUndecided(lines) {
  const visible = UNDECIDED.test(lines.at(-1).trim()) ? lines.slice(0, -1) : lines;
  // A table's head looks like text until the line below it is there.
  const isRow = (line) => line !== undefined && /^\s*\|/.test(line);
  return isRow(visible.at(-1)) && !isRow(visible.at(-2)) ? visible.slice(0, -1) : visible;
}

// MARK: Blocks to elements

/** What is on the page of a block: `{ key, type, node, parts, level }`. */
function patch(parent, old, blocks, outline) {
  const parts = [];
  for (const [index, block] of blocks.entries()) {
    const key = `${block.type}${block.open ? "+" : ""}${outline.level}\n${block.source}`;
    const before = old[index];
    let part;
    if (before?.key === key) part = before;
    else if (before?.type === block.type && UPDATES[block.type]) {
      part = before;
      UPDATES[block.type](part, block, outline);
    } else {
      part = made(block, outline);
      if (before) before.node.replaceWith(part.node);
      else parent.insertBefore(part.node, null);
    }
    part.key = key;
    if (part.level) outline.level = part.level;
    parts.push(part);
  }
  for (const part of old.slice(blocks.length)) part.node.remove();
  return parts;
}

function made(block, outline) {
  const part = { type: block.type };
  MAKERS[block.type](part, block, outline);
  return part;
}

const MAKERS = {
  paragraph(part, block) { part.node = element("p", {}, inline(block.text, block.open)); },
  heading(part, block, outline) {
    // The page's outline has no gaps, whatever the model begins with; the look is that of the level it chose.
    part.level = Math.min(6, outline.level + 1, block.level + 2);
    part.node = element(`h${part.level}`, { class: `level-${block.level}` }, inline(block.text, block.open));
  },
  rule(part) { part.node = element("hr"); },
  quote(part, block, outline) {
    part.node = element("blockquote");
    part.parts = patch(part.node, [], block.blocks, { ...outline });
  },
  list(part, block, outline) {
    part.node = element(block.isOrdered ? "ol" : "ul", {
      start: block.isOrdered && block.start !== 1 ? String(block.start) : null,
    });
    part.parts = [];
    UPDATES.list(part, block, outline);
  },
  code(part, block) {
    part.text = document.createTextNode("");
    part.label = element("span", { class: "language" });
    part.frame = element("pre", { tabindex: "0", role: "region" }, element("code", {}, part.text));
    const button = element("button", {
      type: "button", class: "copy", on: { click: () => copyCode(button, part.source) },
    }, icon("copy"), "Copy");
    part.node = element("div", { class: "code" }, element("div", { class: "code-head" }, part.label, button), part.frame);
    UPDATES.code(part, block);
  },
  table(part, block) {
    const row = (name, cells, open = false) => element("tr", {}, cells.map((cell, index) => element(
      name, { class: block.alignment[index], scope: name === "th" ? "col" : null }, inline(cell, open))));
    part.node = element("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" },
      element("table", {}, element("thead", {}, row("th", block.head)),
        element("tbody", {}, block.rows.map((cells, index) => (
          row("td", cells, block.open && index === block.rows.length - 1))))));
  },
};

/** How a block that grew changes without being made anew. */
const UPDATES = {
  code(part, block) {
    const [old, text] = [part.text.data, block.text];
    part.source = text;
    if (text.startsWith(old)) part.text.appendData(text.slice(old.length));
    else part.text.data = text;
    const language = block.language.slice(0, 40);
    // Colours come when all of it is there: until then it only grows at its end.
    const pieces = block.isClosed || !block.open ? highlighted(text, language) : [["", text]];
    part.frame.firstChild.replaceChildren(...(pieces.length > 1 ? pieces.map(coloured) : [part.text]));
    part.label.textContent = language || "text";
    part.frame.setAttribute("aria-label", language ? `Code in ${language}` : "Code");
  },
  quote(part, block, outline) { part.parts = patch(part.node, part.parts, block.blocks, { ...outline }); },
  list(part, block, outline) {
    part.node.classList.toggle("loose", block.isLoose);
    while (part.parts.length > block.items.length) part.parts.pop().node.remove();
    for (const [index, item] of block.items.entries()) {
      const known = part.parts[index] ?? { node: part.node.appendChild(element("li")), parts: [] };
      part.parts[index] = known;
      if (known.source === item.source && known.open === item.open) continue;
      [known.source, known.open] = [item.source, item.open];
      known.parts = patch(known.node, known.parts, item.blocks.map(tasked), { ...outline });
    }
  },
};

function coloured([kind, text]) {
  return kind ? element("span", { class: kind, text }) : document.createTextNode(text);
}

/** "[x]" at the beginning of an item is a box. */
function tasked(block, index) {
  if (index > 0 || block.type !== "paragraph") return block;
  return { ...block, text: block.text.replace(/^\[([ xX])\](?=\s)/, (_, mark) => (mark === " " ? "☐" : "☑")) };
}

async function copyCode(button, text) {
  const isCopied = await copyText(text);
  announce(isCopied ? "Code copied" : "The browser does not let the page copy");
  if (!isCopied) return;
  button.replaceChildren(icon("check"), "Copied");
  setTimeout(() => button.replaceChildren(icon("copy"), "Copy"), 1500);
}

// MARK: Text to elements

function inline(text, open) { return parseInline(text, open).map(inlineNode); }

function inlineNode(node) {
  switch (node.type) {
    case "text": return document.createTextNode(node.text);
    case "code": return element("code", { text: node.text });
    case "break": return element("br");
    case "link": return link(node);
    default: return element(node.type, {}, node.children.map(inlineNode));
  }
}

function link(node) {
  const address = safeAddress(node.address);
  const children = node.children.map(inlineNode);
  // A picture would be fetched from elsewhere: its address is all that is shown of it.
  if (node.isImage) children.unshift(document.createTextNode("Picture: "));
  if (!address) return element("span", { class: "no-link" }, children);
  if (!children.length) children.push(document.createTextNode(address));
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, children);
}
