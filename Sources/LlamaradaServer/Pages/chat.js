// What happens: conversations are opened and changed, and questions asked.

import { byId, focusMessage, newID } from "./dom.js";
import { announce, toast } from "./announcer.js";
import { confirmed } from "./dialogs.js";
import { Problem } from "./problems.js";
import { Run } from "./run.js";
import { chosen } from "./settings.js";
import { leafBelow, newestLeaf, path, siblings, subtree, titleOf } from "./tree.js";

/** An answer that nobody has kept for so long is written by no other tab any more. */
const STALE = 8000;
const BUSY = "An answer is being written: stop it first.";

export class Chat {
  constructor(store, connection) {
    this.store = store;
    this.connection = connection;
    this.conversations = new Map();
    /** The conversation that is shown, and its messages; null for one that is still to begin. */
    this.current = null;
    this.messages = new Map();
    /** Answers that this tab is taking, by their messages' names. */
    this.runs = new Map();
    this.newSystem = chosen().system;
    store.onChange = (change) => this.changedElsewhere(change);
    store.onOutdated = () => toast("A newer version of this page is open in another tab: reload this one.");
  }

  /** Reads the list, and opens what the address names. */
  async start() {
    for (const one of await this.store.conversations()) this.conversations.set(one.id, one);
    addEventListener("hashchange", () => {
      const id = location.hash.slice(1);
      if (id !== (this.current?.id ?? "")) this.conversations.has(id) ? this.open(id) : this.begin();
    });
    addEventListener("pagehide", () => {
      for (const run of this.runs.values()) this.keepMessages([run.message]);
    });
    const id = location.hash.slice(1);
    if (this.conversations.has(id)) await this.open(id);
    else this.begin();
  }

  // MARK: Conversations

  sorted() { return [...this.conversations.values()].sort((one, other) => other.updated - one.updated); }

  get path() { return this.current ? path(this.messages, this.current.leaf) : []; }

  /** Whether the shown conversation is being answered here. */
  get isBusy() { return this.current !== null && this.isRunningIn(this.current.id); }

  isRunningIn(id) { return [...this.runs.values()].some((run) => run.message.conversation === id); }

  isRunning(message) {
    return this.runs.has(message.id) || (message.state === "streaming" && Date.now() - (message.kept ?? 0) < STALE);
  }

  /** Shows a conversation that is still to begin. */
  begin() {
    this.current = null;
    this.messages = new Map();
    this.newSystem = chosen().system;
    if (location.hash) history.pushState(null, "", location.pathname + location.search);
    this.thread.toEnd();
    this.draw();
  }

  async open(id) {
    const list = await this.guard(this.store.messages(id));
    if (!list) return;
    this.current = this.conversations.get(id);
    this.messages = new Map(list.map((message) => [message.id, this.runs.get(message.id)?.message ?? message]));
    if (!this.messages.has(this.current.leaf)) this.current.leaf = newestLeaf(this.messages);
    if (location.hash.slice(1) !== id) history.pushState(null, "", `#${id}`);
    this.thread.toEnd();
    this.draw();
  }

  async rename(id, title) {
    const conversation = this.conversations.get(id);
    Object.assign(conversation, { title, isNamed: true });
    await this.guard(this.store.put(conversation));
    this.draw();
  }

  async remove(id) {
    for (const run of this.runs.values()) if (run.message.conversation === id) run.controller.abort();
    await this.guard(this.store.removeConversation(id));
    this.conversations.delete(id);
    if (this.current?.id === id) this.begin();
    else this.draw();
  }

  /** A conversation with its messages, for a file. */
  async whole(id) {
    return { conversation: this.conversations.get(id), messages: await this.store.messages(id) };
  }

  /** Adds what came from a file, and opens the last of it. */
  async take(list) {
    for (const { conversation, messages } of list) {
      await this.guard(this.store.put(conversation, messages));
      this.conversations.set(conversation.id, conversation);
    }
    if (list.length) await this.open(list.at(-1).conversation.id);
  }

  get system() { return this.current ? this.current.system : this.newSystem; }

  async setSystem(text) {
    this.newSystem = text;
    if (!this.current) return;
    this.current.system = text;
    await this.guard(this.store.put(this.current));
  }

