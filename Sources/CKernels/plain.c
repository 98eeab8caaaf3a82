/* Matrices in any format, computed in F32 on dequantized rows: the reference precision, and types without integer
 * kernels. */
#include "vector.h"

void ck_row(const struct ck_matrix *w, int64_t row, float *out) {
    ck_dequantize_generic(w->type)((const uint8_t *)w->data + row * w->row_bytes, out, w->columns);
    if (!w->scales) return;
    const float *scales = w->scales + (w->first_row + row) / w->scale_rows * w->scale_stride;
    for (int64_t begin = 0; begin < w->columns; begin += w->scale_columns) {
        int64_t end = begin + w->scale_columns < w->columns ? begin + w->scale_columns : w->columns;
        float scale = scales[begin / w->scale_columns];
        for (int64_t i = begin; i < end; i++) out[i] *= scale;
    }
}

void ck_multiply_rows(const struct ck_matrix *w, const float *x, int64_t tokens, int64_t x_stride, float *y,
                      int64_t y_stride, int64_t row_begin, int64_t row_end, float *scratch) {
    const struct ck_vector_set *vector = ck_vector();
    if (w->type == CK_F32) {
        struct ck_rows rows = {(const uint8_t *)w->data + row_begin * w->row_bytes, w->columns, CK_F32};
        vector->scores(x, x_stride, tokens, &rows, row_end - row_begin, w->columns, 1, y + row_begin, y_stride);
        return;
    }
    for (int64_t first = row_begin; first < row_end; first += CK_SCRATCH_ROWS) {
        int64_t count = row_end - first < CK_SCRATCH_ROWS ? row_end - first : CK_SCRATCH_ROWS;
        for (int64_t row = 0; row < count; row++) ck_row(w, first + row, scratch + row * w->columns);
        struct ck_rows rows = {scratch, w->columns, CK_F32};
        vector->scores(x, x_stride, tokens, &rows, count, w->columns, 1, y + first, y_stride);
    }
}

void ck_multiply_transposed(const struct ck_matrix *w, const float *x, int64_t tokens, int64_t x_stride, float *y,
                            int64_t y_stride, float *scratch) {
    const struct ck_vector_set *vector = ck_vector();
    for (int64_t t = 0; t < tokens; t++)
        for (int64_t i = 0; i < w->columns; i++) y[t * y_stride + i] = 0;
    for (int64_t row = 0; row < w->rows; row++) {
        ck_row(w, row, scratch);
        for (int64_t t = 0; t < tokens; t++)
            vector->add_scaled(y + t * y_stride, scratch, x[t * x_stride + row], w->columns);
    }
}
