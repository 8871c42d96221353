"""Drives the chat page in a headless browser, by clicks and keys: python3 drive.py PROGRAM BROWSER [--files DIR] [--axe FILE]
[--pictures DIR] [NAME…]

PROGRAM is the built llamarada with the demo model in models/; with --files the page's files come from a folder instead of
the program, so that they can be changed without building. NAMEs choose scenarios.
"""

import argparse
import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import conversations, answers, failures, choices, reading, demo  # noqa: each adds its scenarios
import pictures
from browser import Browser
from scenario import SCENARIOS, Drive

ROOT = Path(__file__).resolve().parents[2]
MODEL = Path(os.environ.get("LLAMARADA_DEMO_MODEL") or ROOT / "models/SmolLM2-135M-Instruct.Q4_1.gguf")


def serve(program):
    """The real server with the demo model, at a free port; the process and its address."""
    process = subprocess.Popen(
        [program, "serve", "-m", str(MODEL), "--port", "0", "-c", "512", "-np", "1"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = queue.Queue()

    def listen():
        # To its end: what it says later must go somewhere.
        for line in process.stderr:
            found = re.search(rb"listening at (http://\S+)", line)
            if found:
                address.put(found.group(1).decode())
        address.put(None)

    threading.Thread(target=listen, daemon=True).start()
    try:
        found = address.get(timeout=60)
    except queue.Empty:
        found = None
    if not found:
        end(process)
        raise SystemExit(f"{program} serve did not start")
    return process, found


def end(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("browser")
    parser.add_argument("--files")
    parser.add_argument("--axe", help="axe.min.js, whose rules are applied as well")
    parser.add_argument(
        "--pictures", help="a folder for pictures of what is to be looked at; then nothing else is done"
    )
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    chosen = [one for one in SCENARIOS if not options.names or one.__name__ in options.names]
    if not chosen:
        raise SystemExit(f"no scenario is called {options.names}: {[one.__name__ for one in SCENARIOS]}")
    # Whoever has not the time to wait ends the browser and the server as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("page: it took too long"))
    start = time.monotonic()
    with contextlib.ExitStack() as stack:
        process, real = serve(options.program)
        stack.callback(end, process)
        browser = Browser(options.browser)
        stack.callback(browser.close)
        drive = Drive(browser, real, options)
        if options.pictures:
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
    return None


if __name__ == "__main__":
    main()
