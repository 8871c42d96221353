// An answer that is being written: taken as it comes, shown, and kept.

import { announce } from "./announcer.js";
import { answer } from "./answer.js";
import { Problem } from "./problems.js";
import { path } from "./tree.js";

/** Milliseconds between two looks at it, and between two times that it is kept. */
const LOOK = 60;
const KEEP = 1000;

/** One answer. `chat` shows and keeps it. */
export class Run {
  constructor(message, chat) {
    this.message = message;
    this.chat = chat;
    this.controller = new AbortController();
    this.tokens = 0;
    /** When the first of them came. */
    this.began = 0;
  }

  /** Tokens a second so far, in words. */
  get speed() {
    const seconds = this.began ? (performance.now() - this.began) / 1000 : 0;
    return seconds > 0.5 ? `${((this.tokens - 1) / seconds).toFixed(1)} tokens/s` : "";
  }

  /** Takes all of it; where a part is there already, what follows that. */
  async take() {
    const { message, chat } = this;
    const begun = message.text;
    Object.assign(message, {
      state: "streaming", problem: null, note: null, model: chat.connection.model || message.model, kept: Date.now(),
    });
    announce("The model answers");
    chat.draw();
    const ticking = setInterval(() => {
      chat.keepMessages([message]);
      if (!this.began) this.tellProgress();
    }, KEEP);
    try {
      await this.listen(begun);
    } catch (error) {
      this.fail(error);
    } finally {
      clearInterval(ticking);
      clearTimeout(this.timer);
    }
    chat.ended(message);
  }

  async listen(begun) {
    const { message, chat } = this;
    const source = answer({
      system: chat.conversations.get(message.conversation).system, messages: path(chat.messages, message.parent), begun,
      properties: () => chat.connection.refresh(this.controller.signal), signal: this.controller.signal,
    });
    for await (const part of source) {
      if (part.waiting) message.note = part.waiting;
      if (part.model) message.model = part.model;
      if (part.text) {
        message.text += part.text;
        this.tokens += 1;
        this.began ||= performance.now();
      }
      if (part.reason !== undefined) message.state = part.reason === "length" ? "length" : "done";
      if (part.figures) message.figures = part.figures;
      this.timer ??= setTimeout(() => this.look(), LOOK);
    }
  }

  /** Shows how far it is; not at every token, since a fast model has hundreds a second. */
  look() {
    const { message, chat } = this;
    const start = performance.now();
    this.timer = null;
    if (chat.messages.get(message.id) !== message) return;
    chat.thread.update(chat.messages, message, true);
    chat.meter();
    // A page that takes long to draw is drawn less often.
    const cost = performance.now() - start;
    if (cost > LOOK) this.timer = setTimeout(() => this.look(), 3 * cost);
  }

  /** Before the first word: a long question takes time to read, on a slow device a minute. */
  async tellProgress() {
    const { message, chat } = this;
    const words = await chat.connection.progress();
    if (!words || message.text || chat.runs.get(message.id) !== this) return;
    message.note = words;
    chat.thread.update(chat.messages, message, true);
  }

  fail(error) {
    const { message } = this;
    if (error.name === "AbortError") {
      message.state = "stopped";
      return;
    }
    const isKnown = error instanceof Problem;
    if (!isKnown) console.error(error);
    const problem = isKnown ? error : new Problem("page", "The page failed.", `Reload it. (${error.message})`);
    message.state = message.text ? "broken" : "failed";
    message.problem = problem.record;
  }
}
