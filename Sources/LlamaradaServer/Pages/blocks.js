// Markdown's blocks: lines to a tree of plain objects (CommonMark 0.31, sections 4 and 5, with GitHub's tables).
// HTML stays text. Every block has `first`, its first line among those that were given, and `source`, its text.

/** Deeper quotes and lists stay text. */
const MOST_DEPTH = 12;

// Every pattern takes linear time: none has two repetitions side by side that could share what they match.
const FENCE = /^( {0,3})(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?:([ \t]+)(?=\S)|[ \t]*$)/;

/**
 * The blocks of some lines: `code`, `heading`, `rule`, `quote`, `list`, `table`, `paragraph`.
 *
 * @param open whether the last block may still go on
 */
export function parseBlocks(lines, open = false, depth = 0) {
  const blocks = [];
  let line = 0;
  while (line < lines.length) {
    if (isBlank(lines[line])) {
      line += 1;
      continue;
    }
    const block = blockAt(lines, line, depth);
    block.first = line;
    line = block.end;
    block.open = open && line >= lines.length;
    block.source = lines.slice(block.first, line).join("\n");
    finish(block, depth);
    blocks.push(block);
  }
  return blocks;
}

/** What is inside of a block is read when it is known whether the block may still go on. */
function finish(block, depth) {
  if (block.type === "quote") block.blocks = parseBlocks(block.lines, block.open, depth + 1);
  if (block.type === "list") {
    for (const [index, item] of block.items.entries()) {
      item.open = block.open && index === block.items.length - 1;
      item.source = item.lines.join("\n");
      item.blocks = parseBlocks(item.lines, item.open, depth + 1);
    }
  }
}

export function isBlank(line) { return line.trim() === ""; }

function blockAt(lines, line, depth) {
  const text = lines[line];
  const fence = fenceAt(text);
  if (fence) return fenced(lines, line, fence);
  const heading = HEADING.exec(text);
  if (heading) {
    return { type: "heading", level: heading[1].length, text: headingText(text.slice(heading[0].length)), end: line + 1 };
  }
  if (RULE.test(text)) return { type: "rule", end: line + 1 };
  if (depth < MOST_DEPTH) {
    if (QUOTE.test(text)) return quote(lines, line);
    if (itemAt(text)) return list(lines, line);
  }
  if (/^(?: {4}|\t)/.test(text)) return indented(lines, line);
  return table(lines, line) ?? paragraph(lines, line, depth);
}

/** A heading's text: number signs at its end, behind a space, belong to the mark. */
function headingText(rest) {
  const text = rest.trim();
  let end = text.length;
  while (text[end - 1] === "#") end -= 1;
  return end === 0 || isBlank(text[end - 1]) ? text.slice(0, end).trimEnd() : text;
}

/** What opens a block of code, or null; behind backticks there are no others. */
function fenceAt(text) {
  const found = FENCE.exec(text);
  if (!found) return null;
  const info = text.slice(found[0].length).trim();
  return found[2][0] === "`" && info.includes("`") ? null : { indent: found[1].length, marks: found[2], info };
}

function fenced(lines, line, { indent, marks, info }) {
  const closing = new RegExp(`^ {0,3}\\${marks[0]}{${marks.length},}[ \\t]*$`);
  let end = line + 1;
  while (end < lines.length && !closing.test(lines[end])) end += 1;
  const text = lines.slice(line + 1, end).map((code) => code.replace(new RegExp(`^ {0,${indent}}`), ""));
  return {
    type: "code", language: info.split(/\s/)[0], text: text.join("\n"), isClosed: end < lines.length,
    end: Math.min(end + 1, lines.length),
  };
}

function indented(lines, line) {
  let end = line;
  let last = line;
  while (end < lines.length && (isBlank(lines[end]) || /^(?: {4}|\t)/.test(lines[end]))) {
    if (!isBlank(lines[end])) last = end;
    end += 1;
  }
  const text = lines.slice(line, last + 1).map((code) => code.replace(/^(?: {1,4}|\t)/, ""));
  return { type: "code", language: "", text: text.join("\n"), isClosed: true, end: last + 1 };
}

function quote(lines, line) {
  const inside = [];
  let end = line;
  while (end < lines.length) {
    if (QUOTE.test(lines[end])) inside.push(lines[end].replace(QUOTE, ""));
    // A paragraph goes on without its mark.
    else if (inside.length && !isBlank(inside.at(-1)) && !isBlank(lines[end]) && !interrupts(lines[end])) inside.push(lines[end]);
    else break;
    end += 1;
  }
  return { type: "quote", lines: inside, end };
}

/** What begins an item of a list: how far it and its text are indented. */
function itemAt(text) {
  const expanded = text.replace(/^\t+/, (tabs) => "    ".repeat(tabs.length));
  const found = ITEM.exec(expanded);
  if (!found || found[1].length > 3 || RULE.test(text)) return null;
  const isOrdered = /\d/.test(found[2]);
  const gap = found[3] === undefined || found[3].length > 4 ? 1 : found[3].length;
  return {
    indent: found[1].length, width: found[1].length + found[2].length + gap, isOrdered, mark: found[2].at(-1),
    start: isOrdered ? parseInt(found[2], 10) : 1, text: expanded.slice(found[1].length + found[2].length + gap),
  };
}

