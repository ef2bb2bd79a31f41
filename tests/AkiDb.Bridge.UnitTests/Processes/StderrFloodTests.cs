using AkiDb.Bridge.Processes;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class StderrFloodTests
{
    private readonly FakeTimeProvider time = new();
    private readonly StderrFlood flood;

    public StderrFloodTests() => flood = new StderrFlood(time);

    [Fact]
    public void Eleven_megabytes_at_once_are_none()
    {
        flood.Count(11 << 20);

        Assert.False(flood.Detected.IsCompleted);
    }

    [Fact]
    public void As_much_as_nobody_can_read_is_one()
    {
        for (var part = 0; part < 33; part++)
        {
            flood.Count(1 << 20);
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.True(flood.Detected.IsCompletedSuccessfully);
    }

    [Fact]
    public void Much_over_a_long_time_is_none()
    {
        for (var part = 0; part < 100; part++)
        {
            flood.Count(11 << 20);
            time.Advance(TimeSpan.FromSeconds(6));
        }

        Assert.False(flood.Detected.IsCompleted);
    }
}
