#!/usr/bin/env python3
"""Writes hand-made bad model files and manifest.json, which says what error each must give.

    make_bad_files.py [folder]        (default: bad)

Every case is a valid tiny model with one lie in it; the models without lies are written to good/ as controls.
The manifest lists {"path", "field", "code", "what"}: opening and binding `path` must throw a CheckpointError of
`code` whose field is or starts with `field`. Only the standard library is needed.
"""
import json
import pathlib
import shutil
import sys

from tiny_models import (
    ARR, BOOL, F32, F64, FP8_SCALE, GGUF, H, I, I32, STR, TOKENIZER, U8, U16, U32, U64, V, Folder, Raw,
    deepseek2, deepseek_v3_folder, llama, llama_folder, u32, u64,
)

EMBED, NORM, LAST = "token_embd.weight", "output_norm.weight", "blk.0.ffn_down.weight"
NAN, INF = float("nan"), float("inf")

# Rows are (name, field, code, what, lie); `field` may be the start of the error's field.


def truncations():
    """A GGUF file that ends inside each kind of field; the error names the field it needed."""
    model = llama()
    whole, tokens = model.bytes(), "tokenizer.ggml.tokens"
    for name, label, field in [
        ("magic", "magic", None), ("version", "version", None), ("tensor-count", "tensor_count", None),
        ("kv-count", "metadata_kv_count", None), ("key-length", "metadata key 0 length", None),
        ("key", "metadata key 0", None), ("value-type", "general.architecture: type", None),
        ("string-length", "general.architecture length", None), ("string", "general.architecture", None),
        ("integer", "llama.block_count", None), ("float", "llama.rope.freq_base", None),
        ("array-type", tokens + ": element type", None), ("array-length", tokens + ": array length", None),
        ("string-array", tokens, None), ("number-array", "tokenizer.ggml.token_type", None),
        ("boolean", "tokenizer.ggml.add_bos_token", None), ("tensor-name-length", "tensor 3 name length", None),
        ("tensor-name", "tensor 3 name", None), ("n-dims", EMBED + ": n_dims", None),
        ("dimension", EMBED + ": dimension 1", None), ("tensor-type", EMBED + ": type", None),
        ("tensor-offset", LAST + ": offset", None), ("padding", "padding", EMBED),
        ("first-data", EMBED + ": data", EMBED), ("middle-data", "blk.0.attn_v.weight: data", "blk.0.attn_v.weight"),
        ("last-data", LAST + ": data", LAST),
    ]:
        yield "truncated-" + name, field or label, "truncated", f"ends inside {label}", whole[:model.marks[label]]
    yield "truncated-last-byte", LAST, "truncated", "the last byte is missing", whole[:-1]
    yield "empty", "magic", "truncated", "no bytes at all", b""


NAME, ALIGN = "general.name", "general.alignment"
BOS, EOS = "tokenizer.ggml.add_bos_token", "tokenizer.ggml.eos_token_id"
LAST_KEY = len(llama().metadata)


def array(element, length, rest=b""):
    """The value of an array that may state any length."""
    return Raw(u32(element) + u64(length) + rest)


