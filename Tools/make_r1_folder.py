#!/usr/bin/env python3
"""Writes a Hugging Face folder with the tensor directory of DeepSeek-R1 (671B, FP8); the data are holes, which read as 0.

    make_r1_folder.py FOLDER [--random-layers 0..<2] [--random-ends] [--tokenizer TOKENIZER.json]
                      [--shard-size 4270000000]

Names, types and shapes are those of the released checkpoint, layers 0 to 60 and the prediction layer 61: 91,991 tensors
in 163 files that claim 689 GB and occupy a few MB of headers. `--random-layers A..<B` writes plausible seeded
numbers into the tensors of these layers, which takes real space: 0.6 GB for a dense layer, 11.6 GB for one with experts;
`--random-ends` does so for embeddings, last norm and output head, 3.7 GB.
Only the standard library is needed.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import struct

LAYERS, PREDICTION, DENSE = 61, 1, 3
H, V, HEADS, Q, KV, NOPE, ROPE, VALUE = 7168, 129280, 128, 1536, 512, 128, 64, 128
EXPERTS, WIDTH, DENSE_WIDTH = 256, 2048, 18432
SIZE = {"F8_E4M3": 1, "BF16": 2, "F32": 4}

ENDS = ("model.embed_tokens.weight", "model.norm.weight", "lm_head.weight")
# A little under 1 MiB of numbers is repeated, a prime number of them: no two rows of a matrix are the same.
PERIOD = {"F8_E4M3": 1048573, "BF16": 524287, "F32": 262139}

CONFIG = {
    "architectures": ["DeepseekV3ForCausalLM"], "attention_bias": False, "attention_dropout": 0.0,
    "bos_token_id": 0, "eos_token_id": 1, "ep_size": 1, "first_k_dense_replace": DENSE, "hidden_act": "silu",
    "hidden_size": H, "initializer_range": 0.02, "intermediate_size": DENSE_WIDTH, "kv_lora_rank": KV,
    "max_position_embeddings": 163840, "model_type": "deepseek_v3", "moe_intermediate_size": WIDTH,
    "moe_layer_freq": 1, "n_group": 8, "n_routed_experts": EXPERTS, "n_shared_experts": 1, "norm_topk_prob": True,
    "num_attention_heads": HEADS, "num_experts_per_tok": 8, "num_hidden_layers": LAYERS,
    "num_key_value_heads": HEADS, "num_nextn_predict_layers": PREDICTION, "q_lora_rank": Q,
    "qk_nope_head_dim": NOPE, "qk_rope_head_dim": ROPE,
    "quantization_config": {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8",
                            "weight_block_size": [128, 128]},
    "rms_norm_eps": 1e-6,
    "rope_scaling": {"beta_fast": 32, "beta_slow": 1, "factor": 40, "mscale": 1.0, "mscale_all_dim": 1.0,
                     "original_max_position_embeddings": 4096, "type": "yarn"},
    "rope_theta": 10000, "routed_scaling_factor": 2.5, "scoring_func": "sigmoid", "tie_word_embeddings": False,
    "topk_group": 4, "topk_method": "noaux_tc", "torch_dtype": "bfloat16", "use_cache": True, "v_head_dim": VALUE,
    "vocab_size": V,
}
GENERATION = {"_from_model_config": True, "bos_token_id": 0, "eos_token_id": 1, "do_sample": True,
              "temperature": 0.6, "top_p": 0.95}


def quantized(name, rows, columns):
    """An FP8 matrix and the scales of its blocks of 128 x 128."""
    yield name + ".weight", "F8_E4M3", [rows, columns]
    yield name + ".weight_scale_inv", "F32", [-(-rows // 128), -(-columns // 128)]


def feed_forward(prefix, width):
    yield from quantized(prefix + "gate_proj", width, H)
    yield from quantized(prefix + "up_proj", width, H)
    yield from quantized(prefix + "down_proj", H, width)


def layer(index):
    prefix = f"model.layers.{index}."
    if index >= LAYERS:  # what the prediction layer has beside a layer's own tensors
        yield prefix + "embed_tokens.weight", "BF16", [V, H]
        yield prefix + "enorm.weight", "BF16", [H]
        yield prefix + "hnorm.weight", "BF16", [H]
        yield prefix + "eh_proj.weight", "BF16", [H, 2 * H]
        yield prefix + "shared_head.norm.weight", "BF16", [H]
        yield prefix + "shared_head.head.weight", "BF16", [V, H]
    yield prefix + "input_layernorm.weight", "BF16", [H]
    attention = prefix + "self_attn."
    yield from quantized(attention + "q_a_proj", Q, H)
    yield attention + "q_a_layernorm.weight", "BF16", [Q]
    yield from quantized(attention + "q_b_proj", HEADS * (NOPE + ROPE), Q)
    yield from quantized(attention + "kv_a_proj_with_mqa", KV + ROPE, H)
    yield attention + "kv_a_layernorm.weight", "BF16", [KV]
    yield from quantized(attention + "kv_b_proj", HEADS * (NOPE + VALUE), KV)
    yield from quantized(attention + "o_proj", H, HEADS * VALUE)
    yield prefix + "post_attention_layernorm.weight", "BF16", [H]
    if index < DENSE:
        yield from feed_forward(prefix + "mlp.", DENSE_WIDTH)
        return
    yield prefix + "mlp.gate.weight", "BF16", [EXPERTS, H]
    yield prefix + "mlp.gate.e_score_correction_bias", "F32", [EXPERTS]
    yield from feed_forward(prefix + "mlp.shared_experts.", WIDTH)
    for expert in range(EXPERTS):
        yield from feed_forward(f"{prefix}mlp.experts.{expert}.", WIDTH)


def tensors():
    yield "model.embed_tokens.weight", "BF16", [V, H]
    for index in range(LAYERS + PREDICTION):
        yield from layer(index)
    yield "model.norm.weight", "BF16", [H]
    yield "lm_head.weight", "BF16", [V, H]


def byte_count(dtype, shape):
    count = SIZE[dtype]
    for length in shape:
        count *= length
    return count


def shards(limit):
    """Lists of (name, dtype, shape, begin, end), each of at most `limit` bytes."""
    shard, end = [], 0
    for name, dtype, shape in tensors():
        size = byte_count(dtype, shape)
        if shard and end + size > limit:
            yield shard
            shard, end = [], 0
        shard.append((name, dtype, shape, end, end + size))
        end += size
    yield shard


def numbers(name, dtype, shape, count):
    """Seeded bytes: weights of about 0.02 after scaling, norms near 1."""
    length = min(count // SIZE[dtype], PERIOD[dtype])
    source = random.Random(name)
    if dtype == "F8_E4M3":  # no exponent of all ones, so no NaN; both signs
        block = bytes((byte & 0x80) | 0x20 | (byte & 0x1F) for byte in source.randbytes(length))
    elif dtype == "F32":
        scale = (0.02, 0.04) if name.endswith("_scale_inv") else (-0.05, 0.05)
        values = [source.uniform(*scale) for _ in range(length)]
        block = struct.pack(f"<{len(values)}f", *values)
    else:
        middle, width = (1, 0.2) if len(shape) == 1 else (0, 0.03)
        values = [middle + source.uniform(-width, width) for _ in range(length)]
        packed = struct.pack(f"<{len(values)}f", *values)
        block = b"".join(packed[at + 2:at + 4] for at in range(0, len(packed), 4))  # BF16: the upper half
    for written in range(0, count, len(block)):
        yield block[:count - written]


def is_random(name, layers, ends):
    """Whether the tensor is to hold numbers: those of some layers, and what is before and after all layers."""
    if name.startswith("model.layers."):
        return int(name.split(".")[2]) in layers
    return ends and name in ENDS


def write_shard(path, shard, layers, ends):
    header = {"__metadata__": {"format": "pt"}}
    for name, dtype, shape, begin, end in shard:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        os.ftruncate(file.fileno(), 8 + len(text) + shard[-1][4])
        for name, dtype, shape, begin, end in shard:
            if is_random(name, layers, ends):
                file.seek(8 + len(text) + begin)
                for block in numbers(name, dtype, shape, end - begin):
                    file.write(block)


def main():
    def layer_range(text):
        first, _, end = text.partition("..<")
        return range(int(first), int(end))

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--random-layers", type=layer_range, default=range(0), metavar="A..<B")
    parser.add_argument("--random-ends", action="store_true", help="numbers for embeddings, last norm and head too")
    parser.add_argument("--tokenizer", type=pathlib.Path, help="a tokenizer.json to copy, as Tests/Fixtures/tok has")
    parser.add_argument("--shard-size", type=int, default=4_270_000_000, help="bytes of data in a file, at most")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    parts = list(shards(options.shard_size))
    total, weight_map = 0, {}
    for number, shard in enumerate(parts, 1):
        name = f"model-{number:05}-of-{len(parts):06}.safetensors"
        write_shard(options.folder / name, shard, options.random_layers, options.random_ends)
        weight_map |= {tensor[0]: name for tensor in shard}
        total += shard[-1][4]
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (options.folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    (options.folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    (options.folder / "generation_config.json").write_text(json.dumps(GENERATION, indent=2) + "\n")
    if options.tokenizer:
        for file in [options.tokenizer, options.tokenizer.with_name("tokenizer_config.json")]:
            if file.exists():
                shutil.copyfile(file, options.folder / file.name)
    print(f"{len(weight_map)} tensors of {total} bytes in {len(parts)} files")


if __name__ == "__main__":
    main()
