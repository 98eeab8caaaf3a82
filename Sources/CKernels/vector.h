/* Private to CKernels: the vector arithmetic of one instruction set. See ckernels.h for what each function computes. */
#ifndef CKERNELS_VECTOR_H
#define CKERNELS_VECTOR_H

#include "ckernels.h"

struct ck_vector_set {
    void (*scores)(const float *queries, int64_t query_stride, int64_t query_count, const struct ck_rows *rows,
                   int64_t row_count, int64_t width, float scale, float *scores, int64_t score_stride);
    void (*weighted_sums)(const float *weights, int64_t weight_stride, int64_t query_count,
                          const struct ck_rows *rows, int64_t row_count, int64_t width, float *out,
                          int64_t out_stride);
    void (*softmax)(float *x, int64_t count);
    void (*rms_norm)(const float *x, const float *weight, float epsilon, float *out, int64_t count);
    void (*silu_multiply)(float *gate, const float *up, int64_t count);
    void (*add_scaled)(float *y, const float *x, float a, int64_t count);
    void (*rope_interleaved)(float *x, const float *cosine, const float *sine, int64_t pairs);
    void (*rope_halves)(float *x, const float *cosine, const float *sine, int64_t pairs);
    void (*round_to_half)(const float *x, uint16_t *out, int64_t count);
    void (*quantize_q8)(const float *x, int64_t count, struct ck_q8_block *out);
};

extern const struct ck_vector_set ck_vector_generic;
#if defined(__x86_64__)
extern const struct ck_vector_set ck_vector_avx2, ck_vector_avx512;
#elif defined(__aarch64__)
extern const struct ck_vector_set ck_vector_neon;
#endif

/* The set in use. */
const struct ck_vector_set *ck_vector(void);

#endif
