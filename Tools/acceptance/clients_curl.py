"""What the README tells people to type: curl on the socket."""

import json
import subprocess

from report import cases

QUESTION = {
    "messages": [{"role": "user", "content": "What is the capital of France?"}],
    "temperature": 0,
    "max_tokens": 12,
}


def curl(daemon, path, *arguments, body=None):
    """Status and text."""
    command = ["curl", "-sS", "--max-time", "120", "--unix-socket", daemon.socket, "-w", "\n%{http_code}"]
    if body is not None:
        command += ["-d", json.dumps(body)]
    run = subprocess.run([*command, *arguments, "http://localhost" + path], capture_output=True, text=True, check=True)
    text, _, status = run.stdout.rpartition("\n")
    return int(status), text


def case_a_chat_plain_and_streamed(daemon):
    status, text = curl(daemon, "/v1/chat/completions", body=QUESTION)
    assert status == 200, text
    answer = json.loads(text)["choices"][0]["message"]["content"]
    status, text = curl(daemon, "/v1/chat/completions", "-N", body={**QUESTION, "stream": True})
    frames = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    assert status == 200 and frames[-1] == "[DONE]", text
    chunks = [json.loads(frame) for frame in frames[:-1]]
    assert "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"]) == answer
    return repr(answer)


def case_an_ollama_chat_without_a_content_type(daemon):
    body = {"model": daemon.model, "messages": QUESTION["messages"], "options": {"num_predict": 5}}
    status, text = curl(daemon, "/api/chat", "-H", "Content-Type:", body=body)
    assert status == 200 and json.loads(text.splitlines()[-1])["done"], text


def case_a_body_in_chunks(daemon):
    status, text = curl(daemon, "/v1/chat/completions", "-H", "Transfer-Encoding: chunked", body=QUESTION)
    assert status == 200, text


def case_any_host_name(daemon):
    for host in ("localhost", "unix", "minke:11434", "a.container", "[::1]"):
        assert curl(daemon, "/health", "-H", f"Host: {host}")[0] == 200, host


def case_operation(daemon):
    for path in ("/health", "/livez", "/readyz", "/v1/status"):
        status, text = curl(daemon, path)
        assert status == 200 and json.loads(text), (path, text)
    status, text = curl(daemon, "/metrics")
    names = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if line and line[0] != "#"}
    for name in names:
        assert f"# HELP {name} " in text and f"# TYPE {name} " in text, f"{name} has no HELP or TYPE"
    return f"{len(names)} metrics"


def case_methods(daemon):
    for path, wrong in (
        ("/health", "PUT"),
        ("/v1/chat/completions", "GET"),
        ("/api/tags", "TRACE"),
        ("/v1/models", "QUERY"),
    ):
        status, text = curl(daemon, path, "-X", wrong, "-D", "-")
        assert status == 405 and "allow:" in text.lower(), (path, wrong, status, text)
    status, text = curl(daemon, "/v1/models", "-X", "OPTIONS", "-D", "-")
    assert status == 204 and "access-control" not in text.lower(), text
    status, text = curl(daemon, "/health", "-I")
    assert status == 200, text


def run(daemon, report, options):
    for name, function in cases(globals()):
        report.check(name, function, daemon)
