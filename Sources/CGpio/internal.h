#ifndef CGPIO_INTERNAL_H
#define CGPIO_INTERNAL_H

#include <stddef.h>

#include "cgpio.h"

/// What is asked of a line.
struct wish {
    const char *line;
    int is_output;
    int active_low;
    enum cg_bias bias;
    unsigned debounce_ms;
};

/// A line that was requested.
struct line {
    void *chip;
    void *handle;  // v1: struct gpiod_line; v2: struct gpiod_line_request
    void *buffer;  // v2: struct gpiod_edge_event_buffer
    unsigned offset;
    int descriptor;
    unsigned debounce_ms;
    int last;  // v1: what was reported last
};

/// What the two versions do differently.
struct backend {
    int version;
    /// Opens a chip; NULL with errno.
    void *(*open_chip)(const char *path);
    void (*close_chip)(void *chip);
    /// Copies the label of a chip; 0 or a negative errno.
    int (*label)(void *chip, char *label, size_t capacity);
    /// The offset of a name; a negative errno if there is none.
    int (*find)(void *chip, const char *name);
    /// Requests the line at `line->offset` of `line->chip` and fills in the rest; 0 or a negative errno.
    int (*request)(struct line *line, const struct wish *wish);
    void (*release)(struct line *line);
    int (*set)(struct line *line, int value);
    int (*get)(struct line *line);
    /// Reads one edge, for which the descriptor is readable.
    int (*read_edge)(struct line *line);
};

/// The interface of version 1 or 2 in the library that dlopen returned; NULL if a function is missing.
const struct backend *cg_backend_v1(void *library);
const struct backend *cg_backend_v2(void *library);

/// A consumer's name, as gpioinfo shows it.
#define CG_CONSUMER "minked"

#endif
