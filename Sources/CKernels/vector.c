/* The vector arithmetic of ckernels.h, by the set in use. */
#include "vector.h"

void ck_scores(const float *queries, int64_t query_stride, int64_t query_count, const struct ck_rows *rows,
               int64_t row_count, int64_t width, float scale, float *scores, int64_t score_stride) {
    ck_vector()->scores(queries, query_stride, query_count, rows, row_count, width, scale, scores, score_stride);
}

void ck_weighted_sums(const float *weights, int64_t weight_stride, int64_t query_count, const struct ck_rows *rows,
                      int64_t row_count, int64_t width, float *out, int64_t out_stride) {
    ck_vector()->weighted_sums(weights, weight_stride, query_count, rows, row_count, width, out, out_stride);
}

void ck_softmax(float *x, int64_t count) { ck_vector()->softmax(x, count); }

void ck_rms_norm(const float *x, const float *weight, float epsilon, float *out, int64_t count) {
    ck_vector()->rms_norm(x, weight, epsilon, out, count);
}

void ck_silu_multiply(float *gate, const float *up, int64_t count) { ck_vector()->silu_multiply(gate, up, count); }

void ck_add_scaled(float *y, const float *x, float a, int64_t count) { ck_vector()->add_scaled(y, x, a, count); }

void ck_rope_interleaved(float *x, const float *cosine, const float *sine, int64_t pairs) {
    ck_vector()->rope_interleaved(x, cosine, sine, pairs);
}

void ck_rope_halves(float *x, const float *cosine, const float *sine, int64_t pairs) {
    ck_vector()->rope_halves(x, cosine, sine, pairs);
}

void ck_round_to_half(const float *x, uint16_t *out, int64_t count) { ck_vector()->round_to_half(x, out, count); }

void ck_quantize_q8(const float *x, int64_t count, struct ck_q8_block *out) {
    ck_vector()->quantize_q8(x, count, out);
}
