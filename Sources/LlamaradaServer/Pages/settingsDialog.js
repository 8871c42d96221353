// The settings: the conversation's system prompt, how tokens are chosen, and what serves.

import { byId, count, element } from "./dom.js";
import { toast } from "./announcer.js";
import { openDialog } from "./dialogs.js";
import { forgetKey, key } from "./keys.js";
import { choose, chosen, knownSettings, parsed, written } from "./settings.js";

/** Opens them. Resolves with the conversation's system prompt, or null where nothing changed. */
export function openSettings(system, properties) {
  return openDialog("Settings", (close) => {
    const settings = knownSettings(properties);
    const kept = chosen();
    const prompt = element("textarea", { id: "system", rows: "4", autofocus: true, "aria-describedby": "system-help" });
    prompt.value = system;
    const isForAll = element("input", { type: "checkbox", id: "system-for-all" });
    isForAll.checked = system !== "" && kept.system === system;
    const fields = new Map(settings.map((setting) => [setting, field(setting, kept.values[setting.name])]));
    const form = element("form", { novalidate: true },
      element("section", {},
        element("h3", {}, element("label", { for: "system", text: "System prompt" })),
        element("p", { id: "system-help", class: "quiet" }, "What the model is told before this conversation. Empty tells it nothing."),
        prompt,
        element("label", { class: "check" }, isForAll, "Also for new conversations")),
      element("section", {},
        element("div", { class: "section-head" },
          element("h3", { text: "Choosing tokens" }),
          element("button", { type: "button", text: "All defaults", on: { click: () => reset(fields) } })),
        settings.length
          ? element("div", { class: "settings" }, ...[...fields.values()].map(({ row }) => row))
          : element("p", { class: "quiet", text: "The server has not said yet what it knows." })),
      element("section", {}, element("h3", { text: "What answers" }), facts(properties),
        key() === null ? null : forgetting()),
      element("section", {}, element("h3", { text: "Keys" }), shortcuts()),
      element("div", { class: "dialog-foot" },
        element("button", { type: "button", text: "Cancel", on: { click: () => close(null) } }),
        element("button", { type: "submit", class: "primary", text: "Save" })));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const values = read(fields);
      if (!values) return;
      const text = prompt.value.trim();
      choose({ ...kept.values, ...values }, isForAll.checked ? text : kept.system === system ? "" : kept.system);
      close(text);
    });
    return [form];
  }, { wide: true });
}

/** A setting's row, and how to read it. */
function field(setting, value) {
  const id = `setting-${setting.name}`;
  const standard = setting.default !== null ? String(setting.default) : setting.fallback;
  const attributes = { id, "aria-describedby": `${id}-help ${id}-wrong`, autocomplete: "off", spellcheck: "false" };
  const input = setting.kind === "lines"
    ? element("textarea", { ...attributes, rows: "2" })
    : element("input", {
      ...attributes, type: "text", inputmode: setting.least < 0 ? "text" : setting.kind === "integer" ? "numeric" : "decimal",
      placeholder: setting.default !== null ? standard : "",
    });
  input.value = written(setting, value);
  const wrong = element("p", { id: `${id}-wrong`, class: "wrong", hidden: true });
  const row = element("div", { class: `setting ${setting.kind}` },
    element("label", { for: id, text: setting.label }),
    element("p", { id: `${id}-help`, class: "quiet" },
      `${setting.help} `, element("span", { class: "default", text: `Default: ${standard}.` })),
    input, wrong);
  const mark = () => row.classList.toggle("changed", input.value.trim() !== "");
  input.addEventListener("input", mark);
  mark();
  return { row, input, wrong, mark };
}

/** All values, or null where one is wrong: then it is shown, and the focus is there. */
function read(fields) {
  const values = {};
  let first = null;
  for (const [setting, { input, wrong }] of fields) {
    const value = parsed(setting, input.value);
    const isWrong = value instanceof Error;
    wrong.hidden = !isWrong;
    wrong.textContent = isWrong ? value.message : "";
    input.setAttribute("aria-invalid", String(isWrong));
    if (isWrong) first ??= input;
    values[setting.name] = value;
  }
  first?.focus();
  return first ? null : values;
}

function reset(fields) {
  for (const { input, wrong, mark } of fields.values()) {
    input.value = "";
    input.removeAttribute("aria-invalid");
    wrong.hidden = true;
    mark();
  }
}

/** A button; it is gone when there is no key any more. */
function forgetting() {
  const button = element("button", { type: "button", id: "forget-key", text: "Forget the key" });
  button.addEventListener("click", () => {
    forgetKey();
    toast("The key is forgotten. The page asks for it when it needs it.");
    byId("system").focus();
    button.remove();
  });
  return button;
}

function facts(properties) {
  const list = properties ? [
    ["Model", properties.model_alias], ["File", properties.model_path], ["Device", properties.device],
    ["Context", `${count(properties.default_generation_settings?.n_ctx ?? 0)} tokens of questions and answers`],
    ["At once", `${properties.total_slots} answers`],
  ] : [["Server", "has not answered yet"]];
  return element("dl", {}, ...list.filter(([, value]) => value)
    .flatMap(([name, value]) => [element("dt", { text: name }), element("dd", { text: String(value) })]));
}

function shortcuts() {
  const list = [
    ["Enter", "sends the message"], ["Shift + Enter", "begins a new line"], ["Escape", "stops the answer"],
    ["/", "goes to the message box"], ["Arrow up", "in an empty message box edits the last message"],
  ];
  return element("dl", { class: "keys" }, ...list.flatMap(([name, what]) => [
    element("dt", {}, element("kbd", { text: name })), element("dd", { text: what }),
  ]));
}
