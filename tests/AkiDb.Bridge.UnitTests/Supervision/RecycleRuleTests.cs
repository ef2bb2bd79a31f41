using AkiDb.Bridge.Supervision;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class RecycleRuleTests
{
    private readonly SupervisionOptions options = new();

    [Fact]
    public void Without_limits_nothing_is_due() => Assert.Null(Due(long.MaxValue, TimeSpan.MaxValue, long.MaxValue));

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    public void Batches_are_counted(long served, bool due)
    {
        options.RecycleRequests = 100;
        Assert.Equal(due, Due(served: served) is not null);
    }

    [Theory]
    [InlineData(59, false)]
    [InlineData(60, true)]
    public void Age_is_that_of_its_service(int seconds, bool due)
    {
        options.RecycleAge = TimeSpan.FromMinutes(1);
        Assert.Equal(due, Due(age: TimeSpan.FromSeconds(seconds)) is not null);
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(1_000L, 500L, false)]
    [InlineData(1_001L, 500L, true)]
    [InlineData(2_000L, 1_001L, false)]
    public void Memory_must_have_grown_over_the_limit(long? memory, long? first, bool due)
    {
        options.RecycleMemory = 1_000;
        Assert.Equal(due, RecycleRule.Due(options, 0, TimeSpan.Zero, memory, first) is not null);
    }

    private string? Due(long served = 0, TimeSpan age = default, long memory = 0) => RecycleRule.Due(options, served, age, memory, 0);
}
