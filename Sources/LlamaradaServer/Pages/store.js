// Conversations and their messages in this browser (IndexedDB), each message a record of its own: two tabs that write to
// one conversation add to it, and neither undoes what the other did.

import { Problem } from "./problems.js";

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
    return this.database ? done(this.table("conversations", "readonly").getAll()) : [...this.memory.conversations.values()];
  }

  async messages(conversation) {
    if (!this.database) return [...this.memory.messages.values()].filter((message) => message.conversation === conversation);
    return done(this.table("messages", "readonly").index("conversation").getAll(conversation));
  }

  /** Keeps a conversation and some of its messages, all of them or none. */
  async put(conversation, messages = []) {
    await this.write((conversations, table) => {
      conversations.put(conversation);
      for (const message of messages) table.put(message);
    });
    this.tell({ conversation: conversation.id });
  }

  /** Keeps messages alone, unless their conversation was deleted meanwhile. */
  async putMessages(messages) {
    if (!messages.length) return;
    const id = messages[0].conversation;
    await this.write((conversations, table) => {
      conversations.get(id).onsuccess = (event) => {
        if (event.target.result) for (const message of messages) table.put(message);
      };
    });
    this.tell({ conversation: id });
  }

  async removeMessages(conversation, ids) {
    await this.write((conversations, table) => {
      conversations.put(conversation);
      for (const id of ids) table.delete(id);
    });
    this.tell({ conversation: conversation.id });
  }

  async removeConversation(id) {
    const messages = await this.messages(id);
    await this.write((conversations, table) => {
      conversations.delete(id);
      for (const message of messages) table.delete(message.id);
    });
    this.tell({ conversation: id });
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
      try {
        const transaction = this.database.transaction(["conversations", "messages"], "readwrite");
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(unkept(transaction.error));
        body(transaction.objectStore("conversations"), transaction.objectStore("messages"));
      } catch (error) {
        reject(unkept(error));
      }
    });
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
  return {
    put: (record) => map.set(record.id, record),
    delete: (id) => map.delete(id),
    get: (id) => ({ set onsuccess(listener) { listener({ target: { result: map.get(id) } }); } }),
  };
}
