// What every function does with what it may be given.
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static const char *const two_texts[] = {"Hello, world", ""};

static void embed_one(akidb_bridge_handle bridge)
{
    akidb_bridge_request request = request_for(two_texts, 1);
    akidb_bridge_vectors vectors = 0;
    akidb_bridge_error error;
    int32_t status = akidb_bridge_embed(bridge, &request, &vectors, &error);
    if (status != AKIDB_BRIDGE_OK) {
        fprintf(stderr, "not embedded: %d %s\n", status, error.message);
        exit(1);
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(vectors));
}

static void results_hold_what_was_asked_for(const char *configuration)
{
    akidb_bridge_handle bridge = create(configuration);
    akidb_bridge_request request = request_for(two_texts, 2);
    akidb_bridge_vectors vectors = 0;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed(bridge, &request, &vectors, NULL));
    akidb_bridge_result view = view_of(vectors);
    CHECK_EQUAL(2, view.count);
    CHECK(view.dimensions > 4);
    CHECK(view.total_tokens >= 4);
    CHECK_EQUAL(0, view.truncated[0]);
    CHECK(strstr(view.space, "dim=") != NULL && strlen(view.model) > 0 && strlen(view.served_by) > 0);
    CHECK(view.duration_ms >= 0 && view.compute_ms >= 0);

    // The same into memory of our own, of which the last float is not touched.
    size_t floats = view.count * view.dimensions, written = 0;
    float *own = malloc((floats + 1) * sizeof *own);
    own[floats] = 7;
    akidb_bridge_vectors facts = 0;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_into(bridge, &request, own, floats, &written, &facts, NULL));
    CHECK_EQUAL(floats, written);
    CHECK(own[floats] == 7);
    CHECK(memcmp(own, view.values, floats * sizeof *own) == 0);
    akidb_bridge_result about = view_of(facts);
    CHECK(about.values == NULL && about.count == 2 && strcmp(about.space, view.space) == 0);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(facts));

    // One float too few: nothing is written, but how many there are is said.
    akidb_bridge_error error;
    memset(own, 0, floats * sizeof *own);
    CHECK_EQUAL(AKIDB_BRIDGE_BUFFER_TOO_SMALL, akidb_bridge_embed_into(bridge, &request, own, floats - 1, &written, NULL, &error));
    CHECK_EQUAL(floats, written);
    CHECK(own[0] == 0);
    CHECK_EQUAL(AKIDB_BRIDGE_BUFFER_TOO_SMALL, error.status);

    // The space that it was in may be demanded.
    request.space = view.space;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_into(bridge, &request, own, floats, &written, NULL, NULL));
    request.space = NULL;

    // Fewer components, by length and not by a zero byte.
    static const size_t lengths[] = {5};
    request.dimensions = 4;
    request.count = 1;
    request.lengths = lengths;
    akidb_bridge_vectors cut = 0;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed(bridge, &request, &cut, NULL));
    CHECK_EQUAL(4, view_of(cut).dimensions);

    // Results outlive their bridge.
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
    CHECK(view_of(vectors).values == view.values && view.values[0] != 0);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(vectors));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(cut));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_release(cut));
    free(own);
}

static void null_and_stale_handles_are_errors(const char *configuration)
{
    akidb_bridge_handle bridge = create(configuration);
    akidb_bridge_request request = request_for(two_texts, 1);
    akidb_bridge_vectors vectors = 0;
    akidb_bridge_text text = 0;
    akidb_bridge_call call = 0;
    akidb_bridge_error error;
    const char *data;
    float value;
    size_t written;
    akidb_bridge_result view;
    view.struct_size = sizeof view;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed(bridge, &request, &vectors, NULL));
    const uint64_t wrong[] = {0, 1000000, UINT64_MAX, vectors};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_embed(wrong[i], &request, &call, &error));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, error.status);
        CHECK_EQUAL(-1, error.input_index);
        CHECK_EQUAL(-1, error.retry_after_ms);
        CHECK(strlen(error.message) > 10);
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_embed_into(wrong[i], &request, &value, 1, &written, NULL, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_embed_async(wrong[i], &request, (akidb_bridge_embed_callback)abort, NULL, &call, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_models(wrong[i], &text, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_status(wrong[i], &text, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_health(wrong[i], &text, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_model(wrong[i], NULL, NULL, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_drain(wrong[i], 0, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_destroy(wrong[i], NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_text_view(wrong[i], &data, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_cancel(wrong[i]));
    }
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_view(0, &view));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_view(bridge, &view));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_release(bridge));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(0));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(vectors));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_release(vectors));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_view(vectors, &view));

    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_destroy(bridge, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_embed(bridge, &request, &vectors, &error));
}

