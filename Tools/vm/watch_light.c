// Watches a file that holds 0 or 1: prints the percentage of the time that it was 1, and its changes a second.
// usage: watch_light FILE SECONDS
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    const double seconds = atof(argv[2]), end = now() + seconds;
    int looks = 0, on = 0, changes = 0, last = -1;
    while (now() < end) {
        char value = '?';
        int file = open(argv[1], O_RDONLY);
        if (file < 0 || read(file, &value, 1) != 1) {
            perror(argv[1]);
            return 1;
        }
        close(file);
        looks++;
        on += value == '1';
        changes += last >= 0 && value != last;
        last = value;
        usleep(10000);
    }
    printf("%d %.0f\n", on * 100 / looks, changes / seconds);
    return 0;
}
