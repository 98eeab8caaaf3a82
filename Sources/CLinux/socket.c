#define _GNU_SOURCE
#include "clinux_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int cl_option_peer_credentials(void) { return SO_PEERCRED; }

static int unix_address(const char *path, struct sockaddr_un *address) {
    size_t length = strlen(path);
    if (length == 0) return -EINVAL;
    if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    return 0;
}

int cl_unix_probe(const char *path) {
    struct sockaddr_un address;
    int error = unix_address(path, &address);
    if (error) return error;
    struct stat status;
    if (lstat(path, &status) != 0) return -errno;
    // connect() answers ECONNREFUSED for any file; only a socket may be called stale and replaced.
    if (!S_ISSOCK(status.st_mode)) return -ENOTSOCK;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    int result = connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : -errno;
    close(descriptor);
    // A full backlog means that somebody listens.
    return result == -EAGAIN ? 0 : result;
}

int cl_unix_connect(const char *path) {
    struct sockaddr_un address;
    int error = unix_address(path, &address);
    if (error) return error;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    error = -errno;
    close(descriptor);
    return error;
}

int cl_unix_listen(const char *path, uint32_t mode, int backlog, struct cl_file_identity *identity) {
    struct sockaddr_un address;
    int error = unix_address(path, &address);
    if (error) return error;
    char temporary[sizeof address.sun_path];
    int length = snprintf(temporary, sizeof temporary, "%s.%x", path, (unsigned)getpid());
    if (length < 0 || (size_t)length >= sizeof temporary) return -ENAMETOOLONG;
    error = unix_address(temporary, &address);
    if (error) return error;

    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    unlink(temporary);
    // The mode of the descriptor before bind() becomes the mode of the file: no window with a wider one.
    struct stat status;
    if (fchmod(descriptor, mode & 0777) != 0 ||
        bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        error = -errno;
        close(descriptor);
        return error;
    }
    if (chmod(temporary, mode & 0777) != 0 || listen(descriptor, backlog) != 0 ||
        lstat(temporary, &status) != 0 || rename(temporary, path) != 0) {
        error = -errno;
        unlink(temporary);
        close(descriptor);
        return error;
    }
    identity->device = status.st_dev;
    identity->inode = status.st_ino;
    return descriptor;
}

int cl_unlink_if(const char *path, struct cl_file_identity identity) {
    struct stat status;
    if (lstat(path, &status) != 0) return -errno;
    if (status.st_dev != identity.device || status.st_ino != identity.inode) return -ESTALE;
    return unlink(path) == 0 ? 0 : -errno;
}

int cl_lock_file(const char *path) {
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return -errno;
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        int error = -errno;
        close(descriptor);
        return error;
    }
    return descriptor;
}

int cl_is_listening(int descriptor) {
    int value = 0;
    socklen_t length = sizeof value;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &value, &length) != 0 || value != SOCK_STREAM) return 0;
    value = 0;
    length = sizeof value;
    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0;
}

int cl_close_on_exec(int descriptor) { return fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 ? 0 : -errno; }

int cl_send_datagram(const char *path, const uint8_t *bytes, size_t count) {
    struct sockaddr_un address;
    int error = unix_address(path, &address);
    if (error) return error;
    if (path[0] != '/' && path[0] != '@') return -EINVAL;
    // An abstract name is as long as the address says, without a closing NUL.
    socklen_t length = sizeof address;
    if (path[0] == '@') {
        address.sun_path[0] = 0;
        length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    }
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    ssize_t sent = sendto(descriptor, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&address, length);
    error = sent < 0 ? -errno : 0;
    close(descriptor);
    return error;
}
