"""What clients say, and what the model answers, stays between them: random words are sent in every place a request has,
and looked for in everything the daemon writes or tells others."""

import base64
import json
import os
import pathlib
import random
import stat
import time

from report import cases

# Folders of an installed daemon, should it have written there in spite of its environment.
ELSEWHERE = ["/var/cache/minke", "/var/lib/minke", "/run/minke"]


class Canaries:
    """Random words, and the forms in which they might turn up."""

    def __init__(self, daemon, seed):
        self.daemon, self.random, self.words, self.began = daemon, random.Random(seed), [], time.time()

    def word(self):
        self.words.append("zq" + "".join(self.random.choice("bcdfghjklmnpqrstvwxz") for _ in range(14)))
        return self.words[-1]

    def found_in(self, data):
        forms = {
            word: [
                word.encode(),
                word.upper().encode(),
                word.encode().hex().encode(),
                word.encode("utf-16-le"),
                base64.b64encode(word.encode())[:18],
            ]
            for word in self.words
        }
        return [word for word, texts in forms.items() if any(text in data for text in texts)]

    def post(self, path, body, *statuses):
        answer = self.daemon.ask("POST", path, body)
        assert answer.status in statuses, f"{path} {str(body)[:200]}: {answer}"
        return answer

    def told(self):
        """What the daemon tells anybody who asks, besides answers."""
        return {
            path: self.daemon.ask("GET", path).body
            for path in ("/metrics", "/v1/status", "/health", "/readyz", "/api/ps", "/api/tags", "/v1/models")
        }


def case_prompts_in_every_place(canaries):
    word, model = canaries.word, canaries.daemon.model
    tool = {
        "type": "function",
        "function": {
            "name": word(),
            "description": word(),
            "parameters": {"type": "object", "properties": {word(): {"description": word()}}},
        },
    }
    chat = {
        "model": model,
        "max_tokens": 4,
        "user": word(),
        "metadata": {word(): word()},
        "stop": [word()],
        "tools": [tool],
        "messages": [
            {"role": "system", "content": word()},
            {"role": "user", "content": word(), "name": word()},
            {"role": "assistant", "content": word(), "reasoning_content": word()},
            {"role": "user", "content": [{"type": "text", "text": word()}]},
        ],
    }
    for stream in (False, True):
        canaries.post("/v1/chat/completions", {**chat, "stream": stream}, 200)
    canaries.post("/v1/completions", {"prompt": word(), "max_tokens": 4}, 200)
    canaries.post(
        "/api/chat",
        {"model": model, "messages": [{"role": "user", "content": word()}], "options": {"num_predict": 4}},
        200,
    )
    canaries.post(
        "/api/generate", {"model": model, "prompt": word(), "system": word(), "options": {"num_predict": 4}}, 200
    )
    canaries.daemon.ask(
        "GET",
        f"/health?{word()}={word()}",
        headers={"X-Note": word(), "Cookie": word(), "User-Agent": word(), "Authorization": "Bearer " + word()},
    )
    return f"{len(canaries.words)} words"


def case_answers_that_hold_them(canaries):
    echo = canaries.word()
    said = canaries.post("/v1/completions", {"prompt": echo, "max_tokens": 2, "echo": True}, 200).json["choices"][0][
        "text"
    ]
    assert said.startswith(echo), said
    constant = canaries.word()
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"const": constant}}}
    body = {"messages": [{"role": "user", "content": "Say it."}], "response_format": form, "max_tokens": 60}
    said = canaries.post("/v1/chat/completions", body, 200).json["choices"][0]["message"]["content"]
    assert json.loads(said) == constant, said


def case_requests_that_fail(canaries):
    word = canaries.word
    user = [{"role": "user", "content": "x"}]
    schema = {"type": "object", "properties": {word(): {"type": "string", "pattern": "(" + word()}}}
    canaries.post("/v1/chat/completions", f'{{"messages": [{{"role": "user", "content": "{word()}"'.encode(), 400)
    canaries.post("/v1/chat/completions", f'{{"messages": {word()}}}'.encode(), 400)
    canaries.post(
        "/v1/chat/completions",
        {
            "messages": user,
            "response_format": {"type": "json_schema", "json_schema": {"name": word(), "schema": schema}},
        },
        400,
    )
    canaries.post("/v1/chat/completions", {"messages": [{"role": word(), "content": word()}]}, 400)
    canaries.post("/v1/chat/completions", {"messages": user, "tool_choice": word()}, 400)
    canaries.post("/v1/chat/completions", {"messages": user, "model": word()}, 404)
    canaries.post("/v1/chat/completions", {"messages": [{"role": "user", "content": (word() + " ") * 9000}]}, 400)
    canaries.post("/api/chat", {"messages": user, "keep_alive": word()}, 400)
    canaries.post("/api/show", {"model": word()}, 404)


def case_a_client_that_leaves(canaries):
    body = {"messages": [{"role": "user", "content": canaries.word() + " Tell a very long story."}], "stream": True}
    lines = canaries.daemon.lines("/v1/chat/completions", body)
    for _ in range(3):
        next(lines)
    told = canaries.told()
    lines.close()
    assert not (
        found := {path: canaries.found_in(text) for path, text in told.items() if canaries.found_in(text)}
    ), found
    canaries.daemon.wait_until_idle(5)


def case_nothing_in_the_log(canaries):
    text = canaries.daemon.log.read_bytes()
    assert text, "the daemon logs nothing at all"
    assert not (found := canaries.found_in(text)), [
        line for line in text.decode(errors="replace").splitlines() if canaries.found_in(line.encode())
    ][:5] or found
    return f"{len(text)} bytes of log, {len(canaries.words)} words"


def case_nothing_in_what_others_may_ask(canaries):
    found = {path: words for path, text in canaries.told().items() if (words := canaries.found_in(text))}
    assert not found, found


def case_nothing_in_files_others_may_read(canaries):
    """After the model has left memory and the daemon had time to write what it keeps."""
    canaries.post("/api/generate", {"model": canaries.daemon.model, "keep_alive": 0}, 200)
    time.sleep(1)
    looked, private = 0, 0
    for folder in [canaries.daemon.folder, *map(pathlib.Path, ELSEWHERE)]:
        for path in folder.rglob("*") if folder.exists() else []:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_mtime < canaries.began - 1 or path == canaries.daemon.log:
                continue
            if status.st_size > 1 << 30 or not os.access(path, os.R_OK):
                continue
            looked += 1
            if words := canaries.found_in(path.read_bytes()):
                mode = stat.S_IMODE(status.st_mode)
                in_cache = {"cache", ".cache"} & set(path.parts)
                assert mode & 0o077 == 0 and in_cache, f"{path}, mode {mode:o}, holds {words}"
                private += 1
    return f"{looked} files, {private} private ones hold some"


def case_nothing_in_a_core_file(canaries):
    """A crash must not write the memory of all conversations to the disk."""
    limits = pathlib.Path(f"/proc/{canaries.daemon.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4] == "0", f"the daemon may dump core: {line}"


def run(daemon, report, options):
    canaries = Canaries(daemon, options.seed)
    for name, function in cases(globals()):
        report.check(name, function, canaries)
