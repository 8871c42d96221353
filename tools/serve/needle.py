"""One prompt alone and at random places among 32, five times: text and log-probabilities must not differ by a bit.

tools/serve/needle.py http://localhost:PORT KEY
"""

import concurrent.futures
import json
import random
import sys
import urllib.request

BASE, KEY = sys.argv[1], sys.argv[2]
WORDS = "river house never people water capital year under small light stone winter before answer".split()
NEEDLE = {
    "prompt": "Of all the animals in the forest the smallest one was", "max_tokens": 24, "temperature": 0.7, "seed": 1234,
    "logprobs": 5,
}


def ask(body):
    request = urllib.request.Request(
        BASE + "/v1/completions", json.dumps(body).encode(), {"Authorization": "Bearer " + KEY}
    )
    return json.dumps(json.load(urllib.request.urlopen(request))["choices"])


def filler(rng):
    # Some begin as the needle does, so that they share pages with it.
    start = NEEDLE["prompt"] if rng.random() < 0.3 else rng.choice(WORDS)
    prompt = " ".join([start] + [rng.choice(WORDS) for _ in range(rng.randint(1, 30))])
    return {"prompt": prompt, "max_tokens": rng.randint(1, 12), "seed": rng.randrange(1000)}


def find(needle):
    cold = ask(needle)
    if ask(needle) != cold:
        sys.exit("with a warm cache the needle differs")
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        for trial in range(5):
            rng = random.Random(trial)
            batch = [filler(rng) for _ in range(31)]
            place = rng.randrange(32)
            batch.insert(place, needle)
            answers = list(pool.map(ask, batch))
            if answers[place] != cold:
                sys.exit(f"trial {trial}: at place {place} of 32 the needle differs")
            if len(set(answers)) < 16:
                sys.exit("the others are all alike: this says nothing")
    print("  the same alone, with a warm cache, and at five places among 32")


# With and without the prompt's own scores, which are computed even where the cache has the prompt.
find(NEEDLE)
find({**NEEDLE, "echo": True})
