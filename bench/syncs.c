/* Preloaded by append_costs.py: counts the calls that make a file durable, and how long they take. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static long long calls, nanoseconds;

long long sync_calls(void) { return calls; }
long long sync_nanoseconds(void) { return nanoseconds; }

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int timed(const char *name, int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    long long began = now();
    int answer = real(file);
    nanoseconds += now() - began;
    calls++;
    return answer;
}

int fdatasync(int file) { return timed("fdatasync", file); }
int fsync(int file) { return timed("fsync", file); }
