/* Compares every instruction set of the machine it runs on with the generic kernels, bit for bit, and packing with
 * unpacking. Without arguments all types; otherwise one of the names below.
 * For machines without a Swift toolchain (Tools/test_arm64.sh); Tests/KernelsTests does the same elsewhere. */
#include "../Sources/CKernels/include/ckernels.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct type {
    const char *name;
    uint32_t type;
    int64_t columns, bytes; /* of a row's block in a file */
    int64_t scales;         /* where its F16 scales lie */
    int halves;             /* how many */
};

static const struct type types[] = {
    {"q4_0", CK_Q4_0, 32, 18, 0, 1},     {"q4_1", CK_Q4_1, 32, 20, 0, 2},   {"q5_0", CK_Q5_0, 32, 22, 0, 1},
    {"q8_0", CK_Q8_0, 32, 34, 0, 1},     {"iq4_nl", CK_IQ4_NL, 32, 18, 0, 1}, {"mxfp4", CK_MXFP4, 32, 17, 0, 0},
    {"q4_k", CK_Q4_K, 256, 144, 0, 2},   {"q6_k", CK_Q6_K, 256, 210, 208, 1},
};
enum { TYPES = sizeof types / sizeof *types };

/* Rows, columns (rounded up to a whole number of blocks) and tokens: the row lengths of real experts and odd ones. */
static const int64_t shapes[][3] = {
    {1, 32, 1},    {4, 64, 4},     {7, 96, 3},   {66, 256, 5},  {33, 1408, 9},  {17, 544, 16},
    {16, 2048, 17}, {31, 768, 33},  {35, 288, 2}, {15, 5632, 6}, {3, 10944, 3},  {16, 11264, 2},
    {18, 64, 512}, {48, 160, 31},  {16, 2816, 8}, {2, 7168, 16}, {64, 5632, 4}, {40, 10944, 7},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static uint64_t state = 1;
static uint32_t random_bits(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

/* What a whole matrix is filled with. */
enum filling { ORDINARY, MIXED, LOWEST, HIGHEST, FILLINGS };

static uint16_t random_scale(enum filling filling) {
    static const uint16_t extreme[] = {0, 0x8000, 1, 0x8001, 0x03ff, 0x7bff, 0xfbff};
    if (filling == ORDINARY || random_bits() % 4)
        return (uint16_t)((0x1400 + random_bits() % 0x1c00) | (random_bits() & 1) << 15);
    return extreme[random_bits() % (sizeof extreme / sizeof *extreme)];
}

static void fill_weights(const struct type *type, enum filling filling, uint8_t *bytes, int64_t blocks) {
    static const uint8_t extreme[] = {0x00, 0xff, 0x80, 0x7f, 0x0f, 0xf0};
    for (int64_t block = 0; block < blocks; block++, bytes += type->bytes) {
        int value = -1;
        if (filling == LOWEST) value = type->type == CK_Q8_0 ? 0x80 : 0;
        if (filling == HIGHEST) value = type->type == CK_Q8_0 ? 0x7f : 0xff;
        if (filling == MIXED && random_bits() % 2) value = extreme[random_bits() % sizeof extreme];
        for (int64_t i = 0; i < type->bytes; i++) bytes[i] = (uint8_t)(value < 0 ? random_bits() : (uint32_t)value);
        if (type->type == CK_MXFP4) bytes[0] = (uint8_t)(random_bits() % (filling == ORDINARY ? 160 : 4));
        if (type->type == CK_Q6_K && filling >= LOWEST) memset(bytes + 192, filling == LOWEST ? 0x80 : 0x7f, 16);
        for (int half = 0; half < type->halves; half++) {
            uint16_t scale = random_scale(filling);
            memcpy(bytes + type->scales + 2 * half, &scale, 2);
        }
    }
}

/* Activations as ck_quantize_q8 could make them, and extreme ones. */
static void fill_tokens(enum filling filling, struct ck_q8_block *x, int64_t blocks) {
    for (int64_t block = 0; block < blocks; block++) {
        int kind = filling == ORDINARY ? 0 : (int)(random_bits() % 6);
        int32_t total = 0;
        x[block].minus_first = 0;
        for (int i = 0; i < 32; i++) {
            int value = (int)(random_bits() % 255) - 127;
            if (kind == 1) value = 127;
            if (kind == 2) value = -127;
            if (kind == 3) value = i & 1 ? 127 : -127;
            if (kind == 4) value = 0;
            x[block].quants[i] = (int8_t)value;
            total += value;
            if (i < 16) x[block].minus_first -= value;
        }
        x[block].minus_total = -total;
        float divisor = random_bits() % 8 ? 0x1p28f : 0x1p14f;
        x[block].scale = kind == 4 ? 0 : (float)(1 + random_bits() % 0xffffff) / divisor;
        x[block].sum = x[block].scale * (float)total;
    }
}

/* One matrix, its tokens as tiles, and the results of the generic kernels. */
struct problem {
    const struct type *type;
    int64_t rows, columns, tokens, stride;
    struct ck_packed packed;
    struct ck_tile *tiles;
    int64_t tile_count;
    float *expected, *y;
};

/* Tiles of one size (0: of all sizes), each as full as chance has it. */
static void make_tiles(struct problem *p, const struct ck_q8_block *x, int32_t size) {
    int64_t blocks = p->columns / 32;
    for (int64_t first = 0; first < p->tokens;) {
        struct ck_tile *tile = p->tiles + p->tile_count++;
        tile->size = size ? size : 1 << random_bits() % 5;
        tile->count = 1 + (int32_t)(random_bits() % (uint32_t)tile->size);
        if (random_bits() % 2 || p->tokens > 64) tile->count = tile->size;
        if (tile->count > p->tokens - first) tile->count = (int32_t)(p->tokens - first);
        tile->first = first;
        int32_t indices[16];
        for (int32_t t = 0; t < tile->count; t++) indices[t] = (int32_t)first + t;
        void *interleaved = malloc((size_t)(48 * tile->size * blocks));
        ck_make_tile(x, blocks, indices, tile->count, tile->size, interleaved);
        tile->blocks = interleaved;
        first += tile->count;
    }
}

static void multiply(const struct problem *p, float *y) {
    int64_t groups = (p->rows + CK_GROUP_ROWS - 1) / CK_GROUP_ROWS;
    memset(y, 0xff, (size_t)(p->tokens * p->stride) * sizeof *y);
    ck_multiply_packed(&p->packed, p->tiles, p->tile_count, y, p->stride, 0, groups / 2);
    ck_multiply_packed(&p->packed, p->tiles, p->tile_count, y, p->stride, groups / 2, groups);
}

/* Compares the whole of y, also the columns after the last row, which nobody may touch. */
static int differs(const struct problem *p, const char *isa) {
    if (!memcmp(p->y, p->expected, (size_t)(p->tokens * p->stride) * sizeof *p->y)) return 0;
    for (int64_t t = 0; t < p->tokens; t++)
        for (int64_t row = 0; row < p->stride; row++) {
            const float *got = p->y + t * p->stride + row, *wanted = p->expected + t * p->stride + row;
            if (!memcmp(got, wanted, sizeof *got)) continue;
            int64_t i = 0;
            while (i + 1 < p->tile_count && p->tiles[i + 1].first <= t) i++;
            printf("%s %s: %lld x %lld, %lld tokens: row %lld, token %lld (tile of %d): %.9g instead of %.9g\n",
                   p->type->name, isa, (long long)p->rows, (long long)p->columns, (long long)p->tokens,
                   (long long)row, (long long)t, p->tiles[i].size, (double)*got, (double)*wanted);
            return 1;
        }
    return 1;
}

static int64_t compared[8], different;

static void compare_sets(struct problem *p) {
    ck_isa_select("generic");
    multiply(p, p->expected);
    for (int set = 0; ck_isa_name(set) && strcmp(ck_isa_name(set), "generic"); set++) {
        ck_isa_select(ck_isa_name(set));
        multiply(p, p->y);
        compared[set]++;
        different += differs(p, ck_isa_name(set));
    }
}

/* Every row must come back as it was. */
static void check_round_trip(const struct problem *p, const uint8_t *stored) {
    int64_t row_bytes = p->columns / p->type->columns * p->type->bytes;
    uint8_t *row = malloc((size_t)row_bytes);
    for (int64_t r = 0; r < p->rows; r++) {
        ck_unpack_row(p->type->type, p->packed.data, r, p->columns, row);
        if (!memcmp(row, stored + r * row_bytes, (size_t)row_bytes)) continue;
        printf("%s: row %lld of %lld x %lld is not unpacked as it was packed\n", p->type->name, (long long)r,
               (long long)p->rows, (long long)p->columns);
        different++;
        break;
    }
    free(row);
}

static void check(const struct type *type, const int64_t shape[3], enum filling filling, int32_t size) {
    struct problem p = {.type = type, .rows = shape[0], .tokens = shape[2], .stride = shape[0] + 3};
    p.columns = (shape[1] + type->columns - 1) / type->columns * type->columns;
    int64_t blocks = p.rows * (p.columns / type->columns), x_blocks = p.tokens * (p.columns / 32);
    uint8_t *stored = malloc((size_t)(blocks * type->bytes));
    void *packed = malloc((size_t)ck_packed_bytes(type->type, p.rows, p.columns));
    struct ck_q8_block *x = malloc((size_t)x_blocks * sizeof *x);
    p.tiles = malloc((size_t)p.tokens * sizeof *p.tiles);
    p.expected = malloc((size_t)(p.tokens * p.stride) * sizeof(float));
    p.y = malloc((size_t)(p.tokens * p.stride) * sizeof(float));
    fill_weights(type, filling, stored, blocks);
    fill_tokens(filling, x, x_blocks);
    ck_pack_rows(type->type, stored, p.rows, p.columns, packed);
    p.packed = (struct ck_packed){packed, p.rows, p.columns, type->type};
    check_round_trip(&p, stored);
    make_tiles(&p, x, size);
    compare_sets(&p);
    for (int64_t i = 0; i < p.tile_count; i++) free((void *)p.tiles[i].blocks);
    free(stored), free(packed), free(x), free(p.tiles), free(p.expected), free(p.y);
}

int main(int argc, char **argv) {
    for (int t = 0; t < TYPES; t++) {
        if (argc > 1 && strcmp(argv[1], types[t].name)) continue;
        for (int s = 0; s < SHAPES; s++) {
            int is_large = shapes[s][0] * shapes[s][1] * shapes[s][2] > 100000;
            for (int filling = 0; filling < FILLINGS; filling++) {
                if (is_large && filling != s % FILLINGS) continue; /* the generic kernels are slow */
                for (int round = 0; round < (is_large ? 1 : 20); round++) check(&types[t], shapes[s], filling, 0);
                if (!is_large || s % 2 == 0)
                    for (int32_t size = 1; size <= 16; size *= 2) check(&types[t], shapes[s], filling, size);
            }
        }
    }
    for (int set = 0; ck_isa_name(set) && strcmp(ck_isa_name(set), "generic"); set++)
        printf("%s: %lld products\n", ck_isa_name(set), (long long)compared[set]);
    printf("%lld differ\n", (long long)different);
    return different != 0;
}
