using System.Text.Json;
using System.Text.Json.Nodes;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>Behaves towards <c>akidb-bridge</c> as akidb-rest does towards its Python program: starts it, and asks one line at a time, without a timeout of its own.</summary>
internal sealed class AkiDbDriver : IAsyncDisposable
{
    public const string MiniLM = "sentence-transformers/all-MiniLM-L6-v2";

    private const string Script = "/any/path/onnx_server.py";
    private const string CacheFolder = "~/.cache/akidb/models";

    private readonly BridgeProcess process;
    private bool ended;

    private AkiDbDriver(BridgeProcess process) => this.process = process;

    public BridgeProcess Process => process;

    /// <summary>Starts the program with AkiDB's own environment.</summary>
    /// <param name="variables">More variables.</param>
    /// <param name="command">What the program is started with; null for the path of AkiDB's script.</param>
    /// <param name="arguments">What follows it.</param>
    public static AkiDbDriver Start(IReadOnlyDictionary<string, string?>? variables = null, string? command = null, params string[] arguments)
    {
        var environment = new Dictionary<string, string?>
        {
            ["AKIDB_HOST"] = "akidb.example",
            ["AKIDB_REST_PORT"] = "8080",
            ["AKIDB_GRPC_PORT"] = "9090",
            ["AKIDB_EMBEDDING_PROVIDER"] = "python-bridge",
            ["AKIDB_EMBEDDING_MODEL"] = "a-model-of-akidb",
            ["AKIDB_EMBEDDING_PYTHON_PATH"] = BridgeProcess.Executable,
            ["AKIDB_BRIDGE__WORKER__PYTHONPATH"] = Python.WithTorch,
        };
        foreach (var (name, value) in variables ?? new Dictionary<string, string?>())
        {
            environment[name] = value;
        }

        return new AkiDbDriver(BridgeProcess.StartPiped(command ?? Script, new HostSettings(arguments) { Environment = environment }));
    }

    /// <summary>Starts it with the in-process engine only.</summary>
    public static AkiDbDriver StartInProcess(params string[] arguments) =>
        Start(new Dictionary<string, string?> { ["AKIDB_BRIDGE__PROVIDER"] = "onnx" }, arguments: arguments);

    /// <summary>What akidb-rest does before it listens.</summary>
    public async Task<AkiDbDriver> WarmUpAsync(string model = MiniLM, int dimension = 384)
    {
        var pong = await CallAsync("ping", new JsonObject());
        Assert.Equal("ok", pong.GetProperty("status").GetString());
        var loaded = await LoadAsync(model);
        Assert.True(loaded.GetProperty("status").GetString() == "ok", $"{loaded} {process.Errors.Tail()}");
        Assert.Equal(dimension, loaded.GetProperty("dimension").GetInt32());
        Assert.Single(await EmbedAsync(model, "warmup"));
        return this;
    }

    public Task<JsonElement> LoadAsync(string model, string? cacheFolder = CacheFolder) => CallAsync("load_model", new JsonObject { ["model"] = model, ["cache_dir"] = cacheFolder });

    /// <summary>Asks for vectors, which must come.</summary>
    public async Task<float[][]> EmbedAsync(string model, params string[] texts)
    {
        var answer = await CallAsync("embed_batch", Batch(model, texts));
        Assert.True(answer.GetProperty("status").GetString() == "ok", $"{answer} {process.Errors.Tail()}");
        return Vectors(answer);
    }

    public static float[][] Vectors(JsonElement answer)
    {
        float[][] vectors = [.. answer.GetProperty("embeddings").EnumerateArray().Select(vector => vector.EnumerateArray().Select(value => value.GetSingle()).ToArray())];
        Assert.Equal(vectors.Length, answer.GetProperty("count").GetInt32());
        Assert.All(vectors, vector => Assert.Equal(answer.GetProperty("dimension").GetInt32(), vector.Length));
        return vectors;
    }

    public static JsonObject Batch(string model, string[] texts, bool normalize = true) =>
        new() { ["model"] = model, ["inputs"] = new JsonArray([.. texts.Select(text => JsonValue.Create(text))]), ["normalize"] = normalize };

    public static string Line(string method, JsonNode? parameters) => new JsonObject { ["method"] = method, ["params"] = parameters }.ToJsonString();

    /// <summary>Sends one call and waits for its line.</summary>
    public async Task<JsonElement> CallAsync(string method, JsonNode? parameters)
    {
        await SendAsync(Line(method, parameters));
        return await ReadAsync();
    }

    /// <summary>Sends a line.</summary>
    public async Task SendAsync(string line)
    {
        await process.Input.WriteAsync($"{line}\n".AsMemory(), TestContext.Current.CancellationToken);
        await process.Input.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await process.Input.BaseStream.WriteAsync(bytes, TestContext.Current.CancellationToken);
        await process.Input.BaseStream.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The next line that comes, which must be JSON.</summary>
    public async Task<JsonElement> ReadAsync(TimeSpan? deadline = null)
    {
        var line = await process.Reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(deadline ?? Eventually.Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        return JsonElement.Parse(line ?? throw new InvalidOperationException($"The output has ended. {process.Errors.Tail()}"));
    }

    /// <summary>Ends the input.</summary>
    public void EndInput() => process.Input.Close();

    /// <summary>Ends the input, unless somebody else does, and the program with it.</summary>
    /// <returns>What is still answered.</returns>
    public async Task<IReadOnlyList<JsonElement>> EndAsync(bool endsInput = true)
    {
        ended = true;
        if (endsInput)
        {
            EndInput();
        }

        var rest = (await process.Reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var code = await process.WaitForExitAsync();
        Assert.True(code == 0, $"It has ended with {code}. {process.Errors.Tail()}");
        return [.. rest.Select(line => JsonElement.Parse(line))];
    }

    /// <summary>Ends the program as akidb-rest does where nothing else has ended it: with SIGKILL, without waiting. Nothing of it may be left.</summary>
    public async ValueTask DisposeAsync()
    {
        TestContext.Current.TestOutputHelper?.WriteLine(process.Errors.Tail());
        if (!ended)
        {
            Signals.Send(process.Pid, Signals.Kill);
        }

        await process.DisposeAsync();
    }
}
