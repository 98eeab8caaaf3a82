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


def restart(daemon):
    daemon.restart()
    # Nothing names the conversation.
    daemon.ask("POST", "/api/generate", {"model": daemon.model})


def turns(daemon, restarts):
    """The second turn, and the same question once more, as clients ask that want another answer."""
    messages = conversation(daemon)
    first = ask(daemon, messages, ANSWER_TOKENS)
    if restarts:
        restart(daemon)
    messages += [{"role": "assistant", "content": first[0]}, {"role": "user", "content": "And chairs?"}]
    second = ask(daemon, messages, 40)
    if restarts:
        restart(daemon)
    return second, ask(daemon, messages, 40)


def after_a_restart(daemon, options):
    second, again = turns(daemon, restarts=True)
    other = Daemon(options.release, options.model)
    try:
        reference, _ = turns(other, restarts=False)
    finally:
        other.stop()
    for answer in (second, again):
        assert answer[:2] == reference[:2], f"{answer[0]!r} is not {reference[0]!r}"
    step = reference[3]
    told = (
        f"a step takes {step * 1000:.1f} ms; {second[4]} tokens known, first token after {second[2] * 1000:.0f} ms "
        f"(never ended: {reference[2] * 1000:.0f} ms); all tokens known, after {again[2] * 1000:.0f} ms"
    )
    assert min(second[4], again[4]) >= PROMPT_TOKENS, told
    # What is new in the second turn, a dozen tokens, is computed by any daemon; a restart adds no more than this.
    assert second[2] - reference[2] <= MOST_STEPS * step, told
    assert again[2] <= MOST_STEPS * step, told
    return told


def run(daemon, report, options):
    report.check("the second turn after a restart", after_a_restart, daemon, options)
