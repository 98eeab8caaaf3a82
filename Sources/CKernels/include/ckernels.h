/* Kernels of Minke: weight formats and the arithmetic on them.
 *
 * Private names are ck_<operation>_<isa>; the names here take the best set of this machine. Sums have a fixed order
 * and fused products are written as such (the target is built with -ffp-contract=off), so that results do not depend
 * on the instruction set, the number of threads or the size of a batch.
 *
 * No function allocates, fails or checks: callers validate shapes when a model is bound. */
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdint.h>

#include "checksums.h"

/* Weight formats; numbers below 1000 are ggml's type ids (GGUF), the others are ours. */
enum ck_type {
    CK_F32 = 0,
    CK_F16 = 1,
    CK_Q4_0 = 2,
    CK_Q4_1 = 3,
    CK_Q5_0 = 6,
    CK_Q5_1 = 7,
    CK_Q8_0 = 8,
    CK_Q2_K = 10,
    CK_Q3_K = 11,
    CK_Q4_K = 12,
    CK_Q5_K = 13,
    CK_Q6_K = 14,
    CK_IQ4_NL = 20,
    CK_IQ4_XS = 23,
    CK_BF16 = 30,
    CK_MXFP4 = 39,
    CK_NVFP4 = 40,
    CK_F8_E4M3 = 1000, /* safetensors FP8, with or without a grid of block scales */
};

/* Turns `count` values (a whole number of blocks) into float. */
typedef void (*ck_dequantize_fn)(const void *blocks, float *out, int64_t count);

/* The dequantizer of a format, or NULL if the format is unknown. */
ck_dequantize_fn ck_dequantize_generic(uint32_t type);

/* Whether ck_quantize_rows knows the format. */
int32_t ck_can_quantize(uint32_t type);

/* Turns `count` values (a whole number of blocks) into blocks, the same on every machine (quantize.inc tells how).
 * 0, and the blocks are of no use, if a value is not finite or too large for the format. */
int32_t ck_quantize_rows(uint32_t type, const float *x, int64_t count, void *blocks);

/* The same without wider vectors than every machine of the architecture has. */
int32_t ck_quantize_rows_generic(uint32_t type, const float *x, int64_t count, void *blocks);

/* Makes `count` MXFP4 blocks of codes that lie in pairs, the even column of two in the low half of a byte, and of their
 * scales. `blocks` may begin in front of `codes` in the same memory, by `count` bytes at least.
 * Returns the number of the first scale that is NaN, or -1 if all are made. */
int64_t ck_join_mxfp4(const void *codes, const void *scales, int64_t count, void *blocks);

/* A row-major matrix W[rows, columns] in one of the formats. A row is a whole number of blocks. */
struct ck_matrix {
    const void *data;   /* first byte of row 0 */
    int64_t rows;
    int64_t columns;
    int64_t row_bytes;
    uint32_t type;
    /* F8_E4M3 only: W[i,j] *= scales[(first_row + i) / scale_rows * scale_stride + j / scale_columns] */
    const float *scales; /* NULL: no scales */
    int64_t first_row;   /* row 0's index in the matrix the scales belong to */
    int64_t scale_rows;
    int64_t scale_columns;
    int64_t scale_stride;
};

/* Row `row` of w as float: out[columns]. */
void ck_row(const struct ck_matrix *w, int64_t row, float *out);

enum { CK_SCRATCH_ROWS = 8 };

/* y[t, r] = W[r]·x[t] (a dot, see below) for rows row_begin..<row_end and t < tokens.
 * x is [tokens, x_stride], y is [tokens, y_stride]; scratch holds CK_SCRATCH_ROWS rows of floats. */
void ck_multiply_rows(const struct ck_matrix *w, const float *x, int64_t tokens, int64_t x_stride, float *y,
                      int64_t y_stride, int64_t row_begin, int64_t row_end, float *scratch);

/* y[t, c] = Σ_r x[t, r]·W[r, c], in order of r: Wᵀ x for x[tokens, rows]; scratch holds one row. */
void ck_multiply_transposed(const struct ck_matrix *w, const float *x, int64_t tokens, int64_t x_stride, float *y,
                            int64_t y_stride, float *scratch);

/* ---- Vector arithmetic, by the best set of this machine ----
 *
 * Every set computes the same bits: sums have a fixed order, products that are added are fused (one rounding), and
 * exp is a polynomial of our own. A "dot" is 16 partial sums from 0, lane i taking elements i, i+16, … in order,
 * added up as lane i + lane i+8, then +4, +2, +1; zeros make up for elements that are missing in the last 16.
 * exp errs by less than 1 unit of the last place, denormal results included; exp(−∞) is 0.
 *
 * No pointer need be aligned. NaN and infinity give NaN or infinity where they matter and never trap; which NaN is not
 * defined. Outputs must not overlap inputs unless it says so. */

/* Rows of F32 or F16 values; `stride` counts values between the starts of two rows. */
struct ck_rows {
    const void *data;
    int64_t stride;
    uint32_t type; /* CK_F32 or CK_F16 */
};

/* scores[q, r] = scale · (query q · row r), the dot and then one product, for q < query_count, r < row_count. */
void ck_scores(const float *queries, int64_t query_stride, int64_t query_count, const struct ck_rows *rows,
               int64_t row_count, int64_t width, float scale, float *scores, int64_t score_stride);

/* out[q, i] = Σ_r weights[q, r] · rows[r, i], fused, in order of r from 0, for i < width. */
void ck_weighted_sums(const float *weights, int64_t weight_stride, int64_t query_count, const struct ck_rows *rows,
                      int64_t row_count, int64_t width, float *out, int64_t out_stride);

