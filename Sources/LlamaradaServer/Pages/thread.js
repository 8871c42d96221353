// The messages on the page, and where it is scrolled to.

import { byId, focusMessage } from "./dom.js";
import { siblings } from "./tree.js";
import { MessageView } from "./messageView.js";

/** The conversation as it is read. */
export class Thread {
  constructor(chat) {
    this.chat = chat;
    this.views = new Map();
    this.scroller = byId("thread");
    this.isPinned = true;
    this.top = 0;
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    byId("to-end").addEventListener("click", () => {
      this.toEnd();
      focusMessage();
    });
    // The window, the keyboard on a screen, or the message box changed their size.
    new ResizeObserver(() => this.follow()).observe(this.scroller);
  }

  /** Shows a path of messages. */
  show(messages, path, isRunning) {
    byId("welcome").hidden = path.length > 0;
    const root = byId("messages");
    const wanted = new Set(path.map((message) => message.id));
    for (const [id, view] of this.views) {
      if (wanted.has(id)) continue;
      view.node.remove();
      this.views.delete(id);
    }
    let before = null;
    for (const message of path) {
      let view = this.views.get(message.id);
      if (!view) {
        view = new MessageView(message, this.chat);
        this.views.set(message.id, view);
      }
      const place = before ? before.nextSibling : root.firstChild;
      if (place !== view.node) root.insertBefore(view.node, place);
      before = view.node;
      this.update(messages, message, isRunning(message));
    }
    this.follow();
  }

  update(messages, message, isRunning) {
    const view = this.views.get(message.id);
    if (!view) return;
    const all = siblings(messages, message);
    view.update(message, { index: all.indexOf(message), count: all.length }, isRunning);
    this.follow();
  }

  focus(id, action) { this.views.get(id)?.focus(action); }

  // MARK: Scrolling

  /** At the end it stays at the end; whoever scrolls up is left where he is. */
  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const distance = scrollHeight - clientHeight - scrollTop;
    if (distance <= 4) this.isPinned = true;
    else if (scrollTop < this.top) this.isPinned = false;
    this.top = scrollTop;
    byId("to-end").hidden = this.isPinned || distance < 200;
  }

  follow() {
    if (this.isPinned) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.top = this.scroller.scrollTop;
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    byId("to-end").hidden = this.isPinned || scrollHeight - clientHeight - scrollTop < 200;
  }

  toEnd() {
    this.isPinned = true;
    this.follow();
  }
}
