"""The clients that people have, against a running server: tools/serve/clients.py http://localhost:PORT KEY"""

import os
import sys
import urllib.request

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
import openai
from prometheus_client.parser import text_string_to_metric_families

BASE, KEY = sys.argv[1], sys.argv[2]
client = openai.OpenAI(base_url=BASE + "/v1", api_key=KEY, max_retries=0)
CONVERSATION = [{"role": "user", "content": "What is the capital of France?"}]


def check(what, condition, found=""):
    if not condition:
        sys.exit(f"tools/serve/clients.py: {what}: {found}")
    print(f"  {what}")


def models():
    found = client.models.list().data
    check("models", len(found) == 1 and found[0].object == "model", found)
    return found[0].id


def completions(model):
    whole = client.completions.create(model=model, prompt="The capital of France is", max_tokens=8, temperature=0)
    check("completion", whole.choices[0].text.startswith(" Paris"), whole)
    check("usage", whole.usage.completion_tokens == 8 and whole.usage.total_tokens == 13, whole.usage)
    parts = client.completions.create(
        model=model, prompt="The capital of France is", max_tokens=8, temperature=0, stream=True
    )
    text = "".join(part.choices[0].text for part in parts)
    check("streamed completion", text == whole.choices[0].text, text)
    many = client.completions.create(model=model, prompt=["One", "Two"], n=2, max_tokens=4, seed=1)
    check("several prompts and choices", [c.index for c in many.choices] == [0, 1, 2, 3], many)
    again = client.completions.create(model=model, prompt=["One", "Two"], n=2, max_tokens=4, seed=1)
    check("a seed repeats", [c.text for c in again.choices] == [c.text for c in many.choices], again)
    echo = client.completions.create(model=model, prompt="The capital", max_tokens=1, echo=True, logprobs=2)
    lists = echo.choices[0].logprobs
    check("echo", lists.token_logprobs[0] is None and len(lists.tokens) == 3, lists)


def chat(model):
    options = dict(model=model, messages=CONVERSATION, max_tokens=16, temperature=0)
    whole = client.chat.completions.create(**options)
    check("chat", "Paris" in whole.choices[0].message.content, whole)
    stream = list(client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True}))
    check("the first delta has the role", stream[0].choices[0].delta.role == "assistant", stream[0])
    check("the last chunk has the usage", stream[-1].choices == [] and stream[-1].usage.prompt_tokens > 0, stream[-1])
    text = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
    check("streamed chat", text == whole.choices[0].message.content, text)
    check("finish_reason", stream[-2].choices[0].finish_reason == whole.choices[0].finish_reason, stream[-2])
    scored = client.chat.completions.create(**options, logprobs=True, top_logprobs=2)
    first = scored.choices[0].logprobs.content[0]
    check("logprobs", first.logprob == first.top_logprobs[0].logprob, first)
    refused(lambda: client.chat.completions.create(**options, tool_choice="required"), "tool_choice")
    refused(lambda: client.chat.completions.create(**options, response_format={"type": "json"}), "response_format")


TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]


def refused(call, parameter):
    try:
        call()
    except openai.BadRequestError as error:
        check(f"{parameter} is refused by name", error.param == parameter, error)
    else:
        sys.exit(f"{parameter} was not refused")


def errors(model):
    refused(lambda: client.completions.create(model=model, prompt="a", n=0), "n")
    refused(lambda: client.completions.create(model=model, prompt="a", temperature=-1), "temperature")
    try:
        openai.OpenAI(base_url=BASE + "/v1", api_key="wrong", max_retries=0).models.list()
    except openai.AuthenticationError as error:
        check("a wrong key", error.status_code == 401, error)
    else:
        sys.exit("a wrong key was taken")
    try:
        client.with_options(timeout=0.2).completions.create(model=model, prompt="a", max_tokens=400)
    except openai.APITimeoutError:
        check("a client's own timeout", True)


def lite(model):
    answer = litellm.completion(
        model="openai/" + model, api_base=BASE + "/v1", api_key=KEY, messages=CONVERSATION, max_tokens=16, temperature=0
    )
    check("litellm", "Paris" in answer.choices[0].message.content, answer)


def embeddings(model):
    found = client.embeddings.create(model=model, input=["The cat sat.", "A cat was sitting.", "Stocks fell by 3%."])
    vectors = [item.embedding for item in found.data]
    dot = lambda a, b: sum(x * y for x, y in zip(a, b))
    check("embeddings are of length 1", all(abs(dot(v, v) - 1) < 1e-3 for v in vectors))
    check("what means the same is nearer", dot(vectors[0], vectors[1]) > dot(vectors[0], vectors[2]))


def metrics():
    request = urllib.request.Request(BASE + "/metrics", headers={"Authorization": "Bearer " + KEY})
    page = urllib.request.urlopen(request).read().decode()
    families = {family.name: family for family in text_string_to_metric_families(page)}
    for name in ["time_to_first_token_seconds", "time_between_tokens_seconds", "queue_seconds"]:
        check(name, families["llamarada_" + name].type == "histogram")
    check("cache pages", {s.labels["state"] for s in families["llamarada_cache_pages"].samples} == {"used", "kept", "free"})


if __name__ == "__main__":
    name = models()
    completions(name)
    chat(name)
    errors(name)
    lite(name)
    embeddings(name)
    metrics()
