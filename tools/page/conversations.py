"""Conversations: the list, files, two tabs, branches."""

import json
import tempfile
from pathlib import Path

from scenario import SAVING, expect, scenario


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
    # There is a way back past what is gone, and forward again.
    page.click("#new-chat")
    drive.say("Short-lived")
    page.click("#conversations li:nth-child(2) .open")
    page.wait("document.querySelector('.question')?.textContent === 'Second one'")
    page.click("#conversations li:nth-child(1) .more")
    page.click("#menu .danger")
    page.click("dialog .danger")
    page.wait("document.querySelectorAll('#conversations li').length === 2")
    page.evaluate("history.back()")
    page.wait("document.querySelector('#title').textContent === 'New conversation' && location.hash === ''")
    page.evaluate("history.forward()")
    page.wait("document.querySelector('.question')?.textContent === 'Second one'", what="the way forward is still there")
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
        page.evaluate(SAVING)
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
            "no message that begins it": with_messages({**message, "parent": "b"}),
            "conversation 1 has no message that begins it": with_messages({**message, "parent": "b"}, {**message, "id": "b", "parent": "a"}),
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
            # States are looked up among ours alone, and what follows nothing is dropped.
            {**message, "id": "c", "parent": "a", "role": "assistant", "text": "Built", "state": "constructor"},
            {**message, "id": "d", "parent": "e", "role": "assistant", "text": "An orphan"},
        )
        hostile["conversations"].insert(0, {"messages": [{**message, "role": "system"}]})
        hostile["conversations"][1]["title"] = "<img src=x onerror=hacked('title')>"
        (folder / "hostile.json").write_text(json.dumps(hostile))
        page.choose("#import-file", [folder / "hostile.json"])
        page.wait("document.querySelector('#title').textContent.startsWith('<img')")
        page.wait(
            "document.querySelector('#toast').textContent.includes('1 conversation imported')"
            " && document.querySelector('#toast').textContent.includes('Left out: message 1 of conversation 1 is neither')",
            what="what is good of a file comes in, and the rest is named",
        )
        expect("2 / 2" in page.text(".message:last-child .place"), "both answers are there, the orphan is not")
        page.reload()
        expect(len(drive.titles()) == 4 and "2 / 2" in page.text(".message:last-child .place"), "and are kept")
    drive.end()


RECORDS = """new Promise((done) => { const open = indexedDB.open("llamarada"); open.onsuccess = () => {
  open.result.transaction("messages").objectStore("messages").count().onsuccess = (event) => {
    open.result.close(); done(event.target.result); }; }; })"""


@scenario
def store(drive):
    """Two tabs' stores: what one deleted the other does not bring back, and nothing is kept by halves."""
    page, stub = drive.open()
    found = page.evaluate("""(async () => {
      const { Store } = await import(new URL("page/store.js", document.baseURI));
      const [one, other] = [await Store.open(), await Store.open()];
      const conversation = { id: "c", title: "t", created: 1, updated: 1, leaf: null };
      const message = (id, parent) => ({ id, conversation: "c", parent, role: "user", text: id, created: 1 });
      const names = async () => (await other.messages("c")).map(({ id }) => id).sort().join("");
      const result = [];
      await one.put(conversation, [message("a", null), message("b", "a")]);
      await other.conversations();
      result.push(await names());
      // Known here, deleted there; and a new one below it.
      await other.removeMessages(conversation, ["a", "b"]);
      await one.putMessages([message("b", "a")]);
      await one.put(conversation, [message("d", "b")]);
      result.push(await names());
      // Asked for, and put before the reply is there.
      const reading = one.messages("c");
      const putting = one.put(conversation, [message("e", null)]);
      result.push((await reading).map(({ id }) => id).join(""));
      await putting;
      // One record that cannot be kept takes the others with it.
      const failed = await one.add([{ conversation: { ...conversation, id: "x" }, messages: [{ id: "y", wrong: () => 0 }] }])
        .then(() => "kept", (error) => error.kind);
      result.push(failed, (await other.conversations()).map(({ id }) => id).join(""));
      await other.removeConversation("c");
      await one.putMessages([message("e", null)]);
      await one.put(conversation, [message("f", null)]);
      result.push(await names(), (await other.conversations()).length);
      return result;
    })()""")
    expect(found == ["ab", "", "e", "storage", "c", "", 0], f"what is there: {found}")
    drive.end()


