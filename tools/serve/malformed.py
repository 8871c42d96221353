"""Requests with bytes changed at random: no reply of 5xx, no end. tools/serve/malformed.py http://localhost:PORT KEY COUNT"""

import collections
import concurrent.futures
import random
import socket
import sys
from urllib.parse import urlsplit

BASE, KEY, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
ADDRESS = (urlsplit(BASE).hostname, urlsplit(BASE).port)

BODIES = [
    b'{"prompt":"a b c","max_tokens":1,"temperature":0.5,"n":1,"stop":["x"],"logit_bias":{"5":1.5},"logprobs":1}',
    b'{"messages":[{"role":"user","content":"hi"}],"max_tokens":1,"tools":[],"stream":true}',
    b'{"tokens":[1,2,3]}',
    b'{"content":"hello","with_pieces":true}',
]
PATHS = [b"/v1/completions", b"/v1/chat/completions", b"/detokenize", b"/tokenize"]
PIECES = [b"null", b"-1", b"1e999", b"9223372036854775808", b"[[[[", b"{}", b'"\\ud800"', b"\x00", b"\xff\xfe", b"true", b","]


def change(data, rng):
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + rng.choice(PIECES) + data[at:]
        elif kind == 2:
            data = data[:at] + data[at + rng.randint(1, 9) :]
        else:
            data = data[:at] + data[max(0, at - 20) : at] * rng.randint(1, 30) + data[at:]
        if not data:
            return b" "
    return data


def one(index):
    """The status of a reply to a changed request; 0 where there is none."""
    rng = random.Random(index)
    place = rng.randrange(4)
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n" % (PATHS[place], KEY.encode())
    body = BODIES[place]
    # Mostly the body; sometimes the head, whose length is then wrong too.
    if rng.random() < 0.85:
        body = change(body, rng)
        data = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    else:
        data = change(head + b"Content-Length: %d\r\n\r\n" % len(body) + body, rng)
    with socket.create_connection(ADDRESS, timeout=2) as connection:
        try:
            connection.sendall(data)
            reply = connection.recv(65536)
        except TimeoutError:
            # The server still waits for bytes that its client promised.
            reply = b""
        except OSError:
            reply = b""
    status = int(reply.split()[1]) if reply.startswith(b"HTTP/1.1 ") else 0
    if status >= 500:
        sys.exit(f"{status} for {data!r}: {reply!r}")
    return status


def main():
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = collections.Counter(pool.map(one, range(COUNT)))
    print("  " + ", ".join(f"{count} x {status or 'no reply'}" for status, count in sorted(statuses.items())))
    if statuses[400] < COUNT / 10 or statuses[200] < COUNT / 100:
        sys.exit("too few were refused, or too few answered, to say anything")


main()
