#ifndef CLINUX_THREAD_H
#define CLINUX_THREAD_H

// Sleeping on a word of memory, and the names and processors of threads. Every int function returns 0 or more,
// or a negative errno.

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/// Sleeps until the word is woken; returns at once with -EAGAIN if it does not hold `expected`, and with -EINTR
/// after a signal.
int cl_futex_wait(const void *word, uint32_t expected);

/// Wakes at most `count` threads that sleep on the word and returns how many.
int cl_futex_wake(const void *word, int count);

/// Tells the processor that this thread only waits: saves power and leaves the core to its SMT sibling.
static inline void cl_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb"); // "yield" is a no-op on most cores; isb takes a few tens of cycles
#endif
}

/// Nanoseconds of the monotonic clock.
int64_t cl_monotonic_nanoseconds(void);

/// Names a thread (at most 15 bytes), as ps and top show it.
int cl_name_thread(pthread_t thread, const char *name);

/// Writes the set of processors the calling thread may run on, 64 to a word, and returns the number of words
/// written; -EINVAL if there are more processors than the words hold.
int cl_thread_processors(uint64_t *words, size_t count);

/// Lets a thread run on these processors only.
int cl_set_thread_processors(pthread_t thread, const uint64_t *words, size_t count);

#endif