@scenario
def two_tabs(drive):
    page, stub = drive.open()
    drive.say("First")
    other = drive.browser.page(page.evaluate("location.href"))
    other.wait("document.querySelector('.question')?.textContent === 'First'")
    first, drive.page = drive.page, other
    page.evaluate("document.querySelector('#send').focus()")
    drive.say("From the other tab")
    drive.page = first
    page.wait(
        "document.querySelectorAll('.question').length === 2", what="the first tab shows what the other one added"
    )
    expect(page.focused() == "send", f"and leaves the focus where it is: {page.focused()}")
    drive.say("And from the first")
    other.wait("document.querySelectorAll('.question').length === 3", what="and the other way round")
    # Both write to one conversation at the same time: neither undoes the other.
    drive.say("Slowly here", wait=False)
    page.wait("document.querySelector('.message:last-child .body').textContent.includes('three')")
    drive.page = other
    other.wait("document.querySelectorAll('.question').length === 4")
    drive.act("edit", 4)
    other.wait("document.activeElement.matches('.editor textarea')")
    other.evaluate("document.activeElement.select()")
    other.write("Slowly there")
    other.press("Enter")
    other.wait("document.querySelector('.message:last-child .body').textContent.includes('three')")
    stub.gate.set()
    drive.done()
    drive.page = first
    drive.done()
    shown = ["First", "From the other tab", "And from the first", "Slowly here"]
    expect(drive.questions() == shown, f"each tab shows its own branch: {drive.questions()}")
    drive.page = other
    expect(drive.questions() == [*shown[:2], "Slowly there"], f"also the other: {drive.questions()}")
    other.reload()
    texts = other.evaluate("""new Promise((done) => { const open = indexedDB.open("llamarada"); open.onsuccess = () => {
      open.result.transaction("messages").objectStore("messages").getAll().onsuccess = (event) => {
        open.result.close(); done(event.target.result.map(({ text, state }) => [text.slice(0, 13), state])); }; }; })""")
    expect(
        texts.count(["One two three", "done"]) == 2
        and {"First", "From the othe", "And from the ", "Slowly here", "Slowly there"} <= {text for text, _ in texts},
        f"all is kept: {texts}",
    )
    # What is deleted in one tab is not computed any more in the other.
    stub.gate.clear()
    drive.act("previous", 4)
    other.wait("document.querySelectorAll('.question').length === 4", what="the other tab shows the first's branch")
    drive.page = first
    hung_up = stub.hung_up
    drive.say("Slowly once more", wait=False)
    page.wait("document.querySelector('.message:last-child .body').textContent.includes('three')")
    drive.page = other
    other.wait("[...document.querySelectorAll('.question')].at(-1).textContent === 'Slowly once more'")
    drive.act("remove", -2)
    other.click("dialog .danger")
    drive.page = first
    drive.left(hung_up + 1)
    drive.done()
    page.wait("[...document.querySelectorAll('.question')].at(-1).textContent !== 'Slowly once more'")
    drive.say("Slowly, the last", wait=False)
    page.wait("document.querySelector('.message:last-child .body').textContent.includes('three')")
    drive.page = other
    other.click("#conversations li:last-child .more")
    other.click("#menu .danger")
    other.click("dialog .danger")
    drive.page = first
    page.wait(
        "document.querySelector('#toast').textContent.includes('deleted in another tab')", what="the first tab is told"
    )
    drive.left(hung_up + 2)
    page.wait("document.querySelector('#stop').hidden && !document.querySelector('#conversations li')")
    expect(page.evaluate(RECORDS) == 0, "and nothing of it came back")
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
    # Asking whether to delete stops nothing; deleting does.
    drive.say("Slowly now", wait=False)
    page.wait("document.querySelector('.message:last-child .body').textContent.includes('three')")
    drive.act("remove", -2)
    page.wait("document.querySelector('dialog[open]')")
    page.press("Escape")
    page.wait("!document.querySelector('dialog')")
    length = len(drive.last())
    page.wait(
        f"document.querySelector('.message.running:last-child .body').innerText.length > {length}",
        what="the answer goes on",
    )
    drive.act("remove", -2)
    page.click("dialog .danger")
    drive.left(1)
    page.wait("[...document.querySelectorAll('.question')].at(-1).textContent !== 'Slowly now'", what="both are gone")
    page.wait("document.querySelector('#stop').hidden")
    # Deleting a question takes what follows along, and shows the other branch.
    drive.act("remove", 0)
    page.click("dialog .danger")
    page.wait("document.querySelector('.question').textContent === 'Question zero'", what="the other branch is shown")
    expect(page.count(".place") == 0, "and is the only one")
    page.reload()
    expect(drive.questions() == ["Question zero"], "the deleted stays deleted")
    drive.end()
