#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { LINE_COUNT = 8, MOST_CHIPS = 64 };

// `lines` is protected by `mutex` while numbers are given and taken back; a line that is open is its user's.
static struct line lines[LINE_COUNT];
static int taken[LINE_COUNT];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const struct backend *backend;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libgpiod.so.3", RTLD_NOW | RTLD_LOCAL);
    if (library && (backend = cg_backend_v2(library))) return;
    library = dlopen("libgpiod.so.2", RTLD_NOW | RTLD_LOCAL);
    if (library) backend = cg_backend_v1(library);
}

static int is_loaded(void) {
    pthread_once(&once, load);
    return backend != NULL;
}

int cg_version(void) { return is_loaded() ? backend->version : -ENOSYS; }

/// The offset that `name` is, or whose name it is.
static int offset_of(void *chip, const char *name) {
    int offset = backend->find(chip, name);
    if (offset >= 0) return offset;
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    return *name >= '0' && *name <= '9' && *end == 0 && number < 65536 ? (int)number : -ENOENT;
}

/// Whether `wanted` is the path, the name or the label of the chip at `path`.
static int is_chip(void *chip, const char *path, const char *wanted) {
    char label[64] = "";
    if (strcmp(wanted, path) == 0 || strcmp(wanted, path + strlen("/dev/")) == 0) return 1;
    return backend->label(chip, label, sizeof label) == 0 && strcmp(label, wanted) == 0;
}

/// Opens the chip that has the line, and fills in both; the first chip in the kernel's order.
static int find_line(struct line *line, const char *chip, const char *name) {
    int status = -ENODEV;
    for (int i = 0; i < MOST_CHIPS; i++) {
        char path[32];
        snprintf(path, sizeof path, "/dev/gpiochip%d", i);
        void *candidate = backend->open_chip(path);
        if (!candidate) {
            // Numbers have gaps where chips have gone. What may not be opened is worth a better message than "none".
            if (errno != ENOENT && status == -ENODEV) status = -errno;
            continue;
        }
        if (*chip == 0 || is_chip(candidate, path, chip)) {
            int offset = offset_of(candidate, name);
            if (offset >= 0) {
                line->chip = candidate;
                line->offset = (unsigned)offset;
                return 0;
            }
            status = -ENOENT;
        }
        backend->close_chip(candidate);
    }
    return status;
}

static int open_line(const char *chip, const struct wish *wish) {
    if (!is_loaded()) return -ENOSYS;
    struct line line = {.descriptor = -1};
    int status = find_line(&line, chip, wish->line);
    if (status < 0) return status;
    status = backend->request(&line, wish);
    if (status < 0) {
        backend->close_chip(line.chip);
        return status;
    }
    pthread_mutex_lock(&mutex);
    int number = 0;
    while (number < LINE_COUNT && taken[number]) number++;
    if (number < LINE_COUNT) {
        taken[number] = 1;
        lines[number] = line;
    }
    pthread_mutex_unlock(&mutex);
    if (number < LINE_COUNT) return number;
    backend->release(&line);
    backend->close_chip(line.chip);
    return -ENOSPC;
}

int cg_open_output(const char *chip, const char *line, int active_low) {
    struct wish wish = {.line = line, .is_output = 1, .active_low = active_low};
    return open_line(chip, &wish);
}

int cg_open_input(const char *chip, const char *line, int active_low, enum cg_bias bias, unsigned debounce_ms) {
    if (bias < CG_BIAS_AS_IS || bias > CG_BIAS_DISABLED) return -EINVAL;
    struct wish wish = {.line = line, .active_low = active_low, .bias = bias, .debounce_ms = debounce_ms};
    return open_line(chip, &wish);
}

static struct line *line_of(int number) {
    return number >= 0 && number < LINE_COUNT && taken[number] ? &lines[number] : NULL;
}

int cg_set(int number, int value) {
    struct line *line = line_of(number);
    return line ? backend->set(line, value != 0) : -EBADF;
}

int cg_get(int number) {
    struct line *line = line_of(number);
    return line ? backend->get(line) : -EBADF;
}

int cg_wait(int number, int timeout_ms) {
    struct line *line = line_of(number);
    if (!line || line->descriptor < 0) return -EBADF;
    struct pollfd poller = {.fd = line->descriptor, .events = POLLIN};
    int count = poll(&poller, 1, timeout_ms);
    if (count < 0) return errno == EINTR ? CG_TIMEOUT : -errno;
    if (count == 0) return CG_TIMEOUT;
    // A chip that goes away leaves its descriptors behind, which say so.
    if (poller.revents & (POLLERR | POLLHUP | POLLNVAL)) return -ENODEV;
    return backend->read_edge(line);
}

void cg_close(int number) {
    struct line *line = line_of(number);
    if (!line) return;
    backend->release(line);
    backend->close_chip(line->chip);
    pthread_mutex_lock(&mutex);
    taken[number] = 0;
    pthread_mutex_unlock(&mutex);
}
