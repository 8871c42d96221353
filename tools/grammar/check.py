"""Draws an answer for each of many schemas from a server, and checks what ended with Python's jsonschema.

    check.py URL COUNT

Ends with 1 where an answer that ended is not valid, or where fewer than 95 % ended.
"""

import json
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from jsonschema import Draft202012Validator
from schemas import schemas


def ask(url, schema, seed):
    body = {
        "messages": [{"role": "user", "content": "Answer in JSON: " + json.dumps(schema)[:600]}],
        "temperature": 1.5, "top_k": 100, "top_p": 1, "min_p": 0, "seed": seed, "max_tokens": 700,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}},
    }
    request = urllib.request.Request(
        url + "/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=1200) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        return json.load(error)


def checked(schema):
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def main():
    url, count = sys.argv[1], int(sys.argv[2])
    made = schemas(count)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda pair: ask(url, pair[1], pair[0]), enumerate(made)))
    ended, wrong, tokens = 0, 0, 0
    for schema, reply in zip(made, replies):
        if "error" in reply:
            wrong += 1
            print(f"refused: {reply['error']['message']}\n  {json.dumps(schema)}")
            continue
        choice = reply["choices"][0]
        tokens += reply["usage"]["completion_tokens"]
        if choice["finish_reason"] != "stop":
            print(f"did not end: {choice['message']['content'][-100:]!r}\n  {json.dumps(schema)[:300]}")
            continue
        ended += 1
        text = choice["message"]["content"]
        try:
            errors = [error.message for error in checked(schema).iter_errors(json.loads(text))]
        except json.JSONDecodeError as error:
            errors = [str(error)]
        if errors:
            wrong += 1
            print(f"not valid: {errors[0]}\n  {text}\n  {json.dumps(schema)}")
    print(f"{count} schemas: {ended} ended, {wrong} wrong, {tokens} tokens")
    sys.exit(1 if wrong or ended < 0.95 * count else 0)


main()
