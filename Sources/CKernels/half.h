/* Private to CKernels: IEEE half precision, for machines and compilers without it. */
#ifndef CKERNELS_HALF_H
#define CKERNELS_HALF_H

#include <stdint.h>
#include <string.h>

static inline float ck_float_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t ck_bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float ck_half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = half >> 10 & 31, mantissa = half & 1023;
    if (exponent == 31) return ck_float_from_bits(sign | 0x7f800000u | mantissa << 13);
    if (exponent == 0) {
        float magnitude = (float)mantissa * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    return ck_float_from_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

/* Nearest, ties to even, as processors do it; NaN keeps the upper bits of its payload and becomes quiet. */
static inline uint16_t ck_float_to_half(float value) {
    uint32_t bits = ck_bits_of_float(value), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
    if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00); /* 65520 and above */
    if (magnitude < 0x38800000) /* below 2^-14: adding 0.5 leaves multiples of 2^-24 in the lowest bits */
        return (uint16_t)(sign | (ck_bits_of_float(ck_float_from_bits(magnitude) + 0.5f) - 0x3f000000));
    return (uint16_t)(sign | (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13);
}

/* A little-endian half that may be unaligned. */
static inline float ck_load_half(const uint8_t *p) { return ck_half_to_float((uint16_t)(p[0] | p[1] << 8)); }

#endif
