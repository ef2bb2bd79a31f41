// Hosts that are not like others: what they do around the library may hurt neither of them.
#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static const char *const texts[] = {"Hello, world", "another text, a little longer than the first one"};

static void embed_both(akidb_bridge_handle bridge)
{
    akidb_bridge_request request = request_for(texts, 2);
    akidb_bridge_vectors vectors = 0;
    akidb_bridge_error error;
    int32_t status = akidb_bridge_embed(bridge, &request, &vectors, &error);
    if (status != AKIDB_BRIDGE_OK) {
        fprintf(stderr, "not embedded: %d %s\n", status, error.message);
        _exit(1);
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(vectors));
}

static void *live_one_life(void *configuration)
{
    akidb_bridge_handle bridge = create(configuration);
    embed_both(bridge);
    akidb_bridge_text text = 0;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_status(bridge, &text, NULL));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(text));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
    return NULL;
}

// The runtime starts with the first of them.
static void bridges_are_created_by_many_threads_at_once(const char *configuration)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQUAL(0, pthread_create(&threads[i], NULL, live_one_life, (void *)(uintptr_t)configuration));
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQUAL(0, pthread_join(threads[i], NULL));
    }
}

static void a_thread_may_have_a_small_stack(const char *configuration)
{
    pthread_attr_t small;
    pthread_t thread;
    CHECK_EQUAL(0, pthread_attr_init(&small));
    CHECK_EQUAL(0, pthread_attr_setstacksize(&small, 64 * 1024));
    CHECK_EQUAL(0, pthread_create(&thread, &small, live_one_life, (void *)(uintptr_t)configuration));
    CHECK_EQUAL(0, pthread_join(thread, NULL));
    pthread_attr_destroy(&small);
}

static atomic_int ticks;

static void tick(int number)
{
    (void)number;
    atomic_fetch_add(&ticks, 1);
}

static void system_calls_may_be_interrupted(const char *configuration)
{
    static const int numbers[] = {SIGALRM, SIGPROF}, timers[] = {ITIMER_REAL, ITIMER_PROF};
    struct sigaction action = {0};
    action.sa_handler = tick;
    for (int i = 0; i < 2; i++) {
        struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
        CHECK_EQUAL(0, sigaction(numbers[i], &action, NULL));
        CHECK_EQUAL(0, setitimer(timers[i], &often, NULL));
        live_one_life((void *)(uintptr_t)configuration);
        CHECK_EQUAL(0, setitimer(timers[i], &never, NULL));
    }
    CHECK(atomic_load(&ticks) > 20);
}

// A process of its own, whose runtime starts with whatever the host has set.
static void read_vectors_of_child(const char *configuration, int rounding, float *values, size_t count)
{
    int ends[2];
    CHECK_EQUAL(0, pipe(ends));
    pid_t child = fork();
    if (child == 0) {
        CHECK_EQUAL(0, fesetround(rounding));
        akidb_bridge_handle bridge = create(configuration);
        akidb_bridge_request request = request_for(texts, 2);
        size_t written = 0;
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_into(bridge, &request, values, count, &written, NULL, NULL));
        CHECK_EQUAL(count, written);
        CHECK_EQUAL(rounding, fegetround());
        CHECK_EQUAL(count * sizeof *values, write(ends[1], values, count * sizeof *values));
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
        _exit(0);
    }
    CHECK_EQUAL(count * sizeof *values, read(ends[0], values, count * sizeof *values));
    CHECK_EQUAL(child, waitpid(child, NULL, 0));
}

