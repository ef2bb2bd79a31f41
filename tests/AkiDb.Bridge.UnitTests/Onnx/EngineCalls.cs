using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Onnx;

/// <summary>What the engine tests share: truncated reference ids, whole calls, and the largest difference from the reference.</summary>
internal static class EngineCalls
{
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    /// <summary>The ids of the reference texts, cut to what the model takes; the last special token stays.</summary>
    public static int[][] Ids(TransformerModel model) =>
        [.. ReferenceAnswers.ComputedTokenIds(model.Id).Select(ids => ids.Length <= model.MaxTokens ? ids : [.. ids[..(model.MaxTokens - 1)], ids[^1]])];

    public static TokenBatch Batch(IEnumerable<int[]> texts)
    {
        int[][] all = [.. texts];
        return new(all.SelectMany(ids => ids).ToArray(), all.Select(ids => ids.Length).ToArray());
    }

    public static async Task<float[]> EmbedAsync(IEngine engine, TransformerModel model, IEnumerable<int[]> texts, CancellationToken cancellationToken)
    {
        var batch = Batch(texts);
        var rows = new float[batch.Texts * model.Dimension];
        var reply = await engine.EmbedAsync(batch, rows, Timeout, cancellationToken);
        Assert.Null(reply.Error);
        return model.Normalize ? Normalized(rows, model.Dimension) : rows;
    }

    public static float[] Normalized(float[] rows, int dimension)
    {
        foreach (var row in Enumerable.Range(0, rows.Length / dimension).Select(index => rows.AsMemory(index * dimension, dimension)))
        {
            var length = Math.Max(Math.Sqrt(row.ToArray().Sum(value => (double)value * value)), 1e-12);
            for (var i = 0; i < dimension; i++)
            {
                row.Span[i] = (float)(row.Span[i] / length);
            }
        }

        return rows;
    }

    public static float Distance(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = 0f;
        for (var i = 0; i < actual.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(actual[i] - expected[i]));
        }

        return largest;
    }
}
