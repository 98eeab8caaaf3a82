"""Home Assistant's Ollama integration, replayed as it is on the wire: its options, its tools, its rounds, its polls.

The assistant sends keep_alive as a float, thinking switched off, tools as JSON schemas that its own library writes, and
the results of tools without ids. Dashboards poll beside it; polls must not wait for the model.
"""

import json
import threading
import time

ROUNDS = 4
POLL_SECONDS, POLL_LIMIT = 0.2, 0.050
SYSTEM = (
    "You are a voice assistant for Home Assistant.\nAnswer questions about the world truthfully.\n"
    "Current time is 12:00:00. Today's date is 2026-11-27.\nStatic Context: An overview of the areas and the devices:\n"
    "- names: Ceiling Light\n  domain: light\n  areas: Kitchen\n"
    "- names: Heating\n  domain: climate\n  areas: Living Room\n"
)


def tool(name, description, properties, required=()):
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TARGET = {
    "name": {"type": "string"},
    "area": {"type": "string"},
    "floor": {"type": "string"},
    "domain": {"type": "array", "items": {"type": "string"}},
    "device_class": {
        "type": "array",
        "items": {"type": "string", "enum": ["outlet", "switch", "blind", "door", "window"]},
    },
}
TOOLS = [
    tool("HassTurnOn", "Turns on/opens/presses a device or entity.", TARGET),
    tool("HassTurnOff", "Turns off/closes a device or entity.", TARGET),
    tool(
        "HassLightSet",
        "Sets the brightness percentage or color of a light.",
        {
            **TARGET,
            "color": {"type": "string"},
            "temperature": {"type": "integer", "minimum": 0},
            "brightness": {"type": "integer", "minimum": 0, "maximum": 100},
        },
    ),
    tool(
        "HassClimateSetTemperature",
        "Sets the target temperature.",
        {"temperature": {"type": "number"}, "area": {"type": "string"}, "name": {"type": "string"}},
        ["temperature"],
    ),
    tool("HassCancelAllTimers", "Cancels all timers.", {"area": {"type": "string"}}),
    tool("GetLiveContext", "Provides real-time information about the CURRENT state of devices.", {}),
]


def request(daemon, messages, **extra):
    return {
        "model": daemon.model,
        "messages": messages,
        "stream": True,
        "options": {"num_ctx": 8192},
        "tools": TOOLS,
        "keep_alive": -1.0,
        "think": False,
        **extra,
    }


def ask(daemon, messages, **extra):
    """One round; the frames are checked as the client's types check them. Returns the text and the calls."""
    text, calls, done = "", [], False
    for line in daemon.lines("/api/chat", request(daemon, messages, **extra)):
        frame = json.loads(line)
        assert "error" not in frame, frame
        assert not done, f"a line after the last one: {line}"
        assert frame["message"]["role"] == "assistant" and isinstance(frame["message"]["content"], str), frame
        text += frame["message"]["content"]
        for call in frame["message"].get("tool_calls") or []:
            assert isinstance(call["function"]["name"], str), frame
            assert isinstance(call["function"]["arguments"], dict), frame
            calls.append({"function": {"name": call["function"]["name"], "arguments": call["function"]["arguments"]}})
        done = frame["done"]
    assert done, "the stream ended early"
    return text, calls


def case_setting_up(daemon):
    tags = daemon.ask("GET", "/api/tags")
    assert daemon.model in [model["model"] for model in tags.json["models"]], tags
    lines = list(daemon.lines("/api/pull", {"model": daemon.model, "stream": True}))
    assert json.loads(lines[-1])["status"] == "success", lines
    missing = daemon.ask("POST", "/api/pull", {"model": "llama3.2", "stream": True})
    assert missing.status in (404, 501) and missing.json["error"], missing


def case_a_conversation_with_tool_rounds(daemon):
    """The model may or may not call; where it does not, the call it should have made is put in its place."""
    limits = {"options": {"num_ctx": 8192, "num_predict": 80, "temperature": 0}}
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "Turn on the kitchen light."}]
    own = 0
    for number in range(ROUNDS):
        text, calls = ask(daemon, messages, **limits)
        own += len(calls)
        if not calls:
            calls = [{"function": {"name": "HassTurnOn", "arguments": {"name": "Ceiling Light", "area": "Kitchen"}}}]
        messages.append({"role": "assistant", "content": text, "tool_calls": calls})
        for _ in calls:
            messages.append(
                {"role": "tool", "content": json.dumps({"success": [{"name": f"light {number}"}], "failed": []})}
            )
    ask(daemon, messages, **limits)
    return f"{ROUNDS} rounds, {own} calls of the model's own"


def case_two_calls_in_a_turn_and_their_results(daemon):
    calls = [{"function": {"name": name, "arguments": {"area": "Kitchen"}}} for name in ("HassTurnOn", "HassTurnOff")]
    messages = [
        {"role": "user", "content": "Turn the light on and off."},
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "content": "{}"},
        {"role": "tool", "content": "{}"},
        {"role": "user", "content": "Thanks."},
    ]
    ask(daemon, messages, options={"num_ctx": 8192, "num_predict": 20})


def case_every_way_to_say_keep_alive(daemon):
    messages = [{"role": "user", "content": "Hello."}]
    for keep_alive in (-1, -1.0, "300s", "-1s", "5m"):
        ask(daemon, messages, keep_alive=keep_alive, options={"num_ctx": 8192, "num_predict": 1})
    models = daemon.ask("GET", "/api/ps").json["models"]
    assert models and models[0]["expires_at"], models


def case_polls_do_not_wait_for_a_long_answer(daemon):
    """What is polled every 30 seconds at home is polled every 0.2 here, while the model reads and writes."""
    ended = threading.Event()
    failures = []

    def talk():
        try:
            long = [{"role": "user", "content": SYSTEM * 8 + "Tell a very long story about a house."}]
            ask(daemon, long, options={"num_ctx": 8192, "num_predict": 400})
        except Exception as error:  # noqa: BLE001: told below
            failures.append(error)
        ended.set()

    thread = threading.Thread(target=talk)
    thread.start()
    seconds = []
    while not ended.is_set():
        for path in ("/api/tags", "/api/ps", "/api/version"):
            answer = daemon.ask("GET", path)
            assert answer.status == 200, answer
            seconds.append(answer.seconds)
        time.sleep(POLL_SECONDS)
    thread.join()
    assert not failures, failures
    slow = [f"{1000 * value:.0f} ms" for value in seconds if value >= POLL_LIMIT]
    assert len(seconds) >= 6, "the answer was too short to say anything"
    assert not slow, f"{len(slow)} of {len(seconds)} polls took {', '.join(slow[:10])}"
    return f"{len(seconds)} polls, the slowest {1000 * max(seconds):.1f} ms"


def run(daemon, report, options):
    from report import cases

    for name, function in cases(globals()):
        report.check(name, function, daemon)
