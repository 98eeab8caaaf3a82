/* What must be the same bytes on every machine: checksums by the processor's own instructions and without them, and the
 * quantizers. Compares what it can on this machine, and prints a digest of everything to compare with others'.
 * For machines without a Swift toolchain (Tools/test_arm64.sh); Tests/KernelsTests does the same elsewhere. */
#include "../Sources/CKernels/include/checksums.h"
#include "../Sources/CKernels/include/ckernels.h"
#include "../Sources/CKernels/quantize.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;
static uint32_t random_bits(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static int different;
static int64_t accepted_rows;
static struct ck_sha256 digest;

/* Everything that other machines must have too, taken in by the generic code. */
static void note(const void *bytes, int64_t count) { ck_sha256_update_generic(&digest, bytes, count); }

/* ---- Checksums ---- */

static void check_checksums(const uint8_t *bytes, int64_t count) {
    uint32_t crc = ck_crc32c(0, bytes, count), generic = ck_crc32c_generic(0, bytes, count);
    if (crc != generic)
        different++, printf("CRC-32C of %lld bytes: %08x instead of %08x\n", (long long)count, crc, generic);
    int64_t cut = count ? random_bits() % count : 0;
    if (ck_crc32c(ck_crc32c(0, bytes, cut), bytes + cut, count - cut) != generic)
        different++, printf("CRC-32C of %lld bytes, cut at %lld\n", (long long)count, (long long)cut);
    struct ck_sha256 hash, slow;
    uint8_t first[32], second[32];
    ck_sha256_init(&hash), ck_sha256_init(&slow);
    ck_sha256_update(&hash, bytes, cut), ck_sha256_update(&hash, bytes + cut, count - cut);
    ck_sha256_update_generic(&slow, bytes, count);
    ck_sha256_finish(&hash, first), ck_sha256_finish(&slow, second);
    if (memcmp(first, second, 32)) different++, printf("SHA-256 of %lld bytes\n", (long long)count);
    note(&generic, sizeof generic), note(second, sizeof second);
}

static void all_checksums(void) {
    enum { LONGEST = 100000 };
    uint8_t *bytes = malloc(LONGEST + 8);
    for (int i = 0; i < LONGEST + 8; i++) bytes[i] = (uint8_t)random_bits();
    for (int64_t count = 0; count < 300; count++) check_checksums(bytes + count % 8, count);
    for (int round = 0; round < 200; round++) check_checksums(bytes + random_bits() % 8, random_bits() % 9000);
    check_checksums(bytes + 3, LONGEST);
    free(bytes);
}

/* ---- Quantizers ---- */

enum filling { NORMAL, OUTLIERS, ONE_SIGN, TINY, HUGE_VALUES, ZEROS, DENORMAL, ANY_BITS, FILLINGS };

static float uniform(void) { return (float)(int32_t)(random_bits() - 0x40000000) * 0x1p-30f; }

static float power_of_two(int exponent) {
    uint32_t bits = (uint32_t)(exponent + 127) << 23;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Every other round the huge ones are what halves can still scale, and any bits are numbers of a usual size. */
static float value_of(enum filling filling, int column, float scale, int is_odd) {
    /* One after the other: compilers may choose an order within a sum. */
    float bell = uniform();
    bell += uniform();
    bell += uniform();
    uint32_t bits = random_bits() << 1;
    bits ^= random_bits();
    float value;
    switch (filling) {
    case NORMAL: return scale * bell;
    case OUTLIERS: return scale * bell * (random_bits() % 16 ? 1 : 20);
    case ONE_SIGN: return scale * (bell < 0 ? -bell : bell) + scale;
    case TINY: return bell * 0x1p-100f;
    case HUGE_VALUES: return bell * (is_odd ? 0x1p100f : 0x1p14f);
    case ZEROS: return column % 32 == 5 && random_bits() % 4 == 0 ? scale : (random_bits() & 1 ? 0.f : -0.f);
    case DENORMAL: bits &= 0x807fffff; break;
    default: bits = is_odd ? bits : (bits & 0xbfffffff) | (bits & 0x40000000) >> 2; break; /* odd: infinite, NaN too */
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int32_t quantize_by(const struct ck_quantizers *set, uint32_t type, const float *x, int64_t count,
                           void *blocks) {
    switch (type) {
    case CK_Q4_0: return set->q4_0(x, count, blocks);
    case CK_Q4_1: return set->q4_1(x, count, blocks);
    case CK_Q5_0: return set->q5_0(x, count, blocks);
    case CK_Q8_0: return set->q8_0(x, count, blocks);
    case CK_IQ4_NL: return set->iq4_nl(x, count, blocks);
    case CK_MXFP4: return set->mxfp4(x, count, blocks);
    case CK_BF16: return set->bf16(x, count, blocks);
    default: return ck_quantize_rows_generic(type, x, count, blocks);
    }
}

struct type {
    const char *name;
    uint32_t type;
    int64_t block; /* bytes of 32 values */
};

static const struct type types[] = {
    {"f32", CK_F32, 128},  {"f16", CK_F16, 64},   {"bf16", CK_BF16, 64},
    {"q4_0", CK_Q4_0, 18}, {"q4_1", CK_Q4_1, 20}, {"q5_0", CK_Q5_0, 22},
    {"q8_0", CK_Q8_0, 34}, {"iq4_nl", CK_IQ4_NL, 18}, {"mxfp4", CK_MXFP4, 17},
};
enum { TYPES = sizeof types / sizeof *types, LONGEST_ROW = 32 * 64 };

/* A row, and what the generic quantizer makes of it. */
struct row {
    const struct type *type;
    int filling;
    const float *x;
    int64_t count;
    int32_t accepted;
    uint8_t expected[LONGEST_ROW * 4];
};

/* The blocks of another set must be the same. */
static void compare(const struct row *row, const char *set, int32_t accepted, const uint8_t *blocks) {
    int64_t bytes = row->count / 32 * row->type->block;
    if (accepted == row->accepted && (!accepted || !memcmp(blocks, row->expected, (size_t)bytes))) return;
    different++;
    printf("%s %s: other blocks than generic (filling %d, %lld values)\n", row->type->name, set, row->filling,
           (long long)row->count);
}

static void compare_by(const struct row *row, const char *name, const struct ck_quantizers *set, uint8_t *blocks) {
    compare(row, name, quantize_by(set, row->type->type, row->x, row->count, blocks), blocks);
}

static void check_quantizer(const struct type *type, enum filling filling, const float *x, int64_t count) {
    static struct row row;
    static uint8_t blocks[LONGEST_ROW * 4];
    row.type = type, row.filling = filling, row.x = x, row.count = count;
    int32_t accepted = row.accepted = ck_quantize_rows_generic(type->type, x, count, row.expected);
    compare(&row, "widest", ck_quantize_rows(type->type, x, count, blocks), blocks);
    compare_by(&row, "generic", &ck_quantizers_generic, blocks);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) compare_by(&row, "avx2", &ck_quantizers_avx2, blocks);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        compare_by(&row, "avx512", &ck_quantizers_avx512, blocks);
#endif
    note(&accepted, sizeof accepted);
    /* What is refused leaves blocks of no use. */
    if (accepted) accepted_rows++, note(row.expected, count / 32 * type->block);
}

static int64_t all_quantizers(void) {
    static float x[LONGEST_ROW];
    int64_t rows = 0;
    for (int round = 0; round < 40; round++)
        for (int filling = 0; filling < FILLINGS; filling++) {
            int64_t count = 32 * (1 + random_bits() % 64);
            for (int64_t i = 0; i < count; i++) {
                float scale = power_of_two((int)(i / 32 * 7 % 24) - 14);
                x[i] = value_of((enum filling)filling, (int)i, scale, round % 2);
            }
            note(x, count * (int64_t)sizeof *x);
            for (int t = 0; t < TYPES; t++, rows++) check_quantizer(&types[t], (enum filling)filling, x, count);
        }
    return rows;
}

int main(void) {
    ck_sha256_init(&digest);
    all_checksums();
    int64_t rows = all_quantizers();
    uint8_t bytes[32];
    ck_sha256_finish(&digest, bytes);
    printf("%lld of %lld rows quantized, %d differ, digest ", (long long)accepted_rows, (long long)rows, different);
    for (int i = 0; i < 32; i++) printf("%02x", bytes[i]);
    printf("\n");
    return different != 0;
}
