// What goes wrong, in words, with what to do.

/** An error that the reader is told of. */
export class Problem extends Error {
  /**
   * @param kind a word for the page: "network", "key", "loading", "busy", "context", "broken", "server"
   * @param title what happened, one sentence
   * @param help what to do, one sentence or two
   */
  constructor(kind, title, help, { retryAfter = 1 } = {}) {
    super(title);
    this.kind = kind;
    this.title = title;
    this.help = help;
    this.retryAfter = retryAfter;
  }

  /** What is kept of it with a message. */
  get record() { return { kind: this.kind, title: this.title, help: this.help }; }
}

/** The server did not answer at all. */
export function unreachable() {
  return new Problem(
    "network", "The server does not answer.",
    "Look whether it is still running and whether this device is connected, then try again.");
}

/** The stream ended before the answer did. */
export function brokenOff() {
  return new Problem(
    "broken", "The connection broke off in the middle of the answer.",
    "What came is kept. Continue goes on from there; Try again writes it anew.");
}

/** What a reply with an error means. `error` is OpenAI's object, or what there is of it. */
export function problem(status, error = {}, retryAfter = 1) {
  const words = typeof error.message === "string" ? error.message : `Status ${status}.`;
  const byCode = Object.hasOwn(BY_CODE, error.code) ? BY_CODE[error.code] : undefined;
  if (byCode) return new Problem(byCode[0], byCode[1], `${byCode[2]} (${words})`, { retryAfter });
  const byStatus = BY_STATUS[status];
  if (byStatus) return new Problem(byStatus[0], byStatus[1], `${byStatus[2]} (${words})`, { retryAfter });
  if (status >= 500) {
    return new Problem(
      "server", "The server failed.", `Try again; if that does not help, its log says more. (${words})`, { retryAfter });
  }
  return new Problem("request", "The server refused the request.", words, { retryAfter });
}

const CONTEXT_HELP = "Delete messages that are no longer needed, attach less, or begin a new conversation. "
  + "A server that is started with a longer context takes more.";

const BY_CODE = {
  context_length_exceeded: ["context", "The conversation is longer than the model's context.", CONTEXT_HELP],
  no_chat_template: [
    "template", "This model knows no conversations.",
    "It has no chat template: it only continues texts. Serve a model that was trained to chat."],
  template_error: ["template", "The model's chat template refuses this conversation.",
    "Some models take no system prompt: empty it in the settings, and see that questions and answers alternate."],
  loading: ["loading", "The model is still loading.", "The page waits and goes on by itself."],
  ending: ["server", "The server is about to end.", "Start it again, then try again."],
  device_lost: ["server", "The device failed, and the server ends.", "Start it again, then try again."],
  device_error: ["server", "The device failed.", "Try again; if it fails again, the server's log says more."],
  unloaded: ["server", "The model is no longer there.", "Start the server again, then try again."],
  queue_full: ["busy", "The server is busy.", "Others wait already. Try again in a moment."],
  unknown_host: ["request", "The server does not know itself by this name.",
    "Open the page by the server's address, or start the server with this name among its own."],
};

const BY_STATUS = {
  401: ["key", "The server asks for a key.", "Enter it and try again."],
  403: ["request", "The server refuses this page.", "Open the page at the server's own address."],
  408: ["network", "The request arrived too slowly.", "Try again."],
  413: ["context", "The message is too large for the server.", "Attach less, or begin a new conversation."],
  429: ["busy", "The server is busy.", "Others wait already. Try again in a moment."],
  502: ["network", "Nothing answers behind the proxy.", "Look whether the server is still running, then try again."],
  503: ["busy", "The server cannot answer for now.", "Try again in a moment."],
  504: ["network", "The proxy waited too long.", "Try again, or let the proxy wait longer."],
};
