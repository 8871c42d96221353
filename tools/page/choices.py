"""Settings, and files beside a message."""

import tempfile
from pathlib import Path

from scenario import expect, scenario


@scenario
def settings(drive):
    page, stub = drive.open()
    drive.say("Plain")
    sent = stub.log[-1][1]
    expect(set(sent) == {"messages", "model", "stream", "stream_options"}, f"defaults are not sent: {sorted(sent)}")
    page.click("#open-settings")
    page.wait("document.activeElement.id === 'system'", what="the settings have the focus")
    expect(
        "Default: 0.95." in page.text("dialog")
        and page.evaluate("document.querySelector('#setting-top_k').placeholder") == "40",
        "defaults are shown",
    )
    expect("AMD Radeon" in page.text("dialog") and "4,096 tokens" in page.text("dialog"), "model and device are shown")
    page.write("You are a pirate.")
    for name, text in {
        "temperature": "9999",
        "top_k": "1.5",
        "min_p": "0,1",
        "seed": "42",
        "max_tokens": "50",
        "stop": "END\nSTOP",
    }.items():
        page.fill(f"#setting-{name}", text)
    page.click("dialog .primary")
    expect(
        page.count("dialog [aria-invalid=true]") == 2 and page.focused() == "setting-temperature",
        "what is wrong is marked, and the focus is there",
    )
    expect(
        "from 0 to 100" in page.text("#setting-temperature-wrong")
        and "whole number" in page.text("#setting-top_k-wrong"),
        "in words",
    )
    page.fill("#setting-temperature", "0")
    page.fill("#setting-top_k", "40")
    page.click("dialog .primary")
    page.wait("!document.querySelector('dialog')")
    expect(page.focused() == "open-settings", "the focus is back")
    drive.say("With settings")
    sent = stub.log[-1][1]
    expect(sent["messages"][0] == {"role": "system", "content": "You are a pirate."}, "the system prompt is sent")
    expected = {"temperature": 0, "min_p": 0.1, "seed": 42, "max_tokens": 50, "stop": ["END", "STOP"]}
    expect(
        {name: sent.get(name) for name in expected} == expected and "top_k" not in sent,
        f"what was chosen is sent, defaults are not: {sent}",
    )
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
    expect(
        "of 4,096 tokens" in page.text("#meter-text") and "62 tokens/s" in page.text(".message:last-child .figures"),
        "context and speed are shown",
    )
    drive.end()


@scenario
def files(drive):
    page, stub = drive.open()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "notes.md").write_text("Some notes\n```\nwith a fence\n```\n")
        (folder / "wide.txt").write_text("größer", encoding="utf-16")
        (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        (folder / "zeros.bin").write_bytes(b"plain but for one\0byte")
        (folder / "large.txt").write_bytes(b"x" * (1 << 20) + b"y")
        (folder / "empty.txt").write_bytes(b"")
        page.choose("#attach-file", sorted(folder.iterdir()))
        page.wait("document.querySelectorAll('#attachments li').length === 2", what="two are texts")
        for words in (
            "picture.png: it is no text",
            "zeros.bin: it is no text",
            "large.txt: it has 1.0 MB",
            "empty.txt: it is empty",
        ):
            expect(words in page.text("#toast"), f"the toast says '{words}': {page.text('#toast')}")
        page.wait("document.querySelector('#attachments').textContent.includes('8 tokens')", what="tokens are counted")
        page.click("#attachments li:nth-child(2) button")
        expect(
            page.count("#attachments li") == 1 and page.focused() == "Remove notes.md",
            "one is removed, the focus is on the next",
        )
        # Dropped and pasted ones.
        page.evaluate(
            """(() => { const data = new DataTransfer(); data.items.add(new File(["dropped text"], "dropped.txt"));
          window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true, bubbles: true })); })()"""
        )
        page.wait("document.querySelectorAll('#attachments li').length === 2")
        page.evaluate(
            """(() => { const data = new DataTransfer(); data.items.add(new File(["pasted text"], "pasted.txt"));
          document.querySelector("#message").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, cancelable: true, bubbles: true })); })()"""
        )
        page.wait(
            "document.querySelectorAll('#attachments li').length === 3", what="dropped and pasted files are there"
        )
        drive.say("Look at these")
    content = stub.log[-1][1]["messages"][0]["content"]
    expect(
        content.startswith("Look at these\n\nFile notes.md:\n````\nSome notes\n```")
        and "File pasted.txt:\n```\npasted text\n```" in content,
        f"the model reads them: {content!r}",
    )
    expect(page.count("#attachments li") == 0 and page.count(".attached") == 3, "they are with the message now")
    page.click(".attached summary")
    page.wait("document.querySelector('.attached pre').innerText.includes('Some notes')", what="and can be read")
    drive.act("edit", 0)
    page.press("Enter")
    drive.done()
    expect("File notes.md" in stub.log[-1][1]["messages"][0]["content"], "an edited message keeps them")
    drive.end()
