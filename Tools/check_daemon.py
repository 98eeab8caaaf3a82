#!/usr/bin/env python3
"""Checks the release binaries end to end: a real daemon, a real model, curl, OpenAI's client, signals, systemd's socket.

    Tools/check_daemon.py FOLDER-OF-BINARIES MODEL

Needs curl, and openai, ollama and httpx in the Python that runs it. Prints one line a check; exits with 1 at the first failure.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

binaries, model = pathlib.Path(sys.argv[1]).resolve(), str(pathlib.Path(sys.argv[2]).resolve())
here = pathlib.Path(__file__).parent
folder = pathlib.Path(tempfile.mkdtemp())
path = str(folder / "minke.sock")
QUESTION = {"messages": [{"role": "user", "content": "What is the opposite of 'ancient'?"}], "temperature": 0, "max_tokens": 24}


def curl(*arguments, body=None):
    """Runs curl on the socket; returns status and text."""
    command = ["curl", "-sS", "--max-time", "120", "--unix-socket", path, "-w", "\n%{http_code}"]
    if body is not None:
        command += ["-d", json.dumps(body)]
    text, _, status = subprocess.run(
        command + list(arguments), capture_output=True, text=True, check=True).stdout.rpartition("\n")
    return int(status), text


def status():
    return json.loads(curl("http://localhost/v1/status")[1])


def start(*arguments, **options):
    """Starts a daemon and waits until it answers; returns the process and the seconds that took."""
    began = time.monotonic()
    process = subprocess.Popen([binaries / "minked", *arguments], stderr=subprocess.DEVNULL, **options)
    while True:
        try:
            if curl("http://localhost/health")[0] == 200:
                return process, time.monotonic() - began
        except subprocess.CalledProcessError:
            pass
        assert process.poll() is None, f"minked ended with {process.returncode}"
        assert time.monotonic() - began < 20, "minked does not answer"
        time.sleep(0.01)


def wait_until_idle(seconds):
    """Seconds until no request runs or waits; fails after `seconds`."""
    began = time.monotonic()
    while status()["queue_depth"] > 0:
        assert time.monotonic() - began < seconds, f"the engine is still busy after {seconds} s"
    return time.monotonic() - began


def check_curl():
    code, text = curl("http://localhost/v1/chat/completions", body=QUESTION)
    answer = json.loads(text)["choices"][0]["message"]["content"]
    assert code == 200 and "modern" in answer, text
    code, text = curl("-N", "http://localhost/v1/chat/completions", body={**QUESTION, "stream": True})
    frames = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    assert frames[-1] == "[DONE]", text
    pieces = [json.loads(frame)["choices"][0]["delta"].get("content", "") for frame in frames[:-1]]
    assert "".join(pieces) == answer, "stream and plain answer differ"
    return f"plain and streamed: {answer!r} in {len(pieces)} chunks"


def check_errors():
    code, text = curl("http://localhost/v1/chat/completions", "-d", "{nonsense")
    assert code == 400 and json.loads(text)["error"]["type"] == "invalid_request_error", text
    code, text = curl("http://localhost/v1/chat/completions", body={**QUESTION, "model": "nobody"})
    assert code == 404 and json.loads(text)["error"]["code"] == "model_not_found", text
    code, text = curl("http://localhost/v1/nowhere")
    assert code == 404 and "error" in json.loads(text), text
    return "400, 404 in OpenAI's shape"


def check_determinism():
    seeded = {**QUESTION, "temperature": 1.0, "seed": 42, "max_tokens": 16}
    texts = [json.loads(curl("http://localhost/v1/chat/completions", body=seeded)[1])["choices"][0]["message"]["content"]
             for _ in range(2)]
    assert texts[0] == texts[1], texts
    return "same seed, same text"


def check_killed_client():
    long = {"messages": [{"role": "user", "content": "Tell a very long story."}], "stream": True, "max_tokens": 2000,
            "temperature": 0}
    waits = []
    for when in ("prefill", "decode"):
        client = subprocess.Popen(
            ["curl", "-sSN", "--unix-socket", path, "http://localhost/v1/chat/completions", "-d", json.dumps(long)],
            stdout=subprocess.PIPE)
        if when == "decode":
            while b"content" not in client.stdout.readline():
                pass
        else:
            while status()["queue_depth"] == 0:
                pass
        client.kill()
        client.wait()
        waits.append(wait_until_idle(1.0))
    return "engine free after " + ", ".join(f"{1000 * wait:.0f} ms" for wait in waits) + " (prefill, decode)"


def check_openai():
    subprocess.run([sys.executable, here / "openai_client_check.py", "--socket", path], check=True)
    return "OpenAI's client"


def check_ollama():
    subprocess.run([sys.executable, here / "ollama_client_check.py", "--socket", path], check=True)
    return "ollama client"


def check_termination(daemon):
    client = subprocess.Popen(
        ["curl", "-sS", "--unix-socket", path, "http://localhost/v1/chat/completions", "-d", json.dumps(QUESTION)],
        stdout=subprocess.PIPE)
    while status()["queue_depth"] == 0:
        pass
    daemon.send_signal(signal.SIGTERM)
    answer = json.loads(client.communicate(timeout=60)[0])
    assert "modern" in answer["choices"][0]["message"]["content"]
    assert daemon.wait(timeout=30) == 0 and not os.path.exists(path)
    return "SIGTERM: the running answer was finished, the socket removed"


def check_inherited():
    """Plays systemd: the listening socket is descriptor 3, LISTEN_PID the daemon's own."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    descriptor = listener.fileno()

    def hand_over():
        os.dup2(descriptor, 3)
        os.set_inheritable(3, True)

    shell = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"'
    process = subprocess.Popen(
        ["/bin/sh", "-c", shell, binaries / "minked", "--model", model], preexec_fn=hand_over, close_fds=False,
        stderr=subprocess.DEVNULL)
    code, text = curl("http://localhost/v1/models")
    assert code == 200 and json.loads(text)["data"], text
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    listener.close()
    os.unlink(path)
    return "a socket inherited as systemd passes it"


