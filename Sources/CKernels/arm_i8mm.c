/* ARMv8.6 with SMMLA: eight columns of two rows times eight columns of two tokens in one instruction. */
#if defined(__aarch64__)
#include "arm_packed.h"

#define TARGET __attribute__((target("i8mm,dotprod")))
#define NAME ck_multiply_group_i8mm
/* With one token, half of each product would be wasted. */
#define ONE_TOKEN(name) ck_multiply_group_dotprod

enum { PART_SIZE = 4, PART_BLOCKS = 8 };

CK_INLINE int8x16_t zip_first(int8x16_t a, int8x16_t b) {
    return vreinterpretq_s8_s32(vzip1q_s32(vreinterpretq_s32_s8(a), vreinterpretq_s32_s8(b)));
}

CK_INLINE int8x16_t zip_last(int8x16_t a, int8x16_t b) {
    return vreinterpretq_s8_s32(vzip2q_s32(vreinterpretq_s32_s8(a), vreinterpretq_s32_s8(b)));
}

/* Quad q's weights as operands: w[2·k] holds columns 8k…8k+7 of the first two rows, w[2·k + 1] of the last two. Where
 * there are only nibbles, they change places before they are unpacked: half the work. */
CK_INLINE TARGET void row_pairs(uint32_t type, const uint8_t *p, int b, int q, int8x16_t w[8]) {
    if (ck_has_only_nibbles(type)) {
        const int8_t *quants = (const int8_t *)ck_quants(type, p, b) + 16 * q;
        CK_UNROLL for (int k = 0; k < 2; k++) {
            int8x16_t even = vld1q_s8(quants + 128 * k), odd = vld1q_s8(quants + 128 * k + 64);
            ck_split_nibbles(type, vreinterpretq_u8_s8(zip_first(even, odd)), &w[2 * k], &w[2 * k + 4]);
            ck_split_nibbles(type, vreinterpretq_u8_s8(zip_last(even, odd)), &w[2 * k + 1], &w[2 * k + 5]);
        }
    } else {
        int8x16_t codes[8];
        CK_UNROLL for (int v = 0; v < 4; v++) ck_codes(type, p, b, q, v, &codes[v], &codes[v + 4]);
        CK_UNROLL for (int k = 0; k < 4; k++) {
            w[2 * k] = zip_first(codes[2 * k], codes[2 * k + 1]);
            w[2 * k + 1] = zip_last(codes[2 * k], codes[2 * k + 1]);
        }
    }
}

/* Two tokens' block as operands; made once for sixteen rows. */
struct pair {
    int8x16_t quants[4]; /* [k]: columns 8k…8k+7 of both */
    float32x4_t scale;   /* each of these words twice */
    int32x4_t first;     /* where the sums start: −Σx times the offset of the codes */
    int32x4_t last;      /* Q6_K: where those of the second half start */
    float32x4_t sum;
};

CK_INLINE int32x4_t words_twice(const uint8_t *words, int last) {
    int32x4_t four = vld1q_s32((const int32_t *)words);
    return last ? vzip2q_s32(four, four) : vzip1q_s32(four, four);
}

/* Words t and t + 1 of one of a block's arrays. A tile of two has no four words to load. */
CK_INLINE int32x4_t pair_words(const uint8_t *words, int size, int t) {
    if (size >= 4) return words_twice(words + 4 * (t / 4 * 4), t % 4);
    int32x4_t two = vcombine_s32(vld1_s32((const int32_t *)words), vdup_n_s32(0));
    return vzip1q_s32(two, two);
}

