// Markdown inside of a paragraph: text to a tree of plain objects (CommonMark 0.31, sections 6.1 to 6.9, with GitHub's
// strikethrough and bare links). HTML stays text.
//
// `open` says that the text is still being written: what is opened and not yet closed counts as closed at its end, so
// that nothing changes its look when the end comes.

/** Deeper nesting stays text: nobody writes it, and trees are walked by recursion. */
const MOST_DEPTH = 24;

const PUNCTUATION = /[!-/:-@[-`{-~]/;
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: "\"", nbsp: "\u00a0", "#39": "'", apos: "'" };

/** A list of nodes: `{ type: "text", text }`, `code`, `break`, or with `children`: `em`, `strong`, `del`, `link`. */
export function parseInline(text, open = false) { return new InlineParser(text, open).parse(); }

/** The address where it may be followed; null for all others, scripts among them. */
export function safeAddress(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

class InlineParser {
  constructor(text, open) {
    this.text = text;
    this.open = open;
    this.position = 0;
    this.items = [];
    this.plain = "";
    // Places in `items` of brackets that may open a link.
    this.brackets = [];
    // Lengths of runs of backticks that nothing closes any more.
    this.unclosed = new Set();
  }

  parse() {
    while (this.position < this.text.length) this.step();
    this.flush();
    return tidied(emphasised(this.items, this.open));
  }

  step() {
    const { text, position } = this;
    const character = text[position];
    switch (character) {
      case "\\": return this.escape();
      case "`": return this.code();
      case "*": case "_": case "~": return this.delimiter(character);
      case "[": return this.openBracket();
      case "]": return this.closeBracket();
      case "<": return this.angle();
      case "&": return this.entity();
      case "\n": return this.lineEnd();
      case "h": return this.bareLink();
      default: {
        // All that means nothing, at once.
        const rest = /[\\`*_~[\]<&\nh]/g;
        rest.lastIndex = position + 1;
        const end = rest.exec(text)?.index ?? text.length;
        this.take(text.slice(position, end));
      }
    }
  }

  take(text) {
    this.plain += text;
    this.position += text.length;
  }

  flush() {
    if (this.plain) this.items.push({ type: "text", text: this.plain });
    this.plain = "";
  }

  push(item, length) {
    this.flush();
    this.items.push(item);
    this.position += length;
  }

  escape() {
    const next = this.text[this.position + 1];
    if (next === "\n") return this.push({ type: "break" }, 2);
    if (next === undefined || !PUNCTUATION.test(next)) return this.take("\\");
    // Formulas begin by these, which no template of ours draws: their backslash tells more than a bare bracket.
    this.plain += "()[]".includes(next) ? `\\${next}` : next;
    this.position += 2;
  }

  code() {
    const ticks = runLength(this.text, this.position);
    const start = this.position + ticks;
    const end = this.unclosed.has(ticks) ? -1 : closingRun(this.text, start, ticks);
    if (end < 0) {
      this.unclosed.add(ticks);
      if (!this.open || ticks > 2) return this.take("`".repeat(ticks));
      const rest = this.text.slice(start).trim();
      if (!rest) return this.push({ type: "text", text: "" }, this.text.length - this.position);
      return this.push({ type: "code", text: rest.replaceAll("\n", " ") }, this.text.length - this.position);
    }
    let text = this.text.slice(start, end).replaceAll("\n", " ");
    if (text.startsWith(" ") && text.endsWith(" ") && text.trim()) text = text.slice(1, -1);
    this.push({ type: "code", text }, end + ticks - this.position);
  }

  delimiter(character) {
    const count = runLength(this.text, this.position);
    if (character === "~" && count !== 2) return this.take("~".repeat(count));
    const before = this.text[this.position - 1] ?? " ";
    const after = this.text[this.position + count] ?? " ";
    const isLeft = !/\s/.test(after) && (!isPunctuation(after) || /\s/.test(before) || isPunctuation(before));
    const isRight = !/\s/.test(before) && (!isPunctuation(before) || /\s/.test(after) || isPunctuation(after));
    // An underscore inside of a word belongs to its name.
    const canOpen = isLeft && (character !== "_" || !isRight || isPunctuation(before));
    const canClose = isRight && (character !== "_" || !isLeft || isPunctuation(after));
    const isLast = this.position + count === this.text.length;
    this.push({ type: "run", character, count, canOpen, canClose, isLast }, count);
  }

  openBracket() {
    this.flush();
    const isImage = this.items.at(-1)?.type === "text" && this.items.at(-1).text.endsWith("!");
    this.brackets.push(this.items.length);
    this.push({ type: "bracket", isImage }, 1);
  }

  closeBracket() {
    this.flush();
    const start = this.brackets.pop();
    if (start === undefined) return this.take("]");
    const target = this.target(this.position + 1);
    if (!target) return this.take("]");
    const opener = this.items[start];
    if (opener.isImage) this.items[start - 1].text = this.items[start - 1].text.slice(0, -1);
    const children = tidied(emphasised(this.items.splice(start).slice(1), false));
    // No link holds another.
    this.brackets = [];
    this.push({ type: "link", address: target.address, children, isImage: opener.isImage }, target.end - this.position);
  }

  /** What stands in the round brackets behind a link's text. */
  target(start) {
    // The lookahead takes the spaces once and for all: given back one by one, they would take square time.
    const pattern = /\((?=(\s*))\1(?:<([^<>\n]*)>|((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))*))(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)/y;
    pattern.lastIndex = start;
    const found = pattern.exec(this.text);
    if (found) return { address: (found[2] ?? found[3]).replace(/\\([!-/:-@[-`{-~])/g, "$1"), end: pattern.lastIndex };
    // Its end is still to come.
    if (this.open && this.text[start] === "(" && !/[\s)]/.test(this.text.slice(start))) {
      return { address: "", end: this.text.length };
    }
    return null;
  }

  angle() {
    const rest = this.text.slice(this.position, this.position + 2000);
    const address = /^<((?:https?:\/\/|mailto:)[^\s<>]+)>/i.exec(rest);
    if (address) {
      return this.push(
        { type: "link", address: address[1], children: [{ type: "text", text: address[1] }] }, address[0].length);
    }
    const lineBreak = /^<br\s*\/?>/i.exec(rest);
    if (lineBreak) return this.push({ type: "break" }, lineBreak[0].length);
    this.take("<");
  }

  entity() {
    const found = /^&(#39|[a-z]{2,4});/.exec(this.text.slice(this.position, this.position + 8));
    if (!found || !Object.hasOwn(ENTITIES, found[1])) return this.take("&");
    this.plain += ENTITIES[found[1]];
    this.position += found[0].length;
  }

  lineEnd() {
    this.plain = withoutEnd(this.plain, " \t");
    this.push({ type: "break" }, 1);
    while (this.text[this.position] === " ") this.position += 1;
  }

  bareLink() {
    const before = this.text[this.position - 1];
    if (before !== undefined && /[\w/]/.test(before)) return this.take("h");
    const found = /^https?:\/\/[^\s<>"`]+/i.exec(this.text.slice(this.position, this.position + 2000));
    if (!found) return this.take("h");
    let address = withoutEnd(found[0], ".,:;!?'*_~");
    let excess = occurrences(address, ")") - occurrences(address, "(");
    for (; excess > 0 && address.endsWith(")"); excess -= 1) address = address.slice(0, -1);
    this.push({ type: "link", address, children: [{ type: "text", text: address }] }, address.length);
  }
}

function isPunctuation(character) { return /[\p{P}\p{S}]/u.test(character); }

/** A text without characters of a kind at its end. */
function withoutEnd(text, characters) {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

function occurrences(text, character) { return text.split(character).length - 1; }

/** How often the character at a place stands there in a row. */
function runLength(text, position) {
  let end = position;
  while (text[end] === text[position]) end += 1;
  return end - position;
}

/** Where a run of exactly so many backticks begins, or -1. */
function closingRun(text, start, ticks) {
  let position = text.indexOf("`", start);
  while (position >= 0) {
    const length = runLength(text, position);
    if (length === ticks) return position;
    position = text.indexOf("`", position + length);
  }
  return -1;
}

/** Runs of * and _ and ~~ to emphasis; each closer takes the nearest opener of its kind. Linear in the items. */
function emphasised(items, open) {
  const result = [];
  // Places in `result` of runs that may still open, and how many there are of each kind.
  let openers = [];
  const counts = { "*": 0, _: 0, "~": 0 };
  const drop = (from) => {
    for (const place of openers.splice(from)) counts[result[place].character] -= 1;
  };
  const wrap = (place, count) => {
    const children = result.splice(place + 1);
    const depth = 1 + Math.max(0, ...children.slice(0, 1000).map((child) => child.depth ?? 0));
    const type = result[place].character === "~" ? "del" : count === 2 ? "strong" : "em";
    result[place].count -= count;
    result.push(depth > MOST_DEPTH ? { type: "text", text: written(children) } : { type, children, depth });
  };
  for (const item of items) {
    if (item.type !== "run") {
      result.push(item);
      continue;
    }
    while (item.canClose && item.count > 0 && counts[item.character] > 0) {
      let index = openers.length - 1;
      while (result[openers[index]].character !== item.character) index -= 1;
      const opener = result[openers[index]];
      // Section 6.2, rules 9 and 10.
      if ((opener.canClose || item.canOpen) && (opener.length + item.length) % 3 === 0 && opener.length % 3 !== 0) break;
      drop(index + 1);
      const count = opener.count >= 2 && item.count >= 2 ? 2 : 1;
      if (item.character === "~" && count === 1) break;
      const place = openers[index];
      wrap(place, count);
      item.count -= count;
      if (opener.count === 0) {
        drop(index);
        result.splice(place, 1);
      }
    }
    if (item.count === 0) continue;
    item.length ??= item.count;
    result.push(item);
    if (item.canOpen) {
      openers.push(result.length - 1);
      counts[item.character] += 1;
    }
  }
  if (open) closeAll(result, openers, wrap);
  return result;
}

/** What is still open counts as closed at the end; a run that nothing follows yet is not shown. */
function closeAll(result, openers, wrap) {
  if (result.at(-1)?.type === "run" && result.at(-1).isLast) result.pop();
  for (const place of openers.reverse()) {
    if (place >= result.length - 1) continue;
    while (result[place].count > 0) {
      const count = Math.min(2, result[place].count);
      if (result[place].character === "~" && count === 1) break;
      wrap(place, count);
    }
    if (result[place].count === 0) result.splice(place, 1);
  }
}

/** The text of nodes that are nested too deeply. */
function written(nodes) {
  const text = (node) => {
    if (node.children) return written(node.children);
    return node.text ?? (node.type === "break" ? "\n" : markers(node));
  };
  return nodes.map(text).join("");
}

function markers(item) {
  if (item.type === "run") return item.character.repeat(item.count);
  return item.type === "bracket" ? "[" : "";
}

/** Runs and brackets that mean nothing become text; texts side by side become one. */
function tidied(items) {
  const result = [];
  for (const item of items) {
    const node = item.type === "run" || item.type === "bracket" ? { type: "text", text: markers(item) } : item;
    if (node.children) node.children = tidied(node.children);
    if (node.type === "text" && result.at(-1)?.type === "text") result.at(-1).text += node.text;
    else result.push(node.type === "text" ? { ...node } : node);
  }
  return result;
}
