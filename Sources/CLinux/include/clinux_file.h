#ifndef CLINUX_FILE_H
#define CLINUX_FILE_H

#include <stdint.h>

// Files past the page cache, and room for them: what Swift's Glibc module hides without _GNU_SOURCE.

/// Opens an existing file with O_DIRECT for `access` (O_RDONLY, O_WRONLY, …) and returns its descriptor, or a
/// negative errno.
int cl_open_direct(const char *path, int access);

/// Reserves room on the disk for the first `byte_count` bytes of a file, which may become longer by it. Does nothing
/// where the file system cannot reserve. Returns 0 or a negative errno.
int cl_reserve_room(int descriptor, int64_t byte_count);

#endif
