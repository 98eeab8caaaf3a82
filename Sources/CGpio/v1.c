#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "internal.h"

// libgpiod 1.x: the functions and values of its ABI (libgpiod.so.2) that we use.

struct request_config {
    const char *consumer;
    int request_type;
    int flags;
};

struct event {
    struct timespec time;
    int type;
};

enum { REQUEST_OUTPUT = 3, REQUEST_BOTH_EDGES = 6 };
enum { FLAG_ACTIVE_LOW = 1 << 2, FLAG_NO_BIAS = 1 << 3, FLAG_PULL_DOWN = 1 << 4, FLAG_PULL_UP = 1 << 5 };

static struct {
    void *(*chip_open)(const char *);
    void (*chip_close)(void *);
    const char *(*chip_label)(void *);
    void *(*chip_find_line)(void *, const char *);
    void *(*chip_get_line)(void *, unsigned);
    unsigned (*line_offset)(void *);
    int (*line_request)(void *, const struct request_config *, int);
    void (*line_release)(void *);
    int (*set_value)(void *, int);
    int (*get_value)(void *);
    int (*event_fd)(void *);
    int (*event_read)(void *, struct event *);
} api;

static int failure(void) { return errno ? -errno : -EIO; }

static int label(void *chip, char *label, size_t capacity) {
    snprintf(label, capacity, "%s", api.chip_label(chip));
    return 0;
}

static int find(void *chip, const char *name) {
    void *line = api.chip_find_line(chip, name);
    return line ? (int)api.line_offset(line) : -ENOENT;
}

static int request(struct line *line, const struct wish *wish) {
    line->handle = api.chip_get_line(line->chip, line->offset);
    if (!line->handle) return errno == EINVAL ? -ENOENT : failure();
    static const int biases[] = {
        [CG_BIAS_AS_IS] = 0, [CG_BIAS_PULL_UP] = FLAG_PULL_UP, [CG_BIAS_PULL_DOWN] = FLAG_PULL_DOWN,
        [CG_BIAS_DISABLED] = FLAG_NO_BIAS};
    struct request_config config = {
        .consumer = CG_CONSUMER, .request_type = wish->is_output ? REQUEST_OUTPUT : REQUEST_BOTH_EDGES,
        .flags = (wish->active_low ? FLAG_ACTIVE_LOW : 0) | (wish->is_output ? 0 : biases[wish->bias])};
    if (api.line_request(line->handle, &config, 0) < 0) return failure();
    if (wish->is_output) return 0;
    line->descriptor = api.event_fd(line->handle);
    line->debounce_ms = wish->debounce_ms;
    line->last = api.get_value(line->handle) == 1;
    if (line->descriptor >= 0) return 0;
    int status = failure();
    api.line_release(line->handle);
    return status;
}

static void release(struct line *line) { api.line_release(line->handle); }

static int set(struct line *line, int value) { return api.set_value(line->handle, value) < 0 ? failure() : 0; }

static int get(struct line *line) {
    int value = api.get_value(line->handle);
    return value < 0 ? failure() : value;
}

// This version cannot ask the kernel to debounce: wait until the line is still, then look.
static int read_edge(struct line *line) {
    struct pollfd poller = {.fd = line->descriptor, .events = POLLIN};
    do {
        struct event event;
        if (api.event_read(line->handle, &event) < 0) return failure();
    } while (poll(&poller, 1, (int)line->debounce_ms) > 0);
    int value = get(line);
    if (value < 0) return value;
    if (value == line->last) return CG_TIMEOUT;
    line->last = value;
    return value ? CG_ACTIVE : CG_INACTIVE;
}

static void *open_chip(const char *path) { return api.chip_open(path); }
static void close_chip(void *chip) { api.chip_close(chip); }

const struct backend *cg_backend_v1(void *library) {
    static const struct backend backend = {
        1, open_chip, close_chip, label, find, request, release, set, get, read_edge};
    const struct {
        const char *name;
        void *function;
    } table[] = {
        {"gpiod_chip_open", &api.chip_open},           {"gpiod_chip_close", &api.chip_close},
        {"gpiod_chip_label", &api.chip_label},         {"gpiod_chip_find_line", &api.chip_find_line},
        {"gpiod_chip_get_line", &api.chip_get_line},   {"gpiod_line_offset", &api.line_offset},
        {"gpiod_line_request", &api.line_request},     {"gpiod_line_release", &api.line_release},
        {"gpiod_line_set_value", &api.set_value},      {"gpiod_line_get_value", &api.get_value},
        {"gpiod_line_event_get_fd", &api.event_fd},    {"gpiod_line_event_read", &api.event_read},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        void *function = dlsym(library, table[i].name);
        if (!function) return NULL;
        memcpy(table[i].function, &function, sizeof function);
    }
    return &backend;
}
