#!/usr/bin/env python3
"""Compares our Q4_0 with llama.cpp's of the same size: the perplexity of a text under both, and under the source.

    Tools/compare_quantizers.py LLAMA_BINARIES MODEL.gguf TEXT MINKE [--type q4_0] [--half] [--keep FOLDER]

LLAMA_BINARIES holds llama-quantize. The model is turned into F32 (F16 with --half) first, then quantized by both: token
embeddings Q8_0, all other matrices of the type. Prints one JSON object; `excess` is ln(perplexity / the source's)."""

import argparse
import json
import math
import pathlib
import subprocess
import tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("llama", type=pathlib.Path)
parser.add_argument("model", type=pathlib.Path)
parser.add_argument("text", type=pathlib.Path)
parser.add_argument("minke", type=lambda path: pathlib.Path(path).resolve())
parser.add_argument("--type", default="q4_0", help="q4_0, q4_1, q5_0, q8_0, iq4_nl")
parser.add_argument("--half", action="store_true", help="F16 instead of F32 in between")
parser.add_argument("--precision", default="f32", help="arithmetic of minke perplexity: f32 or int8")
parser.add_argument("--keep", type=pathlib.Path, help="keep the files in this folder")
arguments = parser.parse_args()


def run(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{result.stderr[-2000:]}")
    return result.stdout


def perplexity(model):
    report = run(arguments.minke, "perplexity", model, arguments.text, "--json", "--precision", arguments.precision)
    return json.loads(report)["perplexity"]


with tempfile.TemporaryDirectory() as temporary:
    folder = arguments.keep or pathlib.Path(temporary)
    folder.mkdir(parents=True, exist_ok=True)
    plain = "F16" if arguments.half else "F32"
    source, peer, ours = (folder / name for name in ("source.gguf", "peer.gguf", "ours.minke"))
    quantize = [arguments.llama / "llama-quantize", "--allow-requantize"]
    run(*quantize, arguments.model, source, plain)
    run(*quantize, "--pure", "--token-embedding-type", "q8_0", source, peer, arguments.type.upper())
    run(arguments.minke, "import", source, "-o", ours, "--type", arguments.type, "--embedding", "q8_0")
    figures = {name: perplexity(path) for name, path in [("source", source), ("llama.cpp", peer), ("minke", ours)]}
    print(json.dumps({
        "model": arguments.model.name, "text": arguments.text.name, "source_type": plain,
        "type": arguments.type.upper(), "precision": arguments.precision,
        "perplexity": {name: round(value, 4) for name, value in figures.items()},
        "excess": {name: round(math.log(figures[name] / figures["source"]), 4) for name in ("llama.cpp", "minke")},
        "bytes": {"llama.cpp": peer.stat().st_size, "minke": ours.stat().st_size},
    }, indent=1))
