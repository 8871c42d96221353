"""What scenarios are written in: a few sentences of what a reader does, in front of a browser and a stub."""

import json
import time

from browser import BrowserError
from stub import Stub

# In the order in which they are written.
SCENARIOS = []
# What the page offers for saving is in `window.saved`.
SAVING = """window.saved = [];
URL.createObjectURL = (blob) => { blob.text().then((text) => window.saved.push(text)); return "blob:x"; };
HTMLAnchorElement.prototype.click = function () { window.name_ = this.download; };"""


def scenario(function):
    SCENARIOS.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise BrowserError(what)


class Drive:
    """What scenarios share: the browser, a stub, and a few sentences of what a reader does."""

    def __init__(self, browser, real, options):
        self.browser, self.real, self.options = browser, real, options

    def begin(self):
        """A stub and a tab of its own origin, so that nothing is kept from another scenario."""
        self.stub = Stub(self.real, self.options.files)
        self.page = self.browser.page()
        self.page.call(
            "Page.addScriptToEvaluateOnNewDocument",
            source="""
          window.hacks = []; window.hacked = (what) => window.hacks.push(what); window.announced = [];
          addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
            const text = document.querySelector("#announcer").textContent; if (text) window.announced.push(text);
          }).observe(document.querySelector("#announcer"), { childList: true, characterData: true, subtree: true }));
          window.copied = []; navigator.clipboard && (navigator.clipboard.writeText = async (text) => { window.copied.push(text); });
        """,
        )
        return self.page, self.stub

    def open(self):
        page, stub = self.begin()
        page.open(stub.url)
        page.wait("document.querySelector('#model').textContent.includes('Stub-7B')", what="the model's name")
        return page, stub

    def end(self):
        complaints = self.page.complaints()
        foreign = [url for url in self.page.requests if not url.startswith((self.stub.url, "data:", "blob:", "about:"))]
        hacks = self.page.evaluate("window.hacks")
        self.stub.close()
        self.page.close()
        expect(not complaints, f"the console must be empty: {complaints[:3]}")
        expect(not foreign, f"the page asked others: {foreign[:3]}")
        expect(not hacks, f"scripts of the model ran: {hacks}")

    def say(self, text, wait=True):
        self.page.click("#message")
        self.page.write(text)
        self.page.press("Enter")
        self.page.wait(
            f"[...document.querySelectorAll('.question')].at(-1)?.textContent.startsWith({json.dumps(text[:40])})",
            what="the question is shown",
        )
        if wait:
            self.done()

    def done(self):
        self.page.wait(
            "document.querySelector('.message.assistant') && !document.querySelector('.message.running') && document.querySelector('#stop').hidden",
            what="the answer is over",
        )

    def left(self, times):
        """Waits until the page has ended so many of its requests."""
        end = time.monotonic() + 10
        while self.stub.hung_up < times and time.monotonic() < end:
            time.sleep(0.05)
        expect(self.stub.hung_up == times, f"the server was left {self.stub.hung_up} times instead of {times}")

    def last(self):
        return self.page.evaluate(
            "[...document.querySelectorAll('.message.assistant')].at(-1).querySelector('.body').innerText"
        )

    def questions(self):
        return self.page.evaluate("[...document.querySelectorAll('.question')].map((e) => e.textContent)")

    def titles(self):
        return self.page.evaluate("[...document.querySelectorAll('.open-title')].map((e) => e.textContent)")

    def announced(self, words):
        self.page.wait(
            f"window.announced.some((text) => text.includes({json.dumps(words)}))", what=f"'{words}' is announced"
        )

    def act(self, action, number=-1):
        """Clicks a button of a message."""
        place = self.page.evaluate(
            f"""(() => {{ const all = [...document.querySelectorAll('.message')]; const at = all.at({number});
          document.querySelectorAll('[data-now]').forEach((e) => e.removeAttribute('data-now'));
          const button = at.querySelector('[data-action="{action}"]'); button?.setAttribute('data-now', ''); return !!button; }})()"""
        )
        expect(place, f"message {number} has no '{action}'")
        self.page.click("[data-now]")
