"""The demo model, from the server that is to be served."""

import re

from scenario import expect, scenario


@scenario
def demo_model(drive):
    """A conversation with the demo model, from the server that is to be served."""
    page = drive.page = drive.browser.page()
    page.call("Page.addScriptToEvaluateOnNewDocument", source="window.hacks = [];")
    # While the model loads, the page asks and is told so.
    page.ignored = ["status of 503"]
    page.open(drive.real + "/")
    page.wait("document.querySelector('#model').textContent.includes('SmolLM2')", seconds=40, what="the model's name")
    expect(" on " in page.text("#model"), f"and the device: {page.text('#model')}")
    page.click("#open-settings")
    page.fill("#setting-temperature", "0")
    page.fill("#setting-max_tokens", "24")
    page.click("dialog .primary")
    drive.say("What is the capital of France?", wait=False)
    page.wait("document.querySelector('.message.assistant .figures')", seconds=60, what="the answer")
    expect(
        "Paris" in drive.last() and re.search(r"\d+ tokens · [\d.]+ tokens/s", page.text(".figures")),
        f"Paris, and how fast: {drive.last()!r} {page.text('.figures')}",
    )
    expect(re.match(r"\d+ of [\d,]+ tokens", page.text("#meter-text")), f"the context: {page.text('#meter-text')}")
    # It is stopped in the middle, and goes on as it would have.
    page.click("#open-settings")
    page.fill("#setting-max_tokens", "6")
    page.click("dialog .primary")
    drive.say("Tell me a story about a llama.", wait=False)
    page.wait(
        "document.querySelector('.message:last-child .hint [data-action=onward]')",
        seconds=60,
        what="the answer reached its longest length",
    )
    first = drive.last()
    page.click(".message:last-child [data-action=onward]")
    page.wait(
        f"!document.querySelector('.message.running') && [...document.querySelectorAll('.message.assistant')].at(-1).querySelector('.body').innerText.length > {len(first)}",
        seconds=60,
        what="it goes on",
    )
    continued = drive.last()
    page.click("#open-settings")
    page.fill("#setting-max_tokens", "12")
    page.click("dialog .primary")
    drive.act("again")
    page.wait(
        "document.querySelector('.place')?.textContent.includes('2 / 2') && !document.querySelector('.message.running')",
        seconds=60,
        what="another answer",
    )
    expect(drive.last() == continued, f"6 and 6 tokens are as 12 at once: {continued!r}, {drive.last()!r}")
    complaints = page.complaints()
    expect(not complaints, f"the console must be empty: {complaints[:3]}")
    page.close()
