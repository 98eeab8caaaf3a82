/* CRC-32C: eight tables where the processor has no instruction for it, else three streams at once.
 *
 * The instruction takes eight bytes and three cycles, and one can begin in every cycle: three independent streams
 * over the thirds of a block keep it busy. The register is linear over GF(2), so the streams are joined by moving the
 * register of the first ones over as many zero bytes as follow (a table of 4 × 256 entries per length). */
#include "checksums.h"

#include <pthread.h>
#include <string.h>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#define INLINE static inline __attribute__((always_inline))

/* Bytes of one of three streams (together a page but for 64 bytes, and an eighth of it for what is left) and of a step. */
enum { LONG = 1344, SHORT = 168, STEP = 56 };

/* The register after a word of zeros (generic: after 1 … 8 zero bytes) for each value of each of its bytes. */
static uint32_t zeros[8][256];
static uint32_t after_long[4][256], after_short[4][256];

INLINE uint64_t load(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word); /* both architectures are little-endian */
    return word;
}

INLINE uint32_t moved(uint32_t table[4][256], uint32_t crc) {
    return table[0][crc & 255] ^ table[1][crc >> 8 & 255] ^ table[2][crc >> 16 & 255] ^ table[3][crc >> 24];
}

static uint32_t run_generic(uint32_t crc, const uint8_t *p, int64_t count) {
    for (; count >= 8; p += 8, count -= 8) {
        uint64_t word = load(p) ^ crc;
        crc = 0;
        for (int byte = 0; byte < 8; byte++) crc ^= zeros[7 - byte][word >> (8 * byte) & 255];
    }
    for (; count; p++, count--) crc = crc >> 8 ^ zeros[0][(crc ^ *p) & 255];
    return crc;
}

/* What `length` zero bytes make of the register, from what they make of each of its bits. */
static void make_shift(uint32_t table[4][256], int64_t length) {
    static const uint8_t nothing[LONG];
    for (int byte = 0; byte < 4; byte++)
        for (int bit = 0; bit < 8; bit++) {
            uint32_t image = run_generic(1u << (8 * byte + bit), nothing, length);
            for (int low = 0; low < 1 << bit; low++) table[byte][1 << bit | low] = table[byte][low] ^ image;
        }
}

static void make_tables(void) {
    for (uint32_t value = 0; value < 256; value++) {
        uint32_t crc = value;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
        zeros[0][value] = crc;
    }
    for (int count = 1; count < 8; count++)
        for (int value = 0; value < 256; value++)
            zeros[count][value] = zeros[count - 1][value] >> 8 ^ zeros[0][zeros[count - 1][value] & 255];
    make_shift(after_long, LONG);
    make_shift(after_short, SHORT);
}

static void prepare(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_tables);
}

#if defined(__x86_64__)
#define NATIVE __attribute__((target("sse4.2")))
#define STEP_WORD(crc, word) (uint32_t)__builtin_ia32_crc32di(crc, word)
#define STEP_BYTE(crc, byte) __builtin_ia32_crc32qi(crc, byte)
static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__)
#define NATIVE __attribute__((target("crc")))
#define STEP_WORD(crc, word) __builtin_arm_crc32cd(crc, word)
#define STEP_BYTE(crc, byte) __builtin_arm_crc32cb(crc, byte)
static int has_instruction(void) { return (getauxval(AT_HWCAP) & 1ul << 7) != 0; } /* HWCAP_CRC32 */
#endif

#ifdef NATIVE
NATIVE INLINE uint32_t three_streams(uint32_t crc, const uint8_t *p, int64_t length, uint32_t after[4][256]) {
    uint32_t second = 0, third = 0;
    for (int64_t line = 0; line < length; line += STEP) {
        /* What was just read from a disk is in memory and not in a cache; a core alone does not ask far enough ahead.
         * These are the lines of the next three streams, in order. */
        for (int next = 0; next < 3; next++) __builtin_prefetch(p + 3 * (length + line) + next * 64);
        for (int64_t i = line; i < line + STEP; i += 8) {
            crc = STEP_WORD(crc, load(p + i));
            second = STEP_WORD(second, load(p + length + i));
            third = STEP_WORD(third, load(p + 2 * length + i));
        }
    }
    return moved(after, moved(after, crc) ^ second) ^ third;
}

NATIVE static uint32_t run_native(uint32_t crc, const uint8_t *p, int64_t count) {
    for (; count >= 3 * LONG; p += 3 * LONG, count -= 3 * LONG) crc = three_streams(crc, p, LONG, after_long);
    for (; count >= 3 * SHORT; p += 3 * SHORT, count -= 3 * SHORT) crc = three_streams(crc, p, SHORT, after_short);
    for (; count >= 8; p += 8, count -= 8) crc = STEP_WORD(crc, load(p));
    for (; count; p++, count--) crc = STEP_BYTE(crc, *p);
    return crc;
}
#else
#define run_native run_generic
static int has_instruction(void) { return 0; }
#endif

uint32_t ck_crc32c_generic(uint32_t crc, const void *data, int64_t byte_count) {
    prepare();
    return ~run_generic(~crc, data, byte_count);
}

uint32_t ck_crc32c(uint32_t crc, const void *data, int64_t byte_count) {
    prepare();
    return ~(has_instruction() ? run_native(~crc, data, byte_count) : run_generic(~crc, data, byte_count));
}
