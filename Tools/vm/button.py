#!/usr/bin/env python3
"""The button of an emulated ARM machine: its power button, a line of the machine's own GPIO chip (PL061).

    Tools/vm/button.py SHARE

A check in the machine presses it by writing a number of seconds to out/press in the folder that it shares; the file goes
when the button is let go. The emulator holds the line up for 0.1 s after each order to switch off, so a long press is many
of them. Whoever starts it ends it.
"""

import json
import os
import pathlib
import socket
import sys
import time

BETWEEN_ORDERS = 0.04


class Monitor:
    """QEMU's control socket."""

    def __init__(self, path):
        self.stream = socket.socket(socket.AF_UNIX)
        self.stream.connect(path)
        self.lines = self.stream.makefile("r")
        self.lines.readline()
        self.order("qmp_capabilities")

    def order(self, name):
        """Gives an order and waits for its answer; what the machine tells meanwhile is skipped."""
        self.stream.sendall(json.dumps({"execute": name}).encode() + b"\n")
        while "return" not in json.loads(self.lines.readline() or '{"return": {}}'):
            pass


def connect(path):
    while True:
        try:
            return Monitor(path)
        except OSError:
            time.sleep(0.2)


def main():
    share = pathlib.Path(sys.argv[1])
    # A path below /dev/shm is longer than a socket's may be from some places.
    os.chdir(share)
    monitor = connect("qmp")
    press = pathlib.Path("out/press")
    while True:
        try:
            seconds = float(press.read_text())
        except (OSError, ValueError):
            time.sleep(0.02)
            continue
        ends = time.monotonic() + seconds
        monitor.order("system_powerdown")
        while time.monotonic() < ends:
            time.sleep(BETWEEN_ORDERS)
            monitor.order("system_powerdown")
        press.unlink()


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        pass
