"""Answers as they come: Markdown, scripts, half characters, stopping and going on."""

import json
import re
from pathlib import Path

from stub import CONTEXT
from scenario import expect, scenario


@scenario
def markdown(drive):
    page, stub = drive.open()
    drive.say("Showcase please")
    for selector, number in {
        "h3.level-2": 1,
        "h4.level-3": 1,
        ".table table": 1,
        "th": 4,
        "tbody tr": 3,
        "td.right": 3,
        "td.center": 3,
        "ol > li": 3,
        "ol ul > li": 2,
        "blockquote": 1,
        ".code pre code": 1,
        "hr": 1,
        ".markdown del": 1,
        ".markdown em": 2,
    }.items():
        expect(
            page.count(f".assistant {selector}") == number,
            f"{selector}: {page.count('.assistant ' + selector)} instead of {number}",
        )
    link = page.evaluate("(({ href, target, rel }) => [href, target, rel])(document.querySelector('.markdown a'))")
    expect(link == ["https://example.org/water", "_blank", "noopener noreferrer"], f"the link: {link}")
    expect(page.text(".language") == "python", "the language is named")
    coloured = page.evaluate(
        "['keyword', 'text', 'number', 'comment'].map((kind) => document.querySelector(`.code .${kind}`).textContent.slice(0, 20))"
    )
    expect(
        coloured == ["def", '"""Millilitres of wa', "15", "# a long line that g"], f"the code has colours: {coloured}"
    )
    page.click(".copy")
    page.wait("window.copied.length === 1")
    expect(
        page.evaluate("window.copied[0]").startswith("def water(cups: int")
        and "```" not in page.evaluate("window.copied[0]"),
        "the code is copied",
    )
    drive.announced("Code copied")
    drive.act("copy")
    page.wait("window.copied.length === 2")
    expect(
        page.evaluate("window.copied[1]") == (Path(__file__).parent / "showcase.md").read_text(),
        "the answer is copied as it was written",
    )
    drive.announced("Answer complete. Brewing coffee")
    expect(
        len([text for text in page.evaluate("window.announced") if "Answer complete" in text]) == 1,
        "a screen reader hears the answer once",
    )
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
    page.wait(
        "document.querySelector('.assistant .body').textContent.trimEnd().endsWith('The end.')",
        what="all of it is shown",
    )
    answer = ".assistant .body"
    for selector in (
        "script",
        "img",
        "iframe",
        "svg:not(.icon)",
        "style",
        "link",
        "form",
        "input",
        "base",
        "meta",
        "video",
        "math",
        "[onclick]",
        "[onerror]",
        "[id]",
        "[name]",
        "[style]",
        "[srcdoc]",
    ):
        expect(page.count(f"{answer} {selector}") == 0, f"there is a {selector} in the answer")
    addresses = page.evaluate(f"[...document.querySelectorAll('{answer} a')].map((a) => a.href)")
    expect(addresses and all(re.match(r"(https?|mailto):", one) for one in addresses), f"addresses: {addresses}")
    attributes = page.evaluate(
        f"[...new Set([...document.querySelectorAll('{answer} *')].flatMap((e) => e.getAttributeNames()))].sort()"
    )
    expect(
        set(attributes)
        <= {
            "aria-hidden",
            "aria-label",
            "class",
            "d",
            "href",
            "rel",
            "role",
            "scope",
            "start",
            "tabindex",
            "target",
            "type",
            "viewBox",
        },
        f"attributes: {attributes}",
    )
    expect("<script>hacked('script')</script>" in page.text(answer), "scripts are shown as text")
    for link in range(page.count(f"{answer} .no-link")):
        page.evaluate(f"document.querySelectorAll('{answer} .no-link')[{link}].click()")
    expect(page.evaluate("window.hacks.length") == 0 and page.count("#composer") == 1, "nothing ran")
    # The policy holds even where the page were wrong: text as HTML is refused, or runs nothing.
    page.ignored = ["Content Security Policy", "TrustedHTML", "violates the following"]
    refused = page.evaluate(
        "(() => { try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=hacked(1)>'); return false; } catch { return true; } })()"
    )
    expect(refused, "HTML from a string is refused")
    page.evaluate(
        "(() => { const s = document.createElement('script'); try { s.textContent = 'hacked(2)'; } catch {} document.body.append(s); const b = document.createElement('button'); try { b.setAttribute('onclick', 'hacked(3)'); } catch {} document.body.append(b); b.click(); b.remove(); })()"
    )
    framed = page.evaluate("fetch('https://example.org/').then(() => 'came', () => 'refused')")
    expect(framed == "refused", "others cannot be reached")
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    page.complaints()
    page.requests = [url for url in page.requests if "example.org" not in url]
    slow_texts(page)
    # A question is text as well, and so is the title.
    drive.say("<img src=x onerror=hacked('question')>")
    page.reload()
    drive.end()


