/* Private to CKernels: packed blocks in NEON registers, for all ARM kernels.
 *
 * A "quad" is four rows: one 16-byte quarter of an interleaved vector holds four neighbouring columns of each. All
 * functions take the type as a constant and are inlined, so that each kernel keeps only its own type's code. Where a
 * type's weights have an offset, these are the codes without it: the sums start from −Σx times the offset instead. */
#ifndef CKERNELS_ARM_PACKED_H
#define CKERNELS_ARM_PACKED_H

#include "packed.h"

#include <arm_neon.h>

#define CK_INLINE static inline __attribute__((always_inline))
#define CK_UNROLL _Pragma("clang loop unroll(full)")
#define CK_KEEP_LOOP _Pragma("clang loop unroll(disable)")
/* Loads below wait for the values: the compiler would move them ahead until registers run out. */
CK_INLINE void ck_load_after(float32x4_t *values, int count) {
    CK_UNROLL for (int i = 0; i < count; i++) __asm__ volatile("" : "+w"(values[i]) : : "memory");
}

/* Weights are codes − 2^shift for these types; −1: the quants are the weights, or the minimum is added apart. */
CK_INLINE int ck_code_offset_shift(uint32_t type) {
    return type == CK_Q4_0 ? 3 : type == CK_Q5_0 ? 4 : type == CK_Q6_K ? 5 : -1;
}

/* Types whose quants are nibbles and nothing else. */
CK_INLINE int ck_has_only_nibbles(uint32_t type) { return type != CK_Q5_0 && type != CK_Q6_K && type != CK_Q8_0; }

/* Weights of a vector of nibbles: of the low ones, then of the high ones. */
CK_INLINE void ck_split_nibbles(uint32_t type, uint8x16_t raw, int8x16_t *low, int8x16_t *high) {
    *low = vreinterpretq_s8_u8(vandq_u8(raw, vdupq_n_u8(15)));
    *high = vreinterpretq_s8_u8(vshrq_n_u8(raw, 4));
    if (type == CK_IQ4_NL || type == CK_MXFP4) {
        int8x16_t values = vld1q_s8(type == CK_IQ4_NL ? ck_iq4nl_values : ck_mxfp4_values);
        *low = vqtbl1q_s8(values, vreinterpretq_u8_s8(*low));
        *high = vqtbl1q_s8(values, vreinterpretq_u8_s8(*high));
    }
}

/* x << left, or >> where left is negative. The shift is a constant after unrolling. */
CK_INLINE uint8x16_t ck_shift(uint8x16_t x, int left) { return left >= 0 ? x << left : x >> -left; }

/* Quad q's codes of columns 4v…4v+3 and 16+4v…16+4v+3. SLI and SRI join low nibbles and upper bits in one step. */
CK_INLINE void ck_codes(uint32_t type, const uint8_t *p, int b, int q, int v, int8x16_t *low, int8x16_t *high) {
    const uint8_t *quants = ck_quants(type, p, b) + 16 * q;
    uint8x16_t raw = vld1q_u8(quants + 64 * v);
    if (type == CK_Q8_0) {
        *low = vreinterpretq_s8_u8(raw);
        *high = vreinterpretq_s8_u8(vld1q_u8(quants + 64 * (v + 4)));
    } else if (type == CK_Q5_0) {
        /* After the shift the low column's bit is bit 0 and the high column's is bit 4. */
        uint8x16_t bits = ck_shift(vld1q_u8(quants + CK_Q5_0_HIGH - CK_Q5_0_QUANTS), -v);
        *low = vreinterpretq_s8_u8(vandq_u8(vsliq_n_u8(raw, bits, 4), vdupq_n_u8(31)));
        *high = vreinterpretq_s8_u8(vsriq_n_u8(vandq_u8(bits, vdupq_n_u8(16)), raw, 4));
    } else if (type == CK_Q6_K) {
        uint8x16_t first = ck_shift(vld1q_u8(quants + CK_Q6_K_UPPER), -2 * v);
        uint8x16_t last = ck_shift(vld1q_u8(quants + CK_Q6_K_UPPER + 64), 4 - 2 * v);
        *low = vreinterpretq_s8_u8(vandq_u8(vsliq_n_u8(raw, first, 4), vdupq_n_u8(63)));
        *high = vreinterpretq_s8_u8(vsriq_n_u8(vandq_u8(last, vdupq_n_u8(48)), raw, 4));
    } else {
        ck_split_nibbles(type, raw, low, high);
    }
}

