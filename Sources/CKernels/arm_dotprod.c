/* ARMv8.2 with SDOT: four columns of four rows in one instruction, the token's four quants taken by element. */
#if defined(__aarch64__)
#include "arm_packed.h"

#define TARGET __attribute__((target("dotprod")))
#define NAME ck_multiply_group_dotprod

enum { PART_SIZE = 4, PART_BLOCKS = 8 };

/* sum += weights · the four quants at 4·v of x. */
CK_INLINE TARGET int32x4_t dot(int32x4_t sum, int8x16_t weights, int8x16_t x, int v) {
    return vdotq_s32(sum, weights, vreinterpretq_s8_s32(vdupq_n_s32(vreinterpretq_s32_s8(x)[v])));
}

/* Lane i everywhere, by DUP: from an indexed element the compiler would make scalar arithmetic. */
CK_INLINE int32x4_t lane_of(int32x4_t x, int i) {
    return i == 0   ? vdupq_laneq_s32(x, 0)
           : i == 1 ? vdupq_laneq_s32(x, 1)
           : i == 2 ? vdupq_laneq_s32(x, 2)
                    : vdupq_laneq_s32(x, 3);
}

/* Word t of one of a block's arrays, everywhere. */
CK_INLINE int32x4_t word_of(const uint8_t *words, int size, int t, int shift) {
    if (size < 4) return vld1q_dup_s32((const int32_t *)words + t) << shift;
    return lane_of(vld1q_s32((const int32_t *)words + t / 4 * 4) << shift, t % 4);
}

/* The scale and the sum of token t, everywhere; an element that FMUL and FMLA take by index. */
CK_INLINE float32x4_t factor_of(const uint8_t *words, int size, int t) {
    if (size < 4) return vld1q_dup_f32((const float *)words + t);
    return vdupq_n_f32(vld1q_f32((const float *)words + t / 4 * 4)[t % 4]);
}

/* The integer sums of four rows and one token; `last` only for types with two scales. */
struct sums {
    int32x4_t first, last;
};

/* Where they start: −Σx times the offset of the codes. */
CK_INLINE struct sums start_of(uint32_t type, int size, int t, const uint8_t *x) {
    const int shift = ck_code_offset_shift(type);
    struct sums out = {vdupq_n_s32(0), vdupq_n_s32(0)};
    if (shift >= 0) out.first = word_of(ck_tile_minus_totals(x, size, 0), size, t, shift);
    if (type == CK_Q6_K) {
        int32x4_t first = word_of(ck_tile_minus_firsts(x, size, 0), size, t, shift);
        out.last = out.first - first;
        out.first = first;
    }
    return out;
}

/* Adds the products of columns 4v…4v+3 and 16+4v…16+4v+3. */
CK_INLINE TARGET void add_products(uint32_t type, struct sums *sums, int8x16_t low, int8x16_t high, int8x16_t x_low,
                                   int8x16_t x_high, int v) {
    sums->first = dot(sums->first, low, x_low, v);
    if (type == CK_Q6_K) sums->last = dot(sums->last, high, x_high, v);
    else sums->first = dot(sums->first, high, x_high, v);
}

/* Up to four tokens: sixteen rows at once, weights straight from memory. With one or two all sums fit registers, and
 * the quads are read in the order of memory. With four, or with planes of upper bits, quad comes after quad. */
CK_INLINE TARGET void add_blocks_wide(uint32_t type, int size, const uint8_t *p, const uint8_t *x, int64_t blocks,
                                      float *y) {
    const int per_packed = ck_blocks_per_packed(type);
    const int by_quad = size == 4 || (size == 1 && (type == CK_Q5_0 || type == CK_Q6_K));
    float32x4_t total[4][4];
    CK_UNROLL for (int i = 0; i < 4 * size; i++) total[i / size][i % size] = vld1q_f32(y + 4 * i);
    for (int64_t block = 0; block < blocks; block++, x += CK_TILE_BLOCK * size) {
        const int b = (int)(block % per_packed);
        int8x16_t x_low[4], x_high[4];
        struct sums sums[4][4];
        struct ck_quad quads[4];
        ck_prefetch(ck_quants(type, p, b), ck_packed_block_bytes(type) / per_packed);
        ck_all_quads(type, p, b, quads);
        CK_UNROLL for (int t = 0; t < size; t++) {
            x_low[t] = vld1q_s8((const int8_t *)x + 32 * t), x_high[t] = vld1q_s8((const int8_t *)x + 32 * t + 16);
            CK_UNROLL for (int q = 0; q < 4; q++) sums[q][t] = start_of(type, size, t, x);
        }
        CK_UNROLL for (int i = 0; i < 16; i++) {
            const int q = by_quad ? i / 4 : i % 4, v = by_quad ? i % 4 : i / 4;
            int8x16_t low, high;
            if (size == 4 && q && !v) ck_load_after(total[q - 1], size);
            ck_codes(type, p, b, q, v, &low, &high);
            CK_UNROLL for (int t = 0; t < size; t++)
                add_products(type, &sums[q][t], low, high, x_low[t], x_high[t], v);
            if (v < 3) continue;
            CK_UNROLL for (int t = 0; t < size; t++)
                total[q][t] = ck_add_block(type, &quads[q], sums[q][t].first, sums[q][t].last,
                                           factor_of(ck_tile_scales(x, size, 0), size, t),
                                           factor_of(ck_tile_sums(x, size, 0), size, t), total[q][t]);
        }
        if (b == per_packed - 1) p += ck_packed_block_bytes(type);
    }
    CK_UNROLL for (int i = 0; i < 4 * size; i++) vst1q_f32(y + 4 * i, total[i / size][i % size]);
}

