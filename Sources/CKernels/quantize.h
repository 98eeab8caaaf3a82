/* Private to CKernels: searches for the numbers of a block, compiled for several instruction sets. */
#ifndef CKERNELS_QUANTIZE_H
#define CKERNELS_QUANTIZE_H

#include <stdint.h>

/* Quantizes `count` values to whole blocks; 0 if a value is not finite or beyond what the format can hold. */
typedef int32_t ck_quantizer(const float *x, int64_t count, uint8_t *blocks);

struct ck_quantizers {
    ck_quantizer *q4_0, *q4_1, *q5_0, *q8_0, *iq4_nl, *mxfp4, *bf16;
};

extern const struct ck_quantizers ck_quantizers_generic;
#if defined(__x86_64__)
extern const struct ck_quantizers ck_quantizers_avx2, ck_quantizers_avx512;
#endif

#endif
