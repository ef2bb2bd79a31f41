using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>The reference texts and what the right vectors of one model are.</summary>
/// <param name="name">The vectors' name, such as <c>tiny-qwen3.query</c>.</param>
internal sealed class Reference(string name)
{
    private readonly float[] vectors = ReferenceAnswers.Vectors(name);

    /// <summary>Every reference text.</summary>
    public static IReadOnlyList<string> Texts { get; } = [.. ReferenceAnswers.Texts.Select(text => text.Text)];

    /// <summary>The components of a vector.</summary>
    public required int Dimension { get; init; }

    /// <summary>The texts that have a vector here: the first ones.</summary>
    public int Count => vectors.Length / Dimension;

    /// <summary>Every text's index.</summary>
    public IReadOnlyList<int> All => [.. Enumerable.Range(0, Count)];

    public static Reference MiniLM { get; } = new("all-MiniLM-L6-v2") { Dimension = 384 };

    public static Reference TinyBertCls { get; } = new("tiny-bert-cls") { Dimension = 96 };

    /// <summary>The texts at some indices.</summary>
    public static string[] TextsAt(IEnumerable<int> indices) => [.. indices.Select(index => Texts[index])];

    /// <summary>The right vector of one text.</summary>
    public ReadOnlySpan<float> Vector(int index) => vectors.AsSpan(index * Dimension, Dimension);

    /// <summary>Fails unless every vector is the reference's.</summary>
    public void Check(IReadOnlyList<float[]> actual, IReadOnlyList<int> indices)
    {
        Assert.Equal(indices.Count, actual.Count);
        for (var i = 0; i < indices.Count; i++)
        {
            Check(actual[i], indices[i]);
        }
    }

    /// <summary>How many vectors are not the reference's.</summary>
    public int CountWrong(IReadOnlyList<float[]> actual, IReadOnlyList<int> indices) =>
        actual.Zip(indices).Count(pair => Compare(pair.First, Vector(pair.Second)).Cosine < 0.9999);

    /// <summary>Fails unless every vector points where the reference's does: for quantised weights.</summary>
    public void CheckSimilar(IReadOnlyList<float[]> actual, IReadOnlyList<int> indices, double cosine)
    {
        Assert.Equal(indices.Count, actual.Count);
        Assert.All(actual.Zip(indices), pair => Assert.InRange(Compare(pair.First, Vector(pair.Second)).Cosine, cosine, 1.000001));
    }

    private static (float Worst, double Cosine) Compare(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        var (worst, dot, aa, bb) = (0f, 0d, 0d, 0d);
        for (var i = 0; i < actual.Length; i++)
        {
            worst = MathF.Max(worst, MathF.Abs(actual[i] - expected[i]));
            dot += (double)actual[i] * expected[i];
            aa += (double)actual[i] * actual[i];
            bb += (double)expected[i] * expected[i];
        }

        return (worst, dot / Math.Sqrt(aa * bb));
    }

    private void Check(float[] actual, int index)
    {
        var (worst, cosine) = Compare(actual, Vector(index));
        Assert.True(worst <= ReferenceAnswers.VectorTolerance && cosine >= 0.999999, $"{name}, text {index}: the worst difference is {worst:G3}, the cosine {cosine:F7}.");
    }
}
