using System.Globalization;
using AkiDb.Bridge.Engines;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Whether two engines give the same vectors for the same texts: what makes one of them a fallback for the other.</summary>
/// <remarks>Whichever engine came first has been serving; the second one must agree with it, or it does not serve.</remarks>
/// <param name="probe">Fixed texts, as token ids of the model.</param>
/// <param name="dimension">The values of a row.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class ParityProbe(TokenBatch probe, int dimension, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

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

    /// <summary>Compares <paramref name="second"/> with <paramref name="first"/>.</summary>
    /// <returns>Why they are not interchangeable; null when they are.</returns>
    public async Task<BridgeError?> CompareAsync(IEngine first, IEngine second, CancellationToken cancellationToken)
    {
        var expected = new float[probe.Texts * dimension];
        var actual = new float[expected.Length];
        var reply = await AskAsync(first, expected, cancellationToken).ConfigureAwait(false);
        reply = reply.Error is null ? await AskAsync(second, actual, cancellationToken).ConfigureAwait(false) : reply;
        if (reply.Error is not null)
        {
            return new BridgeError(BridgeErrorKind.EngineFault, $"The parity probe could not be computed: {reply.Error.Message}");
        }

        // Half-precision arithmetic alone moves a cosine by more than 1e-4 (DESIGN section 4).
        var required = IsHalf(first) || IsHalf(second) ? 0.999 : 0.9999;
        var cosine = LeastCosine(expected, actual);
        if (cosine >= required)
        {
            Log.ParityHolds(logger, second.Name, probe.Texts, cosine);
            return null;
        }

        return new BridgeError(BridgeErrorKind.NoEngine, string.Create(
            CultureInfo.InvariantCulture,
            $"{second.Name} does not give the vectors of {first.Name}: the least cosine of {probe.Texts} probe texts is {cosine:F6}, at least {required} is required. It does not serve."));
    }

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

    private static bool IsHalf(IEngine engine) => engine.Precision is "bfloat16" or "float16";

    private double LeastCosine(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var least = 1.0;
        for (var row = 0; row < probe.Texts; row++)
        {
            least = Math.Min(least, Cosine(expected.Slice(row * dimension, dimension), actual.Slice(row * dimension, dimension)));
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
}