# By what each of them is slow where a pattern looks at every end of a run again, or too much for a list of arguments.
SLOW = r"""{
  heading: `# ${spaces}\u2028`, closed: `# a${spaces}#x`, fence: `~~~ a${spaces}\u2028b`, ticks: `${"`".repeat(n)}x\``,
  divider: `a|b\n-${spaces}x`, end: `a${spaces}x\nb`, code: "x`" + spaces + "`", waiting: `a\n${spaces}x`,
  link: `[a](${spaces}x`, bare: ("http://x" + ")".repeat(1900) + " ").repeat(100), item: `- a${"\n".repeat(2 * n)}  b`,
  runs: "`a` ".repeat(1.4 * n),
}"""


def slow_texts(page):
    """Whatever a model writes is shown in a moment; what cannot be read as Markdown is shown as it is."""
    found = page.evaluate(f"""(async () => {{
      const {{ Markdown }} = await import(new URL("page/markdown.js", document.baseURI));
      const {{ content }} = await import(new URL("page/attachments.js", document.baseURI));
      const n = 100_000, spaces = " ".repeat(n), slow = [];
      for (const [name, text] of Object.entries({SLOW})) {{
        const start = performance.now(), view = new Markdown(document.createElement("div"));
        view.show(text, false);
        view.show(text, true);
        if (view.isPlain || performance.now() - start > 4000) slow.push([name, performance.now() - start, view.isPlain]);
      }}
      const fenced = content({{ text: "", attachments: [{{ name: "a", text: "`x".repeat(1 << 19) }}] }});
      if (!fenced.startsWith("File a:\\n```\\n`x")) slow.push(fenced.slice(0, 40));
      return slow;
    }})()""")
    expect(not found, f"slow or failed (name, milliseconds, whether it is shown as text): {found}")
    page.ignored.append("no rule today")
    shown = page.evaluate("""(async () => {
      const { Markdown } = await import(new URL("page/markdown.js", document.baseURI));
      const real = document.createElement, view = new Markdown(real.call(document, "div"));
      document.createElement = (name) => { if (name === "hr") throw new Error("no rule today"); return real.call(document, name); };
      view.show("**a**\\n\\n---", true);
      document.createElement = real;
      const plain = view.root.textContent;
      view.show("**a**\\n\\n---", true);
      return [plain, view.root.textContent, view.root.querySelectorAll("hr").length];
    })()""")
    expect(shown == ["**a**\n\n---", "a", 1], f"what cannot be read is shown as it is: {shown}")


