"""Many clients at once, some of whom leave, read slowly or ask for nonsense: every answer must be what it was alone.

tools/serve/load.py http://localhost:PORT KEY [SECONDS] [CLIENTS]
"""

import asyncio
import contextlib
import json
import random
import sys
import time
from urllib.parse import urlsplit

from streams import Stream, head, percentile

BASE, KEY = sys.argv[1], sys.argv[2]
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 30
CLIENTS = int(sys.argv[4]) if len(sys.argv) > 4 else 64
HOST, PORT, PATH = urlsplit(BASE).hostname, urlsplit(BASE).port, "/v1/completions"

WORDS = "the capital of France is a large river and it was never seen again by people who live near water".split()


def question(index):
    """One of 64 requests, of different lengths, samplers and seeds; some begin alike."""
    rng = random.Random(index)
    start = random.Random(index % 5)
    prompt = " ".join([start.choice(WORDS) for _ in range(12)] + [rng.choice(WORDS) for _ in range(rng.randint(1, 40))])
    return {
        "prompt": prompt, "max_tokens": rng.randint(1, 24), "seed": index, "temperature": [0, 0.7, 1.3][index % 3],
        "logprobs": 2 if index % 4 == 0 else None, "ignore_eos": True,
    }


async def ask(body):
    """The status and the bytes of a reply."""
    reader, writer = await asyncio.open_connection(HOST, PORT)
    writer.write(head("POST", PATH, HOST, len(body), KEY) + body)
    data = bytearray()
    while part := await reader.read(65536):
        data += part
        if whole(data):
            break
    writer.close()
    start, _, rest = bytes(data).partition(b"\r\n\r\n")
    return int(start.split()[1]), rest


def whole(data):
    start, gap, rest = bytes(data).partition(b"\r\n\r\n")
    for line in start.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return bool(gap) and len(rest) >= int(line.split(b":")[1])
    return rest.endswith(b"0\r\n\r\n")


def answer(body):
    """What must be the same: text and scores, not names and times."""
    return json.dumps(json.loads(body)["choices"])


async def streamed(index, pause, stop_after=None):
    """The answer to a question as it streamed, and its text."""
    stream, text = Stream(HOST, PORT, PATH, question(index), KEY), ""
    # Whoever leaves must close the connection now, not when the generator is collected.
    async with contextlib.aclosing(stream.events()) as events:
        async for event in events:
            choices = event.get("choices")
            if choices is None:
                raise AssertionError(event)
            text += choices[0]["text"]
            if stop_after is not None and len(stream.times) > stop_after:
                break
            if pause:
                await asyncio.sleep(pause)
    return stream, text


NONSENSE = [b"", b"{", b"[]", b'{"prompt":1}', b'{"prompt":"a","n":-1}', b'{"prompt":"a","max_tokens":1e99}', b"\xff\xfe", b"[" * 5000]


class Run:
    def __init__(self, alone):
        self.alone, self.counts, self.first, self.gaps, self.wrong = alone, {}, [], [], []

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    async def one(self, rng):
        index, kind = rng.randrange(64), rng.random()
        if kind < 0.1:
            status, _ = await ask(rng.choice(NONSENSE))
            self.count(f"nonsense {status}")
            if not 400 <= status < 500:
                self.wrong.append((status, "nonsense"))
        elif kind < 0.25:
            await streamed(index, 0, stop_after=rng.randrange(4))
            self.count("left")
        elif kind < 0.35:
            _, writer = await asyncio.open_connection(HOST, PORT)
            body = json.dumps(question(index)).encode()
            writer.write(head("POST", PATH, HOST, len(body), KEY) + body)
            await asyncio.sleep(rng.random() * 0.3)
            writer.close()
            self.count("left early")
        elif kind < 0.7:
            pause = 0.2 if kind < 0.42 else 0
            stream, text = await streamed(index, pause)
            if stream.status == 429:
                return self.count("turned away")
            self.count("slow" if pause else "streamed")
            if not pause:
                self.first += stream.times[:1]
                self.gaps += stream.gaps
            if text != json.loads(self.alone[index])[0]["text"]:
                self.wrong.append((index, text))
        else:
            status, body = await ask(json.dumps(question(index)).encode())
            if status == 429:
                return self.count("turned away")
            self.count("whole")
            if status != 200 or answer(body) != self.alone[index]:
                self.wrong.append((index, body[:300]))

    async def client(self, number, end):
        rng = random.Random(number)
        while time.monotonic() < end:
            await self.one(rng)


async def main():
    alone = {}
    for index in range(64):
        status, body = await ask(json.dumps(question(index)).encode())
        assert status == 200, body
        alone[index] = answer(body)
    run, start = Run(alone), time.monotonic()
    await asyncio.gather(*(run.client(number, start + SECONDS) for number in range(CLIENTS)))
    print("  " + ", ".join(f"{count} {what}" for what, count in sorted(run.counts.items())))
    for name, values in [("first token", run.first), ("between tokens", run.gaps)]:
        print(f"  {name}: median {percentile(values, 0.5):.3f} s, p99 {percentile(values, 0.99):.3f} s of {len(values)}")
    if run.wrong:
        sys.exit(f"{len(run.wrong)} wrong answers, the first: {run.wrong[0]}")
    if len(run.counts) < 5 or run.counts.get("whole", 0) == 0:
        sys.exit("too little happened to say anything")


asyncio.run(main())