# Magic, version, counts, metadata: nothing behind them is read, so these files have no tensors.
CONTAINER = [
    ("magic", "magic", "malformed", "magic GGJT", lambda m: m.set(magic=b"GGJT")),
    ("version-0", "version", "unsupported", "version 0", lambda m: m.set(version=0)),
    ("version-1", "version", "unsupported", "version 1 has 32-bit lengths", lambda m: m.set(version=1)),
    ("version-4", "version", "unsupported", "version 4 does not exist yet", lambda m: m.set(version=4)),
    ("big-endian", "version", "unsupported", "version 3 in big-endian order", lambda m: m.set(version=3 << 24)),
    ("tensor-count-2-63", "tensor_count", "limitExceeded", "2^63 tensors", lambda m: m.set(tensor_count=2**63)),
    ("tensor-count-2-32", "tensor_count", "limitExceeded", "2^32 tensors", lambda m: m.set(tensor_count=2**32)),
    ("tensor-count-negative", "tensor_count", "limitExceeded", "-1 tensors", lambda m: m.set(tensor_count=-1)),
    ("kv-count-2-63", "metadata_kv_count", "limitExceeded", "2^63 keys", lambda m: m.set(kv_count=2**63)),
    ("kv-count-2-32", "metadata_kv_count", "limitExceeded", "2^32 keys", lambda m: m.set(kv_count=2**32)),
    ("key-length-2-63", f"metadata key {LAST_KEY} length", "limitExceeded", "a key of 2^63 bytes",
     lambda m: m.append(Raw(u64(2**63)), U32, 1)),
    ("key-length-rest", f"metadata key {LAST_KEY}", "truncated", "a key longer than the rest of the file",
     lambda m: m.append(Raw(u64(500)), U32, 1)),
    ("key-empty", f"metadata key {LAST_KEY}", "malformed", "a key without characters", lambda m: m.append("", U32, 1)),
    ("key-not-utf8", f"metadata key {LAST_KEY}", "malformed", "a key that is no UTF-8",
     lambda m: m.append(b"a.\xff\xfe", U32, 1)),
    ("key-twice", EOS, "malformed", "a key occurs twice", lambda m: m.append(EOS, U32, 1)),
    ("string-length-2-63", NAME, "limitExceeded", "a string of 2^63 bytes",
     lambda m: m.put(NAME, STR, Raw(u64(2**63)))),
    ("string-length-rest", NAME, "truncated", "a string longer than the rest",
     lambda m: m.put(NAME, STR, Raw(u64(10**6)))),
    ("string-not-utf8", NAME, "malformed", "a string with half a surrogate pair",
     lambda m: m.put(NAME, STR, b"\xed\xa0\x80")),
    ("value-type-13", NAME, "malformed", "value type 13 does not exist", lambda m: m.put(NAME, 13, Raw(u64(0)))),
    ("value-type-2-32", NAME, "malformed", "value type 2^32 - 1", lambda m: m.put(NAME, 2**32 - 1, Raw(u64(0)))),
    ("element-type-13", NAME, "malformed", "an array of type 13", lambda m: m.put(NAME, ARR, array(13, 1, u64(0)))),
    ("array-of-arrays", NAME, "malformed", "an array of arrays",
     lambda m: m.put(NAME, ARR, array(ARR, 1, array(U8, 1, b"1")))),
    ("array-length-2-63", NAME, "limitExceeded", "an array of 2^63 numbers",
     lambda m: m.put(NAME, ARR, array(I32, 2**63))),
    ("array-length-2-62", NAME, "limitExceeded", "an array of 2^64 bytes",
     lambda m: m.put(NAME, ARR, array(I32, 2**62))),
    ("array-length-2-31", NAME, "limitExceeded", "2^31 strings", lambda m: m.put(NAME, ARR, array(STR, 2**31))),
    ("array-length-rest", NAME, "truncated", "an array longer than the rest",
     lambda m: m.put(NAME, ARR, array(U8, 10**6))),
    ("array-string-2-63", NAME, "limitExceeded", "a string of 2^63 bytes in an array",
     lambda m: m.put(NAME, ARR, array(STR, 1, u64(2**63)))),
    ("array-boolean-2", NAME, "malformed", "a boolean 2 in an array", lambda m: m.put(NAME, ARR, (BOOL, [0, 2]))),
    ("array-unsigned", NAME, "malformed", "2^63 in an array of integers", lambda m: m.put(NAME, ARR, (U64, [2**63]))),
    ("boolean-2", BOS, "malformed", "a boolean 2", lambda m: m.put(BOS, BOOL, 2)),
    ("alignment-0", ALIGN, "malformed", "alignment 0", lambda m: m.put(ALIGN, U32, 0)),
    ("alignment-3", ALIGN, "malformed", "alignment 3", lambda m: m.put(ALIGN, U32, 3)),
    ("alignment-2-31", ALIGN, "malformed", "alignment 2^31", lambda m: m.put(ALIGN, U32, 2**31)),
    ("alignment-2-63", ALIGN, "malformed", "alignment 2^63", lambda m: m.put(ALIGN, U64, 2**63)),
    ("alignment-negative", ALIGN, "malformed", "alignment -32", lambda m: m.put(ALIGN, I32, -32)),
    ("alignment-string", ALIGN, "malformed", "the alignment is a string", lambda m: m.put(ALIGN, STR, "32")),
]

