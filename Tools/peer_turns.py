#!/usr/bin/env python3
"""Compares the decoding speed of several engines that are in memory at the same time and run in turns.

On a shared machine the speed of memory changes from second to second, by more than engines differ. So each engine is
a process of its own that decodes all the time; all but one are stopped (SIGSTOP), and every few seconds it is the next
one's turn. Each prints the median time of its tokens; the few tokens that a stop interrupts do not move it.

    Tools/peer_turns.py --engine minke=".build/release/minke bench M.gguf --prompt 0 --generate 1000 --json" \\
        --engine llama="peer/llama_stream M.gguf --mode none --repack 1 --ng 1000" [--load 60] [--turn 3]

An engine's output must have "decode_tokens_per_second": N (Minke) or "token ms min … p50 N" (bench drivers). Engines
load one after the other for --load seconds each, then take turns until all have generated their tokens.
"""
import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time


def stop(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGSTOP)


def resume(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGCONT)


def rate(output):
    found = re.search(r'"decode_tokens_per_second": ([0-9.]+)', output)
    if found:
        return float(found.group(1))
    found = re.search(r"token ms .*?p50 ([0-9.]+)", output)
    return 1000 / float(found.group(1)) if found else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", action="append", required=True, metavar="NAME=COMMAND")
    parser.add_argument("--load", type=float, default=60, help="seconds that each engine gets to load")
    parser.add_argument("--turn", type=float, default=3, help="seconds of a turn")
    options = parser.parse_args()

    engines = []
    try:
        for engine in options.engine:
            name, command = engine.split("=", 1)
            output = tempfile.TemporaryFile()
            process = subprocess.Popen(shlex.split(command), stdout=output, stderr=subprocess.DEVNULL,
                                       start_new_session=True)
            engines.append((name, process, output))
            time.sleep(options.load)
            stop(process)
            print(f"{name}: loaded", file=sys.stderr, flush=True)
        while any(process.poll() is None for _, process, _ in engines):
            for _, process, _ in engines:
                if process.poll() is None:
                    resume(process)
                    time.sleep(options.turn)
                    stop(process)
        results = {}
        for name, process, output in engines:
            output.seek(0)
            results[name] = rate(output.read().decode(errors="replace"))
    finally:
        for _, process, _ in engines:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    first = results[engines[0][0]]
    for name, value in results.items():
        if value is None:
            print(f"{name}: failed")
        else:
            print(f"{name:20} {value:7.2f} tokens/s" + (f"  ({first / value:.2f} times)" if name != engines[0][0] else ""))


if __name__ == "__main__":
    main()
