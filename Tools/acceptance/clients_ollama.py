"""Ollama's own Python client over the socket."""

import json
import time

import httpx
import jsonschema
import ollama

from report import cases

MESSAGES = [{"role": "user", "content": "What is the capital of France? Answer in one word."}]
GREEDY = {"temperature": 0, "num_predict": 16}
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "age": {"type": "integer", "minimum": 0, "maximum": 99},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Client:
    """The client, the model, and the daemon behind them."""

    def __init__(self, daemon):
        self.daemon, self.model = daemon, daemon.model
        transport = httpx.HTTPTransport(uds=daemon.socket)
        self.api = ollama.Client(host="http://localhost", transport=transport, timeout=300)

    def chat(self, **options):
        return self.api.chat(**{"model": self.model, "messages": MESSAGES, "options": GREEDY, **options})

    def generate(self, **options):
        return self.api.generate(**{"model": self.model, "prompt": "Hello.", "options": GREEDY, **options})

    def refuses(self, status, call, *arguments, **options):
        try:
            call(*arguments, **options)
        except ollama.ResponseError as error:
            assert error.status_code == status, f"expected {status}, got {error.status_code} {error.error}"
            return error.error
        raise AssertionError("was accepted")


def case_list(client):
    models = client.api.list().models
    assert [m for m in models if m.model == client.model], models
    for entry in models:
        assert entry.size > 0 and entry.digest and entry.modified_at and entry.details.format, entry


def case_show(client):
    for name in (client.model, client.model + ":latest"):
        shown = client.api.show(name)
        assert shown.modelinfo["general.architecture"] and "completion" in shown.capabilities, shown
        architecture = shown.modelinfo["general.architecture"]
        assert shown.modelinfo[f"{architecture}.context_length"] > 0, shown.modelinfo
    legacy = client.daemon.ask("POST", "/api/show", {"name": client.model})
    assert legacy.status == 200 and legacy.json["details"], legacy
    client.refuses(404, client.api.show, "no-such-model")


def case_version_and_greeting(client):
    answer = client.daemon.ask("GET", "/api/version")
    assert answer.status == 200 and answer.json["version"].count(".") >= 1, answer
    assert client.daemon.ask("GET", "/").body == b"Ollama is running"
    for path in ("/", "/api/version"):
        head = client.daemon.ask("HEAD", path)
        assert head.status == 200 and head.body == b"", head


def case_chat(client):
    answer = client.chat()
    assert answer.message.role == "assistant" and answer.message.content and answer.done, answer
    assert answer.done_reason in ("stop", "length") and answer.eval_count > 0 and answer.prompt_eval_count > 0, answer
    assert answer.total_duration >= answer.eval_duration > 0, answer
    return repr(answer.message.content)


