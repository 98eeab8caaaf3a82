#!/usr/bin/env python3
"""Decodes and reads a prompt under hard memory caps, in turns with llama.cpp, and prints docs/performance.md's table.

    Tools/paging_table.py MODEL.minke --tokens IDS.json [--caps 8 6 4 3 2] [--rounds 5] [--read-rate BYTES_PER_S]
        [--llama ./llama_stream --gguf MODEL.gguf --llama-tokens IDS.txt --shim ra_shim.so --llama-rounds 3] [--out F]

Every run is a process of its own in a memory cgroup (version 1; root), whose limit counts page cache too, with its
model evicted from the page cache first. Caps are in 10^9 bytes. Minke takes its budget from the cgroup; its first
--warm-up tokens are not counted. The peer decodes 16 tokens that are not counted and 16 that are, its files mapped and
read ahead as on a board (128 KiB). A run of Minke with everything in memory gives the resident speed in each round.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

GROUPS = pathlib.Path("/sys/fs/cgroup")


def evict(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


class Group:
    """A memory cap, and if asked for a limit of the disk's speed."""

    def __init__(self, byte_count, read_rate, path):
        self.folders = [GROUPS / "memory" / f"minke-table-{os.getpid()}"]
        self.folders[0].mkdir()
        if byte_count:
            (self.folders[0] / "memory.limit_in_bytes").write_text(str(byte_count))
        if read_rate:
            device = os.stat(path).st_dev
            self.folders.append(GROUPS / "blkio" / f"minke-table-{os.getpid()}")
            self.folders[1].mkdir()
            (self.folders[1] / "blkio.throttle.read_bps_device").write_text(
                f"{os.major(device)}:{os.minor(device)} {read_rate}")

    def run(self, command, environment=None):
        def enter():
            for folder in self.folders:
                (folder / "cgroup.procs").write_text(str(os.getpid()))

        result = subprocess.run(command, capture_output=True, text=True, preexec_fn=enter,
                                env=os.environ | (environment or {}))
        read = lambda name: (self.folders[0] / name).read_text()
        killed = re.search(r"^oom_kill (\d+)", read("memory.oom_control"), re.M)
        return result, {"cgroup_peak": int(read("memory.max_usage_in_bytes")),
                        "oom_kills": int(killed.group(1)) if killed else 0}

    def close(self):
        (self.folders[0] / "memory.force_empty").write_text("0")
        for folder in self.folders:
            folder.rmdir()


def minke(options, cap, prompt, generate):
    evict(options.model)
    group = Group(cap, options.read_rate, options.model)
    command = [options.minke, "bench", options.model, "--tokens", options.tokens, "--prompt", str(prompt),
               "--warm-up", str(options.warm_up if generate else 0), "--generate", str(generate), "--json", *options.extra]
    result, figures = group.run(command)
    group.close()
    if result.returncode:
        print(result.stderr[-500:], file=sys.stderr)
        return figures | {"failed": result.returncode}
    return json.loads(result.stdout) | figures


def llama(options, cap, prompt, generate):
    evict(options.gguf)
    group = Group(cap, options.read_rate, options.gguf)
    command = [options.llama, options.gguf, "--repack", "0", "--tokens", options.llama_tokens,
               "--np", str(prompt), "--ng", str(generate)]
    result, figures = group.run(command, {"LD_PRELOAD": options.shim, "RA_KB": "128"})
    group.close()
    return figures | {"output": result.stdout[-3000:], "returncode": result.returncode}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--minke", default=".build/release/minke")
    parser.add_argument("--tokens", required=True)
    parser.add_argument("--caps", nargs="+", type=float, default=[8, 6, 4, 3, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=96)
    parser.add_argument("--generate", type=int, default=48)
    parser.add_argument("--prompt", type=int, default=0, help="tokens of a prompt, in runs of their own")
    parser.add_argument("--read-rate", type=int, help="limit of the disk, bytes per second")
    parser.add_argument("--llama")
    parser.add_argument("--gguf")
    parser.add_argument("--llama-tokens")
    parser.add_argument("--shim")
    parser.add_argument("--llama-rounds", type=int, default=3)
    parser.add_argument("--out", default="paging.jsonl", help="where every run's figures go, a line each")
    parser.add_argument("extra", nargs="*", help="after --: further options of minke bench")
    options = parser.parse_args()
    runs = []

    def keep(engine, cap, kind, figures):
        runs.append({"engine": engine, "cap": cap, "kind": kind} | figures)
        with open(options.out, "a") as file:
            file.write(json.dumps(runs[-1]) + "\n")
        print(engine, cap, kind, {key: figures.get(key) for key in (
            "decode_tokens_per_second", "prefill_tokens_per_second", "hit_rate", "cgroup_peak")},
            figures.get("output", "")[-160:].replace("\n", " "), file=sys.stderr, flush=True)

    for index in range(options.rounds):
        if not options.read_rate:
            keep("minke", None, "resident", minke(options, None, options.prompt, options.generate))
        for cap in options.caps:
            byte_count = int(cap * 1e9)
            keep("minke", cap, "decode", minke(options, byte_count, 0, options.generate))
            if options.prompt:
                keep("minke", cap, "prefill", minke(options, byte_count, options.prompt, 0))
            if options.llama and index < options.llama_rounds:
                keep("llama", cap, "decode", llama(options, byte_count, 0, 32))
                if options.prompt and index == 0:
                    keep("llama", cap, "prefill", llama(options, byte_count, options.prompt, 1))
    report(options, runs)


def report(options, runs):
    def median(cap, kind, key):
        values = [run[key] for run in runs if run["engine"] == "minke" and run["cap"] == cap
                  and run["kind"] == kind and run.get(key) is not None]
        return statistics.median(values) if values else float("nan")

    resident = median(None, "resident", "decode_tokens_per_second_mean")
    print(f"resident: {resident:.2f} tokens/s")
    print("| cap | tokens/s | hits | MB/token | stalled | disk MB/s | limit | of it | peak RSS | peak cgroup | prompt |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for cap in options.caps:
        rate = median(cap, "decode", "decode_tokens_per_second_mean")
        hits = median(cap, "decode", "hit_rate")
        read = median(cap, "decode", "bytes_read_per_token")
        disk = median(cap, "decode", "disk_bandwidth_measured")
        stall = median(cap, "decode", "io_wait_seconds") * rate / options.generate
        by_disk = disk / read if read else float("inf")
        limit = min(by_disk, resident) if resident == resident else by_disk
        print(f"| {cap:g} GB | {rate:.2f} | {hits:.1%} | {read / 1e6:.0f} | {stall:.0%} | {disk / 1e6:.0f} | "
              f"{limit:.2f} | {rate / limit:.0%} | {median(cap, 'decode', 'peak_rss') / 1e6:.0f} MB | "
              f"{median(cap, 'decode', 'cgroup_peak') / 1e6:.0f} MB | "
              f"{median(cap, 'prefill', 'prefill_tokens_per_second'):.1f} |")


if __name__ == "__main__":
    main()
