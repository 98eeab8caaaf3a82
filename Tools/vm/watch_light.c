// Watches a light in a file that holds 0 or 1 or, with WORDS, a line that holds these and then "hi" if it is on: prints the
// percentage of the time that it was on, and its changes a second.
// usage: watch_light FILE SECONDS [WORDS]
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int is_on(char *text, const char *words) {
    if (!words) return *text == '1';
    char *line = strstr(text, words);
    if (!line) return 0;
    line[strcspn(line, "\n")] = 0;
    return strstr(line, " hi") != NULL;
}

int main(int argc, char **argv) {
    if (argc != 3 && argc != 4) return 2;
    const double seconds = atof(argv[2]), end = now() + seconds;
    int looks = 0, on = 0, changes = 0, last = -1;
    while (now() < end) {
        char text[4096];
        int file = open(argv[1], O_RDONLY);
        ssize_t size = file < 0 ? -1 : read(file, text, sizeof text - 1);
        if (size < 1) {
            perror(argv[1]);
            return 1;
        }
        close(file);
        text[size] = 0;
        int value = is_on(text, argv[3]);
        looks++;
        on += value;
        changes += last >= 0 && value != last;
        last = value;
        usleep(10000);
    }
    printf("%d %.0f\n", on * 100 / looks, changes / seconds);
    return 0;
}