static void null_pointers_are_errors(const char *configuration)
{
    akidb_bridge_error error;
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_create(configuration, NULL, NULL, NULL, &error));
    akidb_bridge_handle bridge = create(configuration);
    akidb_bridge_request request = request_for(two_texts, 2);
    akidb_bridge_vectors vectors = 1;
    size_t written;
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed(bridge, NULL, &vectors, &error));
    CHECK_EQUAL(0, vectors);
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed(bridge, &request, NULL, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed_into(bridge, &request, NULL, 10, &written, NULL, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed_into(bridge, &request, NULL, 0, NULL, NULL, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed_async(bridge, &request, NULL, NULL, NULL, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_models(bridge, NULL, NULL));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_text_view(0, NULL, NULL));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_view(0, NULL));
    akidb_bridge_result small = {.struct_size = 8};
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed(bridge, &request, &vectors, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_view(vectors, &small));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(vectors));

    const char *const with_null[] = {"a", NULL};
    request = request_for(with_null, 2);
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    CHECK_EQUAL(1, error.input_index);
    request = request_for(NULL, 2);
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    request = request_for(two_texts, 2);
    request.struct_size = 0;
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    request = request_for(two_texts, 2);
    request.normalize = 3;
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    request = request_for(two_texts, 2);
    request.timeout_ms = -1;
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    request = request_for(two_texts, 2);
    request.reserved = 1;
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_model(bridge, NULL, NULL, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
}