# The tensor directory, and where data lie.
DIRECTORY = [
    ("tensor-count-high", "tensor 11 name", "malformed", "a tensor more than there is: zeros are read",
     lambda m: m.set(tensor_count=12)),
    ("tensor-count-low", LAST, "missingTensor", "a tensor fewer than there is", lambda m: m.set(tensor_count=10)),
    ("tensor-count-0", EMBED, "missingTensor", "no tensors", lambda m: m.set(tensor_count=0)),
    ("kv-count-low", BOS, "malformed", "a key fewer than there is", lambda m: m.set(kv_count=LAST_KEY - 1)),
    ("kv-count-high", f"metadata key {LAST_KEY + 1} length", "limitExceeded", "two keys more than there are",
     lambda m: m.set(kv_count=LAST_KEY + 2)),
    ("alignment-128", "blk.0.attn_norm.weight", "malformed", "data aligned to 32, 128 is stated",
     lambda m: m.put(ALIGN, U32, 128)),
    ("name-length-2-63", "tensor 11 name length", "limitExceeded", "a tensor name of 2^63 bytes",
     lambda m: m.add(Raw(u64(2**63)), "F32", [8])),
    ("name-empty", "tensor 11 name", "malformed", "a tensor without a name", lambda m: m.add("", "F32", [8])),
    ("name-not-utf8", "tensor 11 name", "malformed", "a tensor name that is no UTF-8",
     lambda m: m.add(b"\xc0\x80", "F32", [8])),
    ("name-600", "tensor 11 name length", "limitExceeded", "a tensor name of 600 bytes",
     lambda m: m.add("x" * 600, "F32", [8])),
    ("name-twice", LAST, "malformed", "a tensor occurs twice", lambda m: m.add(LAST, "F16", [I, H])),
    ("n-dims-0", NORM, "malformed", "no dimensions", lambda m: m.tensor(NORM, dims=[], data=bytes(32))),
    ("n-dims-5", NORM, "malformed", "five dimensions", lambda m: m.tensor(NORM, dims=[H, 1, 1, 1, 1])),
    ("n-dims-2-32", NORM, "malformed", "2^32 - 1 dimensions", lambda m: m.tensor(NORM, n_dims=2**32 - 1)),
    ("dimension-0", EMBED, "malformed", "a dimension of 0", lambda m: m.tensor(EMBED, dims=[H, 0])),
    ("dimension-negative", EMBED, "malformed", "a dimension of -8",
     lambda m: m.tensor(EMBED, dims=[H, -8], data=bytes(128))),
    ("dimension-2-63", EMBED, "malformed", "a dimension of 2^63",
     lambda m: m.tensor(EMBED, dims=[2**63], data=bytes(128))),
    ("product-2-80", EMBED, "malformed", "2^40 x 2^40 values",
     lambda m: m.tensor(EMBED, dims=[2**40] * 2, data=bytes(128))),
    ("product-2-64", EMBED, "malformed", "2^16 x 2^16 x 2^16 x 2^16 values: 0 in 64 bits",
     lambda m: m.tensor(EMBED, dims=[2**16] * 4, data=bytes(128))),
    ("nbytes-2-64", EMBED, "malformed", "2^62 values of 4 bytes: 0 in 64 bits",
     lambda m: m.tensor(EMBED, type="F32", dims=[2**62], data=bytes(128))),
    ("nbytes-2-57", EMBED, "malformed", "2^57 bytes", lambda m: m.tensor(EMBED, dims=[2**28] * 2, data=bytes(128))),
    ("nbytes-2-51", EMBED, "truncated", "2^51 bytes in a file of a few thousand",
     lambda m: m.tensor(EMBED, dims=[2**25] * 2, data=bytes(128))),
    ("row-no-block", LAST, "malformed", "rows of half a block", lambda m: m.tensor(LAST, type="Q8_0", data=bytes(128))),
    ("type-4", LAST, "unsupported", "Q4_2, which was removed", lambda m: m.tensor(LAST, type=4, data=bytes(128))),
    ("type-5", LAST, "unsupported", "Q4_3, which was removed", lambda m: m.tensor(LAST, type=5, data=bytes(128))),
    ("type-31", LAST, "unsupported", "Q4_0_4_4, which was removed", lambda m: m.tensor(LAST, type=31, data=bytes(128))),
    ("type-27", LAST, "unsupported", "64-bit integers", lambda m: m.tensor(LAST, type=27, data=bytes(512))),
    ("type-41", LAST, "unsupported", "a type after the last one", lambda m: m.tensor(LAST, type=41, data=bytes(128))),
    ("type-1000", LAST, "unsupported", "the id that FP8 has inside Minke",
     lambda m: m.tensor(LAST, type=1000, data=bytes(128))),
    ("type-2-32", LAST, "unsupported", "type 2^32 - 1", lambda m: m.tensor(LAST, type=2**32 - 1, data=bytes(128))),
    ("offset-odd", LAST, "malformed", "an offset off the alignment", lambda m: m.tensor(LAST, offset=33)),
    ("offset-end", LAST, "truncated", "an offset beyond the file", lambda m: m.tensor(LAST, offset=2**20)),
    ("offset-2-63", LAST, "truncated", "an offset that overflows when the header is added",
     lambda m: m.tensor(LAST, offset=2**63 - 32)),
    ("offset-2-64", LAST, "malformed", "an offset that wraps around when the size is added",
     lambda m: m.tensor(LAST, offset=2**64 - 32)),
    ("overlap", LAST, "malformed", "data inside another tensor's", lambda m: m.tensor(LAST, offset=32)),
]

# Metadata of the architecture, and tensors that do not fit it.
LLAMA = [
    ("architecture-missing", "general.architecture", "invalidConfiguration", "no architecture",
     lambda m: m.drop("general.architecture")),
    ("architecture-number", "general.architecture", "invalidConfiguration", "the architecture is a number",
     lambda m: m.put("general.architecture", U32, 1)),
    ("architecture-other", "general.architecture", "unsupported", "architecture mamba",
     lambda m: m.put("general.architecture", STR, "mamba")),
    ("vocabulary", EMBED, "shapeMismatch", "a vocabulary that is not the embedding's",
     lambda m: m.put("llama.vocab_size", U32, 7)),
    ("tensor-missing", "blk.0.attn_k.weight", "missingTensor", "no key projection",
     lambda m: m.remove("blk.0.attn_k.weight")),
    ("tensor-extra", "blk.0.attn_q.bias", "unexpectedTensor", "a bias that Llama has not",
     lambda m: m.add("blk.0.attn_q.bias", "F32", [8])),
    ("tensor-control", "blk.0.", "unexpectedTensor", "a tensor name that would write to a terminal",
     lambda m: m.add("blk.0.\n\x1b[2Jready", "F32", [8])),
    ("tensor-transposed", "blk.0.attn_k.weight", "shapeMismatch", "a transposed projection",
     lambda m: m.tensor("blk.0.attn_k.weight", dims=[4, H])),
    ("tensor-flat", "blk.0.attn_k.weight", "shapeMismatch", "a projection of one dimension",
     lambda m: m.tensor("blk.0.attn_k.weight", dims=[4 * H])),
    ("layers-cut", "blk.1.", "unexpectedTensor", "block_count leaves out a layer",
     lambda m: m.add("blk.1.attn_q.weight", "F16", [H, 8])),
    ("layers-added", "blk.1.", "missingTensor", "block_count counts a layer too many",
     lambda m: m.put("llama.block_count", U32, 2)),
    ("prediction-layers", "llama.block_count", "invalidConfiguration", "only prediction layers",
     lambda m: m.put("llama.nextn_predict_layers", U32, 1)),
    ("experts", "llama.expert_count", "invalidConfiguration", "a Llama with experts",
     lambda m: m.put("llama.expert_count", U32, 4)),
    ("rope-freqs", "rope_freqs.weight", "shapeMismatch", "divisors for another head width",
     lambda m: m.add("rope_freqs.weight", "F32", [8])),
]
DEEPSEEK = [
    ("norm-quantized", "blk.0.attn_kv_a_norm.weight", "shapeMismatch", "a quantized norm",
     lambda m: m.tensor("blk.0.attn_kv_a_norm.weight", type="Q8_0")),
    ("experts-3-stacked", "blk.0.ffn_up_exps.weight", "shapeMismatch", "3 of 4 experts stacked",
     lambda m: m.tensor("blk.0.ffn_up_exps.weight", dims=[H, 2, 3])),
    ("experts-swapped", "blk.0.ffn_down_exps.weight", "shapeMismatch", "stacked experts with two dimensions swapped",
     lambda m: m.tensor("blk.0.ffn_down_exps.weight", dims=[H, 2, 4])),
    ("bias-missing", "blk.1.exp_probs_b.bias", "missingTensor", "one layer of two has no correction bias",
     lambda m: deepen(m).remove("blk.1.exp_probs_b.bias")),
    ("router-missing", "blk.0.ffn_gate_inp.weight", "missingTensor", "no router",
     lambda m: m.remove("blk.0.ffn_gate_inp.weight")),
]