static void vectors_have_the_same_bits_however_the_host_rounds(const char *configuration)
{
    static const int others[] = {FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
    float expected[2 * 96], found[2 * 96];
    read_vectors_of_child(configuration, FE_TONEAREST, expected, 2 * 96);
    for (int i = 0; i < 3; i++) {
        read_vectors_of_child(configuration, others[i], found, 2 * 96);
        CHECK(memcmp(expected, found, sizeof found) == 0);
    }
}

// Until the end of the process ends the calls.
static void *embed_for_ever(void *data)
{
    akidb_bridge_request request = request_for(texts, 2);
    akidb_bridge_vectors vectors = 0;
    int32_t status = AKIDB_BRIDGE_OK;
    while (status == AKIDB_BRIDGE_OK) {
        status = akidb_bridge_embed(*(akidb_bridge_handle *)data, &request, &vectors, NULL);
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(vectors));
    }
    if (status != AKIDB_BRIDGE_CANCELLED && status != AKIDB_BRIDGE_STOPPING) {
        _exit(9);
    }
    return NULL;
}

static void start_callers(int threads, akidb_bridge_handle *bridge)
{
    pthread_t thread;
    for (int i = 0; i < threads; i++) {
        CHECK_EQUAL(0, pthread_create(&thread, NULL, embed_for_ever, bridge));
    }
}

static void expect_end(pid_t child, int code)
{
    int status = 0;
    for (int i = 0; i < 3000 && waitpid(child, &status, WNOHANG) == 0; i++) {
        usleep(10000);
    }
    CHECK(WIFEXITED(status));
    CHECK_EQUAL(code, WEXITSTATUS(status));
}

static void a_host_may_exit_while_calls_run(const char *configuration)
{
    for (unsigned round = 0; round < 5; round++) {
        pid_t child = fork();
        if (child == 0) {
            static akidb_bridge_handle bridge;
            bridge = create(configuration);
            embed_both(bridge);
            start_callers(8, &bridge);
            usleep(20000 + round * 7000);
            exit(7);
        }
        expect_end(child, 7);
    }
}

static void a_host_may_exit_while_an_engine_loads(const char *configuration)
{
    for (unsigned round = 0; round < 12; round++) {
        pid_t child = fork();
        if (child == 0) {
            create(configuration);
            usleep(round * 4000);
            exit(7);
        }
        expect_end(child, 7);
    }
}

static void a_forked_child_may_end(const char *configuration)
{
    static akidb_bridge_handle bridge;
    bridge = create(configuration);
    embed_both(bridge);
    start_callers(4, &bridge);
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (child == 0) {
            exit(5);
        }
        expect_end(child, 5);
    }
    embed_both(bridge);
}

typedef struct waiting_calls {
    akidb_bridge_handle bridge;
    atomic_int ended;
} waiting_calls;

static void embed_in_callback(void *data, int32_t status, akidb_bridge_vectors result, const akidb_bridge_error *error)
{
    (void)error;
    waiting_calls *calls = data;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, status);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(result));
    embed_both(calls->bridge);
    atomic_fetch_add(&calls->ended, 1);
}

// Callbacks that block may not take the threads from those that compute what they wait for.
static void callbacks_may_wait_for_other_calls(const char *configuration)
{
    enum { CALLS = 200 };
    waiting_calls calls = {.bridge = create(configuration)};
    embed_both(calls.bridge);
    akidb_bridge_request request = request_for(texts, 2);
    for (int i = 0; i < CALLS; i++) {
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_async(calls.bridge, &request, embed_in_callback, &calls, NULL, NULL));
    }
    while (atomic_load(&calls.ended) < CALLS) {
        embed_both(calls.bridge);
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(calls.bridge, NULL));
}

static void end_quietly(void *data, int32_t status, akidb_bridge_vectors result, const akidb_bridge_error *error)
{
    (void)error;
    CHECK(status == AKIDB_BRIDGE_OK || status == AKIDB_BRIDGE_CANCELLED);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(result));
    atomic_fetch_add((atomic_int *)data, 1);
}

static void calls_may_be_cancelled_at_any_time_and_twice(const char *configuration)
{
    enum { CALLS = 1000 };
    akidb_bridge_handle bridge = create(configuration);
    atomic_int ended = 0;
    akidb_bridge_request request = request_for(texts, 2);
    for (unsigned i = 0; i < CALLS; i++) {
        akidb_bridge_call call = 0;
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_async(bridge, &request, end_quietly, &ended, &call, NULL));
        usleep(i % 7 * 100);
        for (int twice = 0; twice < 2; twice++) {
            int32_t status = akidb_bridge_cancel(call);
            CHECK(status == AKIDB_BRIDGE_OK || status == AKIDB_BRIDGE_INVALID_HANDLE);
        }
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
    CHECK_EQUAL(CALLS, atomic_load(&ended));
}

