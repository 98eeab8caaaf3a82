/* SHA-256 by the cryptographic extension of ARMv8, which the Raspberry Pi 5 has and the Pi 4 has not. */
#if defined(__aarch64__)
#include "sha256.h"

#include <arm_neon.h>
#include <stddef.h>
#include <sys/auxv.h>

__attribute__((target("sha2"))) static void blocks_arm(uint32_t state[8], const uint8_t *blocks, int64_t count) {
    uint32x4_t abcd = vld1q_u32(state), efgh = vld1q_u32(state + 4);
    for (; count; count--, blocks += 64) {
        uint32x4_t abcd_before = abcd, efgh_before = efgh, words[4];
        for (int i = 0; i < 4; i++) words[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(blocks + 16 * i)));
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) {
            uint32x4_t now = words[i & 3], old = abcd;
            uint32x4_t sum = vaddq_u32(now, vld1q_u32(ck_sha256_constants + 4 * i));
            abcd = vsha256hq_u32(abcd, efgh, sum);
            efgh = vsha256h2q_u32(efgh, old, sum);
            if (i < 12) /* words i + 16 … i + 19 of the schedule, in the place of those just used */
                words[i & 3] = vsha256su1q_u32(
                    vsha256su0q_u32(now, words[(i + 1) & 3]), words[(i + 2) & 3], words[(i + 3) & 3]);
        }
        abcd = vaddq_u32(abcd, abcd_before);
        efgh = vaddq_u32(efgh, efgh_before);
    }
    vst1q_u32(state, abcd);
    vst1q_u32(state + 4, efgh);
}

ck_sha256_blocks *ck_sha256_native(void) {
    return getauxval(AT_HWCAP) & 1ul << 6 ? blocks_arm : NULL; /* HWCAP_SHA2 */
}
#endif
