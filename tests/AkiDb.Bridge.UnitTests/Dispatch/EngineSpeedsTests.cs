using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class EngineSpeedsTests
{
    private readonly EngineSpeeds speeds = new();

    [Fact]
    public void Engine_that_has_not_been_measured_comes_first()
    {
        Assert.True(speeds.WorkersFirst);
        speeds.Record(onWorker: true, 1_000, TimeSpan.FromSeconds(1));
        Assert.False(speeds.WorkersFirst);
    }

    [Fact]
    public void What_counts_are_tokens_in_a_second()
    {
        speeds.Record(onWorker: true, 100, TimeSpan.FromSeconds(0.1));
        speeds.Record(onWorker: false, 300, TimeSpan.FromSeconds(1));

        Assert.True(speeds.WorkersFirst);
    }

    [Fact]
    public void Single_hiccup_changes_nothing_and_several_slow_batches_do()
    {
        speeds.Record(onWorker: true, 1_000, TimeSpan.FromSeconds(1));
        speeds.Record(onWorker: false, 700, TimeSpan.FromSeconds(1));

        speeds.Record(onWorker: true, 1, TimeSpan.FromSeconds(1));
        Assert.True(speeds.WorkersFirst);

        speeds.Record(onWorker: true, 1, TimeSpan.FromSeconds(1));
        Assert.False(speeds.WorkersFirst);
    }

    [Fact]
    public void Even_speed_stays_as_it_is()
    {
        speeds.Record(onWorker: true, 1_000, TimeSpan.FromSeconds(1));
        speeds.Record(onWorker: true, 1_000, TimeSpan.FromSeconds(1));
        speeds.Record(onWorker: false, 1_001, TimeSpan.FromSeconds(1));

        Assert.False(speeds.WorkersFirst);
    }
}
