// Starts the page.

import { byId, element } from "./dom.js";
import { drawIcons } from "./icons.js";
import { toast } from "./announcer.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { openSettings } from "./settingsDialog.js";
import { Sidebar } from "./sidebar.js";
import { Store } from "./store.js";
import { startTheme } from "./theme.js";
import { Thread } from "./thread.js";

const EXAMPLES = [
  "Explain how a rainbow comes about, in five sentences.",
  "Write a Python function that says whether a word is a palindrome.",
  "Compare three ways to brew coffee in a table.",
];

drawIcons(document);
startTheme();
const connection = new Connection();
const store = await Store.open();
const chat = new Chat(store, connection);
chat.thread = new Thread(chat);
chat.sidebar = new Sidebar(chat);
chat.composer = new Composer(chat, connection);
connection.onChange = () => chat.meter();

byId("examples").replaceChildren(...EXAMPLES.map((text) => element("li", {}, element("button", {
  type: "button", text, on: { click: () => chat.composer.write(text) },
}))));
byId("open-settings").addEventListener("click", async () => {
  const system = await openSettings(chat.system, connection.properties);
  if (system !== null) await chat.setSystem(system);
});
// Some telephones lay their keyboard over the page instead of making the page smaller.
visualViewport?.addEventListener("resize", () => {
  document.body.style.height = visualViewport.scale === 1 ? `${visualViewport.height}px` : "";
});
if (!store.isKept) toast(`Conversations are not kept. ${store.why}`);

await chat.start();
document.documentElement.dataset.ready = "true";
if (!matchMedia("(pointer: coarse)").matches) byId("message").focus();
await connection.ask();