static void wrong_requests_are_the_bridges_own_errors(const char *configuration)
{
    akidb_bridge_handle bridge = create(configuration);
    akidb_bridge_vectors vectors = 0;
    akidb_bridge_error error;
    akidb_bridge_request request = request_for(two_texts, 0);
    CHECK_EQUAL(AKIDB_BRIDGE_BAD_INPUT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    request.texts = NULL;
    CHECK_EQUAL(AKIDB_BRIDGE_BAD_INPUT, akidb_bridge_embed(bridge, &request, &vectors, &error));

    // More than any model takes are not even read.
    request = request_for(two_texts, SIZE_MAX);
    CHECK_EQUAL(AKIDB_BRIDGE_TOO_LARGE, akidb_bridge_embed(bridge, &request, &vectors, &error));

    const char *const no_utf8[] = {"fine", "\xc3\x28", "\xed\xa0\x80"};
    request = request_for(no_utf8, 3);
    CHECK_EQUAL(AKIDB_BRIDGE_BAD_INPUT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    CHECK_EQUAL(1, error.input_index);
    CHECK(strstr(error.message, "UTF-8") != NULL);
    request = request_for(two_texts, 1);
    request.model = "\xff";
    CHECK_EQUAL(AKIDB_BRIDGE_BAD_INPUT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    request.model = "nobody/has-this";
    CHECK_EQUAL(AKIDB_BRIDGE_UNKNOWN_MODEL, akidb_bridge_embed(bridge, &request, &vectors, &error));
    request = request_for(two_texts, 1);
    request.dimensions = 1000000;
    CHECK_EQUAL(AKIDB_BRIDGE_BAD_INPUT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    request = request_for(two_texts, 1);
    request.space = "another;weights=0000000000000000;pooling=cls;prompt=none;dim=96;norm=l2;precision=float32";
    CHECK_EQUAL(AKIDB_BRIDGE_SPACE_MISMATCH, akidb_bridge_embed(bridge, &request, &vectors, &error));
    const char *demanded = NULL, *served = NULL;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_error_spaces(&error, &demanded, &served));
    CHECK(strcmp(demanded, request.space) == 0 && strstr(served, "dim=") != NULL && strcmp(demanded, served) != 0);
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_error_spaces(&error, NULL, &served));
    request = request_for(two_texts, 1);
    request.prompt_name = "nobody has this prompt";
    CHECK_EQUAL(AKIDB_BRIDGE_BAD_INPUT, akidb_bridge_embed(bridge, &request, &vectors, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_error_spaces(&error, &demanded, &served));
    CHECK(demanded == NULL && served == NULL);

    // A message that is longer than its place ends in whole characters.
    char *long_name = malloc(30000);
    for (size_t i = 0; i < 29997; i += 3) {
        memcpy(long_name + i, "\xe2\x82\xac", 3);
    }
    long_name[29997] = 0;
    request = request_for(two_texts, 1);
    request.model = long_name;
    CHECK_EQUAL(AKIDB_BRIDGE_UNKNOWN_MODEL, akidb_bridge_embed(bridge, &request, &vectors, &error));
    CHECK(memchr(error.message, 0, sizeof error.message) != NULL);
    free(long_name);
    embed_one(bridge);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
}

static void wrong_configurations_are_told(const char *configuration)
{
    (void)configuration;
    akidb_bridge_handle bridge = 7;
    akidb_bridge_error error;
    CHECK_EQUAL(AKIDB_BRIDGE_BAD_CONFIGURATION, akidb_bridge_create("{\"Modl\": \"x\", \"Worker\": {\"Threads\": \"many\"}}", NULL, NULL, &bridge, &error));
    CHECK_EQUAL(0, bridge);
    CHECK(strstr(error.message, "2 mistakes") != NULL && strstr(error.message, "Bridge:Modl") != NULL && strstr(error.message, "Worker:Threads") != NULL);
    const char *const no_documents[] = {
        "{", "[1]", "not json", "\"text\"", "{\"UseEnvironment\": \"perhaps\"}", "{\"Model\": \"\\ud800\"}", "{\"Model\": \"a\", \"model\": \"b\"}", "{\"Bridge\": 5}",
        "{\"Logging\": {\"LogLevel\": {\"Default\": \"Loud\"}}}",
    };
    for (size_t i = 0; i < sizeof no_documents / sizeof *no_documents; i++) {
        CHECK_EQUAL(AKIDB_BRIDGE_BAD_CONFIGURATION, akidb_bridge_create(no_documents[i], NULL, NULL, &bridge, &error));
    }
    CHECK_EQUAL(AKIDB_BRIDGE_BAD_INPUT, akidb_bridge_create("{\"Model\": \"\xff\"}", NULL, NULL, &bridge, &error));

    // A zero byte ends no message before its end.
    CHECK_EQUAL(AKIDB_BRIDGE_UNKNOWN_MODEL, akidb_bridge_create("{\"Model\": \"a\\u0000b\"}", NULL, NULL, &bridge, &error));
    CHECK(strstr(error.message, "was not found") != NULL);

    // A message that does not fit is cut.
    char *many = malloc(60000);
    size_t length = (size_t)sprintf(many, "{");
    for (int i = 0; i < 500; i++) {
        length += (size_t)sprintf(many + length, "%s\"Wrong\xc3\xa4%d\": 1", i == 0 ? "" : ",", i);
    }
    sprintf(many + length, "}");
    CHECK_EQUAL(AKIDB_BRIDGE_BAD_CONFIGURATION, akidb_bridge_create(many, NULL, NULL, &bridge, &error));
    length = strlen(error.message);
    CHECK(length > 4090 && length < sizeof error.message && strcmp(error.message + length - 3, "...") == 0);
    free(many);
}

// --- Calls that end with a callback -----------------------------------------------------------------------------------------------------

typedef struct ending {
    atomic_int calls;
    atomic_int status;
    akidb_bridge_handle bridge;
    int destroys;
} ending;

static void wait_for(atomic_int *value, int expected)
{
    for (int i = 0; i < 3000 && atomic_load(value) != expected; i++) {
        usleep(10000);
    }
    CHECK_EQUAL(expected, atomic_load(value));
}

static void ended(void *data, int32_t status, akidb_bridge_vectors result, const akidb_bridge_error *error)
{
    ending *end = data;
    CHECK((status == AKIDB_BRIDGE_OK) == (result != 0) && (status == AKIDB_BRIDGE_OK) == (error == NULL));
    CHECK(error == NULL || error->status == status);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(result));
    atomic_store(&end->status, status);
    atomic_fetch_add(&end->calls, 1);
}

static void calls_back_in(void *data, int32_t status, akidb_bridge_vectors result, const akidb_bridge_error *error)
{
    ending *end = data;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, status);
    embed_one(end->bridge);
    akidb_bridge_request request = request_for(two_texts, 1);
    if (end->destroys == 1) {
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(end->bridge, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_destroy(end->bridge, NULL));
    } else if (end->destroys == 2) {
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_drain(end->bridge, -1, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_STOPPING, akidb_bridge_embed_async(end->bridge, &request, ended, end, NULL, NULL));
    } else {
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_async(end->bridge, &request, ended, end, NULL, NULL));
    }
    ended(data, status, result, error);
}