/* In-place softmax over x[count]: exp(x − max) times the reciprocal of their sum, which is added up as a dot is.
 * −∞ gives 0, also if there is nothing else. */
void ck_softmax(float *x, int64_t count);

/* out = (x · s) · weight with s = 1 / sqrt(x·x / count + epsilon). out may be x. */
void ck_rms_norm(const float *x, const float *weight, float epsilon, float *out, int64_t count);

/* gate = gate / (1 + exp(−gate)) · up. silu is −0 below −88.7 (and NaN at −∞). */
void ck_silu_multiply(float *gate, const float *up, int64_t count);

/* y = fma(a, x, y). */
void ck_add_scaled(float *y, const float *x, float a, int64_t count);

/* Rotates adjacent pairs (2j, 2j+1) of x[2·pairs] in place: a = fma(a, cos, −(b·sin)), b = fma(b, cos, a·sin); cosine
 * and sine hold `pairs` values. */
void ck_rope_interleaved(float *x, const float *cosine, const float *sine, int64_t pairs);

/* Rotates pairs (j, j+pairs) of x[2·pairs] in place. */
void ck_rope_halves(float *x, const float *cosine, const float *sine, int64_t pairs);

/* Rounds to half precision, ties to even; denormal where it must be, ±∞ from 65520 on. */
void ck_round_to_half(const float *x, uint16_t *out, int64_t count);

/* ---- Activations of 8 bits ---- */

/* A block of 32 activations of one token: x = scale · quant. */
struct ck_q8_block {
    int8_t quants[32];
    float scale;         /* max|x| / 127 */
    float sum;           /* scale · Σ quants */
    int32_t minus_total; /* −Σ quants: kernels with unsigned weights start their sums from it */
    int32_t minus_first; /* −Σ of the first 16 quants, for types with two scales per block */
};

/* Quantizes one token's activations; count is a multiple of 32. quant = x · (127 / max|x|), nearest, ties to even.
 * Quants are 0 if max|x| is below 2^-120 (where the factor would overflow) or not finite (the sum is NaN then). */
void ck_quantize_q8(const float *x, int64_t count, struct ck_q8_block *out);

/* Tokens that are multiplied together: per block of 32 columns their quants, then the scales, sums, minus_totals and
 * minus_firsts of all (48 · size bytes in all). A tile of one token is an array of ck_q8_block. */
struct ck_tile {
    const void *blocks;
    int32_t size;  /* 1, 2, 4, 8 or 16 */
    int32_t count; /* tokens that are there; the others are zero and have no results */
    int64_t first; /* row of y that belongs to the first token */
};

/* Interleaves `count` tokens, `indices` of the rows of `tokens` [.., blocks], as a tile of `size`. */
void ck_make_tile(const struct ck_q8_block *tokens, int64_t blocks, const int32_t *indices, int32_t count,
                  int32_t size, void *tile);

/* ---- Packed weights (docs/kernels.md): groups of sixteen rows ---- */

enum { CK_GROUP_ROWS = 16 };

/* Bytes of a packed matrix; 0 if there are no integer kernels for the type or the row length. */
int64_t ck_packed_bytes(uint32_t type, int64_t rows, int64_t columns);

/* Packs rows as they lie in a file. */
void ck_pack_rows(uint32_t type, const void *source, int64_t rows, int64_t columns, void *packed);

/* Gives a row's blocks back as they lie in a file. */
void ck_unpack_row(uint32_t type, const void *packed, int64_t row, int64_t columns, void *blocks);

/* A packed matrix W[rows, columns]. */
struct ck_packed {
    const void *data;
    int64_t rows;
    int64_t columns;
    uint32_t type;
};

/* y[tile.first + t, r] = W[r]·x[t] for all tokens of all tiles and the rows of groups group_begin..<group_end. */
void ck_multiply_packed(const struct ck_packed *w, const struct ck_tile *tiles, int64_t tile_count, float *y,
                        int64_t y_stride, int64_t group_begin, int64_t group_end);

/* hidden = silu(G x) ⊙ (U x) for all tokens of all tiles, as tiles of the same sizes: blocks block_begin..<block_end
 * of 32 rows each. */
void ck_swiglu_packed(const struct ck_packed *gate, const struct ck_packed *up, const struct ck_tile *tiles,
                      int64_t tile_count, void *const *hidden, int64_t block_begin, int64_t block_end);

/* Instruction sets by name, best first; NULL ends the row of those that this machine has. */
const char *ck_isa_name(int32_t index);

/* Takes the named set from now on (tests, MINKE_ISA); 0 if this machine does not have it. */
int32_t ck_isa_select(const char *name);

/* The name of the set in use. */
const char *ck_isa_current(void);

/* ---- Probes of what the machine can do at most ---- */

/* Reads every byte with the widest loads of the machine and returns a checksum. `data` begins on a cache line and
 * byte_count is a multiple of 256; `ahead` is the distance of software prefetch in bytes, 0 for none. */
uint64_t ck_read_bytes(const void *data, int64_t byte_count, int64_t ahead);

/* Dot products of bytes with one instruction (or the shortest sequence), in registers only. */
struct ck_dot_probe {
    const char *name;              /* of the instructions */
    int64_t operations;            /* multiplications and additions of bytes in one round */
    uint64_t (*run)(int64_t rounds); /* returns a checksum */
};

/* The probes that this machine can run, fastest first; NULL ends the row. */
const struct ck_dot_probe *ck_dot_probe(int32_t index);

#endif
