/* AVX-512 with VNNI: a zmm register holds four neighbouring columns of a group's sixteen rows, so that one vpdpbusd
 * with four broadcast activations adds to sixteen sums that never have to be added across. */
#include "packed.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")))
#define INLINE static inline __attribute__((always_inline)) TARGET

INLINE __m512i load(const uint8_t *p) { return _mm512_loadu_si512(p); }

INLINE __m512 load_halves(const uint8_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }

INLINE __m512i broadcast(const void *p) {
    int32_t word;
    __builtin_memcpy(&word, p, 4);
    return _mm512_set1_epi32(word);
}

INLINE __m512 broadcast_float(const void *p) {
    float value;
    __builtin_memcpy(&value, p, 4);
    return _mm512_set1_ps(value);
}

/* Unsigned codes are the weights plus 2^shift (0: the weights themselves): a sum starts from −Σx shifted by it. */
INLINE int offset_shift(uint32_t type) {
    switch (type) {
    case CK_Q4_0: return 3;
    case CK_Q5_0:
    case CK_MXFP4: return 4;
    case CK_Q6_K: return 5;
    case CK_Q8_0:
    case CK_IQ4_NL: return 7;
    default: return 0;
    }
}

/* Sixteen values plus an offset, in each 128-bit lane, for vpshufb. */
INLINE __m512i lookup_table(uint32_t type) {
    const int8_t *values = type == CK_MXFP4 ? ck_mxfp4_values : ck_iq4nl_values;
    __m128i table = _mm_add_epi8(_mm_loadu_si128((const __m128i *)values),
                                 _mm_set1_epi8(type == CK_MXFP4 ? 16 : (char)128));
    return _mm512_broadcast_i32x4(table);
}

/* The codes of one block's 32 columns, four columns a register. */
INLINE void load_codes(uint32_t type, const uint8_t *quants, __m512i table, __m512i codes[8]) {
    const __m512i nibble = _mm512_set1_epi8(15);
    if (type == CK_Q8_0) {
        for (int v = 0; v < 8; v++) codes[v] = _mm512_xor_si512(load(quants + 64 * v), _mm512_set1_epi8((char)128));
        return;
    }
    for (int v = 0; v < 4; v++) {
        __m512i q = load(quants + 64 * v);
        codes[v] = _mm512_and_si512(q, nibble);
        codes[v + 4] = _mm512_and_si512(_mm512_srli_epi16(q, 4), nibble);
    }
    if (type == CK_IQ4_NL || type == CK_MXFP4)
        for (int v = 0; v < 8; v++) codes[v] = _mm512_shuffle_epi8(table, codes[v]);
    if (type == CK_Q5_0) {
        __m512i plane = load(quants + CK_Q5_0_HIGH - CK_Q5_0_QUANTS);
        for (int v = 0; v < 8; v++) {
            __m512i bit = v < 4 ? _mm512_slli_epi16(plane, 4 - v) : _mm512_srli_epi16(plane, v - 4);
            /* codes | (bit & 16) */
            codes[v] = _mm512_ternarylogic_epi32(codes[v], bit, _mm512_set1_epi8(16), 0xf8);
        }
    }
    if (type == CK_Q6_K)
        for (int v = 0; v < 8; v++) {
            __m512i plane = load(quants + CK_Q6_K_UPPER + 64 * (v / 4));
            int up = 4 - 2 * (v % 4);
            __m512i bits = up > 0 ? _mm512_slli_epi16(plane, up) : _mm512_srli_epi16(plane, -up);
            codes[v] = _mm512_ternarylogic_epi32(codes[v], bits, _mm512_set1_epi8(48), 0xf8);
        }
}

/* What a block multiplies its sums with. */
struct factors {
    __m512 scales;
    __m512 minima;         /* Q4_1: minima; Q4_K: −dmin */
    __m512i first, second; /* Q4_K: scales, minima; Q6_K: scales of the halves */
};

INLINE struct factors load_factors(uint32_t type, const uint8_t *p, int64_t b) {
    struct factors f = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    if (type == CK_MXFP4) {
        __m512i code = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
        __m512i normal = _mm512_slli_epi32(_mm512_sub_epi32(code, _mm512_set1_epi32(1)), 23);
        __m512i tiny = _mm512_sllv_epi32(_mm512_set1_epi32(0x00200000), code);
        __mmask16 is_tiny = _mm512_cmplt_epu32_mask(code, _mm512_set1_epi32(2));
        f.scales = _mm512_castsi512_ps(_mm512_mask_mov_epi32(normal, is_tiny, tiny));
        return f;
    }
    f.scales = load_halves(p);
    if (type == CK_Q4_1) f.minima = load_halves(p + CK_Q4_1_MINIMA);
    if (type == CK_Q4_K) {
        __m128i low = _mm_loadu_si128((const __m128i *)(p + CK_Q4_K_LOW + 16 * b));
        __m128i upper = _mm_loadu_si128((const __m128i *)(p + CK_Q4_K_UPPER + 16 * (b / 2)));
        upper = b % 2 ? _mm_srli_epi16(upper, 4) : upper;
        __m128i scales = _mm_or_si128(_mm_and_si128(low, _mm_set1_epi8(15)),
                                      _mm_and_si128(_mm_slli_epi16(upper, 4), _mm_set1_epi8(48)));
        __m128i minima = _mm_or_si128(_mm_and_si128(_mm_srli_epi16(low, 4), _mm_set1_epi8(15)),
                                      _mm_and_si128(_mm_slli_epi16(upper, 2), _mm_set1_epi8(48)));
        f.first = _mm512_cvtepu8_epi32(scales);
        f.second = _mm512_cvtepu8_epi32(minima);
        f.minima = _mm512_xor_ps(load_halves(p + CK_Q4_K_MINIMA), _mm512_set1_ps(-0.0f));
    }
    if (type == CK_Q6_K) {
        f.first = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(p + CK_Q6_K_SCALES + 32 * b)));
        f.second = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(p + CK_Q6_K_SCALES + 32 * b + 16)));
    }
    return f;
}

