"""The table of hostile requests: what is sent, and which answers are right. Pure data; http_abuse.py sends it."""

import json

# Outcomes beside a status: the connection ends without an answer.
CLOSE = "close"
REFUSED = {400, CLOSE}
MIB = 1 << 20


class Kind:
    """One hostile request. `halves` ends our side after sending; `closes` demands that the connection ends after one
    answer, as it must where the next request's start is in doubt."""

    def __init__(self, group, name, payload, expected, halves=False, closes=False):
        self.group, self.name, self.payload = group, name, payload
        self.expected, self.halves, self.closes = expected, halves, closes


def head(line="GET /health HTTP/1.1", *fields, host=True):
    fields = (["Host: localhost"] if host else []) + list(fields)
    return "".join(part + "\r\n" for part in [line, *fields, ""]).encode("latin-1")


def post(path, body, *fields):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return head(f"POST {path} HTTP/1.1", f"Content-Length: {len(body)}", *fields) + body


def raw_chunked(body, *fields):
    return head("POST /v1/chat/completions HTTP/1.1", "Transfer-Encoding: chunked", *fields) + body


# What a smuggler hides behind a request: it must never be answered.
HIDDEN = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"


def request_lines():
    group = "request lines"
    for name, line, expected in [
        ("HTTP/0.9", "GET /health", REFUSED),
        ("no method", " /health HTTP/1.1", REFUSED),
        ("no target", "GET HTTP/1.1", REFUSED),
        ("no version", "GET /health ", REFUSED),
        ("HTTP/2.0", "GET /health HTTP/2.0", {400, 505, CLOSE}),
        ("HTTP/9.9", "GET /health HTTP/9.9", {400, 505, CLOSE}),
        ("HTTP/1.10", "GET /health HTTP/1.10", REFUSED),
        ("HTTP/1", "GET /health HTTP/1", REFUSED),
        ("http/1.1 in small letters", "GET /health http/1.1", REFUSED),
        ("HTTPS/1.1", "GET /health HTTPS/1.1", REFUSED),
        ("RTSP/1.0", "GET /health RTSP/1.0", REFUSED),
        ("two spaces before the target", "GET  /health HTTP/1.1", {200, *REFUSED}),
        ("a space in the target", "GET /hea lth HTTP/1.1", REFUSED),
        ("a tab for a space", "GET\t/health\tHTTP/1.1", REFUSED),
        ("a word after the version", "GET /health HTTP/1.1 x", REFUSED),
        ("NUL in the method", "G\0T /health HTTP/1.1", REFUSED),
        ("NUL in the target", "GET /he\0alth HTTP/1.1", REFUSED),
        ("DEL in the target", "GET /he\x7falth HTTP/1.1", REFUSED),
        ("bytes over 127 in the target", "GET /h\xe9alth HTTP/1.1", {404, *REFUSED}),
        ("a bell in the target", "GET /he\x07alth HTTP/1.1", REFUSED),
        ("CR in the target", "GET /he\ralth HTTP/1.1", REFUSED),
        ("LF in the target", "GET /he\nalth HTTP/1.1", REFUSED),
        ("a fragment", "GET /health#x HTTP/1.1", {200, 404, *REFUSED}),
        ("absolute form", "GET http://localhost/health HTTP/1.1", {200}),
        ("absolute form of https", "GET https://localhost/health HTTP/1.1", REFUSED),
        ("absolute form without a path", "GET http://localhost HTTP/1.1", {200, *REFUSED}),
        ("absolute form of a file", "GET file:///etc/passwd HTTP/1.1", REFUSED),
        ("a relative target", "GET health HTTP/1.1", REFUSED),
        ("an empty segment", "GET //health HTTP/1.1", {404}),
        ("authority form with GET", "GET localhost:80 HTTP/1.1", REFUSED),
        ("an asterisk with GET", "GET * HTTP/1.1", {404, *REFUSED}),
        ("an asterisk with OPTIONS", "OPTIONS * HTTP/1.1", {200, 204}),
        ("CONNECT", "CONNECT localhost:80 HTTP/1.1", {404, 405, 501, *REFUSED}),
        ("a backslash", "GET \\health HTTP/1.1", REFUSED),
        ("climbing out", "GET /../../etc/passwd HTTP/1.1", {404, *REFUSED}),
        ("climbing out, escaped", "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1", {404, *REFUSED}),
        ("climbing out of the models", "GET /v1/models/../../../etc/passwd HTTP/1.1", {404, *REFUSED}),
        (
            "climbing out of the models, escaped",
            "GET /v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1",
            {404, *REFUSED},
        ),
        ("a path of 64 KiB", "GET /" + "a" * 65536 + " HTTP/1.1", {400, 414, 431, CLOSE}),
        ("a path of 1 MiB", "GET /" + "a" * MIB + " HTTP/1.1", {400, 414, 431, CLOSE}),
        ("a path of 8 KB", "GET /" + "a" * 8000 + " HTTP/1.1", {404, 414, 431}),
        ("a query of 64 KiB", "GET /health?" + "a" * 65536 + " HTTP/1.1", {400, 414, 431, CLOSE}),
        ("a query of a thousand members", "GET /health?" + "&".join("a=b" for _ in range(1000)) + " HTTP/1.1", {200}),
    ]:
        yield Kind(group, name, head(line), expected, halves=True)
    for escape in (
        "%",
        "%z",
        "%zz",
        "%2",
        "%g0",
        "%00",
        "%0a",
        "%0d%0aX:%20y",
        "%7f",
        "%ff",
        "%c0%ae",
        "%ed%a0%80",
        "%f5%80%80%80",
    ):
        yield Kind(group, f"the escape {escape} in the path", head(f"GET /v1/models/{escape} HTTP/1.1"), REFUSED)
        yield Kind(group, f"the escape {escape} in the query", head(f"GET /health?a={escape} HTTP/1.1"), REFUSED)
    for method in ("get", "GETT", "FOO", "G ET", "GE:T", "GET(", "", "A" * 5000, "\xc9", "POST\0"):
        expected = {400, 405, 431, 501, CLOSE}
        yield Kind(group, f"the method {method[:8]!r}", head(f"{method} /health HTTP/1.1"), expected, halves=True)
    for method in (
        "PUT",
        "DELETE",
        "PATCH",
        "TRACE",
        "PROPFIND",
        "MKCOL",
        "LOCK",
        "PURGE",
        "SUBSCRIBE",
        "QUERY",
        "LINK",
    ):
        yield Kind(group, f"{method} where it is not", head(f"{method} /health HTTP/1.1"), {400, 405, 501})
    for path in ("/v1/chat/completions", "/api/chat", "/api/show"):
        yield Kind(group, f"GET {path}", head(f"GET {path} HTTP/1.1"), {405})


