/* Every fsync takes SYNC_DELAY_US microseconds and does nothing else: the same slow disk on any machine. */
#include <stdlib.h>
#include <time.h>

static int wait_as_long_as_told(void) {
    const char *told = getenv("SYNC_DELAY_US");
    long micros = told ? atol(told) : 1000;
    struct timespec delay = {micros / 1000000, (micros % 1000000) * 1000};
    nanosleep(&delay, NULL);
    return 0;
}

int fsync(int fd) { (void)fd; return wait_as_long_as_told(); }
int fdatasync(int fd) { (void)fd; return wait_as_long_as_told(); }
