/* Compares the vector arithmetic of every instruction set of the machine it runs on with the generic one, bit for bit,
 * and the generic one with double precision. Arrays end at a page that cannot be touched. */
#define _GNU_SOURCE
#include "../Sources/CKernels/include/ckernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t state = 1;
static uint32_t random_bits(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static int64_t between(int64_t low, int64_t high) { return low + random_bits() % (high - low + 1); }

/* −1…1. */
static float uniform(void) { return (float)(int32_t)(random_bits() - 0x40000000) * 0x1p-30f; }

/* ---- Arrays that end at a guard page ---- */

static void *arrays[64];
static size_t array_bytes[64];
static int array_count;

static void *array(size_t bytes) {
    size_t pages = (bytes + 4095) / 4096 * 4096;
    char *base = mmap(NULL, pages + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) abort();
    mprotect(base + pages, 4096, PROT_NONE);
    arrays[array_count] = base;
    array_bytes[array_count++] = pages + 4096;
    return base + pages - bytes;
}

static float *floats(int64_t count) { return array((size_t)count * sizeof(float)); }

static void free_arrays(void) {
    while (array_count > 0) {
        array_count--;
        munmap(arrays[array_count], array_bytes[array_count]);
    }
}

/* Ordinary values; now and then a zero, a denormal or something large, or what `extreme` allows. */
static float value(int extreme) {
    static const float odd[] = {0, -0.0f, 1e-40f, -1e-45f, 3e4f, -1e-20f};
    static const float extremes[] = {1e30f, -1e38f, INFINITY, -INFINITY, 1e-38f, 89, -89, -104};
    if (random_bits() % 32 == 0) return odd[random_bits() % 6];
    if (extreme && random_bits() % 8 == 0) return extremes[random_bits() % 8];
    return uniform() * (random_bits() % 4 ? 1 : 12);
}

static float *random_floats(int64_t count, int extreme) {
    float *x = floats(count);
    for (int64_t i = 0; i < count; i++) x[i] = value(extreme);
    return x;
}

static float half_value(uint16_t half) {
    int exponent = half >> 10 & 31, mantissa = half & 1023;
    float magnitude = exponent == 31 ? mantissa ? NAN : INFINITY
                      : exponent ? ldexpf((float)(1024 + mantissa), exponent - 25) : ldexpf((float)mantissa, -24);
    return half & 0x8000 ? -magnitude : magnitude;
}

/* ---- Verdicts ---- */

static int64_t compared, wrong;

/* Over what generic computed: the same number on every architecture, if libm's fmaf is right where it is used. */
static uint64_t checksum = 1;
static void sum_up(const float *x, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits = 0x7fc00000;
        if (!isnan(x[i])) memcpy(&bits, x + i, 4);
        checksum = (checksum ^ bits) * 0x100000001b3u;
    }
}

/* Equal bits; any NaN is as good as another. */
static void expect_same(const char *what, const float *result, const float *expected, int64_t count) {
    compared++;
    for (int64_t i = 0; i < count; i++)
        if (memcmp(result + i, expected + i, 4) && !(isnan(result[i]) && isnan(expected[i]))) {
            if (wrong++ < 20)
                printf("%s: %s differs at %lld of %lld: %a, generic %a\n", ck_isa_current(), what, (long long)i,
                       (long long)count, (double)result[i], (double)expected[i]);
            return;
        }
}

static void expect_near(const char *what, double result, double expected, double tolerance) {
    compared++;
    if (fabs(result - expected) <= tolerance || (isnan(result) && isnan(expected)) || result == expected) return;
    if (wrong++ < 20) printf("generic: %s is %.9g, not %.9g within %g\n", what, result, expected, tolerance);
}

/* Takes the index-th set; the first is generic, which makes what the others are compared with. */
static int use_set(int index) {
    if (index == 0) return ck_isa_select("generic");
    const char *name = ck_isa_name(index - 1);
    return name && ck_isa_select(name);
}

