using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.UnitTests.Requests;

public sealed class VectorsTests
{
    [Fact]
    public void Vector_is_cut_and_then_scaled() => Assert.Equal([0.6f, 0.8f], Finish([3, 4, 100], 2, normalize: true));

    [Fact]
    public void Vector_is_left_alone_without_normalisation() => Assert.Equal([3, 4], Finish([3, 4, 100], 2, normalize: false));

    [Fact]
    public void Zero_stays_zero() => Assert.Equal([0, 0], Finish([0, 0], 2, normalize: true));

    [Theory]
    [InlineData(1e-30f)]
    [InlineData(1e30f)]
    [InlineData(float.MaxValue)]
    public void Extreme_lengths_neither_overflow_nor_become_nonsense(float scale) =>
        Assert.All(Finish([scale, scale], 2, normalize: true), value => Assert.InRange(value, 0, 0.70711f));

    [Fact]
    public void Length_is_one_to_the_last_digits()
    {
        var random = new Random(3);
        float[] row = [.. Enumerable.Range(0, 384).Select(_ => (random.NextSingle() - 0.5f) * 40)];

        Assert.Equal(1, Math.Sqrt(Finish(row, 384, normalize: true).Sum(value => (double)value * value)), 1e-7);
    }

    private static float[] Finish(float[] row, int dimensions, bool normalize)
    {
        var vector = new float[dimensions];
        Vectors.Finish(row, normalize, vector);
        return vector;
    }
}
