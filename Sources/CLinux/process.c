#define _GNU_SOURCE
#include "clinux_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

int64_t cl_unix_time(void) { return time(NULL); }

int cl_keep_pages(intptr_t address, size_t count) { return mlock((void *)address, count) == 0 ? 0 : -errno; }

static void signal_set(int first, int second, int third, int fourth, sigset_t *set) {
    sigemptyset(set);
    if (first) sigaddset(set, first);
    if (second) sigaddset(set, second);
    if (third) sigaddset(set, third);
    if (fourth) sigaddset(set, fourth);
}

void cl_keep_little_memory(void) {
    enum { THRESHOLD = 128 << 10 };
    mallopt(M_MMAP_THRESHOLD, THRESHOLD);
    mallopt(M_TRIM_THRESHOLD, THRESHOLD);
}

int cl_block_signals(int first, int second, int third, int fourth) {
    sigset_t set;
    signal_set(first, second, third, fourth, &set);
    return -pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int cl_wait_signal(int first, int second, int third, int fourth) {
    sigset_t set;
    signal_set(first, second, third, fourth, &set);
    int number = 0;
    int error = sigwait(&set, &number);
    return error ? -error : number;
}

int cl_write_all(int descriptor, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written >= 0) {
            bytes += written;
            count -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = descriptor, .events = POLLOUT};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

/* The strings of a block, each ended by a zero, as a vector in one allocation; NULL without memory. */
static char **argument_vector(const uint8_t *arguments, size_t count) {
    size_t argument_count = 0;
    for (size_t i = 0; i < count; i++) argument_count += arguments[i] == 0;
    size_t table = (argument_count + 1) * sizeof(char *);
    char **argv = malloc(table + count);
    if (!argv) return NULL;
    char *copy = (char *)argv + table;
    memcpy(copy, arguments, count);
    for (size_t i = 0, start = 0, n = 0; i < count; i++)
        if (copy[i] == 0) {
            argv[n++] = copy + start;
            start = i + 1;
        }
    argv[argument_count] = NULL;
    return argv;
}

int cl_become(const uint8_t *arguments, size_t count) {
    if (count == 0 || arguments[count - 1] != 0) return -EINVAL;
    char **argv = argument_vector(arguments, count);
    if (!argv) return -ENOMEM;
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    execvp(argv[0], argv);
    int error = -errno;
    free(argv);
    return error;
}

int cl_spawn_detached(const char *program, const uint8_t *arguments, size_t count, const char *log_path) {
    if (count == 0 || arguments[count - 1] != 0) return -EINVAL;
    char **argv = argument_vector(arguments, count);
    if (!argv) return -ENOMEM;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t process = 0;
    int error = posix_spawn(&process, program, &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free(argv);
    return error ? -error : (int)process;
}

int cl_child_status(int process) {
    int status = 0;
    pid_t changed = waitpid(process, &status, WNOHANG);
    if (changed < 0) return -errno;
    if (changed == 0) return -EAGAIN;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int cl_executable_path(char *path, size_t capacity) {
    ssize_t length = readlink("/proc/self/exe", path, capacity - 1);
    if (length < 0) return -errno;
    path[length] = 0;
    return (int)length;
}

int cl_is_executable(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

int cl_path_kind(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) return 0;
    return S_ISREG(status.st_mode) ? 1 : S_ISDIR(status.st_mode) ? 2 : 3;
}

int cl_make_folders(const char *path, uint32_t mode) {
    char part[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part) return -ENAMETOOLONG;
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != 0) continue;
        part[i] = 0;
        if (mkdir(part, mode) != 0 && errno != EEXIST) return -errno;
        if (i < length) part[i] = '/';
    }
    return 0;
}

int cl_make_private_folder(const char *path) {
    if (mkdir(path, 0700) == 0) return 0;
    if (errno != EEXIST) return -errno;
    struct stat status;
    if (lstat(path, &status) != 0) return -errno;
    if (!S_ISDIR(status.st_mode)) return -ENOTDIR;
    return status.st_uid == geteuid() && (status.st_mode & 077) == 0 ? 0 : -EPERM;
}

int cl_is_stream(int descriptor, const char *variable) {
    struct stat status;
    unsigned long long device = 0, inode = 0;
    char rest = 0;
    return sscanf(variable, "%llu:%llu%c", &device, &inode, &rest) == 2 && fstat(descriptor, &status) == 0 &&
           status.st_dev == device && status.st_ino == inode;
}

int cl_environment_entry(size_t index, char *entry, size_t capacity) {
    for (size_t i = 0; i <= index; i++)
        if (!environ || !environ[i]) return -ENOENT;
    size_t length = strlen(environ[index]);
    if (length >= capacity) return -ENAMETOOLONG;
    memcpy(entry, environ[index], length + 1);
    return (int)length;
}

int cl_is_writable_folder(const char *path) {
    return cl_path_kind(path) == 2 && access(path, W_OK | X_OK) == 0;
}

int cl_absolute_path(const char *path, char *absolute, size_t capacity) {
    if (capacity < PATH_MAX) return -EINVAL;
    return realpath(path, absolute) ? (int)strlen(absolute) : -errno;
}

int cl_read_tail(const char *path, uint8_t *bytes, size_t capacity) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    struct stat status;
    int result = -EIO;
    if (fstat(descriptor, &status) == 0) {
        off_t start = status.st_size > (off_t)capacity ? status.st_size - (off_t)capacity : 0;
        ssize_t count = pread(descriptor, bytes, capacity, start);
        result = count < 0 ? -errno : (int)count;
    }
    close(descriptor);
    return result;
}

int cl_raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : -errno;
}