def check_run():
    """minke starts a daemon for itself, and stop ends it."""
    environment = {**os.environ, "MINKE_SOCKET": path, "XDG_STATE_HOME": str(folder)}

    def minke(*arguments, **options):
        return subprocess.run(
            [binaries / "minke", *arguments], env=environment, capture_output=True, text=True, timeout=120, **options)

    assert minke("ps").returncode == 5
    answer = minke("run", model, "--temperature", "0", "--max-tokens", "24", input="What is the opposite of 'ancient'?")
    assert answer.returncode == 0 and "modern" in answer.stdout, answer
    local = minke("run", "--local", model, "What is the opposite of 'ancient'?", "--temperature", "0", "--max-tokens", "24")
    assert local.stdout == answer.stdout, (local, answer)
    assert minke("stop").returncode == 0
    deadline = time.monotonic() + 15
    while os.path.exists(path):
        assert time.monotonic() < deadline, "the daemon did not stop"
        time.sleep(0.05)
    return "minke run starts a daemon, --local gives the same answer, stop ends it"


def check_bench():
    """minke bench measures something that the machine's limits allow."""
    command = [binaries / "minke", "bench", model, "--prompt", "64", "--generate", "16", "--json"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout)
    for key in ("prefill_tokens_per_second", "decode_tokens_per_second", "memory_bandwidth_measured", "peak_rss"):
        assert report[key] > 0, report
    # Some of a small model stays in the caches, which are faster than the memory that bounds large ones.
    assert 0.01 < report["fraction_of_limit"] < 3 and 0.001 < report["prefill_fraction_of_limit"] < 1, report
    assert report["peak_rss"] < report["memory_budget"], report
    return f"bench: prefill {report['prefill_tokens_per_second']:.0f}, decode {report['decode_tokens_per_second']:.0f} tokens/s"


daemon, seconds = start("--socket", path, "--model", model)
print(f"ok   ready after {1000 * seconds:.0f} ms")
try:
    for check in (check_curl, check_errors, check_determinism, check_killed_client, check_openai, check_ollama):
        print("ok  ", check(), flush=True)
    print("ok  ", check_termination(daemon), flush=True)
finally:
    daemon.kill()
print("ok  ", check_inherited(), flush=True)
print("ok  ", check_run(), flush=True)
print("ok  ", check_bench(), flush=True)
