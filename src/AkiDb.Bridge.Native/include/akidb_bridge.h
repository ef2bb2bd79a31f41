/*
 * AkiDb.Bridge as a native library: text embeddings in your own process, from Python workers, with an in-process engine that serves the same vectors.
 *
 *     cc program.c -I FOLDER -L FOLDER -lakidb_bridge -Wl,-rpath,FOLDER
 *
 * Rules that hold for every function:
 *
 * - Any thread may call, any number at once. What blocks says so.
 * - Nothing is thrown, and nothing ends the process. A function returns AKIDB_BRIDGE_OK or another status; where it takes an akidb_bridge_error, which may be
 *   null, that is filled in whenever the status is not OK, and left alone when it is.
 * - A handle is a number that is never used again. 0, a handle that was released or destroyed, and a handle of another kind are AKIDB_BRIDGE_INVALID_HANDLE.
 * - Text goes in and comes out as UTF-8. What you pass is read before the function returns: it may be freed then.
 * - A pointer may be null only where it says so; else null is AKIDB_BRIDGE_INVALID_ARGUMENT.
 * - Later versions add functions, statuses, and members at the end of structs that begin with struct_size. They change none of what is here.
 *
 * The library changes no handler of SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE or SIGCHLD, writes nothing to stdout or stderr, and stays in the current folder.
 * exit() while calls run or an engine loads is allowed, on Linux: it ends what the bridges compute, within two seconds, and no callback is called any more.
 * dlclose() is not supported: the .NET runtime inside cannot be unloaded. Neither is a process that was forked without exec: it may not call the library.
 */
#ifndef AKIDB_BRIDGE_H
#define AKIDB_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a function returns. 1 to 31 are the bridge's own errors, the same as over HTTP; from 32 on are those of this border. */
enum {
    AKIDB_BRIDGE_OK = 0,
    AKIDB_BRIDGE_BAD_INPUT = 1,         /* the request is wrong: no texts, text that is no UTF-8, an option that the model does not have */
    AKIDB_BRIDGE_UNKNOWN_MODEL = 2,     /* no such model is served here */
    AKIDB_BRIDGE_TOO_LARGE = 3,         /* over a limit of inputs or characters */
    AKIDB_BRIDGE_TOO_LONG = 4,          /* more tokens than the model takes, and truncate is NO */
    AKIDB_BRIDGE_POISON_INPUT = 5,      /* workers die of this input */
    AKIDB_BRIDGE_OVERLOADED = 6,        /* full; try again, retry_after_ms says when */
    AKIDB_BRIDGE_NO_ENGINE = 7,         /* no engine can compute this space now; try again, retry_after_ms says when */
    AKIDB_BRIDGE_OUT_OF_MEMORY = 8,     /* send less at once */
    AKIDB_BRIDGE_ENGINE_FAULT = 9,      /* every engine failed */
    AKIDB_BRIDGE_DEADLINE_EXCEEDED = 10,
    AKIDB_BRIDGE_BAD_MODEL = 11,        /* the model's folder cannot be served */
    AKIDB_BRIDGE_INTERNAL = 12,         /* the bridge itself failed; its log says how */
    AKIDB_BRIDGE_UNKNOWN_TOKEN = 13,    /* a token id that the vocabulary does not have; no function takes token ids yet */
    AKIDB_BRIDGE_SPACE_MISMATCH = 14,   /* the answer would be in another space than the request demands */

    AKIDB_BRIDGE_BAD_CONFIGURATION = 32,/* the message lists every mistake */
    AKIDB_BRIDGE_INVALID_ARGUMENT = 33, /* a null pointer, an unknown value, a struct_size that no version has */
    AKIDB_BRIDGE_INVALID_HANDLE = 34,
    AKIDB_BRIDGE_CANCELLED = 35,        /* the call was cancelled, or its bridge was destroyed while it ran */
    AKIDB_BRIDGE_STOPPING = 36,         /* the bridge drains or has drained: it takes no more calls */
    AKIDB_BRIDGE_BUFFER_TOO_SMALL = 37,
    AKIDB_BRIDGE_WRONG_THREAD = 38      /* the log callback may not destroy or drain the bridge that it logs for: they wait for it */
};

