"""Drives the chat page in a headless browser, by clicks and keys: python3 drive.py PROGRAM BROWSER [--files DIR] [--axe FILE]
[--pictures DIR] [NAME…]

PROGRAM is the built llamarada with the demo model in models/; with --files the page's files come from a folder instead of
the program, so that they can be changed without building. NAMEs choose scenarios.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import access
from browser import Browser, BrowserError
from stub import CONTEXT, Stub

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models/SmolLM2-135M-Instruct.Q4_1.gguf"
SCENARIOS = []


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
        self.page.call("Page.addScriptToEvaluateOnNewDocument", source="""
          window.hacks = []; window.hacked = (what) => window.hacks.push(what); window.announced = [];
          addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
            const text = document.querySelector("#announcer").textContent; if (text) window.announced.push(text);
          }).observe(document.querySelector("#announcer"), { childList: true, characterData: true, subtree: true }));
          window.copied = []; navigator.clipboard && (navigator.clipboard.writeText = async (text) => { window.copied.push(text); });
        """)
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
        self.page.wait(f"[...document.querySelectorAll('.question')].at(-1)?.textContent.startsWith({json.dumps(text[:40])})", what="the question is shown")
        if wait:
            self.done()

    def done(self):
        self.page.wait("document.querySelector('.message.assistant') && !document.querySelector('.message.running') && document.querySelector('#stop').hidden", what="the answer is over")

    def last(self):
        return self.page.evaluate("[...document.querySelectorAll('.message.assistant')].at(-1).querySelector('.body').innerText")

    def questions(self):
        return self.page.evaluate("[...document.querySelectorAll('.question')].map((e) => e.textContent)")

    def titles(self):
        return self.page.evaluate("[...document.querySelectorAll('.open-title')].map((e) => e.textContent)")

    def announced(self, words):
        self.page.wait(f"window.announced.some((text) => text.includes({json.dumps(words)}))", what=f"'{words}' is announced")

    def act(self, action, number=-1):
        """Clicks a button of a message."""
        place = self.page.evaluate(f"""(() => {{ const all = [...document.querySelectorAll('.message')]; const at = all.at({number});
          document.querySelectorAll('[data-now]').forEach((e) => e.removeAttribute('data-now'));
          const button = at.querySelector('[data-action="{action}"]'); button?.setAttribute('data-now', ''); return !!button; }})()""")
        expect(place, f"message {number} has no '{action}'")
        self.page.click("[data-now]")


# Conversations

@scenario
def conversations(drive):
    page, stub = drive.open()
    drive.say("What is a llama? Tell me in one sentence, so that I can remember it.")
    expect(drive.titles() == ["What is a llama? Tell me in one sentence, so that I can…"], f"the title: {drive.titles()}")
    page.click("#new-chat")
    expect(page.text("#title") == "New conversation" and page.focused() == "message", "a new conversation is open")
    drive.say("Second one")
    expect(drive.titles()[0] == "Second one" and len(drive.titles()) == 2, "the newest is first")
    page.fill("#filter", "LLAMA")
    page.wait("document.querySelectorAll('#conversations li').length === 1", what="the list is filtered")
    page.fill("#filter", "nothing like it")
    expect("None has that" in page.text("#no-conversations"), "an empty search says so")
    page.fill("#filter", "")
    # Renaming, by the keyboard alone.
    page.evaluate("document.querySelector('#conversations .more').focus()")
    page.press("Enter")
    page.wait("document.querySelector('#menu:popover-open') && document.activeElement.textContent === 'Rename'", what="the menu has the focus")
    page.press("ArrowDown")
    page.press("ArrowUp")
    page.press("Enter")
    page.wait("document.querySelector('dialog[open]')")
    page.write("Renamed")
    page.press("Enter")
    page.wait("document.querySelector('.open-title').textContent === 'Renamed'", what="it is renamed")
    page.wait("document.activeElement.classList.contains('more')", what="the focus is back")
    # Escape closes a menu, and a dialog, and nothing happens.
    page.press("Enter")
    page.press("Escape")
    page.wait("!document.querySelector('#menu:popover-open') && document.activeElement.classList.contains('more')", what="Escape gives the focus back")
    # What is kept is there again, at the address of the conversation.
    page.reload()
    expect(page.text("#title") == "Renamed" and drive.questions() == ["Second one"], "a reload shows the same conversation")
    page.click("#conversations li:nth-child(2) .open")
    page.wait("document.querySelector('.question')?.textContent.startsWith('What is a llama')", what="the other one opens")
    page.evaluate("history.back()")
    page.wait("document.querySelector('.question')?.textContent === 'Second one'", what="the browser's way back works")
    # Deleting asks first.
    page.click("#conversations li:nth-child(1) .more")
    page.click("#menu .danger")
    page.press("Escape")
    page.wait("!document.querySelector('dialog')")
    expect(len(drive.titles()) == 2, "Escape deletes nothing")
    page.click("#conversations li:nth-child(1) .more")
    page.click("#menu .danger")
    page.click("dialog .danger")
    page.wait("document.querySelectorAll('#conversations li').length === 1", what="it is deleted")
    expect(page.text("#title") == "New conversation", "another is not opened unasked")
    page.reload()
    expect(len(drive.titles()) == 1, "and stays deleted")
    drive.end()


@scenario
def export_and_import(drive):
    page, stub = drive.open()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        drive.say("Tell me more")
        drive.act("again")
        drive.done()
        page.click("#new-chat")
        drive.say("Another")
        page.evaluate("window.saved = []; URL.createObjectURL = (blob) => { blob.text().then((text) => window.saved.push(text)); return 'blob:x'; }; HTMLAnchorElement.prototype.click = function () { window.name_ = this.download; }")
        page.click("#export-all")
        page.wait("window.saved.length === 1")
        everything = json.loads(page.evaluate("window.saved[0]"))
        expect(everything["format"] == "llamarada-conversations" and len(everything["conversations"]) == 2, "both are exported")
        expect(sorted(len(one["messages"]) for one in everything["conversations"]) == [2, 3], "with every branch")
        page.click("#conversations li:nth-child(2) .more")
        page.click("#menu button:nth-child(2)")
        page.wait("window.saved.length === 2")
        one = json.loads(page.evaluate("window.saved[1]"))
        expect([c["title"] for c in one["conversations"]] == ["Tell me more"] and page.evaluate("window.name_") == "Tell me more.json", "one is exported")
        # Back in: beside what is there, with its branches.
        (folder / "one.json").write_text(json.dumps(one))
        page.choose("#import-file", [folder / "one.json"])
        page.wait("document.querySelectorAll('#conversations li').length === 3", what="it is imported beside the first")
        page.wait("document.querySelector('#toast').textContent.includes('1 conversation imported')")
        page.wait("document.querySelector('.place')?.textContent.includes('2 / 2')", what="with its branches")
        # What is none of it is refused in words, and nothing comes of it.
        message = {"id": "a", "parent": None, "role": "user", "text": "x"}

        def with_messages(*messages):
            return {"format": "llamarada-conversations", "version": 1, "conversations": [{"title": "t", "messages": list(messages)}]}
        wrong = {
            "no JSON": "{", "not exported from this page": "[]", "newer version": {"format": "llamarada-conversations", "version": 2, "conversations": []},
            "neither a question nor an answer": with_messages({**message, "role": "system"}), "something else than text": with_messages({**message, "text": {"a": 1}}),
            "not there": with_messages({**message, "parent": "b"}), "in a circle": with_messages({**message, "parent": "b"}, {**message, "id": "b", "parent": "a"}),
            "no name of its own": with_messages(message, message), "no messages": {"format": "llamarada-conversations", "version": 1, "conversations": [{}]},
            "is no object": {"format": "llamarada-conversations", "version": 1, "conversations": [None]},
        }
        for words, content in wrong.items():
            (folder / "wrong.json").write_text(content if isinstance(content, str) else json.dumps(content))
            page.choose("#import-file", [folder / "wrong.json"])
            page.wait(f"document.querySelector('#toast').textContent.includes({json.dumps(words)})", what=f"the toast says '{words}'")
        expect(len(drive.titles()) == 3, "nothing of it came in")
        # Text of a file is text.
        hostile = with_messages({**message, "text": "<img src=x onerror=hacked('file')>"}, {**message, "id": "b", "parent": "a", "role": "assistant", "text": "<script>hacked('file')</script>"})
        hostile["conversations"][0]["title"] = "<img src=x onerror=hacked('title')>"
        (folder / "hostile.json").write_text(json.dumps(hostile))
        page.choose("#import-file", [folder / "hostile.json"])
        page.wait("document.querySelector('#title').textContent.startsWith('<img')")
    drive.end()


@scenario
def two_tabs(drive):
    page, stub = drive.open()
    drive.say("First")
    other = drive.browser.page(page.evaluate("location.href"))
    other.wait("document.querySelector('.question')?.textContent === 'First'")
    first, drive.page = drive.page, other
    drive.say("From the other tab")
    drive.page = first
    page.wait("document.querySelectorAll('.question').length === 2", what="the first tab shows what the other one added")
    drive.say("And from the first")
    other.wait("document.querySelectorAll('.question').length === 3", what="and the other way round")
    # Both at once: neither undoes the other.
    drive.say("Slowly here", wait=False)
    drive.page = other
    other.click("#new-chat")
    drive.say("Elsewhere")
    stub.gate.set()
    drive.page = first
    drive.done()
    page.reload()
    expect(drive.questions() == ["First", "From the other tab", "And from the first", "Slowly here"], f"all is kept: {drive.questions()}")
    expect(len(drive.titles()) == 2, "both conversations")
    drive.page = other
    other.click("#conversations li:last-child .more")
    other.click("#menu .danger")
    other.click("dialog .danger")
    drive.page = first
    page.wait("document.querySelector('#toast').textContent.includes('deleted in another tab')", what="the first tab is told")
    expect(not other.complaints(), "the other tab's console is empty")
    other.close()
    drive.end()


# Answers

@scenario
def markdown(drive):
    page, stub = drive.open()
    drive.say("Showcase please")
    for selector, number in {"h3.level-2": 1, "h4.level-3": 1, ".table table": 1, "th": 4, "tbody tr": 3, "td.right": 3, "td.center": 3, "ol > li": 3,
                             "ol ul > li": 2, "blockquote": 1, ".code pre code": 1, "hr": 1, ".markdown del": 1, ".markdown em": 2}.items():
        expect(page.count(f".assistant {selector}") == number, f"{selector}: {page.count('.assistant ' + selector)} instead of {number}")
    link = page.evaluate("(({ href, target, rel }) => [href, target, rel])(document.querySelector('.markdown a'))")
    expect(link == ["https://example.org/water", "_blank", "noopener noreferrer"], f"the link: {link}")
    expect(page.text(".language") == "python", "the language is named")
    page.click(".copy")
    page.wait("window.copied.length === 1")
    expect(page.evaluate("window.copied[0]").startswith("def water(cups: int") and "```" not in page.evaluate("window.copied[0]"), "the code is copied")
    drive.announced("Code copied")
    drive.act("copy")
    page.wait("window.copied.length === 2")
    expect(page.evaluate("window.copied[1]") == (Path(__file__).parent / "showcase.md").read_text(), "the answer is copied as it was written")
    drive.announced("Answer complete. Brewing coffee")
    expect(len([text for text in page.evaluate("window.announced") if "Answer complete" in text]) == 1, "a screen reader hears the answer once")
    drive.end()


@scenario
def unfinished_markdown(drive):
    """At every length a text shows no mark that is gone at the next one, and ends as if it had come at once."""
    page, stub = drive.open()
    text = (Path(__file__).parent / "showcase.md").read_text()
    found = page.evaluate(f"""(async () => {{
      const {{ Markdown }} = await import(new URL("page/markdown.js", document.baseURI));
      const text = {json.dumps(text)};
      const [growing, whole] = [document.createElement("div"), document.createElement("div")];
      const [one, other] = [new Markdown(growing), new Markdown(whole)];
      const marks = [];
      let kept = null, steady = 0;
      for (let end = 1; end <= text.length; end += 1) {{
        one.show(text.slice(0, end), false);
        const shown = [...growing.childNodes].filter((node) => !node.querySelector?.("pre")).map((node) => node.textContent).join("\\n");
        if (/[*|`#]|\\]\\(|~~|^>|^---/m.test(shown)) marks.push(text.slice(end - 12, end));
        if (growing.firstChild && growing.firstChild === kept) steady += 1;
        kept = growing.firstChild;
      }}
      one.show(text, true);
      other.show(text, true);
      return {{ marks, steady, isSame: growing.innerHTML === whole.innerHTML, first: growing.innerHTML.slice(0, 200) }};
    }})()""")
    expect(found["marks"] == [], f"marks are shown at {found['marks'][:5]}")
    expect(found["isSame"], "the text ends as if it had come at once")
    expect(found["steady"] > len(text) - 60, f"the first block stays on the page: {found['steady']} of {len(text)}")
    # Twice the text takes about twice the time.
    times = page.evaluate("""(async () => {
      const { Markdown } = await import(new URL("page/markdown.js", document.baseURI));
      const one = "A paragraph with **bold** and `code` in it.\\n\\n";
      const time = (count) => {
        const view = new Markdown(document.createElement("div")), all = one.repeat(count), start = performance.now();
        for (let index = 1; index <= count; index += 1) view.show(all.slice(0, index * one.length), false);
        return performance.now() - start;
      };
      time(500);
      return [time(1000), time(4000)];
    })()""")
    expect(times[1] < 12 * times[0] + 50, f"4000 paragraphs took {times[1]:.0f} ms, 1000 {times[0]:.0f} ms")
    drive.end()


@scenario
def hostile(drive):
    page, stub = drive.open()
    drive.say("Hostile, please")
    page.wait("document.querySelector('.assistant .body').textContent.trimEnd().endsWith('The end.')", what="all of it is shown")
    answer = ".assistant .body"
    for selector in ("script", "img", "iframe", "svg:not(.icon)", "style", "link", "form", "input", "base", "meta", "video", "math", "[onclick]", "[onerror]", "[id]", "[name]", "[style]", "[srcdoc]"):
        expect(page.count(f"{answer} {selector}") == 0, f"there is a {selector} in the answer")
    addresses = page.evaluate(f"[...document.querySelectorAll('{answer} a')].map((a) => a.href)")
    expect(addresses and all(re.match(r"(https?|mailto):", one) for one in addresses), f"addresses: {addresses}")
    attributes = page.evaluate(f"[...new Set([...document.querySelectorAll('{answer} *')].flatMap((e) => e.getAttributeNames()))].sort()")
    expect(set(attributes) <= {"aria-hidden", "aria-label", "class", "d", "href", "rel", "role", "scope", "start", "tabindex", "target", "type", "viewBox"}, f"attributes: {attributes}")
    expect("<script>hacked('script')</script>" in page.text(answer), "scripts are shown as text")
    for link in range(page.count(f"{answer} .no-link")):
        page.evaluate(f"document.querySelectorAll('{answer} .no-link')[{link}].click()")
    expect(page.evaluate("window.hacks.length") == 0 and page.count("#composer") == 1, "nothing ran")
    # The policy holds even where the page were wrong: text as HTML is refused, or runs nothing.
    page.ignored = ["Content Security Policy", "TrustedHTML", "violates the following"]
    refused = page.evaluate("(() => { try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=hacked(1)>'); return false; } catch { return true; } })()")
    expect(refused, "HTML from a string is refused")
    page.evaluate("(() => { const s = document.createElement('script'); try { s.textContent = 'hacked(2)'; } catch {} document.body.append(s); const b = document.createElement('button'); try { b.setAttribute('onclick', 'hacked(3)'); } catch {} document.body.append(b); b.click(); b.remove(); })()")
    framed = page.evaluate("fetch('https://example.org/').then(() => 'came', () => 'refused')")
    expect(framed == "refused", "others cannot be reached")
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    page.complaints()
    page.requests = [url for url in page.requests if "example.org" not in url]
    # A question is text as well, and so is the title.
    drive.say("<img src=x onerror=hacked('question')>")
    page.reload()
    drive.end()


@scenario
def half_characters(drive):
    page, stub = drive.open()
    drive.say("Half characters")
    expect(drive.last() == "Grüße, 🦙🔥 und ein Kuss 💋\n\nЯ ем 寿司.", f"characters that came in bytes: {drive.last()!r}")
    drive.say("Lines")
    expect(drive.last() == "Lines end\nas they like", f"lines with carriage returns: {drive.last()!r}")
    drive.say("Think first")
    expect(drive.last().endswith("Then I answer.") and page.text(".thought summary") == "What the model thought", "thoughts are folded up")
    expect(page.evaluate("document.querySelector('.thought').open") is False, "and closed")
    drive.end()


@scenario
def stop_and_go_on(drive):
    page, stub = drive.open()
    drive.say("Slowly", wait=False)
    page.wait("document.querySelector('.assistant .body').textContent.includes('three')")
    expect(page.count("#conversations .pulse") == 1, "the list shows that an answer is being written")
    page.wait("document.querySelector('#meter-text').textContent.includes('tokens/s')", what="its speed is shown")
    page.click("#stop")
    drive.done()
    expect(drive.last().startswith("One two three") and "You stopped" in page.text(".assistant .extra"), "what came is kept")
    end = time.monotonic() + 5
    while not stub.hung_up and time.monotonic() < end:
        time.sleep(0.05)
    expect(stub.hung_up == 1, "the server is left")
    drive.announced("Answer stopped")
    before = drive.last()
    page.click(".assistant .extra [data-action=onward]")
    drive.done()
    expect(drive.last() == before + " and this is the rest of it.", f"it goes on where it was: {drive.last()!r}")
    path, body = stub.log[-1]
    expect(path == "/v1/completions" and isinstance(body["prompt"], list) and body["max_tokens"] == CONTEXT, "by the tokens that there were")
    # By Escape, and while the user writes the next one.
    drive.say("Slowly again", wait=False)
    page.wait("[...document.querySelectorAll('.assistant .body')].at(-1).textContent.includes('three')")
    page.write("My next question")
    page.press("Enter")
    expect(page.evaluate("document.querySelector('#message').value") == "My next question", "nothing is sent meanwhile, nothing is lost")
    page.press("Escape")
    drive.done()
    expect("You stopped" in page.text(".message:last-child .extra"), "Escape stops")
    page.press("Enter")
    drive.done()
    expect(drive.questions()[-1] == "My next question", "what was written is sent")
    drive.say("Read this", wait=False)
    page.wait("document.querySelector('.note')?.textContent === 'Reading: 480 of 1,200 tokens…'", what="how far the question is read")
    stub.gate.set()
    drive.done()
    drive.say("Limit")
    expect("longest length" in page.text(".message:last-child .extra") and page.count(".message:last-child [data-action=onward]") == 1, "an answer that was cut can go on")
    drive.end()


@scenario
def branches(drive):
    page, stub = drive.open()
    drive.say("Question one")
    drive.say("Question two")
    drive.act("again", 1)
    drive.done()
    expect(page.count(".message") == 2 and "2 / 2" in page.text(".message:nth-child(2) .place"), "another answer beside the first")
    second = drive.last()
    drive.act("previous", 1)
    page.wait("document.querySelectorAll('.message').length === 4", what="the first answer with what followed it")
    expect(page.focused() == "next", f"the focus stays on the arrows: {page.focused()}")
    page.press("Enter")
    page.wait("document.querySelectorAll('.message').length === 2", what="the second again, by the keyboard")
    expect(drive.last() == second, "the second answer")
    # An edited question is a branch, too.
    drive.act("edit", 0)
    page.wait("document.activeElement.matches('.editor textarea')", what="the editor has the focus")
    page.press("Escape")
    page.wait("document.activeElement.dataset.action === 'edit'", what="Escape gives it back")
    page.press("Enter")
    page.evaluate("document.activeElement.select()")
    page.write("Question zero")
    page.press("Enter")
    page.wait("document.querySelector('.question').textContent === 'Question zero'")
    drive.done()
    expect("2 / 2" in page.text(".message:nth-child(1) .place"), "the question has two versions")
    messages = stub.log[-1][1]["messages"]
    expect([one["content"] for one in messages] == ["Question zero"], f"the model is told this branch alone: {messages}")
    page.reload()
    expect(drive.questions() == ["Question zero"], "a reload keeps the branch")
    drive.act("previous", 0)
    page.wait("document.querySelector('.question').textContent === 'Question one'")
    # The arrow up in an empty box edits the last question.
    page.click("#message")
    page.press("ArrowUp")
    page.wait("document.activeElement.matches('.editor textarea')", what="the arrow up edits")
    page.press("Escape")
    # Deleting a question takes what follows along, and shows the other branch.
    drive.act("remove", 0)
    page.click("dialog .danger")
    page.wait("document.querySelector('.question').textContent === 'Question zero'", what="the other branch is shown")
    expect(page.count(".place") == 0, "and is the only one")
    page.reload()
    expect(drive.questions() == ["Question zero"], "the deleted stays deleted")
    drive.end()


# What goes wrong

@scenario
def broken_connections(drive):
    page, stub = drive.open()
    page.ignored = ["Failed to load resource", "net::ERR"]
    for word, kept in {"Break": "This is the beginning of an answer", "Cut": "This ends without an end"}.items():
        drive.say(f"{word} off")
        expect(drive.last() == kept, f"what came is kept: {drive.last()!r}")
        expect("broke off" in page.text(".message:last-child .problem"), "it says what happened")
        drive.announced("The connection broke off")
        page.click(".message:last-child .problem [data-action=onward]")
        drive.done()
        expect(drive.last() == kept + " and this is the rest of it.", "Continue goes on")
        expect(page.count(".message:last-child .problem") == 0, "and the words are gone")
    drive.say("Fail in between")
    expect(drive.last() == "So far so good" and "The device failed" in page.text(".message:last-child .problem"), "an error in the stream is told")
    page.reload()
    expect("The device failed" in page.text(".message:last-child .problem"), "also after a reload")
    # The server is gone.
    stub.mode = "silent"
    drive.say("Anybody there?")
    expect("does not answer" in page.text(".message:last-child .problem"), "no server: in words")
    page.wait("!document.querySelector('#banner').hidden", what="the page says that the server is away")
    stub.mode = "ready"
    page.wait("document.querySelector('#banner').hidden", what="and sees that it is back")
    page.click(".message:last-child .problem [data-action=again-now]")
    drive.done()
    expect(drive.last().startswith("Answer") and page.count(".message:last-child .problem") == 0, "Try again writes it in its place")
    expect(page.count(".message:last-child .place") == 0, "and makes no branch of nothing")
    drive.end()


@scenario
def errors(drive):
    page, stub = drive.open()
    page.ignored = ["Failed to load resource", "net::ERR"]
    drive.say("Full")
    expect("longer than the model's context" in page.text(".problem") and "5000 tokens" in page.text(".problem"), "a full context, with the server's words")
    expect(page.count(".problem [data-action=begin]") == 1, "and a way out")
    page.click(".problem [data-action=begin]")
    drive.say("Template?")
    expect("knows no conversations" in page.text(".problem"), "no template")
    page.click("#new-chat")
    drive.say("Nonsense")
    expect("behind the proxy" in page.text(".problem"), "a proxy's page")
    page.click("#new-chat")
    stub.busy = 1
    drive.say("Are you busy?", wait=False)
    page.wait("document.querySelector('.note')?.textContent.includes('busy')", what="a busy server is waited for")
    drive.done()
    expect(drive.last().startswith("Answer"), "and answers")
    page.click("#new-chat")
    stub.busy = 1
    drive.say("Busy still?", wait=False)
    page.wait("document.querySelector('.note')?.textContent.includes('busy')")
    page.press("Escape")
    drive.done()
    drive.end()


@scenario
def loading(drive):
    page, stub = drive.begin()
    page.ignored = ["Failed to load resource"]
    stub.mode = "loading"
    page.open(stub.url)
    page.wait("document.querySelector('#banner').textContent.includes('still loading')", what="the page says that the model loads")
    drive.say("Already?", wait=False)
    page.wait("document.querySelector('.note')?.textContent.includes('loading')", what="a question waits")
    stub.mode = "ready"
    drive.done()
    expect(drive.last().startswith("Answer") and not page.evaluate("!document.querySelector('#banner').hidden"), "and is answered")
    drive.announced("is ready")
    drive.end()


@scenario
def keys(drive):
    page, stub = drive.begin()
    page.ignored = ["Failed to load resource"]
    stub.key = "secret"
    page.open(stub.url)
    page.wait("document.querySelector('dialog[open]') && document.activeElement.id === 'key'", what="the page asks for the key")
    page.write("wrong")
    page.press("Enter")
    page.wait("document.querySelector('#key-words')?.textContent.includes('refused')", what="a wrong key is told")
    page.press("Escape")
    page.wait("document.querySelector('#banner button')", what="without one, there is a button")
    page.click("#banner button")
    page.wait("document.activeElement.id === 'key'")
    page.write("secret")
    page.press("Enter")
    page.wait("document.querySelector('#model').textContent.includes('Stub-7B')", what="the right key opens")
    expect(page.evaluate("[sessionStorage['llamarada.key'], localStorage['llamarada.key'] ?? null]") == ["secret", None], "it is kept for the tab alone")
    drive.say("Hello")
    # The server was started again, with another key.
    stub.key = "other"
    drive.say("Hello again", wait=False)
    page.wait("document.querySelector('dialog[open]')", what="it asks again")
    page.write("other")
    page.click("#key-kept")
    page.click("dialog .primary")
    drive.done()
    expect(drive.last().startswith("Answer"), "and goes on with the question")
    expect(page.evaluate("localStorage['llamarada.key']") == "other", "it is kept in the browser where the reader says so")
    expect("secret" not in json.dumps(stub.log), "the key is in no document")
    drive.end()


# Settings and files

@scenario
def settings(drive):
    page, stub = drive.open()
    drive.say("Plain")
    sent = stub.log[-1][1]
    expect(set(sent) == {"messages", "model", "stream", "stream_options"}, f"defaults are not sent: {sorted(sent)}")
    page.click("#open-settings")
    page.wait("document.activeElement.id === 'system'", what="the settings have the focus")
    expect("Default: 0.95." in page.text("dialog") and page.evaluate("document.querySelector('#setting-top_k').placeholder") == "40", "defaults are shown")
    expect("AMD Radeon" in page.text("dialog") and "4,096 tokens" in page.text("dialog"), "model and device are shown")
    page.write("You are a pirate.")
    for name, text in {"temperature": "9999", "top_k": "1.5", "min_p": "0,1", "seed": "42", "max_tokens": "50", "stop": "END\nSTOP"}.items():
        page.fill(f"#setting-{name}", text)
    page.click("dialog .primary")
    expect(page.count("dialog [aria-invalid=true]") == 2 and page.focused() == "setting-temperature", "what is wrong is marked, and the focus is there")
    expect("from 0 to 100" in page.text("#setting-temperature-wrong") and "whole number" in page.text("#setting-top_k-wrong"), "in words")
    page.fill("#setting-temperature", "0")
    page.fill("#setting-top_k", "40")
    page.click("dialog .primary")
    page.wait("!document.querySelector('dialog')")
    expect(page.focused() == "open-settings", "the focus is back")
    drive.say("With settings")
    sent = stub.log[-1][1]
    expect(sent["messages"][0] == {"role": "system", "content": "You are a pirate."}, "the system prompt is sent")
    expected = {"temperature": 0, "min_p": 0.1, "seed": 42, "max_tokens": 50, "stop": ["END", "STOP"]}
    expect({name: sent.get(name) for name in expected} == expected and "top_k" not in sent, f"what was chosen is sent, defaults are not: {sent}")
    # The prompt is this conversation's; the rest holds for all, also after a reload.
    page.reload()
    page.wait("document.querySelector('#model').textContent")
    page.click("#new-chat")
    drive.say("New one")
    sent = stub.log[-1][1]
    expect(sent["messages"][0]["role"] == "user" and sent["seed"] == 42, "the prompt belongs to its conversation")
    page.click("#open-settings")
    page.click("dialog .section-head button")
    page.click("dialog .primary")
    page.wait("!document.querySelector('dialog')")
    drive.say("Defaults again")
    expect("seed" not in stub.log[-1][1], "all defaults")
    expect("of 4,096 tokens" in page.text("#meter-text") and "62 tokens/s" in page.text(".message:last-child .figures"), "context and speed are shown")
    drive.end()


@scenario
def files(drive):
    page, stub = drive.open()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "notes.md").write_text("Some notes\n```\nwith a fence\n```\n")
        (folder / "wide.txt").write_text("größer", encoding="utf-16")
        (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        (folder / "large.txt").write_bytes(b"x" * (1 << 20) + b"y")
        (folder / "empty.txt").write_bytes(b"")
        page.choose("#attach-file", sorted(folder.iterdir()))
        page.wait("document.querySelectorAll('#attachments li').length === 2", what="two are texts")
        for words in ("picture.png: it is no text", "large.txt: it has 1.0 MB", "empty.txt: it is empty"):
            expect(words in page.text("#toast"), f"the toast says '{words}': {page.text('#toast')}")
        page.wait("document.querySelector('#attachments').textContent.includes('8 tokens')", what="tokens are counted")
        page.click("#attachments li:nth-child(2) button")
        expect(page.count("#attachments li") == 1 and page.focused() == "Remove notes.md", "one is removed, the focus is on the next")
        # Dropped and pasted ones.
        page.evaluate("""(() => { const data = new DataTransfer(); data.items.add(new File(["dropped text"], "dropped.txt"));
          window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true, bubbles: true })); })()""")
        page.wait("document.querySelectorAll('#attachments li').length === 2")
        page.evaluate("""(() => { const data = new DataTransfer(); data.items.add(new File(["pasted text"], "pasted.txt"));
          document.querySelector("#message").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, cancelable: true, bubbles: true })); })()""")
        page.wait("document.querySelectorAll('#attachments li').length === 3", what="dropped and pasted files are there")
        drive.say("Look at these")
    content = stub.log[-1][1]["messages"][0]["content"]
    expect(content.startswith("Look at these\n\nFile notes.md:\n````\nSome notes\n```") and "File pasted.txt:\n```\npasted text\n```" in content, f"the model reads them: {content!r}")
    expect(page.count("#attachments li") == 0 and page.count(".attached") == 3, "they are with the message now")
    page.click(".attached summary")
    page.wait("document.querySelector('.attached pre').innerText.includes('Some notes')", what="and can be read")
    drive.act("edit", 0)
    page.press("Enter")
    drive.done()
    expect("File notes.md" in stub.log[-1][1]["messages"][0]["content"], "an edited message keeps them")
    drive.end()


# Reading and writing

@scenario
def writing(drive):
    page, stub = drive.open()
    page.click("#message")
    height = page.evaluate("document.querySelector('#message').offsetHeight")
    page.write("One")
    page.press("Enter", shift=True)
    page.write("Two")
    expect(page.evaluate("document.querySelector('#message').value") == "One\nTwo", "Shift+Enter begins a line")
    for _ in range(4):
        page.press("Enter", shift=True)
    expect(page.evaluate("document.querySelector('#message').offsetHeight") > height + 60, "the box grows")
    # Enter that ends the composing of a character sends nothing.
    page.call("Input.imeSetComposition", text="に", selectionStart=1, selectionEnd=1)
    sent = page.evaluate("""(() => { const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, isComposing: true });
      document.querySelector("#message").dispatchEvent(event); return event.defaultPrevented; })()""")
    expect(not sent and page.count(".message") == 0, "composing sends nothing")
    page.call("Input.insertText", text="日本")
    page.press("Enter")
    drive.done()
    expect(drive.questions() == ["One\nTwo\n\n\n\n日本"], f"all of it is sent: {drive.questions()}")
    # An empty message is none.
    page.click("#message")
    page.write("   ")
    page.press("Enter")
    expect(page.count(".message") == 2, "nothing is sent of nothing")
    page.evaluate("document.querySelector('#thread').focus()")
    page.press("/")
    expect(page.focused() == "message" and page.evaluate("document.querySelector('#message').value") == "   ", "the slash goes to the box")
    page.fill("#message", "")
    page.click("#new-chat")
    page.click("#examples button")
    expect(page.evaluate("document.querySelector('#message').value").startswith("Explain how a rainbow"), "an example is put into the box, to be changed")
    drive.end()


@scenario
def scrolling(drive):
    page, stub = drive.open()
    distance = "(({ scrollHeight, clientHeight, scrollTop }) => scrollHeight - clientHeight - scrollTop)(document.querySelector('#thread'))"
    drive.say("Long one", wait=False)
    page.wait("document.querySelector('#thread').scrollTop > 200")
    expect(page.evaluate(distance) <= 4, "it follows the answer")
    page.wheel("#messages", -150)
    page.wait(f"{distance} > 40", what="whoever scrolls up is let go")
    top = page.evaluate("document.querySelector('#thread').scrollTop")
    drive.done()
    expect(abs(page.evaluate("document.querySelector('#thread').scrollTop") - top) < 160, "and stays where he is")
    page.wait("!document.querySelector('#to-end').hidden", what="a button leads back")
    page.click("#to-end")
    expect(page.evaluate(distance) <= 4, "to the end")
    expect(page.evaluate("document.querySelector('#to-end').hidden"), "and is gone")
    # Many answers at once do not hide the box, at any width.
    for width, height in ((320, 480), (390, 844), (844, 390), (1440, 900)):
        page.shape(width, height)
        time.sleep(0.05)
        box = page.evaluate("(({ top, bottom, left, right }) => [top, bottom, left, right])(document.querySelector('#composer').getBoundingClientRect())")
        expect(box[0] > 0 and box[1] <= height and box[2] >= 0 and box[3] <= width, f"the box at {width} by {height}: {box}")
        expect(page.evaluate("document.documentElement.scrollWidth") <= width, f"nothing is wider than the page at {width}")
    drive.end()


@scenario
def telephone(drive):
    page, stub = drive.begin()
    page.shape(390, 844, touch=True)
    page.open(stub.url)
    page.wait("document.querySelector('#model').textContent")
    page.click("#message")
    page.write("Showcase please")
    page.press("Enter")
    expect(page.count(".message") == 0, "Enter begins a line where there is no Shift")
    page.click("#send")
    drive.done()
    expect(page.evaluate("document.activeElement.id") != "message", "no keyboard in front of the answer")
    page.click("#open-sidebar")
    page.wait("document.activeElement.id === 'close-sidebar' && document.querySelector('#main').inert", what="the list has the focus, the rest is out of reach")
    access.check_targets(page)
    page.press("Escape")
    page.wait("document.activeElement.id === 'open-sidebar' && !document.querySelector('#main').inert", what="Escape closes it")
    access.check_targets(page)
    page.click("#open-settings")
    access.check_targets(page)
    page.press("Escape")
    expect(page.evaluate("document.documentElement.scrollWidth") == 390, "nothing is wider than the page")
    drive.end()


@scenario
def themes(drive):
    page, stub = drive.open()
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.shape(1440, 900, dark=True)
    dark = page.evaluate(colour)
    expect(light != dark, "the page follows the system")
    page.click("#theme")
    expect(page.evaluate(colour) == light and "light" in page.evaluate("document.querySelector('#theme').getAttribute('aria-label')"), "and the reader's choice")
    page.reload()
    expect(page.evaluate(colour) == light, "which is kept")
    page.click("#theme")
    expect(page.evaluate(colour) == dark, "dark")
    page.click("#theme")
    page.shape(1440, 900, dark=False)
    expect(page.evaluate(colour) == light, "and the system's again")
    drive.end()


@scenario
def without_storage(drive):
    page, stub = drive.begin()
    page.call("Page.addScriptToEvaluateOnNewDocument", source="""
      for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
      Object.defineProperty(window, "indexedDB", { get() { throw new DOMException("no", "SecurityError"); } });""")
    page.open(stub.url)
    page.wait("document.querySelector('#toast').textContent.includes('not kept')", what="it says that nothing is kept")
    drive.say("Still there?")
    expect(drive.last().startswith("Answer"), "and works")
    drive.end()
    page, stub = drive.open()
    page.evaluate("IDBObjectStore.prototype.put = function () { throw new DOMException('full', 'QuotaExceededError'); }")
    drive.say("No disk")
    page.wait("document.querySelector('#toast').textContent.includes('no room left')", what="a full disk is told")
    expect(drive.last().startswith("Answer"), "and the answer is there")
    drive.end()


@scenario
def plain_http(drive):
    """From another machine without encryption, behind a proxy that has the page below a path: much of the browser is missing."""
    page, stub = drive.begin()
    stub.url = stub.url.replace("127.0.0.1", "llama.test") + "below/"
    page.open(stub.url)
    page.wait("document.querySelector('#model').textContent.includes('Stub-7B')")
    expect(not page.evaluate("isSecureContext") and not page.evaluate("'clipboard' in navigator"), "the context is not secure")
    drive.say("Showcase please")
    page.evaluate("document.addEventListener('copy', () => window.copied.push(getSelection().toString() || document.activeElement.value))")
    page.click(".copy")
    page.wait("window.copied[0]?.startsWith('def water')", what="copying works by selection")
    page.reload()
    expect(drive.questions() == ["Showcase please"], "conversations are kept")
    drive.end()


@scenario
def accessible(drive):
    page, stub = drive.open()
    access.check(page, drive.options.axe, "empty")
    access.check_order(page)
    drive.say("Showcase please")
    drive.act("again")
    drive.done()
    for dark in (False, True):
        page.shape(1440, 900, dark=dark)
        access.check(page, drive.options.axe, f"answer, dark {dark}")
    access.check_order(page)
    page.click("#open-settings")
    access.check(page, drive.options.axe, "settings")
    access.check_trap(page)
    page.press("Escape")
    page.click("#conversations .more")
    access.check(page, drive.options.axe, "menu")
    page.press("Escape")
    page.ignored = ["Failed to load resource"]
    drive.say("Full")
    page.shape(390, 844, dark=True, touch=True)
    access.check(page, drive.options.axe, "error on a telephone")
    drive.end()


# The real one

@scenario
def demo_model(drive):
    """A conversation with the demo model, from the server that is to be served."""
    page = drive.page = drive.browser.page()
    page.call("Page.addScriptToEvaluateOnNewDocument", source="window.hacks = [];")
    page.open(drive.real + "/")
    page.wait("document.querySelector('#model').textContent.includes('SmolLM2')", seconds=40, what="the model's name")
    expect(" on " in page.text("#model"), f"and the device: {page.text('#model')}")
    page.click("#open-settings")
    page.fill("#setting-temperature", "0")
    page.fill("#setting-max_tokens", "24")
    page.click("dialog .primary")
    drive.say("What is the capital of France?", wait=False)
    page.wait("document.querySelector('.message.assistant .figures')", seconds=60, what="the answer")
    expect("Paris" in drive.last() and re.search(r"\d+ tokens · [\d.]+ tokens/s", page.text(".figures")), f"Paris, and how fast: {drive.last()!r} {page.text('.figures')}")
    expect(re.match(r"\d+ of [\d,]+ tokens", page.text("#meter-text")), f"the context: {page.text('#meter-text')}")
    # It is stopped in the middle, and goes on as it would have.
    page.click("#open-settings")
    page.fill("#setting-max_tokens", "6")
    page.click("dialog .primary")
    drive.say("Tell me a story about a llama.", wait=False)
    page.wait("document.querySelector('.message:last-child .hint [data-action=onward]')", seconds=60, what="the answer reached its longest length")
    first = drive.last()
    page.click(".message:last-child [data-action=onward]")
    page.wait(f"!document.querySelector('.message.running') && [...document.querySelectorAll('.message.assistant')].at(-1).querySelector('.body').innerText.length > {len(first)}", seconds=60, what="it goes on")
    continued = drive.last()
    page.click("#open-settings")
    page.fill("#setting-max_tokens", "12")
    page.click("dialog .primary")
    drive.act("again")
    page.wait("document.querySelector('.place')?.textContent.includes('2 / 2') && !document.querySelector('.message.running')", seconds=60, what="another answer")
    expect(drive.last() == continued, f"6 and 6 tokens are as 12 at once: {continued!r}, {drive.last()!r}")
    complaints = page.complaints()
    expect(not complaints, f"the console must be empty: {complaints[:3]}")
    page.close()


def serve(program):
    """The real server with the demo model, at a free port; the process and its address."""
    process = subprocess.Popen(
        [program, "serve", "-m", str(MODEL), "--port", "0", "-c", "512", "-np", "1"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
    for line in process.stderr:
        found = re.search(rb"listening at (http://\S+)", line)
        if found:
            # What it says later must go somewhere.
            import threading
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process, found.group(1).decode()
    raise SystemExit(f"{program} serve did not start")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("browser")
    parser.add_argument("--files")
    parser.add_argument("--axe", help="axe.min.js, whose rules are applied as well")
    parser.add_argument("--pictures", help="a folder for pictures of what is to be looked at; then nothing else is done")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    chosen = [one for one in SCENARIOS if not options.names or one.__name__ in options.names]
    expect(chosen, f"no scenario of {options.names}")
    process, real = serve(options.program)
    browser = Browser(options.browser)
    start = time.monotonic()
    try:
        drive = Drive(browser, real, options)
        if options.pictures:
            import pictures
            return pictures.take(drive, Path(options.pictures))
        for one in chosen:
            begun = time.monotonic()
            try:
                one(drive)
            except Exception:
                print(f"page: {one.__name__} failed", file=sys.stderr)
                raise
            print(f"  {one.__name__}: {time.monotonic() - begun:.1f} s")
        print(f"chat page: well ({len(chosen)} scenarios, {time.monotonic() - start:.0f} s)")
    finally:
        browser.close()
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
    return None


if __name__ == "__main__":
    main()
