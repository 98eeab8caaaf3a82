#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

// libgpiod 2.x: the functions and values of its ABI (libgpiod.so.3) that we use.

enum { DIRECTION_INPUT = 2, DIRECTION_OUTPUT = 3 };
enum { EDGE_BOTH = 4 };
enum { BIAS_AS_IS = 1, BIAS_DISABLED = 3, BIAS_PULL_UP = 4, BIAS_PULL_DOWN = 5 };
enum { EVENT_RISING = 1 };

static struct {
    void *(*chip_open)(const char *);
    void (*chip_close)(void *);
    void *(*chip_get_info)(void *);
    const char *(*info_label)(void *);
    void (*info_free)(void *);
    int (*find_offset)(void *, const char *);
    void *(*settings_new)(void);
    void (*settings_free)(void *);
    int (*set_direction)(void *, int);
    int (*set_edges)(void *, int);
    int (*set_bias)(void *, int);
    void (*set_active_low)(void *, _Bool);
    void (*set_debounce)(void *, unsigned long);
    void *(*line_config_new)(void);
    void (*line_config_free)(void *);
    int (*add_settings)(void *, const unsigned *, size_t, void *);
    void *(*request_config_new)(void);
    void (*request_config_free)(void *);
    void (*set_consumer)(void *, const char *);
    void *(*request_lines)(void *, void *, void *);
    void (*request_release)(void *);
    int (*set_value)(void *, unsigned, int);
    int (*get_value)(void *, unsigned);
    int (*request_fd)(void *);
    int (*read_events)(void *, void *, size_t);
    void *(*buffer_new)(size_t);
    void (*buffer_free)(void *);
    void *(*buffer_event)(void *, unsigned long);
    int (*event_type)(void *);
} api;

static int failure(void) { return errno ? -errno : -EIO; }

static int label(void *chip, char *label, size_t capacity) {
    void *info = api.chip_get_info(chip);
    if (!info) return failure();
    snprintf(label, capacity, "%s", api.info_label(info));
    api.info_free(info);
    return 0;
}

static int find(void *chip, const char *name) {
    int offset = api.find_offset(chip, name);
    return offset < 0 ? -ENOENT : offset;
}

/// Requests the line with `settings` in `config`.
static int request_with(struct line *line, const struct wish *wish, void *settings, void *lines, void *config) {
    static const int biases[] = {
        [CG_BIAS_AS_IS] = BIAS_AS_IS, [CG_BIAS_PULL_UP] = BIAS_PULL_UP, [CG_BIAS_PULL_DOWN] = BIAS_PULL_DOWN,
        [CG_BIAS_DISABLED] = BIAS_DISABLED};
    if (!settings || !lines || !config) return -ENOMEM;
    api.set_active_low(settings, wish->active_low != 0);
    if (wish->is_output) {
        if (api.set_direction(settings, DIRECTION_OUTPUT) < 0) return failure();
    } else {
        if (api.set_direction(settings, DIRECTION_INPUT) < 0 || api.set_edges(settings, EDGE_BOTH) < 0 ||
            api.set_bias(settings, biases[wish->bias]) < 0)
            return failure();
        api.set_debounce(settings, wish->debounce_ms * 1000ul);
        if (!(line->buffer = api.buffer_new(1))) return -ENOMEM;
    }
    if (api.add_settings(lines, &line->offset, 1, settings) < 0) return failure();
    api.set_consumer(config, CG_CONSUMER);
    line->handle = api.request_lines(line->chip, config, lines);
    if (!line->handle) return errno == EINVAL ? -ENOENT : failure();
    line->descriptor = api.request_fd(line->handle);
    return 0;
}

static int request(struct line *line, const struct wish *wish) {
    void *settings = api.settings_new(), *lines = api.line_config_new(), *config = api.request_config_new();
    int status = request_with(line, wish, settings, lines, config);
    if (settings) api.settings_free(settings);
    if (lines) api.line_config_free(lines);
    if (config) api.request_config_free(config);
    if (status < 0 && line->buffer) api.buffer_free(line->buffer);
    return status;
}

static void release(struct line *line) {
    api.request_release(line->handle);
    if (line->buffer) api.buffer_free(line->buffer);
}

static int set(struct line *line, int value) {
    return api.set_value(line->handle, line->offset, value) < 0 ? failure() : 0;
}

static int get(struct line *line) {
    int value = api.get_value(line->handle, line->offset);
    return value < 0 ? failure() : value;
}

static int read_edge(struct line *line) {
    if (api.read_events(line->handle, line->buffer, 1) < 1) return failure();
    return api.event_type(api.buffer_event(line->buffer, 0)) == EVENT_RISING ? CG_ACTIVE : CG_INACTIVE;
}

static void *open_chip(const char *path) { return api.chip_open(path); }
static void close_chip(void *chip) { api.chip_close(chip); }

const struct backend *cg_backend_v2(void *library) {
    static const struct backend backend = {
        2, open_chip, close_chip, label, find, request, release, set, get, read_edge};
    const struct {
        const char *name;
        void *function;
    } table[] = {
        {"gpiod_chip_open", &api.chip_open},
        {"gpiod_chip_close", &api.chip_close},
        {"gpiod_chip_get_info", &api.chip_get_info},
        {"gpiod_chip_info_get_label", &api.info_label},
        {"gpiod_chip_info_free", &api.info_free},
        {"gpiod_chip_get_line_offset_from_name", &api.find_offset},
        {"gpiod_line_settings_new", &api.settings_new},
        {"gpiod_line_settings_free", &api.settings_free},
        {"gpiod_line_settings_set_direction", &api.set_direction},
        {"gpiod_line_settings_set_edge_detection", &api.set_edges},
        {"gpiod_line_settings_set_bias", &api.set_bias},
        {"gpiod_line_settings_set_active_low", &api.set_active_low},
        {"gpiod_line_settings_set_debounce_period_us", &api.set_debounce},
        {"gpiod_line_config_new", &api.line_config_new},
        {"gpiod_line_config_free", &api.line_config_free},
        {"gpiod_line_config_add_line_settings", &api.add_settings},
        {"gpiod_request_config_new", &api.request_config_new},
        {"gpiod_request_config_free", &api.request_config_free},
        {"gpiod_request_config_set_consumer", &api.set_consumer},
        {"gpiod_chip_request_lines", &api.request_lines},
        {"gpiod_line_request_release", &api.request_release},
        {"gpiod_line_request_set_value", &api.set_value},
        {"gpiod_line_request_get_value", &api.get_value},
        {"gpiod_line_request_get_fd", &api.request_fd},
        {"gpiod_line_request_read_edge_events", &api.read_events},
        {"gpiod_edge_event_buffer_new", &api.buffer_new},
        {"gpiod_edge_event_buffer_free", &api.buffer_free},
        {"gpiod_edge_event_buffer_get_event", &api.buffer_event},
        {"gpiod_edge_event_get_event_type", &api.event_type},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        void *function = dlsym(library, table[i].name);
        if (!function) return NULL;
        memcpy(table[i].function, &function, sizeof function);
    }
    return &backend;
}
