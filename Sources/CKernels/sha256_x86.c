/* SHA-256 by the SHA extensions of x86. */
#if defined(__x86_64__)
#include "sha256.h"

#include <cpuid.h>
#include <immintrin.h>
#include <stddef.h>

__attribute__((target("sha,ssse3,sse4.1"))) static void blocks_x86(
    uint32_t state[8], const uint8_t *blocks, int64_t count) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i *constants = (const __m128i *)ck_sha256_constants;
    /* The instructions want the words as F E B A and H G D C, lowest first. */
    __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
    __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
    __m128i feba = _mm_alignr_epi8(badc, hgfe, 8), hgdc = _mm_blend_epi16(hgfe, badc, 0xf0);
    for (; count; count--, blocks += 64) {
        __m128i feba_before = feba, hgdc_before = hgdc, words[4];
        for (int i = 0; i < 4; i++)
            words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(blocks + 16 * i)), big_endian);
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) {
            __m128i now = words[i & 3], last = words[(i + 3) & 3];
            __m128i sum = _mm_add_epi32(now, _mm_loadu_si128(constants + i));
            hgdc = _mm_sha256rnds2_epu32(hgdc, feba, sum);
            feba = _mm_sha256rnds2_epu32(feba, hgdc, _mm_shuffle_epi32(sum, 0x0e));
            if (i < 12) { /* words i + 16 … i + 19 of the schedule, in the place of those just used */
                __m128i next = _mm_sha256msg1_epu32(now, words[(i + 1) & 3]);
                next = _mm_add_epi32(next, _mm_alignr_epi8(last, words[(i + 2) & 3], 4));
                words[i & 3] = _mm_sha256msg2_epu32(next, last);
            }
        }
        feba = _mm_add_epi32(feba, feba_before);
        hgdc = _mm_add_epi32(hgdc, hgdc_before);
    }
    __m128i abef = _mm_shuffle_epi32(feba, 0x1b), dchg = _mm_shuffle_epi32(hgdc, 0xb1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(abef, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, abef, 8));
}

ck_sha256_blocks *ck_sha256_native(void) {
    unsigned a, b, c, d;
    int has_sha = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29);
    return has_sha && __builtin_cpu_supports("sse4.1") ? blocks_x86 : NULL;
}
#elif !defined(__aarch64__)
#include "sha256.h"

#include <stddef.h>

ck_sha256_blocks *ck_sha256_native(void) { return NULL; }
#endif