/* ---- Attention ---- */

static void test_attention(int64_t queries, int64_t row_count, int64_t width, uint32_t type, int extreme) {
    int64_t stride = width + between(0, 3), query_stride = width + between(0, 3), out_stride = width + between(0, 3);
    int64_t score_stride = row_count + between(0, 3), used = (row_count - 1) * stride + width;
    float *query = random_floats((queries - 1) * query_stride + width, extreme);
    float *weights = random_floats((queries - 1) * score_stride + row_count, extreme);
    float *values = floats(used);
    void *data = values;
    if (type == CK_F16) {
        uint16_t *halves = array((size_t)used * 2);
        for (int64_t i = 0; i < used; i++) {
            halves[i] = (uint16_t)random_bits();
            if ((halves[i] & 0x7c00) == 0x7c00 && (!extreme || (halves[i] & 0x3ff))) halves[i] &= 0x83ff;
            if (!extreme) halves[i] &= 0xbfff; /* below 2 */
            values[i] = half_value(halves[i]);
        }
        data = halves;
    } else {
        for (int64_t i = 0; i < used; i++) values[i] = value(extreme);
    }
    struct ck_rows rows = {data, stride, type};
    int64_t score_count = (queries - 1) * score_stride + row_count, out_count = (queries - 1) * out_stride + width;
    float *scores = floats(score_count), *expected_scores = floats(score_count);
    float *out = floats(out_count), *expected_out = floats(out_count), scale = uniform();
    for (int set = 0; use_set(set); set++) {
        memset(scores, 0x55, (size_t)score_count * 4);
        memset(out, 0x55, (size_t)out_count * 4);
        ck_scores(query, query_stride, queries, &rows, row_count, width, scale, scores, score_stride);
        ck_weighted_sums(weights, score_stride, queries, &rows, row_count, width, out, out_stride);
        if (set > 0) {
            expect_same("scores", scores, expected_scores, score_count);
            expect_same("weighted sums", out, expected_out, out_count);
            continue;
        }
        sum_up(scores, score_count);
        sum_up(out, out_count);
        memcpy(expected_scores, scores, (size_t)score_count * 4);
        memcpy(expected_out, out, (size_t)out_count * 4);
        if (extreme) continue;
        /* Each addition errs by half a unit of what has been added up. */
        for (int64_t q = 0; q < queries; q++) {
            int64_t r = between(0, row_count - 1), i = between(0, width - 1);
            double sum = 0, size = 0;
            for (int64_t k = 0; k < width; k++) {
                double product = (double)query[q * query_stride + k] * values[r * stride + k];
                sum += product, size += fabs(product);
            }
            expect_near("score", scores[q * score_stride + r], scale * sum,
                        fabsf(scale) * size * 0x1p-24 * (6 + (double)width / 16) + 1e-44);
            sum = size = 0;
            for (int64_t k = 0; k < row_count; k++) {
                double product = (double)weights[q * score_stride + k] * values[k * stride + i];
                sum += product, size += fabs(product);
            }
            expect_near("weighted sum", out[q * out_stride + i], sum, size * 0x1p-24 * (double)row_count + 1e-44);
        }
    }
    free_arrays();
}

/* ---- One vector ---- */

