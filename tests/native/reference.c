// Embeds the texts on standard input, each behind its length in bytes as an unsigned 32-bit number, one text a request, and writes the vectors to standard
// output as float32. The ways in take turns.
#include <semaphore.h>

#include "check.h"

typedef struct answer {
    sem_t there;
    int32_t status;
    akidb_bridge_vectors vectors;
} answer;

static void answered(void *data, int32_t status, akidb_bridge_vectors result, const akidb_bridge_error *error)
{
    (void)error;
    answer *mine = data;
    mine->status = status;
    mine->vectors = result;
    sem_post(&mine->there);
}

static void write_floats(const float *values, size_t count) { CHECK_EQUAL(count, fwrite(values, sizeof *values, count, stdout)); }

static void write_vectors(akidb_bridge_vectors vectors)
{
    akidb_bridge_result view = view_of(vectors);
    write_floats(view.values, view.count * view.dimensions);
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_release(vectors));
}

static void all_reference_texts(const char *configuration)
{
    akidb_bridge_handle bridge = create(configuration);
    answer mine;
    memset(&mine, 0, sizeof mine);
    CHECK_EQUAL(0, sem_init(&mine.there, 0, 0));
    static float values[8192];
    uint32_t length = 0;
    for (int turn = 0; fread(&length, sizeof length, 1, stdin) == 1; turn++) {
        char *text = malloc(length + 1);
        CHECK_EQUAL(length, fread(text, 1, length, stdin));
        text[length] = 0;
        const char *const texts[] = {text};
        const size_t lengths[] = {length};
        akidb_bridge_request request = request_for(texts, 1);
        request.lengths = lengths;
        akidb_bridge_error error;
        size_t written = 0;
        switch (turn % 3) {
        case 0:
            CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed(bridge, &request, &mine.vectors, &error));
            write_vectors(mine.vectors);
            break;
        case 1:
            CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_into(bridge, &request, values, sizeof values / sizeof *values, &written, NULL, &error));
            write_floats(values, written);
            break;
        default:
            CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_embed_async(bridge, &request, answered, &mine, NULL, &error));
            while (sem_wait(&mine.there) != 0) {
            }
            CHECK_EQUAL(AKIDB_BRIDGE_OK, mine.status);
            write_vectors(mine.vectors);
            break;
        }
        free(text);
    }
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_destroy(bridge, NULL));
    sem_destroy(&mine.there);
}

int main(int count, char **arguments)
{
    static const test_case cases[] = {{"all_reference_texts", all_reference_texts}};
    return run_case(count, arguments, cases, 1);
}
