// The list of conversations. On a narrow page it lies over the messages, and they are out of reach meanwhile.

import { byId, element, focusMessage, plural } from "./dom.js";
import { announce, toast } from "./announcer.js";
import { asked, confirmed } from "./dialogs.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { Problem } from "./problems.js";
import { ImportError, exported, imported, save } from "./transfer.js";

/** The list, and what can be done with conversations. */
export class Sidebar {
  constructor(chat) {
    this.chat = chat;
    byId("new-chat").addEventListener("click", () => {
      chat.begin();
      this.close();
      focusMessage();
    });
    byId("filter").addEventListener("input", () => this.draw());
    byId("export-all").addEventListener("click", () => this.exportAll());
    byId("import").addEventListener("click", () => byId("import-file").click());
    byId("import-file").addEventListener("change", (event) => this.import([...event.target.files]));
    byId("open-sidebar").addEventListener("click", () => this.open());
    byId("close-sidebar").addEventListener("click", () => this.close());
    byId("scrim").addEventListener("click", () => this.close());
    byId("sidebar").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen) {
        event.stopPropagation();
        this.close();
      }
    });
    matchMedia("(max-width: 52rem)").addEventListener("change", () => this.close());
  }

  get isOpen() { return document.body.classList.contains("sidebar-open"); }

  open() {
    document.body.classList.add("sidebar-open");
    byId("scrim").hidden = false;
    byId("main").inert = true;
    byId("open-sidebar").setAttribute("aria-expanded", "true");
    byId("close-sidebar").focus();
  }

  close() {
    if (!this.isOpen) return;
    document.body.classList.remove("sidebar-open");
    byId("scrim").hidden = true;
    byId("main").inert = false;
    byId("open-sidebar").setAttribute("aria-expanded", "false");
    byId("open-sidebar").focus();
  }

  draw() {
    const wanted = byId("filter").value.trim().toLowerCase();
    const all = this.chat.sorted();
    const shown = all.filter((one) => one.title.toLowerCase().includes(wanted));
    const focused = document.activeElement?.closest?.("#conversations li")?.dataset.id;
    const kind = document.activeElement?.className;
    byId("conversations").replaceChildren(...shown.map((one) => this.entry(one)));
    byId("no-conversations").hidden = shown.length > 0;
    byId("no-conversations").textContent = all.length ? "None has that in its title."
      : "Conversations are kept here, in this browser.";
    byId("export-all").disabled = all.length === 0;
    if (focused) byId("conversations").querySelector(`li[data-id="${focused}"] .${kind.split(" ")[0]}`)?.focus();
  }

  entry(conversation) {
    const isCurrent = conversation.id === this.chat.current?.id;
    const isRunning = this.chat.isRunningIn(conversation.id);
    const open = element("button", {
      type: "button", class: "open", title: conversation.title, "aria-current": isCurrent ? "page" : null,
      on: {
        click: async () => {
          await this.chat.open(conversation.id);
          this.close();
        },
      },
    }, element("span", { class: "open-title", text: conversation.title }),
    isRunning ? element("span", { class: "pulse", role: "img", "aria-label": "an answer is being written" }) : null);
    const more = element("button", {
      type: "button", class: "more icon-button small", "aria-label": `What to do with ${conversation.title}`,
      "aria-expanded": "false", on: { click: () => this.menu(more, conversation) },
    }, icon("more"));
    return element("li", { data: { id: conversation.id }, class: isCurrent ? "current" : "" }, open, more);
  }

  menu(button, conversation) {
    openMenu(button, [
      { label: "Rename", icon: "edit", run: () => this.rename(conversation) },
      { label: "Export", icon: "export", run: () => this.export(conversation) },
      { label: "Delete", icon: "remove", danger: true, run: () => this.remove(conversation) },
    ]);
  }

  async rename(conversation) {
    const title = await asked("Rename the conversation", "Title", conversation.title, "Rename");
    if (title) await this.chat.rename(conversation.id, title);
    this.focus(conversation.id);
  }

  async remove(conversation) {
    const isSure = await confirmed(
      "Delete the conversation?", `“${conversation.title}” and all of its messages are gone then.`, "Delete");
    if (!isSure) return this.focus(conversation.id);
    await this.chat.remove(conversation.id);
    announce("Conversation deleted");
    byId("new-chat").focus();
  }

  focus(id) { byId("conversations").querySelector(`li[data-id="${id}"] .more`)?.focus(); }

  // MARK: Files

  async export(conversation) {
    const whole = await this.chat.whole(conversation.id);
    if (whole) save(exported([whole]), conversation.title);
  }

  async exportAll() {
    const list = [];
    for (const one of this.chat.sorted()) list.push(await this.chat.whole(one.id));
    save(exported(list.filter((one) => one)), `llamarada-${new Date().toISOString().slice(0, 10)}`);
  }

  async import(files) {
    byId("import-file").value = "";
    for (const file of files) {
      try {
        const { list, faults } = await imported(file);
        await this.chat.take(list);
        const left = faults.length ? ` Left out: ${faults.slice(0, 3).join("; ")}${faults.length > 3 ? "; and more" : ""}.` : "";
        toast(`${plural(list.length, "conversation")} imported from ${file.name}.${left}`);
      } catch (error) {
        if (!(error instanceof ImportError || error instanceof Problem)) throw error;
        toast(`${file.name} was not imported: ${error.message.replace(/\.$/, "")}.`);
      }
    }
  }
}
