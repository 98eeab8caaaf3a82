// Stops threads of another process for a while, as nothing but a debugger can: workers that hang, reads that do not end.
// usage: stop_thread PROCESS NAME SECONDS: all threads called NAME.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

// Stops one thread; it goes on when this process ends.
static int stop(long thread) {
    if (ptrace(PTRACE_SEIZE, thread, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, thread, 0, 0) != 0) {
        fprintf(stderr, "stop_thread: %ld: %s\n", thread, strerror(errno));
        return 0;
    }
    fprintf(stderr, "stop_thread: %ld stands still\n", thread);
    return 1;
}

int main(int count, char **arguments) {
    if (count != 4) return fprintf(stderr, "usage: stop_thread PROCESS NAME SECONDS\n"), 2;
    char path[600], text[64];
    snprintf(path, sizeof path, "/proc/%s/task", arguments[1]);
    DIR *folder = opendir(path);
    int stopped = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        snprintf(path, sizeof path, "/proc/%s/task/%s/comm", arguments[1], entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        if (fgets(text, sizeof text, file)) {
            text[strcspn(text, "\n")] = 0;
            if (strcmp(text, arguments[2]) == 0) stopped += stop(atol(entry->d_name));
        }
        fclose(file);
    }
    if (!stopped) return fprintf(stderr, "stop_thread: no thread %s in %s\n", arguments[2], arguments[1]), 1;
    // A thread that dies meanwhile is reaped here: its process could not end otherwise.
    alarm((unsigned)atoi(arguments[3]));
    while (waitpid(-1, NULL, __WALL) > 0) {}
    return 0;
}
