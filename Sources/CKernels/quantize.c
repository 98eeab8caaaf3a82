/* Quantizing rows, by the widest vectors of this machine. */
#include "quantize.h"
#include "ckernels.h"
#include "half.h"

#include <stddef.h>
#include <string.h>

static const struct ck_quantizers *quantizers(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return &ck_quantizers_avx512;
    if (__builtin_cpu_supports("avx2")) return &ck_quantizers_avx2;
#endif
    return &ck_quantizers_generic;
}

/* Whether all magnitudes are below the float with the bits `limit`; NaN is not. */
static int32_t all_below(const float *x, int64_t count, uint32_t limit) {
    uint32_t largest = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t magnitude = ck_bits_of_float(x[i]) & 0x7fffffff;
        largest = magnitude > largest ? magnitude : largest;
    }
    return largest < limit;
}

static int32_t quantize(const struct ck_quantizers *set, uint32_t type, const float *x, int64_t count, void *blocks) {
    switch (type) {
    case CK_F32:
        if (count) memcpy(blocks, x, (size_t)count * sizeof *x);
        return all_below(x, count, 0x7f800000);
    case CK_F16:
        ck_round_to_half(x, blocks, count);
        return all_below(x, count, 0x477ff000); /* 65520, from which on halves are infinite */
    case CK_BF16: return set->bf16(x, count, blocks);
    case CK_Q8_0: return set->q8_0(x, count, blocks);
    case CK_Q4_0: return set->q4_0(x, count, blocks);
    case CK_Q4_1: return set->q4_1(x, count, blocks);
    case CK_Q5_0: return set->q5_0(x, count, blocks);
    case CK_IQ4_NL: return set->iq4_nl(x, count, blocks);
    case CK_MXFP4: return set->mxfp4(x, count, blocks);
    default: return 0;
    }
}

int32_t ck_quantize_rows(uint32_t type, const float *x, int64_t count, void *blocks) {
    return quantize(quantizers(), type, x, count, blocks);
}

int32_t ck_quantize_rows_generic(uint32_t type, const float *x, int64_t count, void *blocks) {
    return quantize(&ck_quantizers_generic, type, x, count, blocks);
}

int32_t ck_can_quantize(uint32_t type) {
    switch (type) {
    case CK_F32: case CK_F16: case CK_BF16: case CK_Q8_0: case CK_Q4_0: case CK_Q4_1: case CK_Q5_0: case CK_IQ4_NL:
    case CK_MXFP4: return 1;
    default: return 0;
    }
}
