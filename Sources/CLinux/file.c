#define _GNU_SOURCE
#include "clinux_file.h"

#include <errno.h>
#include <fcntl.h>

int cl_open_direct(const char *path, int access) {
    int descriptor = open(path, access | O_CLOEXEC | O_DIRECT);
    return descriptor < 0 ? -errno : descriptor;
}

int cl_reserve_room(int descriptor, int64_t byte_count) {
    while (fallocate(descriptor, 0, 0, byte_count) < 0) {
        if (errno == EOPNOTSUPP || errno == ENOSYS) return 0;
        if (errno != EINTR) return -errno;
    }
    return 0;
}