def deepen(model):
    """Adds a second layer to `deepseek2`, like its first."""
    for tensor in [t for t in model.tensors if t.name.startswith("blk.0.")]:
        model.add(tensor.name.replace("blk.0.", "blk.1."), tensor.type, tensor.dims)
    return model.put("deepseek2.block_count", U32, 2)


# (key without the architecture, type, value or None for no such key, what); the error names the key.
LLAMA_NUMBERS = [
    ("block_count", U32, None, "missing"), ("block_count", U32, 0, "no layers"),
    ("block_count", U32, 5000, "5000 layers"), ("block_count", U32, 2**31 - 1, "2^31 - 1 layers"),
    ("block_count", STR, "one", "a string"), ("block_count", U64, 2**64 - 1, "2^64 - 1 layers"),
    ("embedding_length", U32, None, "missing"), ("embedding_length", U32, 0, "hidden size 0"),
    ("context_length", U32, None, "missing"), ("context_length", I32, -1, "negative"),
    ("feed_forward_length", U32, None, "missing"), ("feed_forward_length", U32, 2**31, "2^31"),
    ("attention.head_count", U32, None, "missing"), ("attention.head_count", U32, 0, "no heads"),
    ("attention.head_count", ARR, (I32, [2]), "an array"),
    ("attention.head_count_kv", U32, 0, "no key-value heads"),
    ("attention.head_count_kv", U32, 3, "does not divide the query heads"),
    ("attention.layer_norm_rms_epsilon", F32, None, "missing"), ("attention.layer_norm_rms_epsilon", F32, 0, "0"),
    ("attention.layer_norm_rms_epsilon", F32, NAN, "not a number"),
    ("attention.layer_norm_rms_epsilon", F32, INF, "infinite"),
    ("attention.layer_norm_rms_epsilon", F64, 1e-60, "0 as a 32-bit number"),
    ("attention.layer_norm_rms_epsilon", F64, 1e60, "infinite as a 32-bit number"),
    ("rope.dimension_count", U32, 2, "half of a head"), ("rope.freq_base", F32, 1, "1"),
    ("rope.freq_base", F32, -1e4, "negative"), ("rope.scaling.type", STR, "longrope", "unknown"),
    ("rope.scaling.type", U32, 1, "a number"),
]
DEEPSEEK_NUMBERS = [
    ("attention.head_count", U32, 5000, "5000 heads"),
    ("attention.kv_lora_rank", U32, None, "missing"), ("attention.kv_lora_rank", U32, 2**20, "2^20"),
    ("attention.key_length_mla", U32, 2, "no channels beside the rotated ones"),
    ("rope.dimension_count", U32, 3, "odd"),
    ("expert_count", U32, 2**20, "2^20 experts"), ("expert_used_count", U32, None, "missing"),
    ("expert_used_count", U32, 0, "no experts chosen"), ("expert_used_count", U32, 5, "5 of 4 experts chosen"),
    ("expert_feed_forward_length", U32, None, "missing"), ("expert_gating_func", U32, 9, "unknown"),
    ("expert_group_count", U32, 3, "groups that do not divide the experts"),
    ("expert_group_used_count", U32, 3, "3 of 2 groups kept"),
    ("expert_weights_scale", F32, -1, "negative"), ("expert_weights_norm", U32, 1, "no boolean"),
]
EXPLICIT_NUMBERS = [
    ("attention.scale", F32, 0, "0"), ("attention.scale", F64, 1e60, "infinite as a 32-bit number"),
    ("attention.latent_norm_epsilon", F64, 1e60, "infinite as a 32-bit number"),
    ("rope.inverse_frequencies", ARR, (F32, [1, 1]), "two frequencies for one pair"),
    ("rope.inverse_frequencies", ARR, (F32, [NAN]), "a frequency that is not a number"),
    ("rope.inverse_frequencies", ARR, (I32, [1]), "integers"),
]


