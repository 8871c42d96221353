"""lm-evaluation-harness against a running server, and what a forward pass in f64 says of the same texts.

tools/serve/harness.py http://localhost:PORT KEY MODEL.gguf BOUND: no log-likelihood may be further off than BOUND nats.
"""

import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fixtures"))

BASE, KEY, MODEL, BOUND = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
os.environ["OPENAI_API_KEY"] = KEY

from lm_eval.api.instance import Instance
from lm_eval.models.openai_completions import LocalCompletionsAPI

import reference

# A context and how it goes on; some of these are what the model would say itself.
PAIRS = [
    ("The capital of France is", " Paris"),
    ("The capital of France is", " Berlin"),
    ("Question: Is water wet?\nAnswer:", " Yes"),
    ("Question: Is water wet?\nAnswer:", " No, because it is dry"),
    ("def mean(values):\n    return sum(values) /", " len(values)"),
    ("Le chat est", " sur la table, près de la fenêtre ☃"),
    ("1 2 3 4 5 6", " 7 8 9"),
    ("", "The"),
]


def likelihoods(model):
    requests = [
        Instance(request_type="loglikelihood", doc={}, arguments=pair, idx=index) for index, pair in enumerate(PAIRS)
    ]
    return model.loglikelihood(requests)


def expected(forward, tokens, start):
    logits = forward(tokens)
    rows = logits[start - 1 : len(tokens) - 1]
    scores = rows - np.log(np.exp(rows - rows.max(-1, keepdims=True)).sum(-1, keepdims=True)) - rows.max(-1, keepdims=True)
    ids = np.array(tokens[start:])
    return scores[np.arange(len(ids)), ids].sum(), bool((rows.argmax(-1) == ids).all())


def main():
    model = LocalCompletionsAPI(
        base_url=BASE + "/v1/completions", model="demo", tokenizer_backend="remote", num_concurrent=4, max_retries=1,
        max_length=1024, batch_size=4, auth_token=KEY,
    )
    forward = reference.forward(MODEL)
    worst, wrong, greedy = 0.0, 0, 0
    for pair, (found, is_greedy) in zip(PAIRS, likelihoods(model)):
        context, continuation = model._encode_pair(*pair) if pair[0] else ([model.eot_token_id], model.tok_encode(pair[1]))
        if pair[0] == "":
            context = [model.prefix_token_id]
        tokens = list(context) + list(continuation)
        score, likeliest = expected(forward, tokens, len(context))
        worst, wrong, greedy = max(worst, abs(found - score)), wrong + (is_greedy != likeliest), greedy + likeliest
        print(f"  {found:10.5f} {score:10.5f} {'greedy' if is_greedy else '':6} {pair[1]!r}")
    texts = model.generate_until(
        [
            Instance(
                request_type="generate_until", doc={}, idx=0,
                arguments=("The capital of France is", {"until": ["\n"], "max_gen_toks": 8, "temperature": 0}),
            )
        ]
    )
    print(f"  generated {texts[0]!r}")
    if not texts[0].startswith(" Paris"):
        sys.exit("generation: not what the model says")
    print(f"  largest difference {worst:.1e} nats, bound {BOUND:.0e}; {greedy} likeliest, {wrong} told wrongly")
    if worst > BOUND or wrong or not 0 < greedy < len(PAIRS):
        sys.exit("log-likelihoods differ")


main()
