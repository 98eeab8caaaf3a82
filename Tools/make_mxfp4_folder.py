#!/usr/bin/env python3
"""Writes a Hugging Face folder as AMD Quark makes them: MXFP4 codes in pairs, scales beside them, the rest BF16.

    make_mxfp4_folder.py SOURCE TARGET       (Tests/Fixtures/v3 Tests/Fixtures/v3-mxfp4)

To stay small it keeps of the DeepSeek-V3 fixture SOURCE one layer of experts, half of them, and 64 words. The experts,
the shared one and the output projection of attention become MXFP4. Needs numpy.
"""
import json
import pathlib
import re
import struct
import sys

import numpy

LAYER, EXPERTS, WORDS = 1, 8, 64
VALUES = numpy.array([0, .5, 1, 1.5, 2, 3, 4, 6], numpy.float32)
QUARK = {
    "quant_method": "quark", "version": "0.10", "quant_mode": "eager_mode", "algo_config": None,
    "export": {"kv_cache_group": [], "min_kv_scale": 0.0, "pack_method": "reorder", "weight_format": "real_quantized"},
    "exclude": ["lm_head", "re:.*self_attn.(q|kv).*", "re:.*mlp.gate$"],
    "global_quant_config": {
        "bias": None, "output_tensors": None, "target_device": None,
        "input_tensors": {"dtype": "fp4", "qscheme": "per_group", "group_size": 32, "ch_axis": -1,
                          "scale_format": "e8m0", "is_dynamic": True},
        "weight": {"dtype": "fp4", "qscheme": "per_group", "group_size": 32, "ch_axis": -1, "scale_format": "e8m0",
                   "is_dynamic": False, "symmetric": None, "round_method": "half_even"},
    },
    "layer_quant_config": {}, "layer_type_quant_config": {},
}


def read(path):
    """All tensors of a safetensors file as {name: (dtype, shape, bytes)}."""
    data = path.read_bytes()
    length = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    return {name: (entry["dtype"], entry["shape"], data[8 + length:][slice(*entry["data_offsets"])])
            for name, entry in header.items()}


def write(path, tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def quantize(values):
    """Codes in pairs and scales of a matrix: the usual rounding, the largest magnitude of a block in 4 … 8 scales."""
    rows, columns = values.shape
    blocks = values.reshape(rows, columns // 32, 32)
    largest = numpy.abs(blocks).max(axis=2)
    exponents = numpy.where(largest > 0, numpy.floor(numpy.log2(numpy.maximum(largest, 1e-30))) - 2, -127)
    scaled = blocks / numpy.exp2(exponents)[:, :, None]
    codes = numpy.abs(numpy.abs(scaled)[..., None] - VALUES).argmin(axis=3) | (scaled < 0) << 3
    codes = codes.reshape(rows, columns).astype(numpy.uint8)
    return codes[:, 0::2] | codes[:, 1::2] << 4, (exponents + 127).astype(numpy.uint8)


def main(source, target):
    config = json.loads((source / "config.json").read_text())
    config.update(vocab_size=WORDS, num_hidden_layers=1, first_k_dense_replace=0, n_routed_experts=EXPERTS,
                  num_nextn_predict_layers=0, quantization_config=QUARK)
    tensors = {}
    for name, (dtype, shape, content) in read(source / "model.safetensors").items():
        if (layer := re.match(r"model\.layers\.(\d+)\.", name)) and int(layer[1]) != LAYER:
            continue
        if (expert := re.search(r"\.experts\.(\d+)\.", name)) and int(expert[1]) >= EXPERTS:
            continue
        name = name.replace(f"layers.{LAYER}.", "layers.0.")
        first = {512: WORDS, 16: EXPERTS}.get(shape[0], shape[0])
        content, shape = content[:len(content) // shape[0] * first], [first, *shape[1:]]
        if re.search(r"experts.*_proj|o_proj", name):
            bits = numpy.frombuffer(content, "<u2").astype("<u4") << 16
            codes, scales = quantize(bits.view("<f4").reshape(shape))
            tensors[name] = ("U8", list(codes.shape), codes.tobytes())
            tensors[name + "_scale"] = ("U8", list(scales.shape), scales.tobytes())
        else:
            tensors[name] = (dtype, shape, content)
    target.mkdir(parents=True, exist_ok=True)
    (target / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    write(target / "model.safetensors", tensors)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
