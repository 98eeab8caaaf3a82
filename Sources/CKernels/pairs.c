/* MXFP4 as Hugging Face folders hold it: codes of neighbouring columns share a byte, scales lie elsewhere. */
#include "ckernels.h"

#include <string.h>

int64_t ck_join_mxfp4(const void *codes, const void *scales, int64_t count, void *blocks) {
    const uint8_t *in = codes, *exponents = scales;
    uint8_t *out = blocks;
    for (int64_t b = 0; b < count; b++, in += 16, out += 17) {
        if (exponents[b] == 255) return b;
        uint8_t pairs[16], joined[16];
        memcpy(pairs, in, sizeof pairs); /* before `out` is written: the two may share memory */
        for (int i = 0; i < 8; i++) {
            joined[2 * i] = (uint8_t)((pairs[i] & 15) | pairs[8 + i] << 4);
            joined[2 * i + 1] = (uint8_t)(pairs[i] >> 4 | (pairs[8 + i] & 0xf0));
        }
        out[0] = exponents[b];
        memcpy(out + 1, joined, sizeof joined);
    }
    return -1;
}
