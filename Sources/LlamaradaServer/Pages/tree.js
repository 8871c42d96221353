// A conversation is a tree of messages: an edited question or another answer is a sibling of the first. What is shown is
// the path from the root to `leaf`.

/** The messages from the first to a leaf. */
export function path(messages, leaf) {
  const list = [];
  const seen = new Set();
  for (let message = messages.get(leaf); message && !seen.has(message.id); message = messages.get(message.parent)) {
    seen.add(message.id);
    list.push(message);
  }
  return list.reverse();
}

/** The messages below one, oldest first; below null, those that begin a conversation. */
export function children(messages, parent) {
  return [...messages.values()].filter((message) => message.parent === parent).sort(byAge);
}

/** A message with all that stand in its place. */
export function siblings(messages, message) { return children(messages, message.parent); }

/** The newest path below a message: its last message. */
export function leafBelow(messages, id) {
  const below = childrenByParent(messages);
  for (;;) {
    const next = below.get(id)?.at(-1);
    if (!next) return id;
    id = next.id;
  }
}

/** A message and all below it. */
export function subtree(messages, id) {
  const below = childrenByParent(messages);
  const list = [id];
  for (let index = 0; index < list.length; index += 1) {
    for (const child of below.get(list[index]) ?? []) list.push(child.id);
  }
  return list;
}

/** Of a list of messages those with a way up to one that begins the conversation: others are never seen. */
export function reachable(list) {
  const below = childrenByParent(new Map(list.map((message) => [message.id, message])));
  const shown = new Set([null]);
  // A set is walked with what is added to it meanwhile.
  for (const id of shown) for (const child of below.get(id) ?? []) shown.add(child.id);
  return list.filter((message) => shown.has(message.id));
}

/** The newest leaf of a conversation, or null. */
export function newestLeaf(messages) {
  const roots = children(messages, null);
  return roots.length ? leafBelow(messages, roots.at(-1).id) : null;
}

function childrenByParent(messages) {
  const below = new Map();
  for (const message of messages.values()) {
    if (!below.has(message.parent)) below.set(message.parent, []);
    below.get(message.parent).push(message);
  }
  for (const list of below.values()) list.sort(byAge);
  return below;
}

function byAge(one, other) { return one.created - other.created || (one.id < other.id ? -1 : 1); }

/** A title out of a first message: its first line, cut at a word. */
export function titleOf(text) {
  const line = text.split("\n").map((part) => part.replace(/^[#>*\s-]+/, "").trim()).find((part) => part) ?? "";
  if (line.length <= 60) return line || "Conversation";
  const cut = line.slice(0, 60);
  return `${cut.slice(0, cut.lastIndexOf(" ") > 30 ? cut.lastIndexOf(" ") : 60)}…`;
}
