// How tokens are chosen: a line a setting. What the reader leaves at its default is not sent, so the server's own
// options hold.

const KEY = "llamarada.settings";
/** Raised when a setting's meaning changes; kept settings of another version are forgotten. */
const VERSION = 1;

/**
 * Every setting: `name` as the API has it, `label`, `help`, `kind` (number, integer, lines), bounds.
 *
 * One whose default comes from the server (`/props`) is shown only where the server names it; `fallback` says what holds
 * without one, in words.
 */
export const SETTINGS = [
  { name: "temperature", label: "Temperature", kind: "number", least: 0, most: 100,
    help: "How freely tokens are chosen. 0 always takes the likeliest." },
  { name: "top_k", label: "Top-k", kind: "integer", least: 0, most: 2147483647,
    help: "Only the k likeliest tokens. 0 takes all." },
  { name: "top_p", label: "Top-p", kind: "number", least: 0, most: 1,
    help: "Only the likeliest tokens that together have this probability. 1 takes all." },
  { name: "min_p", label: "Min-p", kind: "number", least: 0, most: 1,
    help: "Only tokens at least this probable, relative to the likeliest. 0 takes all." },
  { name: "repeat_penalty", label: "Repeat penalty", kind: "number", least: 0.01, most: 100,
    help: "Makes tokens that came before less likely. 1 does nothing." },
  { name: "repeat_last_n", label: "Repeat window", kind: "integer", least: -1, most: 2147483647,
    help: "How many of the last tokens penalties look at. -1 looks at all." },
  { name: "presence_penalty", label: "Presence penalty", kind: "number", least: -2, most: 2,
    help: "Taken from every token that came before, once. 0 does nothing." },
  { name: "frequency_penalty", label: "Frequency penalty", kind: "number", least: -2, most: 2,
    help: "Taken from every token for each time it came before. 0 does nothing." },
  { name: "typical_p", label: "Typical", kind: "number", least: 0, most: 1,
    help: "Only tokens about as surprising as the model expects, up to this probability together. 1 takes all." },
  { name: "top_n_sigma", label: "Top-n-sigma", kind: "number", least: -1, most: 1000,
    help: "Only logits at most this many standard deviations below the largest. -1 takes all." },
  { name: "xtc_probability", label: "XTC probability", kind: "number", least: 0, most: 1,
    help: "How often the likeliest of several good tokens are left out. 0 never." },
  { name: "xtc_threshold", label: "XTC threshold", kind: "number", least: 0, most: 1,
    help: "How probable a token must be to count as good there." },
  { name: "dry_multiplier", label: "DRY multiplier", kind: "number", least: 0, most: 1000,
    help: "Makes what would repeat a sequence less likely. 0 does nothing." },
  { name: "dynatemp_range", label: "Dynamic temperature", kind: "number", least: 0, most: 100,
    help: "How far the temperature follows the model's doubt, up and down. 0 does nothing." },
  { name: "mirostat", label: "Mirostat", kind: "integer", least: 0, most: 2,
    help: "Aims at a constant surprise, by version 1 or 2, in the place of other filters. 0 does not." },
  { name: "mirostat_tau", label: "Mirostat's aim", kind: "number", least: 0, most: 100,
    help: "The surprise to aim at, in bits." },
  { name: "seed", label: "Seed", kind: "integer", least: -1, most: Number.MAX_SAFE_INTEGER,
    help: "The same seed gives the same answer. -1 takes a new one each time." },
  { name: "max_tokens", label: "Longest answer", kind: "integer", least: 1, most: 2147483647, fallback: "as far as the context goes",
    help: "In tokens." },
  { name: "stop", label: "Stop texts", kind: "lines", fallback: "none",
    help: "An answer ends before any of these. One a line." },
];

/** The settings that this server knows, each with the default that it names. */
export function knownSettings(properties) {
  const defaults = properties?.default_generation_settings?.params ?? {};
  return SETTINGS
    .filter((setting) => setting.fallback !== undefined || setting.name in defaults)
    .map((setting) => ({ ...setting, default: defaults[setting.name] ?? null }));
}

/** What is written in a field, as a value: undefined where it is empty, an Error where it is wrong. */
export function parsed(setting, text) {
  if (setting.kind === "lines") {
    const lines = text.split("\n").filter((line) => line !== "");
    if (lines.length > 64) return new Error("At most 64 texts.");
    return lines.length ? lines : undefined;
  }
  const trimmed = text.trim().replace(",", ".");
  if (!trimmed) return undefined;
  const value = Number(trimmed);
  const isRight = Number.isFinite(value) && value >= setting.least && value <= setting.most
    && (setting.kind === "number" || Number.isInteger(value));
  if (isRight) return value;
  const what = setting.kind === "integer" ? "A whole number" : "A number";
  const bounds = setting.most >= 2147483647 ? `${setting.least} on` : `${setting.least} to ${setting.most}`;
  return new Error(`${what} from ${bounds}.`);
}

/** A value as its field shows it. */
export function written(setting, value) {
  if (value === undefined || value === null) return "";
  return setting.kind === "lines" ? value.join("\n") : String(value);
}

/** What was chosen, by the settings' names; and the system prompt of new conversations. */
export function chosen() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    if (kept?.version === VERSION) return { values: kept.values ?? {}, system: String(kept.system ?? "") };
  } catch {
    // Nothing is kept, or it is no JSON: the defaults hold.
  }
  return memory;
}

let memory = { values: {}, system: "" };

export function choose(values, system) {
  memory = { values, system };
  try {
    localStorage.setItem(KEY, JSON.stringify({ version: VERSION, values, system }));
  } catch {
    // It then lasts as long as this page.
  }
}

/** What goes into a request: only what this server knows and what differs from its default. */
export function requested(properties) {
  const { values } = chosen();
  const fields = {};
  for (const setting of knownSettings(properties)) {
    const value = parsed(setting, written(setting, values[setting.name]));
    if (value === undefined || value instanceof Error || value === setting.default) continue;
    fields[setting.name] = value;
  }
  return fields;
}
