"""Conversations: the list, files, two tabs, branches."""

import json
import tempfile
from pathlib import Path

from scenario import expect, scenario


@scenario
def conversations(drive):
    page, stub = drive.open()
    drive.say("What is a llama? Tell me in one sentence, so that I can remember it.")
    expect(
        drive.titles() == ["What is a llama? Tell me in one sentence, so that I can…"], f"the title: {drive.titles()}"
    )
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
    page.wait(
        "document.querySelector('#menu:popover-open') && document.activeElement.textContent === 'Rename'",
        what="the menu has the focus",
    )
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
    page.wait(
        "!document.querySelector('#menu:popover-open') && document.activeElement.classList.contains('more')",
        what="Escape gives the focus back",
    )
    # What is kept is there again, at the address of the conversation.
    page.reload()
    expect(
        page.text("#title") == "Renamed" and drive.questions() == ["Second one"], "a reload shows the same conversation"
    )
    page.click("#conversations li:nth-child(2) .open")
    page.wait(
        "document.querySelector('.question')?.textContent.startsWith('What is a llama')", what="the other one opens"
    )
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
        page.evaluate(
            "window.saved = []; URL.createObjectURL = (blob) => { blob.text().then((text) => window.saved.push(text)); return 'blob:x'; }; HTMLAnchorElement.prototype.click = function () { window.name_ = this.download; }"
        )
        page.click("#export-all")
        page.wait("window.saved.length === 1")
        everything = json.loads(page.evaluate("window.saved[0]"))
        expect(
            everything["format"] == "llamarada-conversations" and len(everything["conversations"]) == 2,
            "both are exported",
        )
        expect(sorted(len(one["messages"]) for one in everything["conversations"]) == [2, 3], "with every branch")
        page.click("#conversations li:nth-child(2) .more")
        page.click("#menu button:nth-child(2)")
        page.wait("window.saved.length === 2")
        one = json.loads(page.evaluate("window.saved[1]"))
        expect(
            [c["title"] for c in one["conversations"]] == ["Tell me more"]
            and page.evaluate("window.name_") == "Tell me more.json",
            "one is exported",
        )
        # Back in: beside what is there, with its branches.
        (folder / "one.json").write_text(json.dumps(one))
        page.choose("#import-file", [folder / "one.json"])
        page.wait("document.querySelectorAll('#conversations li').length === 3", what="it is imported beside the first")
        page.wait("document.querySelector('#toast').textContent.includes('1 conversation imported')")
        page.wait("document.querySelector('.place')?.textContent.includes('2 / 2')", what="with its branches")
        # What is none of it is refused in words, and nothing comes of it.
        message = {"id": "a", "parent": None, "role": "user", "text": "x"}

        def with_messages(*messages):
            return {
                "format": "llamarada-conversations",
                "version": 1,
                "conversations": [{"title": "t", "messages": list(messages)}],
            }

        wrong = {
            "no JSON": "{",
            "not exported from this page": "[]",
            "newer version": {"format": "llamarada-conversations", "version": 2, "conversations": []},
            "neither a question nor an answer": with_messages({**message, "role": "system"}),
            "something else than text": with_messages({**message, "text": {"a": 1}}),
            "not there": with_messages({**message, "parent": "b"}),
            "in a circle": with_messages({**message, "parent": "b"}, {**message, "id": "b", "parent": "a"}),
            "no name of its own": with_messages(message, message),
            "no messages": {"format": "llamarada-conversations", "version": 1, "conversations": [{}]},
            "is no object": {"format": "llamarada-conversations", "version": 1, "conversations": [None]},
        }
        for words, content in wrong.items():
            (folder / "wrong.json").write_text(content if isinstance(content, str) else json.dumps(content))
            page.choose("#import-file", [folder / "wrong.json"])
            page.wait(
                f"document.querySelector('#toast').textContent.includes({json.dumps(words)})",
                what=f"the toast says '{words}'",
            )
        expect(len(drive.titles()) == 3, "nothing of it came in")
        # Text of a file is text.
        hostile = with_messages(
            {**message, "text": "<img src=x onerror=hacked('file')>"},
            {**message, "id": "b", "parent": "a", "role": "assistant", "text": "<script>hacked('file')</script>"},
        )
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
    page.wait(
        "document.querySelectorAll('.question').length === 2", what="the first tab shows what the other one added"
    )
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
    expect(
        drive.questions() == ["First", "From the other tab", "And from the first", "Slowly here"],
        f"all is kept: {drive.questions()}",
    )
    expect(len(drive.titles()) == 2, "both conversations")
    drive.page = other
    other.click("#conversations li:last-child .more")
    other.click("#menu .danger")
    other.click("dialog .danger")
    drive.page = first
    page.wait(
        "document.querySelector('#toast').textContent.includes('deleted in another tab')", what="the first tab is told"
    )
    expect(not other.complaints(), "the other tab's console is empty")
    other.close()
    drive.end()


@scenario
def branches(drive):
    page, stub = drive.open()
    drive.say("Question one")
    drive.say("Question two")
    drive.act("again", 1)
    drive.done()
    expect(
        page.count(".message") == 2 and "2 / 2" in page.text(".message:nth-child(2) .place"),
        "another answer beside the first",
    )
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
    expect(
        [one["content"] for one in messages] == ["Question zero"], f"the model is told this branch alone: {messages}"
    )
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