static sigjmp_buf back;
static int *volatile nowhere;

static void jump_back(int number) { siglongjmp(back, number); }

static void faults_of_the_host_are_its_own(const char *configuration)
{
    struct sigaction action = {0};
    action.sa_handler = jump_back;
    action.sa_flags = SA_NODEFER;
    CHECK_EQUAL(0, sigaction(SIGSEGV, &action, NULL));
    akidb_bridge_handle bridge = create(configuration);
    for (int i = 0; i < 3; i++) {
        if (sigsetjmp(back, 1) == 0) {
            *nowhere = 1;
            CHECK(0);
        }
        embed_both(bridge);
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
}

static void limits_and_attributes_stay_the_hosts(const char *configuration)
{
    struct rlimit before[RLIM_NLIMITS], after;
    static char stack[65536];
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack}, found = {0};
    int reaper = -1, signal_at_death = -1;
    CHECK_EQUAL(0, getrlimit(RLIMIT_NOFILE, &after));
    after.rlim_cur = 256;
    CHECK_EQUAL(0, setrlimit(RLIMIT_NOFILE, &after));
    CHECK_EQUAL(0, sigaltstack(&own, NULL));
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        CHECK_EQUAL(0, getrlimit(i, &before[i]));
    }
    live_one_life((void *)(uintptr_t)configuration);
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        CHECK_EQUAL(0, getrlimit(i, &after));
        CHECK(before[i].rlim_cur == after.rlim_cur && before[i].rlim_max == after.rlim_max);
    }
    CHECK_EQUAL(0, sigaltstack(NULL, &found));
    CHECK(found.ss_sp == stack);
    prctl(PR_GET_CHILD_SUBREAPER, &reaper);
    prctl(PR_GET_PDEATHSIG, &signal_at_death);
    CHECK(reaper == 0 && signal_at_death == 0 && prctl(PR_GET_DUMPABLE) == 1);
}

// What the library opens has their numbers then, and so have the pipes of its workers.
static void standard_streams_may_be_closed(const char *configuration)
{
    int errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
    for (int stream = 0; stream < 3; stream++) {
        CHECK_EQUAL(0, close(stream));
    }
    akidb_bridge_handle bridge = create(configuration);
    const char *served_by = "";
    for (int i = 0; i < 2400 && strncmp(served_by, "worker", 6) != 0; i++) {
        akidb_bridge_request request = request_for(texts, 1);
        akidb_bridge_vectors vectors = 0;
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed(bridge, &request, &vectors, NULL));
        served_by = strncmp(view_of(vectors).served_by, "worker", 6) == 0 ? "worker" : "";
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(vectors));
        usleep(25000);
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
    CHECK_EQUAL(STDERR_FILENO, dup2(errors, STDERR_FILENO));
    CHECK(strcmp(served_by, "worker") == 0);
}

#define CASE(function) {#function, function}

int main(int count, char **arguments)
{
    static const test_case cases[] = {
        CASE(bridges_are_created_by_many_threads_at_once), CASE(a_thread_may_have_a_small_stack), CASE(system_calls_may_be_interrupted),
        CASE(vectors_have_the_same_bits_however_the_host_rounds), CASE(a_host_may_exit_while_calls_run),
        CASE(a_host_may_exit_while_an_engine_loads), CASE(a_forked_child_may_end),
        CASE(callbacks_may_wait_for_other_calls), CASE(calls_may_be_cancelled_at_any_time_and_twice), CASE(faults_of_the_host_are_its_own),
        CASE(limits_and_attributes_stay_the_hosts), CASE(standard_streams_may_be_closed),
    };
    return run_case(count, arguments, cases, sizeof cases / sizeof *cases);
}