function list(lines, line) {
  const first = itemAt(lines[line]);
  const items = [];
  let [end, isLoose] = [line, false];
  while (end < lines.length) {
    const marker = itemAt(lines[end]);
    if (!marker || marker.isOrdered !== first.isOrdered || marker.mark !== first.mark) break;
    const item = listItem(lines, end, marker);
    items.push({ lines: item.lines });
    // Empty lines between items, or between what is in one, set them apart.
    let next = item.end;
    while (next < lines.length && isBlank(lines[next])) next += 1;
    const goesOn = next < lines.length && itemAt(lines[next]);
    if (item.hasGap || (next > item.end && goesOn)) isLoose = true;
    end = item.end;
    if (!goesOn) break;
    if (goesOn.isOrdered !== first.isOrdered || goesOn.mark !== first.mark) break;
    end = next;
  }
  return { type: "list", isOrdered: first.isOrdered, start: first.start, isLoose, items, end };
}

/** The lines of an item without their indentation. Models often indent less than the standard asks: two will do. */
function listItem(lines, line, marker) {
  const least = Math.min(marker.width, marker.indent + 2);
  const inside = [marker.text];
  let [end, hasGap] = [line + 1, false];
  while (end < lines.length) {
    const text = lines[end].replace(/^\t+/, (tabs) => "    ".repeat(tabs.length));
    if (isBlank(text)) {
      let next = end;
      while (next < lines.length && isBlank(lines[next])) next += 1;
      if (next === lines.length || indentOf(lines[next]) < least) break;
      // A nested list behind an empty line sets nothing apart.
      hasGap ||= !itemAt(lines[next].trimStart());
      for (; end < next; end += 1) inside.push("");
      continue;
    }
    const indent = indentOf(text);
    if (indent >= least) inside.push(text.slice(Math.min(indent, marker.width)));
    else if (!isBlank(inside.at(-1)) && !itemAt(text) && !interrupts(text)) inside.push(text);
    else break;
    end += 1;
  }
  return { lines: inside, end, hasGap };
}

function indentOf(line) { return line.replace(/^\t+/, (tabs) => "    ".repeat(tabs.length)).search(/\S|$/); }

/** Whether a line ends a paragraph above it. */
function interrupts(text) {
  if (fenceAt(text) || HEADING.test(text) || RULE.test(text) || QUOTE.test(text)) return true;
  const item = itemAt(text);
  return item !== null && item.text.trim() !== "" && (!item.isOrdered || item.start === 1);
}

function paragraph(lines, line, depth) {
  let end = line + 1;
  while (end < lines.length && !isBlank(lines[end])) {
    const underline = UNDERLINE.exec(lines[end]);
    if (underline) {
      const text = lines.slice(line, end).join("\n").trim();
      return { type: "heading", level: underline[1][0] === "=" ? 1 : 2, text, end: end + 1 };
    }
    if (depth < MOST_DEPTH && interrupts(lines[end])) break;
    if (columns(lines, end)) break;
    end += 1;
  }
  return { type: "paragraph", text: lines.slice(line, end).map((text) => text.trimStart()).join("\n").trimEnd(), end };
}

// MARK: Tables

/** A table's columns, where one begins at a line: "", "center" or "right" each. */
function columns(lines, line) {
  const divider = lines[line + 1];
  if (divider === undefined || !lines[line].includes("|") || !isDivider(divider) || !/[|:]/.test(divider)) return null;
  const marks = cells(divider);
  if (marks.length !== cells(lines[line]).length) return null;
  return marks.map((mark) => (/^:-+:$/.test(mark) ? "center" : mark.endsWith(":") ? "right" : ""));
}

function isDivider(line) { return indentOf(line) <= 3 && cells(line).every((cell) => /^:?-+:?$/.test(cell)); }

/** More cells than any table has, so that a row of bars makes no page of elements. */
const MOST_COLUMNS = 64;

function table(lines, line) {
  const alignment = columns(lines, line);
  if (!alignment || alignment.length > MOST_COLUMNS) return null;
  let end = line + 2;
  while (end < lines.length && !isBlank(lines[end]) && !interrupts(lines[end])) end += 1;
  const rows = lines.slice(line + 2, end).map((row) => {
    const list = cells(row).slice(0, alignment.length);
    return [...list, ...Array(alignment.length - list.length).fill("")];
  });
  return { type: "table", alignment, head: cells(lines[line]), rows, end };
}

/** The cells of a row. A bar behind a backslash belongs to its cell. */
function cells(row) {
  const text = row.trim().replace(/^\|/, "").replace(/([^\\]|^)\|$/, "$1");
  return text.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}
