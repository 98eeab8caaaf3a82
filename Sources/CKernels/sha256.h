/* Private to CKernels: the compression functions of SHA-256. */
#ifndef CKERNELS_SHA256_H
#define CKERNELS_SHA256_H

#include <stdint.h>

/* Takes `count` blocks of 64 bytes into the state. */
typedef void ck_sha256_blocks(uint32_t state[8], const uint8_t *blocks, int64_t count);

/* The processor's own instructions, or NULL if this one has none. */
ck_sha256_blocks *ck_sha256_native(void);

extern const uint32_t ck_sha256_constants[64];

#endif
