#ifndef CLINUX_TERMINAL_H
#define CLINUX_TERMINAL_H

// A terminal whose keys are read one by one. Every function returns 0 or more, or a negative errno.

#include <stddef.h>
#include <stdint.h>

/// Lets standard input give every byte at once, unseen, Ctrl-C among them.
int cl_terminal_raw(void);

/// Gives standard input the mode back that it had before.
void cl_terminal_restore(void);

/// Columns of the terminal on standard error, 80 if it does not say.
int cl_terminal_width(void);

/// Waits for a byte of standard input: 1, or 0 at its end.
int cl_read_byte(uint8_t *byte);

/// Appends to a file that nobody else may read, which is made if need be.
int cl_append_private(const char *path, const uint8_t *bytes, size_t count);

#endif
