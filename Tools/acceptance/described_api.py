"""Schemathesis on the API's own description: no server error, no status that the description does not name."""

import collections
import json
import pathlib

import hypothesis.errors
import requests
import requests.adapters
import urllib3
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from report import NotRun

DESCRIPTION = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "openapi.json"
EXAMPLES = 25
# It would end the daemon under test.
LEFT_OUT = {"/v1/stop"}
METHODS = ["PUT", "TRACE", "QUERY", "PATCH", "DELETE"]


class UnixAdapter(requests.adapters.HTTPAdapter):
    """Sends what is for http://localhost to a Unix socket."""

    def __init__(self, path):
        class Connection(HTTPConnection):
            def _new_conn(self):
                import socket

                connection = socket.socket(socket.AF_UNIX)
                connection.settimeout(120)
                connection.connect(path)
                return connection

        self.pool = HTTPConnectionPool("localhost")
        self.pool.ConnectionCls = Connection
        super().__init__()

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
        return self.pool

    def request_url(self, request, proxies):
        return request.path_url


def shorten(body):
    """A request that happens to be right must not take minutes: no limit, null and -1 are all the context there is."""

    def limit(object, name):
        value = object.get(name)
        if value is None or isinstance(value, (int, float)) and not isinstance(value, bool) and value != 0:
            object[name] = 4

    if isinstance(body, dict) and ("messages" in body or "prompt" in body):
        limit(body, "max_tokens")
        limit(body, "max_completion_tokens")
        if body.get("options") is None:
            body["options"] = {}
        if isinstance(body["options"], dict):
            limit(body["options"], "num_predict")
    return body


def description(daemon):
    served = daemon.ask("GET", "/openapi.json")
    if served.status == 200:
        return served.json
    assert DESCRIPTION.exists(), f"GET /openapi.json is {served.status} and there is no docs/openapi.json"
    return json.loads(DESCRIPTION.read_text())


def operations(schema):
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path not in LEFT_OUT:
            yield operation


def try_operation(operation, mode, daemon, session, number):
    """Hypothesis writes the requests; the first wrong answer is told with its request."""
    from schemathesis.generation import GenerationMode

    statuses = collections.Counter()
    described = {str(status) for status in operation.definition.raw["responses"]}

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        verbosity=Verbosity.quiet,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=GenerationMode(mode)))
    def attempt(case):
        case.body = shorten(case.body)
        if isinstance(case.body, dict) and isinstance(case.body.get("model"), str) and len(case.body["model"]) % 2:
            case.body["model"] = daemon.model
        response = case.call(base_url="http://localhost", session=session, timeout=120)
        status = response.status_code
        statuses[status] += 1
        told = f"{case.method} {case.formatted_path} {json.dumps(case.body, default=repr)[:600]} gave {status}"
        assert status < 500, f"{told}: {response.content[:300]}"
        assert (
            str(status) in described or f"{status // 100}XX" in described or "default" in described
        ), f"{told}, which is not described (only {sorted(described)})"

    try:
        attempt()
    except hypothesis.errors.Unsatisfiable:
        raise NotRun("there is nothing to get wrong") from None
    daemon.assert_healthy()
    return ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))


def wrong_methods(document, session):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method.lower() in item or path in LEFT_OUT:
                continue
            response = session.request(method, "http://localhost" + path.replace("{", "").replace("}", ""))
            assert response.status_code == 405 and response.headers["Allow"], f"{method} {path}: {response.status_code}"


def run(daemon, report, options):
    import schemathesis

    urllib3.disable_warnings()
    found = []

    def load():
        found.append(description(daemon))
        return f"{len(found[0]['paths'])} paths"

    if not report.check("the API is described", load):
        return
    session = requests.Session()
    session.mount("http://localhost", UnixAdapter(daemon.socket))
    schema = schemathesis.openapi.from_dict(found[0])
    for operation in operations(schema):
        for mode in ("positive", "negative"):
            name = f"{operation.method.upper()} {operation.path}, {mode}"
            if mode == "negative" and not operation.body and not list(operation.iter_parameters()):
                continue
            report.check(name, try_operation, operation, mode, daemon, session, options.seed)
    report.check("methods that a path has not", wrong_methods, found[0], session)
