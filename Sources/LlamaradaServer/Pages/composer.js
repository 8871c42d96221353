// The box in which a message is written.

import { byId, count, focusMessage } from "./dom.js";
import { Attachments } from "./attachments.js";
import { toast } from "./announcer.js";
import { isSending } from "./editor.js";

/** The message box with its files and buttons. */
export class Composer {
  constructor(chat, connection) {
    this.chat = chat;
    this.connection = connection;
    this.field = byId("message");
    this.attachments = new Attachments(() => connection.context, (title, help) => toast(`${title}: ${help}`));
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    byId("stop").addEventListener("click", () => chat.stop());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("input", () => this.grow());
    this.startFiles();
    document.addEventListener("keydown", (event) => this.shortcut(event));
  }

  key(event) {
    if (isSending(event)) {
      event.preventDefault();
      this.send();
    } else if (event.key === "ArrowUp" && !this.field.value && !event.isComposing) {
      event.preventDefault();
      this.chat.editLast();
    }
  }

  /** Keys that work wherever the focus is; a dialog has its own. */
  shortcut(event) {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open], :popover-open")) return;
    if (event.key === "Escape") this.chat.stop();
    const isWriting = event.target.matches("input, textarea, [contenteditable]");
    if (event.key === "/" && !isWriting && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.field.focus();
    }
  }

  async send() {
    const text = this.field.value.trim();
    if ((!text && !this.attachments.list.length) || this.chat.isBusy) return;
    const files = this.attachments.take();
    this.field.value = "";
    this.grow();
    await this.chat.send(text, files);
  }

  /** Puts a text there for changing it. */
  write(text) {
    this.field.value = text;
    this.grow();
    this.field.focus();
  }

  /** As high as its text, where the browser does not do that itself. */
  grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }

  // MARK: Files

  startFiles() {
    byId("attach").addEventListener("click", () => byId("attach-file").click());
    byId("attach-file").addEventListener("change", async (event) => {
      const files = [...event.target.files];
      event.target.value = "";
      await this.attachments.add(files);
      this.field.focus();
    });
    this.field.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length) return;
      event.preventDefault();
      this.attachments.add(files);
    });
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      document.body.classList.add("dropping");
    });
    addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) document.body.classList.remove("dropping");
    });
    addEventListener("drop", (event) => {
      document.body.classList.remove("dropping");
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.attachments.add([...event.dataTransfer.files]);
    });
  }

  // MARK: What it shows

  /** The buttons, and how full the context is. `live` says how an answer comes along. */
  update({ isBusy, figures, live }) {
    const hadFocus = document.activeElement === byId(isBusy ? "send" : "stop");
    byId("send").hidden = isBusy;
    byId("stop").hidden = !isBusy;
    if (hadFocus && isBusy) byId("stop").focus();
    else if (hadFocus) focusMessage();
    const all = this.connection.context;
    const used = figures ? figures.prompt + figures.answer : 0;
    const share = all ? Math.min(1, used / all) : 0;
    byId("meter-bar").hidden = !all || !used;
    byId("meter-bar").firstElementChild.style.width = `${(100 * share).toFixed(1)}%`;
    byId("meter").classList.toggle("nearly-full", share > 0.85);
    const context = all && used ? `${count(used)} of ${count(all)} tokens${share > 0.85 ? ": nearly full" : ""}` : "";
    byId("meter-text").textContent = live ?? context;
  }
}
