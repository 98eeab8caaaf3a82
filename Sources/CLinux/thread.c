#define _GNU_SOURCE
#include "clinux_thread.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int cl_futex_wait(const void *word, uint32_t expected) {
    return syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0) == 0 ? 0 : -errno;
}

int cl_futex_wake(const void *word, int count) {
    long woken = syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    return woken < 0 ? -errno : (int)woken;
}

int64_t cl_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int cl_name_thread(pthread_t thread, const char *name) { return -pthread_setname_np(thread, name); }

int cl_thread_processors(uint64_t *words, size_t count) {
    // The system call, unlike glibc's function, tells how many bytes the kernel's sets have.
    long bytes = syscall(SYS_sched_getaffinity, 0, count * sizeof *words, words);
    return bytes < 0 ? -errno : (int)(bytes / (long)sizeof *words);
}

int cl_set_thread_processors(pthread_t thread, const uint64_t *words, size_t count) {
    return -pthread_setaffinity_np(thread, count * sizeof *words, (const cpu_set_t *)words);
}
