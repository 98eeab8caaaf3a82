#define _GNU_SOURCE
#include "clinux_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static int is_raw;

int cl_terminal_raw(void) {
    if (is_raw) return 0;
    if (tcgetattr(STDIN_FILENO, &before) != 0) return -errno;
    struct termios raw = before;
    raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON | INLCR | IGNCR | ISTRIP);
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) return -errno;
    is_raw = 1;
    return 0;
}

void cl_terminal_restore(void) {
    if (is_raw) tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    is_raw = 0;
}

int cl_terminal_width(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

int cl_read_byte(uint8_t *byte) {
    while (1) {
        ssize_t count = read(STDIN_FILENO, byte, 1);
        if (count >= 0) return (int)count;
        if (errno != EINTR) return -errno;
    }
}

int cl_append_private(const char *path, const uint8_t *bytes, size_t count) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return -errno;
    int status = fchmod(descriptor, 0600) == 0 ? 0 : -errno;
    while (status == 0 && count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            status = -errno;
            break;
        }
        bytes += written;
        count -= (size_t)written;
    }
    close(descriptor);
    return status;
}