CK_INLINE struct pair pair_of(uint32_t type, int size, int t, const uint8_t *x) {
    struct pair out;
    CK_UNROLL for (int half = 0; half < 2; half++) {
        int64x2_t even = vreinterpretq_s64_u8(vld1q_u8(x + 32 * t + 16 * half));
        int64x2_t odd = vreinterpretq_s64_u8(vld1q_u8(x + 32 * t + 32 + 16 * half));
        out.quants[2 * half] = vreinterpretq_s8_s64(vzip1q_s64(even, odd));
        out.quants[2 * half + 1] = vreinterpretq_s8_s64(vzip2q_s64(even, odd));
    }
    const int shift = ck_code_offset_shift(type);
    out.scale = vreinterpretq_f32_s32(pair_words(ck_tile_scales(x, size, 0), size, t));
    out.first = vdupq_n_s32(0);
    if (shift >= 0) out.first = pair_words(ck_tile_minus_totals(x, size, 0), size, t) << shift;
    if (type == CK_Q6_K) {
        int32x4_t first = pair_words(ck_tile_minus_firsts(x, size, 0), size, t) << shift;
        out.last = out.first - first;
        out.first = first;
    }
    if (type == CK_Q4_1 || type == CK_Q4_K)
        out.sum = vreinterpretq_f32_s32(pair_words(ck_tile_sums(x, size, 0), size, t));
    return out;
}

/* Results lie as SMMLA leaves them: (token, row) (token, row + 1) (token + 1, row) (token + 1, row + 1). So do the
 * scales: of a pair of rows, of a pair of tokens. */
CK_INLINE float32x4_t rows_twice(float32x4_t four, int last) {
    float64x2_t pairs = vreinterpretq_f64_f32(four);
    return vreinterpretq_f32_f64(last ? vzip2q_f64(pairs, pairs) : vzip1q_f64(pairs, pairs));
}

CK_INLINE struct ck_quad row_pair_scales(uint32_t type, const struct ck_quad *quad, int last) {
    struct ck_quad out;
    out.scale = rows_twice(quad->scale, last);
    if (type == CK_Q4_1 || type == CK_Q4_K) out.minimum = rows_twice(quad->minimum, last);
    if (type == CK_Q4_K) out.multiple = rows_twice(quad->multiple, last);
    if (type == CK_Q4_K || type == CK_Q6_K)
        out.first = vreinterpretq_s32_f32(rows_twice(vreinterpretq_f32_s32(quad->first), last));
    if (type == CK_Q6_K) out.last = vreinterpretq_s32_f32(rows_twice(vreinterpretq_f32_s32(quad->last), last));
    return out;
}

/* Adds a block's products of one quad with two tokens to their two totals; `again` is x under another name. */
CK_INLINE TARGET void add_pair(uint32_t type, const int8x16_t w[8], const struct ck_quad rows[2],
                               const struct pair *x, const struct pair *again, float32x4_t total[2]) {
    int32x4_t sums[2][2]; /* over both halves for types with two scales */
    sums[0][0] = x->first, sums[1][0] = again->first;
    if (type == CK_Q6_K) sums[0][1] = x->last, sums[1][1] = again->last;
    CK_UNROLL for (int k = 0; k < 4; k++)
        CK_UNROLL for (int i = 0; i < 2; i++) {
            int32x4_t *sum = &sums[i][type == CK_Q6_K ? k / 2 : 0];
            *sum = vmmlaq_s32(*sum, x->quants[k], w[2 * k + i]);
        }
    CK_UNROLL for (int i = 0; i < 2; i++)
        total[i] = ck_add_block(type, &rows[i], sums[i][0], sums[i][1], x->scale, x->sum, total[i]);
}

