// The library is a guest: what it may not change of its host's process.
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static const int signals[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE, SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH, SIGUSR1, SIGUSR2, SIGALRM, SIGURG, SIGIO};
enum { SIGNALS = sizeof signals / sizeof *signals };

static void remember_handlers(struct sigaction *found)
{
    memset(found, 0, SIGNALS * sizeof *found);
    for (int i = 0; i < SIGNALS; i++) {
        CHECK_EQUAL(0, sigaction(signals[i], NULL, &found[i]));
    }
}

static void expect_handlers(const struct sigaction *expected)
{
    struct sigaction found[SIGNALS];
    remember_handlers(found);
    for (int i = 0; i < SIGNALS; i++) {
        if (found[i].sa_handler != expected[i].sa_handler || found[i].sa_flags != expected[i].sa_flags) {
            fprintf(stderr, "the handler of signal %d has changed\n", signals[i]);
            exit(1);
        }
    }
}

static int entries(const char *folder)
{
    int count = 0;
    DIR *open = opendir(folder);
    CHECK(open != NULL);
    while (readdir(open) != NULL) {
        count++;
    }
    closedir(open);
    return count;
}

static int threads(void) { return entries("/proc/self/task"); }

static void embed_one(akidb_bridge_handle bridge)
{
    static const char *const texts[] = {"Hello, world"};
    akidb_bridge_request request = request_for(texts, 1);
    akidb_bridge_vectors vectors = 0;
    akidb_bridge_error error;
    int32_t status = akidb_bridge_embed(bridge, &request, &vectors, &error);
    if (status != AKIDB_BRIDGE_OK) {
        fprintf(stderr, "not embedded: %d %s\n", status, error.message);
        exit(1);
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(vectors));
}

// The pid of the first worker that is ready; 0 without one.
static pid_t ready_worker(akidb_bridge_handle bridge)
{
    akidb_bridge_text text = 0;
    const char *json = NULL;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_status(bridge, &text, NULL));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_text_view(text, &json, NULL));
    const char *ready = strstr(json, "\"state\":\"ready\",\"pid\":");
    pid_t pid = ready == NULL ? 0 : (pid_t)atoi(ready + strlen("\"state\":\"ready\",\"pid\":"));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(text));
    return pid;
}

static pid_t await_worker(akidb_bridge_handle bridge, pid_t other_than)
{
    for (int i = 0; i < 1200; i++) {
        pid_t pid = ready_worker(bridge);
        if (pid > 0 && pid != other_than) {
            return pid;
        }
        usleep(50000);
    }
    fprintf(stderr, "no worker became ready\n");
    exit(1);
}

static atomic_int children_heard_of;

static void reap_own(int number)
{
    (void)number;
    atomic_fetch_add(&children_heard_of, 1);
}

static void reap_all(int number)
{
    (void)number;
    int before = errno;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        atomic_fetch_add(&children_heard_of, 1);
    }
    errno = before;
}

static void run_child(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(42);
    }
    CHECK(child > 0);
    while (waitpid(child, &status, 0) < 0) {
        CHECK_EQUAL(EINTR, errno);
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static void kill_and_embed(akidb_bridge_handle bridge)
{
    pid_t worker = await_worker(bridge, 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(0, kill(worker, SIGKILL));
        for (int call = 0; call < 50; call++) {
            embed_one(bridge);
        }
        worker = await_worker(bridge, worker);
    }
}

static void handlers_folder_and_children_stay_the_hosts(const char *configuration)
{
    struct sigaction own = {0}, before[SIGNALS];
    own.sa_handler = reap_own;
    own.sa_flags = SA_NOCLDSTOP;
    CHECK_EQUAL(0, sigaction(SIGCHLD, &own, NULL));
    CHECK_EQUAL(0, sigaction(SIGUSR1, &own, NULL));
    remember_handlers(before);
    sigset_t mask, mask_after;
    memset(&mask, 0, sizeof mask);
    memset(&mask_after, 0, sizeof mask_after);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    char folder[4096], folder_after[4096];
    CHECK(getcwd(folder, sizeof folder) != NULL);
    akidb_bridge_handle bridge = create(configuration);
    expect_handlers(before);
    embed_one(bridge);
    kill_and_embed(bridge);
    expect_handlers(before);
    run_child();
    CHECK(atomic_load(&children_heard_of) > 0);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
    expect_handlers(before);
    pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
    CHECK(memcmp(&mask, &mask_after, sizeof mask) == 0);
    CHECK(getcwd(folder_after, sizeof folder_after) != NULL && strcmp(folder, folder_after) == 0);
    CHECK_EQUAL(-1, waitpid(-1, NULL, WNOHANG));
    CHECK_EQUAL(ECHILD, errno);
}

// SIGPIPE is what it is by default: it ends the process that writes to a pipe that nobody reads.
static void workers_that_die_do_not_take_the_host_with_them(const char *configuration)
{
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    akidb_bridge_handle bridge = create(configuration);
    kill_and_embed(bridge);
    CHECK(signal(SIGPIPE, SIG_DFL) == SIG_DFL);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
}

static void a_host_may_reap_every_child(const char *configuration)
{
    CHECK(signal(SIGCHLD, reap_all) != SIG_ERR);
    akidb_bridge_handle bridge = create(configuration);
    kill_and_embed(bridge);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
    CHECK(signal(SIGCHLD, SIG_IGN) == reap_all);
    bridge = create(configuration);
    kill_and_embed(bridge);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
}

static void signals_are_not_delivered_to_the_librarys_threads(const char *configuration)
{
    akidb_bridge_handle bridge = create(configuration);
    embed_one(bridge);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);

    // Blocked here only, after the library's threads have begun: where one of them took it, SIGTERM would end this process.
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    CHECK_EQUAL(0, kill(getpid(), SIGTERM));
    CHECK_EQUAL(0, kill(getpid(), SIGINT));
    usleep(100000);
    int number = 0;
    for (int i = 0; i < 2; i++) {
        do {
            CHECK_EQUAL(0, sigwait(&set, &number));
        } while (number == SIGCHLD);
        CHECK(number == SIGTERM || number == SIGINT);
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
}

static void nothing_is_started_before_create(const char *configuration)
{
    int before = threads();
    CHECK(strlen(akidb_bridge_version()) > 0);
    CHECK_EQUAL(before, threads());
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(create(configuration), NULL));
    CHECK(strchr(akidb_bridge_version(), '.') != NULL);
}

