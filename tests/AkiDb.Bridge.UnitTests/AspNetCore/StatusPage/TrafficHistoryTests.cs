using AkiDb.Bridge.AspNetCore.StatusPage;
using AkiDb.Bridge.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.AspNetCore.StatusPage;

public sealed class TrafficHistoryTests
{
    private readonly FakeTimeProvider time = new(DateTimeOffset.UnixEpoch + TimeSpan.FromDays(20_000));

    [Fact]
    public void Quarter_of_an_hour_is_kept_in_slices_of_five_seconds()
    {
        using var history = new TrafficHistory(time);
        for (var second = 0; second < 1_200; second += 5)
        {
            history.RecordTokens(second);
            time.Advance(TimeSpan.FromSeconds(5));
        }

        var slices = history.Take();

        Assert.Equal(179, slices.Count);
        Assert.Equal(1_195, slices[^1].Tokens);
        Assert.Equal(time.GetUtcNow() - TimeSpan.FromSeconds(5), TrafficHistory.BeginOf(slices[^1]));
    }

    [Fact]
    public void Half_and_nearly_all_requests_took_no_longer()
    {
        var slice = new TrafficSlice(1);
        for (var number = 1; number <= 100; number++)
        {
            slice.Record(number / 1_000d, hasFailed: false);
        }

        slice.Record(60, hasFailed: true);

        Assert.Equal((101, 1), (slice.Requests, slice.Failures));
        Assert.InRange(slice.Quantile(0.5)!.Value, 0.050, 0.057);
        Assert.InRange(slice.Quantile(0.99)!.Value, 0.099, 0.112);
        Assert.Null(new TrafficSlice(2).Quantile(0.5));
    }

    [Fact]
    public void What_the_bridge_measures_is_heard()
    {
        using var history = new TrafficHistory(time);

        new ModelInstruments("m").RecordFailure(TimeSpan.FromSeconds(1), "overloaded");

        Assert.True(history.Take()[^1].Failures > 0);
    }
}
