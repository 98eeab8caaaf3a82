#!/usr/bin/env python3
"""The daemon and a service manager that this program plays: READY, the watchdog, reload, refusal, SIGTERM.

usage: check_supervision.py FOLDER-OF-BINARIES MODEL
"""

import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

binaries, model = sys.argv[1:]
folder = tempfile.mkdtemp(prefix="minke-supervision-")
configuration = folder + "/minke.toml"
api = folder + "/api.sock"


def write(text):
    with open(configuration, "w") as file:
        file.write(text)


class Manager:
    """One daemon with an inherited socket, as a service manager starts it."""

    def __init__(self, watchdog_seconds):
        for path in (folder + "/notify", api):
            pathlib.Path(path).unlink(missing_ok=True)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(folder + "/notify")
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(api)
        listening.listen(64)
        environment = dict(
            os.environ,
            NOTIFY_SOCKET=folder + "/notify",
            LISTEN_FDS="1",
            WATCHDOG_USEC=str(int(watchdog_seconds * 1e6)),
        )
        # LISTEN_PID is the daemon's own: a shell knows it.
        script = 'LISTEN_PID=$$ exec "$0" "$@" 3<&%d' % listening.fileno()
        self.log = open(folder + "/log", "w")
        command = ["sh", "-c", script, binaries + "/minked", "--config", configuration, "--model", model, "--no-cache"]
        self.process = subprocess.Popen(command, env=environment, pass_fds=[listening.fileno()], stderr=self.log)
        listening.close()

    def receive(self, seconds, wanted):
        """The first message with `wanted`, and when it came; None after so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.notify], [], [], left)[0]:
                message = self.notify.recv(65536).decode()
                if wanted in message:
                    return message
        return None

    def count(self, seconds, wanted):
        """How many messages with `wanted` come in so many seconds."""
        end, count = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            count += self.receive(left, wanted) is not None
        return count


def ask(path, body=None):
    command = ["curl", "-sS", "--fail", "--unix-socket", api, "http://localhost" + path]
    if body is not None:
        command += ["-d", json.dumps(body)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def check(condition, words):
    print(("ok: " if condition else "FAILED: ") + words, flush=True)
    if not condition:
        manager.process.kill()
        print(open(folder + "/log").read(), file=sys.stderr)
        sys.exit(1)


write("[server]\nqueue = 3\n")
started = time.monotonic()
manager = Manager(watchdog_seconds=2)
message = manager.receive(10, "READY=1")
check(message is not None and "STATUS=ready" in message, f"READY after {(time.monotonic() - started) * 1000:.0f} ms")
check(3 <= manager.count(2, "WATCHDOG=1") <= 6, "an idle daemon feeds the watchdog every half second")
answer = json.loads(ask("/v1/completions", {"prompt": "Once upon a time", "max_tokens": 200}))
check(answer["usage"]["completion_tokens"] > 0, "it answers")
check(manager.receive(1, "WATCHDOG=1") is not None, "and is fed")

write("[server]\nquue = 3\n")
manager.process.send_signal(signal.SIGHUP)
message = manager.receive(5, "RELOADING=1")
check(message is not None and "MONOTONIC_USEC=" in message, "SIGHUP: RELOADING")
message = manager.receive(5, "READY=1")
check(message is not None and "minke.toml:2:1: [server] has no key 'quue'; did you mean 'queue'?" in message, message or "")
checked = subprocess.run([binaries + "/minked", "--check-config", "--config", configuration], capture_output=True, text=True)
check(checked.returncode == 2 and "minke.toml:2:1: " in checked.stderr, "--check-config says the same, status 2")

write("[server]\nqueue = 7\nsessions = 4\n[log]\nlevel = \"debug\"\n")
manager.process.send_signal(signal.SIGHUP)
message = manager.receive(5, "READY=1")
check(message is not None and "restart to apply server.sessions" in message, message or "")
ask("/health")
time.sleep(0.3)
log = open(folder + "/log").read()
check("applied server.queue, log.level" in log and "GET /health" in log, "what can be applied is")
checked = subprocess.run([binaries + "/minked", "--check-config", "--config", configuration], capture_output=True, text=True)
check(checked.returncode == 0, "--check-config is content, status 0")

# It serves on until nothing runs.
asking = threading.Thread(target=lambda: answers.append(json.loads(ask("/v1/completions", {
    "prompt": "Once", "max_tokens": 600, "logit_bias": {"0": -100, "2": -100}}))))
answers = []
asking.start()
time.sleep(1)
manager.process.send_signal(signal.SIGUSR1)
check(manager.receive(1, "STOPPING=1") is None and asking.is_alive(), "SIGUSR1: an answer that runs goes on")
asking.join()
check(answers[0]["usage"]["completion_tokens"] == 600, "and is whole")
check(manager.receive(5, "STOPPING=1") is not None and manager.process.wait(15) == 0, "then the daemon ends")
write("")
manager = Manager(watchdog_seconds=2)
check(manager.receive(10, "READY=1") is not None, "another one takes its place")

manager.process.send_signal(signal.SIGTERM)
check(manager.receive(5, "STOPPING=1") is not None, "SIGTERM: STOPPING")
check(manager.process.wait(15) == 0, "and it ends well")
subprocess.run(["rm", "-r", folder], check=True)
