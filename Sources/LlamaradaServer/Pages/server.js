// Requests to the server that the page came from.

import { askForKey, key } from "./keys.js";
import { Problem, problem, unreachable } from "./problems.js";

/** The address of one of its paths; relative, so that a proxy may have the page below a path of its own. */
function address(path) { return new URL(path, document.baseURI); }

/**
 * A request; a document is posted as JSON. Asks for the key where one is wanted.
 *
 * Resolves with a reply of status 200, or throws a `Problem`; `AbortError` where `signal` ended it.
 */
export async function request(path, { body, signal } = {}) {
  for (;;) {
    const reply = await send(path, body, signal);
    if (reply.ok) return reply;
    const wrong = await explained(reply);
    if (wrong.kind !== "key" || !(await askForKey())) throw wrong;
    signal?.throwIfAborted();
  }
}

async function send(path, body, signal) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (key()) headers.authorization = `Bearer ${key()}`;
  try {
    return await fetch(address(path), {
      method: body === undefined ? "GET" : "POST", headers, signal, cache: "no-store", credentials: "same-origin",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable();
  }
}

async function explained(reply) {
  let error = {};
  try {
    error = (await reply.json()).error ?? {};
  } catch {
    // A proxy's page, perhaps: the status has to do.
  }
  return problem(reply.status, error, Number(reply.headers.get("retry-after")) || 1);
}

/** A document that the server gives. */
export async function fetchDocument(path, options) {
  const reply = await request(path, options);
  try {
    return await reply.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("server", "The server's reply makes no sense.", "Look whether something else answers at its address.");
  }
}

/** Waits; ends at once with `AbortError` where `signal` says so. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
