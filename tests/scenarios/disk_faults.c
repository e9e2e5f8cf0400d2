/* Lets the n-th call that writes, shortens or makes durable fail, or kills the process there.

   Preloaded into a process of the tests. Nothing happens until `fault_arm`; only the armed process
   counts. With `lasting`, every call from the n-th on fails, as on a disk that stays full. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

enum { NOTHING, FAIL, KILL_BEFORE, KILL_AFTER };

static long calls, at;
static int action, failure, lasting, armed;

void fault_arm(long nth, int what, int error, int stays) {
    calls = 0;
    at = nth;
    action = what;
    failure = error;
    lasting = stays;
    armed = 1;
}

long fault_disarm(void) {
    armed = 0;
    return calls;
}

static int hit(void) {
    if (!armed)
        return NOTHING;
    calls++;
    if (calls == at || (lasting && calls > at && action == FAIL))
        return action;
    return NOTHING;
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

#define FAULTY(name, type, parameters, arguments)                                                  \
    type name parameters {                                                                         \
        static type(*real) parameters;                                                             \
        int now = hit();                                                                           \
        type result;                                                                               \
        if (!real)                                                                                 \
            real = REAL(name);                                                                     \
        if (now == KILL_BEFORE)                                                                    \
            kill(getpid(), SIGKILL);                                                               \
        if (now == FAIL) {                                                                         \
            errno = failure;                                                                       \
            return -1;                                                                             \
        }                                                                                          \
        result = real arguments;                                                                   \
        if (now == KILL_AFTER)                                                                     \
            kill(getpid(), SIGKILL);                                                               \
        return result;                                                                             \
    }

FAULTY(pwrite64, ssize_t, (int f, const void *b, size_t n, off64_t o), (f, b, n, o))
FAULTY(fdatasync, int, (int f), (f))
FAULTY(fsync, int, (int f), (f))
FAULTY(ftruncate64, int, (int f, off64_t n), (f, n))