def bare(model):
    """Leaves what a configuration is read from: the architecture's keys and the embedding."""
    return model.keep(EMBED).drop(*[key for key, _, _ in TOKENIZER])


def numbers(model, architecture, rows):
    """One number of the metadata changed or taken away; it is read before tensors are bound."""
    for index, (key, kind, value, what) in enumerate(rows):
        name, full = f"{architecture}-{index:02}-{key.split('.')[-1].replace('_', '-')}", f"{architecture}.{key}"
        lie = bare(model())
        lie = lie.drop(full) if value is None else lie.put(full, kind, value)
        yield name, full, "invalidConfiguration", f"{key}: {what}", lie.bytes()


def yarn():
    """YaRN settings beside a whole model."""
    for name, key, kind, value, what in [
        ("factor", "factor", F32, 0, "factor 0"), ("length", "original_context_length", U32, 0, "original length 0"),
        ("multiplier", "yarn_log_multiplier", F32, NAN, "multiplier not a number"),
        ("multiplier-string", "yarn_log_multiplier", STR, "0.1", "multiplier a string"),
    ]:
        model = bare(deepseek2()).put("deepseek2.rope.scaling.type", STR, "yarn")
        model.put("deepseek2.rope.scaling.factor", F32, 4)
        full = "deepseek2.rope.scaling." + key
        yield "yarn-" + name, full, "invalidConfiguration", "YaRN: " + what, model.put(full, kind, value).bytes()


def split(name="llama", first=(), second=(), missing=()):
    """Llama in two files; `first` and `second` change their metadata, `missing` files are left out."""
    whole = llama()
    cut = len(whole.tensors) // 2
    parts = [GGUF(whole.metadata, []), GGUF([], [])]
    parts[0].tensors, parts[1].tensors = whole.tensors[:cut], whole.tensors[cut:]
    for number, (part, changes) in enumerate(zip(parts, (first, second))):
        part.put("split.no", U16, number).put("split.count", U16, 2).put("split.tensors.count", I32, len(whole.tensors))
        for key, kind, value in changes:
            part.put(key, kind, value)
    files = {f"{name}-0000{number + 1}-of-00002.gguf": part.bytes() for number, part in enumerate(parts)}
    return {path: data for path, data in files.items() if path not in missing}


def splits():
    """Models in two files; the path is that of the first, or of the one that is there."""
    one, two = "llama-00001-of-00002.gguf", "llama-00002-of-00002.gguf"
    for name, open_path, field, code, what, files in [
        ("second-missing", one, "file", "unreadable", "the second file is missing", split(missing=[two])),
        ("first-missing", two, "file", "unreadable", "the first file is missing", split(missing=[one])),
        ("no", one, "split.no", "malformed", "both files say they are the first", split(second=[("split.no", U16, 0)])),
        ("count", one, "split.count", "malformed", "three files are stated", split(first=[("split.count", U16, 3)])),
        ("count-1", one, "split.count", "malformed", "one file is stated", split(first=[("split.count", U16, 1)])),
        ("tensors", one, "split.tensors.count", "malformed", "a tensor more is stated than there is",
         split(first=[("split.tensors.count", I32, 12)])),
        ("renamed", "model.gguf", "split.count", "malformed", "the first file alone, under another name",
         {"model.gguf": split()[one]}),
        ("part-0", "llama-00000-of-00002.gguf", "file name", "malformed", "part 0 of 2",
         {"llama-00000-of-00002.gguf": split()[one]}),
        ("same-twice", one, EMBED, "malformed", "both files hold the same tensors",
         {one: split(first=[("split.tensors.count", I32, 10)])[one],
          two: split(first=[("split.tensors.count", I32, 10), ("split.no", U16, 1)])[one]}),
    ]:
        yield "split-" + name, open_path, field, code, what, files