static void callbacks_may_call_back_in(const char *configuration)
{
    akidb_bridge_request request = request_for(two_texts, 2);
    for (int destroys = 0; destroys < 3; destroys++) {
        ending end = {.bridge = create(configuration), .destroys = destroys};
        akidb_bridge_call call = 0;
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_async(end.bridge, &request, calls_back_in, &end, &call, NULL));
        wait_for(&end.calls, destroys == 0 ? 2 : 1);
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_cancel(call));
        CHECK_EQUAL(destroys == 1 ? AKIDB_BRIDGE_INVALID_HANDLE : AKIDB_BRIDGE_OK, akidb_bridge_destroy(end.bridge, NULL));
    }

    // A wrong request: nobody is called back.
    ending none = {.bridge = create(configuration)};
    const char *const no_utf8[] = {"\xff"};
    request = request_for(no_utf8, 1);
    CHECK_EQUAL(AKIDB_BRIDGE_BAD_INPUT, akidb_bridge_embed_async(none.bridge, &request, ended, &none, NULL, NULL));

    // One that only the bridge finds wrong: its callback says so.
    request = request_for(two_texts, 1);
    request.model = "nobody/has-this";
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_async(none.bridge, &request, ended, &none, NULL, NULL));
    wait_for(&none.calls, 1);
    CHECK_EQUAL(AKIDB_BRIDGE_UNKNOWN_MODEL, atomic_load(&none.status));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(none.bridge, NULL));
}

// So much work that it cannot be done before it is cancelled.
static akidb_bridge_request large_request(size_t count)
{
    const char **texts = calloc(count, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        char *text = malloc(1200);
        size_t length = 0;
        for (int word = 0; word < 100; word++) {
            length += (size_t)sprintf(text + length, "%c%zu ", 'a' + word % 26, i + (size_t)word);
        }
        texts[i] = text;
    }
    return request_for(texts, count);
}

static void free_request(akidb_bridge_request *request)
{
    for (size_t i = 0; i < request->count; i++) {
        free((void *)(uintptr_t)request->texts[i]);
    }
    free((void *)(uintptr_t)request->texts);
}

static void cancelled_calls_end_soon(const char *configuration)
{
    ending end = {.bridge = create(configuration)};
    embed_one(end.bridge);
    akidb_bridge_request request = large_request(1500);
    akidb_bridge_call call = 0;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_async(end.bridge, &request, ended, &end, &call, NULL));
    free_request(&request);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_cancel(call));
    wait_for(&end.calls, 1);
    CHECK_EQUAL(AKIDB_BRIDGE_CANCELLED, atomic_load(&end.status));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_cancel(call));
    embed_one(end.bridge);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(end.bridge, NULL));
    CHECK_EQUAL(1, atomic_load(&end.calls));
}

