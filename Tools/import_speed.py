#!/usr/bin/env python3
"""Measures `minke import` and `minke verify` beside what the disk can do, in turns.

    Tools/import_speed.py MINKE MODEL.gguf FOLDER [--rounds N] [--bytes N]

Each round reads and writes a part of the file with dd past the page cache (writing ends with fsync), then imports the
model into FOLDER with a cold page cache and verifies the result. Prints one JSON object with the medians in MB/s, the
importer's peak memory, and both as fractions: of min(read, write), and of read. Needs root to drop the page cache."""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("minke", type=lambda path: pathlib.Path(path).resolve())
parser.add_argument("model", type=pathlib.Path)
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--bytes", type=int, default=3 << 30, help="bytes that dd reads and writes")
arguments = parser.parse_args()

BLOCK = 4 << 20
count = max(1, min(arguments.bytes, arguments.model.stat().st_size) // BLOCK)
scratch = arguments.folder / "import_speed.tmp"
store = arguments.folder / "import_speed.minke"


def drop_page_cache():
    os.sync()
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")


def seconds(*command):
    start = time.monotonic()
    subprocess.run([str(part) for part in command], check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def rate(byte_count, duration):
    return byte_count / duration / 1e6


figures = {"disk_read": [], "disk_write": [], "import": [], "verify": []}
for _ in range(arguments.rounds):
    drop_page_cache()
    took = seconds("dd", f"if={arguments.model}", "of=/dev/null", f"bs={BLOCK}", f"count={count}", "iflag=direct")
    figures["disk_read"].append(rate(count * BLOCK, took))
    # Real bytes: zeros may be written faster than data.
    took = seconds("dd", f"if={arguments.model}", f"of={scratch}", f"bs={BLOCK}", f"count={count}", "conv=fsync",
                   "oflag=direct")
    figures["disk_write"].append(rate(count * BLOCK, took))
    scratch.unlink()
    drop_page_cache()
    took = seconds(arguments.minke, "import", arguments.model, "-o", store, "--force")
    figures["import"].append(rate(arguments.model.stat().st_size, took))
    took = seconds(arguments.minke, "verify", store)
    figures["verify"].append(rate(store.stat().st_size, took))
store.unlink()

median = {name: round(statistics.median(values), 1) for name, values in figures.items()}
print(json.dumps({
    "model": arguments.model.name, "bytes": arguments.model.stat().st_size, "rounds": arguments.rounds,
    "median_megabytes_per_second": median,
    "all": {name: [round(value) for value in values] for name, values in figures.items()},
    "import_fraction": round(median["import"] / min(median["disk_read"], median["disk_write"]), 3),
    "verify_fraction": round(median["verify"] / median["disk_read"], 3),
    "peak_rss_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
}, indent=1))
