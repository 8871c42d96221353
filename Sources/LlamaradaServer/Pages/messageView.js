// A message on the page: what it says, what went wrong with it, and what can be done with it.

import { count, element, plural } from "./dom.js";
import { announce } from "./announcer.js";
import { chip } from "./attachments.js";
import { copyText } from "./clipboard.js";
import { editor } from "./editor.js";
import { icon } from "./icons.js";
import { Markdown } from "./markdown.js";

/** What is said of an answer that may go on, by its state. */
const HINTS = {
  stopped: "You stopped this answer.", broken: "This answer is not whole.", streaming: "This answer is not whole.",
  length: "The answer reached the longest length or the end of the context.",
};

/** One message. `chat` does what its buttons say. */
export class MessageView {
  constructor(message, chat) {
    this.chat = chat;
    this.id = message.id;
    this.isUser = message.role === "user";
    this.heading = element("h2", { class: "hidden", id: `heading-${message.id}` });
    this.body = element("div", { class: "body" });
    this.extra = element("div", { class: "extra" });
    this.foot = element("div", { class: "actions", role: "group" });
    this.node = element("article", { class: `message ${message.role}`, "aria-labelledby": this.heading.id },
      this.heading, this.body, this.extra, this.foot);
    if (this.isUser) this.drawQuestion(message);
    else this.answer = new Answer(this.body);
  }

  /** @param place `{ index, count }` among its siblings */
  update(message, place, isRunning) {
    this.message = message;
    if (this.answer) this.answer.show(message.text, !isRunning);
    this.node.classList.toggle("running", isRunning);
    const { state, problem, note, figures, text } = message;
    const rest = JSON.stringify([state, problem, note, place, isRunning, figures, !text]);
    if (rest === this.rest) return;
    this.rest = rest;
    this.heading.textContent = this.isUser ? "You" : message.model || "Model";
    this.foot.setAttribute("aria-label", this.isUser ? "What to do with your message" : "What to do with the answer");
    this.drawExtra(message, isRunning);
    this.drawFoot(message, place, isRunning);
  }

  drawQuestion(message) {
    const files = (message.attachments ?? []).map((one) => {
      const text = element("pre", { tabindex: "0", role: "region", "aria-label": one.name });
      // A megabyte is on the page only where somebody reads it.
      return element("details", { class: "attached", on: { toggle: () => { text.textContent = one.text; } } },
        element("summary", {}, chip(one)), text);
    });
    this.body.replaceChildren(
      ...(message.text ? [element("p", { class: "question", text: message.text })] : []), ...files);
  }

  /** What is said of an answer below it. */
  drawExtra(message, isRunning) {
    const nodes = [];
    if (isRunning) nodes.push(...(message.text ? [] : [element("p", { class: "note", text: message.note ?? "Thinking…" })]));
    else if (message.problem) nodes.push(this.problem(message));
    else if (Object.hasOwn(HINTS, message.state)) nodes.push(this.hint(HINTS[message.state], message));
    this.extra.replaceChildren(...nodes);
  }

  problem(message) {
    const { kind, title, help } = message.problem;
    const buttons = [this.button("Try again", "again", () => this.chat.regenerate(message.id), "again-now")];
    if (message.text) buttons.unshift(this.button("Continue", "onward", () => this.chat.goOn(message.id), "onward"));
    if (kind === "context") buttons.push(this.button("New conversation", "plus", () => this.chat.begin(), "begin"));
    return element("div", { class: "problem" },
      element("p", {}, element("strong", { text: title }), ` ${help}`), element("div", { class: "buttons" }, ...buttons));
  }

  hint(text, message) {
    return element("div", { class: "hint" }, element("p", { class: "quiet", text }),
      ...(message.text ? [this.button("Continue", "onward", () => this.chat.goOn(message.id), "onward")] : []));
  }

  button(label, drawing, run, action) {
    return element("button", { type: "button", data: { action }, on: { click: run } }, icon(drawing), label);
  }

