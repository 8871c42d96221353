"""Requests to a server whose answers stream, one connection each, so that whoever reads slowly or leaves can be played."""

import asyncio
import json
import time


def head(method, path, host, length, key=None):
    """The start of a request whose body has so many bytes."""
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}Content-Type: application/json\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode()


class Stream:
    """One answer as it comes: events, and when the tokens came, in seconds since the request was sent."""

    def __init__(self, host, port, path, body, key=None):
        self.host, self.port, self.path, self.key = host, port, path, key
        self.body = json.dumps({**body, "stream": True}).encode()
        self.status = None
        self.times = []
        self.is_complete = False

    async def events(self):
        """The JSON of each event until the last; a reader may stop before."""
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=1 << 16)
        try:
            start = time.monotonic()
            writer.write(head("POST", self.path, self.host, len(self.body), self.key) + self.body)
            while line := await reader.readline():
                if self.status is None:
                    self.status = int(line.split()[1])
                if line.startswith(b"data: [DONE]"):
                    self.is_complete = True
                    return
                if line.startswith(b"data: "):
                    self.times.append(time.monotonic() - start)
                    yield json.loads(line[6:])
        finally:
            writer.close()

    @property
    def gaps(self):
        return [after - before for before, after in zip(self.times, self.times[1:])]


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")
