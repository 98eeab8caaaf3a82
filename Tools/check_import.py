#!/usr/bin/env python3
"""Kills real imports at random moments, again and again, and compares what comes out in the end byte by byte.

    Tools/check_import.py MINKE [--model PATH] [--rounds N] [--seed S] [--folder FOLDER]

Without --model, a Hugging Face folder of four shards is synthesised that lasts some seconds. N is the number of kills.
At no moment may there be a store before it is complete, or a partial file that any command takes for a model; a partial
file that was cut or written over, and a source that changed, must lead to the same file as an import from the start.
Exits with 1 at the first violation.
"""

import argparse
import filecmp
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

PAGE, STORE, PARTIAL = 4096, b"MINKE\r\n\x1a", b"MINKEPRT"
UNITS = 8 + 32  # where the journal holds the number of units that are done
parser = argparse.ArgumentParser()
parser.add_argument("minke", type=os.path.abspath)
parser.add_argument("--model", type=os.path.abspath)
parser.add_argument("--rounds", type=int, default=20)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--folder", help="where to work; the system's temporary folder by default")
options = parser.parse_args()
chance = random.Random(options.seed)


def halves(count):
    """Random F16 numbers of ordinary size: the high byte has sign and exponent."""
    data = bytearray(chance.randbytes(2 * count))
    data[1::2] = bytes(data[1::2]).translate(bytes((byte & 0x80) | 0x20 | byte & 0x0F for byte in range(256)))
    return data


def synthesise(folder):
    """A Llama of 8 layers in four shards, about 170 MB."""
    hidden, inner, vocabulary, layers = 1024, 2048, 8192, 8
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({
        "model_type": "llama", "hidden_act": "silu", "vocab_size": vocabulary, "hidden_size": hidden,
        "intermediate_size": inner, "num_hidden_layers": layers, "num_attention_heads": 8, "num_key_value_heads": 8,
        "rms_norm_eps": 1e-5, "max_position_embeddings": 64, "rope_theta": 10000.0, "tie_word_embeddings": True}))
    tensors = [("model.embed_tokens.weight", [vocabulary, hidden]), ("model.norm.weight", [hidden])]
    for layer in range(layers):
        tensors += [(f"model.layers.{layer}.{name}.weight", shape) for name, shape in [
            ("input_layernorm", [hidden]), ("self_attn.q_proj", [hidden, hidden]),
            ("self_attn.k_proj", [hidden, hidden]), ("self_attn.v_proj", [hidden, hidden]),
            ("self_attn.o_proj", [hidden, hidden]), ("post_attention_layernorm", [hidden]),
            ("mlp.gate_proj", [inner, hidden]), ("mlp.up_proj", [inner, hidden]), ("mlp.down_proj", [hidden, inner])]]
    index, shards = {}, 4
    for shard in range(shards):
        part, header, position = tensors[shard::shards], {}, 0
        name = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        for tensor, shape in part:
            size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
            header[tensor] = {"dtype": "F16", "shape": shape, "data_offsets": [position, position + size]}
            position, index[tensor] = position + size, name
        text = json.dumps(header).encode()
        with open(folder / name, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text + halves(position // 2))
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))


def start(source, store):
    """A running import that notes often how far it is."""
    return subprocess.Popen(
        [options.minke, "import", source, "-o", store, "--note-interval", "20"], stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)


def finish(process):
    """Waits for an import that must succeed."""
    errors = process.communicate()[1].decode()
    assert process.returncode == 0, f"import ended with {process.returncode}: {errors}"


def unit_count(partial):
    """How many units the partial file's journal says are done; None if it has none."""
    with open(partial, "rb") as file:
        page = file.read(PAGE)
    return int.from_bytes(page[UNITS:UNITS + 8], "little") if page.startswith(PARTIAL) else None


