using AkiDb.Bridge.Requests;
using BenchmarkDotNet.Attributes;

namespace AkiDb.Bridge.Benchmarks.Parts;

/// <summary>An engine's rows become the callers' vectors.</summary>
public class ScatterParts
{
    private const int Rows = 32;
    private const int Dimension = 384;

    private readonly float[] rows = [.. Enumerable.Range(0, Rows * Dimension).Select(i => MathF.Sin(i))];
    private readonly float[] vectors = new float[Rows * Dimension];

    /// <summary>One batch.</summary>
    [Benchmark(Description = "finish 32 vectors of 384")]
    public float Finish()
    {
        for (var start = 0; start < rows.Length; start += Dimension)
        {
            Vectors.Finish(rows.AsSpan(start, Dimension), normalize: true, vectors.AsSpan(start, Dimension));
        }

        return vectors[0];
    }
}
