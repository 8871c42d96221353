"""A server that the page takes for llamarada's, and that does what no good server would: answers slowly, breaks off, sends
half characters, scripts, and every error. The page's own files come from a real server, headers and all."""

import json
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# Scripts in every disguise, and marks nested deeper than anything is read by recursion.
HOSTILE = (Path(__file__).parent / "hostile.md").read_text() + "\n\n".join(
    ["\n" + ">" * 3000 + " deep", "*a **b " * 2000, "[" * 3000, "- " * 3000 + "x", "The end.\n"]
)
SHOWCASE = (Path(__file__).parent / "showcase.md").read_text()
CONTEXT = 4096


class Stub:
    """`log` has the documents that were posted; `mode` says how the server stands: ready, loading, silent."""

    def __init__(self, real, files=None):
        self.real, self.files = real, files
        self.mode, self.key, self.log, self.busy, self.hung_up, self.reading = "ready", None, [], 0, 0, 0
        self.gate, self.temperature = threading.Event(), 0.8
        self.cache = {}
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                self.path = self.path.removeprefix(stub.PREFIX)
                stub.get(self)

            def do_POST(self):
                self.path = self.path.removeprefix(stub.PREFIX)
                stub.post(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.gate.set()
        self.server.shutdown()

    # Replies

    def reply(self, handler, value, status=200, headers=()):
        body = json.dumps(value).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        for name, text in headers:
            handler.send_header(name, text)
        handler.end_headers()
        handler.wfile.write(body)

    def refuse(self, handler, status, message, code, headers=()):
        self.reply(
            handler, {"error": {"message": message, "type": "error", "param": None, "code": code}}, status, headers
        )

    # A proxy may have the page below a path of its own.
    PREFIX = "/below"

    def file(self, handler):
        path = handler.path
        if path not in self.cache:
            try:
                with urllib.request.urlopen(self.real + path, timeout=20) as found:
                    self.cache[path] = (found.status, dict(found.headers), found.read())
            except urllib.error.HTTPError as error:
                self.cache[path] = (error.code, {"Content-Type": "application/json"}, error.read())
        status, headers, body = self.cache[path]
        if self.files:
            local = Path(self.files) / ("chat.html" if path == "/" else path.removeprefix("/page/"))
            if local.is_file():
                kind = {
                    ".html": "text/html; charset=utf-8",
                    ".js": "text/javascript",
                    ".css": "text/css",
                    ".svg": "image/svg+xml",
                }
                status, body = 200, local.read_bytes()
                headers = {
                    **self.cache.get("/", (0, {}, b""))[1],
                    "Content-Type": kind[local.suffix],
                    "Cache-Control": "no-store",
                }
        handler.send_response(status)
        for name, text in headers.items():
            if name.lower() not in ("content-length", "etag", "connection", "transfer-encoding", "date", "server"):
                handler.send_header(name, text)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def get(self, handler):
        if handler.path == "/" or handler.path.startswith("/page/"):
            return self.file(handler)
        if not self.enter(handler):
            return None
        if handler.path == "/props":
            params = {
                "temperature": self.temperature,
                "top_k": 40,
                "top_p": 0.95,
                "min_p": 0.05,
                "repeat_penalty": 1,
                "repeat_last_n": 64,
                "presence_penalty": 0,
                "frequency_penalty": 0,
                "seed": -1,
            }
            return self.reply(
                handler,
                {
                    "default_generation_settings": {"n_ctx": CONTEXT, "params": params},
                    "total_slots": 4,
                    "model_alias": "Stub-7B-Instruct",
                    "device": "AMD Radeon RX 7900 XTX (RADV NAVI31)",
                    "model_path": "stub-7b-instruct.Q4_K_M.gguf",
                },
            )
        if handler.path == "/slots":
            slot = {
                "id": 0,
                "is_processing": self.reading > 0,
                "n_prompt_tokens": 1200,
                "n_computed": 480,
                "n_decoded": 0,
            }
            return self.reply(handler, [slot])
        return self.refuse(handler, 404, f"There is nothing at '{handler.path}'.", "not_found")

    def enter(self, handler):
        if self.mode == "silent":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return False
        if self.key and handler.headers.get("Authorization") != f"Bearer {self.key}":
            self.refuse(
                handler, 401, "The key is missing or wrong: send 'Authorization: Bearer KEY'.", "invalid_api_key"
            )
            return False
        if self.mode == "loading":
            self.refuse(handler, 503, "The model is loading.", "loading", [("Retry-After", "1")])
            return False
        return True

    def post(self, handler):
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        if not self.enter(handler):
            return None
        if handler.path == "/tokenize":
            text = body.get("content") or json.dumps(body.get("messages"))
            return self.reply(handler, {"tokens": list(range(max(1, len(text) // 4)))})
        self.log.append((handler.path, body))
        if self.busy > 0:
            self.busy -= 1
            return self.refuse(
                handler,
                429,
                "Too many requests wait already: 260 answers at most. Try again soon.",
                "queue_full",
                [("Retry-After", "1")],
            )
        if "prompt" in body:
            return self.stream(handler, [" and this is the rest of it."], completion=True)
        return self.answer(handler, body["messages"][-1]["content"], body)

    # Answers, by the first word of the question

    def answer(self, handler, text, body):
        word = text.split()[0].lower().strip(".,:?!") if text.split() else ""
        if word == "hostile":
            return self.stream(handler, pieces(HOSTILE, 37))
        if word == "showcase":
            return self.stream(handler, pieces(SHOWCASE, 4))
        if word == "read":
            self.reading = 1
            self.gate.wait(20)
            self.reading = 0
            return self.stream(handler, ["I have read it."])
        if word == "slowly":
            return self.stream(handler, ["One ", "two ", "three "], gate=True)
        if word == "break":
            return self.stream(handler, ["This is the beginning", " of an answer"], end="break")
        if word == "cut":
            return self.stream(handler, ["This ends without an end"], end="cut")
        if word == "fail":
            return self.stream(handler, ["So far so good"], end="error")
        if word == "half":
            return self.stream(handler, ["Grüße, 🦙🔥 und ein Kuss 💋\n\nЯ ем 寿司."], cut=1)
        if word == "lines":
            return self.stream(handler, ["Lines end\n", "as they like"], newline=b"\r\n")
        if word == "long":
            return self.stream(
                handler,
                [f"Paragraph {index} of a long answer that goes on and on.\n\n" for index in range(60)],
                delay=0.01,
            )
        if word == "limit":
            return self.stream(handler, ["This goes on"], reason="length")
        if word == "think":
            return self.stream(handler, pieces("<think>\nFirst I *consider* it.\n</think>\n\nThen I answer.", 3))
        if word == "full":
            return self.refuse(
                handler, 400, "The prompt has 5000 tokens, the context holds 4096.", "context_length_exceeded"
            )
        if word == "template":
            return self.refuse(handler, 400, "The model has no chat template.", "no_chat_template")
        if word == "nonsense":
            handler.send_response(502)
            handler.send_header("Content-Type", "text/html")
            handler.send_header("Content-Length", "21")
            handler.end_headers()
            handler.wfile.write(b"<html>Bad gateway</h>")
            return None
        return self.stream(handler, pieces(f"Answer {len(self.log)} to “{text[:60]}”.", 6))

    def stream(
        self, handler, texts, completion=False, gate=False, end="done", cut=0, newline=b"\n", delay=0.0, reason="stop"
    ):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True

        def send(value):
            data = (
                b"data: "
                + (value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode())
                + newline * 2
            )
            for start in range(0, len(data), cut or len(data)):
                part = data[start : start + (cut or len(data))]
                handler.wfile.write(part)
                # So that the other end reads it before more comes.
                if cut and max(part) > 127:
                    time.sleep(0.01)

        def chunk(text=None, why=None):
            choice = {"index": 0, "finish_reason": why}
            choice.update({"text": text or ""} if completion else {"delta": {"content": text} if text else {}})
            return {"choices": [choice]}

        try:
            if not completion:
                send({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]})
            handler.wfile.write(b": ping" + newline * 2)
            for text in texts:
                send(chunk(text))
                time.sleep(delay)
            while gate and not self.gate.wait(0.05):
                send(chunk("more "))
            if end == "break":
                handler.wfile.write(b'data: {"choi')
                handler.wfile.flush()
                time.sleep(0.1)
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                handler.connection.close()
                return
            if end == "cut":
                return
            if end == "error":
                send(
                    {
                        "error": {
                            "message": "The device lost its mind.",
                            "type": "server_error",
                            "param": None,
                            "code": "device_error",
                        }
                    }
                )
                return
            send(chunk(None, reason))
            send(
                {
                    "choices": [],
                    "usage": {
                        "prompt_tokens": 40,
                        "completion_tokens": len(texts),
                        "total_tokens": 40 + len(texts),
                        "prompt_tokens_details": {"cached_tokens": 8},
                    },
                    "timings": {
                        "prompt_n": 32,
                        "prompt_per_second": 812.0,
                        "predicted_n": len(texts),
                        "predicted_per_second": 61.7,
                    },
                }
            )
            send(b"[DONE]")
        except OSError:
            self.hung_up += 1


def pieces(text, size):
    return [text[start : start + size] for start in range(0, len(text), size)]