// --- Many threads -----------------------------------------------------------------------------------------------------------------------

enum { THREADS = 64 };

typedef struct crowd {
    akidb_bridge_handle bridge;
    akidb_bridge_vectors expected;
    int rounds;
    atomic_int cancelled;
    atomic_int refused;
    atomic_int done;
} crowd;

static void *embed_again_and_again(void *data)
{
    crowd *all = data;
    akidb_bridge_result expected = view_of(all->expected);
    akidb_bridge_request request = request_for(two_texts, 2);
    for (int i = 0; i < all->rounds; i++) {
        akidb_bridge_vectors vectors = 0;
        akidb_bridge_error error;
        int32_t status = akidb_bridge_embed(all->bridge, &request, &vectors, &error);
        if (status == AKIDB_BRIDGE_OK) {
            akidb_bridge_result view = view_of(vectors);
            CHECK(memcmp(view.values, expected.values, view.count * view.dimensions * sizeof(float)) == 0);
            CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(vectors));
            atomic_fetch_add(&all->done, 1);
        } else if (status == AKIDB_BRIDGE_CANCELLED) {
            atomic_fetch_add(&all->cancelled, 1);
        } else {
            CHECK(status == AKIDB_BRIDGE_STOPPING || status == AKIDB_BRIDGE_INVALID_HANDLE);
            atomic_fetch_add(&all->refused, 1);
            break;
        }
    }
    return NULL;
}

static void start_threads(pthread_t *threads, crowd *all)
{
    akidb_bridge_request request = request_for(two_texts, 2);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed(all->bridge, &request, &all->expected, NULL));
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQUAL(0, pthread_create(&threads[i], NULL, embed_again_and_again, all));
    }
}

static void join_threads(pthread_t *threads, crowd *all)
{
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQUAL(0, pthread_join(threads[i], NULL));
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(all->expected));
}

static void many_threads_get_their_own_vectors(const char *configuration)
{
    pthread_t threads[THREADS];
    crowd all = {.bridge = create(configuration), .rounds = 50};
    start_threads(threads, &all);
    join_threads(threads, &all);
    CHECK_EQUAL(THREADS * 50, atomic_load(&all.done));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(all.bridge, NULL));
}

static void destroy_ends_the_calls_that_run(const char *configuration)
{
    pthread_t threads[THREADS];
    crowd all = {.bridge = create(configuration), .rounds = 1000000};
    start_threads(threads, &all);
    ending end = {.bridge = all.bridge};
    akidb_bridge_request request = large_request(1500);
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_async(all.bridge, &request, ended, &end, NULL, NULL));
    }
    free_request(&request);
    usleep(50000);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(all.bridge, NULL));

    // Every callback has returned.
    CHECK_EQUAL(3, atomic_load(&end.calls));
    join_threads(threads, &all);
    CHECK_EQUAL(THREADS, atomic_load(&all.refused));
}

static void drain_lets_the_calls_end(const char *configuration)
{
    ending end = {.bridge = create(configuration)};
    embed_one(end.bridge);
    akidb_bridge_request request = large_request(300);
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_async(end.bridge, &request, ended, &end, NULL, NULL));
    }
    free_request(&request);
    akidb_bridge_error error;
    int32_t status = akidb_bridge_drain(end.bridge, 0, &error);
    CHECK(status == AKIDB_BRIDGE_DEADLINE_EXCEEDED || atomic_load(&end.calls) == 3);
    request = request_for(two_texts, 1);
    akidb_bridge_vectors vectors;
    CHECK_EQUAL(AKIDB_BRIDGE_STOPPING, akidb_bridge_embed(end.bridge, &request, &vectors, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_drain(end.bridge, -1, &error));
    CHECK_EQUAL(3, atomic_load(&end.calls));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, atomic_load(&end.status));
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(end.bridge, &error));
}

// --- The log, and JSON ------------------------------------------------------------------------------------------------------------------

