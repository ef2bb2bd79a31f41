using System.Globalization;
using AkiDb.Bridge.Engines;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Whether engines give the same vectors for the same texts: what makes one of them a fallback for the other, and a worker fit to serve.</summary>
/// <remarks>Whichever engine came first has been serving, and its vectors are the reference: whoever does not agree with them does not serve.</remarks>
/// <param name="probe">Fixed texts, as token ids of the model.</param>
/// <param name="dimension">The components of a vector, with which a row begins.</param>
/// <param name="rowValues">The values of a row.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class ParityProbe(TokenBatch probe, int dimension, int rowValues, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim first = new(1, 1);
    private volatile Reference? reference;

    /// <summary>The texts that are probed: short, long, not English, code, white space.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        "The quick brown fox jumps over the lazy dog.",
        "",
        "Embedding spaces are only comparable when the same model computed both vectors.",
        "Größe, naïve façade, 東京の天気は晴れです。",
        "for (int i = 0; i < 10; i++) { total += values[i]; }",
        string.Join(' ', Enumerable.Repeat("a longer text that fills several dozen tokens", 8)),
    ];

    /// <summary>Has an engine compute the probe, and compares its vectors with the reference.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="inProcess">Who gives the reference when there is none yet; null for <paramref name="engine"/> itself, the first of its kind.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why the engine may not serve; null when it may.</returns>
    public async Task<BridgeError?> CheckAsync(IEngine engine, IEngine? inProcess, CancellationToken cancellationToken)
    {
        var (known, error) = await ReferenceAsync(inProcess ?? engine, cancellationToken).ConfigureAwait(false);
        if (known is null)
        {
            return error;
        }

        var actual = new float[probe.Texts * rowValues];
        var reply = await AskAsync(engine, actual, cancellationToken).ConfigureAwait(false);
        if (reply.Error is not null)
        {
            return NotComputed(reply.Error);
        }

        // Half-precision arithmetic alone moves a cosine by more than 1e-4 (DESIGN section 4).
        var required = IsHalf(known.Precision) || IsHalf(engine.Precision) ? 0.999 : 0.9999;
        var cosine = LeastCosine(known.Rows, actual);
        if (cosine < required)
        {
            return new BridgeError(BridgeErrorKind.NoEngine, string.Create(
                CultureInfo.InvariantCulture,
                $"{engine.Name} does not give the vectors of {known.Name}: the least cosine of {probe.Texts} probe texts is {cosine:F6}, at least {required} is required. It does not serve."));
        }

        Log.ParityHolds(logger, engine.Name, known.Name, probe.Texts, cosine);
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => first.Dispose();

    private async ValueTask<(Reference? Known, BridgeError? Error)> ReferenceAsync(IEngine engine, CancellationToken cancellationToken)
    {
        await first.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (reference is null)
            {
                var rows = new float[probe.Texts * rowValues];
                var reply = await AskAsync(engine, rows, cancellationToken).ConfigureAwait(false);
                if (reply.Error is not null)
                {
                    return (null, NotComputed(reply.Error));
                }

                // Values without a direction agree with nothing, not even with themselves: they must not become what others are measured by.
                if (LeastCosine(rows, rows) < 0.9999)
                {
                    return (null, new BridgeError(BridgeErrorKind.NoEngine, $"{engine.Name} gives vectors without a direction. It does not serve."));
                }

                reference = new Reference(engine.Name, engine.Precision, rows);
            }

            return (reference, null);
        }
        finally
        {
            first.Release();
        }
    }

    private static BridgeError NotComputed(BridgeError error) => new(BridgeErrorKind.EngineFault, $"The parity probe could not be computed: {error.Message}");

    // Nobody watches a worker yet that is still being probed: an answer that never comes, or stops half-way, must end here.
    private async Task<EngineReply> AskAsync(IEngine engine, Memory<float> rows, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await engine.EmbedAsync(probe, rows, Patience, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new EngineReply(new BridgeError(BridgeErrorKind.EngineFault, $"{engine.Name} did not answer within {Patience}."), Patience);
        }
    }

    private static bool IsHalf(string precision) => precision is "bfloat16" or "float16";

    private double LeastCosine(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var least = 1.0;
        for (var row = 0; row < probe.Texts; row++)
        {
            least = Math.Min(least, Cosine(expected.Slice(row * rowValues, dimension), actual.Slice(row * rowValues, dimension)));
        }

        // A NaN must not pass for agreement.
        return double.IsNaN(least) ? -1 : least;
    }

    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double dot = 0, aa = 0, bb = 0;
        for (var i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            aa += (double)a[i] * a[i];
            bb += (double)b[i] * b[i];
        }

        return dot / Math.Sqrt(aa * bb);
    }

    /// <summary>The vectors of the engine that came first.</summary>
    private sealed record Reference(string Name, string Precision, float[] Rows);
}