static void test_softmax(int64_t count, int kind) {
    float *scores = floats(count), *x = floats(count), *expected = floats(count);
    for (int64_t i = 0; i < count; i++) {
        scores[i] = uniform() * (kind == 1 ? 100 : 10);
        if (kind == 2 && random_bits() % 2) scores[i] = -INFINITY;
        if (kind == 3) scores[i] = -INFINITY;
        if (kind == 4) scores[i] = value(1);
    }
    for (int set = 0; use_set(set); set++) {
        memcpy(x, scores, (size_t)count * 4);
        ck_softmax(x, count);
        if (set > 0) {
            expect_same("softmax", x, expected, count);
            continue;
        }
        memcpy(expected, x, (size_t)count * 4);
        sum_up(x, count);
        double largest = -INFINITY, sum = 0;
        for (int64_t i = 0; i < count; i++) largest = scores[i] > largest ? scores[i] : largest;
        for (int64_t i = 0; i < count; i++) sum += exp(scores[i] - largest);
        for (int64_t i = 0; i < count && kind != 4; i++) {
            /* x − max is rounded, then exp, sum, reciprocal and product. */
            double right = largest == -INFINITY ? 0 : exp(scores[i] - largest) / sum;
            expect_near("softmax", x[i], right,
                        right * 0x1p-24 * (8 + (double)count / 16 + fmin(fabs(scores[i] - largest), 1000)) + 2e-45);
        }
    }
    free_arrays();
}

static void test_elementwise(int64_t count, int extreme) {
    float *a = random_floats(count, extreme), *b = random_floats(count, extreme), *out = floats(count);
    float *expected = floats(count), factor = value(extreme);
    for (int set = 0; use_set(set); set++) {
        memcpy(out, a, (size_t)count * 4);
        ck_silu_multiply(out, b, count);
        if (set > 0) expect_same("silu", out, expected, count);
        else memcpy(expected, out, (size_t)count * 4), sum_up(out, count);
        for (int64_t i = 0; i < count && set == 0 && !extreme; i++) {
            double right = a[i] / (1 + exp(-(double)a[i])) * b[i];
            if (fabsf(a[i]) < 80) expect_near("silu", out[i], right, fabs(right) * 0x1p-21 + 2e-45 * (1 + fabsf(b[i])));
        }
    }
    for (int set = 0; use_set(set); set++) {
        memcpy(out, a, (size_t)count * 4);
        ck_add_scaled(out, b, factor, count);
        if (set > 0) expect_same("sum", out, expected, count);
        else memcpy(expected, out, (size_t)count * 4), sum_up(out, count);
        for (int64_t i = 0; i < count && set == 0 && !extreme; i++) {
            double right = a[i] + (double)factor * b[i];
            expect_near("sum", out[i], right, fabs(right) * 0x1p-24 + 1e-45);
        }
    }
    for (int set = 0; use_set(set); set++) {
        memcpy(out, a, (size_t)count * 4);
        ck_rms_norm(set % 2 ? a : out, b, 1e-6f, out, count);
        if (set > 0) expect_same("norm", out, expected, count);
        else memcpy(expected, out, (size_t)count * 4), sum_up(out, count);
        double sum = 0;
        for (int64_t i = 0; i < count; i++) sum += (double)a[i] * a[i];
        for (int64_t i = 0; i < count && set == 0 && !extreme; i++) {
            double right = a[i] / sqrt(sum / (double)count + (double)1e-6f) * b[i];
            double unit = fabs(right) * 0x1p-24;
            expect_near("norm", out[i], right, unit * (8 + (double)count / 16) + 2e-45 * (1 + fabsf(b[i])));
        }
    }
    free_arrays();
}

static void test_rope(int64_t pairs, int extreme) {
    float *x = random_floats(2 * pairs, extreme), *out = floats(2 * pairs), *expected = floats(2 * pairs);
    float *cosine = floats(pairs), *sine = floats(pairs);
    for (int64_t j = 0; j < pairs; j++) {
        cosine[j] = uniform(), sine[j] = uniform();
    }
    for (int kind = 0; kind < 2; kind++)
        for (int set = 0; use_set(set); set++) {
            memcpy(out, x, (size_t)pairs * 8);
            (kind ? ck_rope_halves : ck_rope_interleaved)(out, cosine, sine, pairs);
            if (set > 0) {
                expect_same("rotation", out, expected, 2 * pairs);
                continue;
            }
            memcpy(expected, out, (size_t)pairs * 8);
            sum_up(out, 2 * pairs);
            for (int64_t j = 0; j < pairs && !extreme; j++) {
                int64_t a = kind ? j : 2 * j, b = kind ? j + pairs : 2 * j + 1;
                double size = (fabs((double)x[a]) + fabs((double)x[b])) * 0x1p-23 + 1e-44;
                expect_near("rotation", out[a], (double)x[a] * cosine[j] - (double)x[b] * sine[j], size);
                expect_near("rotation", out[b], (double)x[b] * cosine[j] + (double)x[a] * sine[j], size);
            }
        }
    free_arrays();
}

