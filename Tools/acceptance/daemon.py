"""A minked of the suite's own: starts and stops it, asks it over its socket, and reads from /proc what it takes."""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time


class UnixConnection(http.client.HTTPConnection):
    """http.client over a Unix socket."""

    def __init__(self, path, timeout=120):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    """A response that was read to its end."""

    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error_code(self):
        """The `code` of an error in OpenAI's shape; None for anything else."""
        try:
            return self.json["error"]["code"]
        except (ValueError, KeyError, TypeError):
            return None

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Daemon:
    """A running minked in a folder of its own: socket, log, home and caches are all below it."""

    def __init__(self, release, model, *arguments):
        self.release, self.model_file = pathlib.Path(release).resolve(), str(pathlib.Path(model).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="minke-"))
        for name in ("run", "home", "cache", "state", "tmp"):
            (self.folder / name).mkdir(mode=0o700)
        self.socket = str(self.folder / "run" / "minke.sock")
        self.log = self.folder / "minked.log"
        self.arguments = arguments
        self.environment = {
            **os.environ,
            "HOME": str(self.folder / "home"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "TMPDIR": str(self.folder / "tmp"),
        }
        self.start()
        self.model = self.ask("GET", "/v1/models").json["data"][0]["id"]

    def start(self):
        with open(os.open(self.log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), "ab") as log:
            self.process = subprocess.Popen(
                [self.release / "minked", "--socket", self.socket, "--model", self.model_file, *self.arguments],
                stdout=log,
                stderr=log,
                env=self.environment,
            )
        self.wait_until_healthy()

    def restart(self):
        """SIGTERM, and another process with the same folders."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0, self.log_text()[-500:]
        self.start()

    @property
    def pid(self):
        return self.process.pid

    def wait_until_healthy(self, seconds=30):
        deadline = time.monotonic() + seconds
        while True:
            assert self.process.poll() is None, f"minked ended with {self.process.returncode}: {self.log_text()[-500:]}"
            try:
                if self.ask("GET", "/health").status == 200:
                    return
            except OSError:
                pass
            assert time.monotonic() < deadline, "minked does not answer"
            time.sleep(0.02)

    def assert_healthy(self):
        assert self.process.poll() is None, f"minked ended with {self.process.returncode}: {self.log_text()[-500:]}"
        answer = self.ask("GET", "/health", timeout=10)
        assert answer.status == 200, f"/health: {answer}"

    def ask(self, method, path, body=None, headers=None, timeout=120):
        """One request on a connection of its own; bodies other than bytes are sent as JSON."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        connection = UnixConnection(self.socket, timeout)
        try:
            began = time.monotonic()
            connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read(), time.monotonic() - began)
        finally:
            connection.close()

    def chat(self, prompt, **options):
        """A chat completion; returns its JSON."""
        body = {"model": self.model, "messages": [{"role": "user", "content": prompt}], **options}
        answer = self.ask("POST", "/v1/chat/completions", body)
        assert answer.status == 200, f"{answer}"
        return answer.json

    def lines(self, path, body, timeout=300):
        """The non-empty lines of a streamed answer, as they arrive."""
        connection = UnixConnection(self.socket, timeout)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            assert response.status == 200, f"{response.status} {response.read()[:300]!r}"
            for line in response:
                if line.strip():
                    yield line.decode().rstrip("\r\n")
        finally:
            connection.close()

    def status(self):
        return self.ask("GET", "/v1/status").json

    def wait_until_idle(self, seconds):
        """Seconds until no request runs or waits."""
        began = time.monotonic()
        while (status := self.status())["queue_depth"] > 0:
            assert time.monotonic() - began < seconds, f"still busy after {seconds} s: {status}"
            time.sleep(0.01)
        return time.monotonic() - began

    def tokens(self, text):
        """The token ids of a text, from the command."""
        command = [self.release / "minke", "tokenize", self.model_file]
        return json.loads(subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout)

    def log_text(self):
        return self.log.read_text(errors="replace")

    def resident_bytes(self):
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024

    def anonymous_bytes(self):
        """Resident memory that is not a mapped file: what leaks would show in."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+) kB", text)[1]) * 1024

    def descriptor_count(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def stop(self):
        """SIGTERM must end it cleanly; whatever happens, nothing is left behind."""
        try:
            ended = self.process.poll()
            assert ended is None, f"minked had ended with {ended}: {self.log_text()[-500:]}"
            self.process.send_signal(signal.SIGTERM)
            status = self.process.wait(timeout=30)
            assert status == 0, f"minked ended with {status}: {self.log_text()[-500:]}"
        finally:
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)
