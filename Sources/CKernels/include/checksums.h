/* CRC-32C and SHA-256: of files that are made and read, not of weights in use.
 *
 * The functions take the processor's own instructions where it has them; those named _generic never do, so that tests
 * can compare the two. No pointer need be aligned. */
#ifndef CKERNELS_CHECKSUMS_H
#define CKERNELS_CHECKSUMS_H

#include <stdint.h>

/* CRC-32C (Castagnoli, RFC 3720) of what `crc` is the checksum of, followed by `data`; nothing has checksum 0. */
uint32_t ck_crc32c(uint32_t crc, const void *data, int64_t byte_count);
uint32_t ck_crc32c_generic(uint32_t crc, const void *data, int64_t byte_count);

/* A SHA-256 (FIPS 180-4) that is under way. */
struct ck_sha256 {
    uint32_t state[8];
    uint64_t byte_count;
    uint8_t pending[64]; /* the last byte_count % 64 bytes, then zeros */
};

void ck_sha256_init(struct ck_sha256 *hash);
void ck_sha256_update(struct ck_sha256 *hash, const void *data, int64_t byte_count);
void ck_sha256_update_generic(struct ck_sha256 *hash, const void *data, int64_t byte_count);

/* The digest of all bytes so far; `hash` stays as it is and can go on. */
void ck_sha256_finish(const struct ck_sha256 *hash, uint8_t digest[32]);

/* The whole state as little-endian bytes: state, byte_count, pending. */
enum { CK_SHA256_SAVED_BYTES = 104 };
void ck_sha256_save(const struct ck_sha256 *hash, uint8_t saved[CK_SHA256_SAVED_BYTES]);

/* Takes up a saved state; 0, and `hash` untouched, if no hash has it. */
int32_t ck_sha256_restore(struct ck_sha256 *hash, const uint8_t saved[CK_SHA256_SAVED_BYTES]);

#endif
