"""Hostile HTTP: every request of abuse_table.py gets a right 4xx or a closed connection, never two answers where the
second was smuggled, and the daemon serves the next client as if nothing had happened."""

import itertools
import re
import socket
import time

import abuse_table
from report import NotRun

# A daemon that neither answers nor closes within this has hung as far as these requests go: none of them may wait for
# a time-out, since each is complete or says that nothing follows.
PATIENCE = 8


def exchange(path, payload, halves=False, patience=PATIENCE):
    """Sends bytes and reads until the connection ends, the first answer is complete, or patience does.

    Returns the outcome (a status, `close` or `hang`), how many answers came, and whether the connection ended.
    """
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(patience)
    connection.connect(path)
    data = b""
    ended = False
    try:
        try:
            connection.sendall(payload)
            if halves:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            # It stopped reading, as it may: what it answered counts.
            pass
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            # After a complete answer a moment is left for a second one, which would be wrong, or for the end.
            connection.settimeout(0.1 if answered(data) else patience)
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                break
            except ConnectionResetError:
                ended = True
                break
            if not piece:
                ended = True
                break
            data += piece
    finally:
        connection.close()
    statuses = [int(status) for status in re.findall(rb"(?m)^HTTP/1\.[01] (\d{3}) ", data)]
    final = [status for status in statuses if status >= 200]
    if final:
        return final[0], len(final), ended
    return ("close" if ended else "hang"), 0, ended


def answered(data):
    """Whether there is a whole answer."""
    while data:
        head, separator, rest = data.partition(b"\r\n\r\n")
        if not separator:
            return False
        if re.match(rb"HTTP/1\.[01] 1\d\d ", head):
            data = rest
            continue
        length = re.search(rb"(?im)^content-length: (\d+)", head)
        if length:
            return len(rest) >= int(length[1])
        return rest.endswith(b"0\r\n\r\n") or b" 204 " in head
    return False


def try_group(daemon, kinds):
    failures = []
    for kind in kinds:
        outcome, count, ended = exchange(daemon.socket, kind.payload, kind.halves)
        problem = None
        if outcome not in kind.expected:
            problem = f"expected {sorted(map(str, kind.expected))}, got {outcome}"
        elif kind.closes and count > 1:
            problem = f"{count} answers: what was hidden behind it was served"
        elif kind.closes and not ended:
            problem = f"{outcome}, but the connection stays open"
        try:
            daemon.assert_healthy()
        except (AssertionError, OSError) as error:
            problem = f"{outcome}, then /health: {error}"
        if problem:
            failures.append(f"{kind.name}: {problem} [{kind.payload[:160]!r}]")
        assert daemon.process.poll() is None, failures[-1]
    assert not failures, f"{len(failures)} of {len(kinds)} kinds:\n      " + "\n      ".join(failures)
    return f"{len(kinds)} kinds"


def pipelining(daemon):
    """A thousand requests at once are a thousand answers in their order."""
    one = abuse_table.head("GET /v1/models HTTP/1.1")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(daemon.socket)
        connection.sendall(one * 999 + abuse_table.head("GET /health HTTP/1.1", "Connection: close"))
        data = b"".join(iter(lambda: connection.recv(65536), b""))
    assert data.count(b"HTTP/1.1 200 ") == 1000, data.count(b"HTTP/1.1 200 ")
    assert data.endswith(b'{"status":"ok"}'), data[-200:]


def a_client_that_never_reads(daemon):
    """Its answers fill the socket's buffer; others are served meanwhile."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(daemon.socket)
        connection.setblocking(False)
        one = abuse_table.head("GET /metrics HTTP/1.1") * 100
        sent = 0
        try:
            while sent < 10_000_000:
                sent += connection.send(one)
        except BlockingIOError:
            pass
        daemon.assert_healthy()
    return f"{sent} bytes of requests taken"


def split_bytes(daemon):
    """A good request, a byte at a time, is a good request."""
    for payload in (abuse_table.head(), abuse_table.post("/api/show", {"model": daemon.model})):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(daemon.socket)
            for number in range(len(payload)):
                connection.sendall(payload[number : number + 1])
            assert b" 200 " in connection.recv(65536)


def answers_that_are_the_same_after_all(daemon, before):
    after = daemon.chat("What is the capital of France?", temperature=0, max_tokens=12)["choices"][0]["message"]
    assert after == before, (before, after)


def run(daemon, report, options):
    before = daemon.chat("What is the capital of France?", temperature=0, max_tokens=12)["choices"][0]["message"]
    for group, kinds in itertools.groupby(abuse_table.kinds(), key=lambda kind: kind.group):
        report.check(group, try_group, daemon, list(kinds))
        if daemon.process.poll() is not None:
            raise NotRun("the daemon is gone")
    for case in (pipelining, a_client_that_never_reads, split_bytes):
        report.check(case.__name__.replace("_", " "), case, daemon)
    report.check("answers are as before", answers_that_are_the_same_after_all, daemon, before)
