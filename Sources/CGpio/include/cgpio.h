#ifndef CGPIO_H
#define CGPIO_H

// Single GPIO lines over libgpiod, version 1 (libgpiod.so.2) or 2 (libgpiod.so.3), whichever is installed: it is loaded
// when the first line is opened, so that the program runs where there is none. Lines are small numbers. Every function
// returns 0 or more, or a negative errno; -ENOSYS means that no libgpiod can be loaded, -ENOSPC that all numbers are
// taken. A line is used by one thread at a time.

#include <stdint.h>

/// What the chip does to an input that nobody drives.
enum cg_bias { CG_BIAS_AS_IS = 0, CG_BIAS_PULL_UP = 1, CG_BIAS_PULL_DOWN = 2, CG_BIAS_DISABLED = 3 };

/// What `cg_wait` saw.
enum cg_edge { CG_TIMEOUT = 0, CG_ACTIVE = 1, CG_INACTIVE = 2 };

/// The major version of the library that is loaded: 1 or 2, or -ENOSYS.
int cg_version(void);

/// Requests an output that is inactive at first. `chip` is a path, a name such as gpiochip0, or a label; empty means the
/// first chip with such a line. `line` is a name, or an offset in decimal. -ENODEV if there is no such chip, -ENOENT if it
/// has no such line, -EBUSY if somebody else has it.
int cg_open_output(const char *chip, const char *line, int active_low);

/// Requests an input whose edges are reported once it has been still for so long.
int cg_open_input(const char *chip, const char *line, int active_low, enum cg_bias bias, unsigned debounce_ms);

/// Drives an output: 1 active, 0 inactive.
int cg_set(int line, int value);

/// Whether an input is active: 1 yes, 0 no.
int cg_get(int line);

/// Waits for an edge of an input and returns a `cg_edge`. -ENODEV if the chip has gone.
int cg_wait(int line, int timeout_ms);

/// Gives a line back.
void cg_close(int line);

#endif