typedef uint64_t akidb_bridge_handle;   /* a bridge: akidb_bridge_destroy */
typedef uint64_t akidb_bridge_call;     /* a call that runs: gone by itself after its callback */
typedef uint64_t akidb_bridge_vectors;  /* a result: akidb_bridge_release */
typedef uint64_t akidb_bridge_text;     /* a JSON text: akidb_bridge_release */

/* One failure. It lies in your memory, and nothing in it needs to be freed. */
typedef struct akidb_bridge_error {
    int32_t status;         /* what the function returned */
    int32_t input_index;    /* the text that it is about; -1: none */
    int64_t retry_after_ms; /* when to try again; -1: it does not say */
    char message[4096];     /* a sentence, ending in a zero byte; a longer one is cut and ends in "..." */
} akidb_bridge_error;

enum { AKIDB_BRIDGE_DEFAULT = 0, AKIDB_BRIDGE_YES = 1, AKIDB_BRIDGE_NO = 2 };
enum { AKIDB_BRIDGE_TRUNCATE_START = 3 };
enum { AKIDB_BRIDGE_FALLBACK_SAME_SPACE = 1, AKIDB_BRIDGE_FALLBACK_ANY = 2, AKIDB_BRIDGE_FALLBACK_OFF = 3 };
enum { AKIDB_BRIDGE_INTERACTIVE = 1, AKIDB_BRIDGE_BULK = 2 };

/* Texts, and how to embed them. Set all of it to zero, then struct_size, texts and count: zero is the default of everything else. */
typedef struct akidb_bridge_request {
    size_t struct_size;         /* sizeof(akidb_bridge_request) */
    const char *const *texts;   /* count pointers, none of them null; "" is a valid text */
    const size_t *lengths;      /* their bytes; null: each ends in a zero byte */
    size_t count;               /* at least one */
    const char *model;          /* any name of a served model; null: the default one */
    const char *prompt;         /* put before each text; "": none; null: as prompt_name says */
    const char *prompt_name;    /* one of the model's prompts; null: its default */
    const char *pooling;        /* the model's own, by its name; null: the model's own */
    const char *space;          /* the space that the answer must be in, as a result names it; null: any that the request asks for */
    const char *caller;         /* for whom: callers take turns; null: all such calls are one caller's */
    int64_t timeout_ms;         /* how long the answer may take; 0: Dispatch:Timeout of the configuration */
    int32_t dimensions;         /* only the first so many components; 0: all */
    int32_t normalize;          /* YES: length 1; NO: as pooled; DEFAULT: the model's own way */
    int32_t truncate;           /* a text over the model's maximum: YES, DEFAULT: its end is cut; TRUNCATE_START: its beginning; NO: AKIDB_BRIDGE_TOO_LONG */
    int32_t fallback;           /* AKIDB_BRIDGE_FALLBACK_...; DEFAULT: Fallback of the configuration */
    int32_t priority;           /* AKIDB_BRIDGE_INTERACTIVE or _BULK; DEFAULT: interactive */
    int32_t reserved;           /* must be 0 */
} akidb_bridge_request;

/* What a result holds. The pointers are valid until the result is released. */
typedef struct akidb_bridge_result {
    size_t struct_size;         /* sizeof(akidb_bridge_result), set by you */
    const float *values;        /* count x dimensions, row by row, in the order of the texts; null after akidb_bridge_embed_into */
    size_t count;
    size_t dimensions;
    int64_t total_tokens;       /* as computed, special tokens included */
    const uint8_t *truncated;   /* count flags: 1 where the text was cut */
    const char *model;          /* the model that answered */
    const char *space;          /* the embedding space: store it beside your index; only vectors of an equal space, precision aside, may be compared */
    const char *served_by;      /* "worker:0", "in-process", ... */
    int32_t degraded;           /* 1: another than the first choice answered */
    int32_t reserved;
    double compute_ms;          /* what the engines took, summed */
    double duration_ms;         /* from the call to the result */
} akidb_bridge_result;