@scenario
def reloaded(drive):
    """An answer whose tab is gone is not whole, and can go on: at once after a reload, after a while where the tab crashed."""
    # The clock runs faster, so that a while is short; a tab that crashes says nothing.
    fast = "{ const now = Date.now; Date.now = () => 8 * now(); const wait = setTimeout; window.setTimeout = (run, time, ...rest) => wait(run, time > 4000 ? time / 8 : time, ...rest); }"
    crash = "addEventListener('pagehide', (event) => event.stopImmediatePropagation(), true);"
    for script in ("", fast + crash):
        page, stub = drive.begin()
        if script:
            page.call("Page.addScriptToEvaluateOnNewDocument", source=script)
        page.open(stub.url)
        drive.say("Slowly", wait=False)
        page.wait("document.querySelector('.assistant .body').textContent.includes('three')")
        page.evaluate("new Promise((done) => setTimeout(done, 1100))")
        page.reload()
        page.wait("document.querySelector('.assistant .extra [data-action=onward]')", seconds=6, what="Continue is there")
        for action in ("copy", "again", "remove"):
            expect(page.count(f".assistant [data-action={action}]") == 1, f"and {action}")
        page.click(".assistant .extra [data-action=onward]")
        drive.done()
        expect(
            drive.last().startswith("One two three") and drive.last().endswith("this is the rest of it."),
            f"it goes on: {drive.last()!r}",
        )
        drive.end()


@scenario
def half_characters(drive):
    page, stub = drive.open()
    drive.say("Half characters")
    expect(
        drive.last() == "Grüße, 🦙🔥 und ein Kuss 💋\n\nЯ ем 寿司.", f"characters that came in bytes: {drive.last()!r}"
    )
    drive.say("Lines")
    expect(drive.last() == "Lines end\nas they like", f"lines with carriage returns: {drive.last()!r}")
    drive.say("Think first")
    expect(
        drive.last().endswith("Then I answer.") and page.text(".thought summary") == "What the model thought",
        "thoughts are folded up",
    )
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
    expect(
        drive.last().startswith("One two three") and "You stopped" in page.text(".assistant .extra"),
        "what came is kept",
    )
    drive.left(1)
    drive.announced("Answer stopped")
    before = drive.last()
    page.click(".assistant .extra [data-action=onward]")
    drive.done()
    expect(drive.last() == before + " and this is the rest of it.", f"it goes on where it was: {drive.last()!r}")
    path, body = stub.log[-1]
    expect(
        path == "/v1/completions" and isinstance(body["prompt"], list) and body["max_tokens"] == CONTEXT,
        "by the tokens that there were",
    )
    # By Escape, and while the user writes the next one.
    drive.say("Slowly again", wait=False)
    page.wait("[...document.querySelectorAll('.assistant .body')].at(-1).textContent.includes('three')")
    page.write("My next question")
    page.press("Enter")
    expect(
        page.evaluate("document.querySelector('#message').value") == "My next question",
        "nothing is sent meanwhile, nothing is lost",
    )
    page.press("Escape")
    drive.done()
    expect("You stopped" in page.text(".message:last-child .extra"), "Escape stops")
    page.press("Enter")
    drive.done()
    expect(drive.questions()[-1] == "My next question", "what was written is sent")
    # A question without an answer and the next one are one message: many templates refuse two in a row.
    page.ignored = ["Failed to load resource"]
    stub.busy = 1
    drive.say("A first one", wait=False)
    page.wait("document.querySelector('.note')?.textContent.includes('busy')")
    page.press("Escape")
    drive.done()
    drive.say("And then this")
    sent = stub.log[-1][1]["messages"]
    expect(
        sent[-1]["content"] == "A first one\n\nAnd then this"
        and all(one["role"] != next_["role"] for one, next_ in zip(sent, sent[1:])),
        f"questions and answers alternate: {sent}",
    )
    drive.say("Read this", wait=False)
    page.wait(
        "document.querySelector('.note')?.textContent === 'Reading: 480 of 1,200 tokens…'",
        what="how far the question is read",
    )
    stub.gate.set()
    drive.done()
    drive.say("Limit")
    expect(
        "longest length" in page.text(".message:last-child .extra")
        and page.count(".message:last-child [data-action=onward]") == 1,
        "an answer that was cut can go on",
    )
    drive.end()
