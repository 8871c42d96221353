// The text of files beside a message.

import { bytes, byId, count, element } from "./dom.js";
import { announce } from "./announcer.js";
import { icon } from "./icons.js";
import { fetchDocument } from "./server.js";

/** As much as the server counts the tokens of. */
const MOST_BYTES = 1 << 20;
const MOST_FILES = 20;

/** The files that go with the next message. */
export class Attachments {
  /** @param context gives the most tokens of a conversation, 0 while nobody knows */
  constructor(context, showProblem) {
    this.context = context;
    this.showProblem = showProblem;
    this.list = [];
  }

  /** Adds files; those that are no text, or too large, are named. */
  async add(files) {
    const refused = [];
    for (const file of files) {
      if (this.list.length >= MOST_FILES) {
        refused.push(`${file.name}: at most ${MOST_FILES} files go with a message`);
        continue;
      }
      const text = await textOf(file);
      if (text instanceof Error) refused.push(`${file.name}: ${text.message}`);
      else this.push({ name: file.name, text, size: file.size });
    }
    if (refused.length) this.showProblem("Not attached", `${refused.join("; ")}.`);
    this.draw();
  }

  push(attachment) {
    this.list.push(attachment);
    announce(`${attachment.name} attached`);
    // How much of the context it takes; without an answer, its size has to do.
    fetchDocument("tokenize", { body: { content: attachment.text } }).then((found) => {
      attachment.tokens = found.tokens.length;
      this.draw();
      if (this.context() && attachment.tokens >= this.context()) {
        this.showProblem(
          `${attachment.name} does not fit`,
          `It has ${count(attachment.tokens)} tokens, the model's context holds ${count(this.context())}: attach a part of it.`);
      }
    }).catch(() => {});
  }

  remove(attachment) {
    const index = this.list.indexOf(attachment);
    this.list.splice(index, 1);
    announce(`${attachment.name} removed`);
    this.draw();
    const left = byId("attachments").querySelectorAll("button");
    (left[Math.min(index, left.length - 1)] ?? byId("message")).focus();
  }

  /** Gives the files to a message. */
  take() {
    const list = this.list.map(({ name, text, tokens, size }) => ({ name, text, tokens, size }));
    this.list = [];
    this.draw();
    return list;
  }

  draw() {
    const root = byId("attachments");
    root.hidden = this.list.length === 0;
    root.replaceChildren(...this.list.map((one) => element("li", {}, chip(one),
      element("button", {
        type: "button", class: "icon-button", "aria-label": `Remove ${one.name}`, on: { click: () => this.remove(one) },
      }, icon("close")))));
  }
}

/** A file's name and how large it is. */
export function chip(attachment) {
  const size = attachment.tokens !== undefined ? `${count(attachment.tokens)} tokens`
    : bytes(attachment.size ?? new Blob([attachment.text]).size);
  return element("span", { class: "chip" }, icon("file"), element("span", { class: "chip-name", text: attachment.name }),
    element("span", { class: "quiet", text: size }));
}

/** A file's text, or an Error that says why it has none. */
export async function textOf(file) {
  if (file.size > MOST_BYTES) return new Error(`it has ${bytes(file.size)}, at most ${bytes(MOST_BYTES)} go with a message`);
  let content;
  try {
    content = new Uint8Array(await file.arrayBuffer());
  } catch {
    return new Error("the browser cannot read it");
  }
  if (content.length === 0) return new Error("it is empty");
  try {
    const wide = { "255,254": "utf-16le", "254,255": "utf-16be" }[`${content[0]},${content[1]}`];
    const text = new TextDecoder(wide ?? "utf-8", { fatal: true }).decode(content);
    if (!text.includes("\0")) return text;
  } catch {
    // Not of this encoding.
  }
  return new Error("it is no text");
}

/** What the model reads: the message, and below it each file in a fence that nothing in it closes. */
export function content(message) {
  const parts = [message.text];
  for (const { name, text } of message.attachments ?? []) {
    let fence = "```";
    for (const [run] of text.matchAll(/`+/g)) if (run.length >= fence.length) fence = `${run}\``;
    parts.push(`File ${name}:\n${fence}\n${text.replace(/\n$/, "")}\n${fence}`);
  }
  return parts.filter((part) => part).join("\n\n");
}
