/* Private to CKernels: what the kernels of all instruction sets share. */
#ifndef CKERNELS_PACKED_H
#define CKERNELS_PACKED_H

#include "ckernels.h"
#include "half.h"

/* Where the parts of a packed block lie (docs/kernels.md has the drawing). A block is 32 columns of sixteen rows, or
 * 256 columns for the K types. "Interleaved" means: byte 4·row + j of vector v belongs to column 4·v + j of its row,
 * so that one 64-byte vector holds four neighbouring columns of sixteen rows. */
enum ck_packed_layout {
    /* 32 columns: F16 scales of sixteen rows, then interleaved nibbles (low: columns 0–15, high: 16–31). */
    CK_Q4_0_BYTES = 288,
    CK_Q4_0_QUANTS = 32,
    /* As Q4_0, with F16 minima after the scales. */
    CK_Q4_1_BYTES = 320,
    CK_Q4_1_MINIMA = 32,
    CK_Q4_1_QUANTS = 64,
    /* As Q4_0, then a plane of fifth bits: bit v of byte 4·row + j belongs to column 4·v + j. */
    CK_Q5_0_BYTES = 352,
    CK_Q5_0_QUANTS = 32,
    CK_Q5_0_HIGH = 288,
    /* F16 scales, then eight interleaved vectors of int8. */
    CK_Q8_0_BYTES = 544,
    CK_Q8_0_QUANTS = 32,
    /* As Q4_0 with one-byte exponents instead of F16 scales. */
    CK_MXFP4_BYTES = 272,
    CK_MXFP4_QUANTS = 16,
    /* 256 columns: F16 scales, F16 minima's scales, then for each of eight blocks 16 bytes (low nibble: the low four
     * bits of the row's scale, high nibble: of its minimum), then for each pair of blocks 16 bytes of upper bits
     * (first block's scale, first minimum, second scale, second minimum, from the lowest bits up), then eight times
     * the nibbles of Q4_0. */
    CK_Q4_K_BYTES = 2304,
    CK_Q4_K_MINIMA = 32,
    CK_Q4_K_LOW = 64,
    CK_Q4_K_UPPER = 192,
    CK_Q4_K_QUANTS = 256,
    /* 256 columns: F16 scales, then for each 16 columns the int8 scales of sixteen rows, then eight blocks of 384
     * bytes: nibbles as Q4_0, then two planes of 64 bytes with the upper two bits: bits 2·i, 2·i+1 of byte
     * 4·row + j of plane p belong to column 4·(4·p + i) + j. */
    CK_Q6_K_BYTES = 3360,
    CK_Q6_K_SCALES = 32,
    CK_Q6_K_QUANTS = 288,
    CK_Q6_K_BLOCK = 384,
    CK_Q6_K_UPPER = 256,
};

/* Inlined into kernels of every instruction set, where the type is a constant. */
#define CK_LAYOUT static inline __attribute__((always_inline))

/* Blocks of 32 columns in a packed block, and its bytes. */
CK_LAYOUT int ck_blocks_per_packed(uint32_t type) { return type == CK_Q4_K || type == CK_Q6_K ? 8 : 1; }

CK_LAYOUT int64_t ck_packed_block_bytes(uint32_t type) {
    switch (type) {
    case CK_Q4_1: return CK_Q4_1_BYTES;
    case CK_Q5_0: return CK_Q5_0_BYTES;
    case CK_Q8_0: return CK_Q8_0_BYTES;
    case CK_MXFP4: return CK_MXFP4_BYTES;
    case CK_Q4_K: return CK_Q4_K_BYTES;
    case CK_Q6_K: return CK_Q6_K_BYTES;
    default: return CK_Q4_0_BYTES;
    }
}

/* The sixteen rows' quants of block `b` in the packed block. */
CK_LAYOUT const uint8_t *ck_quants(uint32_t type, const uint8_t *p, int b) {
    switch (type) {
    case CK_Q4_1: return p + CK_Q4_1_QUANTS;
    case CK_Q5_0: return p + CK_Q5_0_QUANTS;
    case CK_Q8_0: return p + CK_Q8_0_QUANTS;
    case CK_MXFP4: return p + CK_MXFP4_QUANTS;
    case CK_Q4_K: return p + CK_Q4_K_QUANTS + 256 * b;
    case CK_Q6_K: return p + CK_Q6_K_QUANTS + CK_Q6_K_BLOCK * b;
    default: return p + CK_Q4_0_QUANTS;
    }
}

/* Bytes ahead of the current position that the kernels ask memory for. */
enum { CK_PREFETCH = 4096 };

/* The values of IQ4_NL's and (doubled) MXFP4's codes. */
extern const int8_t ck_iq4nl_values[16];
extern const int8_t ck_mxfp4_values[16];

/* 2^(code − 128): MXFP4's scale for doubled values. */
static inline float ck_mxfp4_scale(uint8_t code) {
    return ck_float_from_bits(code < 2 ? 0x00200000u << code : (uint32_t)(code - 1) << 23);
}

/* The tile's bytes of one block: size · 32 quants, then four arrays of `size` words. */
enum { CK_TILE_BLOCK = 48 };

/* Writes token t's part of a tile's block. */
static inline void ck_set_tile_block(uint8_t *block, int32_t size, int32_t t, const struct ck_q8_block *values) {
    memcpy(block + 32 * t, values->quants, 32);
    memcpy(block + 32 * size + 4 * t, &values->scale, 4);
    memcpy(block + 36 * size + 4 * t, &values->sum, 4);
    memcpy(block + 40 * size + 4 * t, &values->minus_total, 4);
    memcpy(block + 44 * size + 4 * t, &values->minus_first, 4);
}

/* out[t · stride + lane] = W[16 · group + lane] · x[t] for all sixteen lanes and t < tile->count.
 *
 * The result is defined as one chain per output, block after block, from 0:
 *   Q4_0 Q5_0 Q8_0 IQ4_NL MXFP4   y = fma(d · scale, Σ w·x, y)
 *   Q4_1                          the same with codes 0…15, then y = fma(m, sum, y)
 *   Q4_K                          y = fma(d · scale, float(sc · Σ w·x), y), then y = fma(−(dmin · sum), float(m), y)
 *   Q6_K                          y = fma(d · scale, float(sc0 · Σ(first 16) + sc1 · Σ(last 16)), y)
 * with the sums and their products with integer scales exact in int32. */
typedef void ck_multiply_group_kernel(const struct ck_packed *w, int64_t group, const struct ck_tile *tile, float *out,
                                      int64_t stride);

/* The kernel of the set in use. */
ck_multiply_group_kernel *ck_multiply_group(void);

ck_multiply_group_kernel ck_multiply_group_generic;
#if defined(__x86_64__)
/* 256-bit registers: with multiply-add of bytes, and with VNNI in its AVX-512VL and its AVX encoding. */
ck_multiply_group_kernel ck_multiply_group_avx2, ck_multiply_group_vnni256, ck_multiply_group_avxvnni;
ck_multiply_group_kernel ck_multiply_group_avx512vnni;
#elif defined(__aarch64__)
ck_multiply_group_kernel ck_multiply_group_neon, ck_multiply_group_dotprod, ck_multiply_group_i8mm;
#endif

#endif
