using System.Globalization;
using AkiDb.Bridge.Engines;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Whether engines give the same vectors for the same texts: what makes one of them a fallback for the other, and a worker fit to serve.</summary>
/// <remarks>Whichever engine came first has been serving, and its vectors are the reference: whoever does not agree with them does not serve.</remarks>
/// <param name="probe">Fixed texts, as token ids of the model.</param>
/// <param name="rows">What its rows are like; learns from the reference.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class ParityProbe(TokenBatch probe, RowValidator rows, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(30);

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

    /// <summary>What the rows of the model are like.</summary>
    public RowValidator Rows { get; } = rows;

    /// <summary>The texts whose rows are known, those of the reference, the shortest first; none while there is no reference.</summary>
    public IReadOnlyList<KnownText> KnownTexts => reference?.Texts ?? [];

    /// <summary>Compares the row of a known text with the reference's. Neighbours in its batch may move it a little.</summary>
    /// <returns>How they differ; null when they agree.</returns>
    public string? Difference(KnownText text, ReadOnlySpan<float> row, string precision)
    {
        var known = reference!.Rows.AsSpan(text.Index * Rows.RowValues, Rows.Dimension);
        var (least, lengthWithin) = IsHalf(precision) || IsHalf(reference.Precision) ? (0.99, 0.05) : (0.999, 0.01);
        var (cosine, length) = (Cosine(known, row[..Rows.Dimension]), Math.Sqrt(Dot(row[..Rows.Dimension], row[..Rows.Dimension]) / Dot(known, known)));
        return cosine >= least && Math.Abs(length - 1) <= lengthWithin
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"a known text among others has the cosine {cosine:F4} with its right row and {length:G3} times its length");
    }

    /// <summary>Has an engine compute the probe, and compares its vectors with the reference.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="inProcess">Who gives the reference when there is none yet; null for <paramref name="engine"/> itself, the first of its kind.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why the engine may not serve; null when it may.</returns>
    public async Task<BridgeError?> CheckAsync(IEngine engine, IEngine? inProcess, CancellationToken cancellationToken)
    {
        var (known, isNew, error) = await ReferenceAsync(inProcess ?? engine, cancellationToken).ConfigureAwait(false);

        // A worker that has just given the reference is asked again, for it may answer anything; the in-process engine's first answer waits for this.
        if (known is null || (isNew && ReferenceEquals(inProcess, engine)))
        {
            return error;
        }

        var actual = new float[probe.Texts * Rows.RowValues];
        var reply = await AskAsync(engine, actual, cancellationToken).ConfigureAwait(false);
        if (reply.Error is not null)
        {
            return NotComputed(reply.Error);
        }

        // Half-precision arithmetic alone moves a cosine by more than 1e-4.
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

    private async ValueTask<(Reference? Known, bool IsNew, BridgeError? Error)> ReferenceAsync(IEngine engine, CancellationToken cancellationToken)
    {
        await first.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var isNew = reference is null;
            if (reference is null)
            {
                var first = new float[probe.Texts * Rows.RowValues];
                var reply = await AskAsync(engine, first, cancellationToken).ConfigureAwait(false);
                if (reply.Error is not null)
                {
                    return (null, false, NotComputed(reply.Error));
                }

                // Values without a direction agree with nothing, not even with themselves: they must not become what others are measured by.
                if (Rows.Learn(first) is { } why)
                {
                    return (null, false, new BridgeError(BridgeErrorKind.NoEngine, $"{engine.Name} gives vectors without a direction: {why}. It does not serve."));
                }

                reference = new Reference(engine.Name, engine.Precision, first, KnownTextsOf(first));
            }

            return (reference, isNew, null);
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
        using var timeout = new CancellationTokenSource(ProbeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await engine.EmbedAsync(probe, rows, ProbeTimeout, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new EngineReply(new BridgeError(BridgeErrorKind.EngineFault, $"{engine.Name} did not answer within {ProbeTimeout}."), ProbeTimeout);
        }
    }

    private static bool IsHalf(string precision) => precision is "bfloat16" or "float16";

    // A static model's text without ids is zero: nothing can be compared with it.
    private List<KnownText> KnownTextsOf(float[] first)
    {
        var start = 0;
        var texts = new List<KnownText>();
        for (var text = 0; text < probe.Texts; text++)
        {
            var length = probe.Lengths.Span[text];
            var row = first.AsSpan(text * Rows.RowValues, Rows.Dimension);
            if (Dot(row, row) > 0)
            {
                texts.Add(new KnownText(text, probe.Ids.Slice(start, length)));
            }

            start += length;
        }

        return [.. texts.OrderBy(text => text.Ids.Length)];
    }

    private double LeastCosine(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var least = 1.0;
        for (var row = 0; row < probe.Texts; row++)
        {
            least = Math.Min(least, Cosine(expected.Slice(row * Rows.RowValues, Rows.Dimension), actual.Slice(row * Rows.RowValues, Rows.Dimension)));
        }

        // A NaN must not pass for agreement.
        return double.IsNaN(least) ? -1 : least;
    }

    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (aa, bb) = (Dot(a, a), Dot(b, b));
        return aa == 0 && bb == 0 ? 1 : Dot(a, b) / Math.Sqrt(aa * bb);
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }

    /// <summary>The vectors of the engine that came first.</summary>
    private sealed record Reference(string Name, string Precision, float[] Rows, IReadOnlyList<KnownText> Texts);
}
