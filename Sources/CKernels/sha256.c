/* SHA-256 (FIPS 180-4) with a state that is plain data, so that it can be saved and taken up again. */
#include "sha256.h"
#include "checksums.h"

#include <stddef.h>
#include <string.h>

/* The first 32 bits of the fractions of the cube roots of the first 64 primes. */
const uint32_t ck_sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t load_big_endian(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static void store_big_endian(uint8_t *p, uint32_t word) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(word >> (24 - 8 * i));
}

static uint32_t rotated(uint32_t word, int by) { return word >> by | word << (32 - by); }

static void blocks_generic(uint32_t state[8], const uint8_t *blocks, int64_t count) {
    for (; count; count--, blocks += 64) {
        uint32_t words[64], v[8];
        for (int i = 0; i < 16; i++) words[i] = load_big_endian(blocks + 4 * i);
        for (int i = 16; i < 64; i++) {
            uint32_t near = words[i - 2], far = words[i - 15];
            words[i] = words[i - 16] + (rotated(far, 7) ^ rotated(far, 18) ^ far >> 3) + words[i - 7] +
                       (rotated(near, 17) ^ rotated(near, 19) ^ near >> 10);
        }
        memcpy(v, state, sizeof v);
        for (int i = 0; i < 64; i += 8) {
            /* The variables stay in their registers, their roles move: a is v[0], v[7], v[6], … */
#pragma clang loop unroll(full)
            for (int j = 0; j < 8; j++) {
                uint32_t a = v[-j & 7], b = v[(1 - j) & 7], c = v[(2 - j) & 7];
                uint32_t e = v[(4 - j) & 7], f = v[(5 - j) & 7], g = v[(6 - j) & 7], *h = &v[(7 - j) & 7];
                uint32_t sum = *h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + (g ^ (e & (f ^ g))) +
                               ck_sha256_constants[i + j] + words[i + j];
                v[(3 - j) & 7] += sum;
                *h = sum + (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) | (c & (a | b)));
            }
        }
        for (int i = 0; i < 8; i++) state[i] += v[i];
    }
}

static void update(struct ck_sha256 *hash, const uint8_t *p, int64_t byte_count, ck_sha256_blocks *blocks) {
    size_t filled = hash->byte_count % 64;
    hash->byte_count += (uint64_t)byte_count;
    if (filled) {
        size_t taken = 64 - filled;
        if ((int64_t)taken > byte_count) taken = (size_t)byte_count;
        if (taken) memcpy(hash->pending + filled, p, taken);
        if (filled + taken < 64) return;
        blocks(hash->state, hash->pending, 1);
        memset(hash->pending, 0, sizeof hash->pending);
        p += taken;
        byte_count -= (int64_t)taken;
    }
    if (byte_count >= 64) blocks(hash->state, p, byte_count / 64);
    if (byte_count % 64) memcpy(hash->pending, p + byte_count / 64 * 64, (size_t)(byte_count % 64));
}

static ck_sha256_blocks *best(void) {
    ck_sha256_blocks *native = ck_sha256_native();
    return native ? native : blocks_generic;
}

void ck_sha256_init(struct ck_sha256 *hash) {
    /* The same of the square roots of the first 8 primes. */
    *hash = (struct ck_sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                                         0x1f83d9ab, 0x5be0cd19}};
}

void ck_sha256_update(struct ck_sha256 *hash, const void *data, int64_t byte_count) {
    update(hash, data, byte_count, best());
}

void ck_sha256_update_generic(struct ck_sha256 *hash, const void *data, int64_t byte_count) {
    update(hash, data, byte_count, blocks_generic);
}

void ck_sha256_finish(const struct ck_sha256 *hash, uint8_t digest[32]) {
    /* A bit of one, zeros to the end of a block, and the number of bits in its last eight bytes. */
    struct ck_sha256 last = *hash;
    uint8_t end[72] = {0x80};
    uint64_t bits = hash->byte_count * 8;
    int64_t padding = 1 + (int64_t)((119 - hash->byte_count % 64) % 64);
    store_big_endian(end + padding, (uint32_t)(bits >> 32));
    store_big_endian(end + padding + 4, (uint32_t)bits);
    ck_sha256_update(&last, end, padding + 8);
    for (int i = 0; i < 8; i++) store_big_endian(digest + 4 * i, last.state[i]);
}

void ck_sha256_save(const struct ck_sha256 *hash, uint8_t saved[CK_SHA256_SAVED_BYTES]) {
    for (int i = 0; i < 32; i++) saved[i] = (uint8_t)(hash->state[i / 4] >> (8 * (i % 4)));
    for (int i = 0; i < 8; i++) saved[32 + i] = (uint8_t)(hash->byte_count >> (8 * i));
    memcpy(saved + 40, hash->pending, sizeof hash->pending);
}

int32_t ck_sha256_restore(struct ck_sha256 *hash, const uint8_t saved[CK_SHA256_SAVED_BYTES]) {
    struct ck_sha256 restored = {0};
    for (int i = 0; i < 32; i++) restored.state[i / 4] |= (uint32_t)saved[i] << (8 * (i % 4));
    for (int i = 0; i < 8; i++) restored.byte_count |= (uint64_t)saved[32 + i] << (8 * i);
    memcpy(restored.pending, saved + 40, sizeof restored.pending);
    /* SHA-256 counts at most 2^64 − 1 bits, and what is behind the pending bytes is zero. */
    if (restored.byte_count >> 61) return 0;
    for (uint64_t i = restored.byte_count % 64; i < 64; i++)
        if (restored.pending[i]) return 0;
    *hash = restored;
    return 1;
}
