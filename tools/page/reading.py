"""Writing, scrolling, a telephone, colours, and what everybody needs."""

import time

import access
from scenario import expect, scenario


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
    sent = page.evaluate(
        """(() => { const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, isComposing: true });
      document.querySelector("#message").dispatchEvent(event); return event.defaultPrevented; })()"""
    )
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
    expect(
        page.focused() == "message" and page.evaluate("document.querySelector('#message').value") == "   ",
        "the slash goes to the box",
    )
    page.fill("#message", "")
    page.click("#new-chat")
    page.click("#examples button")
    expect(
        page.evaluate("document.querySelector('#message').value").startswith("Explain how a rainbow"),
        "an example is put into the box, to be changed",
    )
    drive.end()


@scenario
def scrolling(drive):
    page, stub = drive.open()
    distance = "(({ scrollHeight, clientHeight, scrollTop }) => scrollHeight - clientHeight - scrollTop)(document.querySelector('#thread'))"
    drive.say("Long one", wait=False)
    page.wait("document.querySelector('#thread').scrollTop > 200")
    expect(page.evaluate(distance) <= 4, "it follows the answer")
    page.wheel("#thread", -150)
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
        box = page.evaluate(
            "(({ top, bottom, left, right }) => [top, bottom, left, right])(document.querySelector('#composer').getBoundingClientRect())"
        )
        expect(
            box[0] > 0 and box[1] <= height and box[2] >= 0 and box[3] <= width,
            f"the box at {width} by {height}: {box}",
        )
        expect(
            page.evaluate("document.documentElement.scrollWidth") <= width, f"nothing is wider than the page at {width}"
        )
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
    page.wait(
        "document.activeElement.id === 'close-sidebar' && document.querySelector('#main').inert",
        what="the list has the focus, the rest is out of reach",
    )
    access.check_targets(page)
    page.press("Escape")
    page.wait(
        "document.activeElement.id === 'open-sidebar' && !document.querySelector('#main').inert",
        what="Escape closes it",
    )
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
    expect(
        page.evaluate(colour) == light
        and "light" in page.evaluate("document.querySelector('#theme').getAttribute('aria-label')"),
        "and the reader's choice",
    )
    page.reload()
    expect(page.evaluate(colour) == light, "which is kept")
    page.click("#theme")
    expect(page.evaluate(colour) == dark, "dark")
    page.click("#theme")
    page.shape(1440, 900, dark=False)
    expect(page.evaluate(colour) == light, "and the system's again")
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
