// Conversations and their messages in this browser (IndexedDB), each message a record of its own: two tabs that write to
// one conversation add to it, and neither undoes what the other did.

import { Problem } from "./problems.js";
import { subtree } from "./tree.js";

const NAME = "llamarada";
/** Raised with every change of what is kept; `upgrade` says how to get there from each older one. */
const VERSION = 1;

function upgrade(database, from) {
  if (from < 1) {
    database.createObjectStore("conversations", { keyPath: "id" });
    database.createObjectStore("messages", { keyPath: "id" }).createIndex("conversation", "conversation");
  }
}

/** What is kept, or would be. */
export class Store {
  /** Opens it; where the browser keeps nothing, it lasts as long as the page, and `isKept` is false. */
  static async open() {
    try {
      return new Store(await opened());
    } catch (error) {
      const store = new Store(null);
      store.why = error?.name === "VersionError"
        ? "They were written by a newer version of this page: reload it."
        : "The browser does not let the page keep anything, as in some private windows.";
      return store;
    }
  }

  constructor(database) {
    this.database = database;
    this.memory = { conversations: new Map(), messages: new Map() };
    /**
     * Records on their way there, and those that could not be kept, as `{ record, isNew }` by their names: they are
     * shown and exported like the others, and tried again with the next one.
     */
    this.pending = { conversations: new Map(), messages: new Map() };
    this.isFailing = false;
    /** Names of conversations that were kept at some time, and of all that was deleted here. */
    this.known = new Set();
    this.removed = new Set();
    // Another tab with a newer page wants to change what is kept.
    if (database) {
      database.onversionchange = () => {
        database.close();
        this.onOutdated?.();
      };
    }
    this.channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(NAME) : null;
    if (this.channel) this.channel.onmessage = (event) => this.onChange?.(event.data);
  }

  get isKept() { return this.database !== null; }

  async conversations() {
    const list = this.database ? await done(this.table("conversations", "readonly").getAll())
      : [...this.memory.conversations.values()];
    for (const one of list) this.known.add(one.id);
    return this.merged(list, [...this.pending.conversations.values()]);
  }

  async messages(conversation) {
    const list = this.database
      ? await done(this.table("messages", "readonly").index("conversation").getAll(conversation))
      : [...this.memory.messages.values()].filter((message) => message.conversation === conversation);
    return this.merged(list, this.pendingMessages(conversation));
  }

  /** What was read, as it will be when all that is pending is kept. */
  merged(list, pending) {
    const all = new Map(list.map((one) => [one.id, one]));
    // What another tab deleted meanwhile does not come back.
    for (const { record, isNew } of pending) if (isNew || all.has(record.id)) all.set(record.id, record);
    return [...all.values()].filter((one) => !this.removed.has(one.id));
  }

  pendingMessages(conversation) {
    return [...this.pending.messages.values()].filter(({ record }) => record.conversation === conversation);
  }

  /** Keeps a conversation and new messages of it, all of them or none. */
  async put(conversation, messages = []) {
    this.expect(conversation);
    for (const message of messages) this.pending.messages.set(message.id, { record: { ...message }, isNew: true });
    await this.flush();
  }

  /** Keeps messages as they are now, unless they were deleted meanwhile. */
  async putMessages(messages) {
    for (const message of messages) {
      const isNew = this.pending.messages.get(message.id)?.isNew ?? false;
      if (!this.removed.has(message.id)) this.pending.messages.set(message.id, { record: { ...message }, isNew });
    }
    await this.flush();
  }

  /** Keeps conversations that come from elsewhere, `[{ conversation, messages }]`, all of them or none. */
  async add(list) {
    await this.write((conversations, table) => {
      for (const { conversation, messages } of list) {
        conversations.put(conversation);
        for (const message of messages) table.put(message);
      }
    });
    for (const { conversation } of list) {
      this.known.add(conversation.id);
      this.tell({ conversation: conversation.id });
    }
  }

  /** Deletes a message and all that is below it: `ids`, itself first, and what another tab added there. */
  async removeMessages(conversation, ids) {
    this.forget(ids);
    // Apart from what is to be kept: where there is no room, deleting must make some.
    await this.write((_, table) => {
      table.index("conversation").getAll(conversation.id).onsuccess = (event) => {
        const all = new Map(event.target.result.map((message) => [message.id, message]));
        for (const id of subtree(all, ids[0])) table.delete(id);
      };
    });
    this.expect(conversation);
    await this.flush();
  }