typedef struct heard {
    akidb_bridge_handle bridge;
    atomic_int messages;
    atomic_int refused;
} heard;

static void hear(void *data, int32_t level, const char *category, const char *message)
{
    heard *log = data;
    CHECK(level >= 0 && level <= 5 && strlen(category) > 0 && strlen(message) > 0);
    akidb_bridge_handle bridge = log->bridge;
    if (bridge != 0 && akidb_bridge_destroy(bridge, NULL) == AKIDB_BRIDGE_WRONG_THREAD && akidb_bridge_drain(bridge, 0, NULL) == AKIDB_BRIDGE_WRONG_THREAD) {
        atomic_fetch_add(&log->refused, 1);
    }
    atomic_fetch_add(&log->messages, 1);
}

static void the_log_is_heard_and_may_not_destroy(const char *configuration)
{
    // A document like appsettings.json.
    char *whole = malloc(strlen(configuration) + 100);
    sprintf(whole, "{\"Logging\": {\"LogLevel\": {\"Default\": \"Debug\"}}, \"Bridge\": %s}", configuration);
    heard log = {0};
    akidb_bridge_handle bridge = 0;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_create(whole, hear, &log, &bridge, NULL));
    log.bridge = bridge;
    embed_one(bridge);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
    int messages = atomic_load(&log.messages);
    CHECK(messages > 0);
    usleep(200000);
    CHECK_EQUAL(messages, atomic_load(&log.messages));

    // With the log off, nothing is heard.
    sprintf(whole, "{\"Logging\": {\"LogLevel\": {\"Default\": \"None\"}}, \"Bridge\": %s}", configuration);
    heard silence = {0};
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_create(whole, hear, &silence, &bridge, NULL));
    embed_one(bridge);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
    CHECK_EQUAL(0, atomic_load(&silence.messages));
    free(whole);
}

static void models_status_and_health_are_json(const char *configuration)
{
    akidb_bridge_handle bridge = create(configuration);
    akidb_bridge_model_info info = {.struct_size = sizeof info};
    akidb_bridge_error error;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_model(bridge, NULL, &info, &error));
    CHECK(info.dimensions > 4 && info.max_tokens > 4);
    CHECK_EQUAL(AKIDB_BRIDGE_UNKNOWN_MODEL, akidb_bridge_model(bridge, "nobody/has-this", &info, &error));
    CHECK_EQUAL(AKIDB_BRIDGE_INVALID_ARGUMENT, akidb_bridge_model(bridge, NULL, NULL, &error));
    embed_one(bridge);
    int32_t (*const all[])(akidb_bridge_handle, akidb_bridge_text *, akidb_bridge_error *) = {akidb_bridge_models, akidb_bridge_status, akidb_bridge_health};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        akidb_bridge_text text = 0;
        const char *data = NULL;
        size_t length = 0;
        CHECK_EQUAL(AKIDB_BRIDGE_OK, all[i](bridge, &text, NULL));
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_text_view(text, &data, &length));
        CHECK_EQUAL(length, strlen(data));
        puts(data);
        CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(text));
        CHECK_EQUAL(AKIDB_BRIDGE_INVALID_HANDLE, akidb_bridge_text_view(text, &data, &length));
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
}

#define CASE(function) {#function, function}

int main(int count, char **arguments)
{
    static const test_case cases[] = {
        CASE(results_hold_what_was_asked_for), CASE(null_and_stale_handles_are_errors), CASE(null_pointers_are_errors),
        CASE(wrong_requests_are_the_bridges_own_errors), CASE(wrong_configurations_are_told), CASE(callbacks_may_call_back_in), CASE(cancelled_calls_end_soon),
        CASE(many_threads_get_their_own_vectors), CASE(destroy_ends_the_calls_that_run), CASE(drain_lets_the_calls_end), CASE(the_log_is_heard_and_may_not_destroy),
        CASE(models_status_and_health_are_json),
    };
    return run_case(count, arguments, cases, sizeof cases / sizeof *cases);
}
