#!/usr/bin/env python3
"""Compares Minke's speed with llama.cpp's and ik_llama.cpp's on one model file, everything in memory.

The engines take turns, round after round, so that whatever else the machine does meets all of them; medians are
quoted. Peers are given by the path of their llama-bench; llama.cpp is measured with repacking on and off.

    Tools/peer_speed.py MODEL.gguf --llama PATH/llama-bench [--ik PATH/llama-bench] [--rounds 3] [--json]
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run_minke(options):
    command = [options.minke, "bench", options.model, "--threads", str(options.threads), "--prompt",
               str(options.prompt), "--generate", str(options.generate), "--json"]
    if options.memory:
        command += ["--memory", options.memory]
    report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {"prefill": report["prefill_tokens_per_second"], "decode": report["decode_tokens_per_second"],
            "prefill_fraction": report["prefill_fraction_of_limit"], "decode_fraction": report["fraction_of_limit"],
            "peak_rss": report["peak_rss"], "memory_bandwidth": report["memory_bandwidth_measured"],
            "dot_product_rate": report["dot_product_rate_measured"]}


def run_llama_bench(path, options, extra):
    command = [path, "-m", options.model, "-t", str(options.threads), "-p", str(options.prompt), "-n",
               str(options.generate), "-r", "1", "-o", "json"] + extra
    out = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    result = {}
    # ik_llama.cpp prints other lines around the array.
    for test in json.loads(out[out.index("["):out.rindex("]") + 1]):
        result["decode" if test["n_gen"] else "prefill"] = test["avg_ts"]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--minke", default=os.path.join(HERE, "../.build/release/minke"))
    parser.add_argument("--llama", required=True, help="llama-bench of llama.cpp")
    parser.add_argument("--ik", help="llama-bench of ik_llama.cpp")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--generate", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", help="Minke's budget")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    engines = {
        "minke": lambda: run_minke(options),
        "llama.cpp": lambda: run_llama_bench(options.llama, options, ["--repack", "0"]),
        "llama.cpp, repacked": lambda: run_llama_bench(options.llama, options, ["--repack", "1"]),
    }
    if options.ik:
        engines["ik_llama.cpp, repacked"] = lambda: run_llama_bench(
            options.ik, options, ["-rtr", "1", "-mmp", "0"])
    samples = {name: [] for name in engines}
    for round_number in range(options.rounds):
        for name, run in engines.items():
            samples[name].append(run())
            print(f"round {round_number + 1}, {name}: {samples[name][-1]}", file=sys.stderr, flush=True)

    medians = {name: {key: statistics.median(sample[key] for sample in rows) for key in rows[0]}
               for name, rows in samples.items()}
    if options.json:
        print(json.dumps({"medians": medians, "samples": samples}, indent=1))
        return
    for name, row in medians.items():
        line = f"{name:24} prefill {row['prefill']:8.2f}  decode {row['decode']:7.2f} tokens/s"
        if name == "minke":
            line += (f"  ({row['prefill_fraction']:.0%} of dot products, {row['decode_fraction']:.0%} of memory;"
                     f" peak {row['peak_rss'] / 2**30:.2f} GiB)")
        else:
            ratios = [medians["minke"][key] / row[key] for key in ("prefill", "decode")]
            line += f"  minke is {ratios[0]:.2f} and {ratios[1]:.2f} times as fast"
        print(line)


if __name__ == "__main__":
    main()
