/* Packed weights: packing, unpacking and the generic product that defines the result of all others. */
#include "packed.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

const int8_t ck_iq4nl_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
const int8_t ck_mxfp4_values[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

enum { ROWS = CK_GROUP_ROWS };

/* A type's packed block of sixteen rows, and one row's block in the file. */
struct shape {
    int64_t columns;      /* 32 or 256 */
    int64_t packed_bytes; /* of sixteen rows */
    int64_t file_bytes;   /* of one row */
};

static struct shape shape_of(uint32_t type) {
    switch (type) {
    case CK_Q4_0:
    case CK_IQ4_NL: return (struct shape){32, CK_Q4_0_BYTES, 18};
    case CK_Q4_1: return (struct shape){32, CK_Q4_1_BYTES, 20};
    case CK_Q5_0: return (struct shape){32, CK_Q5_0_BYTES, 22};
    case CK_Q8_0: return (struct shape){32, CK_Q8_0_BYTES, 34};
    case CK_MXFP4: return (struct shape){32, CK_MXFP4_BYTES, 17};
    case CK_Q4_K: return (struct shape){256, CK_Q4_K_BYTES, 144};
    case CK_Q6_K: return (struct shape){256, CK_Q6_K_BYTES, 210};
    default: return (struct shape){0, 0, 0};
    }
}

int64_t ck_packed_bytes(uint32_t type, int64_t rows, int64_t columns) {
    struct shape shape = shape_of(type);
    if (!shape.columns || columns % shape.columns) return 0;
    return (rows + ROWS - 1) / ROWS * (columns / shape.columns) * shape.packed_bytes;
}

/* ---- One row's block of 32 columns as interleaved nibbles: sixteen bytes <-> their places in four vectors ---- */

static void pack_nibbles(uint8_t *quants, int row, const uint8_t in[16]) {
    for (int v = 0; v < 4; v++) memcpy(quants + 64 * v + 4 * row, in + 4 * v, 4);
}

static void unpack_nibbles(const uint8_t *quants, int row, uint8_t out[16]) {
    for (int v = 0; v < 4; v++) memcpy(out + 4 * v, quants + 64 * v + 4 * row, 4);
}

/* ---- K types: the file's own order of quants and scales ---- */

/* Q4_K: sixteen bytes of block `b` with columns i and 16 + i in one byte; in the file, two blocks share 32 bytes. */
static void q4k_block(const uint8_t *quants, int b, uint8_t out[16]) {
    const uint8_t *in = quants + 32 * (b / 2);
    int shift = b % 2 * 4;
    for (int i = 0; i < 16; i++) out[i] = (uint8_t)((in[i] >> shift & 15) | (in[i + 16] >> shift & 15) << 4);
}

static void set_q4k_block(uint8_t *quants, int b, const uint8_t in[16]) {
    uint8_t *out = quants + 32 * (b / 2);
    int shift = b % 2 * 4;
    for (int i = 0; i < 16; i++) {
        out[i] |= (uint8_t)((in[i] & 15) << shift);
        out[i + 16] |= (uint8_t)((in[i] >> 4) << shift);
    }
}

/* Scale and minimum of block `b` from the twelve bytes of 6-bit numbers. */
static void q4k_scale(const uint8_t *s, int b, uint8_t *scale, uint8_t *minimum) {
    if (b < 4) {
        *scale = s[b] & 63;
        *minimum = s[b + 4] & 63;
    } else {
        *scale = (uint8_t)((s[b + 4] & 15) | s[b - 4] >> 6 << 4);
        *minimum = (uint8_t)(s[b + 4] >> 4 | s[b] >> 6 << 4);
    }
}

static void set_q4k_scale(uint8_t *s, int b, uint8_t scale, uint8_t minimum) {
    if (b < 4) {
        s[b] |= scale;
        s[b + 4] |= minimum;
    } else {
        s[b + 4] |= (uint8_t)((scale & 15) | (minimum & 15) << 4);
        s[b - 4] |= (uint8_t)(scale >> 4 << 6);
        s[b] |= (uint8_t)(minimum >> 4 << 6);
    }
}

/* Q6_K: where column c's low nibble and upper two bits lie in the file's 128 + 64 bytes. */
static void q6k_place(int c, int *low, int *low_shift, int *high, int *high_shift) {
    int half = c / 128, quarter = c % 128 / 32, i = c % 32;
    *low = 64 * half + 32 * (quarter % 2) + i;
    *low_shift = quarter / 2 * 4;
    *high = 32 * half + i;
    *high_shift = 2 * quarter;
}

static void pack_q4k(uint8_t *out, int row, const uint8_t *in) {
    memcpy(out + 2 * row, in, 2);
    memcpy(out + CK_Q4_K_MINIMA + 2 * row, in + 2, 2);
    for (int b = 0; b < 8; b++) {
        uint8_t scale, minimum, nibbles[16];
        q4k_scale(in + 4, b, &scale, &minimum);
        out[CK_Q4_K_LOW + 16 * b + row] = (uint8_t)((scale & 15) | (minimum & 15) << 4);
        out[CK_Q4_K_UPPER + 16 * (b / 2) + row] |= (uint8_t)((scale >> 4 | minimum >> 4 << 2) << b % 2 * 4);
        q4k_block(in + 16, b, nibbles);
        pack_nibbles(out + CK_Q4_K_QUANTS + 256 * b, row, nibbles);
    }
}

static void packed_q4k_scale(const uint8_t *in, int row, int b, uint8_t *scale, uint8_t *minimum) {
    uint8_t low = in[CK_Q4_K_LOW + 16 * b + row], upper = in[CK_Q4_K_UPPER + 16 * (b / 2) + row] >> b % 2 * 4;
    *scale = (uint8_t)((low & 15) | (upper & 3) << 4);
    *minimum = (uint8_t)(low >> 4 | (upper >> 2 & 3) << 4);
}

static void unpack_q4k(const uint8_t *in, int row, uint8_t *out) {
    memset(out, 0, 144);
    memcpy(out, in + 2 * row, 2);
    memcpy(out + 2, in + CK_Q4_K_MINIMA + 2 * row, 2);
    for (int b = 0; b < 8; b++) {
        uint8_t scale, minimum, nibbles[16];
        packed_q4k_scale(in, row, b, &scale, &minimum);
        set_q4k_scale(out + 4, b, scale, minimum);
        unpack_nibbles(in + CK_Q4_K_QUANTS + 256 * b, row, nibbles);
        set_q4k_block(out + 16, b, nibbles);
    }
}

static void pack_q6k(uint8_t *out, int row, const uint8_t *in) {
    memcpy(out + 2 * row, in + 208, 2);
    for (int k = 0; k < 16; k++) out[CK_Q6_K_SCALES + 16 * k + row] = in[192 + k];
    for (int c = 0; c < 256; c++) {
        int low, low_shift, high, high_shift;
        q6k_place(c, &low, &low_shift, &high, &high_shift);
        uint8_t *block = out + CK_Q6_K_QUANTS + CK_Q6_K_BLOCK * (c / 32);
        int step = c % 32 / 4, at = 4 * row + c % 4;
        block[64 * (step % 4) + at] |= (uint8_t)((in[low] >> low_shift & 15) << step / 4 * 4);
        block[CK_Q6_K_UPPER + 64 * (step / 4) + at] |= (uint8_t)((in[128 + high] >> high_shift & 3) << step % 4 * 2);
    }
}

static void unpack_q6k(const uint8_t *in, int row, uint8_t *out) {
    memset(out, 0, 210);
    memcpy(out + 208, in + 2 * row, 2);
    for (int k = 0; k < 16; k++) out[192 + k] = in[CK_Q6_K_SCALES + 16 * k + row];
    for (int c = 0; c < 256; c++) {
        int low, low_shift, high, high_shift;
        q6k_place(c, &low, &low_shift, &high, &high_shift);
        const uint8_t *block = in + CK_Q6_K_QUANTS + CK_Q6_K_BLOCK * (c / 32);
        int step = c % 32 / 4, at = 4 * row + c % 4;
        out[low] |= (uint8_t)((block[64 * (step % 4) + at] >> step / 4 * 4 & 15) << low_shift);
        out[128 + high] |=
            (uint8_t)((block[CK_Q6_K_UPPER + 64 * (step / 4) + at] >> step % 4 * 2 & 3) << high_shift);
    }
}

/* ---- Rows ---- */

/* Puts one row's block into a packed block that was zero. */
static void pack_block(uint32_t type, uint8_t *out, int row, const uint8_t *in) {
    switch (type) {
    case CK_Q4_0:
    case CK_IQ4_NL:
        memcpy(out + 2 * row, in, 2);
        pack_nibbles(out + CK_Q4_0_QUANTS, row, in + 2);
        break;
    case CK_Q4_1:
        memcpy(out + 2 * row, in, 2);
        memcpy(out + CK_Q4_1_MINIMA + 2 * row, in + 2, 2);
        pack_nibbles(out + CK_Q4_1_QUANTS, row, in + 4);
        break;
    case CK_Q5_0:
        memcpy(out + 2 * row, in, 2);
        pack_nibbles(out + CK_Q5_0_QUANTS, row, in + 6);
        for (int c = 0; c < 32; c++)
            out[CK_Q5_0_HIGH + 4 * row + c % 4] |= (uint8_t)((in[2 + c / 8] >> c % 8 & 1) << c / 4);
        break;
    case CK_Q8_0:
        memcpy(out + 2 * row, in, 2);
        for (int v = 0; v < 8; v++) memcpy(out + CK_Q8_0_QUANTS + 64 * v + 4 * row, in + 2 + 4 * v, 4);
        break;
    case CK_MXFP4:
        out[row] = in[0];
        pack_nibbles(out + CK_MXFP4_QUANTS, row, in + 1);
        break;
    case CK_Q4_K: pack_q4k(out, row, in); break;
    case CK_Q6_K: pack_q6k(out, row, in); break;
    }
}

/* Takes one row's block out of a packed block. */
static void unpack_block(uint32_t type, const uint8_t *in, int row, uint8_t *out) {
    switch (type) {
    case CK_Q4_0:
    case CK_IQ4_NL:
        memcpy(out, in + 2 * row, 2);
        unpack_nibbles(in + CK_Q4_0_QUANTS, row, out + 2);
        break;
    case CK_Q4_1:
        memcpy(out, in + 2 * row, 2);
        memcpy(out + 2, in + CK_Q4_1_MINIMA + 2 * row, 2);
        unpack_nibbles(in + CK_Q4_1_QUANTS, row, out + 4);
        break;
    case CK_Q5_0:
        memset(out, 0, 6);
        memcpy(out, in + 2 * row, 2);
        unpack_nibbles(in + CK_Q5_0_QUANTS, row, out + 6);
        for (int c = 0; c < 32; c++)
            out[2 + c / 8] |= (uint8_t)((in[CK_Q5_0_HIGH + 4 * row + c % 4] >> c / 4 & 1) << c % 8);
        break;
    case CK_Q8_0:
        memcpy(out, in + 2 * row, 2);
        for (int v = 0; v < 8; v++) memcpy(out + 2 + 4 * v, in + CK_Q8_0_QUANTS + 64 * v + 4 * row, 4);
        break;
    case CK_MXFP4:
        out[0] = in[row];
        unpack_nibbles(in + CK_MXFP4_QUANTS, row, out + 1);
        break;
    case CK_Q4_K: unpack_q4k(in, row, out); break;
    case CK_Q6_K: unpack_q6k(in, row, out); break;
    }
}

void ck_pack_rows(uint32_t type, const void *source, int64_t rows, int64_t columns, void *packed) {
    struct shape shape = shape_of(type);
    int64_t blocks = columns / shape.columns;
    uint8_t *out = packed;
    memset(out, 0, (size_t)ck_packed_bytes(type, rows, columns));
    for (int64_t first = 0; first < rows; first += ROWS)
        for (int64_t block = 0; block < blocks; block++, out += shape.packed_bytes)
            for (int row = 0; row < ROWS && first + row < rows; row++)
                pack_block(type, out, row,
                           (const uint8_t *)source + ((first + row) * blocks + block) * shape.file_bytes);
}

void ck_unpack_row(uint32_t type, const void *packed, int64_t row, int64_t columns, void *blocks_out) {
    struct shape shape = shape_of(type);
    int64_t blocks = columns / shape.columns;
    const uint8_t *in = (const uint8_t *)packed + row / ROWS * blocks * shape.packed_bytes;
    uint8_t *out = blocks_out;
    for (int64_t block = 0; block < blocks; block++, in += shape.packed_bytes, out += shape.file_bytes)
        unpack_block(type, in, (int)(row % ROWS), out);
}

/* ---- Tiles ---- */

void ck_make_tile(const struct ck_q8_block *tokens, int64_t blocks, const int32_t *indices, int32_t count,
                  int32_t size, void *tile) {
    uint8_t *out = tile;
    for (int64_t block = 0; block < blocks; block++, out += CK_TILE_BLOCK * size)
        for (int32_t t = 0; t < size; t++) {
            static const struct ck_q8_block nothing;
            const struct ck_q8_block *in = t < count ? tokens + indices[t] * blocks + block : &nothing;
            ck_set_tile_block(out, size, t, in);
        }
}

/* ---- The product that defines all others ---- */

/* Codes of one row's 32 columns from interleaved nibbles. */
static void nibbles_of(const uint8_t *quants, int row, int32_t w[32]) {
    for (int i = 0; i < 16; i++) {
        uint8_t byte = quants[64 * (i / 4) + 4 * row + i % 4];
        w[i] = byte & 15;
        w[i + 16] = byte >> 4;
    }
}

/* The integer weights of 32 columns of one row; `p` is the packed block, `b` the block within a K type's 256. */
static void weights_of(uint32_t type, const uint8_t *p, int row, int b, int32_t w[32]) {
    switch (type) {
    case CK_Q4_0:
        nibbles_of(p + CK_Q4_0_QUANTS, row, w);
        for (int i = 0; i < 32; i++) w[i] -= 8;
        break;
    case CK_IQ4_NL:
        nibbles_of(p + CK_Q4_0_QUANTS, row, w);
        for (int i = 0; i < 32; i++) w[i] = ck_iq4nl_values[w[i]];
        break;
    case CK_MXFP4:
        nibbles_of(p + CK_MXFP4_QUANTS, row, w);
        for (int i = 0; i < 32; i++) w[i] = ck_mxfp4_values[w[i]];
        break;
    case CK_Q4_1: nibbles_of(p + CK_Q4_1_QUANTS, row, w); break;
    case CK_Q4_K: nibbles_of(p + CK_Q4_K_QUANTS + 256 * b, row, w); break;
    case CK_Q5_0:
        nibbles_of(p + CK_Q5_0_QUANTS, row, w);
        for (int i = 0; i < 32; i++) w[i] += (p[CK_Q5_0_HIGH + 4 * row + i % 4] >> i / 4 & 1) * 16 - 16;
        break;
    case CK_Q8_0:
        for (int i = 0; i < 32; i++) w[i] = (int8_t)p[CK_Q8_0_QUANTS + 64 * (i / 4) + 4 * row + i % 4];
        break;
    case CK_Q6_K: {
        const uint8_t *block = p + CK_Q6_K_QUANTS + CK_Q6_K_BLOCK * b;
        nibbles_of(block, row, w);
        for (int i = 0; i < 32; i++) {
            int step = i / 4;
            uint8_t plane = block[CK_Q6_K_UPPER + 64 * (step / 4) + 4 * row + i % 4];
            w[i] += (plane >> step % 4 * 2 & 3) * 16 - 32;
        }
        break;
    }
    }
}

/* Adds one block's product to `y`: `first` and `last` are the sums over its halves. */
static float add_block(uint32_t type, const uint8_t *p, int row, int b, int32_t first, int32_t last, float scale,
                       float sum, float y) {
    if (type == CK_MXFP4) return fmaf(ck_mxfp4_scale(p[row]) * scale, (float)(first + last), y);
    float d = ck_load_half(p + 2 * row) * scale;
    switch (type) {
    case CK_Q4_1:
        y = fmaf(d, (float)(first + last), y);
        return fmaf(ck_load_half(p + CK_Q4_1_MINIMA + 2 * row), sum, y);
    case CK_Q4_K: {
        uint8_t factor, minimum;
        packed_q4k_scale(p, row, b, &factor, &minimum);
        y = fmaf(d, (float)(factor * (first + last)), y);
        return fmaf(-(ck_load_half(p + CK_Q4_K_MINIMA + 2 * row) * sum), (float)minimum, y);
    }
    case CK_Q6_K: {
        int8_t factors[2];
        memcpy(factors, p + CK_Q6_K_SCALES + 16 * (2 * b) + row, 1);
        memcpy(factors + 1, p + CK_Q6_K_SCALES + 16 * (2 * b + 1) + row, 1);
        return fmaf(d, (float)(factors[0] * first + factors[1] * last), y);
    }
    default: return fmaf(d, (float)(first + last), y);
    }
}

void ck_multiply_group_generic(const struct ck_packed *w, int64_t group, const struct ck_tile *tile, float *out,
                               int64_t stride) {
    struct shape shape = shape_of(w->type);
    int64_t per_block = shape.columns / 32, blocks = w->columns / 32;
    const uint8_t *base = (const uint8_t *)w->data + group * (blocks / per_block) * shape.packed_bytes;
    for (int32_t t = 0; t < tile->count; t++)
        for (int row = 0; row < ROWS; row++) out[t * stride + row] = 0;
    for (int64_t block = 0; block < blocks; block++) {
        const uint8_t *p = base + block / per_block * shape.packed_bytes;
        const uint8_t *x = (const uint8_t *)tile->blocks + block * CK_TILE_BLOCK * tile->size;
        int b = (int)(block % per_block);
        for (int row = 0; row < ROWS; row++) {
            int32_t weights[32];
            weights_of(w->type, p, row, b, weights);
            for (int32_t t = 0; t < tile->count; t++) {
                const int8_t *quants = (const int8_t *)x + 32 * t;
                float scale, sum;
                memcpy(&scale, x + 32 * tile->size + 4 * t, 4);
                memcpy(&sum, x + 36 * tile->size + 4 * t, 4);
                int32_t first = 0, last = 0;
                for (int i = 0; i < 16; i++) {
                    first += weights[i] * quants[i];
                    last += weights[i + 16] * quants[i + 16];
                }
                float *y = out + t * stride + row;
                *y = add_block(w->type, p, row, b, first, last, scale, sum, *y);
            }
        }
    }
}