/* The starts of a part's sums, for larger tiles: loaded for each quad they cost the vector pipes nothing. */
CK_INLINE TARGET void prepare_starts(uint32_t type, int size, const uint8_t *x, int64_t blocks, int32x4_t *starts) {
    CK_KEEP_LOOP for (int64_t block = 0; block < blocks; block++, x += CK_TILE_BLOCK * size)
        CK_UNROLL for (int t = 0; t < size; t++) {
            struct sums start = start_of(type, size, t, x);
            *starts++ = start.first;
            if (type == CK_Q6_K) *starts++ = start.last;
        }
}

/* Larger tiles: one quad's block is unpacked into eight registers and meets all tokens, as many of them together as
 * registers are left for: their sums do not wait for each other. */
CK_INLINE TARGET void add_blocks_quad(uint32_t type, int size, const uint8_t *p, int q, const uint8_t *x,
                                      const int32x4_t *starts, int64_t blocks, float *y) {
    const int per_packed = ck_blocks_per_packed(type), together = size == 8 && type != CK_Q6_K ? 4 : 2;
    float32x4_t total[16];
    CK_UNROLL for (int t = 0; t < size; t++) total[t] = vld1q_f32(y + 4 * t);
    for (int64_t block = 0; block < blocks; block++, x += CK_TILE_BLOCK * size) {
        const int b = (int)(block % per_packed);
        int8x16_t low[4], high[4];
        CK_UNROLL for (int v = 0; v < 4; v++) ck_codes(type, p, b, q, v, &low[v], &high[v]);
        struct ck_quad quad = ck_one_quad(type, p, b, q);
        CK_UNROLL for (int t = 0; t < size; t++) {
            if (t && t % together == 0) ck_load_after(total + t - together, together);
            int8x16_t x_low = vld1q_s8((const int8_t *)x + 32 * t), x_high = vld1q_s8((const int8_t *)x + 32 * t + 16);
            struct sums sums = {.first = *starts++};
            if (type == CK_Q6_K) sums.last = *starts++;
            CK_UNROLL for (int v = 0; v < 4; v++) add_products(type, &sums, low[v], high[v], x_low, x_high, v);
            total[t] = ck_add_block(type, &quad, sums.first, sums.last, factor_of(ck_tile_scales(x, size, 0), size, t),
                                    factor_of(ck_tile_sums(x, size, 0), size, t), total[t]);
        }
        if (b == per_packed - 1) p += ck_packed_block_bytes(type);
    }
    CK_UNROLL for (int t = 0; t < size; t++) vst1q_f32(y + 4 * t, total[t]);
}

CK_INLINE TARGET void add_blocks(uint32_t type, int size, const uint8_t *p, const uint8_t *x, int64_t blocks,
                                 float *y) {
    if (size <= PART_SIZE) {
        add_blocks_wide(type, size, p, x, blocks, y);
    } else {
        int32x4_t starts[PART_BLOCKS * 16 * 2];
        prepare_starts(type, size, x, blocks, starts);
        for (int q = 0; q < 4; q++) add_blocks_quad(type, size, p, q, x, starts, blocks, y + 4 * q * size);
    }
}

CK_INLINE TARGET void store_results(int size, const float *y, int count, float *out, int64_t stride) {
    for (int t = 0; t < count; t++)
        for (int q = 0; q < 4; q++) memcpy(out + t * stride + 4 * q, y + 4 * (q * size + t), 16);
}

#include "arm_group.inc"
#endif
