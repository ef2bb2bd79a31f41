// A REST host shaped like akidb-rest, with the bridge inside: AkiDB's variables, POST /api/v1/embed, GET /health.
using AkiDb.Bridge;

var builder = WebApplication.CreateSlimBuilder(args);

// AKIDB_HOST, AKIDB_REST_PORT, AKIDB_EMBEDDING_PROVIDER, AKIDB_EMBEDDING_MODEL, AKIDB_EMBEDDING_PYTHON_PATH, and AKIDB_BRIDGE__*.
builder.Configuration.AddAkiDbEnvironment();
builder.AddAkiDbBridge();
builder.Services.AddAkiDbBridgeHttp();
var app = builder.Build();
app.MapAkiDbBridge();

// The host's own routes call the bridge in-process: no second server, no bytes between them.
app.MapGet("/api/v1/space", async (HttpContext context, IEmbeddingBridge bridge) =>
    await context.Response.WriteAsync((await bridge.EmbedAsync("", context.RequestAborted)).Space.ToString(), context.RequestAborted));
await app.RunAsync();
