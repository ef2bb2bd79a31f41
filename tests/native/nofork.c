/* Preloaded into a program: while the file that NOFORK_FILE names is there, the system gives the program no further process, as at its limit of them.
   Threads begin as before, which no limit of the kernel allows: it counts them as processes. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

pid_t fork(void) {
    const char *file = getenv("NOFORK_FILE");
    if (file != NULL && access(file, F_OK) == 0) {
        errno = EAGAIN;
        return -1;
    }
    pid_t (*original)(void);
    *(void **)&original = dlsym(RTLD_NEXT, "fork");
    return original();
}

/* A function that calls vfork must not return in the child, so a wrapper around it cannot be written. */
pid_t vfork(void) { return fork(); }