/* Adds the products of codes first..<last with four activations each to `sum`. */
INLINE __m512i add_dots(__m512i sum, const __m512i codes[8], int first, int last, const uint8_t *x) {
    for (int v = first; v < last; v++) sum = _mm512_dpbusd_epi32(sum, codes[v], broadcast(x + 4 * v));
    return sum;
}

/* One block of one token added to the token's sixteen results. `x` is the tile's block. */
INLINE __m512 add_block(uint32_t type, const __m512i codes[8], struct factors f, const uint8_t *x, int size, int t,
                        __m512 y) {
    const uint8_t *quants = x + 32 * t;
    __m512 scales = _mm512_mul_ps(f.scales, broadcast_float(x + 32 * size + 4 * t));
    __m512i dots;
    if (type == CK_Q6_K) {
        __m512i minus_total = broadcast(x + 40 * size + 4 * t), minus_first = broadcast(x + 44 * size + 4 * t);
        __m512i minus_last = _mm512_sub_epi32(minus_total, minus_first);
        __m512i a = add_dots(_mm512_slli_epi32(minus_first, 5), codes, 0, 4, quants);
        __m512i b = add_dots(_mm512_slli_epi32(minus_last, 5), codes, 4, 8, quants);
        dots = _mm512_add_epi32(_mm512_mullo_epi32(a, f.first), _mm512_mullo_epi32(b, f.second));
    } else {
        dots = offset_shift(type) ? _mm512_slli_epi32(broadcast(x + 40 * size + 4 * t), offset_shift(type))
                                  : _mm512_setzero_si512();
        dots = add_dots(dots, codes, 0, 8, quants);
        if (type == CK_Q4_K) dots = _mm512_mullo_epi32(dots, f.first);
    }
    y = _mm512_fmadd_ps(scales, _mm512_cvtepi32_ps(dots), y);
    if (type == CK_Q4_1 || type == CK_Q4_K) {
        __m512 sum = broadcast_float(x + 36 * size + 4 * t);
        y = type == CK_Q4_1 ? _mm512_fmadd_ps(f.minima, sum, y)
                            : _mm512_fmadd_ps(_mm512_mul_ps(f.minima, sum), _mm512_cvtepi32_ps(f.second), y);
    }
    return y;
}

/* The product of one group with `size` tokens, whose results stay in registers. */
INLINE void multiply(uint32_t type, int size, const struct ck_packed *w, int64_t group, const struct ck_tile *tile,
                     float *out, int64_t stride) {
    const int per_block = ck_blocks_per_packed(type);
    const int64_t blocks = w->columns / 32 / per_block;
    const uint8_t *p = (const uint8_t *)w->data + group * blocks * ck_packed_block_bytes(type);
    const uint8_t *x = tile->blocks;
    const __m512i table = type == CK_IQ4_NL || type == CK_MXFP4 ? lookup_table(type) : _mm512_setzero_si512();
    __m512 y[16];
    for (int t = 0; t < size; t++) y[t] = _mm512_setzero_ps();
    for (int64_t block = 0; block < blocks; block++, p += ck_packed_block_bytes(type))
        for (int b = 0; b < per_block; b++, x += CK_TILE_BLOCK * size) {
            const uint8_t *quants = ck_quants(type, p, b);
            struct factors f = load_factors(type, p, b);
            __m512i codes[8];
            load_codes(type, quants, table, codes);
            for (int t = 0; t < size; t++) y[t] = add_block(type, codes, f, x, size, t, y[t]);
        }
    for (int t = 0; t < size; t++)
        if (t < tile->count) _mm512_storeu_ps(out + t * stride, y[t]);
}

#define SIZES(type)                                                                                                   \
    switch (tile->size) {                                                                                             \
    case 2: multiply(type, 2, w, group, tile, out, stride); break;                                                    \
    case 4: multiply(type, 4, w, group, tile, out, stride); break;                                                    \
    case 8: multiply(type, 8, w, group, tile, out, stride); break;                                                    \
    default: multiply(type, 16, w, group, tile, out, stride); break;                                                  \
    }                                                                                                                 \
    break;

TARGET void ck_multiply_group_avx512vnni(const struct ck_packed *w, int64_t group, const struct ck_tile *tile,
                                         float *out, int64_t stride) {
    /* One token waits for memory only, and 64-byte loads of blocks that are 32 bytes aligned cross a cache line every
     * second time: 256-bit registers stream 5 % faster. */
    if (tile->size == 1) {
        ck_multiply_group_vnni256(w, group, tile, out, stride);
        return;
    }
    switch (w->type) {
    case CK_Q4_0: SIZES(CK_Q4_0)
    case CK_Q4_1: SIZES(CK_Q4_1)
    case CK_Q5_0: SIZES(CK_Q5_0)
    case CK_Q8_0: SIZES(CK_Q8_0)
    case CK_IQ4_NL: SIZES(CK_IQ4_NL)
    case CK_MXFP4: SIZES(CK_MXFP4)
    case CK_Q4_K: SIZES(CK_Q4_K)
    case CK_Q6_K: SIZES(CK_Q6_K)
    }
}
#endif
