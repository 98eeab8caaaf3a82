#!/usr/bin/env python3
"""Makes a packed store with all 61 layers of DeepSeek-R1's shape in the space of five: 16 GB instead of 379.

    make_r1_store.py MINKE OUT.minke [--work FOLDER] [--tokenizer TOKENIZER.json]

Layers 0 to 4 (three dense, two with experts) hold random numbers and are imported from a folder that make_r1_folder.py
writes; layers 5 to 60 are aliases of layers 3 and 4 in turn (docs/minke-format.md). What is computed means nothing, but
whoever loads, plans, pages or measures has the work of the whole model. FOLDER, beside OUT if not given, holds 27 GB of
the source and then the store of five layers, which is copied; both are deleted as soon as they are not needed any more.
An import that was interrupted goes on if the command is given again. Only the standard library is needed.
"""
import argparse
import json
import pathlib
import shutil
import struct
import subprocess
import sys

import make_r1_folder

PAGE = 4096
WRITTEN, LAYERS, SHARED = 5, make_r1_folder.LAYERS, (3, 4)
# What `minke import` chooses for the whole model; a part of it is small enough for 8 bits.
FORMATS = ["--attention", "q4_0", "--dense", "q4_0", "--shared", "q4_0"]


def crc32c(data):
    """CRC-32C, bit by bit in a table; the manifest is short."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def crc_entry(value):
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


CRC_TABLE = [crc_entry(value) for value in range(256)]


def padded(data):
    return data + bytes(-len(data) % PAGE)


def alias_of(layer):
    """The layer whose bytes `layer` has."""
    return SHARED[(layer - WRITTEN) % len(SHARED)]


def renamed(name, layer):
    """The name in `layer` of a tensor `blk.L.what`."""
    return f"blk.{layer}." + name.split(".", 2)[2]


def with_all_layers(manifest):
    """The manifest of five layers, with aliases for the others."""
    tensors, experts = manifest["tensors"], manifest["experts"]
    own_tensors, own_experts = list(tensors), {entry["layer"]: entry for entry in experts}
    for layer in range(WRITTEN, LAYERS):
        target = alias_of(layer)
        for tensor in own_tensors:
            if tensor["name"].startswith(f"blk.{target}."):
                alias = {key: value for key, value in tensor.items() if key not in ("offset", "piece")}
                tensors.append(alias | {"name": renamed(tensor["name"], layer), "same_as": tensor["name"]})
        alias = {key: value for key, value in own_experts[target].items() if key != "offset"}
        experts.append(alias | {"layer": layer, "same_as": target})
    manifest["configuration"]["num_hidden_layers"] = LAYERS
    del manifest["layers"]
    return manifest


def write_store(part, out):
    """Copies the store `part` to `out` with another manifest; the table of checksums and the data stay as they are."""
    with open(part, "rb") as source, open(out, "wb") as target:
        header = source.read(PAGE)
        manifest_length, = struct.unpack_from("<Q", header, 24)
        before = padded(source.read(manifest_length))
        manifest = with_all_layers(json.loads(before[:manifest_length]))
        text = json.dumps(manifest, separators=(",", ":"), ensure_ascii=False).encode()
        pages = padded(text)
        file_length = part.stat().st_size - len(before) + len(pages)
        page = bytearray(header)
        struct.pack_into("<IQQ", page, 12, crc32c(pages), file_length, len(text))
        struct.pack_into("<I", page, PAGE - 4, crc32c(page[:PAGE - 4]))
        target.write(page + pages)
        source.seek(PAGE + len(before))
        shutil.copyfileobj(source, target, 16 << 20)


def make_part(minke, work, tokenizer):
    """The store of the layers that are written."""
    part, folder = work / "part.minke", work / "folder"
    if part.exists():
        return part
    tools = pathlib.Path(__file__).resolve().parent
    layers = f"0..<{WRITTEN}"
    # Without its last file the folder is not complete.
    if not (folder / "generation_config.json").exists():
        command = [tools / "make_r1_folder.py", folder, "--random-layers", layers, "--random-ends"]
        command += ["--tokenizer", tokenizer] if tokenizer else []
        subprocess.run([sys.executable, *command], check=True)
    subprocess.run([minke, "import", folder, "--output", part, "--layers", layers, *FORMATS], check=True)
    shutil.rmtree(folder)
    return part


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("minke", type=pathlib.Path, help="the program")
    parser.add_argument("out", type=pathlib.Path, help="the store to make")
    parser.add_argument("--work", type=pathlib.Path, help="folder for what is made on the way")
    parser.add_argument("--tokenizer", type=pathlib.Path, help="a tokenizer.json for it, as Tests/Fixtures/tok has")
    options = parser.parse_args()
    work = options.work or options.out.with_name(options.out.name + ".work")
    work.mkdir(parents=True, exist_ok=True)
    part = make_part(options.minke.resolve(), work, options.tokenizer)
    unfinished = options.out.with_name(options.out.name + ".unfinished")
    write_store(part, unfinished)
    unfinished.rename(options.out)
    part.unlink()
    if not any(work.iterdir()):
        work.rmdir()
    print(f"{options.out}: {options.out.stat().st_size} bytes, {LAYERS} layers")


if __name__ == "__main__":
    main()
