#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

// Signals, child processes and plain output, behind calls that take no callbacks and no varargs. Every function
// returns 0 or more, or a negative errno.

#include <stddef.h>
#include <stdint.h>

/// Becomes another program, found as a shell would: `arguments` are its name and the others, each ended by a zero.
/// Signals that this process blocks reach it. Returns only if it fails.
int cl_become(const uint8_t *arguments, size_t count);

/// Lets free memory go back to the kernel at once, for good: the C library otherwise learns to keep blocks as large as the
/// largest it has seen. Call before the first allocation that is large.
void cl_keep_little_memory(void);

/// Has the kernel read the `count` bytes at `address` and keep them in memory.
int cl_keep_pages(intptr_t address, size_t count);

/// Seconds since 1970.
int64_t cl_unix_time(void);

/// Blocks four signals (0 = none) in the calling thread and in those it starts later.
int cl_block_signals(int first, int second, int third, int fourth);

/// Waits for one of four blocked signals (0 = none) and returns it. Blocks: call from a thread of its own.
int cl_wait_signal(int first, int second, int third, int fourth);

/// Writes all bytes to a descriptor, through EINTR and EAGAIN.
int cl_write_all(int descriptor, const uint8_t *bytes, size_t count);

/// Starts a program in a session of its own: no terminal, standard output and error appended to `log_path`
/// (created 0600), signals at their defaults. `arguments` holds the argument strings, each closed by a NUL.
/// Returns the process id.
int cl_spawn_detached(const char *program, const uint8_t *arguments, size_t count, const char *log_path);

/// How a child ended: -EAGAIN while it runs, else its exit status, or 128 + the signal that ended it.
int cl_child_status(int process);

/// Writes the path of the running executable, closed by a NUL, and returns its length.
int cl_executable_path(char *path, size_t capacity);

/// Whether a file may be executed by this process: 1 yes, 0 no.
int cl_is_executable(const char *path);

/// What a path names: 0 nothing, 1 a file, 2 a folder, 3 something else.
int cl_path_kind(const char *path);

/// Makes a folder and those above it, with the given mode.
int cl_make_folders(const char *path, uint32_t mode);

/// Makes a folder with mode 0700, or checks that the one there is ours alone: -EPERM if others could change it.
int cl_make_private_folder(const char *path);

/// Whether `variable`, DEVICE:INODE in decimal as JOURNAL_STREAM has it, names the file behind a descriptor: 1 yes, 0 no.
int cl_is_stream(int descriptor, const char *variable);

/// The variables of the environment in order: writes NAME=VALUE of the one at `index`, closed by a NUL, and returns its
/// length; -ENOENT after the last one, -ENAMETOOLONG if it does not fit. Not while another thread changes them.
int cl_environment_entry(size_t index, char *entry, size_t capacity);

/// Whether this process may create files in a folder: 1 yes, 0 no.
int cl_is_writable_folder(const char *path);

/// Writes the absolute path without links, closed by a NUL (capacity at least 4096), and returns its length.
int cl_absolute_path(const char *path, char *absolute, size_t capacity);

/// Reads at most `capacity` bytes of the end of a file and returns how many.
int cl_read_tail(const char *path, uint8_t *bytes, size_t capacity);

/// Raises the soft limit of open files to the hard limit.
int cl_raise_file_limit(void);

#endif
