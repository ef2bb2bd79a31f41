// What the programs of this folder share. Each runs one of its cases, named by its first argument, against a bridge that its second one configures.
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "akidb_bridge.h"

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);       \
            exit(1);                                                                        \
        }                                                                                   \
    } while (0)

#define CHECK_EQUAL(expected, actual)                                                                                              \
    do {                                                                                                                           \
        long long wanted = (long long)(expected), got = (long long)(actual);                                                       \
        if (wanted != got) {                                                                                                       \
            fprintf(stderr, "%s:%d: %s is %lld, and not %lld (%s)\n", __FILE__, __LINE__, #actual, got, wanted, #expected);        \
            exit(1);                                                                                                               \
        }                                                                                                                          \
    } while (0)

static inline akidb_bridge_handle create(const char *configuration)
{
    akidb_bridge_handle bridge = 0;
    akidb_bridge_error error;
    int32_t status = akidb_bridge_create(configuration, NULL, NULL, &bridge, &error);
    if (status != AKIDB_BRIDGE_OK) {
        fprintf(stderr, "no bridge: %d %s\n", status, error.message);
        exit(1);
    }
    CHECK(bridge != 0);
    return bridge;
}

static inline akidb_bridge_request request_for(const char *const *texts, size_t count)
{
    akidb_bridge_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.texts = texts;
    request.count = count;
    return request;
}

static inline akidb_bridge_result view_of(akidb_bridge_vectors vectors)
{
    akidb_bridge_result view;
    memset(&view, 0, sizeof view);
    view.struct_size = sizeof view;
    CHECK_EQUAL(AKIDB_BRIDGE_OK, akidb_bridge_view(vectors, &view));
    return view;
}

typedef struct test_case {
    const char *name;
    void (*run)(const char *configuration);
} test_case;

static inline int run_case(int count, char **arguments, const test_case *cases, size_t known)
{
    for (size_t i = 0; i < known; i++) {
        if (count > 2 && strcmp(arguments[1], cases[i].name) == 0) {
            cases[i].run(arguments[2]);
            return 0;
        }
    }
    fprintf(stderr, "usage: %s CASE CONFIGURATION\n", arguments[0]);
    return 2;
}

#endif