/* ---- Scales ---- */

/* Four rows' part of a block that is not quants; what a type does not have is not set. */
struct ck_quad {
    float32x4_t scale;    /* d */
    float32x4_t minimum;  /* m, or dmin */
    int32x4_t first;      /* integer scale of the block, or of its first half */
    int32x4_t last;       /* of its second half */
    float32x4_t multiple; /* Q4_K: the block's minimum in units of dmin */
};

CK_INLINE float32x4_t ck_low_halves(uint16x8_t x) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vget_low_u16(x)));
}

CK_INLINE float32x4_t ck_high_halves(uint16x8_t x) { return vcvt_high_f32_f16(vreinterpretq_f16_u16(x)); }

/* Sixteen halves as four vectors. */
CK_INLINE void ck_halves(const uint8_t *p, float32x4_t out[4]) {
    uint16x8_t first = vreinterpretq_u16_u8(vld1q_u8(p)), last = vreinterpretq_u16_u8(vld1q_u8(p + 16));
    out[0] = ck_low_halves(first), out[1] = ck_high_halves(first);
    out[2] = ck_low_halves(last), out[3] = ck_high_halves(last);
}

/* Sixteen bytes as four vectors of 32 bits. */
CK_INLINE void ck_widen_unsigned(uint8x16_t x, uint32x4_t out[4]) {
    uint16x8_t first = vmovl_u8(vget_low_u8(x)), last = vmovl_high_u8(x);
    out[0] = vmovl_u16(vget_low_u16(first)), out[1] = vmovl_high_u16(first);
    out[2] = vmovl_u16(vget_low_u16(last)), out[3] = vmovl_high_u16(last);
}

CK_INLINE void ck_widen_signed(int8x16_t x, int32x4_t out[4]) {
    int16x8_t first = vmovl_s8(vget_low_s8(x)), last = vmovl_high_s8(x);
    out[0] = vmovl_s16(vget_low_s16(first)), out[1] = vmovl_high_s16(first);
    out[2] = vmovl_s16(vget_low_s16(last)), out[3] = vmovl_high_s16(last);
}

/* The upper 16 bits of ck_mxfp4_scale: exponent code − 1, or one bit of the mantissa for the two denormal powers,
 * which is what (code + 1) << 5 is for them; from code 2 on it is the smaller of the two. */
CK_INLINE uint16x8_t ck_mxfp4_upper(uint8x8_t code) {
    uint8x8_t one = vdup_n_u8(1);
    return vmaxq_u16(vshll_n_u8(vqsub_u8(code, one), 7), vshll_n_u8(vadd_u8(code, one), 5));
}

/* All sixteen rows of block `b`. */
CK_INLINE void ck_all_quads(uint32_t type, const uint8_t *p, int b, struct ck_quad out[4]) {
    float32x4_t scale[4], minimum[4];
    if (type == CK_MXFP4) {
        uint16x8_t first = ck_mxfp4_upper(vld1_u8(p)), last = ck_mxfp4_upper(vld1_u8(p + 8));
        scale[0] = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(first), 16));
        scale[1] = vreinterpretq_f32_u32(vshll_high_n_u16(first, 16));
        scale[2] = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(last), 16));
        scale[3] = vreinterpretq_f32_u32(vshll_high_n_u16(last, 16));
    } else {
        ck_halves(p, scale);
    }
    if (type == CK_Q4_1) ck_halves(p + CK_Q4_1_MINIMA, minimum);
    if (type == CK_Q4_K) ck_halves(p + CK_Q4_K_MINIMA, minimum);
    CK_UNROLL for (int q = 0; q < 4; q++) {
        out[q].scale = scale[q];
        if (type == CK_Q4_1 || type == CK_Q4_K) out[q].minimum = minimum[q];
    }
    if (type == CK_Q4_K) {
        uint8x16_t low = vld1q_u8(p + CK_Q4_K_LOW + 16 * b), three = vdupq_n_u8(48);
        uint8x16_t upper = vshlq_u8(vld1q_u8(p + CK_Q4_K_UPPER + 16 * (b / 2)), vdupq_n_s8((int8_t)(b % 2 * -4)));
        uint32x4_t factors[4], multiples[4];
        ck_widen_unsigned(vandq_u8(vsliq_n_u8(low, upper, 4), vdupq_n_u8(63)), factors);
        ck_widen_unsigned(vsriq_n_u8(vandq_u8(vshlq_n_u8(upper, 2), three), low, 4), multiples);
        CK_UNROLL for (int q = 0; q < 4; q++) {
            out[q].first = vreinterpretq_s32_u32(factors[q]);
            out[q].multiple = vcvtq_f32_u32(multiples[q]);
        }
    }
    if (type == CK_Q6_K) {
        int32x4_t first[4], last[4];
        ck_widen_signed(vld1q_s8((const int8_t *)p + CK_Q6_K_SCALES + 32 * b), first);
        ck_widen_signed(vld1q_s8((const int8_t *)p + CK_Q6_K_SCALES + 32 * b + 16), last);
        CK_UNROLL for (int q = 0; q < 4; q++) out[q].first = first[q], out[q].last = last[q];
    }
}

