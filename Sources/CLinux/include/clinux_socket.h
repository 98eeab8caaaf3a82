#ifndef CLINUX_SOCKET_H
#define CLINUX_SOCKET_H

// Unix sockets: what Swift's Glibc module hides without _GNU_SOURCE, and the sequences that must not be
// interleaved with anything else. Every function returns 0 (or a descriptor) or a negative errno.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The layout of the kernel's `struct ucred`, as SO_PEERCRED returns it.
struct cl_credentials {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

/// Which file a path named when we made it.
struct cl_file_identity {
    uint64_t device;
    uint64_t inode;
};

/// The option number of SO_PEERCRED.
int cl_option_peer_credentials(void);

/// Asks whether somebody answers at `path`: 0 yes, -ECONNREFUSED a stale socket file, -ENOENT nothing there,
/// -ENOTSOCK another kind of file.
int cl_unix_probe(const char *path);

/// Connects to the stream socket at `path` and returns a descriptor that does not block.
int cl_unix_connect(const char *path);

/// Makes a listening stream socket at `path` with the given mode and returns its descriptor. The socket is bound
/// beside `path` and renamed over it, so that no client ever sees it with another mode or not yet listening.
int cl_unix_listen(const char *path, uint32_t mode, int backlog, struct cl_file_identity *identity);

/// Removes `path` if it still names that file.
int cl_unlink_if(const char *path, struct cl_file_identity identity);

/// Opens (and creates) `path` and locks it for as long as the returned descriptor is open; -EWOULDBLOCK if
/// another process holds the lock.
int cl_lock_file(const char *path);

/// Whether a descriptor is a listening stream socket: 1 yes, 0 no.
int cl_is_listening(int descriptor);

/// Sets close-on-exec.
int cl_close_on_exec(int descriptor);

/// Sends one datagram to a Unix socket; a leading '@' means the abstract name space.
int cl_send_datagram(const char *path, const uint8_t *bytes, size_t count);

#endif
