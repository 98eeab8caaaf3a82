#!/usr/bin/env python3
"""Checks a running minked with Ollama's own Python client, over the daemon's Unix socket.

    pip install ollama httpx
    Tools/ollama_client_check.py --socket /run/minke/minke.sock [--model NAME]

Prints one line a check and exits with 1 if any failed. The answers' texts are not judged: any model will do.
"""

import argparse
import json
import sys

import httpx
import ollama

import client_checks

checks = []
HELLO = [{"role": "user", "content": "Say hello."}]
SHORT = {"num_predict": 8, "temperature": 0}
TOOL = {"type": "function", "function": {
    "name": "HassTurnOn", "description": "Turns on a device.",
    "parameters": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}}}


def check(function):
    checks.append(function)
    return function


@check
def lists(client, model):
    names = [entry.model for entry in client.list().models]
    assert model in names, names
    return f"{len(names)} models"


@check
def shows(client, model):
    shown = client.show(model + ":latest")
    assert "completion" in shown.capabilities and shown.modelinfo["general.architecture"]


@check
def loads(client, model):
    assert client.generate(model, keep_alive=-1).done_reason == "load"
    assert [entry.model for entry in client.ps().models] == [model]


@check
def chats(client, model):
    answer = client.chat(model, HELLO, options=SHORT)
    assert answer.done and answer.message.role == "assistant" and answer.message.content
    assert answer.eval_count > 0 and answer.total_duration > 0 and answer.eval_duration > 0
    return f"{answer.eval_count} tokens"


@check
def streams(client, model):
    whole = client.chat(model, HELLO, options={**SHORT, "seed": 7}).message.content
    parts = list(client.chat(model, HELLO, stream=True, options={**SHORT, "seed": 7}))
    assert all(part.message.role == "assistant" for part in parts) and parts[-1].done
    assert "".join(part.message.content for part in parts) == whole, "streamed and plain answers differ"
    return f"{len(parts)} lines"


@check
def generates(client, model):
    answer = client.generate(model, "Say hello.", system="Be brief.", options=SHORT)
    assert answer.response and answer.done_reason in ("stop", "length")
    parts = list(client.generate(model, "Once upon", raw=True, stream=True, options=SHORT))
    assert parts[-1].done and "".join(part.response for part in parts)


@check
def json_answers(client, model):
    schema = {"type": "object", "properties": {"greeting": {"type": "string", "maxLength": 20}},
              "required": ["greeting"], "additionalProperties": False}
    text = client.chat(model, HELLO, format=schema, options={"num_predict": 100, "temperature": 0}).message.content
    assert list(json.loads(text)) == ["greeting"], text
    return text


@check
def home_assistant(client, model):
    """The call as Home Assistant's integration makes it, with the answer to a tool in it."""
    messages = [
        {"role": "system", "content": "You control a house."}, {"role": "user", "content": "Turn on the lamp."},
        {"role": "assistant", "content": "",
         "tool_calls": [{"function": {"name": "HassTurnOn", "arguments": {"name": "lamp"}}}]},
        {"role": "tool", "content": "{\"success\": true}"},
    ]
    parts = list(client.chat(
        model, messages, tools=[TOOL], stream=True, think=False, keep_alive=-1, options={"num_ctx": 8192, **SHORT}))
    assert parts[-1].done


@check
def refusals(client, model):
    for call, status in [
        (lambda: client.chat("no-such-model", HELLO), 404), (lambda: client.show("no-such-model"), 404),
        (lambda: client.pull("no-such-model"), 404), (lambda: client.embed(model, "x"), 400),
        (lambda: client.chat(model, [{"role": "user", "content": "x", "images": [b"x"]}]), 400),
        (lambda: client.delete(model), 403),
    ]:
        try:
            call()
        except ollama.ResponseError as error:
            assert error.status_code == status and error.error, f"{error.status_code} is not {status}"
        else:
            raise AssertionError("accepted")


@check
def unloads(client, model):
    assert client.pull(model).status == "success"
    assert client.chat(model, [], keep_alive=0).done_reason == "unload"
    assert not client.ps().models


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--socket", required=True)
    parser.add_argument("--model", default=None, help="default: the first that the daemon lists")
    options = parser.parse_args()
    client = ollama.Client(host="http://localhost", transport=httpx.HTTPTransport(uds=options.socket))
    model = options.model or client.list().models[0].model
    return client_checks.run("ollama", checks, client, model)


if __name__ == "__main__":
    sys.exit(main())
