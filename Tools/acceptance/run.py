#!/usr/bin/env python3
"""The acceptance and abuse suites: real clients and hostile ones against a real minked with a real model.

    Tools/acceptance/run.py RELEASE_DIR MODEL [--only NAME…] [--minutes M] [--schemas N] [--disconnects N]
                            [--seed N] [--json-test-suite FOLDER]

Makes virtual environments below .build from the two requirements files. Every suite gets a daemon of its own. Prints
one line a case, exits with 1 if any failed.
"""

import argparse
import hashlib
import importlib
import os
import pathlib
import resource
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / ".build"

# Which packages a suite runs with: requirements file, folder below .build, suites in the order they run. What explains
# most failures comes first, what takes longest last.
ENVIRONMENTS = [
    ("requirements-openai3.txt", "acceptance-openai3", ["clients_openai", "proxy"]),
    (
        "requirements.txt",
        "acceptance",
        [
            "clients_openai",
            "clients_ollama",
            "clients_curl",
            "clients_frameworks",
            "home_assistant",
            "proxy",
            "described_api",
            "http_abuse",
            "json_test_suite",
            "privacy",
            "second_turn",
            "schema_generations",
            "load",
        ],
    ),
]


def make_environment(requirements, folder):
    """Makes a virtual environment unless it is there with the same requirements; returns its Python."""
    stamp, wanted = folder / "requirements.sha256", hashlib.sha256(requirements.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"making {folder}", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", requirements], check=True)
        stamp.write_text(wanted)
    return python


def wanted_suites(options, suites):
    return [name for name in suites if any(name.startswith(wanted) for wanted in options.only)]


def run_everywhere(options):
    """Runs this file again with each environment's Python; returns the exit status."""
    status = 0
    for requirements, folder, suites in ENVIRONMENTS:
        if wanted_suites(options, suites):
            python = make_environment(HERE / requirements, BUILD / folder)
            # litellm would ask the network for prices.
            inside = {**os.environ, "ACCEPTANCE_ENVIRONMENT": folder, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
            status |= subprocess.run([python, __file__, *sys.argv[1:]], env=inside).returncode
    return status


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", help="the folder of minked and minke")
    parser.add_argument("model", help="the model to serve")
    parser.add_argument("--only", nargs="+", default=[""], metavar="NAME", help="suites whose name begins so")
    parser.add_argument("--minutes", type=float, default=1, help="how long slow clients are kept up (default 1)")
    parser.add_argument("--disconnects", type=int, default=5000, help="clients that leave early (default 5000)")
    parser.add_argument("--schemas", type=int, default=60, help="answers to random schemas (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (default 1)")
    parser.add_argument("--json-test-suite", metavar="FOLDER", help="a copy of github.com/nst/JSONTestSuite")
    return parser.parse_args()


def run_suite(name, options, report):
    from daemon import Daemon

    suite = importlib.import_module(name)
    report.suite(name)
    daemon = None

    def start():
        nonlocal daemon
        daemon = Daemon(options.release, options.model, *getattr(suite, "ARGUMENTS", []))

    if not report.check("minked starts", start):
        return
    try:
        suite.run(daemon, report, options)
    finally:
        report.check("minked lives, and ends when told to", daemon.stop)


def main():
    options = parse_arguments()
    inside = os.environ.get("ACCEPTANCE_ENVIRONMENT")
    if not inside:
        return run_everywhere(options)
    from report import Report

    # A thousand clients need descriptors.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    report = Report()
    for _, folder, suites in ENVIRONMENTS:
        for name in wanted_suites(options, suites) if folder == inside else []:
            run_suite(name, options, report)
    return report.summary()


if __name__ == "__main__":
    sys.exit(main())