# Hugging Face folders.
HF_EMBED, HF_NORM, HF_DOWN = "model.embed_tokens.weight", "model.norm.weight", "model.layers.0.mlp.down_proj.weight"
QUANTIZATION = deepseek_v3_folder().config["quantization_config"]
SAFETENSORS = [
    ("header-0", "header", "malformed", "a header of no bytes", lambda f: f.set(length=0)),
    ("header-2-63", "header length", "limitExceeded", "a header of 2^63 bytes", lambda f: f.set(length=2**63)),
    ("header-2-64", "header length", "limitExceeded", "a header of 2^64 - 8 bytes", lambda f: f.set(length=-8)),
    ("header-100mb", "header length", "limitExceeded", "a header of 100 MB", lambda f: f.set(length=10**8)),
    ("header-rest", "header", "truncated", "a header longer than the file", lambda f: f.set(length=10**6)),
    ("header-no-json", "header", "malformed", "a header in Python's notation", lambda f: f.set(header=b"{'a': None}")),
    ("header-array", "header", "malformed", "a header that is an array", lambda f: f.set(header=b"[]")),
    ("header-nested", "header", "malformed", "38 000 nested arrays", lambda f: f.set(header=b'{"a":' + b"[" * 38000)),
    ("header-not-utf8", "header", "malformed", "a name that is no UTF-8", lambda f: f.set(header=b'{"\xff":{}}')),
    ("header-surrogate", "header", "malformed", "a name with half a surrogate pair",
     lambda f: f.set(header=b'{"\\ud800":{}}')),
    ("header-empty", HF_EMBED, "missingTensor", "no tensors", lambda f: f.set(header=b"{}", tensors=[])),
    ("name-twice", "header", "malformed", "a tensor occurs twice", lambda f: f.set(repeated=HF_NORM)),
    ("entry-number", HF_NORM, "malformed", "a tensor described by a number",
     lambda f: f.set(header=b'{"%s":1}' % HF_NORM.encode())),
    ("dtype-missing", HF_NORM, "malformed", "no dtype", lambda f: f.edit(HF_NORM, dtype=...)),
    ("dtype-number", HF_NORM, "malformed", "the dtype is a number", lambda f: f.edit(HF_NORM, dtype=32)),
    ("dtype-unknown", HF_NORM, "unsupported", "dtype F12", lambda f: f.edit(HF_NORM, dtype="F12")),
    ("shape-missing", HF_NORM, "malformed", "no shape", lambda f: f.edit(HF_NORM, shape=...)),
    ("shape-negative", HF_NORM, "malformed", "shape [-8]", lambda f: f.edit(HF_NORM, shape=[-H])),
    ("shape-float", HF_NORM, "malformed", "shape [8.5]", lambda f: f.edit(HF_NORM, shape=[8.5])),
    ("shape-2-70", HF_NORM, "malformed", "a length beyond 64 bits", lambda f: f.edit(HF_NORM, shape=[2**70])),
    ("shape-overflow", HF_NORM, "malformed", "2^32 x 2^32 values: 0 in 64 bits",
     lambda f: f.edit(HF_NORM, shape=[2**32] * 2)),
    ("shape-0-overflow", HF_NORM, "malformed", "0 x 2^62 x 2^62 values",
     lambda f: f.edit(HF_NORM, shape=[0, 2**62, 2**62])),
    ("shape-nine", HF_NORM, "malformed", "nine dimensions", lambda f: f.edit(HF_NORM, shape=[H] + [1] * 8)),
    ("shape-size", HF_NORM, "malformed", "a shape of fewer bytes than stated",
     lambda f: f.edit(HF_NORM, shape=[H - 1])),
    ("offsets-missing", HF_NORM, "malformed", "no data_offsets", lambda f: f.edit(HF_NORM, data_offsets=...)),
    ("offsets-reversed", HF_NORM, "malformed", "the end before the beginning",
     lambda f: f.edit(HF_NORM, data_offsets=[160, 128])),
    ("offsets-one", HF_NORM, "malformed", "one offset", lambda f: f.edit(HF_NORM, data_offsets=[128])),
    ("offsets-negative", HF_NORM, "malformed", "a negative offset", lambda f: f.edit(HF_NORM, data_offsets=[-32, 0])),
    ("offsets-beyond", HF_NORM, "truncated", "data beyond the file",
     lambda f: f.edit(HF_NORM, data_offsets=[10**6, 10**6 + 32])),
    ("offsets-2-63", HF_NORM, "truncated", "data that end at 2^63 - 1",
     lambda f: f.edit(HF_NORM, data_offsets=[2**63 - 33, 2**63 - 1])),
    ("offsets-overlap", HF_NORM, "malformed", "data inside another tensor's",
     lambda f: f.edit(HF_NORM, data_offsets=[64, 96])),
    ("hole", HF_NORM, "malformed", "a hole before the data",
     lambda f: f.edit(HF_EMBED, shape=[V - 2, H], data_offsets=[0, 96])),
    ("name-empty", '""', "malformed", "a tensor without a name", lambda f: f.add("", "F16", [2])),
    ("tail", "data", "malformed", "bytes behind the last tensor", lambda f: f.set(tail=b"more")),
    ("cut", HF_DOWN, "truncated", "the file ends early", lambda f: f.replace(HF_DOWN, "F16", [H, I - 4]).edit(
        HF_DOWN, shape=[H, I], data_offsets=[864, 992])),
    ("file-missing", "file", "unreadable", "no safetensors file", lambda f: f.set(raw={"model.safetensors": None})),
    ("file-empty", "header length", "truncated", "an empty safetensors file",
     lambda f: f.set(raw={"model.safetensors": b""})),
    ("file-7", "header length", "truncated", "seven bytes", lambda f: f.set(raw={"model.safetensors": bytes(7)})),
    ("tensor-missing", HF_DOWN, "missingTensor", "no down projection", lambda f: f.remove(HF_DOWN)),
    ("tensor-extra", "model.layers.0.self_attn.q_proj.bias", "unexpectedTensor", "a bias that Llama has not",
     lambda f: f.add("model.layers.0.self_attn.q_proj.bias", "F32", [8])),
    ("tensor-transposed", "model.layers.0.self_attn.k_proj.weight", "shapeMismatch", "a transposed projection",
     lambda f: f.replace("model.layers.0.self_attn.k_proj.weight", "F16", [H, 4])),
]
INDEX = "model.safetensors.index.json"
SHARDS = [
    ("path-up", HF_NORM, "malformed", "the index names ../file",
     lambda f: f.shard(**{HF_NORM: "../model.safetensors"})),
    ("path-absolute", HF_NORM, "malformed", "the index names an absolute path",
     lambda f: f.shard(**{HF_NORM: "/model.safetensors"})),
    ("path-dots", HF_NORM, "malformed", "the index names ..", lambda f: f.shard(**{HF_NORM: ".."})),
    ("path-empty", HF_NORM, "malformed", "the index names no file", lambda f: f.shard(**{HF_NORM: ""})),
    ("path-nul", HF_NORM, "malformed", "a file name with a zero byte",
     lambda f: f.shard(**{HF_NORM: "model-00002-of-00002.safetensors\0"})),
    ("path-number", HF_NORM, "malformed", "a number for a file name", lambda f: f.shard(**{HF_NORM: 2})),
    ("missing", "file", "unreadable", "a shard is missing",
     lambda f: f.shard().set(raw={"model-00002-of-00002.safetensors": None})),
    ("wrong-shard", HF_NORM, "missingTensor", "a tensor is in the other shard",
     lambda f: f.shard(**{HF_NORM: "model-00001-of-00002.safetensors"})),
    ("unknown-tensor", "model.layers.0.mlp.bias", "missingTensor", "a tensor that no shard has",
     lambda f: f.shard(**{"model.layers.0.mlp.bias": "model-00001-of-00002.safetensors"})),
    ("map-empty", "weight_map", "malformed", "an empty weight_map", lambda f: f.shard().set(index={"weight_map": {}})),
    ("map-missing", "weight_map", "malformed", "no weight_map", lambda f: f.shard().set(index={"metadata": {}})),
    ("map-twice", "JSON", "malformed", "the index lists a tensor twice",
     lambda f: f.shard().set(raw={INDEX: b'{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}'})),
    ("no-json", "JSON", "malformed", "the index is cut off", lambda f: f.shard().set(raw={INDEX: b'{"weight_map":'})),
]
CONFIG = [
    ("missing", "file", "unreadable", "no config.json",
     lambda f: f.set(raw={"config.json": None, "model.safetensors": u64(2) + b"{}"})),
    ("empty", "JSON", "malformed", "an empty config.json", lambda f: f.set(raw={"config.json": b""})),
    ("no-json", "JSON", "malformed", "a comment", lambda f: f.set(raw={"config.json": b"{} // no JSON"})),
    ("array", "JSON", "malformed", "an array", lambda f: f.set(raw={"config.json": b"[]"})),
    ("nested", "JSON", "malformed", "10 000 nested arrays", lambda f: f.set(raw={"config.json": b"[" * 10000})),
    ("nan", "JSON", "malformed", "Python's NaN", lambda f: f.configure(rms_norm_eps=NAN)),
    ("type-missing", "model_type", "invalidConfiguration", "no model_type", lambda f: f.configure(model_type=...)),
    ("type-unknown", "model_type", "unsupported", "model type mamba", lambda f: f.configure(model_type="mamba")),
    ("type-gpt2", "model_type", "unsupported", "another family, with other fields",
     lambda f: f.set(config={"model_type": "gpt2", "n_embd": H, "n_layer": 1, "n_head": 2, "vocab_size": V})),
    ("gptq", "quantization_config.quant_method", "unsupported", "GPTQ",
     lambda f: f.configure(quantization_config={"quant_method": "gptq", "bits": 4})),
    ("quantization-string", "quantization_config", "invalidConfiguration", "the quantization is a string",
     lambda f: f.configure(quantization_config="fp8")),
]
CONFIG_VALUES = [  # every one is `invalidConfiguration` and names its field
    ("hidden_size", ..., "missing"), ("hidden_size", "8", "a string"), ("hidden_size", 8.5, "a fraction"),
    ("hidden_size", -8, "negative"), ("vocab_size", 0, "0"), ("num_hidden_layers", 2**31, "2^31"),
    ("num_hidden_layers", 5000, "5000"), ("num_attention_heads", 0, "0"), ("num_attention_heads", True, "a boolean"),
    ("num_key_value_heads", 3, "does not divide the query heads"), ("head_dim", 7, "odd"),
    ("hidden_act", "gelu", "GELU"), ("rms_norm_eps", "1e-5", "a string"), ("rms_norm_eps", 0, "0"),
    ("rms_norm_eps", 1e-60, "0 as a 32-bit number"),
    ("rope_theta", -1, "negative"), ("tie_word_embeddings", "yes", "a string"), ("attention_bias", True, "biases"),
    ("rope_scaling", [], "an array"), ("rope_scaling.rope_type", "su", "unknown"),
    ("rope_scaling.factor", 0, "factor 0"),
]
DEEPSEEK_VALUES = [
    ("kv_lora_rank", ..., "missing"), ("qk_rope_head_dim", 3, "odd"), ("num_experts_per_tok", 5, "5 of 4 experts"),
    ("n_group", 3, "does not divide the experts"),
    ("topk_group", 3, "3 of 2 groups"), ("scoring_func", "tanh", "unknown"), ("topk_method", "random", "unknown"),
    ("routed_scaling_factor", 0, "0"), ("quantization_config.weight_block_size", [4, 0], "a block of no columns"),
    ("quantization_config.weight_block_size", ..., "missing"),
]


