// Counts allocations through the hook of the sanitizer's allocator. In C, since the hook must not allocate itself.
#include "charness.h"

#include <stdio.h>
#include <stdlib.h>

int __sanitizer_install_malloc_and_free_hooks(
    void (*)(const volatile void *, size_t), void (*)(const volatile void *));

void charness_fail(const char *what) {
    fprintf(stderr, "ERROR: %s\n", what);
    abort();
}

static int64_t allocated, limit;

static void count(const volatile void *memory, size_t size) {
    (void)memory;
    if (limit == 0) return;
    allocated += (int64_t)size;
    if (allocated > limit) {
        limit = 0;
        charness_fail("the reader allocates more than it may for one input");
    }
}

static void ignore(const volatile void *memory) { (void)memory; }

void charness_watch(int64_t bytes) {
    static int installed;
    if (!installed) installed = __sanitizer_install_malloc_and_free_hooks(count, ignore);
    allocated = 0;
    limit = bytes;
}

int64_t charness_allocated(void) {
    limit = 0;
    return allocated;
}