def header_fields():
    group = "header fields"
    for name, field, expected in [
        ("no colon", "Nonsense", REFUSED),
        ("a space before the colon", "X : y", REFUSED),
        ("an empty name", ": y", REFUSED),
        ("a space in the name", "X Y: z", REFUSED),
        ("NUL in the name", "X\0: y", REFUSED),
        ("NUL in the value", "X: a\0b", REFUSED),
        ("CR in the value", "X: a\rb", REFUSED),
        ("a name over 127", "\xe9: y", REFUSED),
        ("brackets in the name", "X(y): z", REFUSED),
        ("a value over 127", "X: \xe9\xff", {200, *REFUSED}),
        ("a bell in the value", "X: a\x07b", {200, *REFUSED}),
        ("DEL in the value", "X: a\x7fb", {200, *REFUSED}),
        ("obs-fold", "X: a\r\n b", {200, *REFUSED}),
        ("obs-fold with a tab", "X: a\r\n\tb", {200, *REFUSED}),
        ("an empty value", "X:", {200}),
        ("many spaces", "X:" + " " * 5000 + "y", {200}),
        ("a field of 20 KB", "X: " + "a" * 20_000, {431, CLOSE}),
        ("a name of 20 KB", "X" * 20_000 + ": a", {400, 431, CLOSE}),
        ("a field of 1 MiB", "X: " + "a" * MIB, {431, CLOSE}),
        ("99 fields", "\r\n".join(f"X{n}: y" for n in range(97)), {200}),
        ("1,000 fields", "\r\n".join(f"X{n}: y" for n in range(1000)), {400, 431, CLOSE}),
        ("100,000 fields", "\r\n".join("X: y" for _ in range(100_000)), {400, 431, CLOSE}),
        ("1,000,000 fields", "X:\r\n" * 1_000_000 + "X:", {400, 431, CLOSE}),
        ("a second Host", "Host: elsewhere", REFUSED),
        ("the same Host twice", "Host: localhost", REFUSED),
        ("Expect of something", "Expect: miracles", {200, 417}),
        (
            "Upgrade to h2c",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
            {200},
        ),
        (
            "Upgrade to websocket",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13",
            {200},
        ),
        ("Range", "Range: bytes=0-" + ",0-" * 1000, {200}),
        ("Connection: close, keep-alive", "Connection: close, keep-alive", {200}),
        ("Accept of nothing", "Accept: image/png", {200}),
        ("Content-Encoding on a GET", "Content-Encoding: gzip", {200, 415}),
        ("a Cookie of 10 KB", "Cookie: " + "a=b; " * 2000, {200}),
        ("TE: trailers", "TE: trailers", {200}),
        ("Trailer", "Trailer: Content-Length", {200}),
        ("X-HTTP-Method-Override", "X-HTTP-Method-Override: DELETE", {200}),
        ("Authorization that is none", "Authorization: Basic %%%", {200}),
        ("Origin of a web page", "Origin: http://evil.example", {200, 403}),
    ]:
        yield Kind(group, name, head("GET /health HTTP/1.1", field), expected, halves=True)
    yield Kind(group, "no Host in HTTP/1.1", head("GET /health HTTP/1.1", host=False), REFUSED)
    yield Kind(group, "no Host in HTTP/1.0", head("GET /health HTTP/1.0", host=False), {200})
    yield Kind(group, "an empty Host", head("GET /health HTTP/1.1", "Host:", host=False), {200, *REFUSED})
    yield Kind(group, "a Host with a path", head("GET /health HTTP/1.1", "Host: a/b@c", host=False), {200, *REFUSED})
    yield Kind(group, "lines that end with LF", head().replace(b"\r\n", b"\n"), {200, *REFUSED}, halves=True)
    yield Kind(group, "lines that end with CR", head().replace(b"\r\n", b"\r"), REFUSED, halves=True)
    yield Kind(group, "blank lines before", b"\r\n\r\n" + head(), {200, *REFUSED}, halves=True)
    yield Kind(group, "a field before the request line", b"X: y\r\n" + head(), REFUSED, halves=True)
    yield Kind(
        group,
        "folding in the first field",
        b"GET /health HTTP/1.1\r\n X: y\r\nHost: localhost\r\n\r\n",
        REFUSED,
        halves=True,
    )
    yield Kind(group, "an answer for a request", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", REFUSED, halves=True)


def other_protocols():
    group = "other protocols"
    hello = bytes.fromhex("16030100a5010000a10303") + bytes(range(160))
    for name, payload in [
        ("TLS hello", hello),
        ("SSLv2 hello", b"\x80\x2e\x01\x00\x02" + bytes(44)),
        ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)),
        ("SMTP", b"EHLO localhost\r\n"),
        ("SMTP in a POST", b"POST / HTTP/1.1\nHELO x\nMAIL FROM: <a@b>\n"),
        ("Redis", b"*1\r\n$4\r\nPING\r\n"),
        ("memcached", b"get a\r\n"),
        ("FTP", b"USER anonymous\r\n"),
        ("D-Bus", b"\0AUTH EXTERNAL 30\r\n"),
        ("X11", b"l\0\x0b\0\0\0\0\0\0\0\0\0"),
        ("PROXY line", b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + head()),
        ("PROXY v2", b"\r\n\r\n\0\r\nQUIT\n" + bytes(16)),
        ("a varlink call", b'{"method":"org.varlink.service.GetInfo"}\0'),
        ("JSON", b'{"model":"x"}'),
        ("zeros", bytes(4096)),
        ("0xff", b"\xff" * 4096),
        ("newlines", b"\n" * 100_000),
        ("nothing", b""),
        ("a byte", b"G"),
        ("half a line", b"GET /hea"),
        ("half a header", b"GET /health HTTP/1.1\r\nHo"),
        ("gzip", bytes.fromhex("1f8b0800000000000003")),
        ("ELF", b"\x7fELF" + bytes(60)),
    ]:
        yield Kind(group, name, payload, {400, 405, 431, 501, 505, CLOSE}, halves=True)


