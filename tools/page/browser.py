"""A headless Chromium that is driven by clicks and keys: Chrome's DevTools protocol through a pipe, nothing else needed."""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time


class BrowserError(AssertionError):
    """What the page or the browser did not do."""


KEYS = {
    "Enter": (13, "\r"),
    "Escape": (27, None),
    "Tab": (9, None),
    "ArrowUp": (38, None),
    "ArrowDown": (40, None),
    "Backspace": (8, None),
    "PageUp": (33, None),
    "End": (35, None),
    "Home": (36, None),
    " ": (32, " "),
    "/": (191, "/"),
}


class Browser:
    """The process; `page` opens tabs."""

    def __init__(self, program, size=(1440, 900)):
        self.profile = tempfile.mkdtemp()
        to_browser, from_us = os.pipe()
        to_us, from_browser = os.pipe()

        def place():
            # Where --remote-debugging-pipe looks for them; first out of the way of each other.
            reading, writing = os.dup(to_browser), os.dup(from_browser)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.log = open(os.path.join(self.profile, "log"), "wb")
        self.process = subprocess.Popen(
            [
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
                "--hide-scrollbars",
                "--no-first-run",
                "--disable-background-networking",
                f"--user-data-dir={self.profile}",
                f"--window-size={size[0]},{size[1]}",
                # llama.test is to the browser another machine, without encryption; all others are nowhere.
                "--host-resolver-rules=MAP llama.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--force-color-profile=srgb",
                "--lang=en-US",
            ],
            stdout=self.log,
            stderr=self.log,
            preexec_fn=place,
            close_fds=False,
            start_new_session=True,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.out, self.into = from_us, to_us
        self.number, self.rest, self.events = 0, b"", []

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.out)
        os.close(self.into)
        self.log.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, session=None, timeout=30, **parameters):
        self.number += 1
        number = self.number
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data) :]
        end = time.monotonic() + timeout
        while True:
            message = self.read(end - time.monotonic())
            if message is None:
                raise BrowserError(f"{method}: no answer after {timeout} s")
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error'].get('message')}")
                return message["result"]
            if "method" in message:
                self.events.append(message)

    def read(self, timeout):
        while b"\0" not in self.rest:
            if timeout < 0 or not select.select([self.into], [], [], timeout)[0]:
                return None
            part = os.read(self.into, 1 << 20)
            if not part:
                raise BrowserError("the browser ended")
            self.rest += part
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def page(self, url="about:blank", *shape, **options):
        return Page(self, url, *shape, **options)


class Page:
    """A tab. Whatever its console complains of is in `complaints`."""

    def __init__(self, browser, url, width=1440, height=900, dark=False, touch=False):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.ignored, self.requests = [], []
        self.shape(width, height, dark, touch)
        if url != "about:blank":
            self.open(url)

    def call(self, method, **parameters):
        return self.browser.call(method, session=self.session, **parameters)

    def shape(self, width, height, dark=False, touch=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=touch)
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)
        self.call(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                {"name": "pointer", "value": "coarse" if touch else "fine"},
                {"name": "hover", "value": "none" if touch else "hover"},
            ],
        )

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.wait("document.documentElement.dataset.ready === 'true'", what=f"{url} is ready")

    def reload(self):
        self.evaluate("document.documentElement.dataset.ready = ''")
        self.call("Page.reload")
        self.wait("document.documentElement.dataset.ready === 'true'", what="the page is ready again")

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)

    # Looking

    def evaluate(self, script):
        """The value of an expression; promises are waited for. Not bound by the page's own policy."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError(f"{script[:200]}: {details.get('exception', {}).get('description', details['text'])}")
        return result["result"].get("value")

    def wait(self, condition, seconds=10, what=None):
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.evaluate(f"!!({condition})")
            except BrowserError:
                # In the midst of a navigation there is no page to ask.
                value = None
            if value:
                return value
            if time.monotonic() > end:
                raise BrowserError(
                    f"waited {seconds} s for: {what or condition}\n  the page says: {self.text('body')[:1500]!r}"
                )
            time.sleep(0.02)

    def text(self, selector):
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def count(self, selector):
        return self.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length")

    def focused(self):
        return self.evaluate(
            "((e) => e?.id || e?.dataset?.action || e?.getAttribute?.('aria-label') || e?.textContent)(document.activeElement)"
        )

    def complaints(self):
        """What the console says that nobody expects, and scripts that failed."""
        self.evaluate("0")
        found, others = [], []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                others.append(event)
                continue
            parameters = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                found.append(details.get("exception", {}).get("description", details["text"]))
            elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
                found.append(" ".join(str(one.get("value", one.get("description"))) for one in parameters["args"]))
            elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                found.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")
            elif event["method"] == "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            elif event["method"] == "Page.javascriptDialogOpening":
                found.append(f"a dialog of a script: {parameters['message']}")
        self.browser.events = others
        return [one for one in found if not any(word in one for word in self.ignored)]

    # Doing

    def place(self, selector):
        """The middle of an element that can be clicked: in view, and not covered by another."""
        found = self.evaluate(f"""(() => {{
          const node = typeof {json.dumps(selector)} === "string" ? document.querySelector({json.dumps(selector)}) : null;
          if (!node) return "is not there";
          node.scrollIntoView({{ block: "nearest", inline: "nearest" }});
          const box = node.getBoundingClientRect();
          if (!box.width || !box.height) return "has no size";
          const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
          const top = document.elementFromPoint(x, y);
          if (!top || (!node.contains(top) && !top.contains(node) && top.closest("label")?.control !== node)) return `is covered by ${{top?.outerHTML?.slice(0, 120)}}`;
          return {{ x, y }};
        }})()""")
        if isinstance(found, str):
            raise BrowserError(f"{selector} {found}")
        return found

    def click(self, selector):
        at = self.place(selector)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", **at)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)

    def press(self, key, shift=False, alt=False, control=False):
        code, text = KEYS[key] if key in KEYS else (ord(key.upper()), key)
        modifiers = (1 if alt else 0) + (2 if control else 0) + (8 if shift else 0)
        for kind in ("keyDown", "keyUp"):
            extra = {"text": text} if text and kind == "keyDown" and not (alt or control) else {}
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key if len(key) > 1 else "",
                windowsVirtualKeyCode=code,
                modifiers=modifiers,
                **extra,
            )

    def write(self, text):
        self.call("Input.insertText", text=text)

    def fill(self, selector, text):
        self.click(selector)
        self.evaluate(f"document.querySelector({json.dumps(selector)}).select()")
        if text:
            self.write(text)
        else:
            self.press("Backspace")

    def wheel(self, selector, pixels):
        at = self.place(selector)
        self.call("Input.dispatchMouseEvent", type="mouseWheel", deltaX=0, deltaY=pixels, **at)

    def choose(self, selector, paths):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", files=[str(path) for path in paths], nodeId=node)

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