/* Nearest half by its distance, ties to even; what the bits of halves in order are is all that is assumed. */
static uint16_t nearest_half(float x) {
    if (isnan(x)) return 0x7e00;
    int low = 0, high = 0x7c00;
    double size = fabs((double)x);
    if (size >= 65520) return (uint16_t)(0x7c00 | (signbit(x) ? 0x8000 : 0));
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (half_value((uint16_t)middle) <= size) low = middle;
        else high = middle;
    }
    double below = size - half_value((uint16_t)low);
    double above = (high == 0x7c00 ? 65536 : (double)half_value((uint16_t)high)) - size;
    return (uint16_t)((below < above || (below == above && low % 2 == 0) ? low : high) | (signbit(x) ? 0x8000 : 0));
}

static void test_halves(int64_t count) {
    float *x = floats(count);
    uint16_t *out = array((size_t)count * 2), *expected = array((size_t)count * 2);
    for (int64_t i = 0; i < count; i++) {
        /* Halves, ties between them and their neighbours; denormals, too large ones, anything. */
        uint32_t bits = random_bits() << 1 ^ random_bits();
        float half = half_value((uint16_t)(bits & 0xfbff));
        memcpy(x + i, &bits, 4);
        if (i % 4 == 1) x[i] = (half + half_value((uint16_t)((bits & 0xfbff) + 1))) / 2;
        if (i % 4 == 2) x[i] = nextafterf(half, uniform());
        if (i % 4 == 3) x[i] = ldexpf(uniform(), (int)between(-30, 18));
    }
    for (int set = 0; use_set(set); set++) {
        ck_round_to_half(x, out, count);
        compared++;
        for (int64_t i = 0; i < count; i++) {
            if (set == 0) expected[i] = nearest_half(x[i]);
            if (isnan(x[i]) ? (out[i] & 0x7fff) <= 0x7c00 : out[i] != expected[i]) {
                if (wrong++ < 20)
                    printf("%s: half of %a is %04x, not %04x\n", ck_isa_current(), (double)x[i], out[i], expected[i]);
                break;
            }
        }
    }
    free_arrays();
}

