/* Products of packed matrices with tiles of tokens, on top of the kernel of one group. */
#include "packed.h"
#include "vector.h"

#include <string.h>

enum { ROWS = CK_GROUP_ROWS, BLOCK = 2 * ROWS, LARGEST_TILE = 16, RUN = 8 };

void ck_multiply_packed(const struct ck_packed *w, const struct ck_tile *tiles, int64_t tile_count, float *y,
                        int64_t y_stride, int64_t group_begin, int64_t group_end) {
    ck_multiply_group_kernel *multiply = ck_multiply_group();
    for (int64_t group = group_begin; group < group_end; group++)
        for (int64_t i = 0; i < tile_count; i++) {
            const struct ck_tile *tile = tiles + i;
            float *out = y + tile->first * y_stride + ROWS * group;
            int64_t rows = w->rows - ROWS * group;
            if (rows >= ROWS) {
                multiply(w, group, tile, out, y_stride);
            } else {
                float whole[LARGEST_TILE * ROWS];
                multiply(w, group, tile, whole, ROWS);
                for (int32_t t = 0; t < tile->count; t++)
                    memcpy(out + t * y_stride, whole + t * ROWS, (size_t)rows * sizeof(float));
            }
        }
}

/* One token: several blocks of gate, then of up, so that each streams from memory in a long run. */
static void swiglu_token(const struct ck_packed *gate, const struct ck_packed *up, const struct ck_tile *tile,
                         struct ck_q8_block *hidden, int64_t block_begin, int64_t block_end) {
    ck_multiply_group_kernel *multiply = ck_multiply_group();
    for (int64_t first = block_begin; first < block_end; first += RUN) {
        int64_t blocks = block_end - first < RUN ? block_end - first : RUN;
        float gates[RUN * BLOCK], ups[RUN * BLOCK];
        for (int64_t group = 0; group < 2 * blocks; group++)
            multiply(gate, 2 * first + group, tile, gates + ROWS * group, ROWS);
        for (int64_t group = 0; group < 2 * blocks; group++)
            multiply(up, 2 * first + group, tile, ups + ROWS * group, ROWS);
        ck_vector()->silu_multiply(gates, ups, blocks * BLOCK);
        ck_vector()->quantize_q8(gates, blocks * BLOCK, hidden + first);
    }
}

void ck_swiglu_packed(const struct ck_packed *gate, const struct ck_packed *up, const struct ck_tile *tiles,
                      int64_t tile_count, void *const *hidden, int64_t block_begin, int64_t block_end) {
    ck_multiply_group_kernel *multiply = ck_multiply_group();
    const struct ck_vector_set *vector = ck_vector();
    if (tile_count == 1 && tiles->size == 1) {
        swiglu_token(gate, up, tiles, hidden[0], block_begin, block_end);
        return;
    }
    for (int64_t block = block_begin; block < block_end; block++)
        for (int64_t i = 0; i < tile_count; i++) {
            const struct ck_tile *tile = tiles + i;
            float gates[LARGEST_TILE * BLOCK], ups[LARGEST_TILE * BLOCK];
            for (int64_t half = 0; half < 2; half++) {
                multiply(gate, 2 * block + half, tile, gates + ROWS * half, BLOCK);
                multiply(up, 2 * block + half, tile, ups + ROWS * half, BLOCK);
            }
            vector->silu_multiply(gates, ups, tile->count * BLOCK);
            uint8_t *out = (uint8_t *)hidden[i] + block * CK_TILE_BLOCK * tile->size;
            struct ck_q8_block values[LARGEST_TILE];
            memset(values, 0, sizeof values);
            vector->quantize_q8(gates, tile->count * BLOCK, values);
            for (int32_t t = 0; t < tile->size; t++) ck_set_tile_block(out, tile->size, t, values + t);
        }
}
