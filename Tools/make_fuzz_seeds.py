#!/usr/bin/env python3
"""Writes the headers of the fixtures as inputs of the fuzzers (docs/checking.md), to be minimised by Tools/fuzz.sh.

    make_fuzz_seeds.py FIXTURES OUT

OUT/gguf gets the headers of GGUF files, OUT/safetensors `config.json`, a zero byte and the JSON of the header of
`model.safetensors`. A name is the hash of the contents. Inputs of over 16 KiB are left out.
"""
import hashlib
import pathlib
import struct
import sys

fixtures, out = map(pathlib.Path, sys.argv[1:])
LIMIT = 16 << 10
SIZE = [1, 1, 2, 2, 4, 4, 4, 1, None, None, 8, 8, 8]


def gguf_header(data):
    """The part of a GGUF file before the data; the whole file if it is damaged."""
    position = 8

    def integer(form):
        nonlocal position
        value, = struct.unpack_from(form, data, position)
        position += struct.calcsize(form)
        return value

    def skip(kind):
        nonlocal position
        position += integer("<Q") if kind == 8 else SIZE[kind]

    try:
        tensors, keys = integer("<Q"), integer("<Q")
        for _ in range(keys):
            skip(8)
            kind = integer("<I")
            if kind == 9:
                element, count = integer("<I"), integer("<Q")
                for _ in range(count):
                    skip(element)
            else:
                skip(kind)
        for _ in range(tensors):
            skip(8)
            position += 8 * integer("<I") + 12
    except (struct.error, IndexError, TypeError):
        return data
    return data[:position]


def keep(reader, data):
    if len(data) <= LIMIT:
        (out / reader).mkdir(parents=True, exist_ok=True)
        (out / reader / hashlib.sha1(data).hexdigest()).write_bytes(data)


for path in sorted(fixtures.glob("**/*.gguf")):
    if path.is_file():
        keep("gguf", gguf_header(path.read_bytes()))
for path in sorted(fixtures.glob("**/config.json")):
    shards = sorted(path.parent.glob("*.safetensors"))
    data = shards[0].read_bytes() if shards else b""
    length, = struct.unpack_from("<Q", data + bytes(8))
    header = data[8:8 + length]
    # A damaged file goes in as it is.
    keep("safetensors", path.read_bytes() + b"\0" + (header if header[-1:] == b"}" else data))
