"""The JSON parser against JSONTestSuite: what must be taken is, what must be refused is, the rest does no harm.

The suite is not part of this repository: --json-test-suite names a copy of github.com/nst/JSONTestSuite.
"""

import pathlib

from report import NotRun


def files(options, kind):
    if not options.json_test_suite:
        raise NotRun("no --json-test-suite FOLDER")
    found = sorted(pathlib.Path(options.json_test_suite, "test_parsing").glob(f"{kind}_*.json"))
    assert found, f"no {kind}_*.json below {options.json_test_suite}"
    return found


def answer(daemon, path):
    return daemon.ask("POST", "/v1/chat/completions", path.read_bytes(), timeout=20)


def taken(daemon, options):
    """Most of these are no requests, which is another error than being no JSON."""
    found = files(options, "y")
    wrong = []
    for path in found:
        code = answer(daemon, path).error_code
        if code == "invalid_json":
            wrong.append(f"{path.name}: {code}")
    assert not wrong, wrong
    return f"{len(found)} files"


def refused(daemon, options):
    found = files(options, "n")
    wrong = [f"{path.name}: {got}" for path in found if (got := answer(daemon, path)).status != 400]
    codes = [path.name for path in found if answer(daemon, path).error_code != "invalid_json"]
    assert not wrong and not codes, f"{wrong}; without invalid_json: {codes}"
    return f"{len(found)} files"


def undecided(daemon, options):
    found = files(options, "i")
    accepted = 0
    for path in found:
        got = answer(daemon, path)
        assert got.status == 400, f"{path.name}: {got}"
        accepted += got.error_code != "invalid_json"
    return f"{len(found)} files, {accepted} taken"


def run(daemon, report, options):
    for name, case in (("y is taken", taken), ("n is refused", refused), ("i does no harm", undecided)):
        report.check(name, case, daemon, options)
        report.check(f"alive after {name}", daemon.assert_healthy)
