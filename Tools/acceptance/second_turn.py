"""The second turn of a long conversation: nothing of the first is computed again, after a restart neither, and the answer is
that of a daemon that never ended, bit for bit."""

import json
import statistics
import time

from daemon import Daemon

PROMPT_TOKENS, ANSWER_TOKENS = 1900, 100
MOST_STEPS = 2


def conversation(daemon):
    """A first question that makes a context of some 2,000 tokens with its answer."""
    line = "The house by the sea had {} rooms, and in each of them stood {} chairs. "
    text, number = "", 0
    while len(daemon.tokens(text)) < PROMPT_TOKENS:
        for _ in range(10):
            text += line.format(number % 17 + 2, number % 5 + 1)
            number += 1
    return [{"role": "user", "content": text + "How many rooms?"}]


def ask(daemon, messages, count):
    """Text, probabilities bit for bit, seconds to the first token, median seconds of a step, tokens known before."""
    body = {"messages": messages, "max_tokens": count, "temperature": 0, "logprobs": True, "stream": True}
    body["stream_options"] = {"include_usage": True}
    # The answer does not end by itself.
    body["logit_bias"] = {"0": -100, "2": -100}
    text, probabilities, times, cached = "", [], [], 0
    began = time.monotonic()
    for line in daemon.lines("/v1/chat/completions", body):
        if not line.startswith("data: {"):
            continue
        chunk = json.loads(line[6:])
        if usage := chunk.get("usage"):
            cached = usage["prompt_tokens_details"]["cached_tokens"]
        for choice in chunk["choices"]:
            text += choice["delta"].get("content") or ""
            if logprobs := choice.get("logprobs"):
                probabilities += [(entry["bytes"], entry["logprob"]) for entry in logprobs["content"]]
                times.append(time.monotonic())
    steps = [b - a for a, b in zip(times, times[1:])]
    return text, probabilities, times[0] - began, statistics.median(steps), cached


def turns(daemon, restarts):
    messages = conversation(daemon)
    first = ask(daemon, messages, ANSWER_TOKENS)
    if restarts:
        daemon.restart()
        # The model, not the conversation.
        daemon.ask("POST", "/api/generate", {"model": daemon.model})
    messages += [{"role": "assistant", "content": first[0]}, {"role": "user", "content": "And chairs?"}]
    return ask(daemon, messages, 40)


def after_a_restart(daemon, options):
    text, probabilities, seconds, step, cached = turns(daemon, restarts=True)
    other = Daemon(options.release, options.model)
    try:
        reference = turns(other, restarts=False)
    finally:
        other.stop()
    assert (text, probabilities) == reference[:2], f"{text!r} is not {reference[0]!r}"
    told = (
        f"{cached} tokens known; first token after {seconds * 1000:.0f} ms, a step takes {step * 1000:.1f} ms "
        f"(uninterrupted: {reference[2] * 1000:.0f} ms)"
    )
    assert cached >= PROMPT_TOKENS and seconds <= MOST_STEPS * step, told
    return told


def run(daemon, report, options):
    report.check("the second turn after a restart", after_a_restart, daemon, options)
