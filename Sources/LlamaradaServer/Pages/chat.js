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
const LEFT = "llamarada.left";
const BUSY = "An answer is being written: stop it first.";

/** What this tab was writing when its page was left: after a reload nobody goes on with it. */
function leave(ids) {
  try {
    sessionStorage.setItem(LEFT, ids.join(" "));
  } catch {
    // Then it counts as being written until it is stale.
  }
}

function leftBehind() {
  try {
    const ids = new Set(sessionStorage.getItem(LEFT)?.split(" "));
    // A copy of this tab would take it along.
    sessionStorage.removeItem(LEFT);
    return ids;
  } catch {
    return new Set();
  }
}

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
      if (id !== (this.current?.id ?? "")) this.conversations.has(id) ? this.open(id) : this.begin({ replaces: true });
    });
    this.left = leftBehind();
    addEventListener("pagehide", () => {
      this.keepMessages([...this.runs.values()].map(({ message }) => message));
      leave([...this.runs.keys()]);
    });
    const id = location.hash.slice(1);
    if (this.conversations.has(id)) await this.open(id);
    else this.begin({ replaces: true });
  }

  // MARK: Conversations

  sorted() { return [...this.conversations.values()].sort((one, other) => other.updated - one.updated); }

  get path() { return this.current ? path(this.messages, this.current.leaf) : []; }

  /** Whether the shown conversation is being answered here. */
  get isBusy() { return this.current !== null && this.isRunningIn(this.current.id); }

  isRunningIn(id) { return [...this.runs.values()].some((run) => run.message.conversation === id); }

  isRunning(message) {
    if (this.runs.has(message.id)) return true;
    return message.state === "streaming" && !this.left.has(message.id) && Date.now() - (message.kept ?? 0) < STALE;
  }

  /** Shows a conversation that is still to begin; `replaces` says that the address names none that is there. */
  begin({ replaces = false } = {}) {
    this.current = null;
    this.messages = new Map();
    this.newSystem = chosen().system;
    if (location.hash) {
      // Where one was that is gone there is no way back to it.
      const method = replaces ? "replaceState" : "pushState";
      history[method](null, "", location.pathname + location.search);
    }
    this.thread.toEnd();
    this.draw();
  }

  async open(id) {
    const list = await this.guard(this.store.messages(id));
    if (!list) return;
    this.current = this.conversations.get(id);
    if (!this.current) return this.begin({ replaces: true });
    this.messages = this.asShown(list);
    if (!this.messages.has(this.current.leaf)) this.current.leaf = newestLeaf(this.messages);
    if (location.hash.slice(1) !== id) history.pushState(null, "", `#${id}`);
    this.thread.toEnd();
    this.draw();
  }

  /** Messages by their names; those that this tab is writing are the ones that it writes. */
  asShown(list) { return new Map(list.map((message) => [message.id, this.runs.get(message.id)?.message ?? message])); }

  async rename(id, title) {
    const conversation = this.conversations.get(id);
    Object.assign(conversation, { title, isNamed: true });
    await this.guard(this.store.put(conversation));
    this.draw();
  }

  async remove(id) {
    await this.end((message) => message.conversation === id);
    await this.guard(this.store.removeConversation(id));
    this.conversations.delete(id);
    if (this.current?.id === id) this.begin({ replaces: true });
    else this.draw();
  }

  /** A conversation with its messages, for a file; null where they cannot be read. */
  async whole(id) {
    const list = this.current?.id === id ? [...this.messages.values()] : await this.guard(this.store.messages(id));
    return list ? { conversation: this.conversations.get(id), messages: [...this.asShown(list).values()] } : null;
  }

  /** Adds what came from a file, and opens the last of it. Throws a `Problem` where there is no room: then none is added. */
  async take(list) {
    await this.store.add(list);
    for (const { conversation } of list) this.conversations.set(conversation.id, conversation);
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
    // What nobody will see is not computed.
    this.end((message) => !this.conversations.has(message.conversation));
    if (this.current?.id !== id) return this.draw();
    if (!this.conversations.has(id)) {
      this.begin({ replaces: true });
      return toast("This conversation was deleted in another tab.");
    }
    const wasLast = this.path.at(-1)?.id;
    const messages = await this.store.messages(id);
    if (this.current?.id !== id) return;
    this.messages = this.asShown(messages);
    this.end((message) => message.conversation === id && !this.messages.has(message.id));
    // What was added below what is shown is shown, too.
    this.current.leaf = this.messages.has(wasLast) ? leafBelow(this.messages, wasLast) : newestLeaf(this.messages);
    this.draw();
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
    const count = subtree(this.messages, id).length;
    const conversation = this.current;
    const isSure = await confirmed(
      "Delete the message?",
      count > 1 ? `It and what follows it are gone then: ${count} messages.` : "It is gone then.", "Delete");
    if (!isSure) return this.thread.focus(id, "remove");
    const isBelow = new Set(subtree(this.messages, id));
    await this.end((one) => isBelow.has(one.id));
    // Meanwhile another tab may have added to it, or deleted it.
    const message = this.messages.get(id);
    if (this.current !== conversation || !message) return;
    const ids = subtree(this.messages, id);
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
  stop() { return this.end((message) => message.conversation === this.current?.id); }

  /** Ends the answers that meet a condition, and waits until they are over. */
  end(isMeant) {
    const meant = [...this.runs.values()].filter(({ message }) => isMeant(message));
    for (const run of meant) run.controller.abort();
    return Promise.all(meant.map((run) => run.isOver));
  }

  /** Takes an answer, or the rest of one. */
  async run(message) {
    const run = new Run(message, this);
    this.runs.set(message.id, run);
    this.thread.toEnd();
    run.isOver = run.take();
    await run.isOver;
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
      if (!this.store.isFailing) this.isUnkept = false;
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
    this.lookAgain();
  }

  /** Another tab's answer is over when that tab keeps it no more, of which nobody tells. */
  lookAgain() {
    clearTimeout(this.later);
    const foreign = this.path.filter((message) => !this.runs.has(message.id) && this.isRunning(message));
    if (!foreign.length) return;
    const last = Math.max(...foreign.map((message) => message.kept));
    this.later = setTimeout(() => this.draw(), last + STALE - Date.now() + 100);
  }

  meter() {
    const run = [...this.runs.values()].find(({ message }) => message.conversation === this.current?.id);
    this.composer.update({
      isBusy: this.isBusy, figures: this.path.findLast((message) => message.figures)?.figures,
      live: run?.speed,
    });
  }
}