static void test_quantize(int64_t count, int extreme) {
    float *x = random_floats(count, extreme);
    size_t bytes = (size_t)count / 32 * sizeof(struct ck_q8_block);
    struct ck_q8_block *out = array(bytes), *expected = array(bytes);
    for (int64_t b = 0; b < count / 32; b++) {
        uint32_t kind = random_bits() % 8;
        for (int64_t i = 32 * b; i < 32 * b + 32; i++) {
            if (kind == 0) x[i] = 0;
            if (kind == 1) x[i] = (float)between(-127, 127) + (random_bits() % 2 ? 0.5f : 0); /* ties */
            if (kind == 2) x[i] = uniform() * 1e-37f;
            if (kind == 3) x[i] = uniform() * 3e38f;
            if (kind == 4 && extreme && random_bits() % 16 == 0) x[i] = NAN;
        }
        if (kind == 1) x[32 * b] = 127;
    }
    for (int set = 0; use_set(set); set++) {
        memset(out, 0x55, bytes);
        ck_quantize_q8(x, count, out);
        if (set == 0) memcpy(expected, out, bytes);
        for (int64_t b = 0; b < count / 32; b++) {
            if (set == 0) sum_up(&out[b].scale, 2);
            if (set > 0) {
                if (memcmp(out[b].quants, expected[b].quants, 32)) compared++, wrong++, printf("quants differ\n");
                expect_same("scale", &out[b].scale, &expected[b].scale, 2);
                if (memcmp(&out[b].minus_total, &expected[b].minus_total, 8)) wrong++, printf("totals differ\n");
                continue;
            }
            float largest = 0;
            int strange = 0;
            for (int i = 0; i < 32; i++) {
                largest = fmaxf(largest, fabsf(x[32 * b + i]));
                strange |= !isfinite(x[32 * b + i]);
            }
            int first = 0, total = 0;
            for (int i = 0; i < 32; i++) {
                float scaled = largest < 0x1p-120f || strange ? 0 : x[32 * b + i] * (127 / largest);
                expect_near("quant", out[b].quants[i], nearbyintf(scaled), 0);
                total += out[b].quants[i];
                if (i < 16) first += out[b].quants[i];
            }
            if (strange) compared++, wrong += isfinite(out[b].scale) || !isnan(out[b].sum);
            else expect_near("scale", out[b].scale, largest / 127, 0);
            if (!strange) expect_near("sum", out[b].sum, out[b].scale * (float)total, 0);
            expect_near("minus total", out[b].minus_total, -total, 0);
            expect_near("minus first", out[b].minus_first, -first, 0);
        }
    }
    free_arrays();
}

/* exp is seen through silu: silu(−x)·(−1/x) = 1 / (1 + exp(x)), and through softmax([0, x]) ∝ exp(x). The latter
 * gives exp itself where the sum is 1. */
static void test_exponential(void) {
    double worst = 0;
    ck_isa_select("generic");
    for (float x = -17.5f; x > -103; x -= 0.00037f) {
        float pair[2] = {0, x};
        ck_softmax(pair, 2);
        double right = exp((double)x), unit = fmax(ldexp(1, ilogb(right) - 23), 0x1p-149);
        worst = fmax(worst, fabs(pair[1] - right) / unit);
    }
    expect_near("error of exp in units of the last place", worst, 0, 2);
    printf("exp: %.3f units of the last place\n", worst);
}

int main(void) {
    static const int64_t widths[] = {1, 7, 16, 17, 31, 64, 65, 128, 191, 512, 576, 577, 1555, 2048, 7168};
    static const int64_t counts[] = {1, 2, 3, 4, 5, 6, 7, 15, 16, 17, 31, 64, 65, 100};
    for (int w = 0; w < 15; w++)
        for (int c = 0; c < 14; c++)
            for (int kind = 0; kind < 4; kind++) {
                int64_t most = widths[w] > 100 ? 7 : 100, other = between(1, widths[w] > 1000 ? 9 : most);
                test_attention(counts[c], other, widths[w], kind % 2 ? CK_F16 : CK_F32, kind / 2);
                test_attention(other, counts[c], widths[w], kind % 2 ? CK_F16 : CK_F32, kind / 2);
            }
    test_attention(64, 150, 576, CK_F16, 0);
    test_attention(5, 700, 130, CK_F32, 0);
    for (int64_t count = 1; count <= 100; count++)
        for (int kind = 0; kind < 5; kind++) {
            test_softmax(count, kind);
            test_elementwise(count, kind % 2);
            test_rope(count, kind % 2);
            test_halves(count);
            test_quantize(32 * (count % 7 + 1), kind % 2);
        }
    for (int kind = 0; kind < 5; kind++) test_softmax(10007, kind);
    test_elementwise(7168, 0);
    test_halves(1 << 18);
    test_exponential();
    printf("sets:");
    for (int set = 0; ck_isa_name(set); set++) printf(" %s", ck_isa_name(set));
    printf("; %lld comparisons, %lld wrong, checksum %016llx\n", (long long)compared, (long long)wrong,
           (unsigned long long)checksum);
    return wrong != 0;
}