/* Up to four tokens: sixteen rows at once, weights straight from memory. */
CK_INLINE TARGET void add_blocks_wide(uint32_t type, int size, const uint8_t *p, const uint8_t *x, int64_t blocks,
                                      float *y) {
    const int per_packed = ck_blocks_per_packed(type);
    float32x4_t total[4][4];
    CK_UNROLL for (int i = 0; i < 4 * size; i++) total[i / size][i % size] = vld1q_f32(y + 4 * i);
    for (int64_t block = 0; block < blocks; block++, x += CK_TILE_BLOCK * size) {
        const int b = (int)(block % per_packed);
        struct ck_quad quads[4];
        struct pair pairs[2];
        ck_prefetch(ck_quants(type, p, b), ck_packed_block_bytes(type) / per_packed);
        CK_UNROLL for (int t = 0; t < size; t += 2) pairs[t / 2] = pair_of(type, size, t, x);
        ck_all_quads(type, p, b, quads);
        CK_UNROLL for (int q = 0; q < 4; q++) {
            int8x16_t w[8];
            if (q) ck_load_after(total[q - 1], size);
            row_pairs(type, p, b, q, w);
            struct ck_quad rows[2] = {row_pair_scales(type, &quads[q], 0), row_pair_scales(type, &quads[q], 1)};
            CK_UNROLL for (int t = 0; t < size; t += 2)
                add_pair(type, w, rows, &pairs[t / 2], &pairs[t / 2], total[q] + t);
        }
        if (b == per_packed - 1) p += ck_packed_block_bytes(type);
    }
    CK_UNROLL for (int i = 0; i < 4 * size; i++) vst1q_f32(y + 4 * i, total[i / size][i % size]);
}

/* Larger tiles: one quad's block is unpacked into eight registers and meets all pairs of tokens, one or two pairs
 * together: what registers are left for. */
CK_INLINE TARGET void add_blocks_quad(uint32_t type, int size, const uint8_t *p, int q, const struct pair *x,
                                      int64_t blocks, float *y) {
    const int per_packed = ck_blocks_per_packed(type), together = size == 8 ? 4 : 2;
    float32x4_t total[16];
    CK_UNROLL for (int i = 0; i < size; i++) total[i] = vld1q_f32(y + 4 * i);
    for (int64_t block = 0; block < blocks; block++, x += size / 2) {
        const int b = (int)(block % per_packed);
        int8x16_t w[8];
        row_pairs(type, p, b, q, w);
        struct ck_quad quad = ck_one_quad(type, p, b, q);
        const struct pair *again = x;
        __asm__("" : "+r"(again)); /* the compiler would make one load and a move, which takes a vector pipe */
        struct ck_quad rows[2] = {row_pair_scales(type, &quad, 0), row_pair_scales(type, &quad, 1)};
        CK_UNROLL for (int t = 0; t < size; t += 2) {
            if (t && t % together == 0) ck_load_after(total + t - together, together);
            add_pair(type, w, rows, x + t / 2, again + t / 2, total + t);
        }
        if (b == per_packed - 1) p += ck_packed_block_bytes(type);
    }
    CK_UNROLL for (int i = 0; i < size; i++) vst1q_f32(y + 4 * i, total[i]);
}

CK_INLINE TARGET void add_blocks(uint32_t type, int size, const uint8_t *p, const uint8_t *x, int64_t blocks,
                                 float *y) {
    if (size <= PART_SIZE) {
        add_blocks_wide(type, size, p, x, blocks, y);
    } else {
        struct pair pairs[PART_BLOCKS * 8];
        CK_KEEP_LOOP for (int64_t block = 0; block < blocks; block++)
            CK_UNROLL for (int t = 0; t < size; t += 2)
                pairs[(block * size + t) / 2] = pair_of(type, size, t, x + block * CK_TILE_BLOCK * size);
        for (int q = 0; q < 4; q++) add_blocks_quad(type, size, p, q, pairs, blocks, y + 4 * q * size);
    }
}

CK_INLINE TARGET void store_results(int size, const float *y, int count, float *out, int64_t stride) {
    for (int t = 0; t < count; t++)
        for (int q = 0; q < 4; q++)
            CK_UNROLL for (int pair = 0; pair < 2; pair++)
                memcpy(out + t * stride + 4 * q + 2 * pair, y + 4 * (q * size + t / 2 * 2 + pair) + t % 2 * 2, 8);
}

#include "arm_group.inc"
#endif