def case_streamed_chat_says_the_same(client):
    frames = list(client.chat(stream=True))
    assert all(frame.message.role == "assistant" for frame in frames)
    assert [frame.done for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert "".join(frame.message.content or "" for frame in frames) == client.chat().message.content
    assert frames[-1].eval_count > 0 and frames[-1].done_reason, frames[-1]
    return f"{len(frames)} lines"


def case_streaming_is_the_default_on_the_wire(client):
    body = {"model": client.model, "messages": MESSAGES, "options": GREEDY}
    answer = client.daemon.ask("POST", "/api/chat", body)
    assert answer.headers["content-type"].startswith("application/x-ndjson"), answer.headers
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert len(lines) > 1 and lines[-1]["done"], lines[-1]


def case_generate(client):
    plain = client.generate()
    pieces = [frame.response for frame in client.generate(stream=True)]
    assert plain.done and "".join(pieces) == plain.response, (plain, pieces)
    assert client.generate(system="You are a pirate.").response
    assert client.generate(raw=True, prompt="The capital of France is").response
    client.refuses(400, client.generate, suffix="the end")


def case_options(client):
    answer = client.chat(
        options={"temperature": 0, "num_predict": 3, "num_ctx": 2048, "repeat_last_n": 64, "num_keep": 4}
    )
    assert answer.eval_count == 3 and answer.done_reason == "length", answer
    seeded = {
        "temperature": 1,
        "seed": 7,
        "top_k": 40,
        "top_p": 0.9,
        "min_p": 0.05,
        "repeat_penalty": 1.1,
        "num_predict": 16,
    }
    assert client.chat(options=seeded).message.content == client.chat(options=seeded).message.content
    full = client.chat().message.content
    stopped = client.chat(options={**GREEDY, "stop": [full[-2:]]}).message.content
    assert stopped == full[: full.index(full[-2:])], (full, stopped)


def case_format_json_and_schema(client):
    person = [{"role": "user", "content": "Invent a person."}]
    answer = client.chat(messages=person, format=SCHEMA, options={"temperature": 1, "seed": 1, "num_predict": 200})
    assert answer.done_reason == "stop", answer
    jsonschema.validate(json.loads(answer.message.content), SCHEMA)
    made = client.generate(prompt="Invent a person.", format=SCHEMA, options={"temperature": 1, "num_predict": 200})
    jsonschema.validate(json.loads(made.response), SCHEMA)
    free = client.chat(messages=person, format="json", options={"temperature": 0, "num_predict": 300})
    assert free.message.content.lstrip().startswith("{"), free
    assert client.chat(format="").message.content


def case_tools(client):
    """Whether the model calls is its own affair; what it says must be well-formed, and results must be taken."""
    answer = client.chat(tools=[TOOL], options={"temperature": 0, "num_predict": 60})
    for call in answer.message.tool_calls or []:
        assert call.function.name == "get_weather" and "city" in call.function.arguments, answer
    call = {"function": {"name": "get_weather", "arguments": {"city": "Paris"}}}
    messages = [
        *MESSAGES,
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "21 degrees", "tool_name": "get_weather"},
    ]
    assert client.chat(messages=messages, tools=[TOOL]).done


def case_think_false(client):
    answer = client.chat(think=False)
    assert answer.message.content and not answer.message.thinking, answer


def case_keep_alive_loads_and_unloads(client):
    loaded = client.api.chat(model=client.model, messages=[], keep_alive="5m")
    assert loaded.done and loaded.done_reason == "load", loaded
    running = client.api.ps().models
    assert running and running[0].model == client.model and running[0].expires_at, running
    assert running[0].context_length and running[0].size > 0, running
    unloaded = client.api.generate(model=client.model, prompt="", keep_alive=0)
    assert unloaded.done_reason == "unload" and client.api.ps().models == [], (unloaded, client.api.ps())
    for keep_alive in (-1, -1.0, "300s", "1h30m", 60):
        assert client.chat(keep_alive=keep_alive, options={"num_predict": 1}).done
    client.chat(keep_alive=0, options={"num_predict": 1})
    deadline = time.monotonic() + 3
    while client.api.ps().models:
        assert time.monotonic() < deadline, f"3 s after an answer with keep_alive 0: {client.api.ps()}"
        time.sleep(0.05)


def case_pull(client):
    assert client.api.pull(client.model).status == "success"
    assert [progress.status for progress in client.api.pull(client.model, stream=True)][-1] == "success"
    message = client.refuses(404, client.api.pull, "no-such-model")
    assert "no-such-model" in message, message


def case_refusals(client):
    assert "no-such-model" in client.refuses(404, client.chat, model="no-such-model")
    client.refuses(404, lambda: list(client.chat(model="no-such-model", stream=True)))
    client.refuses(400, client.api.embed, model=client.model, input="hello")
    client.refuses(400, client.chat, messages=[{"role": "user", "content": "x", "images": [b"\x89PNG"]}])
    client.refuses(400, client.chat, messages=[{"role": "user", "content": "word " * 40_000}])
    bad = client.daemon.ask("POST", "/api/chat", b"{nonsense")
    assert bad.status == 400 and isinstance(bad.json["error"], str), bad
    assert client.daemon.ask("DELETE", "/api/delete", {"model": client.model}).status == 403


def run(daemon, report, options):
    client = Client(daemon)
    for name, function in cases(globals()):
        report.check(name, function, client)
