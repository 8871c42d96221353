"""What goes wrong, and what the page makes of it."""

import json
import tempfile
from pathlib import Path

from scenario import SAVING, expect, scenario


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
    expect(
        drive.last() == "So far so good" and "The device failed" in page.text(".message:last-child .problem"),
        "an error in the stream is told",
    )
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
    expect(
        drive.last().startswith("Answer") and page.count(".message:last-child .problem") == 0,
        "Try again writes it in its place",
    )
    expect(page.count(".message:last-child .place") == 0, "and makes no branch of nothing")
    drive.end()


@scenario
def errors(drive):
    page, stub = drive.open()
    page.ignored = ["Failed to load resource", "net::ERR"]
    drive.say("Full")
    expect(
        "longer than the model's context" in page.text(".problem") and "5000 tokens" in page.text(".problem"),
        "a full context, with the server's words",
    )
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
    page.wait(
        "document.querySelector('#banner').textContent.includes('still loading')",
        what="the page says that the model loads",
    )
    # What was chosen is sent, though the server has not yet said what it knows.
    page.evaluate(
        "localStorage['llamarada.settings'] = JSON.stringify({ version: 1, system: '', values: { temperature: 0.3 } })"
    )
    drive.say("Already?", wait=False)
    page.wait("document.querySelector('.note')?.textContent.includes('loading')", what="a question waits")
    stub.mode = "ready"
    drive.done()
    expect(
        drive.last().startswith("Answer") and not page.evaluate("!document.querySelector('#banner').hidden"),
        "and is answered",
    )
    drive.announced("is ready")
    expect(stub.log[-1][1].get("temperature") == 0.3, f"the settings are sent: {stub.log[-1][1]}")
    # A server that was started again, with another default.
    stub.temperature = 0.3
    drive.say("Its default now")
    expect("temperature" not in stub.log[-1][1], "a default is not sent")
    stub.temperature = 0.5
    drive.say("No default any more")
    expect(stub.log[-1][1].get("temperature") == 0.3, "what is no default any more is sent")
    # Nor does an answer's rest wait in vain.
    drive.say("Limit")
    stub.mode = "loading"
    page.click(".message:last-child [data-action=onward]")
    page.wait("document.querySelector('.message.running')", what="it waits")
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    stub.mode = "ready"
    drive.done()
    expect(drive.last() == "This goes on and this is the rest of it.", f"and goes on: {drive.last()!r}")
    drive.end()


@scenario
def keys(drive):
    page, stub = drive.begin()
    page.ignored = ["Failed to load resource"]
    stub.key = "secret"
    page.open(stub.url)
    page.wait(
        "document.querySelector('dialog[open]') && document.activeElement.id === 'key'",
        what="the page asks for the key",
    )
    # No header takes this.
    page.write("ключ")
    page.press("Enter")
    page.wait("document.querySelector('#key-words').textContent.includes('ASCII')", what="what is no key is told")
    expect(page.evaluate("sessionStorage['llamarada.key'] ?? null") is None, "and not kept")
    page.fill("#key", "wrong")
    page.press("Enter")
    page.wait("document.querySelector('#key-words')?.textContent.includes('refused')", what="a wrong key is told")
    page.press("Escape")
    page.wait("document.querySelector('#banner button')", what="without one, there is a button")
    page.click("#banner button")
    page.wait("document.activeElement.id === 'key'")
    page.write("secret")
    page.press("Enter")
    page.wait("document.querySelector('#model').textContent.includes('Stub-7B')", what="the right key opens")
    expect(
        page.evaluate("[sessionStorage['llamarada.key'], localStorage['llamarada.key'] ?? null]") == ["secret", None],
        "it is kept for the tab alone",
    )
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
    expect(
        page.evaluate("localStorage['llamarada.key']") == "other", "it is kept in the browser where the reader says so"
    )
    expect("secret" not in json.dumps(stub.log), "the key is in no document")
    page.click("#open-settings")
    page.click("#forget-key")
    expect(
        page.evaluate("[sessionStorage['llamarada.key'] ?? null, localStorage['llamarada.key'] ?? null]") == [None, None],
        "it is forgotten where the reader says so",
    )
    expect(page.count("#forget-key") == 0 and page.focused() == "system", "the button is gone, the focus is not")
    page.press("Escape")
    # One that an earlier page kept, and that cannot be sent.
    page.evaluate("localStorage['llamarada.key'] = 'ключ'")
    page.reload()
    page.wait("document.activeElement.id === 'key'", what="the page asks for a key that can be sent")
    expect("does not answer" not in page.text("#banner"), "and blames nobody")
    drive.end()