def chain(folder):
    """Makes the scales FP8, and theirs, and theirs."""
    folder.replace(FP8_SCALE, "F8_E4M3", [2, 1])
    for depth in range(1, 12):
        folder.add(FP8_SCALE + "_scale_inv" * depth, "F8_E4M3" if depth < 11 else "F32", [1, 1])
    return folder


FP8 = [
    ("scale-missing", FP8_SCALE, "missingTensor", "FP8 without scales", lambda f: f.remove(FP8_SCALE)),
    ("scale-shape", FP8_SCALE, "shapeMismatch", "scales of another shape",
     lambda f: f.replace(FP8_SCALE, "F32", [1, 2])),
    ("scale-fp8", FP8_SCALE, "shapeMismatch", "scales that are FP8", lambda f: f.replace(FP8_SCALE, "F8_E4M3", [2, 1])),
    ("scale-chain", FP8_SCALE, "shapeMismatch", "FP8 scales of FP8 scales, 12 deep", chain),
    ("scale-unused", "model.layers.1.self_attn.o_proj.weight_scale_inv", "unexpectedTensor", "scales of an F16 matrix",
     lambda f: f.add("model.layers.1.self_attn.o_proj.weight_scale_inv", "F32", [2, 1])),
    ("norm", HF_NORM, "shapeMismatch", "an FP8 norm", lambda f: f.replace(HF_NORM, "F8_E4M3", [H])),
    ("layers-cut", "model.layers.1.", "unexpectedTensor", "num_hidden_layers leaves out a layer",
     lambda f: f.configure(num_hidden_layers=1)),
    ("expert-missing", "model.layers.1.mlp.experts.3.up_proj.weight", "missingTensor", "half an expert",
     lambda f: f.remove("model.layers.1.mlp.experts.3.up_proj.weight")),
    ("expert-added", "model.layers.1.mlp.experts.4.up_proj.weight", "unexpectedTensor", "a fifth expert",
     lambda f: f.add("model.layers.1.mlp.experts.4.up_proj.weight", "F16", [4, H])),
]


