// The library is a guest in somebody else's process, and .NET's runtime was made for processes of its own: it ignores SIGPIPE, and to hear of its
// children it handles SIGCHLD, SIGINT, SIGQUIT, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU and SIGWINCH. The linker (--wrap) puts the functions of this file in
// front of those that would do so. The host's own handlers, its masks and its children stay what they are.
//
// What is left to the runtime: SIGSEGV and SIGFPE, by which it throws its exceptions, and which it passes on to the host's handlers where they are not about
// its own code; and one real-time signal, by which it stops its own threads.
#define _GNU_SOURCE
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// What a child's exit code is where the host has reaped the child before us.
enum { EXIT_UNKNOWN = 255 };

typedef void (*signal_handler)(int);
typedef int32_t (*sigchld_callback)(int32_t reap_all, int32_t configure_console);

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int __real_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
signal_handler __real_signal(int number, signal_handler handler);
int32_t __real_SystemNative_WaitPidExitedNoHang(int32_t pid, int32_t *exit_code);
int32_t __real_SystemNative_Write(intptr_t descriptor, const void *buffer, int32_t size);
int32_t __real_SystemNative_ForkAndExecProcess(
    const char *file, char *const arguments[], char *const environment[], const char *folder, int32_t redirect_in, int32_t redirect_out, int32_t redirect_error,
    int32_t set_user, uint32_t user, uint32_t group, uint32_t *groups, int32_t group_count, int32_t *pid, int32_t *in, int32_t *out, int32_t *error);

// The one function that needs no runtime, so that asking for it starts no thread.
__attribute__((visibility("default"))) const char *akidb_bridge_version(void) { return AKIDB_BRIDGE_VERSION; }

// No signal that is meant for the process is delivered to a thread of ours: the host may wait for it with sigwait or a signalfd, or expect its own system calls
// to be interrupted. Writing to the pipe of a dead worker then raises nothing either.
static void block_what_is_for_the_process(sigset_t *old)
{
    sigset_t blocked;
    sigfillset(&blocked);
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        sigdelset(&blocked, faults[i]);
    }
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
        sigdelset(&blocked, number);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, old);
}

typedef struct thread_start {
    void *(*start)(void *);
    void *argument;
} thread_start;

// A thread inherits how its creator rounds, and which floating-point exceptions are signals there: with the host's own way vectors would have other bits.
static void *start_as_by_default(void *given)
{
    thread_start mine = *(thread_start *)given;
    free(given);
    fesetenv(FE_DFL_ENV);
    return mine.start(mine.argument);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    thread_start *given = malloc(sizeof *given);
    if (given == NULL) {
        return EAGAIN;
    }
    *given = (thread_start){start, argument};
    sigset_t old;
    block_what_is_for_the_process(&old);
    int result = __real_pthread_create(thread, attributes, start_as_by_default, given);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (result != 0) {
        free(given);
    }
    return result;
}

// The runtime ignores SIGPIPE for all of the process when it starts, and calls this for nothing else.
signal_handler __wrap_signal(int number, signal_handler handler) { return number == SIGPIPE ? SIG_DFL : __real_signal(number, handler); }

// A thread of the host may be the one that writes to a worker: there the signal is caught by hand.
int32_t __wrap_SystemNative_Write(intptr_t descriptor, const void *buffer, int32_t size)
{
    sigset_t pipe_signal, old, pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &old);
    if (sigismember(&old, SIGPIPE)) {
        return __real_SystemNative_Write(descriptor, buffer, size);
    }
    sigpending(&pending);
    int32_t result = __real_SystemNative_Write(descriptor, buffer, size);
    int failure = errno;
    if (result < 0 && failure == EPIPE && !sigismember(&pending, SIGPIPE)) {
        static const struct timespec at_once;
        while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = failure;
    return result;
}

// Neither handlers nor a thread for them, and the terminal is the host's.
int32_t __wrap_SystemNative_InitializeTerminalAndSignalHandling(void) { return 1; }

typedef void (*host_ends)(void);

static host_ends end_bridges;
static pid_t host;

// A child that the host has forked has the handlers of exit() too, and none of the runtime's threads.
static void end_if_host(void)
{
    if (getpid() == host) {
        end_bridges();
    }
}

void akidb_guest_end_with_host(host_ends end)
{
    end_bridges = end;
    host = getpid();
    atexit(end_if_host);
}

static _Atomic(sigchld_callback) child_ended;

void __wrap_SystemNative_RegisterForSigChld(sigchld_callback callback) { child_ended = callback; }

// Instead of SIGCHLD: waits for one child of ours, and leaves it for the runtime to reap.
static void *wait_for_child(void *argument)
{
    siginfo_t ignored;
    while (waitid(P_PID, (id_t)(intptr_t)argument, &ignored, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    sigchld_callback callback = child_ended;
    if (callback != NULL) {
        callback(0, 0);
    }
    return NULL;
}

// The process that this thread forks; 0 as a rule.
static __thread pid_t forking;

// A child has the mask of the thread that forks it, as the runtime sets it in the child: a worker must hear SIGTERM.
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    sigset_t none;
    sigemptyset(&none);
    return __real_pthread_sigmask(how, forking != 0 && how == SIG_SETMASK && getpid() != forking ? &none : set, old);
}

int32_t __wrap_SystemNative_ForkAndExecProcess(
    const char *file, char *const arguments[], char *const environment[], const char *folder, int32_t redirect_in, int32_t redirect_out, int32_t redirect_error,
    int32_t set_user, uint32_t user, uint32_t group, uint32_t *groups, int32_t group_count, int32_t *pid, int32_t *in, int32_t *out, int32_t *error)
{
    forking = getpid();
    int32_t result = __real_SystemNative_ForkAndExecProcess(
        file, arguments, environment, folder, redirect_in, redirect_out, redirect_error, set_user, user, group, groups, group_count, pid, in, out, error);
    int failure = errno;
    forking = 0;
    if (result == 0) {
        pthread_t waiting;
        if (__wrap_pthread_create(&waiting, NULL, wait_for_child, (void *)(intptr_t)*pid) == 0) {
            pthread_detach(waiting);
        }
    }
    errno = failure;
    return result;
}

// A host that reaps every child, ours too, must not end the process: the runtime takes the missing child for its own defect.
int32_t __wrap_SystemNative_WaitPidExitedNoHang(int32_t pid, int32_t *exit_code)
{
    int32_t result = __real_SystemNative_WaitPidExitedNoHang(pid, exit_code);
    if (result < 0 && errno == ECHILD && pid > 0) {
        *exit_code = EXIT_UNKNOWN;
        return pid;
    }
    return result;
}
