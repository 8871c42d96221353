// Conversations to a file and back. What comes in is checked like anything from strangers, and gets new names, so that
// it replaces nothing.

import { element, newID } from "./dom.js";
import { newestLeaf, reachable } from "./tree.js";

const FORMAT = "llamarada-conversations";
const VERSION = 1;
const MOST_BYTES = 64 << 20;
const MOST_MESSAGES = 100_000;
/** What becomes of an answer that was not whole when it was exported. */
const STATES = { stopped: "stopped", broken: "broken", length: "length", failed: "stopped", streaming: "broken" };

/** The document of some conversations, `[{ conversation, messages }]`. */
export function exported(list) {
  return {
    format: FORMAT, version: VERSION, exported: new Date().toISOString(),
    conversations: list.map(({ conversation, messages }) => ({
      title: conversation.title, isNamed: conversation.isNamed, created: conversation.created,
      updated: conversation.updated, system: conversation.system, leaf: conversation.leaf,
      messages: reachable(messages).map(({ id, parent, role, text, created, attachments, state, model, figures }) => (
        { id, parent, role, text, created, attachments, state, model, figures })),
    })),
  };
}

/** Offers a document for saving. */
export function save(document_, name) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(document_, null, 1)], { type: "application/json" }));
  const plain = name.replace(/[^\p{L}\p{N} _-]/gu, "").trim().slice(0, 60) || "conversation";
  const link = element("a", { href: url, download: `${plain}.json` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Why a file is none of ours, in words. */
export class ImportError extends Error {}

/**
 * The conversations of a file, with new names, as `{ list, faults }`: one that makes no sense is left out, and `faults`
 * says why. Throws an `ImportError` where nothing can be taken.
 */
export async function imported(file) {
  if (file.size > MOST_BYTES) throw new ImportError("it is larger than 64 MB");
  let content;
  try {
    content = JSON.parse(await file.text());
  } catch {
    throw new ImportError("it is no JSON");
  }
  if (content?.format !== FORMAT) throw new ImportError("it was not exported from this page");
  if (!Number.isInteger(content.version) || content.version > VERSION) {
    throw new ImportError("it was exported by a newer version of this page");
  }
  if (!Array.isArray(content.conversations)) throw new ImportError("it has no list of conversations");
  const [list, faults] = [[], []];
  for (const [index, one] of content.conversations.entries()) {
    try {
      list.push(conversation(one, `conversation ${index + 1}`));
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      faults.push(error.message);
    }
  }
  if (!list.length) throw new ImportError(faults[0] ?? "it has no conversations");
  return { list, faults };
}

function conversation(value, where) {
  if (typeof value !== "object" || value === null) throw new ImportError(`${where} is no object`);
  if (!Array.isArray(value.messages)) throw new ImportError(`${where} has no messages`);
  if (value.messages.length > MOST_MESSAGES) throw new ImportError(`${where} has more than ${MOST_MESSAGES} messages`);
  const id = newID();
  const names = new Map();
  for (const [index, one] of value.messages.entries()) {
    if (typeof one?.id !== "string" || names.has(one.id)) {
      throw new ImportError(`message ${index + 1} of ${where} has no name of its own`);
    }
    names.set(one.id, newID());
  }
  const read = value.messages.map((one, index) => message(one, `message ${index + 1} of ${where}`, names, id));
  const messages = new Map(reachable(read).map((one) => [one.id, one]));
  if (read.length && !messages.size) throw new ImportError(`${where} has no message that begins it`);
  const leaf = messages.has(names.get(value.leaf)) ? names.get(value.leaf) : null;
  return {
    conversation: {
      id, title: text(value.title, `${where}, title`).slice(0, 200) || "Imported conversation", isNamed: value.isNamed === true,
      created: time(value.created), updated: time(value.updated), system: text(value.system ?? "", `${where}, system`),
      leaf: leaf ?? newestLeaf(messages),
    },
    messages: [...messages.values()],
  };
}

function message(value, where, names, conversation) {
  if (!["user", "assistant"].includes(value.role)) throw new ImportError(`${where} is neither a question nor an answer`);
  const parent = value.parent ?? null;
  const attachments = value.attachments ?? [];
  if (!Array.isArray(attachments) || attachments.length > 100) throw new ImportError(`${where} has attachments that make no sense`);
  return {
    id: names.get(value.id), conversation, parent: parent === null ? null : names.get(parent) ?? "", role: value.role,
    text: text(value.text, where), created: time(value.created),
    attachments: attachments.map((one) => ({ name: text(one?.name, where).slice(0, 200), text: text(one?.text, where) })),
    state: value.role === "assistant" && Object.hasOwn(STATES, value.state) ? STATES[value.state] : "done",
    model: typeof value.model === "string" ? value.model.slice(0, 200) : undefined, figures: figures(value.figures),
  };
}

function text(value, where) {
  if (typeof value !== "string") throw new ImportError(`${where} has something else than text`);
  return value;
}

function time(value) { return Number.isFinite(value) && value > 0 && value < 8e15 ? value : Date.now(); }

function figures(value) {
  if (typeof value !== "object" || value === null) return undefined;
  const names = ["prompt", "answer", "rate", "promptRate"];
  const list = names.filter((name) => Number.isFinite(value[name]) && value[name] >= 0).map((name) => [name, value[name]]);
  return Object.fromEntries(list);
}
