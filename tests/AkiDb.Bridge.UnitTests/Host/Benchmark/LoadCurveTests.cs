using AkiDb.Bridge.Host.Benchmark;

namespace AkiDb.Bridge.UnitTests.Host.Benchmark;

public sealed class LoadCurveTests
{
    [Theory]
    [InlineData(100, 100, 0, 40, false)]
    [InlineData(100, 100, 0, 51, true)]
    [InlineData(100, 79, 0, 5, true)]
    [InlineData(100, 99, 1, 5, false)]
    [InlineData(100, 98, 2, 5, true)]
    public void Load_bends_when_answers_are_late_or_fail_or_fall_behind(double offered, double answered, int failed, double p99, bool bends) =>
        Assert.Equal(bends, LoadCurve.Bends(new LoadStage(offered, answered, failed, 1, p99), p99Alone: 5));

    [Fact]
    public void Load_that_bends_at_its_first_stage_is_not_said_to_have_been_borne()
    {
        var (good, late) = (new LoadStage(100, 100, 0, 1, 5), new LoadStage(125, 125, 0, 60, 90));

        Assert.Equal("it did not bend", LoadCurve.Describe([good], p99Alone: 5));
        Assert.Equal("bends after       100 requests/s", LoadCurve.Describe([good, late], p99Alone: 5));
        Assert.Equal("bends below       125 requests/s", LoadCurve.Describe([late], p99Alone: 5));
    }
}