def lengths():
    group = "content length"
    line = "POST /v1/chat/completions HTTP/1.1"
    for value in (
        "-1",
        "+2",
        "0x2",
        "2,2",
        "2, 3",
        "2 2",
        "two",
        "",
        " ",
        "1e1",
        "2.0",
        "18446744073709551616",
        "9223372036854775808",
        "99999999999999999999999999",
        "4294967298",
        "\xb2",
        "2;",
        "0b10",
        "1_0",
        "\t2x",
    ):
        payload = head(line, f"Content-Length: {value}") + b"{}" + HIDDEN
        yield Kind(group, f"Content-Length {value!r}", payload, {400, 413, CLOSE}, halves=True, closes=True)
    for value in ("16777217", "17000000", "4294967296", "9223372036854775807"):
        yield Kind(
            group,
            f"Content-Length {value}",
            head(line, f"Content-Length: {value}") + b"{}",
            {400, 413, CLOSE},
            closes=True,
        )
    twice = [("2", "2"), ("2", "3"), ("0", "2"), ("2", "0"), ("2", "x")]
    for first, second in twice:
        payload = head(line, f"Content-Length: {first}", f"Content-Length: {second}") + b"{}" + HIDDEN
        yield Kind(group, f"Content-Length {first} and {second}", payload, REFUSED, halves=True, closes=True)
    yield Kind(
        group,
        "a body of 16 MiB and a byte",
        post("/v1/chat/completions", b" " * (16 * MIB + 1)),
        {413, CLOSE},
        closes=True,
    )
    yield Kind(group, "a body of 16 MiB of spaces", post("/v1/chat/completions", b" " * (16 * MIB)), {400, 413, 503})
    yield Kind(group, "a body of 64 MiB", post("/v1/chat/completions", b" " * (64 * MIB)), {413, CLOSE}, closes=True)
    yield Kind(
        group, "a body that ends early", head(line, "Content-Length: 1000") + b"{", REFUSED, halves=True, closes=True
    )
    yield Kind(group, "no body", head(line), {400, 411}, halves=True)
    yield Kind(group, "an empty body", post("/v1/chat/completions", b""), {400})
    yield Kind(
        group,
        "Expect and too much",
        head(line, "Content-Length: 99999999", "Expect: 100-continue"),
        {413, 417},
        closes=True,
    )
    yield Kind(group, "a GET with a body", head("GET /health HTTP/1.1", "Content-Length: 2") + b"{}", {200, 400})