  async removeConversation(id) {
    this.forget([id, ...this.pendingMessages(id).map(({ record }) => record.id)]);
    await this.write((conversations, table) => {
      conversations.delete(id);
      table.index("conversation").getAll(id).onsuccess = (event) => {
        for (const message of event.target.result) table.delete(message.id);
      };
    });
    this.tell({ conversation: id });
    if (this.isFailing) await this.flush();
  }

  // MARK: What is pending

  expect(conversation) {
    const isNew = !this.known.has(conversation.id);
    this.pending.conversations.set(conversation.id, { record: { ...conversation }, isNew });
  }

  forget(ids) {
    for (const id of ids) {
      this.removed.add(id);
      this.pending.conversations.delete(id);
      this.pending.messages.delete(id);
    }
  }

  /** Keeps all that is pending, also what could not be kept before. */
  async flush() {
    const conversations = [...this.pending.conversations.values()];
    if (!conversations.length && !this.pending.messages.size) return;
    const messages = [...this.pending.messages.values()];
    try {
      await this.write((...tables) => {
        for (const entry of conversations) putConversation(tables[0], entry);
        const fresh = new Set(conversations.filter(({ isNew }) => isNew).map(({ record }) => record.id));
        putMessages(tables, messages, fresh);
      });
    } catch (error) {
      this.isFailing = true;
      throw error;
    }
    this.isFailing = false;
    for (const { record } of conversations) this.known.add(record.id);
    settle(this.pending.conversations, conversations);
    settle(this.pending.messages, messages);
    const ids = [...conversations.map(({ record }) => record.id), ...messages.map(({ record }) => record.conversation)];
    for (const id of new Set(ids)) this.tell({ conversation: id });
  }

  tell(change) { this.channel?.postMessage(change); }

  table(name, mode) { return this.database.transaction(name, mode).objectStore(name); }

  /** One transaction over both tables. */
  write(body) {
    if (!this.database) {
      body(memoryTable(this.memory.conversations), memoryTable(this.memory.messages));
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      let transaction;
      try {
        transaction = this.database.transaction(["conversations", "messages"], "readwrite");
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(unkept(transaction.error));
        body(transaction.objectStore("conversations"), transaction.objectStore("messages"));
      } catch (error) {
        reject(unkept(error));
        // What was put before it failed is not kept either.
        transaction?.abort();
      }
    });
  }
}

/** Takes what was kept out of what is pending, unless it changed meanwhile. */
function settle(pending, entries) {
  for (const entry of entries) if (pending.get(entry.record.id) === entry) pending.delete(entry.record.id);
}

/** A conversation that another tab deleted does not come back. */
function putConversation(table, { record, isNew }) {
  if (isNew) table.put(record);
  else table.get(record.id).onsuccess = (event) => { if (event.target.result) table.put(record); };
}

/**
 * Puts messages in their order, each where it has its place: a new one where what it follows is there, an older one
 * where it is still there itself. Those of `fresh` conversations are known here alone.
 */
function putMessages([conversations, table], entries, fresh, start = 0) {
  for (let index = start; index < entries.length; index += 1) {
    const { record, isNew } = entries[index];
    if (fresh.has(record.conversation)) {
      table.put(record);
      continue;
    }
    const place = isNew ? record.parent : record.id;
    const request = place === null ? conversations.get(record.conversation) : table.get(place);
    request.onsuccess = (event) => {
      if (event.target.result) table.put(record);
      putMessages([conversations, table], entries, fresh, index + 1);
    };
    return;
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, VERSION);
    opening.onupgradeneeded = (event) => upgrade(opening.result, event.oldVersion);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(unkept(request.error));
  });
}

function unkept(error) {
  if (error?.name === "QuotaExceededError") {
    return new Problem(
      "storage", "The browser has no room left for conversations.",
      "Export what you want to keep and delete old conversations. What you see is lost when the page is closed.");
  }
  return new Problem(
    "storage", "The conversation could not be kept.",
    `Export it if you want to keep it, and reload the page. (${error?.message ?? "The browser does not say why."})`);
}

/** As much of IndexedDB's tables as is used here. */
function memoryTable(map) {
  const request = (result) => ({ set onsuccess(listener) { listener({ target: { result } }); } });
  return {
    put: (record) => map.set(record.id, record),
    delete: (id) => map.delete(id),
    get: (id) => request(map.get(id)),
    index: (name) => ({ getAll: (value) => request([...map.values()].filter((record) => record[name] === value)) }),
  };
}
