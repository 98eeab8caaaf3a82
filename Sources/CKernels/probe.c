/* What the machine can do at most: reading memory, and dot products that never leave the registers. Benchmarks relate
 * the kernels to these. */
#include "ckernels.h"

#include <stddef.h>

#if defined(__aarch64__)
#include <arm_neon.h>
#include <sys/auxv.h>
#elif defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

/* A cache line; the compiler loads it with the widest registers of the function it is used in. */
typedef uint64_t line __attribute__((vector_size(64)));

INLINE uint64_t read_lines(const line *lines, int64_t count, int64_t ahead) {
    line a = {0}, b = {0}, c = {0}, d = {0};
    for (int64_t i = 0; i < count; i += 4) {
        if (ahead)
            for (int64_t j = 0; j < 4; j++) __builtin_prefetch((const char *)(lines + i + j) + ahead);
        a |= lines[i];
        b |= lines[i + 1];
        c |= lines[i + 2];
        d |= lines[i + 3];
    }
    a = (a | b) | (c | d);
    uint64_t sum = 0;
    for (int j = 0; j < 8; j++) sum += a[j];
    return sum;
}

INLINE uint64_t read_bytes(const void *data, int64_t byte_count, int64_t ahead) {
    int64_t count = byte_count / (int64_t)sizeof(line);
    return ahead ? read_lines(data, count, ahead) : read_lines(data, count, 0);
}

#define READ(isa, attribute) \
    attribute static uint64_t read_bytes_##isa(const void *data, int64_t byte_count, int64_t ahead) { \
        return read_bytes(data, byte_count, ahead); \
    }
READ(baseline, )
#if defined(__x86_64__)
READ(avx2, __attribute__((target("avx2"))))
READ(avx512, __attribute__((target("avx512f"))))
#endif

uint64_t ck_read_bytes(const void *data, int64_t byte_count, int64_t ahead) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return read_bytes_avx512(data, byte_count, ahead);
    if (__builtin_cpu_supports("avx2")) return read_bytes_avx2(data, byte_count, ahead);
#endif
    return read_bytes_baseline(data, byte_count, ahead);
}

/* A probe keeps SUMS independent sums, so that the latency of one is hidden by the others: an instruction takes up to
 * five cycles, and up to two begin in a cycle. The empty assembly keeps the compiler from computing anything ahead. */
enum { SUMS = 12 };

#define PROBE(probe, attribute, vector, constraint, broadcast, step, first_lane) \
    attribute static uint64_t probe(int64_t rounds) { \
        vector a = broadcast(0x03030303), b = broadcast(0x05050505), sums[SUMS]; \
        for (int i = 0; i < SUMS; i++) sums[i] = a; \
        __asm__ volatile("" : "+" constraint(b)); \
        for (int64_t round = 0; round < rounds; round++) { \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) { \
                __asm__ volatile("" : "+" constraint(a)); \
                sums[i] = step(sums[i], a, b); \
                __asm__ volatile("" : "+" constraint(sums[i])); \
            } \
        } \
        uint64_t checksum = 0; \
        for (int i = 0; i < SUMS; i++) checksum += (uint32_t)first_lane(sums[i]); \
        return checksum; \
    }

#if defined(__x86_64__)
#define LANE_512(v) _mm_cvtsi128_si32(_mm512_castsi512_si128(v))
#define LANE_256(v) _mm_cvtsi128_si32(_mm256_castsi256_si128(v))
#define STEP_AVX2(sum, a, b) \
    _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1)))

PROBE(dot_vnni512, __attribute__((target("avx512f,avx512vnni"))), __m512i, "v", _mm512_set1_epi32,
      _mm512_dpbusd_epi32, LANE_512)
PROBE(dot_vnni256, __attribute__((target("avx512f,avx512vl,avx512vnni"))), __m256i, "v", _mm256_set1_epi32,
      _mm256_dpbusd_epi32, LANE_256)
PROBE(dot_avxvnni, __attribute__((target("avx2,avxvnni"))), __m256i, "x", _mm256_set1_epi32,
      _mm256_dpbusd_avx_epi32, LANE_256)
PROBE(dot_avx2, __attribute__((target("avx2"))), __m256i, "x", _mm256_set1_epi32, STEP_AVX2, LANE_256)

static int has_vnni512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}

static int has_avxvnni(void) {
    unsigned a, b, c, d;
    return __builtin_cpu_supports("avx2") && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 4);
}

static int has_avx2(void) { return __builtin_cpu_supports("avx2"); }
#elif defined(__aarch64__)
#define BYTES(v) vreinterpretq_s8_s32(v)
#define LANE_NEON(v) vgetq_lane_s32(v, 0)
#define STEP_SMMLA(sum, a, b) vmmlaq_s32(sum, BYTES(a), BYTES(b))
#define STEP_SDOT(sum, a, b) vdotq_s32(sum, BYTES(a), BYTES(b))
#define STEP_NEON(sum, a, b) \
    vpadalq_s16(sum, vmlal_high_s8(vmull_s8(vget_low_s8(BYTES(a)), vget_low_s8(BYTES(b))), BYTES(a), BYTES(b)))

PROBE(dot_smmla, __attribute__((target("i8mm"))), int32x4_t, "w", vdupq_n_s32, STEP_SMMLA, LANE_NEON)
PROBE(dot_sdot, __attribute__((target("dotprod"))), int32x4_t, "w", vdupq_n_s32, STEP_SDOT, LANE_NEON)
PROBE(dot_neon, , int32x4_t, "w", vdupq_n_s32, STEP_NEON, LANE_NEON)

static int has_dotprod(void) { return (getauxval(AT_HWCAP) & 1ul << 20) != 0; } /* HWCAP_ASIMDDP */
static int has_i8mm(void) { return (getauxval(AT_HWCAP2) & 1ul << 13) != 0; }   /* HWCAP2_I8MM */
#endif

#define BYTE(value) ((value) & 0xffu)
#define SAME(value) (value)
#define STEP_PLAIN(sum, a, b) ((sum) + (a) * (b))
PROBE(dot_plain, , uint32_t, "r", BYTE, STEP_PLAIN, SAME)

static int always(void) { return 1; }

static const struct {
    struct ck_dot_probe probe;
    int (*is_present)(void);
} probes[] = {
#if defined(__x86_64__)
    {{"vpdpbusd zmm", SUMS * 128, dot_vnni512}, has_vnni512},
    {{"vpdpbusd ymm", SUMS * 64, dot_vnni256}, has_vnni512},
    {{"vpdpbusd ymm (vex)", SUMS * 64, dot_avxvnni}, has_avxvnni},
    {{"vpmaddubsw ymm", SUMS * 64, dot_avx2}, has_avx2},
#elif defined(__aarch64__)
    {{"smmla", SUMS * 64, dot_smmla}, has_i8mm},
    {{"sdot", SUMS * 32, dot_sdot}, has_dotprod},
    {{"smlal", SUMS * 32, dot_neon}, always},
#endif
    {{"multiply and add", SUMS * 2, dot_plain}, always},
};

const struct ck_dot_probe *ck_dot_probe(int32_t index) {
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        if (probes[i].is_present() && index-- == 0) return &probes[i].probe;
    return NULL;
}
