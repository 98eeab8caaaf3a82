"""Clients that speak TCP only, through systemd-socket-proxyd as the packaged unit runs it."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from report import NotRun, cases

PROXY = "/lib/systemd/systemd-socket-proxyd"
QUESTION = "What is the capital of France?"
MESSAGES = [{"role": "user", "content": QUESTION}]


class Proxy:
    """A loopback port in front of the daemon's socket."""

    def __init__(self, daemon):
        if not shutil.which("systemd-socket-activate") or not os.path.exists(PROXY):
            raise NotRun("systemd's tools are not installed")
        self.daemon, self.model = daemon, daemon.model
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            ["systemd-socket-activate", "-l", f"127.0.0.1:{self.port}", PROXY, daemon.socket],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while True:
            try:
                assert self.get("/health") == {"status": "ok"}
                return
            except OSError:
                assert time.monotonic() < deadline, "the proxy does not answer"
                time.sleep(0.05)

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return json.load(response)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def case_openai(proxy):
    import openai

    api = openai.OpenAI(base_url=proxy.url + "/v1", api_key="none", max_retries=0)
    options = {"model": proxy.model, "messages": MESSAGES, "max_tokens": 8, "temperature": 0}
    plain = api.chat.completions.create(**options).choices[0].message.content
    chunks = api.chat.completions.create(**options, stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == plain
    return repr(plain)


def case_ollama(proxy):
    import ollama

    api = ollama.Client(host=proxy.url)
    options = {"temperature": 0, "num_predict": 8}
    plain = api.chat(model=proxy.model, messages=MESSAGES, options=options).message.content
    frames = api.chat(model=proxy.model, messages=MESSAGES, options=options, stream=True)
    assert "".join(frame.message.content for frame in frames) == plain
    assert api.ps().models and api.list().models and api.show(proxy.model).capabilities


def case_litellm_ollama(proxy):
    try:
        import litellm
    except ImportError:
        raise NotRun("litellm is in the other environment") from None
    for provider in ("ollama_chat", "ollama"):
        options = {"model": f"{provider}/{proxy.model}", "messages": MESSAGES, "api_base": proxy.url, "max_tokens": 8}
        assert litellm.completion(**options).choices[0].message.content, provider
        text = "".join(c.choices[0].delta.content or "" for c in litellm.completion(**options, stream=True))
        assert text, provider


def case_llm_command(proxy):
    """Simon Willison's `llm`, with Ollama's plug-in."""
    program = pathlib.Path(sys.executable).parent / "llm"
    if not program.exists():
        raise NotRun("llm is in the other environment")
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "LLM_USER_PATH": folder, "OLLAMA_HOST": proxy.url}
        command = [program, "-m", f"ollama/{proxy.model}", "-o", "num_predict", "8", QUESTION]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert run.returncode == 0 and run.stdout.strip(), run.stderr[-500:]
        return repr(run.stdout.strip())


def case_curl(proxy):
    body = json.dumps({"model": proxy.model, "messages": MESSAGES, "options": {"num_predict": 8}})
    run = subprocess.run(
        ["curl", "-sSN", proxy.url + "/api/chat", "-d", body], capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout.splitlines()[-1])["done"], run.stdout


def case_a_client_that_leaves_frees_the_engine(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port)) as client:
        body = json.dumps(
            {"messages": [{"role": "user", "content": "Tell a very long story."}], "stream": True}
        ).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall(head.encode() + body)
        seen = b""
        while b"content" not in seen.partition(b"\r\n\r\n")[2]:
            piece = client.recv(4096)
            assert piece, seen
            seen += piece
    return f"free after {1000 * proxy.daemon.wait_until_idle(2):.0f} ms"


def run(daemon, report, options):
    proxies = []
    if not report.check("the proxy starts", lambda: proxies.append(Proxy(daemon))):
        return
    try:
        for name, function in cases(globals()):
            report.check(name, function, proxies[0])
    finally:
        proxies[0].stop()
