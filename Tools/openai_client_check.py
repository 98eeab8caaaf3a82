#!/usr/bin/env python3
"""Checks a running minked with OpenAI's own Python client, over the daemon's Unix socket.

    pip install openai httpx
    Tools/openai_client_check.py --socket /run/minke/minke.sock [--model NAME]

Prints one line a check and exits with 1 if any failed. The answers' texts are not judged: any model will do.
"""

import argparse
import json
import sys
import threading
import time

import httpx
import openai

import client_checks

checks = []


def check(function):
    checks.append(function)
    return function


def ask(client, model, **options):
    options.setdefault("max_tokens", 8)
    options.setdefault("messages", [{"role": "user", "content": "Say hello."}])
    return client.chat.completions.create(model=model, temperature=0, **options)


@check
def models(client, model):
    names = [entry.id for entry in client.models.list().data]
    assert names and client.models.retrieve(names[0]).id == names[0]
    return f"{len(names)} models"


@check
def plain(client, model):
    answer = ask(client, model)
    assert answer.object == "chat.completion" and answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason in ("stop", "length") and answer.choices[0].message.content is not None
    usage = answer.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0
    return f"{usage.completion_tokens} tokens"


@check
def stream(client, model):
    chunks = list(ask(client, model, stream=True, stream_options={"include_usage": True}))
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    roles = [c.choices[0].delta.role for c in chunks if c.choices and c.choices[0].delta.role]
    assert roles == ["assistant"]
    assert not chunks[-1].choices and chunks[-1].usage.total_tokens > 0
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason]
    return f"{len(chunks)} chunks"


@check
def same_text(client, model):
    first = ask(client, model, seed=7).choices[0].message.content
    pieces = [c.choices[0].delta.content or "" for c in ask(client, model, seed=7, stream=True) if c.choices]
    assert "".join(pieces) == first, "streamed and plain answers differ"
    return f"{len(first)} characters"


@check
def content_parts(client, model):
    parts = [{"type": "text", "text": "Say "}, {"type": "text", "text": "hello."}]
    assert ask(client, model, messages=[{"role": "user", "content": parts}]).choices


@check
def tools(client, model):
    """A call that is required comes, plain and streamed, and its arguments follow their schema."""
    parameters = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 12}}, "required": ["city"],
                  "additionalProperties": False}
    function = {"name": "get_weather", "description": "Tells the weather.", "parameters": parameters, "strict": True}
    options = dict(
        messages=[{"role": "user", "content": "What is the weather in Paris?"}], max_tokens=120,
        tools=[{"type": "function", "function": function}], tool_choice="required", parallel_tool_calls=False)
    choice = ask(client, model, **options).choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content is None
    call = choice.message.tool_calls[0]
    assert call.id and call.function.name == "get_weather"
    assert list(json.loads(call.function.arguments)) == ["city"]
    deltas = [c.choices[0].delta for c in ask(client, model, stream=True, **options) if c.choices]
    pieces = [piece for delta in deltas for piece in delta.tool_calls or []]
    assert [piece.function.name for piece in pieces if piece.id] == ["get_weather"]
    assert "".join(piece.function.arguments for piece in pieces) == call.function.arguments
    return call.function.arguments


@check
def schemas(client, model):
    schema = {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}, "sunny": {"type": "boolean"}},
              "required": ["city", "sunny"], "additionalProperties": False}
    answer = ask(client, model, max_tokens=100, logprobs=True, top_logprobs=2, response_format={
        "type": "json_schema", "json_schema": {"name": "weather", "schema": schema}}).choices[0]
    document = json.loads(answer.message.content)
    assert list(document) == ["city", "sunny"] and document["city"] in ("Paris", "Rome")
    assert all(len(entry.top_logprobs) == 2 for entry in answer.logprobs.content)
    return json.dumps(document)


@check
def text_completion(client, model):
    answer = client.completions.create(model=model, prompt="Once upon a", max_tokens=4, temperature=0, echo=True)
    assert answer.choices[0].text.startswith("Once upon a")
    parts = client.completions.create(model=model, prompt="Once upon a", max_tokens=4, temperature=0, stream=True)
    assert "Once upon a" + "".join(part.choices[0].text for part in parts) == answer.choices[0].text


@check
def refusals(client, model):
    for options, parameter in [
        ({"n": 2}, "n"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
         "messages[0].content[0].type"),
    ]:
        try:
            ask(client, model, **options)
        except openai.BadRequestError as error:
            assert error.param == parameter, f"{error.param} is not {parameter}"
        else:
            raise AssertionError(f"{options} was accepted")


@check
def unknown_model(client, model):
    try:
        ask(client, "no-such-model")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found"
    else:
        raise AssertionError("accepted")


@check
def leaving(client, model):
    """A stream that is closed after its first piece must leave the daemon free at once."""
    answer = ask(client, model, stream=True, max_tokens=None)
    next(iter(answer))
    answer.close()
    began = time.monotonic()
    ask(client, model, max_tokens=1)
    return f"next answer after {time.monotonic() - began:.2f} s"


@check
def four_at_once(client, model):
    failures = []

    def one():
        try:
            list(ask(client, model, stream=True))
        except Exception as error:  # noqa: BLE001: every failure counts
            failures.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--socket", required=True)
    parser.add_argument("--model", default=None, help="default: the first that the daemon lists")
    options = parser.parse_args()
    client = openai.OpenAI(
        base_url="http://localhost/v1", api_key="none", max_retries=0,
        http_client=httpx.Client(transport=httpx.HTTPTransport(uds=options.socket), timeout=600),
    )
    model = options.model or client.models.list().data[0].id
    return client_checks.run(f"openai {openai.__version__}", checks, client, model)


if __name__ == "__main__":
    sys.exit(main())
