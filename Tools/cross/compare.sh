#!/bin/bash
# Compares what programs built for arm64 compute with what those of this machine compute: the logits of a model after
# each of 14 tokens must be the same bytes, in both precisions, on each kind of processor.
# usage: Tools/cross/compare.sh FOLDER-HERE FOLDER-ARM64 MODEL
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$1 there=$2 model=$3
libraries=$(Tools/cross/build.sh libraries)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo '[1, 504, 3575, 282, 4649, 314, 7042, 30, 1, 253, 28, 339, 3575, 282]' >"$work/tokens.json"
for precision in int8 f32; do
    options=(logits "$model" --precision "$precision" --tokens "$work/tokens.json")
    "$here/minke" "${options[@]}" --out "$work/here.npy"
    for processor in ${PROCESSORS:-cortex-a72 cortex-a76 max}; do
        qemu-aarch64-static -cpu "$processor" -L "$libraries" "$there/minke" "${options[@]}" --out "$work/there.npy"
        cmp -s "$work/here.npy" "$work/there.npy" || { echo "$processor, $precision: other logits than here" >&2; exit 1; }
        echo "$processor, $precision: the same $(stat -c %s "$work/here.npy") bytes as here"
    done
done
