using System.Buffers;
using AkiDb.Bridge.Benchmarks.Baselines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Benchmarks.Peers;

/// <summary>One worker behind lines of JSON: callers take turns, lists go in batches of 32 as they come.</summary>
internal sealed class JsonLinesPeer : IAsyncDisposable
{
    private const int Batch = 32;
    private const int BatchTokens = 512;

    private readonly JsonLinesBridge bridge;
    private readonly Tokenizer tokenizer;
    private readonly int maxTokens;
    private readonly SemaphoreSlim turn = new(1);

    private JsonLinesPeer(JsonLinesBridge bridge, Tokenizer tokenizer, int maxTokens) => (this.bridge, this.tokenizer, this.maxTokens) = (bridge, tokenizer, maxTokens);

    /// <summary>Starts it; null where no interpreter has PyTorch.</summary>
    public static async Task<JsonLinesPeer?> StartAsync(TransformerModel model, CancellationToken cancellationToken)
    {
        try
        {
            var threads = Environment.ProcessorCount;
            var interpreter = await PythonInterpreter.FindAsync(Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH"), TimeProvider.System, cancellationToken);
            var bridge = await JsonLinesBridge.StartAsync(
                interpreter, WorkerEnvironment.ForThisMachine(threads), new LoadRequest(model, "auto", "auto", threads, BatchTokens), cancellationToken);
            return new JsonLinesPeer(bridge, TokenizerFile.Load(model.TokenizerFile), model.MaxTokens);
        }
        catch (BridgeException error)
        {
            Console.WriteLine($"JSON lines: absent. {error.Message}");
            return null;
        }
    }

    public Peer Way() => Peer.Called("JSON lines, the same worker code", EmbedAsync);

    public async ValueTask DisposeAsync()
    {
        await bridge.DisposeAsync();
        turn.Dispose();
    }

    private async Task EmbedAsync(string[] texts, CancellationToken cancellationToken)
    {
        foreach (var batch in texts.Chunk(Batch))
        {
            int[][] ids = [.. batch.Select(Ids)];
            await turn.WaitAsync(cancellationToken);
            try
            {
                await bridge.EmbedAsync(ids, cancellationToken);
            }
            finally
            {
                turn.Release();
            }
        }
    }

    private int[] Ids(string text)
    {
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode(text, maxTokens, ids);
        return ids.WrittenSpan.ToArray();
    }
}
