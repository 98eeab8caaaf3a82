#!/bin/sh
# Compares the ARM kernels with the generic ones under emulation, as a Cortex-A72 (NEON), a Cortex-A76 (dot product) and
# the emulator's best (matrix multiplication), and checksums and quantizers with those of this machine too.
# Needs clang and root (it installs the emulator and the arm64 C library if they are missing).
set -eu
cd "$(dirname "$0")/.."
if ! command -v qemu-aarch64-static >/dev/null || [ ! -d /usr/aarch64-linux-gnu/include ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        qemu-user-static libc6-dev-arm64-cross libgcc-12-dev-arm64-cross binutils-aarch64-linux-gnu >/dev/null
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for source in Tools/compare_*.c Sources/CKernels/*.c; do
    clang --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include -std=gnu11 -O3 -ffp-contract=off \
        -Wall -Wextra -Werror -ISources/CKernels/include -ISources/CKernels -c "$source" \
        -o "$work/$(basename "$source" .c).o"
done
mkdir "$work/programs"
mv "$work"/compare_*.o "$work/programs"
for program in kernels vector bytes; do
    aarch64-linux-gnu-ld -static -o "$work/compare_$program" /usr/aarch64-linux-gnu/lib/crt1.o \
        /usr/aarch64-linux-gnu/lib/crti.o "$work/programs/compare_$program.o" "$work"/*.o \
        -L/usr/aarch64-linux-gnu/lib -L/usr/lib/gcc-cross/aarch64-linux-gnu/12 \
        --start-group -lc -lm -lgcc -lgcc_eh --end-group /usr/aarch64-linux-gnu/lib/crtn.o
done

# A processor, and the sets that must be found on it.
check() {
    processor=$1
    shift
    printf '%s\n' "$processor"
    qemu-aarch64-static -cpu "$processor" "$work/compare_kernels" >"$work/report" || { cat "$work/report"; exit 1; }
    cat "$work/report"
    found=$(sed -n 's/: [0-9]* products$//p' "$work/report" | tr '\n' ' ')
    [ "$found" = "$* " ] || { echo "expected the sets $*, found $found" >&2; exit 1; }
}
check cortex-a72 neon
check cortex-a76 dotprod neon
check max i8mm dotprod neon
for processor in cortex-a72 max; do
    printf '%s, vector arithmetic: ' "$processor"
    qemu-aarch64-static -cpu "$processor" "$work/compare_vector"
done

# Checksums and quantized bytes: the digest of all of them must be this machine's.
clang -std=gnu11 -O3 -ffp-contract=off -Wall -Wextra -Werror -ISources/CKernels/include -ISources/CKernels \
    Tools/compare_bytes.c Sources/CKernels/*.c -lm -lpthread -o "$work/compare_bytes_here"
"$work/compare_bytes_here" >"$work/expected" || { cat "$work/expected"; exit 1; }
printf '%s, bytes: ' "$(uname -m)"
cat "$work/expected"
for processor in cortex-a72 max; do
    printf '%s, bytes: ' "$processor"
    qemu-aarch64-static -cpu "$processor" "$work/compare_bytes" >"$work/report" || { cat "$work/report"; exit 1; }
    cat "$work/report"
    cmp -s "$work/report" "$work/expected" || { echo "other bytes than here" >&2; exit 1; }
done
