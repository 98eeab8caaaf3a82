"""Runs cases and says how they went: one line each, a summary at the end."""

import time
import traceback


class NotRun(Exception):
    """A case that cannot be tried here, and why."""


class Report:
    def __init__(self):
        self.passed, self.failures, self.left_out = 0, [], []
        self.suite_name = ""

    def suite(self, name):
        self.suite_name = name
        print(f"\n{name}", flush=True)

    def check(self, name, function, *arguments):
        """Runs a case: it fails by raising, and may return a note. Returns whether it passed."""
        began = time.monotonic()
        try:
            note = function(*arguments)
        except NotRun as reason:
            self.left_out.append(f"{self.suite_name}: {name}")
            print(f"  – {name}: not run, {reason}", flush=True)
            return False
        except Exception as error:  # noqa: BLE001: every failure is reported
            text = str(error).strip() or f"at {traceback.extract_tb(error.__traceback__)[-1].line}"
            if not isinstance(error, AssertionError):
                text = f"{type(error).__name__}: {text}"
            self.failures.append(f"{self.suite_name}: {name}")
            print(f"  ✗ {name}: {text[:4000]}", flush=True)
            return False
        seconds = time.monotonic() - began
        self.passed += 1
        print(
            f"  ✓ {name}" + (f": {note}" if note else "") + (f" ({seconds:.1f} s)" if seconds > 1 else ""), flush=True
        )
        return True

    def summary(self):
        """Prints the totals and the names of the failures; returns the exit status."""
        print(f"\n{self.passed} passed, {len(self.failures)} failed, {len(self.left_out)} not run")
        for name in self.failures:
            print(f"  ✗ {name}")
        return 1 if self.failures else 0


def cases(namespace):
    """The functions of a module whose name begins with `case_`, in their order, with names for people."""
    found = [(name, value) for name, value in namespace.items() if name.startswith("case_")]
    return [(name.removeprefix("case_").replace("_", " "), value) for name, value in found]