def check_refused(partial, whole):
    """No command takes the partial file for a model. Between its header and its name it is one, byte by byte."""
    with open(partial, "rb") as file:
        if file.read(len(STORE)) == STORE:
            assert filecmp.cmp(partial, whole, shallow=False), "a partial file has a store's header too early"
            return
    command = chance.choice([
        ["show", partial], ["verify", partial], ["tokenize", partial], ["import", partial, "-o", partial + ".x"],
        ["run", "--local", partial, "Hello"]])
    result = subprocess.run([options.minke, *command], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert result.returncode == 3, f"minke {command[0]}: exit code {result.returncode}: {result.stderr.decode()}"


def interrupt(source, store, delay):
    """Kills an import after `delay` seconds; False if it was faster."""
    process = start(source, store)
    deadline = time.monotonic() + delay
    while process.poll() is None and time.monotonic() < deadline:
        assert not os.path.exists(store) or process.poll() is not None or is_complete(store), "a store too early"
        time.sleep(0.002)
    if process.poll() is not None:
        finish(process)
        return False
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return not os.path.exists(store)


def is_complete(store):
    """Whether the store has the right name and contents: it may appear just before the process ends."""
    return filecmp.cmp(store, whole, shallow=False)


def damage(partial):
    """Cuts a partial file, or writes over a part of it; what was done."""
    size, kind = os.path.getsize(partial), chance.randrange(3)
    if kind == 0:
        os.truncate(partial, chance.randrange(size))
        return "cut"
    place = chance.randrange(size) if kind == 1 else chance.randrange(PAGE, 8 * PAGE)
    with open(partial, "r+b") as file:
        file.seek(place)
        file.write(chance.randbytes(min(chance.choice([1, 100, 1 << 20]), size - place)))
    return f"written over from byte {place} on"


work = pathlib.Path(tempfile.mkdtemp(prefix="minke-import-", dir=options.folder))
try:
    source = options.model or str(work / "source")
    if not options.model:
        synthesise(work / "source")
    whole, store = str(work / "whole.minke"), str(work / "model.minke")
    partial = store + ".partial"
    began = time.monotonic()
    finish(start(source, whole))
    seconds = time.monotonic() - began

    kills = resumed = completed = last = 0
    while kills < options.rounds:
        if interrupt(source, store, chance.uniform(0.02, 0.5 * seconds)):
            kills += 1
            if not os.path.exists(partial):  # killed before it began
                continue
            check_refused(partial, whole)
            done = unit_count(partial)
            resumed += (done or 0) > 0
            assert done is None or done >= last, f"{done} units are done, {last} were before"
            last = done or 0
            continue
        assert filecmp.cmp(store, whole, shallow=False), f"not the same file after {kills} kills"
        assert not os.path.exists(partial), "the partial file is still there"
        completed, last = completed + 1, 0
        os.unlink(store)
    finish(start(source, store))
    assert filecmp.cmp(store, whole, shallow=False), f"not the same file after {kills} kills"
    os.unlink(store)
    assert resumed > 0 or options.model, "no import was ever resumed: the model is too small for this machine"

    damages = []
    while len(damages) < max(3, options.rounds // 4):
        if interrupt(source, store, chance.uniform(0.3, 0.7) * seconds):
            if not os.path.exists(partial):
                continue
            damages.append(damage(partial))
            check_refused(partial, whole)
            finish(start(source, store))
        assert filecmp.cmp(store, whole, shallow=False), f"not the same file after: {damages[-1:]}"
        os.unlink(store)

    if not options.model:
        while not interrupt(source, store, 0.6 * seconds):
            os.unlink(store)
        shard = sorted((work / "source").glob("*.safetensors"))[-1]
        with open(shard, "r+b") as file:
            file.seek(-2, os.SEEK_END)
            file.write(b"\x01")
        finish(start(source, store))
        finish(start(source, whole + "2"))
        assert filecmp.cmp(store, whole + "2", shallow=False), "a source that changed was not read again"
        assert not filecmp.cmp(store, whole, shallow=False)
    # A tokenizer that is damaged is not left out of what a store is said to hold.
    small = str(work / "small.minke")
    fixture = pathlib.Path(__file__).resolve().parent.parent / "Tests/Fixtures/gguf/v3-q4_0.gguf"
    finish(start(str(fixture), small))
    data = bytearray(pathlib.Path(small).read_bytes())
    data[data.index(b"tokenizer.ggml.tokens") + 40] ^= 4
    pathlib.Path(small).write_bytes(data)
    for command in ["show", "verify"]:
        result = subprocess.run([options.minke, command, small], capture_output=True)
        assert result.returncode == 3, f"minke {command} of a damaged tokenizer: exit code {result.returncode}"
        assert b"metadata.gguf" in result.stdout + result.stderr, f"minke {command} does not name what is damaged"
    print(f"{kills} imports of {seconds:.1f} s killed, {resumed} with work to go on from, then {completed + 1} completed; "
          f"{len(damages)} partial files damaged; always the same {os.path.getsize(whole) / 1e6:.0f} MB")
except AssertionError as error:
    sys.exit(f"check_import: {error}")
finally:
    shutil.rmtree(work)
