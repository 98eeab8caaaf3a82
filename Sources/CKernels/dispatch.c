/* Chooses kernels by what the processor has; MINKE_ISA forces a set. */
#include "packed.h"
#include "vector.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#if defined(__aarch64__)
#include <sys/auxv.h>
#elif defined(__x86_64__)
#include <cpuid.h>
#endif

struct isa {
    const char *name;
    int (*is_present)(void);
    ck_multiply_group_kernel *multiply_group;
    const struct ck_vector_set *vector;
};

static int always(void) { return 1; }

#if defined(__x86_64__)
static int has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

static int has_avx512vnni(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}

static int has_avxvnni(void) {
    unsigned a, b, c, d;
    return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 4);
}
#elif defined(__aarch64__)
static int has_dotprod(void) { return (getauxval(AT_HWCAP) & 1ul << 20) != 0; }                 /* HWCAP_ASIMDDP */
static int has_i8mm(void) { return has_dotprod() && (getauxval(AT_HWCAP2) & 1ul << 13) != 0; } /* HWCAP2_I8MM */
#endif

/* All sets of this architecture, best first. A name may stand twice, for two encodings of the same kernels. */
static const struct isa sets[] = {
#if defined(__x86_64__)
    {"avx512vnni", has_avx512vnni, ck_multiply_group_avx512vnni, &ck_vector_avx512},
    {"vnni256", has_avxvnni, ck_multiply_group_avxvnni, &ck_vector_avx2},
    {"vnni256", has_avx512vnni, ck_multiply_group_vnni256, &ck_vector_avx2},
    {"avx2", has_avx2, ck_multiply_group_avx2, &ck_vector_avx2},
#elif defined(__aarch64__)
    {"i8mm", has_i8mm, ck_multiply_group_i8mm, &ck_vector_neon},
    {"dotprod", has_dotprod, ck_multiply_group_dotprod, &ck_vector_neon},
    {"neon", always, ck_multiply_group_neon, &ck_vector_neon},
#endif
    {"generic", always, ck_multiply_group_generic, &ck_vector_generic},
};
enum { SET_COUNT = sizeof sets / sizeof *sets };

static _Atomic(const struct isa *) current;

static const struct isa *find(const char *name) {
    for (int set = 0; set < SET_COUNT; set++)
        if ((!name || !strcmp(name, sets[set].name)) && sets[set].is_present()) return &sets[set];
    return NULL;
}

static const struct isa *choose(void) {
    const char *wanted = getenv("MINKE_ISA");
    const struct isa *set = wanted ? find(wanted) : NULL;
    if (!set) set = find(NULL);
    atomic_store(&current, set);
    return set;
}

static const struct isa *in_use(void) {
    const struct isa *set = atomic_load_explicit(&current, memory_order_relaxed);
    return set ? set : choose();
}

const struct ck_vector_set *ck_vector(void) { return in_use()->vector; }

ck_multiply_group_kernel *ck_multiply_group(void) { return in_use()->multiply_group; }

const char *ck_isa_name(int32_t index) {
    const char *previous = "";
    for (int set = 0; set < SET_COUNT; set++) {
        if (!sets[set].is_present() || !strcmp(previous, sets[set].name)) continue;
        previous = sets[set].name;
        if (index-- == 0) return previous;
    }
    return NULL;
}

int32_t ck_isa_select(const char *name) {
    const struct isa *set = find(name);
    if (!set) return 0;
    atomic_store(&current, set);
    return 1;
}

const char *ck_isa_current(void) { return in_use()->name; }