/* One model. */
typedef struct akidb_bridge_model_info {
    size_t struct_size;         /* sizeof(akidb_bridge_model_info), set by you */
    size_t dimensions;          /* of its vectors, if a request does not say otherwise */
    size_t max_tokens;          /* of one text, special tokens included */
    int32_t state;              /* AKIDB_BRIDGE_MODEL_... */
    int32_t reserved;
} akidb_bridge_model_info;

enum {
    AKIDB_BRIDGE_MODEL_UNAVAILABLE = 0, /* no engine of it answers now */
    AKIDB_BRIDGE_MODEL_DEGRADED = 1,    /* one answers, and another does not */
    AKIDB_BRIDGE_MODEL_READY = 2,
    AKIDB_BRIDGE_MODEL_FAILED = 3       /* it cannot be served */
};

/* What the bridge logs. level: 0 trace, 1 debug, 2 information, 3 warning, 4 error, 5 critical. The texts are valid during the call. Called by one thread of the
   library, one message at a time; while it does not return, messages wait, and beyond 1,024 they are dropped and counted. Never called after destroy. */
typedef void (*akidb_bridge_log_callback)(void *data, int32_t level, const char *category, const char *message);

/* The end of a call: with AKIDB_BRIDGE_OK, result is yours to release; else result is 0, and error, valid during the callback, says why. Called once, by a
   thread of the library, which computes nothing meanwhile. It may call every function here, also destroy of its own bridge. Of one bridge at most 16 callbacks
   run at once; the others wait. */
typedef void (*akidb_bridge_embed_callback)(void *data, int32_t status, akidb_bridge_vectors result, const akidb_bridge_error *error);

/* The library's version, such as "0.1.0". Never fails, starts nothing, and is not to be freed. */
const char *akidb_bridge_version(void);

/*
 * Starts a bridge, and the .NET runtime with the first one. Blocks until the default model's folder has been read; engines load meanwhile, and calls wait for
 * them. Any number of bridges may exist.
 *
 * configuration: JSON with the keys of appsettings.json: a whole document ({"Bridge": {...}, "Logging": {...}}), or what is in its section Bridge only, such as
 *                {"Provider": "onnx"}. Comments are allowed. Null or "": the defaults. The environment variables AKIDB_EMBEDDING_* and AKIDB_BRIDGE__* mean your
 *                program, and are read only if a whole document says "UseEnvironment": true; then they win.
 * log, log_data: who gets the log, from the level in Logging:LogLevel on (Information); null: nobody. log_data is yours and must live until destroy returns.
 * bridge:        is set to the new bridge; to 0 when there is none.
 *
 * AKIDB_BRIDGE_BAD_CONFIGURATION, AKIDB_BRIDGE_BAD_MODEL, AKIDB_BRIDGE_UNKNOWN_MODEL, AKIDB_BRIDGE_BAD_INPUT (it is no UTF-8), AKIDB_BRIDGE_INTERNAL
 */
int32_t akidb_bridge_create(
    const char *configuration, akidb_bridge_log_callback log, void *log_data, akidb_bridge_handle *bridge, akidb_bridge_error *error);

/* Embeds, and blocks until the result is there or the call has failed. result is set to a result that you must release, or to 0. Every error of the bridge. */
int32_t akidb_bridge_embed(
    akidb_bridge_handle bridge, const akidb_bridge_request *request, akidb_bridge_vectors *result, akidb_bridge_error *error);

/*
 * The same, with the vectors written to your memory. values has room for capacity floats; written is set to how many the vectors have, also when they do not fit
 * (AKIDB_BRIDGE_BUFFER_TOO_SMALL: nothing is written; count x dimensions of akidb_bridge_model is always enough). result may be null; else it is
 * set to a result without values, which you must release.
 */