  drawFoot(message, place, isRunning) {
    const focused = this.foot.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    const nodes = place.count > 1 && !isRunning ? [this.branches(place)] : [];
    if (!isRunning) {
      nodes.push(this.action("copy", "copy", this.isUser ? "Copy the message" : "Copy the answer", () => this.copy()));
      if (this.isUser) nodes.push(this.action("edit", "edit", "Edit and send again", () => this.edit()));
      else nodes.push(this.action("again", "again", "Write another answer", () => this.chat.regenerate(this.id)));
      nodes.push(this.action("remove", "remove", "Delete", () => this.chat.removeMessage(this.id)));
    }
    if (message.figures && !isRunning) {
      const { figures } = message;
      nodes.push(element("span", { class: "figures", text: figuresText(figures), title: figuresTitle(figures) }));
    }
    this.foot.replaceChildren(...nodes);
    if (focused) this.focus(focused);
  }

  action(action, drawing, label, run) {
    return element("button", {
      type: "button", class: "icon-button small", "aria-label": label, title: label, data: { action }, on: { click: run },
    }, icon(drawing));
  }

  branches({ index, count: all }) {
    const name = this.isUser ? "version" : "answer";
    const step = (way, drawing, to) => {
      const label = `${way === "previous" ? "Previous" : "Next"} ${name}`;
      const button = this.action(way, drawing, label, () => this.chat.branch(this.id, to, way));
      button.disabled = to < 0 || to >= all;
      return button;
    };
    return element("span", { class: "branches" }, step("previous", "left", index - 1),
      element("span", { class: "place" }, element("span", { class: "hidden", text: `${name} ` }), `${index + 1} / ${all}`),
      step("next", "right", index + 1));
  }

  /** Puts the focus on one of its buttons; on its neighbour where that one does nothing here. */
  focus(action) {
    const button = this.node.querySelector(`[data-action="${action}"]:not(:disabled)`)
      ?? this.foot.querySelector("button:not(:disabled)");
    button?.focus();
  }

  async copy() {
    const isCopied = await copyText(this.message.text);
    announce(isCopied ? "Copied" : "The browser does not let the page copy");
    const button = this.foot.querySelector('[data-action="copy"]');
    if (!isCopied || !button) return;
    button.replaceChildren(icon("check"));
    setTimeout(() => button.replaceChildren(icon("copy")), 1500);
  }

  edit() {
    const close = () => {
      form.replaceWith(this.body);
      this.foot.hidden = false;
      this.focus("edit");
    };
    const form = editor(this.message.text, close, (text) => {
      close();
      this.chat.edit(this.id, text);
    });
    this.body.replaceWith(form);
    this.foot.hidden = true;
    form.querySelector("textarea").focus();
  }
}

/** An answer: what a model thought before it, folded up, and the answer itself. */
class Answer {
  constructor(root) {
    this.root = root;
    this.main = element("div", { class: "markdown" });
    this.markdown = new Markdown(this.main);
    root.append(this.main);
  }

  show(text, isDone) {
    if (this.text === text && this.isDone === isDone) return;
    [this.text, this.isDone] = [text, isDone];
    const found = /^\s*<think>([\s\S]*?)(?:<\/think>|$)/.exec(text);
    // A mark that is only half there.
    const isMark = !isDone && /^\s*<(?:t(?:h(?:i(?:n(?:k)?)?)?)?)?$/.test(text);
    if (found) this.showThought(found[1].trim(), found[0].endsWith("</think>") || isDone);
    else this.thought?.node.remove();
    this.markdown.show(isMark ? "" : found ? text.slice(found[0].length).trimStart() : text, isDone);
  }

  showThought(text, isDone) {
    if (!this.thought) {
      const summary = element("summary");
      const inside = element("div", { class: "markdown" });
      const node = element("details", { class: "thought" }, summary, inside);
      this.thought = { node, summary, markdown: new Markdown(inside) };
    }
    if (!this.thought.node.isConnected) this.root.prepend(this.thought.node);
    this.thought.node.hidden = !text;
    this.thought.summary.textContent = isDone ? "What the model thought" : "Thinking…";
    this.thought.markdown.show(text, isDone);
  }
}

function figuresText({ answer, rate }) {
  return [answer !== undefined ? plural(answer, "token") : null, rate ? `${rate.toFixed(rate < 10 ? 1 : 0)} tokens/s` : null]
    .filter((part) => part).join(" · ");
}

function figuresTitle({ prompt, cached, promptRate, promptComputed }) {
  if (prompt === undefined) return "";
  const computed = promptComputed ?? prompt - (cached ?? 0);
  const speed = promptRate && computed ? ` at ${promptRate.toFixed(0)} tokens/s` : "";
  return `Before it: ${plural(prompt, "token")}, of which ${count(computed)} were computed${speed}`;
}