def encodings():
    group = "transfer encoding"
    line = "POST /v1/chat/completions HTTP/1.1"
    body = b"2\r\n{}\r\n0\r\n\r\n"
    both = ["Content-Length: 2", "Transfer-Encoding: chunked"]
    for name, fields in [
        ("length, then chunked", both),
        ("chunked, then length", both[::-1]),
        ("length 0 and chunked", ["Content-Length: 0", both[1]]),
        ("a space before the colon", ["Transfer-Encoding : chunked"]),
        ("xchunked", ["Transfer-Encoding: xchunked"]),
        ("chunked twice", ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]),
        ("chunked, chunked", ["Transfer-Encoding: chunked, chunked"]),
        ("chunked, identity", ["Transfer-Encoding: chunked, identity"]),
        ("identity", ["Transfer-Encoding: identity"]),
        ("gzip", ["Transfer-Encoding: gzip"]),
        ("gzip, chunked", ["Transfer-Encoding: gzip, chunked"]),
        ("chunked;q=1", ["Transfer-Encoding: chunked;q=1"]),
        ("a quoted word", ['Transfer-Encoding: "chunked"']),
        ("empty", ["Transfer-Encoding:"]),
        ("a vertical tab", ["Transfer-Encoding: \x0bchunked"]),
        ("NUL", ["Transfer-Encoding: chunked\0"]),
        ("folded", ["Transfer-Encoding:\r\n chunked", "Content-Length: 2"]),
        ("length with gzip", ["Content-Length: 2", "Transfer-Encoding: gzip"]),
        ("an underscore", ["Transfer_Encoding: chunked", "Content-Length: x"]),
        ("chunk\xe9d", ["Transfer-Encoding: chunk\xe9d"]),
    ]:
        yield Kind(group, name, head(line, *fields) + body + HIDDEN, {400, 501, CLOSE}, halves=True, closes=True)
    yield Kind(
        group, "chunked in HTTP/1.0", head("POST /v1/chat/completions HTTP/1.0", both[1]) + body, REFUSED, halves=True
    )
    yield Kind(group, "chunked in capitals", head(line, "Transfer-Encoding: CHUNKED") + body, {400})
    for size in (
        "-1",
        "+2",
        "0x2",
        "2 ",
        " 2",
        "g",
        "",
        "2\0",
        "ffffffffffffffff",
        "10000000000000000",
        "fffffffffffffffff",
        "2.",
        "٢",
        "7fffffffffffffff",
        "80000000",
        "2\r",
        "2;\n",
        "0" * 70_000 + "2",
    ):
        payload = raw_chunked(size.encode() + b"\r\n{}\r\n0\r\n\r\n" + HIDDEN)
        expected = {400, 413, 431, CLOSE}
        yield Kind(group, f"the chunk size {size[:24]!r}", payload, expected, halves=True, closes=size not in ("2 ",))
    for name, payload in [
        ("no line after a chunk", b"2\r\n{}0\r\n\r\n"),
        ("LF after a size", b"2\n{}\r\n0\r\n\r\n"),
        ("a chunk longer than said", b"2\r\n{}{}\r\n0\r\n\r\n"),
        ("a chunk shorter than said", b"5\r\n{}\r\n0\r\n\r\n"),
        ("no last chunk", b"2\r\n{}\r\n"),
        ("no end after the last", b"2\r\n{}\r\n0\r\n"),
        ("a trailer that is a length", b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n"),
        ("a bad trailer", b"2\r\n{}\r\n0\r\nX\0: y\r\n\r\n"),
        ("100,000 trailers", b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 100_000 + b"\r\n"),
        ("a trailer of 1 MiB", b"2\r\n{}\r\n0\r\nX: " + b"a" * MIB + b"\r\n\r\n"),
        ("an extension of 1 MiB", b"2;a=" + b"b" * MIB + b"\r\n{}\r\n0\r\n\r\n"),
        ("an extension with NUL", b"2;a=\0\r\n{}\r\n0\r\n\r\n"),
        ("16 MiB and more in chunks", (b"100000\r\n" + b" " * MIB + b"\r\n") * 17 + b"0\r\n\r\n"),
        ("a hundred thousand chunks of a byte", b"1\r\n \r\n" * 100_000 + b"0\r\n\r\n"),
    ]:
        yield Kind(group, name, raw_chunked(payload), {400, 413, 431, CLOSE}, halves=True)


def deep(count, opening="[", closing="]", middle=""):
    return (opening * count + middle + closing * count).encode()


def json_texts():
    """Bodies that are not JSON, or no JSON that should be taken; every endpoint with a body must refuse them."""
    texts = [
        ("nothing but spaces", b"   "),
        ("a word", b"hello"),
        ("an open object", b'{"messages":'),
        ("a comma too many", b'{"a":1,}'),
        ("single quotes", b"{'a':1}"),
        ("a comment", b'{"a":1/*x*/}'),
        ("NaN", b'{"temperature":NaN}'),
        ("Infinity", b'{"temperature":Infinity}'),
        ("a leading zero", b'{"max_tokens":01}'),
        ("a plus", b'{"max_tokens":+1}'),
        ("a point alone", b'{"max_tokens":1.}'),
        ("hexadecimal", b'{"max_tokens":0x1}'),
        ("an unescaped newline", b'{"a":"\n"}'),
        ("NUL", b'{"a":"\0"}'),
        ("NUL after the end", b"{}\0"),
        ("a bad escape", b'{"a":"\\x"}'),
        ("half an escape", b'{"a":"\\u12'),
        ("half a pair", b'{"a":"\\ud800"}'),
        ("a pair the wrong way round", b'{"a":"\\udc00\\ud800"}'),
        ("invalid UTF-8", b'{"a":"\xff"}'),
        ("overlong UTF-8", b'{"a":"\xc0\xaf"}'),
        ("a surrogate in UTF-8", b'{"a":"\xed\xa0\x80"}'),
        ("beyond Unicode", b'{"a":"\xf5\x80\x80\x80"}'),
        ("cut UTF-8", b'{"a":"\xe2\x82'),
        ("UTF-16", '{"a":1}'.encode("utf-16")),
        ("a mark before", b"\xef\xbb\xbf{}"),
        ("two values", b"{} {}"),
        ("an array", b"[]"),
        ("a string", b'"x"'),
        ("a number", b"1"),
        ("null", b"null"),
        ("true", b"true"),
        ("depth 129", b'{"a":' + deep(129) + b"}"),
        ("depth 1,000", b'{"a":' + deep(1000) + b"}"),
        ("depth 100,000", deep(100_000)),
        ("depth 1,000,000 of objects", deep(1_000_000, '{"a":', "}", "1")),
        ("an open depth of 1,000,000", b"[" * 1_000_000),
        ("a number of a million digits", b'{"stream":' + b"9" * MIB + b"}"),
        ("an exponent of a million digits", b'{"stream":1e' + b"9" * MIB + b"}"),
    ]
    for path in ("/v1/chat/completions", "/v1/completions", "/api/chat", "/api/generate", "/api/show"):
        for name, text in texts:
            yield Kind("JSON texts", f"{name} to {path}", post(path, text), {400})


USER = [{"role": "user", "content": "hi"}]
FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
# Values that are of no use where a member needs the type.
WRONG = {
    "integer": ["1", 1.5, True, [], {}, 1e300, -(10**30), 10**30],
    "number": ["1", True, [], {}, 1e300, -1e300],
    "bool": ["true", 1, [], {}],
    "string": [1, True, [], {}],
    "array": ["x", 1, True, {}],
    "object": ["x", 1, True, [1]],
}
CHAT = {
    "max_tokens": "integer",
    "max_completion_tokens": "integer",
    "seed": "integer",
    "top_k": "integer",
    "n": "integer",
    "temperature": "number",
    "top_p": "number",
    "min_p": "number",
    "frequency_penalty": "number",
    "presence_penalty": "number",
    "stream": "bool",
    "logprobs": "bool",
    "parallel_tool_calls": "bool",
    "model": "string",
    "messages": "array",
    "tools": "array",
    "logit_bias": "object",
    "stream_options": "object",
    "response_format": "object",
}
OPTIONS = {
    "num_predict": "integer",
    "seed": "integer",
    "top_k": "integer",
    "temperature": "number",
    "top_p": "number",
    "min_p": "number",
    "repeat_penalty": "number",
    "frequency_penalty": "number",
    "presence_penalty": "number",
}


def text_of(value):
    """JSON with numbers that Python would write in another way."""
    return json.dumps(value).replace("1e+300", "1e999")


def members(path, base, table, wrap=lambda member: member):
    for name, kind in table.items():
        for value in WRONG[kind]:
            body = text_of({**base, **wrap({name: value})}).encode()
            yield Kind("JSON members", f"{path}: {name} is {text_of(value)}", post(path, body), {400})


def json_members():
    chat = {"messages": USER, "max_tokens": 1}
    yield from members("/v1/chat/completions", chat, CHAT)
    yield from members("/api/chat", {"messages": USER, "stream": False}, OPTIONS, lambda member: {"options": member})
    yield from members(
        "/api/chat",
        {"messages": USER},
        {"stream": "bool", "model": "string", "messages": "array", "tools": "array", "options": "object"},
    )
    yield from members(
        "/v1/completions",
        {"prompt": "x", "max_tokens": 1},
        {"max_tokens": "integer", "echo": "bool", "logprobs": "integer", "suffix": "string"},
    )
    yield from members(
        "/api/generate", {"prompt": "x"}, {"prompt": "string", "system": "string", "raw": "bool", "stream": "bool"}
    )
    yield from members("/api/show", {}, {"model": "string"})
    for name, member in [
        ("a role that is none", {"messages": [{"role": "god", "content": "x"}]}),
        ("no role", {"messages": [{"content": "x"}]}),
        ("no content", {"messages": [{"role": "user"}]}),
        ("content that is a number", {"messages": [{"role": "user", "content": 5}]}),
        ("content parts that are strings", {"messages": [{"role": "user", "content": ["x"]}]}),
        ("a part without a type", {"messages": [{"role": "user", "content": [{}]}]}),
        ("audio", {"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]}),
        ("a message that is null", {"messages": [None]}),
        ("a message that is an array", {"messages": [[]]}),
        ("a tool's result without an id", {"messages": [*USER, {"role": "tool", "content": "x"}]}),
        ("calls that are no array", {"messages": [*USER, {"role": "assistant", "tool_calls": {}}]}),
        ("a call without a name", {"messages": [*USER, {"role": "assistant", "tool_calls": [{"function": {}}]}]}),
        (
            "arguments that are a number",
            {"messages": [*USER, {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": 1}}]}]},
        ),
        ("a tool without a function", {"tools": [{"type": "function"}]}),
        ("a tool of another type", {"tools": [{"type": "computer"}]}),
        ("a tool's name with a space", {"tools": [{"type": "function", "function": {"name": "a b"}}]}),
        ("an empty tool's name", {"tools": [{"type": "function", "function": {"name": ""}}]}),
        ("a tool's name of 65 letters", {"tools": [{"type": "function", "function": {"name": "a" * 65}}]}),
        (
            "parameters that are an array",
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]},
        ),
        ("a choice without tools", {"tool_choice": "required"}),
        ("a choice that is none of these", {"tools": [FUNCTION], "tool_choice": "perhaps"}),
        (
            "a choice of an unknown function",
            {"tools": [FUNCTION], "tool_choice": {"type": "function", "function": {"name": "g"}}},
        ),
        ("a bias of a word", {"logit_bias": {"cat": 1}}),
        ("a bias beyond the bound", {"logit_bias": {"1": 1000}}),
        ("a bias of a negative id", {"logit_bias": {"-1": 1}}),
        ("a bias of an id beyond the vocabulary", {"logit_bias": {"2000000000": 1}}),
        ("five stops", {"stop": list("abcde")}),
        ("an empty stop", {"stop": ""}),
        ("a stop that is a number", {"stop": [1]}),
        ("21 likeliest", {"logprobs": True, "top_logprobs": 21}),
        ("likeliest without asking", {"top_logprobs": 5}),
        ("an unknown format", {"response_format": {"type": "yaml"}}),
        ("a format without a type", {"response_format": {}}),
        ("a schema that is missing", {"response_format": {"type": "json_schema"}}),
        (
            "a schema that is a string",
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": "y"}}},
        ),
        (
            "a schema of an unknown type",
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "spam"}}}},
        ),
        (
            "a reference to nowhere",
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"$ref": "#/$defs/x"}}}},
        ),
        (
            "a reference to the network",
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "x", "schema": {"$ref": "http://localhost/x"}},
                }
            },
        ),
        (
            "a reference to a file",
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "x", "schema": {"$ref": "file:///etc/passwd"}},
                }
            },
        ),
        ("temperature 3", {"temperature": 3}),
        ("top_p 1.1", {"top_p": 1.1}),
        ("no tokens", {"max_tokens": 0}),
        ("tokens below none", {"max_tokens": -2}),
    ]:
        yield Kind("JSON members", f"chat with {name}", post("/v1/chat/completions", {**chat, **member}), {400})
    for name, model, expected in [
        ("unknown", "x", {404}),
        ("a climbing path", "../../etc/passwd", {400, 403, 404}),
        ("a device", "/dev/zero", {400, 403, 404, 500}),
        ("a folder", "/", {400, 403, 404, 500}),
        ("a million letters", "a" * MIB, {400, 404}),
        ("NUL", "a\0b", {400, 404}),
        ("a newline", "a\nb", {400, 404}),
        ("/proc/self/mem", "/proc/self/mem", {400, 403, 404, 500}),
        ("/etc/passwd", "/etc/passwd", {400, 403, 404, 500}),
    ]:
        yield Kind(
            "JSON members", f"a model that is {name}", post("/v1/chat/completions", {**chat, "model": model}), expected
        )
        yield Kind("JSON members", f"Ollama's model that is {name}", post("/api/show", {"model": model}), expected)
    for value in ("soon", "5 parsecs", "1h-1m", {}, [], True):
        yield Kind(
            "JSON members", f"keep_alive {value!r}", post("/api/chat", {"messages": USER, "keep_alive": value}), {400}
        )
    for value in (5, True, [], "yaml", {"type": "spam"}):
        yield Kind(
            "JSON members", f"Ollama's format {value!r}", post("/api/chat", {"messages": USER, "format": value}), {400}
        )


def kinds():
    """All of them, by group."""
    for make in (request_lines, header_fields, other_protocols, lengths, encodings, json_texts, json_members):
        yield from make()