int32_t akidb_bridge_embed_into(
    akidb_bridge_handle bridge, const akidb_bridge_request *request, float *values, size_t capacity, size_t *written, akidb_bridge_vectors *result,
    akidb_bridge_error *error);

/*
 * Begins to embed and returns at once. With AKIDB_BRIDGE_OK the callback is called exactly once, maybe before this has returned; with anything else never.
 * data is given to it. call, which may be null, is set to the call, for akidb_bridge_cancel.
 */
int32_t akidb_bridge_embed_async(
    akidb_bridge_handle bridge, const akidb_bridge_request *request, akidb_bridge_embed_callback callback, void *data, akidb_bridge_call *call,
    akidb_bridge_error *error);

/* Asks a call to end: its callback is called soon, as a rule with AKIDB_BRIDGE_CANCELLED. Does not wait. AKIDB_BRIDGE_INVALID_HANDLE: it has ended already. */
int32_t akidb_bridge_cancel(akidb_bridge_call call);

/* Shows what a result holds: fills in view, whose struct_size you have set. */
int32_t akidb_bridge_view(akidb_bridge_vectors result, akidb_bridge_result *view);

/* The models, as GET /api/v1/models answers; every engine and worker, as GET /api/v1/status; whether requests can be answered and by whom, as GET /readyz. text is
   set to a JSON text that you must release, or to 0. */
int32_t akidb_bridge_models(akidb_bridge_handle bridge, akidb_bridge_text *text, akidb_bridge_error *error);
int32_t akidb_bridge_status(akidb_bridge_handle bridge, akidb_bridge_text *text, akidb_bridge_error *error);
int32_t akidb_bridge_health(akidb_bridge_handle bridge, akidb_bridge_text *text, akidb_bridge_error *error);

/*
 * Says what a model is: model is any of its names; null: the default one. Fills in info, whose struct_size you have set. dimensions and
 * max_tokens are 0 as long as a further model is being read. AKIDB_BRIDGE_UNKNOWN_MODEL
 */
int32_t akidb_bridge_model(akidb_bridge_handle bridge, const char *model, akidb_bridge_model_info *info, akidb_bridge_error *error);

/* Shows a text: data ends in a zero byte and is valid until the text is released. length, its bytes without that one, may be null. */
int32_t akidb_bridge_text_view(akidb_bridge_text text, const char **data, size_t *length);

/* The spaces of an AKIDB_BRIDGE_SPACE_MISMATCH: the one that was demanded, and the one that the call would be answered in. Both lie within the error, and live as
   long as it does. AKIDB_BRIDGE_INVALID_ARGUMENT: it is about none, or they had no room; demanded and served are null then. */
int32_t akidb_bridge_error_spaces(const akidb_bridge_error *error, const char **demanded, const char **served);

/* Frees a result or a text, which may outlive its bridge. 0 is OK and does nothing. */
int32_t akidb_bridge_release(uint64_t result_or_text);

/*
 * Takes no more calls, and blocks until those that run have ended, at most timeout_ms (negative: as long as it takes). Its engines stay. From a callback of
 * embed_async that one call is not waited for. AKIDB_BRIDGE_DEADLINE_EXCEEDED: some still run; AKIDB_BRIDGE_WRONG_THREAD.
 */
int32_t akidb_bridge_drain(akidb_bridge_handle bridge, int64_t timeout_ms, akidb_bridge_error *error);

/*
 * Ends a bridge: takes no more calls, cancels those that run (AKIDB_BRIDGE_CANCELLED), blocks until they have ended and every callback has returned, and until no
 * worker is left. From a callback of embed_async that one callback is not waited for. Only the first of several destroys does something; the others are
 * AKIDB_BRIDGE_INVALID_HANDLE, at once. AKIDB_BRIDGE_WRONG_THREAD.
 */
int32_t akidb_bridge_destroy(akidb_bridge_handle bridge, akidb_bridge_error *error);

#ifdef __cplusplus
}
#endif

#endif
