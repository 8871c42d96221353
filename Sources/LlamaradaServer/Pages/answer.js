// One answer of the model, as it comes.

import { content } from "./attachments.js";
import { events } from "./events.js";
import { Problem, brokenOff, problem } from "./problems.js";
import { fetchDocument, pause, request } from "./server.js";
import { requested } from "./settings.js";

/** How often a server that has no room is asked again before the reader is told. */
const MOST_TRIES = 20;

/** What the API calls the messages of a path, with the system prompt before them. */
export function dialogue(system, messages) {
  const list = [];
  for (const message of messages.filter(({ text, attachments }) => text || attachments?.length)) {
    const last = list.at(-1);
    // Many templates refuse two questions in a row, as there are where an answer failed: they become one.
    if (last?.role === message.role) last.content += `\n\n${content(message)}`;
    else list.push({ role: message.role, content: content(message) });
  }
  return system ? [{ role: "system", content: system }, ...list] : list;
}

/**
 * Asks for the next answer, or for the rest of one that was begun.
 *
 * Gives `{ text }` as it comes, `{ waiting }` in words, `{ model }`, and at the end `{ reason, figures }`. Throws a
 * `Problem`. `properties()` asks for `/props`, each time anew: what differs from the server's defaults is known only once
 * the server is there, and it may have been started again with others.
 */
export async function* answer({ system, messages, begun, properties, signal }) {
  const { reply, model } = yield* patient(async () => {
    const known = await properties();
    const body = begun ? await continuation(system, messages, begun, signal) : { messages: dialogue(system, messages) };
    Object.assign(body, requested(known), {
      model: known.model_alias ?? "any", stream: true, stream_options: { include_usage: true },
    });
    // Of completions the default would be a few words.
    if (begun) body.max_tokens ??= known.default_generation_settings?.n_ctx ?? 4096;
    const path = begun ? "v1/completions" : "v1/chat/completions";
    return { reply: await request(path, { body, signal }), model: known.model_alias };
  }, signal);
  yield { model };
  yield* chunks(reply, signal);
}

/** The prompt of an answer that is there in part: the tokens of the conversation, and those of the part. */
async function continuation(system, messages, begun, signal) {
  const [before, part] = await Promise.all([
    fetchDocument("tokenize", { body: { messages: dialogue(system, messages) }, signal }),
    fetchDocument("tokenize", { body: { content: begun, add_special: false, parse_special: false }, signal }),
  ]);
  return { prompt: [...before.tokens, ...part.tokens] };
}

/** What `asked()` resolves with; while the model loads or others are served, it is asked again. */
async function* patient(asked, signal) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await asked();
    } catch (error) {
      const isPassing = error.kind === "loading" || error.kind === "busy";
      if (!isPassing || (error.kind === "busy" && tries >= MOST_TRIES)) throw error;
      yield { waiting: error.kind === "loading" ? "The model is still loading…" : "The server is busy; waiting for a place…" };
      await pause(Math.min(10, Math.max(1, error.retryAfter)), signal);
    }
  }
}

async function* chunks(reply, signal) {
  let last = {};
  try {
    for await (const data of events(reply.body)) {
      if (data === "[DONE]") return yield { reason: last.reason, figures: last.figures };
      let chunk;
      try {
        chunk = JSON.parse(data);
      } catch {
        throw new Problem("server", "The server's answer makes no sense.", "Try again; if that does not help, its log says more.");
      }
      if (chunk.error) throw problem(500, chunk.error);
      const choice = chunk.choices?.[0];
      const text = choice?.delta?.content ?? choice?.text;
      if (text) yield { text };
      if (choice?.finish_reason) last.reason = choice.finish_reason;
      if (chunk.usage) last.figures = figures(chunk.usage, chunk.timings);
    }
  } catch (error) {
    if (error.name === "AbortError" || error instanceof Problem) throw error;
    signal.throwIfAborted();
    throw brokenOff();
  }
  throw brokenOff();
}

/** Tokens and tokens a second, as the server counted. */
function figures(usage, timings = {}) {
  return {
    prompt: usage.prompt_tokens, answer: usage.completion_tokens, cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
    rate: timings.predicted_per_second, promptRate: timings.prompt_per_second, promptComputed: timings.prompt_n,
  };
}
