"""Pictures of what is to be looked at: wide and narrow, light and dark."""

import time


def take(drive, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, height, touch in (("wide", 1440, 900, False), ("narrow", 390, 844, True)):
        for dark in (False, True):

            def shoot(what):
                time.sleep(0.3)
                drive.page.picture(folder / f"{name}-{'dark' if dark else 'light'}-{what}.png")

            page, stub = drive.begin()
            page.shape(width, height, dark, touch)
            page.open(stub.url)
            page.wait("document.querySelector('#model').textContent")
            shoot("empty")

            def say(text):
                page.click("#message")
                page.write(text)
                page.click("#send")

            say("Showcase: how do I brew coffee without a machine?")
            drive.done()
            shoot("answer-end")
            page.evaluate("document.querySelector('#thread').scrollTop = 0")
            shoot("answer")
            page.evaluate("document.querySelector('#thread').scrollTop = 620")
            shoot("code")
            drive.act("again")
            drive.done()
            page.evaluate("document.querySelectorAll('.message')[0].scrollIntoView()")
            drive.act("edit", 0)
            shoot("edit")
            page.press("Escape")
            for text in ("Think about it", "Full", "Break off"):
                say(text)
                drive.done()
            shoot("errors")
            if touch:
                page.click("#open-sidebar")
                shoot("list")
            else:
                page.wheel("#conversations", 0)
            page.click("#conversations .more")
            shoot("menu")
            page.click("#menu .danger")
            shoot("delete")
            page.press("Escape")
            page.wait("!document.querySelector('dialog')")
            if touch:
                page.press("Escape")
                page.wait("!document.body.classList.contains('sidebar-open')")
            page.click("#open-settings")
            shoot("settings")
            page.fill("#setting-temperature", "9999")
            page.click("dialog .primary")
            shoot("settings-wrong")
            page.press("Escape")
            say("Slowly")
            page.wait("document.querySelector('#meter-text').textContent.includes('tokens/s')")
            shoot("running")
            stub.gate.set()
            drive.done()
            stub.key = "secret"
            say("Hello")
            page.wait("document.querySelector('dialog[open]')")
            shoot("key")
            page.press("Escape")
            stub.mode = "loading"
            page.reload()
            page.wait("!document.querySelector('#banner').hidden || document.querySelector('dialog')")
            shoot("loading")
            stub.close()
            page.close()
    print(f"pictures: {folder}")
