using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class FiniteRowsTests
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void One_value_that_is_no_number_is_found_wherever_it_stands(float bad)
    {
        for (var length = 1; length < 70; length++)
        {
            for (var position = 0; position < length; position++)
            {
                var values = new float[length];
                values[position] = bad;
                Assert.False(FiniteRows.All(values));
            }
        }
    }

    [Fact]
    public void Extreme_numbers_are_numbers()
    {
        float[] values = [float.MaxValue, float.MinValue, float.Epsilon, -0f, float.MaxValue, float.MaxValue, float.MaxValue, 1e-38f, 0, 0, 0];

        Assert.True(FiniteRows.All(values));
        Assert.True(FiniteRows.All([]));
    }
}