  /** Another tab changed something. */
  async changedElsewhere({ conversation: id }) {
    const list = await this.store.conversations();
    // What is shown here stays the same object, and on the branch that it shows.
    const known = this.conversations;
    this.conversations = new Map(list.map((one) => {
      const before = known.get(one.id);
      return [one.id, before ? Object.assign(before, one, this.current === before ? { leaf: before.leaf } : {}) : one];
    }));
    if (this.current?.id !== id) return this.draw();
    if (!this.conversations.has(id)) {
      this.begin();
      return toast("This conversation was deleted in another tab.");
    }
    const wasLast = this.path.at(-1)?.id;
    const messages = await this.store.messages(id);
    if (this.current?.id !== id) return;
    this.messages = new Map(messages.map((message) => [message.id, this.runs.get(message.id)?.message ?? message]));
    // What was added below what is shown is shown, too.
    this.current.leaf = this.messages.has(wasLast) ? leafBelow(this.messages, wasLast) : newestLeaf(this.messages);
    this.draw();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.draw(), STALE + 500);
  }

  // MARK: Messages

  async send(text, attachments) {
    const now = Date.now();
    if (!this.current) {
      this.current = {
        id: newID(), title: titleOf(text || attachments[0]?.name || ""), isNamed: false, created: now, updated: now,
        system: this.newSystem, leaf: null,
      };
      this.conversations.set(this.current.id, this.current);
      history.pushState(null, "", `#${this.current.id}`);
    }
    await this.ask(this.current.leaf, text, attachments);
  }

  /** A question below a message, and its answer. */
  async ask(parent, text, attachments) {
    const question = this.message("user", parent, { text, attachments });
    await this.respond(question.id, [question]);
  }

  /** Another version of a question, beside the first. */
  async edit(id, text) {
    const old = this.messages.get(id);
    if (this.isBusy) this.stop();
    await this.ask(old.parent, text, old.attachments ?? []);
    focusMessage();
  }

  editLast() {
    const last = this.path.filter((message) => message.role === "user").at(-1);
    if (last && !this.isBusy) this.thread.views.get(last.id)?.edit();
  }

  /** Another answer beside the first; where there was none, in its place. */
  async regenerate(id) {
    const old = this.messages.get(id);
    if (this.isBusy) return toast(BUSY);
    focusMessage();
    if (old.text) return this.respond(old.parent, []);
    await this.run(old);
  }

  /** Goes on with an answer that is not whole. */
  async goOn(id) {
    if (this.isBusy) return toast(BUSY);
    focusMessage();
    await this.run(this.messages.get(id));
  }

  /** An answer below a question. */
  async respond(parent, added) {
    const reply = this.message("assistant", parent, { state: "streaming" });
    this.current.leaf = reply.id;
    this.current.updated = Date.now();
    const running = this.run(reply);
    await this.guard(this.store.put(this.current, [...added, reply]));
    await running;
  }

  message(role, parent, fields) {
    // Of two in one moment the second is the younger one.
    this.clock = Math.max(Date.now(), (this.clock ?? 0) + 1);
    const message = {
      id: newID(), conversation: this.current.id, parent, role, text: "", attachments: [], created: this.clock,
      state: "done", ...fields,
    };
    this.messages.set(message.id, message);
    return message;
  }

  branch(id, index, action) {
    const message = this.messages.get(id);
    const other = siblings(this.messages, message)[index];
    if (!other) return;
    this.current.leaf = leafBelow(this.messages, other.id);
    this.thread.isPinned = false;
    this.draw();
    this.thread.focus(other.id, action);
    this.guard(this.store.put(this.current));
  }

  async removeMessage(id) {
    const ids = subtree(this.messages, id);
    const message = this.messages.get(id);
    if (ids.some((one) => this.runs.has(one))) this.stop();
    const isSure = await confirmed(
      "Delete the message?",
      ids.length > 1 ? `It and what follows it are gone then: ${ids.length} messages.` : "It is gone then.", "Delete");
    if (!isSure) return this.thread.focus(id, "remove");
    const others = siblings(this.messages, message).filter((one) => one.id !== id);
    for (const one of ids) this.messages.delete(one);
    this.current.leaf = others.length ? leafBelow(this.messages, others.at(-1).id) : message.parent;
    this.draw();
    focusMessage();
    announce("Message deleted");
    await this.guard(this.store.removeMessages(this.current, ids));
  }

  // MARK: Answers

  /** Ends the answer of the shown conversation; what came of it is kept. */
  stop() {
    for (const run of this.runs.values()) {
      if (run.message.conversation === this.current?.id) run.controller.abort();
    }
  }

  /** Takes an answer, or the rest of one. */
  async run(message) {
    const run = new Run(message, this);
    this.runs.set(message.id, run);
    this.thread.toEnd();
    await run.take();
  }

  /** An answer is over, in one way or another. */
  ended(message) {
    this.runs.delete(message.id);
    this.draw();
    this.keepMessages([message]);
    if (message.problem) announce(`${message.problem.title} ${message.problem.help}`);
    else if (message.state === "stopped") announce("Answer stopped");
    else {
      // As it reads, without its marks.
      const text = this.thread.views.get(message.id)?.body.innerText ?? "";
      const beginning = text.length > 400 ? `${text.slice(0, 400)}… The rest is in the last message.` : text;
      announce(`Answer complete. ${beginning}`);
    }
    if (["network", "broken", "loading"].includes(message.problem?.kind)) this.connection.ask();
  }

  keepMessages(messages) {
    for (const message of messages) message.kept = Date.now();
    return this.guard(this.store.putMessages(messages.map((message) => ({ ...message, note: undefined }))));
  }

  /** Tells the reader what could not be kept, once for each time it begins. */
  async guard(promise) {
    try {
      const value = await promise;
      this.isUnkept = false;
      return value;
    } catch (error) {
      if (!this.isUnkept) toast(error instanceof Problem ? `${error.title} ${error.help}` : String(error));
      this.isUnkept = true;
      return undefined;
    }
  }

  // MARK: The page

  draw() {
    const title = this.current?.title ?? "New conversation";
    byId("title").textContent = title;
    document.title = this.current ? `${title} · Llamarada` : "Llamarada";
    this.thread.show(this.messages, this.path, (message) => this.isRunning(message));
    this.sidebar.draw();
    this.meter();
  }

  meter() {
    const run = [...this.runs.values()].find(({ message }) => message.conversation === this.current?.id);
    this.composer.update({
      isBusy: this.isBusy, figures: this.path.findLast((message) => message.figures)?.figures,
      live: run?.speed,
    });
  }
}
