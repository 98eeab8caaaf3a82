/* Baseline ARMv8.0: products of bytes are added up in 16 bits as long as they provably fit, then widened.
 *
 * With |x| ≤ 127, four lanes of one row at a time:
 *   codes 0…15 and MXFP4's ±12   eight products fit (8 · 15 · 127 = 15240), and two such sums (30480)
 *   codes 0…31                   eight products fit (8 · 31 · 127 = 31496)
 *   codes 0…63                   four products fit (4 · 63 · 127 = 32004)
 *   int8                         two products fit (2 · 128 · 127 = 32512) */
#if defined(__aarch64__)
#include "arm_packed.h"

#define TARGET
#define NAME ck_multiply_group_neon

/* The products that are added in 16 bits. */
CK_INLINE int chain_of(uint32_t type) {
    return type == CK_Q8_0 || type == CK_IQ4_NL ? 2 : type == CK_Q6_K ? 4 : 8;
}

/* A vector of equal words, without the compiler knowing: it would take only the low half for SMLAL2's operand, and
 * an EXT of the weights instead of SMLAL2. */
CK_INLINE int8x16_t four_columns(const uint8_t *quants) {
    int32x4_t word = vld1q_dup_s32((const int32_t *)quants);
    __asm__("" : "+w"(word));
    return vreinterpretq_s8_s32(word);
}

/* Σ of `count` vectors of weights with quants that are the same for all rows, for a quad's four rows. */
CK_INLINE int32x4_t dot(uint32_t type, const int8x16_t *w, const int8x16_t *x, int count, int32x4_t start) {
    const int chain = chain_of(type) < count ? chain_of(type) : count;
    int32x4_t first = vdupq_n_s32(0), last = first;
    CK_UNROLL for (int i = 0; i < count; i += chain) {
        int16x8_t first_rows = vmull_s8(vget_low_s8(w[i]), vget_low_s8(x[i]));
        int16x8_t last_rows = vmull_high_s8(w[i], x[i]);
        CK_UNROLL for (int j = i + 1; j < i + chain; j++) {
            first_rows = vmlal_s8(first_rows, vget_low_s8(w[j]), vget_low_s8(x[j]));
            last_rows = vmlal_high_s8(last_rows, w[j], x[j]);
        }
        if (ck_has_only_nibbles(type) && type != CK_IQ4_NL)
            return vpadalq_s16(start, vpaddq_s16(first_rows, last_rows));
        first = i ? vpadalq_s16(first, first_rows) : vpaddlq_s16(first_rows);
        last = i ? vpadalq_s16(last, last_rows) : vpaddlq_s16(last_rows);
    }
    return start + vpaddq_s32(first, last);
}

/* Sixteen rows with `count` (1 or 2) tokens of a tile, from token t on. */
CK_INLINE void add_tokens(uint32_t type, int count, int size, int t, const uint8_t *p, const uint8_t *x,
                          int64_t blocks, float *y) {
    const int per_packed = ck_blocks_per_packed(type), shift = ck_code_offset_shift(type);
    float32x4_t total[4][2];
    CK_UNROLL for (int i = 0; i < count; i++)
        CK_UNROLL for (int q = 0; q < 4; q++) total[q][i] = vld1q_f32(y + 16 * (t + i) + 4 * q);
    for (int64_t block = 0; block < blocks; block++, x += CK_TILE_BLOCK * size) {
        const int b = (int)(block % per_packed);
        int8x16_t columns[2][8];
        int32x4_t first[2], last[2];
        struct ck_quad quads[4];
        if (size <= 2) ck_prefetch(ck_quants(type, p, b), ck_packed_block_bytes(type) / per_packed);
        ck_all_quads(type, p, b, quads);
        CK_UNROLL for (int i = 0; i < count; i++) {
            CK_UNROLL for (int v = 0; v < 8; v++) columns[i][v] = four_columns(x + 32 * (t + i) + 4 * v);
            first[i] = last[i] = vdupq_n_s32(0);
            int32x4_t minus_total = vld1q_dup_s32((const int32_t *)ck_tile_minus_totals(x, size, t + i));
            int32x4_t minus_first = vld1q_dup_s32((const int32_t *)ck_tile_minus_firsts(x, size, t + i));
            if (type == CK_Q6_K) first[i] = minus_first << shift, last[i] = (minus_total - minus_first) << shift;
            else if (shift >= 0) first[i] = minus_total << shift;
        }
        CK_UNROLL for (int q = 0; q < 4; q++) {
            int8x16_t w[8];
            if (count == 2) ck_load_after(total[(q + 3) % 4], 2);
            if (count == 1 && q == 2) ck_load_after(total[0], 1), ck_load_after(total[1], 1);
            CK_UNROLL for (int v = 0; v < 4; v++) ck_codes(type, p, b, q, v, &w[v], &w[v + 4]);
            CK_UNROLL for (int i = 0; i < count; i++) {
                int32x4_t second = last[i];
                int32x4_t sums = dot(type, w, columns[i], type == CK_Q6_K ? 4 : 8, first[i]);
                if (type == CK_Q6_K) second = dot(type, w + 4, columns[i] + 4, 4, second);
                float32x4_t scale = vld1q_dup_f32((const float *)ck_tile_scales(x, size, t + i));
                float32x4_t sum = vld1q_dup_f32((const float *)ck_tile_sums(x, size, t + i));
                total[q][i] = ck_add_block(type, &quads[q], sums, second, scale, sum, total[q][i]);
            }
        }
        if (b == per_packed - 1) p += ck_packed_block_bytes(type);
    }
    CK_UNROLL for (int i = 0; i < count; i++)
        CK_UNROLL for (int q = 0; q < 4; q++) vst1q_f32(y + 16 * (t + i) + 4 * q, total[q][i]);
}

enum { PART_SIZE = 2, PART_BLOCKS = 8 };

CK_INLINE void add_blocks(uint32_t type, int size, const uint8_t *p, const uint8_t *x, int64_t blocks, float *y) {
    if (size == 1) {
        add_tokens(type, 1, size, 0, p, x, blocks, y);
    } else {
        for (int t = 0; t < size; t += 2) add_tokens(type, 2, size, t, p, x, blocks, y);
    }
}

CK_INLINE void store_results(int size, const float *y, int count, float *out, int64_t stride) {
    (void)size;
    for (int t = 0; t < count; t++) memcpy(out + t * stride, y + 16 * t, 64);
}

#include "arm_group.inc"
#endif
