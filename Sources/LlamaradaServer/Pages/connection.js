// What serves: the model, the device, and whether they are there. While they are not, the page says so and asks again.

import { byId, count, element } from "./dom.js";
import { announce } from "./announcer.js";
import { fetchDocument, pause } from "./server.js";

/** The server, as the page sees it. */
export class Connection {
  constructor() {
    /** What `/props` says; null until it does. */
    this.properties = null;
    this.isAsking = false;
    this.isAskedAgain = false;
  }

  get context() { return this.properties?.default_generation_settings?.n_ctx ?? 0; }

  get model() { return this.properties?.model_alias ?? ""; }

  /** `/props` as it is now. */
  async refresh(signal) {
    this.properties = await fetchDocument("props", { signal });
    this.name();
    return this.properties;
  }

  /** Asks until there is an answer. */
  async ask() {
    // What is under way may have been answered before what gave cause to ask.
    this.isAskedAgain = true;
    if (this.isAsking) return;
    this.isAsking = true;
    const start = Date.now();
    while (this.isAskedAgain) {
      this.isAskedAgain = false;
      try {
        this.properties = await fetchDocument("props");
      } catch (problem) {
        if (problem.kind === "key") {
          this.isAsking = false;
          return this.show(problem, { label: "Enter the key", run: () => this.ask() });
        }
        this.show(problem, null, Math.round((Date.now() - start) / 1000));
        await pause(problem.kind === "loading" ? 1 : 2);
        this.isAskedAgain = true;
      }
    }
    this.isAsking = false;
    this.hide();
    this.name();
  }

  /** How far the server has read what was asked, in words; null where it does not say, or computes for others as well. */
  async progress() {
    try {
      const busy = (await fetchDocument("slots")).filter((slot) => slot.is_processing);
      if (busy.length !== 1 || busy[0].n_decoded > 0 || !busy[0].n_prompt_tokens) return null;
      return `Reading: ${count(busy[0].n_computed)} of ${count(busy[0].n_prompt_tokens)} tokens…`;
    } catch {
      return null;
    }
  }

  show(problem, action, seconds = 0) {
    const banner = byId("banner");
    const help = problem.kind === "network" ? "The page asks again every two seconds. Look whether the server is running."
      : problem.kind === "loading" ? `The page waits${seconds ? `, ${seconds} s so far` : ""}. You can write meanwhile.` : problem.help;
    if (banner.dataset.title !== problem.title) announce(`${problem.title} ${help}`);
    banner.dataset.title = problem.title;
    banner.hidden = false;
    banner.className = problem.kind === "loading" ? "waits" : "";
    banner.replaceChildren(
      element("p", {}, element("strong", { text: problem.title }), ` ${help}`),
      ...(action ? [element("button", { type: "button", text: action.label, on: { click: action.run } })] : []));
  }

  hide() {
    const banner = byId("banner");
    if (!banner.hidden) announce(`${this.model} is ready`);
    banner.hidden = true;
    delete banner.dataset.title;
  }

  name() {
    const device = this.properties.device;
    const text = device ? `${this.model} on ${device}` : this.model;
    byId("model").textContent = text;
    byId("model").title = text;
    this.onChange?.();
  }
}