static long resident_kilobytes(void)
{
    long pages = 0, resident = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    CHECK(statm != NULL && fscanf(statm, "%ld %ld", &pages, &resident) == 2);
    fclose(statm);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// How many threads are neither the host's nor one of the runtime's resting ones. A new thread has its process's name for a moment.
static int foreign_threads(FILE *names)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        char path[300], name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = task->d_name[0] == '.' || atoi(task->d_name) == getpid() ? NULL : fopen(path, "r");
        if (file != NULL) {
            if (fgets(name, sizeof name, file) != NULL && strncmp(name, ".NET ", 5) != 0) {
                count++;
                if (names != NULL) {
                    fprintf(names, "still there: %s", name);
                }
            }
            fclose(file);
        }
    }
    closedir(tasks);
    return count;
}

static void expect_resting_threads_only(void)
{
    for (int i = 0; i < 200 && foreign_threads(NULL) > 0; i++) {
        usleep(10000);
    }
    CHECK_EQUAL(0, foreign_threads(stderr));
}

// The pool's threads end when they have had nothing to do for 20 seconds.
static int threads_at_rest(void)
{
    sleep(25);
    return threads();
}

// What malloc has given out. What it keeps of what came back is glibc's own matter: in the arena of each thread up to the most that was ever used there at once,
// and ONNX Runtime loads its sessions now in the one and now in the other.
static long used_kilobytes(void)
{
    struct mallinfo2 now = mallinfo2();
    return (long)((now.uordblks + now.hblkhd) / 1024);
}

static long least(long one, long other) { return one < other ? one : other; }

// The rounds that AKIDB_ROUNDS says; nothing grows from the second fifth of them to the last one. The least of a fifth counts: how many of the pool's threads
// rest at a moment changes, and each has some memory.
static void create_and_destroy(const char *configuration, long (*memory)(void))
{
    const char *asked = getenv("AKIDB_ROUNDS");
    int rounds = asked == NULL ? 1000 : atoi(asked);
    int resting = 0, most_files = 0;
    long early_memory = LONG_MAX, late_memory = LONG_MAX;
    for (int round = 0; round < rounds; round++) {
        akidb_bridge_handle bridge = create(configuration);
        embed_one(bridge);
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
        expect_resting_threads_only();
        int now_threads = threads(), now_files = entries("/proc/self/fd");
        long now_memory = memory();
        if (round % (rounds / 20 < 1 ? 1 : rounds / 20) == 0 || round == rounds - 1) {
            printf("round %d: %d threads, %d descriptors, %ld kB, %ld kB resident\n", round, now_threads - 2, now_files - 2, now_memory, resident_kilobytes());
        }
        if (round == rounds / 5) {
            resting = threads_at_rest();
        }
        if (round < rounds / 5) {
            most_files = now_files > most_files ? now_files : most_files;
        } else {
            CHECK(now_files <= most_files);
            early_memory = round < rounds * 2 / 5 ? least(early_memory, now_memory) : early_memory;
        }
        late_memory = round >= rounds * 4 / 5 ? least(late_memory, now_memory) : late_memory;
    }
    printf("least memory: %ld kB, then %ld kB\n", early_memory, late_memory);
    // A short run is not warm after a fifth of it; 15 kB that each of its rounds left would still be found.
    CHECK(late_memory <= early_memory + early_memory / (rounds < 1000 ? 10 : 50));
    for (int i = 0; i < 120 && threads() > resting; i++) {
        sleep(1);
    }
    CHECK(threads() <= resting);
    CHECK_EQUAL(-1, waitpid(-1, NULL, WNOHANG));
    CHECK_EQUAL(ECHILD, errno);
}

static void creating_and_destroying_leaves_nothing(const char *configuration) { create_and_destroy(configuration, resident_kilobytes); }

static void creating_and_destroying_leaves_nothing_in_use(const char *configuration) { create_and_destroy(configuration, used_kilobytes); }

#define CASE(function) {#function, function}

int main(int count, char **arguments)
{
    static const test_case cases[] = {
        CASE(handlers_folder_and_children_stay_the_hosts), CASE(workers_that_die_do_not_take_the_host_with_them), CASE(a_host_may_reap_every_child),
        CASE(signals_are_not_delivered_to_the_librarys_threads), CASE(nothing_is_started_before_create), CASE(creating_and_destroying_leaves_nothing),
        CASE(creating_and_destroying_leaves_nothing_in_use),
    };
    return run_case(count, arguments, cases, sizeof cases / sizeof *cases);
}