def configurations(prefix, folder, rows):
    """Folders with one field of config.json changed; it is read first, so most have no tensors."""
    for index, (field, value, what) in enumerate(rows):
        outer, _, inner = field.partition(".")
        if inner:
            settings = dict(folder().config.get(outer) or {"rope_type": "linear", "factor": 2.0})
            settings[inner] = value
            value = {name: entry for name, entry in settings.items() if entry is not ...}
        lie = folder().configure(**{outer: value})
        if field != "quantization_config.weight_block_size":
            lie.set(raw={"model.safetensors": None})
        name = f"{prefix}-{index:02}-{(inner or outer).replace('_', '-')}"
        yield name, field, "invalidConfiguration", f"{field}: {what}", lie.files()


def all_cases():
    """(path to open, field, code, what, files by path) of every case."""
    def files(prefix, rows):
        for name, field, code, what, data in rows:
            yield f"{prefix}{name}.gguf", field, code, what, {f"{prefix}{name}.gguf": data}

    def folders(prefix, rows):
        for name, field, code, what, contents in rows:
            yield prefix + name, field, code, what, {f"{prefix}{name}/{file}": data for file, data in contents.items()}

    def told(model, rows, write):
        return ((*row[:4], write(row[4](model()))) for row in rows)

    def without_data(folder):
        return folder.set(raw={"model.safetensors": None, **folder.raw}).files()

    yield from files("gguf-", truncations())
    yield from files("gguf-", told(lambda: llama().keep(), CONTAINER, GGUF.bytes))
    yield from files("gguf-", told(llama, DIRECTORY + LLAMA, GGUF.bytes))
    yield from files("gguf-", told(deepseek2, DEEPSEEK, GGUF.bytes))
    yield from files("gguf-", numbers(llama, "llama", LLAMA_NUMBERS))
    yield from files("gguf-", numbers(deepseek2, "deepseek2", DEEPSEEK_NUMBERS))
    yield from files("gguf-", numbers(lambda: deepseek2("minke-deepseek2"), "minke-deepseek2", EXPLICIT_NUMBERS))
    yield from files("gguf-", yarn())
    for name, path, field, code, what, contents in splits():
        yield f"gguf-{name}/{path}", field, code, what, {f"gguf-{name}/{file}": data for file, data in contents.items()}
    yield from folders("hf-", told(llama_folder, SAFETENSORS, Folder.files))
    yield from folders("hf-index-", told(llama_folder, SHARDS, Folder.files))
    yield from folders("hf-config-", told(llama_folder, CONFIG, without_data))
    yield from folders("hf-", configurations("llama", llama_folder, CONFIG_VALUES))
    yield from folders("hf-", configurations("deepseek", deepseek_v3_folder, DEEPSEEK_VALUES))
    yield from folders("hf-fp8-", told(deepseek_v3_folder, FP8, Folder.files))


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "bad")
    contents = {"good/llama.gguf": llama().bytes(), "good/deepseek2.gguf": deepen(deepseek2()).bytes()}
    contents |= {f"good/llama-split/{name}": data for name, data in split().items()}
    folders = {"llama": llama_folder(), "llama-sharded": llama_folder().shard(), "deepseek_v3": deepseek_v3_folder()}
    for name, folder in folders.items():
        contents |= {f"good/{name}-folder/{file}": data for file, data in folder.files().items()}
    manifest = []
    for path, field, code, what, files in all_cases():
        manifest.append({"path": path, "field": field, "code": code, "what": what})
        contents |= files
    assert len({entry["path"] for entry in manifest}) == len(manifest), "two cases share a path"
    if root.exists() and not (root / "manifest.json").exists():
        sys.exit(f"{root} is there and was not written by this program")
    shutil.rmtree(root, ignore_errors=True)
    for path, data in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    lines = ",\n".join(json.dumps(entry) for entry in manifest)
    (root / "manifest.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(manifest)} cases, {sum(map(len, contents.values()))} bytes")


if __name__ == "__main__":
    main()