@scenario
def without_storage(drive):
    page, stub = drive.begin()
    page.call(
        "Page.addScriptToEvaluateOnNewDocument",
        source="""
      for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
      Object.defineProperty(window, "indexedDB", { get() { throw new DOMException("no", "SecurityError"); } });""",
    )
    page.open(stub.url)
    page.wait("document.querySelector('#toast').textContent.includes('not kept')", what="it says that nothing is kept")
    drive.say("Still there?")
    expect(drive.last().startswith("Answer"), "and works")
    drive.end()


# As browsers do it: a record is taken at first, and then the transaction that it was part of fails.
FULL = """window.isFull = true;
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...record) {
  const request = put.apply(this, record), transaction = this.transaction;
  if (!window.isFull) return request;
  Object.defineProperty(transaction, "error", { configurable: true, value: new DOMException("full", "QuotaExceededError") });
  request.addEventListener("success", () => { try { transaction.abort(); } catch { } });
  return request;
};"""


@scenario
def no_room(drive):
    """The disk is full: nothing that is on the page is lost, and it is kept as soon as there is room."""
    page, stub = drive.open()
    drive.say("Kept")
    page.click("#new-chat")
    page.evaluate(SAVING)
    page.evaluate(FULL)
    drive.say("No disk")
    page.wait("document.querySelector('#toast').textContent.includes('no room left')", what="a full disk is told")
    expect(drive.last().startswith("Answer"), "and the answer is there")
    drive.say("Still none")
    page.click("#conversations li:nth-child(2) .open")
    page.wait("document.querySelector('.question')?.textContent === 'Kept'", what="another conversation opens")
    drive.act("again")
    drive.done()
    page.click("#conversations li:nth-child(2) .open")
    page.wait("document.querySelectorAll('.question').length === 2", what="and what was not kept is still there")
    page.click("#export-all")
    page.wait("window.saved.length === 1")
    everything = json.loads(page.evaluate("window.saved[0]"))["conversations"]
    expect(
        {one["title"]: len(one["messages"]) for one in everything} == {"Kept": 3, "No disk": 4}
        and all(message["text"] for one in everything for message in one["messages"]),
        f"the file has what was not kept as well: {everything}",
    )
    # Nothing is imported that could not be kept.
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "all.json").write_text(page.evaluate("window.saved[0]"))
        page.choose("#import-file", [Path(folder) / "all.json"])
        page.wait(
            "document.querySelector('#toast').textContent.includes('all.json was not imported: The browser has no room')",
            what="the toast says why",
        )
    expect(len(drive.titles()) == 2 and len(drive.questions()) == 2, "and nothing else is opened")
    # There is room again: with the next message all is kept.
    page.evaluate("window.isFull = false")
    drive.say("Room again")
    page.wait("!document.querySelector('#stop:not([hidden])')")
    page.reload()
    expect(
        drive.questions() == ["No disk", "Still none", "Room again"], f"all of it is kept: {drive.questions()}"
    )
    page.click("#conversations li:nth-child(2) .open")
    page.wait("document.querySelector('.place')?.textContent.includes('2 / 2')", what="the other conversation as well")
    drive.end()


@scenario
def plain_http(drive):
    """From another machine without encryption, behind a proxy that has the page below a path: much of the browser is missing."""
    page, stub = drive.begin()
    stub.url = stub.url.replace("127.0.0.1", "llama.test") + "below/"
    page.open(stub.url)
    page.wait("document.querySelector('#model').textContent.includes('Stub-7B')")
    expect(
        not page.evaluate("isSecureContext") and not page.evaluate("'clipboard' in navigator"),
        "the context is not secure",
    )
    drive.say("Showcase please")
    page.evaluate(
        "document.addEventListener('copy', () => window.copied.push(getSelection().toString() || document.activeElement.value))"
    )
    page.click(".copy")
    page.wait("window.copied[0]?.startsWith('def water')", what="copying works by selection")
    page.reload()
    expect(drive.questions() == ["Showcase please"], "conversations are kept")
    drive.end()
