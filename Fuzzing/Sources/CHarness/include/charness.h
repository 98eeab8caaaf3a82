#pragma once
#include <stddef.h>
#include <stdint.h>

/// Starts to count what is allocated, from zero. Beyond `limit` bytes in all the process aborts, inside the
/// allocation that went too far, so that the report shows who asked for it.
void charness_watch(int64_t limit);

/// Stops counting; the bytes that were allocated since `charness_watch`.
int64_t charness_allocated(void);

/// Says what went wrong and aborts, which makes libFuzzer keep the input.
void charness_fail(const char *what) __attribute__((noreturn));

/// libFuzzer: gives inputs to `test` as the command line asks, until time or inputs are used up; the exit code.
int charness_fuzz(int argc, char **argv, int (*test)(const uint8_t *data, size_t size));
