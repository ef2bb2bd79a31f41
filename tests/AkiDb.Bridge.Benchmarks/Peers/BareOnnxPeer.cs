using System.Buffers;
using System.Diagnostics;
using AkiDb.Bridge.Benchmarks.Load;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Benchmarks.Peers;

/// <summary>ONNX Runtime in a loop over inputs that were filled beforehand, a run on each core: no tokeniser, no callers, nothing but the runs.</summary>
internal sealed class BareOnnxPeer : IDisposable
{
    private readonly TransformerModel model;
    private readonly Tokenizer tokenizer;
    private readonly OnnxOptions options = new() { Threads = Environment.ProcessorCount };
    private readonly OnnxModel graph;
    private readonly OnnxSessions sessions;

    public BareOnnxPeer(TransformerModel model)
    {
        this.model = model;
        tokenizer = TokenizerFile.Load(model.TokenizerFile);
        graph = GraphBuilder.Build(model);
        sessions = OnnxSessions.Open(model, graph, options, options.Threads);
    }

    public Peer Way() => new("bare ONNX Runtime loop", SinglesAsync, (texts, token) => Task.Run(() => ListAsync(texts), token));

    public void Dispose() => sessions.Dispose();

    private async Task<double> SinglesAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        var random = new Random(2);

        // Micro-batches of one short text each.
        using var loop = Loop([.. Enumerable.Range(0, Peer.Callers).Select(_ => LoadTexts.Of(random, LoadTexts.Short))], LoadTexts.Short);
        var (texts, started) = (0, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(started) < length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Run(loop.RunAsync, cancellationToken);
            texts += Peer.Callers;
        }

        return texts / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task<double> ListAsync(string[] texts)
    {
        using var loop = Loop(texts, options.BatchTokens);
        var started = Stopwatch.GetTimestamp();
        await loop.RunAsync();
        return texts.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private EnginesBareLoop Loop(string[] texts, int batchTokens)
    {
        var batch = EnginesCase.ToBatch([.. texts.Select(Ids)]);
        return new EnginesBareLoop(sessions.Narrow, graph, model, batch, CallPlan.Create(batch.Lengths.Span, batchTokens, options.Threads), options.Threads);
    }

    private int[] Ids(string text)
    {
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode(text, model.MaxTokens, ids);
        return ids.WrittenSpan.ToArray();
    }
}