/* Four bytes in the low lanes. */
CK_INLINE uint8x8_t ck_load_four(const uint8_t *p) {
    uint32_t word;
    memcpy(&word, p, 4);
    return vreinterpret_u8_u32(vdup_n_u32(word));
}

/* Quad q's rows of block `b`. */
CK_INLINE struct ck_quad ck_one_quad(uint32_t type, const uint8_t *p, int b, int q) {
    struct ck_quad out;
    if (type == CK_MXFP4) {
        uint16x8_t upper = ck_mxfp4_upper(ck_load_four(p + 4 * q));
        out.scale = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(upper), 16));
        return out;
    }
    out.scale = vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p + 8 * q)));
    if (type == CK_Q4_1) out.minimum = vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p + CK_Q4_1_MINIMA + 8 * q)));
    if (type == CK_Q4_K) {
        out.minimum = vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p + CK_Q4_K_MINIMA + 8 * q)));
        uint8x8_t low = ck_load_four(p + CK_Q4_K_LOW + 16 * b + 4 * q);
        uint8x8_t upper = vshl_u8(ck_load_four(p + CK_Q4_K_UPPER + 16 * (b / 2) + 4 * q),
                                  vdup_n_s8((int8_t)(b % 2 * -4)));
        uint8x8_t factors = vand_u8(vsli_n_u8(low, upper, 4), vdup_n_u8(63));
        uint8x8_t multiples = vsri_n_u8(vand_u8(vshl_n_u8(upper, 2), vdup_n_u8(48)), low, 4);
        out.first = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(factors))));
        out.multiple = vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(multiples))));
    }
    if (type == CK_Q6_K) {
        const uint8_t *scales = p + CK_Q6_K_SCALES + 32 * b + 4 * q;
        out.first = vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u8(ck_load_four(scales)))));
        out.last = vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u8(ck_load_four(scales + 16)))));
    }
    return out;
}

/* Adds a block to y, as packed.h defines it. `first` is the sum over the block, or over its first half for types with
 * two scales, `last` over the second; scale and sum are the token's. */
CK_INLINE float32x4_t ck_add_block(uint32_t type, const struct ck_quad *quad, int32x4_t first, int32x4_t last,
                                   float32x4_t scale, float32x4_t sum, float32x4_t y) {
    if (type == CK_Q4_K) first = vmulq_s32(first, quad->first);
    if (type == CK_Q6_K) first = vmlaq_s32(vmulq_s32(first, quad->first), last, quad->last);
    y = vfmaq_f32(y, vmulq_f32(quad->scale, scale), vcvtq_f32_s32(first));
    if (type == CK_Q4_1) y = vfmaq_f32(y, quad->minimum, sum);
    if (type == CK_Q4_K) y = vfmsq_f32(y, vmulq_f32(quad->minimum, sum), quad->multiple);
    return y;
}

/* ---- Tiles ---- */

/* What a tile's block holds beside the quants, from token t on. */
CK_INLINE const uint8_t *ck_tile_scales(const uint8_t *x, int size, int t) { return x + 32 * size + 4 * t; }
CK_INLINE const uint8_t *ck_tile_sums(const uint8_t *x, int size, int t) { return x + 36 * size + 4 * t; }
CK_INLINE const uint8_t *ck_tile_minus_totals(const uint8_t *x, int size, int t) { return x + 40 * size + 4 * t; }
CK_INLINE const uint8_t *ck_tile_minus_firsts(const uint8_t *x, int size, int t) { return x + 44 * size + 4 * t; }

/* Asks for the lines of the next `bytes` that lie CK_PREFETCH ahead; they are used once. */
CK_INLINE void ck_prefetch(const uint8_t *p, int64_t bytes) {
    for (int64_t at = 0; at < bytes; at += 64) __builtin_prefetch(p + CK_PREFETCH + at, 0, 0);
}

#endif
